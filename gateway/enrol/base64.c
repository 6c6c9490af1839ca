/* SPDX-License-Identifier: MIT */
#include "enrol/base64.h"

#include <stdbool.h>
#include <string.h>

enum { LINE_BYTES = 48 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_value(char c)
{
    const char *found = c == '\0' ? NULL : strchr(alphabet, c);
    return found == NULL ? -1 : (int)(found - alphabet);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

struct decoder {
    struct wbuf out;
    uint32_t bits;
    unsigned n_digits; /* of the running group of four */
    unsigned n_pads;
};

/* True while the text can still become valid. */
static bool take(struct decoder *d, char c)
{
    if (c == '=') {
        d->n_pads++;
        return d->n_digits + d->n_pads <= 4 && d->n_digits >= 2;
    }
    const int value = digit_value(c);
    if (value < 0 || d->n_pads > 0) {
        return false;
    }
    d->bits = d->bits << 6 | (uint32_t)value;
    d->n_digits++;
    if (d->n_digits == 4) {
        wbuf_u8(&d->out, (uint8_t)(d->bits >> 16));
        wbuf_be16(&d->out, (uint16_t)d->bits);
        d->n_digits = 0;
        d->bits = 0;
    }
    return true;
}

/* The last, padded group. */
static bool finish(struct decoder *d)
{
    if (d->n_digits == 0) {
        return d->n_pads == 0;
    }
    if (d->n_digits + d->n_pads != 4) {
        return false;
    }
    const unsigned spare = d->n_digits == 2 ? 4 : 2;
    if ((d->bits & ((1U << spare) - 1)) != 0) {
        return false;
    }
    if (d->n_digits == 2) {
        wbuf_u8(&d->out, (uint8_t)(d->bits >> 4));
    } else {
        wbuf_be16(&d->out, (uint16_t)(d->bits >> 2));
    }
    return true;
}

int base64_decode(const char *text, size_t len, uint8_t *out, size_t cap)
{
    struct decoder d = {.out = wbuf_of(out, cap)};
    for (size_t i = 0; i < len; i++) {
        if (!is_blank(text[i]) && !take(&d, text[i])) {
            return E_MALFORMED;
        }
    }
    if (!finish(&d)) {
        return E_MALFORMED;
    }
    return wbuf_ok(&d.out) ? (int)wbuf_len(&d.out) : E_NOSPACE;
}

static void put_group(struct wbuf *w, const uint8_t *data, size_t n)
{
    const uint32_t bits = (uint32_t)data[0] << 16 | (uint32_t)(n > 1 ? data[1] : 0) << 8 |
                          (uint32_t)(n > 2 ? data[2] : 0);
    wbuf_u8(w, (uint8_t)alphabet[bits >> 18]);
    wbuf_u8(w, (uint8_t)alphabet[bits >> 12 & 63]);
    wbuf_u8(w, n > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=');
    wbuf_u8(w, n > 2 ? (uint8_t)alphabet[bits & 63] : '=');
}

void base64_put(struct wbuf *w, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i += 3) {
        put_group(w, data + i, len - i < 3 ? len - i : 3);
        if ((i + 3) % LINE_BYTES == 0 || i + 3 >= len) {
            wbuf_u8(w, '\n');
        }
    }
}
