/* SPDX-License-Identifier: MIT */
#include "base/json_writer.h"

#include <string.h>

#include "base/json_reader.h"
#include "check.h"

struct page {
    uint8_t text[256];
    struct wbuf out;
    struct json_writer json;
};

static struct json_writer *begin(struct page *p)
{
    p->out = wbuf_of(p->text, sizeof p->text);
    json_writer_init(&p->json, &p->out);
    return &p->json;
}

static void check_text(struct page *p, const char *want)
{
    struct json_token tokens[64];
    struct json_reader r;
    CHECK(wbuf_ok(&p->out));
    CHECK_BYTES(p->text, wbuf_len(&p->out), want, strlen(want));
    CHECK_EQ(json_parse(&r, (const char *)p->text, wbuf_len(&p->out), tokens, 64), E_OK);
}

static void objects_and_arrays_get_their_commas(void)
{
    struct page p;
    struct json_writer *w = begin(&p);
    json_begin_object(w);
    json_field_string(w, "id", "barn");
    json_field_int(w, "n", -5);
    json_field_bool(w, "online", true);
    json_key(w, "empty");
    json_begin_object(w);
    json_end(w);
    json_key(w, "curve");
    json_begin_array(w);
    json_put_int(w, 1);
    json_put_null(w);
    json_begin_array(w);
    json_end(w);
    json_begin_object(w);
    json_key(w, "x");
    json_put_bool(w, false);
    json_end(w);
    json_end(w);
    json_end(w);
    check_text(&p,
               "{\"id\":\"barn\",\"n\":-5,\"online\":true,\"empty\":{},\"curve\":[1,null,[],{\"x\":"
               "false}]}");
}

static void a_bare_value_is_a_text_too(void)
{
    struct page p;
    json_put_string(begin(&p), "");
    check_text(&p, "\"\"");
}

static void integers_reach_both_ends(void)
{
    struct page p;
    struct json_writer *w = begin(&p);
    json_begin_array(w);
    json_put_int(w, 0);
    json_put_int(w, INT64_MIN);
    json_put_int(w, INT64_MAX);
    json_put_uint(w, UINT64_MAX);
    json_end(w);
    check_text(&p, "[0,-9223372036854775808,9223372036854775807,18446744073709551615]");
}

static void decimals_are_exact(void)
{
    struct page p;
    struct json_writer *w = begin(&p);
    json_begin_array(w);
    json_put_decimal(w, 1500, 3);
    json_put_decimal(w, -5, 3);
    json_put_decimal(w, 0, 3);
    json_put_decimal(w, 7, 0);
    json_put_decimal(w, 1000, 3);
    json_put_decimal(w, -123456, 2);
    json_put_decimal(w, INT64_MIN, 9);
    json_end(w);
    check_text(&p, "[1.500,-0.005,0.000,7,1.000,-1234.56,-9223372036.854775808]");
}

static void decimals_come_back_from_the_reader(void)
{
    for (int64_t v = -1100; v <= 1100; v += 11) {
        for (unsigned decimals = 0; decimals <= 9; decimals++) {
            struct page p;
            struct json_token token;
            struct json_reader r;
            int64_t back = v + 1;
            json_put_decimal(begin(&p), v, decimals);
            CHECK_EQ(json_parse(&r, (const char *)p.text, wbuf_len(&p.out), &token, 1), E_OK);
            CHECK_EQ(json_decimal(&r, 0, decimals, &back), E_OK);
            CHECK_EQ(back, v);
        }
    }
}

static void strings_are_escaped_where_json_needs_it(void)
{
    struct page p;
    struct json_writer *w = begin(&p);
    json_begin_object(w);
    json_key(w, "a\"b");
    json_put_text(w, "\"\\/\b\f\n\r\t\x01\x1f\x7f\0z\xC3\xA9\xF0\x9F\x94\x8B", 19);
    json_end(w);
    check_text(&p, "{\"a\\\"b\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000z\xC3\xA9"
                   "\xF0\x9F\x94\x8B\"}");
}

static void bytes_that_are_not_utf8_become_the_replacement_character(void)
{
    struct page p;
    json_put_text(begin(&p), "a\xFF\xC3z\xE2\x82", 6);
    check_text(&p, "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void every_string_of_two_bytes_is_written_as_json_and_read_back(void)
{
    unsigned wrong = 0;
    for (unsigned v = 0; v < 0x10000; v++) {
        const char text[2] = {(char)(v >> 8), (char)v};
        struct page p;
        struct json_token token;
        struct json_reader r;
        json_put_text(begin(&p), text, 2);
        wrong += json_parse(&r, (const char *)p.text, wbuf_len(&p.out), &token, 1) != E_OK;
        char back[16];
        const int n = json_string(&r, 0, back, sizeof back);
        const bool ascii = (v & 0x8080) == 0; /* a plain char may be unsigned */
        if (ascii && text[0] != 0 && text[1] != 0) {
            wrong += n != 2 || memcmp(back, text, 2) != 0;
        } else if (text[0] == 0 || text[1] == 0) {
            wrong += n != E_MALFORMED;
        }
    }
    CHECK_EQ(wrong, 0);
}

static void a_buffer_that_is_too_small_yields_nothing(void)
{
    static const char want[] = "{\"k\":[1.5,\"x\"]}";
    for (size_t cap = 0; cap < sizeof want; cap++) {
        uint8_t text[sizeof want];
        struct wbuf out = wbuf_of(text, cap);
        struct json_writer w;
        json_writer_init(&w, &out);
        json_begin_object(&w);
        json_key(&w, "k");
        json_begin_array(&w);
        json_put_decimal(&w, 15, 1);
        json_put_string(&w, "x");
        json_end(&w);
        json_end(&w);
        CHECK_EQ(wbuf_ok(&out), cap == sizeof want - 1);
        CHECK_EQ(wbuf_len(&out), cap == sizeof want - 1 ? cap : 0);
    }
}

static void nesting_goes_down_to_the_limit(void)
{
    struct page p;
    struct json_writer *w = begin(&p);
    for (int i = 0; i < JSON_WRITER_MAX_DEPTH; i++) {
        json_begin_array(w);
    }
    for (int i = 0; i < JSON_WRITER_MAX_DEPTH; i++) {
        json_end(w);
    }
    check_text(&p, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
}

CHECK_MAIN(TEST(objects_and_arrays_get_their_commas), TEST(a_bare_value_is_a_text_too),
           TEST(integers_reach_both_ends), TEST(decimals_are_exact),
           TEST(decimals_come_back_from_the_reader), TEST(strings_are_escaped_where_json_needs_it),
           TEST(bytes_that_are_not_utf8_become_the_replacement_character),
           TEST(every_string_of_two_bytes_is_written_as_json_and_read_back),
           TEST(a_buffer_that_is_too_small_yields_nothing), TEST(nesting_goes_down_to_the_limit))
