/* SPDX-License-Identifier: MIT
 * The operator's commands: one JSON object in, one out. No sockets.
 *
 *   {"do":"device.add","id":"barn","peak_power_w":4000}
 *   {"do":"device.list"}  {"do":"device.remove","id":"barn"}  {"do":"device.token","id":"barn"}
 *   {"do":"operator.next"}  {"do":"operator.act","action":"<Base64, see ledger/action.h>"}
 *   {"do":"operator.password"}  {"do":"status"}  {"do":"certificates.renew"}
 */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/wbuf.h"
#include "web/api.h"

enum { CONTROL_LINE_MAX_LEN = 2048 };

/* How much room the answer to any command may need. */
size_t control_answer_cap(const struct site *site);
/* Carries out one line (without its newline) and writes the answer, also for a line that cannot be
 * read. */
void control_command(struct web_api *api, uint64_t now_ms, const char *line, size_t len,
                     struct wbuf *out);

#endif
