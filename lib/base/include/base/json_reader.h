/* SPDX-License-Identifier: MIT
 * A pull reader over a JSON text (RFC 8259), tokenised by jsmn into an array the caller lends.
 * Stricter than jsmn: the whole grammar, one value, no trailing text, valid UTF-8 and escapes (half
 * a surrogate pair is refused), bounded depth. The text must outlive the reader.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum json_type {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
    JSON_NONE
};

enum { JSON_MAX_DEPTH = 32 };

/* One token: a value or a member's name. Laid out so that it needs no jsmn header (checked against
 * jsmntok_t in the source). */
struct json_token {
    int type; /* all private */
    int start;
    int end;
    int size;
    int link;
};

struct json_reader {
    const char *text; /* all private */
    const struct json_token *tokens;
    int n_tokens;
};

/* A value: an index into the tokens; JSON_ABSENT where a lookup found nothing. Every accessor takes
 * an absent value and says so, so that lookups chain and are checked once. */
enum { JSON_ABSENT = -1 };

/* Returns E_OK, E_MALFORMED, E_TRUNCATED (the text is the beginning of a value), or E_LIMIT for
 * more than `max` tokens or more than JSON_MAX_DEPTH objects and arrays inside each other. The root
 * value is 0. Takes time proportional to the text, plus the square of the members of each object.
 */
int json_parse(struct json_reader *r, const char *text, size_t len, struct json_token *tokens,
               size_t max) MUST_USE;

enum json_type json_type_of(const struct json_reader *r, int value);
/* The member's value; JSON_ABSENT when there is none or `object` is none. A name that stands twice
 * makes json_parse fail, however it is escaped. */
int json_member(const struct json_reader *r, int object, const char *name);
/* Members of an object or elements of an array; 0 for anything else. */
int json_count(const struct json_reader *r, int value);
/* First child and next sibling, for walking: of an object the children are key, value, key, ... */
int json_first(const struct json_reader *r, int value);
int json_next(const struct json_reader *r, int value);

/* Accessors return E_NOTFOUND for an absent value and E_MALFORMED for one of another type. */

/* Copies the unescaped string, zero-terminated; returns its length; E_MALFORMED also for
 * one that contains U+0000, E_NOSPACE when it needs more than `cap` bytes with its zero. */
int json_string(const struct json_reader *r, int value, char *out, size_t cap) MUST_USE;
/* An integer; E_MALFORMED with a fraction or an exponent, E_LIMIT outside int64_t. */
int json_int(const struct json_reader *r, int value, int64_t *out) MUST_USE;
/* A decimal number as an integer scaled by 10^decimals (0..9), exact: "1.5" with 3 is 1500; digits
 * beyond are E_LIMIT unless zero, and so is a result outside int64_t; an exponent is E_MALFORMED.
 */
int json_decimal(const struct json_reader *r, int value, unsigned decimals, int64_t *out) MUST_USE;
int json_bool(const struct json_reader *r, int value, bool *out) MUST_USE;
/* The value's own text, byte for byte, strings with their quotes. NULL when absent. */
const char *json_raw(const struct json_reader *r, int value, size_t *len);

#endif
