/* SPDX-License-Identifier: MIT
 * Values of simple types from JSON.
 */
#include "json_read.h"

#include <string.h>

enum {
    MAX_NAME_LEN = 63,                      /* of an enumeration's values; the longest has 46 */
    MAX_MAGNITUDE = EXI_MAX_INTEGER_LEN + 1 /* groups: what is kept of -2^448 is 2^448 - 1 */
};

static bool read_enumeration(struct exi_json_builder *b, const struct exi_datatype *datatype,
                             uint8_t *at, int value)
{
    char text[MAX_NAME_LEN + 1];
    const char *const *names = b->names->values[datatype - b->names->module->datatypes];
    if (json_string(b->json, value, text, sizeof text) < 0) {
        return exi_json_fail(b, EXI_JSON_TYPE);
    }
    for (unsigned i = 0; i < datatype->limit; i++) {
        if (strcmp(names[i], text) == 0) {
            exi_enum_store(at, i);
            return true;
        }
    }
    return exi_json_fail(b, EXI_JSON_VALUE);
}

/* A whole number: its sign, its digits. NULL when it is none. */
static const char *digits_of(struct exi_json_builder *b, int value, bool *negative, size_t *len)
{
    const char *text = json_raw(b->json, value, len);
    if (json_type_of(b->json, value) != JSON_NUMBER || text == NULL || *len == 0) {
        exi_json_fail(b, EXI_JSON_TYPE);
        return NULL;
    }
    *negative = text[0] == '-';
    text += *negative;
    *len -= *negative;
    for (size_t i = 0; i < *len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            exi_json_fail(b, EXI_JSON_VALUE);
            return NULL;
        }
    }
    return text;
}

/* Bounds of an integer type as magnitudes: of its smallest value below zero, of its largest. */
static void bounds_of(const struct exi_datatype *datatype, uint64_t *below, uint64_t *above)
{
    if (datatype->kind <= EXI_NBIT16) {
        *below = datatype->low < 0 ? (uint64_t) - (int64_t)datatype->low : 0;
        *above = (uint64_t)((int64_t)datatype->low + datatype->limit - 1);
        return;
    }
    const bool is_signed = datatype->kind >= EXI_INT16;
    *above = UINT64_MAX >> (64 - 8 * exi_value_size(datatype)) >> is_signed;
    *below = is_signed ? *above + 1 : 0;
}

static void store(const struct exi_datatype *datatype, uint64_t number, uint8_t *at)
{
    const size_t size = exi_value_size(datatype);
    const uint32_t word = (uint32_t)number;
    const uint16_t half = (uint16_t)number;
    if (size == 1) {
        *at = (uint8_t)number;
    } else if (size == sizeof half) {
        memcpy(at, &half, sizeof half);
    } else if (size == sizeof word) {
        memcpy(at, &word, sizeof word);
    } else {
        memcpy(at, &number, sizeof number);
    }
}

static bool read_integer(struct exi_json_builder *b, const struct exi_datatype *datatype,
                         uint8_t *at, int value)
{
    bool negative;
    size_t len;
    uint64_t below;
    uint64_t above;
    uint64_t number = 0;
    const char *text = digits_of(b, value, &negative, &len);
    if (text == NULL) {
        return false;
    }
    bounds_of(datatype, &below, &above);
    const uint64_t limit = negative ? below : above;
    for (size_t i = 0; i < len; i++) {
        const unsigned digit = (unsigned)(text[i] - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return exi_json_fail(b, EXI_JSON_VALUE);
        }
        number = number * 10 + digit;
    }
    if (number > limit) {
        return exi_json_fail(b, EXI_JSON_VALUE);
    }
    store(datatype, negative ? 0 - number : number, at);
    return true;
}

/* Groups of seven bits from decimal digits; their number, 0 when there are too many. */
static unsigned groups_of(const char *text, size_t len, uint8_t groups[MAX_MAGNITUDE])
{
    unsigned n = 1;
    groups[0] = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned carry = (unsigned)(text[i] - '0');
        for (unsigned k = 0; k < n; k++) {
            carry += groups[k] * 10U;
            groups[k] = carry & 0x7F;
            carry >>= 7;
        }
        if (carry != 0) {
            if (n == MAX_MAGNITUDE) {
                return 0;
            }
            groups[n++] = (uint8_t)carry;
        }
    }
    return n;
}

static bool read_big(struct exi_json_builder *b, uint8_t *at, int value)
{
    struct exi_integer big = {.negative = false};
    uint8_t groups[MAX_MAGNITUDE] = {0};
    size_t len;
    const char *text = digits_of(b, value, &big.negative, &len);
    if (text == NULL) {
        return false;
    }
    unsigned n = groups_of(text, len, groups);
    if (n == 0 || (big.negative && n == 1 && groups[0] == 0)) {
        return exi_json_fail(b, EXI_JSON_VALUE);
    }
    for (unsigned i = 0; big.negative && i < n; i++) { /* m = -value - 1 */
        groups[i] = (groups[i] - 1U) & 0x7F;
        if (groups[i] != 0x7F) {
            break;
        }
    }
    while (n > 1 && groups[n - 1] == 0) {
        n--;
    }
    if (n > EXI_MAX_INTEGER_LEN) {
        return exi_json_fail(b, EXI_JSON_VALUE);
    }
    uint8_t *own = exi_arena_take(b->arena, n);
    if (own == NULL) {
        return exi_json_fail(b, EXI_JSON_ARENA);
    }
    for (unsigned i = 0; i < n; i++) {
        own[i] = groups[i] | (i + 1 < n ? 0x80 : 0);
    }
    big.groups = EXI_BLOB(own, n);
    memcpy(at, &big, sizeof big);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Both decode in place, since the result is shorter; its length, -1 when the text is wrong. */
static int from_hex(char *text, int len)
{
    for (int i = 0; i < len; i += 2) {
        const int high = hex_digit(text[i]);
        const int low = i + 1 < len ? hex_digit(text[i + 1]) : -1;
        if (high < 0 || low < 0) {
            return -1;
        }
        text[i / 2] = (char)(high << 4 | low);
    }
    return len / 2;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int from_base64(char *text, int len)
{
    int out = 0;
    int padding = 0;
    if (len % 4 != 0) {
        return -1;
    }
    while (padding < 2 && len > 0 && text[len - 1 - padding] == '=') {
        padding++;
    }
    for (int i = 0; i < len; i += 4) {
        uint32_t three = 0;
        for (int k = 0; k < 4; k++) {
            const bool pad = i + k >= len - padding;
            const int digit = pad ? 0 : base64_digit(text[i + k]);
            if (digit < 0) {
                return -1;
            }
            three = three << 6 | (uint32_t)digit;
        }
        for (int k = 0; k < 3; k++) {
            text[out++] = (char)(three >> (16 - 8 * k) & 0xFF);
        }
    }
    return out - padding;
}

static bool read_bytes(struct exi_json_builder *b, const struct exi_datatype *datatype, uint8_t *at,
                       int value)
{
    const enum json_type type = json_type_of(b->json, value);
    struct exi_blob blob = {.at = exi_no_value, .len = 0, .shift = 0};
    if (type == JSON_STRING) {
        size_t raw_len = 0;
        (void)json_raw(b->json, value, &raw_len);
        char *text = exi_arena_take(b->arena, raw_len + 1);
        if (text == NULL) {
            return exi_json_fail(b, EXI_JSON_ARENA);
        }
        int len = json_string(b->json, value, text, raw_len + 1);
        if (len >= 0 && datatype->kind == EXI_HEX) {
            len = from_hex(text, len);
        } else if (len >= 0 && datatype->kind == EXI_BASE64) {
            len = from_base64(text, len);
        }
        if (len < 0) {
            return exi_json_fail(b, EXI_JSON_VALUE);
        }
        blob = EXI_BLOB(text, len);
    } else if (type != JSON_NULL) {
        return exi_json_fail(b, EXI_JSON_TYPE);
    }
    memcpy(at, &blob, sizeof blob);
    return true;
}

bool exi_json_read_value(struct exi_json_builder *b, const struct exi_datatype *datatype,
                         uint8_t *at, int value)
{
    bool truth;
    switch ((enum exi_kind)datatype->kind) {
    case EXI_BOOL:
        if (json_bool(b->json, value, &truth) != E_OK) {
            return exi_json_fail(b, EXI_JSON_TYPE);
        }
        memcpy(at, &truth, sizeof truth);
        return true;
    case EXI_ENUM:
        return read_enumeration(b, datatype, at, value);
    case EXI_NBIT8:
    case EXI_NBIT16:
    case EXI_UINT16:
    case EXI_UINT32:
    case EXI_UINT64:
    case EXI_INT16:
    case EXI_INT32:
    case EXI_INT64:
        return read_integer(b, datatype, at, value);
    case EXI_BIG:
        return read_big(b, at, value);
    case EXI_TEXT_VALUE:
    case EXI_HEX:
    case EXI_BASE64:
    default:
        return read_bytes(b, datatype, at, value);
    }
}
