/* SPDX-License-Identifier: MIT
 * Decimal digits without a C library.
 */
#include "text.h"

enum { MAX_DIGITS = 20 };

void text_put_uint(struct wbuf *out, uint64_t value)
{
    uint8_t digits[MAX_DIGITS];
    unsigned first = MAX_DIGITS;
    do {
        digits[--first] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    wbuf_put(out, digits + first, MAX_DIGITS - first);
}

/* The sign is written; the magnitude of INT64_MIN fits only unsigned. */
static uint64_t put_sign(struct wbuf *out, int64_t value)
{
    if (value >= 0) {
        return (uint64_t)value;
    }
    wbuf_u8(out, '-');
    return (uint64_t)0 - (uint64_t)value;
}

void text_put_int(struct wbuf *out, int64_t value)
{
    text_put_uint(out, put_sign(out, value));
}

void text_put_decimal(struct wbuf *out, int64_t value, unsigned decimals)
{
    uint64_t rest = put_sign(out, value);
    uint64_t unit = 1;
    for (unsigned i = 0; i < decimals; i++) {
        unit *= 10;
    }
    text_put_uint(out, rest / unit);
    rest %= unit;
    if (rest > 0) {
        wbuf_u8(out, '.');
    }
    while (rest > 0) {
        unit /= 10;
        wbuf_u8(out, (uint8_t)('0' + rest / unit));
        rest %= unit;
    }
}
