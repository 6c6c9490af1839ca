/* SPDX-License-Identifier: MIT
 * The grammar of RFC 8259, checked in one pass without recursion: the open objects and arrays are
 * the bits of one word. jsmn, which tokenises afterwards, accepts far more than JSON.
 */
#include "json_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/json_reader.h"
#include "base/utf8.h"

_Static_assert(JSON_MAX_DEPTH == 32, "the open containers are the bits of a uint32_t");

/* What may come next, white space aside. */
enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_CLOSE, /* just after [ */
    EXPECT_KEY,
    EXPECT_KEY_OR_CLOSE, /* just after { */
    EXPECT_COLON,
    EXPECT_COMMA_OR_CLOSE,
    EXPECT_NOTHING
};

struct scan {
    const char *text;
    size_t len;
    size_t pos;
    uint32_t objects; /* bit n: the container at depth n is an object */
    uint32_t depth;
    enum expect expect;
};

static bool at_digit(const struct scan *s)
{
    return s->pos < s->len && s->text[s->pos] >= '0' && s->text[s->pos] <= '9';
}

static bool at(const struct scan *s, char c)
{
    return s->pos < s->len && s->text[s->pos] == c;
}

/* Why a required character is not there. */
static int missing(const struct scan *s)
{
    return s->pos == s->len ? E_TRUNCATED : E_MALFORMED;
}

static int scan_digits(struct scan *s)
{
    if (!at_digit(s)) {
        return missing(s);
    }
    while (at_digit(s)) {
        s->pos++;
    }
    return E_OK;
}

/* Section 6: no leading zeros, no leading plus, digits on both sides of the point. */
static int scan_number(struct scan *s)
{
    int status = E_OK;
    if (at(s, '-')) {
        s->pos++;
    }
    if (at(s, '0')) {
        s->pos++;
    } else {
        status = scan_digits(s);
    }
    if (status == E_OK && at(s, '.')) {
        s->pos++;
        status = scan_digits(s);
    }
    if (status == E_OK && (at(s, 'e') || at(s, 'E'))) {
        s->pos++;
        if (at(s, '+') || at(s, '-')) {
            s->pos++;
        }
        status = scan_digits(s);
    }
    return status;
}

static int scan_word(struct scan *s, const char *word)
{
    for (; *word != '\0'; word++) {
        if (!at(s, *word)) {
            return missing(s);
        }
        s->pos++;
    }
    return E_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits of \uXXXX; the value, or negative. */
static int scan_hex4(struct scan *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = s->pos < s->len ? hex_digit(s->text[s->pos]) : -1;
        if (digit < 0) {
            return missing(s);
        }
        value = value * 16 + digit;
        s->pos++;
    }
    return value;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* After the backslash. Half a surrogate pair is no character (section 8.2) and refused. */
static int scan_escape(struct scan *s)
{
    if (s->pos == s->len) {
        return E_TRUNCATED;
    }
    const char c = s->text[s->pos++];
    if (c != 'u') {
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL ? E_OK : E_MALFORMED;
    }
    int unit = scan_hex4(s);
    if (unit < 0 || is_low_surrogate(unit)) {
        return unit < 0 ? unit : E_MALFORMED;
    }
    if (!is_high_surrogate(unit)) {
        return E_OK;
    }
    const int status = scan_word(s, "\\u");
    if (status != E_OK) {
        return status;
    }
    unit = scan_hex4(s);
    if (unit < 0) {
        return unit;
    }
    return is_low_surrogate(unit) ? E_OK : E_MALFORMED;
}

/* After the opening quote, up to and with the closing one. */
static int scan_string(struct scan *s)
{
    while (s->pos < s->len) {
        const char c = s->text[s->pos];
        int status;
        if (c == '"') {
            s->pos++;
            return E_OK;
        }
        if (c == '\\') {
            s->pos++;
            status = scan_escape(s);
        } else if ((unsigned char)c < 0x20) {
            status = E_MALFORMED;
        } else if ((unsigned char)c < 0x80) {
            s->pos++;
            continue;
        } else {
            status = utf8_char_len(s->text + s->pos, s->len - s->pos);
            s->pos += status > 0 ? (size_t)status : 0;
        }
        if (status < 0) {
            return status;
        }
    }
    return E_TRUNCATED;
}

static void after_value(struct scan *s)
{
    s->expect = s->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_CLOSE;
}

static int open_container(struct scan *s, bool is_object)
{
    if (s->depth == JSON_MAX_DEPTH) {
        return E_LIMIT;
    }
    const uint32_t bit = UINT32_C(1) << s->depth;
    s->objects = is_object ? s->objects | bit : s->objects & ~bit;
    s->depth++;
    s->expect = is_object ? EXPECT_KEY_OR_CLOSE : EXPECT_VALUE_OR_CLOSE;
    return E_OK;
}

static bool inside_object(const struct scan *s)
{
    return s->depth > 0 && (s->objects >> (s->depth - 1) & 1) != 0;
}

/* `c` was consumed; true when it closes the innermost container, which is done then. */
static bool close_container(struct scan *s, char c)
{
    if (s->depth == 0 || c != (inside_object(s) ? '}' : ']')) {
        return false;
    }
    s->depth--;
    after_value(s);
    return true;
}

static int scan_value(struct scan *s, char c)
{
    int status;
    if (c == '{' || c == '[') {
        return open_container(s, c == '{');
    }
    s->pos--; /* what follows begins with its first character */
    switch (c) {
    case '"':
        s->pos++;
        status = scan_string(s);
        break;
    case 't':
        status = scan_word(s, "true");
        break;
    case 'f':
        status = scan_word(s, "false");
        break;
    case 'n':
        status = scan_word(s, "null");
        break;
    default:
        status = scan_number(s);
        break;
    }
    after_value(s);
    return status;
}

static int scan_key(struct scan *s, char c)
{
    s->expect = EXPECT_COLON;
    return c == '"' ? scan_string(s) : E_MALFORMED;
}

static int scan_comma(struct scan *s, char c)
{
    s->expect = inside_object(s) ? EXPECT_KEY : EXPECT_VALUE;
    return c == ',' ? E_OK : E_MALFORMED;
}

/* One token, whose first character `c` was consumed. */
static int scan_token(struct scan *s, char c)
{
    switch (s->expect) {
    case EXPECT_VALUE_OR_CLOSE:
        return close_container(s, c) ? E_OK : scan_value(s, c);
    case EXPECT_VALUE:
        return scan_value(s, c);
    case EXPECT_KEY_OR_CLOSE:
        return close_container(s, c) ? E_OK : scan_key(s, c);
    case EXPECT_KEY:
        return scan_key(s, c);
    case EXPECT_COLON:
        s->expect = EXPECT_VALUE;
        return c == ':' ? E_OK : E_MALFORMED;
    case EXPECT_COMMA_OR_CLOSE:
        return close_container(s, c) ? E_OK : scan_comma(s, c);
    case EXPECT_NOTHING:
    default:
        return E_MALFORMED;
    }
}

int json_text_check(const char *text, size_t len)
{
    struct scan s = {.text = text, .len = len, .expect = EXPECT_VALUE};
    while (s.pos < s.len) {
        const char c = s.text[s.pos++];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            continue;
        }
        const int status = scan_token(&s, c);
        if (status < 0) {
            return status;
        }
        ASSERT(s.pos <= s.len && s.depth <= JSON_MAX_DEPTH);
    }
    return s.expect == EXPECT_NOTHING ? E_OK : E_TRUNCATED;
}

/* ---- the characters of a checked string ---- */

static uint32_t hex4_at(const char *digits)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(digits[i]);
        ASSERT(digit >= 0);
        value = value << 4 | (uint32_t)digit;
    }
    return value;
}

size_t json_text_char(const char *text, size_t *pos, uint8_t out[4])
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    const char *p = text + *pos;
    if (p[0] != '\\' && (unsigned char)p[0] < 0x80) {
        out[0] = (uint8_t)p[0];
        *pos += 1;
        return 1;
    }
    if (p[0] != '\\') {
        const int n = utf8_char_len(p, UTF8_MAX_LEN); /* the closing quote bounds it */
        ASSERT(n > 0);
        memcpy(out, p, (size_t)n);
        *pos += (size_t)n;
        return (size_t)n;
    }
    if (p[1] != 'u') {
        const char *letter = strchr(letters, p[1]);
        out[0] = (uint8_t)(letter == NULL ? p[1] : meanings[letter - letters]);
        *pos += 2;
        return 1;
    }
    uint32_t code_point = hex4_at(p + 2);
    *pos += 6;
    if (is_high_surrogate((int)code_point)) {
        const uint32_t low = hex4_at(p + 8);
        code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
        *pos += 6;
    }
    const size_t n = utf8_encode(code_point, out);
    ASSERT(n > 0);
    return n;
}
