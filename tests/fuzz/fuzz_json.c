/* fuzz: base */
/* SPDX-License-Identifier: MIT
 * JSON: a text that is accepted can be walked, written again, and read again to the same values.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOKENS_MAX = 256, TEXT_MAX = 1 << 16 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Copies a number that fits, or the string of its text. */
static void copy_number(const struct json_reader *r, int value, struct json_writer *w)
{
    int64_t v;
    size_t len;
    if (json_int(r, value, &v) == E_OK) {
        json_put_int(w, v);
    } else if (json_decimal(r, value, 9, &v) == E_OK) {
        json_put_decimal(w, v, 9);
    } else {
        const char *raw = json_raw(r, value, &len);
        json_put_text(w, raw, len);
    }
}

static void copy_string(const struct json_reader *r, int value, struct json_writer *w, bool as_key)
{
    static char text[TEXT_MAX];
    const int len = json_string(r, value, text, sizeof text);
    require(len >= 0 || len == E_MALFORMED); /* U+0000 */
    if (len < 0) {
        text[0] = '\0';
    }
    if (as_key) {
        json_key(w, text);
    } else {
        json_put_string(w, text);
    }
}

/* Copies a value; containers deeper than the writer goes become null. */
static void copy_value(const struct json_reader *r, int value, struct json_writer *w, int depth)
{
    const enum json_type type = json_type_of(r, value);
    const bool is_object = type == JSON_OBJECT;
    if (type == JSON_STRING) {
        copy_string(r, value, w, false);
    } else if (type == JSON_NUMBER) {
        copy_number(r, value, w);
    } else if (type == JSON_TRUE || type == JSON_FALSE) {
        bool v = false;
        require(json_bool(r, value, &v) == E_OK);
        json_put_bool(w, v);
    } else if (type == JSON_NULL || depth == JSON_WRITER_MAX_DEPTH) {
        json_put_null(w);
    } else {
        int n = 0;
        require(is_object || type == JSON_ARRAY);
        if (is_object) {
            json_begin_object(w);
        } else {
            json_begin_array(w);
        }
        for (int child = json_first(r, value); child != JSON_ABSENT; child = json_next(r, child)) {
            if (is_object) {
                copy_string(r, child, w, true);
                child = json_next(r, child);
            }
            copy_value(r, child, w, depth + 1);
            n++;
        }
        require(n == json_count(r, value));
        json_end(w);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_token tokens[TOKENS_MAX];
    static char copies[2][TEXT_MAX];
    struct json_reader r;
    const char *text = (const char *)data;
    size_t len = size;
    int status = json_parse(&r, text, len, tokens, TOKENS_MAX);
    require(status == E_OK || status == E_MALFORMED || status == E_TRUNCATED || status == E_LIMIT);
    /* The first copy drops what the writer does not write; the second is the same as the first. */
    for (int round = 0; status == E_OK && round < 2; round++) {
        struct wbuf out = wbuf_of(copies[round], sizeof copies[round]);
        struct json_writer w;
        json_writer_init(&w, &out);
        copy_value(&r, 0, &w, 0);
        if (!wbuf_ok(&out)) {
            return 0;
        }
        text = copies[round];
        len = wbuf_len(&out);
        status = json_parse(&r, text, len, tokens, TOKENS_MAX);
        /* Names with U+0000 became one name. */
        require(status == E_OK || (round == 0 && status == E_MALFORMED));
    }
    if (status == E_OK && text == copies[1]) {
        require(memcmp(copies[0], copies[1], len) == 0);
    }
    return 0;
}
