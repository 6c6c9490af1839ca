/* SPDX-License-Identifier: MIT
 * The grammar of JSON (RFC 8259) over raw text, and the characters of its strings.
 */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* E_OK for exactly one value with nothing but white space around it; E_TRUNCATED for the beginning
 * of one; E_LIMIT when nested deeper than JSON_MAX_DEPTH; otherwise E_MALFORMED. */
int json_text_check(const char *text, size_t len) MUST_USE;

/* Takes one character from inside a string of a checked text, escapes resolved, and moves *pos
 * past it. Writes its UTF-8 to `out` and returns the length. */
size_t json_text_char(const char *text, size_t *pos, uint8_t out[4]);

#endif
