/* SPDX-License-Identifier: MIT
 * Decimal digits without a C library.
 */
#include "text.h"

#include "base/assert.h"

enum { MAX_DIGITS = 20, MAX_DECIMALS = 9 };

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
    uint8_t fraction[MAX_DECIMALS] = {0};
    uint64_t rest = put_sign(out, value);
    unsigned n = decimals;
    ASSERT(decimals <= MAX_DECIMALS);
    for (unsigned i = decimals; i > 0; i--) {
        fraction[i - 1] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    }
    text_put_uint(out, rest);
    while (n > 0 && fraction[n - 1] == '0') {
        n--;
    }
    if (n > 0) {
        wbuf_u8(out, '.');
        wbuf_put(out, fraction, n);
    }
}
