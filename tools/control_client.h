/* SPDX-License-Identifier: MIT
 * Speaks to a running gateway: one JSON object a line over <state>/gateway/control.sock, one
 * question and one answer a connection.
 */
#ifndef TOOLS_CONTROL_CLIENT_H
#define TOOLS_CONTROL_CLIENT_H

#include <stddef.h>

#include "base/json_reader.h"
#include "command.h"

struct control_answer {
    struct json_reader json; /* the root is value 0, an object with "ok": true */
    char *text;              /* all private */
    struct json_token *tokens;
};

/* Sends the line `question` (without its newline, at most 4095 bytes) and reads the answer. Where
 * the gateway is not running, does not answer within ten seconds or says no, the invocation has
 * failed with one sentence and COMMAND_FAILED is returned; otherwise COMMAND_DONE, and the answer
 * is the caller's to free. With --json the answer has been printed as it came. */
int control_ask(const struct invocation *i, const char *question, struct control_answer *answer);
void control_answer_free(struct control_answer *answer);

#endif
