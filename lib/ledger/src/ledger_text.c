/* SPDX-License-Identifier: MIT
 * Decimal numbers.
 */
#include "ledger_text.h"

void ledger_put_number(struct wbuf *w, uint64_t v)
{
    char digits[20];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    wbuf_put(w, digits + n, sizeof digits - n);
}

int ledger_take_number(const char *text, size_t len, uint64_t *v)
{
    if (len == 0 || (len > 1 && text[0] == '0')) {
        return E_MALFORMED;
    }
    uint64_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return E_MALFORMED;
        }
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (n > (INT64_MAX - digit) / 10) {
            return E_LIMIT;
        }
        n = n * 10 + digit;
    }
    *v = n;
    return E_OK;
}
