/* SPDX-License-Identifier: MIT
 * Writes one JSON value into a wbuf: commas, quotes and escapes are placed here; a value without a
 * key in an object, a second value or too deep a nesting is an ASSERT. Sticky like the buffer under
 * it. Names of members are not compared.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wbuf.h"

enum { JSON_WRITER_MAX_DEPTH = 16 };

struct json_writer {
    struct wbuf *out; /* all private */
    uint8_t depth;
    bool after_key;
    bool needs_comma[JSON_WRITER_MAX_DEPTH + 1];
    char closers[JSON_WRITER_MAX_DEPTH + 1];
};

void json_writer_init(struct json_writer *w, struct wbuf *out);
void json_begin_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
/* Closes the innermost object or array. */
void json_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *name);
void json_put_string(struct json_writer *w, const char *text);
/* Bytes that are not UTF-8 become U+FFFD, one for each. */
void json_put_text(struct json_writer *w, const char *text, size_t len);
void json_put_int(struct json_writer *w, int64_t v);
void json_put_uint(struct json_writer *w, uint64_t v);
/* value / 10^decimals (0..9), exact, without an exponent: 1500 with 3 is 1.500 */
void json_put_decimal(struct json_writer *w, int64_t value, unsigned decimals);
/* A number of any size from its own decimal digits, a minus sign before them. */
void json_put_digits(struct json_writer *w, const char *digits, size_t len);
void json_put_bool(struct json_writer *w, bool v);
void json_put_null(struct json_writer *w);

/* key and value in one call */
static inline void json_field_string(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, name);
    json_put_string(w, text);
}
static inline void json_field_int(struct json_writer *w, const char *name, int64_t v)
{
    json_key(w, name);
    json_put_int(w, v);
}
static inline void json_field_bool(struct json_writer *w, const char *name, bool v)
{
    json_key(w, name);
    json_put_bool(w, v);
}

#endif
