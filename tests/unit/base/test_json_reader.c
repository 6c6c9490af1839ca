/* SPDX-License-Identifier: MIT
 * Refusals follow RFC 8259; jsmn alone would accept many of these texts.
 */
#include "base/json_reader.h"

#include <string.h>

#include "check.h"

enum { TOKENS_MAX = 128 };

static struct json_token tokens[TOKENS_MAX];

static int parse(struct json_reader *r, const char *text)
{
    return json_parse(r, text, strlen(text), tokens, TOKENS_MAX);
}

static int status_of(const char *text)
{
    struct json_reader r;
    return parse(&r, text);
}

static void members_are_found_by_name_at_every_depth(void)
{
    struct json_reader r;
    int64_t v = 0;
    bool b = false;
    char name[8];
    CHECK_EQ(parse(&r, " {\"a\":{\"x\":[10,{\"y\":-3}],\"b\":1},\"b\":2,\"c\":true,\"d\":null,"
                       "\"e\":\"roof\"}\r\n\t "),
             E_OK);
    CHECK_EQ(json_type_of(&r, 0), JSON_OBJECT);
    CHECK_EQ(json_count(&r, 0), 5);
    const int a = json_member(&r, 0, "a");
    const int x = json_member(&r, a, "x");
    CHECK_EQ(json_type_of(&r, x), JSON_ARRAY);
    CHECK_EQ(json_count(&r, x), 2);
    CHECK_EQ(json_int(&r, json_first(&r, x), &v), E_OK);
    CHECK_EQ(v, 10);
    CHECK_EQ(json_int(&r, json_member(&r, json_next(&r, json_first(&r, x)), "y"), &v), E_OK);
    CHECK_EQ(v, -3);
    CHECK_EQ(json_int(&r, json_member(&r, a, "b"), &v), E_OK);
    CHECK_EQ(v, 1);
    CHECK_EQ(json_int(&r, json_member(&r, 0, "b"), &v), E_OK);
    CHECK_EQ(v, 2);
    CHECK_EQ(json_bool(&r, json_member(&r, 0, "c"), &b), E_OK);
    CHECK(b);
    CHECK_EQ(json_type_of(&r, json_member(&r, 0, "d")), JSON_NULL);
    CHECK_EQ(json_string(&r, json_member(&r, 0, "e"), name, sizeof name), 4);
    CHECK_STR(name, "roof");
}

static void walking_visits_every_child_once(void)
{
    struct json_reader r;
    int64_t sum = 0;
    int n = 0;
    CHECK_EQ(parse(&r, "[[],{},[1,[2]],{\"k\":{\"l\":[3]}},4]"), E_OK);
    for (int child = json_first(&r, 0); child != JSON_ABSENT; child = json_next(&r, child)) {
        n++;
        int64_t v;
        sum += json_int(&r, child, &v) == E_OK ? v : 0;
    }
    CHECK_EQ(n, 5);
    CHECK_EQ(sum, 4);
    CHECK_EQ(json_first(&r, json_first(&r, 0)), JSON_ABSENT);
    CHECK_EQ(json_next(&r, 0), JSON_ABSENT);
    /* Of an object: key, value, key, value. */
    CHECK_EQ(parse(&r, "{\"a\":[1,2],\"b\":{}}"), E_OK);
    const int key = json_first(&r, 0);
    CHECK_EQ(json_type_of(&r, key), JSON_STRING);
    CHECK_EQ(json_type_of(&r, json_next(&r, key)), JSON_ARRAY);
    const int second = json_next(&r, json_next(&r, key));
    CHECK_EQ(json_type_of(&r, second), JSON_STRING);
    CHECK_EQ(json_type_of(&r, json_next(&r, second)), JSON_OBJECT);
    CHECK_EQ(json_next(&r, json_next(&r, second)), JSON_ABSENT);
}

static void an_absent_value_is_said_by_every_accessor(void)
{
    struct json_reader r;
    int64_t v = 42;
    bool b = true;
    char text[4] = "abc";
    size_t len = 9;
    CHECK_EQ(parse(&r, "{\"a\":[1]}"), E_OK);
    const int absent = json_member(&r, json_member(&r, 0, "x"), "y");
    CHECK_EQ(absent, JSON_ABSENT);
    CHECK_EQ(json_member(&r, json_member(&r, 0, "a"), "0"), JSON_ABSENT);
    CHECK_EQ(json_type_of(&r, absent), JSON_NONE);
    CHECK_EQ(json_count(&r, absent), 0);
    CHECK_EQ(json_first(&r, absent), JSON_ABSENT);
    CHECK_EQ(json_next(&r, absent), JSON_ABSENT);
    CHECK_EQ(json_int(&r, absent, &v), E_NOTFOUND);
    CHECK_EQ(json_decimal(&r, absent, 3, &v), E_NOTFOUND);
    CHECK_EQ(json_bool(&r, absent, &b), E_NOTFOUND);
    CHECK_EQ(json_string(&r, absent, text, sizeof text), E_NOTFOUND);
    CHECK(json_raw(&r, absent, &len) == NULL);
    CHECK_EQ(len, 0);
    CHECK_EQ(v, 42);
    CHECK(b);
    CHECK_STR(text, "abc");
}

static void a_value_of_another_type_is_malformed(void)
{
    static const char *const values[] = {"{}", "[]", "\"1\"", "1", "true", "null"};
    for (int i = 0; i < 6; i++) {
        struct json_reader r;
        int64_t v;
        bool b;
        char text[4];
        CHECK_EQ(parse(&r, values[i]), E_OK);
        CHECK_EQ(json_string(&r, 0, text, sizeof text), i == 2 ? 1 : E_MALFORMED);
        CHECK_EQ(json_int(&r, 0, &v), i == 3 ? E_OK : E_MALFORMED);
        CHECK_EQ(json_decimal(&r, 0, 0, &v), i == 3 ? E_OK : E_MALFORMED);
        CHECK_EQ(json_bool(&r, 0, &b), i == 4 ? E_OK : E_MALFORMED);
        CHECK_EQ(json_member(&r, 0, "a"), JSON_ABSENT);
    }
}

static void any_value_may_be_the_whole_text(void)
{
    static const struct {
        const char *text;
        enum json_type type;
    } roots[] = {{"0", JSON_NUMBER},    {"-1.5e+3", JSON_NUMBER}, {"true", JSON_TRUE},
                 {"false", JSON_FALSE}, {" null ", JSON_NULL},    {"\"\"", JSON_STRING},
                 {"[]", JSON_ARRAY},    {"{}", JSON_OBJECT}};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        struct json_reader r;
        CHECK_EQ(parse(&r, roots[i].text), E_OK);
        CHECK_EQ(json_type_of(&r, 0), roots[i].type);
    }
}

static void what_is_not_json_is_malformed(void)
{
    static const char *const refused[] = {
        "{\"a\" \"b\"}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\",\"b\"}",
        "{a:1}",
        "{1:2}",
        "{\"a\":1 2}",
        "{\"a\"::1}",
        "{\"a\":1:2}",
        "[1 2]",
        "[1,]",
        "[,1]",
        "[,]",
        "[1,,2]",
        "[1:2]",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "]",
        "}",
        ",",
        ":",
        "1 2",
        "{}{}",
        "[] ]",
        "null,",
        "truE",
        "True",
        "nul1",
        "NaN",
        "Infinity",
        "-Infinity",
        "+1",
        "01",
        "-01",
        ".5",
        "1.e3",
        "1.x",
        "1ee3",
        "0x10",
        "1a",
        "--1",
        "'a'",
        "// c\n1",
        "[1]/**/",
        "\"\\a\"",
        "\"\\'\"",
        "\"\\x41\"",
        "\"\\u12g4\"",
        "\"\t\"",
        "\"\n\"",
        "\"\x01\"",
        "\"a\" \"b\"",
        "\f1",
        "\v1",
        "\xC2\xA0[1]",
        "\xEF\xBB\xBF{}",
        "[\"a\":1]",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (!CHECK(status_of(refused[i]) == E_MALFORMED)) {
            CHECK_STR(refused[i], "");
        }
    }
    struct json_reader r;
    CHECK_EQ(json_parse(&r, "1\0", 2, tokens, TOKENS_MAX), E_MALFORMED);
    CHECK_EQ(json_parse(&r, "\"a\0b\"", 5, tokens, TOKENS_MAX), E_MALFORMED);
    CHECK_EQ(json_parse(&r, "\0{}", 3, tokens, TOKENS_MAX), E_MALFORMED);
    CHECK_EQ(json_parse(&r, "\"\\\0\"", 4, tokens, TOKENS_MAX), E_MALFORMED);
}

static void every_beginning_of_a_text_is_truncated(void)
{
    static const char text[] =
        " {\"a\\u00e9\":[true,false,null,-1.5e+10,\"\\ud83d\\udd0b\xC3\xA9\\n\"],"
        "\"b\":{\"c\":{}}}";
    struct json_reader r;
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        CHECK_EQ(json_parse(&r, text, cut, tokens, TOKENS_MAX), E_TRUNCATED);
    }
    CHECK_EQ(json_parse(&r, text, sizeof text - 1, tokens, TOKENS_MAX), E_OK);
    CHECK_EQ(status_of("-"), E_TRUNCATED);
    CHECK_EQ(status_of("1."), E_TRUNCATED);
    CHECK_EQ(status_of("1e"), E_TRUNCATED);
    CHECK_EQ(json_parse(&r, NULL, 0, tokens, TOKENS_MAX), E_TRUNCATED);
}

static void strings_are_unescaped(void)
{
    struct json_reader r;
    char out[32];
    CHECK_EQ(parse(&r, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\uD83D\\uDD0b\xC3\xBC\""),
             E_OK);
    const int n = json_string(&r, 0, out, sizeof out);
    static const char want[] = "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x8B\xC3\xBC";
    CHECK_EQ(n, sizeof want - 1);
    CHECK_STR(out, want);
}

static void half_a_surrogate_pair_is_malformed(void)
{
    static const char *const refused[] = {
        "\"\\ud83d\"",        "\"\\udd0b\"",        "\"\\ud83d\\ud83d\"", "\"\\ud83dx\"",
        "\"\\ud83d\\n\"",     "\"\\udd0b\\ud83d\"", "\"\\ud83d\\u0041\"", "\"\\ud83d\\u0000\"",
        "\"\\ud800\"",        "\"\\udbff\"",        "\"\\udc00\"",        "\"\\udfff\"",
        "\"\\ud800\\udbff\"", "\"\\ud800\\ue000\"",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQ(status_of(refused[i]), E_MALFORMED);
    }
}

static void the_pairs_at_the_edges_are_characters(void)
{
    struct json_reader r;
    char out[32];
    CHECK_EQ(parse(&r, "\"\\uD7FF\\uE000\\ud800\\udc00\\uDBFF\\uDFFF\""), E_OK);
    CHECK_EQ(json_string(&r, 0, out, sizeof out), 14);
    CHECK_STR(out, "\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

static void strings_that_are_not_utf8_are_malformed(void)
{
    static const char *const refused[] = {"\"\xFF\"", "\"\xC3\"", "\"\xED\xA0\x80\"",
                                          "\"\xC0\x80\"", "{\"\xE2\x82\":1}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQ(status_of(refused[i]), E_MALFORMED);
    }
}

static void a_string_fits_exactly_or_has_no_space(void)
{
    struct json_reader r;
    char out[5] = "....";
    CHECK_EQ(parse(&r, "\"ab\\u00e9\""), E_OK);
    CHECK_EQ(json_string(&r, 0, out, 5), 4);
    CHECK_STR(out, "ab\xC3\xA9");
    CHECK_EQ(json_string(&r, 0, out, 4), E_NOSPACE);
    CHECK_EQ(parse(&r, "\"\""), E_OK);
    CHECK_EQ(json_string(&r, 0, out, 1), 0);
    CHECK_EQ(json_string(&r, 0, out, 0), E_NOSPACE);
}

static void a_zero_inside_a_string_never_reaches_c(void)
{
    struct json_reader r;
    char out[8];
    CHECK_EQ(parse(&r, "{\"a\\u0000b\":\"x\\u0000y\"}"), E_OK);
    CHECK_EQ(json_member(&r, 0, "a"), JSON_ABSENT);
    CHECK_EQ(json_string(&r, json_next(&r, json_first(&r, 0)), out, sizeof out), E_MALFORMED);
}

static void a_name_that_stands_twice_is_malformed_however_it_is_written(void)
{
    CHECK_EQ(status_of("{\"a\":1,\"b\":2,\"a\":3}"), E_MALFORMED);
    CHECK_EQ(status_of("{\"a\":1,\"\\u0061\":3}"), E_MALFORMED);
    CHECK_EQ(status_of("{\"\xC3\xA9\":1,\"\\u00E9\":3}"), E_MALFORMED);
    CHECK_EQ(status_of("{\"\":1,\"\":3}"), E_MALFORMED);
    CHECK_EQ(status_of("[{\"x\":{\"k\":1,\"k\":1}}]"), E_MALFORMED);
    CHECK_EQ(status_of("{\"a\":{\"a\":{\"a\":1}},\"ab\":\"a\",\"b\":[\"a\",\"a\"]}"), E_OK);
}

static void names_match_by_their_characters(void)
{
    struct json_reader r;
    CHECK_EQ(parse(&r, "{\"pr\\u006fduction\":1,\"prod\":2,\"\":3}"), E_OK);
    CHECK_EQ(json_member(&r, 0, "production"), 2);
    CHECK_EQ(json_member(&r, 0, "prod"), 4);
    CHECK_EQ(json_member(&r, 0, ""), 6);
    CHECK_EQ(json_member(&r, 0, "productio"), JSON_ABSENT);
    CHECK_EQ(json_member(&r, 0, "productions"), JSON_ABSENT);
}

static void integers_reach_both_ends_and_no_further(void)
{
    static const struct {
        const char *text;
        int64_t value;
        int status;
    } cases[] = {
        {"0", 0, E_OK},
        {"-0", 0, E_OK},
        {"9223372036854775807", INT64_MAX, E_OK},
        {"-9223372036854775808", INT64_MIN, E_OK},
        {"9223372036854775808", 0, E_LIMIT},
        {"-9223372036854775809", 0, E_LIMIT},
        {"92233720368547758070", 0, E_LIMIT},
        {"1.0", 0, E_MALFORMED},
        {"1e3", 0, E_MALFORMED},
        {"1E0", 0, E_MALFORMED},
        {"99999999999999999999.5", 0, E_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_reader r;
        int64_t v = 7;
        CHECK_EQ(parse(&r, cases[i].text), E_OK);
        CHECK_EQ(json_int(&r, 0, &v), cases[i].status);
        CHECK_EQ(v, cases[i].status == E_OK ? cases[i].value : 7);
    }
}

static void decimals_are_exact_or_refused(void)
{
    static const struct {
        const char *text;
        unsigned decimals;
        int64_t value;
        int status;
    } cases[] = {
        {"1.5", 3, 1500, E_OK},
        {"-1.5", 3, -1500, E_OK},
        {"-0.001", 3, -1, E_OK},
        {"0.0010000", 3, 1, E_OK},
        {"0.0010001", 3, 7, E_LIMIT},
        {"12", 0, 12, E_OK},
        {"12.000", 0, 12, E_OK},
        {"12.5", 0, 7, E_LIMIT},
        {"9.223372036854775807", 9, 7, E_LIMIT},
        {"9223372036.854775807", 9, INT64_MAX, E_OK},
        {"-9223372036.854775808", 9, INT64_MIN, E_OK},
        {"9223372036.854775808", 9, 7, E_LIMIT},
        {"9223372037", 9, 7, E_LIMIT},
        {"1.5e3", 3, 7, E_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_reader r;
        int64_t v = 7;
        CHECK_EQ(parse(&r, cases[i].text), E_OK);
        CHECK_EQ(json_decimal(&r, 0, cases[i].decimals, &v), cases[i].status);
        CHECK_EQ(v, cases[i].value);
    }
}

static void the_raw_text_is_byte_for_byte(void)
{
    struct json_reader r;
    size_t len;
    CHECK_EQ(parse(&r, "{ \"s\" : \"a\\u0041\" , \"o\":{ \"x\":[1 , 2] },\"n\":-1.50 }"), E_OK);
    const char *raw = json_raw(&r, json_member(&r, 0, "s"), &len);
    CHECK_BYTES(raw, len, "\"a\\u0041\"", 9);
    raw = json_raw(&r, json_member(&r, 0, "o"), &len);
    CHECK_BYTES(raw, len, "{ \"x\":[1 , 2] }", 15);
    raw = json_raw(&r, json_member(&r, 0, "n"), &len);
    CHECK_BYTES(raw, len, "-1.50", 5);
}

static void tokens_are_enough_or_it_is_a_limit(void)
{
    static const char text[] = "{\"a\":[1,2]}"; /* object, name, array, two numbers */
    struct json_reader r;
    for (size_t max = 1; max < 5; max++) {
        CHECK_EQ(json_parse(&r, text, sizeof text - 1, tokens, max), E_LIMIT);
    }
    CHECK_EQ(json_parse(&r, text, sizeof text - 1, tokens, 5), E_OK);
    /* Positions are ints: a longer text is refused before it is looked at. */
    CHECK_EQ(json_parse(&r, text, (size_t)INT32_MAX + 1, tokens, 5), E_LIMIT);
}

static void nesting_goes_down_to_the_limit_and_not_further(void)
{
    char text[2 * JSON_MAX_DEPTH + 3];
    struct json_reader r;
    for (size_t depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        CHECK_EQ(json_parse(&r, text, 2 * depth, tokens, TOKENS_MAX),
                 depth == JSON_MAX_DEPTH ? E_OK : E_LIMIT);
    }
}

static void containers_remember_what_closes_them(void)
{
    CHECK_EQ(status_of("[{\"a\":[{\"b\":[]}]},{}]"), E_OK);
    CHECK_EQ(status_of("[{\"a\":[{\"b\":[}]]}]"), E_MALFORMED);
    CHECK_EQ(status_of("[[{}]}"), E_MALFORMED);
}

CHECK_MAIN(TEST(members_are_found_by_name_at_every_depth), TEST(walking_visits_every_child_once),
           TEST(an_absent_value_is_said_by_every_accessor),
           TEST(a_value_of_another_type_is_malformed), TEST(any_value_may_be_the_whole_text),
           TEST(what_is_not_json_is_malformed), TEST(every_beginning_of_a_text_is_truncated),
           TEST(strings_are_unescaped), TEST(half_a_surrogate_pair_is_malformed),
           TEST(the_pairs_at_the_edges_are_characters),
           TEST(strings_that_are_not_utf8_are_malformed),
           TEST(a_string_fits_exactly_or_has_no_space),
           TEST(a_zero_inside_a_string_never_reaches_c),
           TEST(a_name_that_stands_twice_is_malformed_however_it_is_written),
           TEST(names_match_by_their_characters), TEST(integers_reach_both_ends_and_no_further),
           TEST(decimals_are_exact_or_refused), TEST(the_raw_text_is_byte_for_byte),
           TEST(tokens_are_enough_or_it_is_a_limit),
           TEST(nesting_goes_down_to_the_limit_and_not_further),
           TEST(containers_remember_what_closes_them))
