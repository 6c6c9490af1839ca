/* SPDX-License-Identifier: MIT
 * Bytes as lower-case hexadecimal text and back.
 */
#ifndef WEB_HEX_H
#define WEB_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `out` has room for 2 * len + 1. */
void web_hex_write(const uint8_t *bytes, size_t len, char *out);
/* Exactly 2 * len digits, lower case; whatever follows them is not looked at. */
bool web_hex_read(const char *text, uint8_t *bytes, size_t len);

#endif
