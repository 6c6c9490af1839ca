/* SPDX-License-Identifier: MIT
 * Prices as people write them.
 */
#ifndef TOOLS_CENTS_H
#define TOOLS_CENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"

/* An option in cents for a kWh ("30.5"), in millionths; 0 when it is not there. False after a
 * complaint. */
bool cents_option(const struct invocation *i, const char *option, int64_t *price);

#endif
