/* SPDX-License-Identifier: MIT
 * Base 64 as certificates travel in it: lines of 64 out; in, any line breaks or none (RFC 8951: one
 * implementation's line length is another one's error).
 */
#ifndef ENROL_BASE64_LINES_H
#define ENROL_BASE64_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"

enum { BASE64_LINES_TEXT_MAX_LEN = 8192 };

/* Blanks and line breaks are skipped, the rest is strict. Returns the length, E_MALFORMED (also for
 * a text beyond the bound above), or E_NOSPACE. */
int base64_lines_decode(const char *text, size_t len, uint8_t *out, size_t cap) MUST_USE;

/* Lines of 64 characters, each ending in a newline. */
void base64_lines_put(struct wbuf *w, const uint8_t *data, size_t len);

#endif
