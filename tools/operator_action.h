/* SPDX-License-Identifier: MIT
 * What the operator decides, signed with his key here and carried out by the gateway.
 */
#ifndef TOOLS_OPERATOR_ACTION_H
#define TOOLS_OPERATOR_ACTION_H

#include "command.h"
#include "control_client.h"
#include "ledger/entry.h"

/* For the options of commands that sign. */
#define OPERATOR_KEY_OPTION                                                                        \
    {                                                                                              \
        "--key", "FILE", "the operator's key (default: operator/operator.key in the state)", false \
    }

/* A text of an entry: E_MALFORMED when it is longer than 255 bytes or not of printable ASCII. */
int operator_text(const char *text, struct ledger_text *out) MUST_USE;

/* The site's clock, as the gateway has it. COMMAND_DONE, or what command_fail() returned. */
int operator_site_time(const struct invocation *i, int64_t *unix_ms);

/* Signs `entry` (its index and authority do not count) and has the gateway carry it out. Returns
 * COMMAND_DONE, or what command_fail() returned; the caller frees the answer after COMMAND_DONE. */
int operator_act(const struct invocation *i, const struct ledger_entry *entry,
                 struct control_answer *answer);

#endif
