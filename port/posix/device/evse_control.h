/* SPDX-License-Identifier: MIT
 * What the operator of a charger may want, over a UNIX socket that only its owner may open: one
 * line in, one answer out, then it is closed. `status`, or a wish and the number of a plug:
 * `suspend 1`, `resume 1`, `pause 1`, `stop 1`, `emergency 1`, `clear 1`, `limit 1 16` (amperes).
 */
#ifndef EVSE_CONTROL_H
#define EVSE_CONTROL_H

#include "evse_plug.h"

enum { EVSE_CONTROL_LINE_MAX = 80 };

struct evse_control {
    struct posix_loop *loop; /* all private */
    struct evse_plug *plugs;
    unsigned n_plugs;
    int listen_fd, fd; /* -1: none */
    char path[108];
    char line[EVSE_CONTROL_LINE_MAX];
    size_t line_len;
};

/* Prints one sentence when it cannot be opened. */
int evse_control_open(struct evse_control *c, const char *path, struct posix_loop *loop,
                      struct evse_plug *plugs, unsigned n_plugs) MUST_USE;
void evse_control_close(struct evse_control *c);

#endif
