/* SPDX-License-Identifier: MIT
 * `wattward trust replay` over what a gateway has stored.
 */
#ifndef TOOLS_TRUST_STATE_H
#define TOOLS_TRUST_STATE_H

#include "command.h"

/* Judges the history in <state>/gateway/gateway.db again, as the gateway does, and says whether it
 * comes to the same decisions. With --inject: how fast that theft would be found. */
int trust_state_replay(const struct invocation *i);

#endif
