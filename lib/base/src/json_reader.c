/* SPDX-License-Identifier: MIT
 * The pull reader: json_text.c has checked the grammar before jsmn sees the text, so what jsmn
 * returns is trusted here. Tokens are read and written as jsmn's type only, through tok().
 */
#include "base/json_reader.h"

#include <limits.h>
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "json_text.h"

/* Not JSMN_STRICT: it refuses a number or a word as the whole text. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

_Static_assert(sizeof(struct json_token) == sizeof(jsmntok_t), "a token is jsmn's");
_Static_assert(_Alignof(struct json_token) == _Alignof(jsmntok_t), "a token is jsmn's");
_Static_assert(offsetof(struct json_token, type) == offsetof(jsmntok_t, type), "same layout");
_Static_assert(offsetof(struct json_token, start) == offsetof(jsmntok_t, start), "same layout");
_Static_assert(offsetof(struct json_token, end) == offsetof(jsmntok_t, end), "same layout");
_Static_assert(offsetof(struct json_token, size) == offsetof(jsmntok_t, size), "same layout");
_Static_assert(offsetof(struct json_token, link) == offsetof(jsmntok_t, parent), "same layout");

static const jsmntok_t *tok(const struct json_reader *r, int value)
{
    ASSERT(value >= 0 && value < r->n_tokens);
    return (const jsmntok_t *)(const void *)&r->tokens[value];
}

/* ---- parsing ---- */

/* The index behind `value` and all that it contains. */
static int behind(const jsmntok_t *tokens, int value)
{
    const int link = tokens[value].parent;
    return link < 0 ? ~link : link;
}

/* jsmn's links to the parent become links to the next sibling, so that walking is cheap: the index
 * behind the value, inverted where the value is the last of its parent. From the end, so that
 * children are done before their parents. */
static void link_siblings(jsmntok_t *tokens, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        const jsmntok_t *t = &tokens[i];
        int next = i + 1;
        int last = JSON_ABSENT;
        if (t->type == JSMN_OBJECT || t->type == JSMN_ARRAY) {
            for (int child = 0; child < t->size; child++) {
                /* A key's own link already leads to its value. */
                last = t->type == JSMN_OBJECT ? next + 1 : next;
                next = behind(tokens, last);
            }
            if (last != JSON_ABSENT) {
                tokens[last].parent = ~next;
            }
        }
        tokens[i].parent = next;
    }
    tokens[0].parent = ~n;
}

/* Compares two strings of a checked text by their characters. */
static bool same_string(const char *text, const jsmntok_t *a, const jsmntok_t *b)
{
    size_t a_pos = (size_t)a->start;
    size_t b_pos = (size_t)b->start;
    while (a_pos < (size_t)a->end && b_pos < (size_t)b->end) {
        uint8_t a_char[4];
        uint8_t b_char[4];
        const size_t a_len = json_text_char(text, &a_pos, a_char);
        const size_t b_len = json_text_char(text, &b_pos, b_char);
        if (a_len != b_len || memcmp(a_char, b_char, a_len) != 0) {
            return false;
        }
    }
    return a_pos == (size_t)a->end && b_pos == (size_t)b->end;
}

static bool has_name_before(const struct json_reader *r, int object, int key)
{
    for (int k = json_first(r, object); k != key; k = json_next(r, json_next(r, k))) {
        if (same_string(r->text, tok(r, k), tok(r, key))) {
            return true;
        }
    }
    return false;
}

static bool has_name_twice(const struct json_reader *r)
{
    for (int object = 0; object < r->n_tokens; object++) {
        if (tok(r, object)->type != JSMN_OBJECT) {
            continue;
        }
        for (int key = json_first(r, object); key != JSON_ABSENT;
             key = json_next(r, json_next(r, key))) {
            if (has_name_before(r, object, key)) {
                return true;
            }
        }
    }
    return false;
}

int json_parse(struct json_reader *r, const char *text, size_t len, struct json_token *tokens,
               size_t max)
{
    ASSERT(tokens != NULL && max > 0 && max <= INT_MAX);
    if (len == 0 || len > INT_MAX) {
        return len == 0 ? E_TRUNCATED : E_LIMIT;
    }
    ASSERT(text != NULL);
    const int status = json_text_check(text, len);
    if (status != E_OK) {
        return status;
    }
    jsmntok_t *lent = (jsmntok_t *)(void *)tokens;
    jsmn_parser parser;
    jsmn_init(&parser);
    const int n = jsmn_parse(&parser, text, len, lent, (unsigned)max);
    if (n == JSMN_ERROR_NOMEM) {
        return E_LIMIT;
    }
    ASSERT(n > 0 && (size_t)n <= max);
    link_siblings(lent, n);
    const struct json_reader done = {.text = text, .tokens = tokens, .n_tokens = n};
    if (has_name_twice(&done)) {
        return E_MALFORMED;
    }
    *r = done;
    return E_OK;
}

/* ---- walking ---- */

enum json_type json_type_of(const struct json_reader *r, int value)
{
    if (value == JSON_ABSENT) {
        return JSON_NONE;
    }
    const jsmntok_t *t = tok(r, value);
    switch (t->type) {
    case JSMN_OBJECT:
        return JSON_OBJECT;
    case JSMN_ARRAY:
        return JSON_ARRAY;
    case JSMN_STRING:
        return JSON_STRING;
    case JSMN_PRIMITIVE:
    case JSMN_UNDEFINED:
    default:
        break;
    }
    switch (r->text[t->start]) {
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

int json_count(const struct json_reader *r, int value)
{
    const enum json_type type = json_type_of(r, value);
    return type == JSON_OBJECT || type == JSON_ARRAY ? tok(r, value)->size : 0;
}

int json_first(const struct json_reader *r, int value)
{
    return json_count(r, value) > 0 ? value + 1 : JSON_ABSENT;
}

int json_next(const struct json_reader *r, int value)
{
    if (value == JSON_ABSENT) {
        return JSON_ABSENT;
    }
    const int link = tok(r, value)->parent;
    return link < 0 ? JSON_ABSENT : link;
}

static bool key_is(const struct json_reader *r, int key, const char *name)
{
    const jsmntok_t *t = tok(r, key);
    size_t pos = (size_t)t->start;
    while (pos < (size_t)t->end) {
        uint8_t c[4];
        const size_t n = json_text_char(r->text, &pos, c);
        if (strncmp(name, (const char *)c, n) != 0 || c[0] == '\0') {
            return false;
        }
        name += n;
    }
    return *name == '\0';
}

int json_member(const struct json_reader *r, int object, const char *name)
{
    if (json_type_of(r, object) != JSON_OBJECT) {
        return JSON_ABSENT;
    }
    for (int key = json_first(r, object); key != JSON_ABSENT;
         key = json_next(r, json_next(r, key))) {
        if (key_is(r, key, name)) {
            return json_next(r, key);
        }
    }
    return JSON_ABSENT;
}

/* ---- values ---- */

static int check_type(const struct json_reader *r, int value, enum json_type wanted)
{
    const enum json_type type = json_type_of(r, value);
    if (type == wanted) {
        return E_OK;
    }
    return type == JSON_NONE ? E_NOTFOUND : E_MALFORMED;
}

int json_string(const struct json_reader *r, int value, char *out, size_t cap)
{
    const int status = check_type(r, value, JSON_STRING);
    if (status != E_OK) {
        return status;
    }
    const jsmntok_t *t = tok(r, value);
    size_t len = 0;
    for (size_t pos = (size_t)t->start; pos < (size_t)t->end;) {
        uint8_t c[4];
        const size_t n = json_text_char(r->text, &pos, c);
        if (c[0] == '\0') {
            return E_MALFORMED;
        }
        if (n >= cap - len) { /* one more for the zero */
            return E_NOSPACE;
        }
        memcpy(out + len, c, n);
        len += n;
    }
    if (len == cap) { /* an empty string, no room at all */
        return E_NOSPACE;
    }
    out[len] = '\0';
    return (int)len;
}

/* A number being read digit by digit. */
struct decimal {
    int64_t value;
    unsigned wanted; /* digits behind the point in `value` at the end */
    unsigned n_decimals;
    bool negative;
    bool in_fraction;
};

/* On the side of the sign, so that INT64_MIN is reached too. */
static int append_digit(struct decimal *d, int digit)
{
    int status = fixed_mul(d->value, 10, &d->value);
    if (status == E_OK) {
        status = d->negative ? fixed_sub(d->value, digit, &d->value)
                             : fixed_add(d->value, digit, &d->value);
    }
    return status;
}

static int take_character(struct decimal *d, char c)
{
    if (c == '.') {
        d->in_fraction = true;
        return E_OK;
    }
    if (c < '0' || c > '9') { /* an exponent */
        return E_MALFORMED;
    }
    if (d->in_fraction && d->n_decimals == d->wanted) {
        return c == '0' ? E_OK : E_LIMIT;
    }
    d->n_decimals += d->in_fraction ? 1 : 0;
    return append_digit(d, c - '0');
}

int json_decimal(const struct json_reader *r, int value, unsigned decimals, int64_t *out)
{
    ASSERT(decimals <= 9);
    int status = check_type(r, value, JSON_NUMBER);
    if (status != E_OK) {
        return status;
    }
    const jsmntok_t *t = tok(r, value);
    struct decimal d = {.wanted = decimals, .negative = r->text[t->start] == '-'};
    for (int i = d.negative ? t->start + 1 : t->start; i < t->end && status == E_OK; i++) {
        status = take_character(&d, r->text[i]);
    }
    for (; status == E_OK && d.n_decimals < decimals; d.n_decimals++) {
        status = append_digit(&d, 0);
    }
    if (status == E_OK) {
        *out = d.value;
    }
    return status;
}

int json_int(const struct json_reader *r, int value, int64_t *out)
{
    if (json_type_of(r, value) == JSON_NUMBER) {
        size_t len;
        const char *text = json_raw(r, value, &len);
        if (memchr(text, '.', len) != NULL) {
            return E_MALFORMED;
        }
    }
    return json_decimal(r, value, 0, out);
}

int json_bool(const struct json_reader *r, int value, bool *out)
{
    const bool is_true = json_type_of(r, value) == JSON_TRUE;
    const int status = check_type(r, value, is_true ? JSON_TRUE : JSON_FALSE);
    if (status == E_OK) {
        *out = is_true;
    }
    return status;
}

const char *json_raw(const struct json_reader *r, int value, size_t *len)
{
    if (value == JSON_ABSENT) {
        *len = 0;
        return NULL;
    }
    const jsmntok_t *t = tok(r, value);
    const size_t quote = t->type == JSMN_STRING ? 1 : 0; /* a string's token is what is inside */
    *len = (size_t)t->end - (size_t)t->start + 2 * quote;
    return r->text + (size_t)t->start - quote;
}
