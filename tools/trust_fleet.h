/* SPDX-License-Identifier: MIT
 * wattward trust list, show, ban, unban, appeal: what a running gateway thinks of its devices, and
 * the operator's word.
 */
#ifndef TOOLS_TRUST_FLEET_H
#define TOOLS_TRUST_FLEET_H

#include "command.h"

int trust_fleet_list(const struct invocation *i);
int trust_fleet_show(const struct invocation *i);
int trust_fleet_ban(const struct invocation *i);
int trust_fleet_unban(const struct invocation *i);
int trust_fleet_appeal(const struct invocation *i);

#endif
