/* SPDX-License-Identifier: MIT
 * `wattward v2g pki DIR [--charger NAME] [--days N]`: certificates to try TLS with.
 */
#ifndef TOOLS_V2G_PKI_RUN_H
#define TOOLS_V2G_PKI_RUN_H

#include "command.h"

int v2g_pki_run(const struct invocation *i);

#endif
