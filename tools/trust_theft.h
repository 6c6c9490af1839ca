/* SPDX-License-Identifier: MIT
 * DEVICE:FACTOR:FROM, a theft that is added to a history.
 */
#ifndef TOOLS_TRUST_THEFT_H
#define TOOLS_TRUST_THEFT_H

#include <stdint.h>

#include "command.h"

struct trust_theft_text {
    char device[256]; /* may hold no colon */
    int64_t factor_ppm;
    int64_t from_unix_s;
};

/* COMMAND_DONE, or after a complaint COMMAND_FAILED. */
int trust_theft_read(const struct invocation *i, const char *text, struct trust_theft_text *theft);

#endif
