/* SPDX-License-Identifier: MIT
 * UTF-8, RFC 3629 section 4.
 */
#include "base/utf8.h"

/* What may follow a lead byte: how many bytes, and the range of the first of them. The ranges
 * narrower than 80..BF keep out longer forms, surrogates and values above U+10FFFF. */
struct lead {
    uint8_t first, last; /* lead bytes this row is about */
    uint8_t len;
    uint8_t low, high; /* of the second byte */
};

static const struct lead leads[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static const struct lead *lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        if (byte >= leads[i].first && byte <= leads[i].last) {
            return &leads[i];
        }
    }
    return NULL;
}

int utf8_char_len(const void *text, size_t len)
{
    const uint8_t *p = text;
    if (len == 0) {
        return E_TRUNCATED;
    }
    if (p[0] < 0x80) {
        return 1;
    }
    const struct lead *lead = lead_of(p[0]);
    if (lead == NULL) {
        return E_MALFORMED;
    }
    for (size_t i = 1; i < lead->len; i++) {
        if (i == len) {
            return E_TRUNCATED;
        }
        const uint8_t low = i == 1 ? lead->low : 0x80;
        const uint8_t high = i == 1 ? lead->high : 0xBF;
        if (p[i] < low || p[i] > high) {
            return E_MALFORMED;
        }
    }
    return lead->len;
}

bool utf8_valid(const void *text, size_t len)
{
    const uint8_t *p = text;
    size_t pos = 0;
    while (pos < len) {
        const int n = utf8_char_len(p + pos, len - pos);
        if (n < 0) {
            return false;
        }
        pos += (size_t)n;
    }
    return true;
}

size_t utf8_encode(uint32_t code_point, uint8_t out[UTF8_MAX_LEN])
{
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t len = 4;
    if (code_point < 0x80) {
        len = 1;
    } else if (code_point < 0x800) {
        len = 2;
    } else if (code_point < 0x10000) {
        len = 3;
    }
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
        return 0;
    }
    for (size_t i = len; i > 1; i--) {
        out[i - 1] = (uint8_t)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (uint8_t)(marks[len] | code_point);
    return len;
}
