/* SPDX-License-Identifier: MIT
 * The JSON writer. Index 0 of the arrays in struct json_writer is outside of everything; there
 * needs_comma says that the one value of the text has been started.
 */
#include "base/json_writer.h"

#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"

void json_writer_init(struct json_writer *w, struct wbuf *out)
{
    *w = (struct json_writer){.out = out};
}

static bool in_object(const struct json_writer *w)
{
    return w->closers[w->depth] == '}';
}

/* The comma before an element; a member got its comma before its name. */
static void begin_value(struct json_writer *w)
{
    ASSERT(in_object(w) == w->after_key);
    ASSERT(w->depth > 0 || !w->needs_comma[0]); /* one value a text */
    if (!w->after_key && w->needs_comma[w->depth]) {
        wbuf_u8(w->out, ',');
    }
    w->needs_comma[w->depth] = true;
    w->after_key = false;
}

static void begin_container(struct json_writer *w, char opener, char closer)
{
    begin_value(w);
    ASSERT(w->depth < JSON_WRITER_MAX_DEPTH);
    wbuf_u8(w->out, (uint8_t)opener);
    w->depth++;
    w->closers[w->depth] = closer;
    w->needs_comma[w->depth] = false;
}

void json_begin_object(struct json_writer *w)
{
    begin_container(w, '{', '}');
}

void json_begin_array(struct json_writer *w)
{
    begin_container(w, '[', ']');
}

void json_end(struct json_writer *w)
{
    ASSERT(w->depth > 0 && !w->after_key);
    wbuf_u8(w->out, (uint8_t)w->closers[w->depth]);
    w->depth--;
}

/* Section 7 of RFC 8259: quotes, backslashes and controls are escaped, everything else stands. */
static void put_ascii(struct wbuf *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *escaped = c == '\0' ? NULL : strchr(plain, c);
    if (escaped != NULL) {
        const char pair[2] = {'\\', letters[escaped - plain]};
        wbuf_put(out, pair, sizeof pair);
    } else if ((unsigned char)c < 0x20) {
        const char six[6] = {'\\', 'u', '0', '0', c < 0x10 ? '0' : '1', hex[c & 0x0F]};
        wbuf_put(out, six, sizeof six);
    } else {
        wbuf_u8(out, (uint8_t)c);
    }
}

static void put_quoted(struct wbuf *out, const char *text, size_t len)
{
    wbuf_u8(out, '"');
    for (size_t i = 0; i < len;) {
        const int n = utf8_char_len(text + i, len - i);
        if (n == 1) {
            put_ascii(out, text[i]);
        } else if (n > 1) {
            wbuf_put(out, text + i, (size_t)n);
        } else {
            wbuf_str(out, "\xEF\xBF\xBD");
        }
        i += n > 0 ? (size_t)n : 1;
    }
    wbuf_u8(out, '"');
}

void json_key(struct json_writer *w, const char *name)
{
    ASSERT(in_object(w) && !w->after_key);
    if (w->needs_comma[w->depth]) {
        wbuf_u8(w->out, ',');
    }
    put_quoted(w->out, name, strlen(name));
    wbuf_u8(w->out, ':');
    w->after_key = true;
}

void json_put_text(struct json_writer *w, const char *text, size_t len)
{
    ASSERT(text != NULL || len == 0);
    begin_value(w);
    put_quoted(w->out, text, len);
}

void json_put_string(struct json_writer *w, const char *text)
{
    json_put_text(w, text, strlen(text));
}

/* Digits of `v` with a point before the last `decimals`, at least one digit before it. */
static void put_number(struct json_writer *w, bool negative, uint64_t v, unsigned decimals)
{
    char text[21]; /* 20 digits of a uint64_t, or 19 of an int64_t with a sign and a point */
    size_t pos = sizeof text;
    ASSERT(decimals <= 9);
    begin_value(w);
    for (unsigned n = 0; v > 0 || n <= decimals; n++) {
        if (n == decimals && decimals > 0) {
            text[--pos] = '.';
        }
        text[--pos] = (char)('0' + v % 10);
        v /= 10;
    }
    if (negative) {
        text[--pos] = '-';
    }
    wbuf_put(w->out, text + pos, sizeof text - pos);
}

void json_put_decimal(struct json_writer *w, int64_t value, unsigned decimals)
{
    put_number(w, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, decimals);
}

void json_put_int(struct json_writer *w, int64_t v)
{
    json_put_decimal(w, v, 0);
}

void json_put_uint(struct json_writer *w, uint64_t v)
{
    put_number(w, false, v, 0);
}

void json_put_digits(struct json_writer *w, const char *digits, size_t len)
{
    const size_t sign = len > 0 && digits[0] == '-';
    ASSERT(len > sign);
    for (size_t i = sign; i < len; i++) {
        ASSERT(digits[i] >= '0' && digits[i] <= '9');
    }
    begin_value(w);
    wbuf_put(w->out, digits, len);
}

static void put_word(struct json_writer *w, const char *word)
{
    begin_value(w);
    wbuf_str(w->out, word);
}

void json_put_bool(struct json_writer *w, bool v)
{
    put_word(w, v ? "true" : "false");
}

void json_put_null(struct json_writer *w)
{
    put_word(w, "null");
}
