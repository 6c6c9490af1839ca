/* SPDX-License-Identifier: MIT
 * HTTP Basic credentials (RFC 7617).
 */
#ifndef WEB_BASIC_H
#define WEB_BASIC_H

#include <stdbool.h>

enum { WEB_BASIC_CAP = 192 };

/* "Basic <base 64 of user:password>", both cut out of `buffer`. False when it is something else. */
bool web_basic_read(const char *authorization, char buffer[WEB_BASIC_CAP], const char **user,
                    const char **password);

#endif
