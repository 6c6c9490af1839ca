/* SPDX-License-Identifier: MIT */
#include "enrol/base64_lines.h"

#include "base/base64.h"

enum { LINE_BYTES = 48 };

int base64_lines_decode(const char *text, size_t len, uint8_t *out, size_t cap)
{
    char dense[BASE64_LINES_TEXT_MAX_LEN];
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
            continue;
        }
        if (n == sizeof dense) {
            return E_MALFORMED;
        }
        dense[n++] = text[i];
    }
    return base64_decode(dense, n, out, cap);
}

void base64_lines_put(struct wbuf *w, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i += LINE_BYTES) {
        base64_put(w, data + i, len - i < LINE_BYTES ? len - i : LINE_BYTES);
        wbuf_u8(w, '\n');
    }
}
