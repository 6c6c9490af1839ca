/* SPDX-License-Identifier: MIT
 * The operator's password: made by us, kept as an scrypt hash (RFC 7914).
 */
#ifndef WEB_PASSWORD_H
#define WEB_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

enum { WEB_PASSWORD_CAP = 32, WEB_PASSWORD_HASH_CAP = 160, WEB_PASSWORD_MAX_LEN = 256 };

/* Twenty random characters of 5 bits in four groups: "k3vqp-...". */
int web_password_make(char out[WEB_PASSWORD_CAP]) MUST_USE;
/* "scrypt$N$r$p$salt$hash" */
int web_password_hash(const char *password, char out[WEB_PASSWORD_HASH_CAP]) MUST_USE;
/* False also for a hash that cannot be read. Takes about 50 ms. */
bool web_password_matches(const char *password, const char *hash);

#endif
