/* SPDX-License-Identifier: MIT
 * UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing above U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { UTF8_MAX_LEN = 4 };

/* Bytes of the character that starts at `text`: 1..4. E_MALFORMED when none starts there,
 * E_TRUNCATED when `len` bytes are the beginning of one (or `len` is 0). */
int utf8_char_len(const void *text, size_t len) MUST_USE;
/* True when the whole text is UTF-8; an empty text is. U+0000 is a character like others. */
bool utf8_valid(const void *text, size_t len);
/* Writes the character and returns its length; 0 for a surrogate or a value above U+10FFFF. */
size_t utf8_encode(uint32_t code_point, uint8_t out[UTF8_MAX_LEN]);

#endif
