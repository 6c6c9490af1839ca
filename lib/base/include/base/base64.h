/* SPDX-License-Identifier: MIT
 * Base64 (RFC 4648 section 4), with padding, strict: no line breaks, no stray bits.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"

/* Characters that `n` bytes become. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

void base64_put(struct wbuf *w, const void *bytes, size_t n);
/* Returns the number of bytes, E_MALFORMED, or E_NOSPACE. `out` may not overlap `text`. */
int base64_decode(const char *text, size_t len, uint8_t *out, size_t cap) MUST_USE;

#endif
