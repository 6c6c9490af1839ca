/* SPDX-License-Identifier: MIT
 * Prices as people write them.
 */
#ifndef TOOLS_CENTS_H
#define TOOLS_CENTS_H

#include <stdbool.h>

#include "base/json_writer.h"
#include "command.h"

/* The member `field` from an option in cents for a kWh ("30.5"), in millionths, when it is there.
 * False after a complaint. */
bool cents_put(struct json_writer *j, const struct invocation *i, const char *option,
               const char *field);

#endif
