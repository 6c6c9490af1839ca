/* SPDX-License-Identifier: MIT
 * Base 64 (RFC 4648) as certificates travel in: lines of 64 out; in, any line breaks or none
 * (RFC 8951: one implementation's line length is another one's error).
 */
#ifndef ENROL_BASE64_H
#define ENROL_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"

/* Blanks and line breaks are skipped; padding must be there and nothing after it; unused bits must
 * be zero. Returns the length, E_MALFORMED, or E_NOSPACE. */
int base64_decode(const char *text, size_t len, uint8_t *out, size_t cap) MUST_USE;

/* Lines of 64 characters, each ending in a newline. */
void base64_put(struct wbuf *w, const uint8_t *data, size_t len);

#endif
