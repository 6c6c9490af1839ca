/* SPDX-License-Identifier: MIT
 * Typed values: text to bytes at an offset, and back.
 */
#include "config_value.h"

#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "base/utf8.h"
#include "text.h"

static bool equals(const struct config_text *value, const char *word)
{
    return value->len == strlen(word) && memcmp(value->bytes, word, value->len) == 0;
}

/* What cannot be a number at all outweighs one that is too long. */
static int worse(int a, int b)
{
    return a == E_MALFORMED || b == E_OK ? a : b;
}

/* Appends digits to *number, away from zero. Of `len` digits only `n_kept` count; the rest must be
 * 0. */
static int take_digits(const char *digits, size_t len, size_t n_kept, bool negative,
                       int64_t *number)
{
    int result = len == 0 ? E_MALFORMED : E_OK;
    for (size_t i = 0; i < len; i++) {
        const int64_t digit = digits[i] - '0';
        if (digit < 0 || digit > 9) {
            return E_MALFORMED;
        }
        if (i >= n_kept) {
            result = worse(result, digit == 0 ? E_OK : E_LIMIT);
        } else if (fixed_mul(*number, 10, number) != E_OK ||
                   fixed_add(*number, negative ? -digit : digit, number) != E_OK) {
            result = worse(result, E_LIMIT);
        }
    }
    return result;
}

/* [-]digits[.digits] scaled by 10^decimals; E_MALFORMED, or E_LIMIT for what an int64_t or the
 * decimals cannot hold. */
static int parse_number(const struct config_text *value, unsigned decimals, int64_t *out)
{
    const bool negative = value->len > 0 && value->bytes[0] == '-';
    const char *digits = value->bytes + (negative ? 1 : 0);
    const char *end = value->bytes + value->len;
    const char *point = decimals == 0 ? NULL : memchr(digits, '.', (size_t)(end - digits));
    const size_t n_whole = (size_t)((point == NULL ? end : point) - digits);
    const size_t n_fraction = point == NULL ? 0 : (size_t)(end - point - 1);
    int64_t number = 0;
    int result = take_digits(digits, n_whole, n_whole, negative, &number);
    if (point != NULL) {
        result = worse(result, take_digits(point + 1, n_fraction, decimals, negative, &number));
    }
    for (size_t i = n_fraction; i < decimals; i++) {
        result = worse(result, fixed_mul(number, 10, &number));
    }
    *out = number;
    return result;
}

static int parse_bool(const struct config_text *value, int64_t *out)
{
    static const char *const words[] = {"off", "on", "0", "1", "down", "up"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (equals(value, words[i])) {
            *out = (int64_t)(i % 2);
            return E_OK;
        }
    }
    return E_MALFORMED;
}

static int parse_word(const struct runtime_config_key *key, const struct config_text *value,
                      int64_t *out)
{
    for (int64_t i = 0; key->words[i] != NULL; i++) {
        if (equals(value, key->words[i])) {
            *out = i;
            return E_OK;
        }
    }
    return E_MALFORMED;
}

static enum runtime_config_fault to_number(const struct runtime_config_key *key,
                                           const struct config_text *value, int64_t *out)
{
    int result;
    if (key->type == RUNTIME_CONFIG_BOOL) {
        result = parse_bool(value, out);
    } else if (key->type == RUNTIME_CONFIG_WORD) {
        result = parse_word(key, value, out);
    } else {
        result = parse_number(value, key->decimals, out);
        if (result == E_OK && (*out < key->min || *out > key->max)) {
            result = E_LIMIT;
        }
    }
    if (result == E_OK) {
        return RUNTIME_CONFIG_FINE;
    }
    return result == E_LIMIT ? RUNTIME_CONFIG_OUT_OF_RANGE : RUNTIME_CONFIG_WRONG_TYPE;
}

static char *field_of(const struct runtime_config_key *key, void *config)
{
    return (char *)config + key->offset;
}

/* Through a variable of the field's own type: right in either byte order and at any alignment. */
static void store_number(const struct runtime_config_key *key, int64_t number, void *config)
{
    char *field = field_of(key, config);
    const uint64_t bits = (uint64_t)number;
    const uint8_t as_8 = (uint8_t)bits;
    const uint16_t as_16 = (uint16_t)bits;
    const uint32_t as_32 = (uint32_t)bits;
    switch (key->size) {
    case sizeof as_8:
        memcpy(field, &as_8, sizeof as_8);
        break;
    case sizeof as_16:
        memcpy(field, &as_16, sizeof as_16);
        break;
    case sizeof as_32:
        memcpy(field, &as_32, sizeof as_32);
        break;
    default:
        ASSERT(key->size == sizeof bits);
        memcpy(field, &bits, sizeof bits);
        break;
    }
}

int64_t config_value_number(const struct runtime_config_key *key, const void *config)
{
    const char *field = (const char *)config + key->offset;
    uint8_t as_8;
    uint16_t as_16;
    uint32_t as_32;
    int64_t number;
    ASSERT(key->type != RUNTIME_CONFIG_TEXT);
    switch (key->size) {
    case sizeof as_8:
        memcpy(&as_8, field, sizeof as_8);
        return key->min < 0 ? (int64_t)(int8_t)as_8 : (int64_t)as_8;
    case sizeof as_16:
        memcpy(&as_16, field, sizeof as_16);
        return key->min < 0 ? (int64_t)(int16_t)as_16 : (int64_t)as_16;
    case sizeof as_32:
        memcpy(&as_32, field, sizeof as_32);
        return key->min < 0 ? (int64_t)(int32_t)as_32 : (int64_t)as_32;
    default:
        ASSERT(key->size == sizeof number);
        memcpy(&number, field, sizeof number);
        return number;
    }
}

const char *config_value_word(const struct runtime_config_key *key, const void *config)
{
    const int64_t idx = config_value_number(key, config);
    for (int64_t i = 0; i < idx; i++) {
        ASSERT(key->words[i] != NULL);
    }
    ASSERT(idx >= 0 && key->words[idx] != NULL);
    return key->words[idx];
}

size_t config_text_max(const struct runtime_config_key *key)
{
    return key->max > 0 ? (size_t)key->max : (size_t)key->size - 1;
}

/* Copies without escapes, at most `max` bytes; returns how many there are in all. */
static size_t unescape(const struct config_text *value, char *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < value->len; i++, n++) {
        if (value->escaped && value->bytes[i] == '\\') {
            i++; /* the splitter of lines has seen that something follows */
        }
        if (out != NULL && n < max) {
            out[n] = value->bytes[i];
        }
    }
    return n;
}

static bool printable(const struct config_text *value)
{
    for (size_t i = 0; i < value->len; i++) {
        const unsigned char c = (unsigned char)value->bytes[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return utf8_valid(value->bytes, value->len);
}

static enum runtime_config_fault take_text(const struct runtime_config_key *key,
                                           const struct config_text *value, void *config)
{
    const size_t max = config_text_max(key);
    const size_t len = unescape(value, NULL, 0);
    if (!printable(value)) {
        return RUNTIME_CONFIG_BAD_BYTES;
    }
    if (len < (size_t)key->min || len > max) {
        return RUNTIME_CONFIG_OUT_OF_RANGE;
    }
    if (config != NULL) {
        memset(field_of(key, config), 0, key->size);
        unescape(value, field_of(key, config), max);
    }
    return RUNTIME_CONFIG_FINE;
}

static enum runtime_config_fault take_number(const struct runtime_config_key *key,
                                             const struct config_text *value, void *config)
{
    int64_t number = 0;
    if (value->quoted && key->type != RUNTIME_CONFIG_WORD) {
        return RUNTIME_CONFIG_WRONG_TYPE;
    }
    const enum runtime_config_fault fault = to_number(key, value, &number);
    if (fault == RUNTIME_CONFIG_FINE && config != NULL) {
        store_number(key, number, config);
    }
    return fault;
}

enum runtime_config_fault config_value_take(const struct runtime_config_key *key,
                                            const struct config_text *value, void *config)
{
    if (!value->null) {
        return key->type == RUNTIME_CONFIG_TEXT ? take_text(key, value, config)
                                                : take_number(key, value, config);
    }
    if (!key->nullable) {
        return RUNTIME_CONFIG_WRONG_TYPE;
    }
    if (config != NULL) {
        memset(field_of(key, config), 0, key->size);
    }
    return RUNTIME_CONFIG_FINE;
}

const char *config_value_text(const struct runtime_config_key *key, const void *config, size_t *len)
{
    const char *text = (const char *)config + key->offset;
    ASSERT(key->type == RUNTIME_CONFIG_TEXT);
    ASSERT(memchr(text, 0, key->size) != NULL);
    *len = strlen(text);
    return text;
}

bool config_value_null(const struct runtime_config_key *key, const void *config)
{
    const char *field = (const char *)config + key->offset;
    size_t i = 0;
    while (i < key->size && field[i] == 0) {
        i++;
    }
    return key->nullable && i == key->size;
}

struct config_text config_fallback(const struct runtime_config_key *key)
{
    if (key->fallback == NULL || strcmp(key->fallback, "None") == 0) {
        return (struct config_text){.bytes = "", .null = true};
    }
    return (struct config_text){.bytes = key->fallback, .len = strlen(key->fallback)};
}

static void put_range(const struct runtime_config_key *key, unsigned decimals, struct wbuf *out)
{
    wbuf_str(out, " from ");
    text_put_decimal(out, key->min, decimals);
    wbuf_str(out, " to ");
    text_put_decimal(out, key->max, decimals);
    if (key->unit != NULL) {
        wbuf_u8(out, ' ');
        wbuf_str(out, key->unit);
    }
}

static void put_words(const struct runtime_config_key *key, struct wbuf *out)
{
    for (size_t i = 0; key->words[i] != NULL; i++) {
        if (i > 0) {
            wbuf_str(out, key->words[i + 1] == NULL ? " or " : ", ");
        }
        wbuf_str(out, key->words[i]);
    }
}

void config_value_describe(const struct runtime_config_key *key, struct wbuf *out)
{
    switch (key->type) {
    case RUNTIME_CONFIG_BOOL:
        wbuf_str(out, "on, 1 or up, or off, 0 or down");
        break;
    case RUNTIME_CONFIG_INT:
        wbuf_str(out, "a whole number");
        put_range(key, 0, out);
        break;
    case RUNTIME_CONFIG_DECIMAL:
        wbuf_str(out, "a number");
        put_range(key, key->decimals, out);
        wbuf_str(out, ", with up to ");
        text_put_uint(out, key->decimals);
        wbuf_str(out, " decimals");
        break;
    case RUNTIME_CONFIG_TEXT:
        wbuf_str(out, "text of ");
        text_put_int(out, key->min);
        wbuf_str(out, " to ");
        text_put_uint(out, config_text_max(key));
        wbuf_str(out, " bytes");
        break;
    case RUNTIME_CONFIG_WORD:
        put_words(key, out);
        break;
    }
    if (key->nullable) {
        wbuf_str(out, ", or None");
    }
}

int config_result(enum runtime_config_fault fault)
{
    if (fault == RUNTIME_CONFIG_FINE) {
        return E_OK;
    }
    if (fault == RUNTIME_CONFIG_MISSING) {
        return E_NOTFOUND;
    }
    return fault == RUNTIME_CONFIG_OUT_OF_RANGE ? E_LIMIT : E_MALFORMED;
}
