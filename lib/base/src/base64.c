/* SPDX-License-Identifier: MIT
 * Base64.
 */
#include "base/base64.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct wbuf *w, const void *bytes, size_t n)
{
    ASSERT(bytes != NULL || n == 0);
    const uint8_t *in = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const uint32_t v = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                           (left > 2 ? in[i + 2] : 0);
        const char four[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63],
                              left > 1 ? alphabet[v >> 6 & 63] : '=',
                              left > 2 ? alphabet[v & 63] : '='};
        wbuf_put(w, four, sizeof four);
    }
}

static int value_of(char c)
{
    const char *at = c == '\0' ? NULL : strchr(alphabet, c);
    return at == NULL ? -1 : (int)(at - alphabet);
}

/* Four characters as 24 bits; *n is how many of their bytes count. */
static int take_four(const char *in, bool last, uint32_t *bits, size_t *n)
{
    const size_t padding = !last || in[3] != '=' ? 0 : in[2] == '=' ? 2 : 1;
    *bits = 0;
    for (size_t i = 0; i < 4; i++) {
        const int v = i >= 4 - padding ? 0 : value_of(in[i]);
        if (v < 0) {
            return E_MALFORMED;
        }
        *bits = *bits << 6 | (uint32_t)v;
    }
    *n = 3 - padding;
    /* One text for each sequence of bytes: what padding leaves over is zero. */
    return (*bits & ((1u << 8 * padding) - 1)) == 0 ? E_OK : E_MALFORMED;
}

int base64_decode(const char *text, size_t len, uint8_t *out, size_t cap)
{
    ASSERT(text != NULL || len == 0);
    if (len % 4 != 0) {
        return E_MALFORMED;
    }
    size_t done = 0;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t bits = 0;
        size_t n = 0;
        if (take_four(text + i, i + 4 == len, &bits, &n) != E_OK) {
            return E_MALFORMED;
        }
        if (n > cap - done) {
            return E_NOSPACE;
        }
        for (size_t k = 0; k < n; k++) {
            out[done++] = (uint8_t)(bits >> (16 - 8 * k));
        }
    }
    return (int)done;
}
