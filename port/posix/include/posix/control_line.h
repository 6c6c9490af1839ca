/* SPDX-License-Identifier: MIT
 * A client of the gateway's control socket, <state>/gateway/control.sock: one JSON object a line
 * there, one back. It waits for the answer; for commands and simulators, not for daemons.
 */
#ifndef POSIX_CONTROL_LINE_H
#define POSIX_CONTROL_LINE_H

#include <stddef.h>

#include "base/err.h"

enum { POSIX_CONTROL_QUESTION_MAX_LEN = 4095, POSIX_CONTROL_ANSWER_MAX_LEN = 1 << 27 };

struct posix_control_line {
    int fd; /* all private */
    char *text;
    size_t len;
    size_t cap;
};

/* E_IO with the reason in errno: ENOENT or ECONNREFUSED when no gateway runs there. */
int posix_control_line_open(struct posix_control_line *c, const char *state_dir) MUST_USE;
void posix_control_line_close(struct posix_control_line *c);
/* Sends `question`, one line without its newline, and returns the answer without its own, valid
 * until the next call. NULL with the reason in errno: ETIMEDOUT, EMSGSIZE, or 0 when the gateway
 * closed the connection. After NULL the line is of no more use than to be closed. */
const char *posix_control_line_ask(struct posix_control_line *c, const char *question,
                                   int timeout_ms);
/* The last answer, now the caller's to free(). */
char *posix_control_line_take(struct posix_control_line *c);
/* The process at the other end; 0 when the system does not say. */
int posix_control_line_peer(const struct posix_control_line *c);

#endif
