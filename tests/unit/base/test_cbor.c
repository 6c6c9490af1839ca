/* SPDX-License-Identifier: MIT
 * The examples are those of RFC 8949 appendix A that deterministic encoding has; the refusals are
 * of the kinds of its appendix F and of section 4.2.
 */
#include "base/cbor.h"

#include <string.h>

#include "check.h"

enum { INPUT_MAX = 128 };

static int nibble(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Reads lower-case hexadecimal; returns the number of bytes. */
static size_t from_hex(const char *hex, uint8_t *out)
{
    const size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    }
    return n;
}

static void check_hex(const struct wbuf *w, const uint8_t *got, const char *want)
{
    uint8_t bytes[INPUT_MAX];
    CHECK(wbuf_ok(w));
    const size_t n = from_hex(want, bytes);
    CHECK_BYTES(got, wbuf_len(w), bytes, n);
}

static int skip_whole(const char *hex)
{
    uint8_t in[INPUT_MAX];
    size_t n;
    struct cbor c = cbor_of(in, from_hex(hex, in));
    (void)cbor_skip(&c, &n);
    return cbor_finish(&c);
}

static void unsigned_integers_of_appendix_a(void)
{
    static const struct {
        uint64_t value;
        const char *hex;
    } examples[] = {
        {0, "00"},
        {1, "01"},
        {10, "0a"},
        {23, "17"},
        {24, "1818"},
        {25, "1819"},
        {100, "1864"},
        {255, "18ff"},
        {256, "190100"},
        {1000, "1903e8"},
        {65535, "19ffff"},
        {65536, "1a00010000"},
        {1000000, "1a000f4240"},
        {4294967295, "1affffffff"},
        {4294967296, "1b0000000100000000"},
        {1000000000000, "1b000000e8d4a51000"},
        {UINT64_MAX, "1bffffffffffffffff"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        uint8_t out[INPUT_MAX];
        struct wbuf w = wbuf_of(out, sizeof out);
        cbor_put_uint(&w, examples[i].value);
        check_hex(&w, out, examples[i].hex);
        struct cbor c = cbor_of(out, wbuf_len(&w));
        CHECK_EQ(cbor_peek(&c), CBOR_UINT);
        CHECK(cbor_uint(&c) == examples[i].value);
        CHECK_EQ(cbor_finish(&c), E_OK);
    }
}

static void signed_integers_of_appendix_a_and_the_ends_of_the_range(void)
{
    static const struct {
        int64_t value;
        const char *hex;
    } examples[] = {
        {-1, "20"},
        {-10, "29"},
        {-24, "37"},
        {-25, "3818"},
        {-100, "3863"},
        {-256, "38ff"},
        {-257, "390100"},
        {-1000, "3903e7"},
        {INT64_MIN, "3b7fffffffffffffff"},
        {INT64_MAX, "1b7fffffffffffffff"},
        {0, "00"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        uint8_t out[INPUT_MAX];
        struct wbuf w = wbuf_of(out, sizeof out);
        cbor_put_int(&w, examples[i].value);
        check_hex(&w, out, examples[i].hex);
        struct cbor c = cbor_of(out, wbuf_len(&w));
        CHECK_EQ(cbor_peek(&c), examples[i].value < 0 ? CBOR_NINT : CBOR_UINT);
        CHECK_EQ(cbor_int(&c), examples[i].value);
        CHECK_EQ(cbor_finish(&c), E_OK);
    }
}

static void an_integer_outside_int64_is_a_limit(void)
{
    static const char *const outside[] = {"1b8000000000000000", "1bffffffffffffffff",
                                          "3b8000000000000000", "3bffffffffffffffff"};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        uint8_t in[INPUT_MAX];
        struct cbor c = cbor_of(in, from_hex(outside[i], in));
        CHECK_EQ(cbor_int(&c), 0);
        CHECK_EQ(cbor_finish(&c), E_LIMIT);
        CHECK_EQ(skip_whole(outside[i]), E_OK); /* it is an item all the same */
    }
}

static void simple_values_of_appendix_a(void)
{
    uint8_t out[3];
    struct wbuf w = wbuf_of(out, sizeof out);
    cbor_put_bool(&w, false);
    cbor_put_bool(&w, true);
    cbor_put_null(&w);
    check_hex(&w, out, "f4f5f6");
    struct cbor c = cbor_of(out, sizeof out);
    CHECK_EQ(cbor_peek(&c), CBOR_BOOL);
    CHECK(!cbor_bool(&c));
    CHECK(cbor_bool(&c));
    CHECK_EQ(cbor_peek(&c), CBOR_NULL);
    cbor_null(&c);
    CHECK_EQ(cbor_finish(&c), E_OK);
}

static void strings_of_appendix_a(void)
{
    static const struct {
        const char *text;
        const char *hex;
    } examples[] = {
        {"", "60"},
        {"a", "6161"},
        {"IETF", "6449455446"},
        {"\"\\", "62225c"},
        {"\xC3\xBC", "62c3bc"},
        {"\xE6\xB0\xB4", "63e6b0b4"},
        {"\xF0\x90\x85\x91", "64f0908591"},
    };
    uint8_t out[INPUT_MAX];
    size_t n;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct wbuf w = wbuf_of(out, sizeof out);
        cbor_put_text(&w, examples[i].text, strlen(examples[i].text));
        check_hex(&w, out, examples[i].hex);
        struct cbor c = cbor_of(out, wbuf_len(&w));
        CHECK_EQ(cbor_peek(&c), CBOR_TEXT);
        const char *text = cbor_text(&c, &n);
        CHECK_BYTES(text, n, examples[i].text, strlen(examples[i].text));
        CHECK_EQ(cbor_finish(&c), E_OK);
    }
    struct wbuf w = wbuf_of(out, sizeof out);
    cbor_put_bytes(&w, NULL, 0);
    cbor_put_bytes(&w, "\x01\x02\x03\x04", 4);
    check_hex(&w, out, "404401020304");
    struct cbor c = cbor_of(out, wbuf_len(&w));
    CHECK_EQ(cbor_peek(&c), CBOR_BYTES);
    const uint8_t *empty = cbor_bytes(&c, &n);
    CHECK(empty != NULL);
    CHECK_EQ(n, 0);
    const uint8_t *bytes = cbor_bytes(&c, &n);
    CHECK_BYTES(bytes, n, "\x01\x02\x03\x04", 4);
    CHECK_EQ(cbor_finish(&c), E_OK);
}

static void tags_of_appendix_a(void)
{
    uint8_t out[INPUT_MAX];
    struct wbuf w = wbuf_of(out, sizeof out);
    cbor_put_tag(&w, 1);
    cbor_put_uint(&w, 1363896240);
    check_hex(&w, out, "c11a514b67b0");
    struct cbor c = cbor_of(out, wbuf_len(&w));
    CHECK_EQ(cbor_peek(&c), CBOR_TAG);
    CHECK_EQ(cbor_tag(&c), 1);
    CHECK_EQ(cbor_uint(&c), 1363896240);
    CHECK_EQ(cbor_finish(&c), E_OK);
    CHECK_EQ(skip_whole("d74401020304"), E_OK);
    CHECK_EQ(skip_whole("d818456449455446"), E_OK);
    CHECK_EQ(skip_whole("d82076687474703a2f2f7777772e6578616d706c652e636f6d"), E_OK);
    CHECK_EQ(skip_whole("c249010000000000000000"), E_OK);
}

static void containers_of_appendix_a_are_skipped_whole(void)
{
    static const char *const examples[] = {
        "80",
        "83010203",
        "8301820203820405",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        "a0",
        "a201020304",
        "a26161016162820203",
        "826161a161626163",
        "a56161614161626142616361436164614461656145",
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        uint8_t in[INPUT_MAX];
        size_t n;
        const size_t len = from_hex(examples[i], in);
        in[len] = 0x17; /* what follows is not touched */
        struct cbor c = cbor_of(in, len + 1);
        const uint8_t *view = cbor_skip(&c, &n);
        CHECK(view == in);
        CHECK_EQ(n, len);
        view = cbor_skip(&c, &n);
        CHECK(view == in + len);
        CHECK_EQ(n, 1);
        CHECK_EQ(cbor_finish(&c), E_OK);
    }
}

static void a_map_is_read_key_by_key(void)
{
    uint8_t out[INPUT_MAX];
    struct wbuf w = wbuf_of(out, sizeof out);
    cbor_put_map(&w, 3);
    cbor_put_uint(&w, 0);
    cbor_put_text(&w, "roof", 4);
    cbor_put_uint(&w, 1);
    cbor_put_int(&w, -7);
    cbor_put_uint(&w, 24);
    cbor_put_array(&w, 0);
    struct cbor c = cbor_of(out, wbuf_len(&w));
    int64_t last = -1;
    size_t n;
    CHECK_EQ(cbor_peek(&c), CBOR_MAP);
    CHECK_EQ(cbor_map(&c), 3);
    CHECK_EQ(cbor_key(&c, &last), 0);
    (void)cbor_text(&c, &n);
    CHECK_EQ(n, 4);
    CHECK_EQ(cbor_key(&c, &last), 1);
    CHECK_EQ(cbor_int(&c), -7);
    CHECK_EQ(cbor_key(&c, &last), 24);
    CHECK_EQ(last, 24);
    CHECK_EQ(cbor_peek(&c), CBOR_ARRAY);
    CHECK_EQ(cbor_array(&c), 0);
    CHECK_EQ(cbor_peek(&c), CBOR_END);
    CHECK_EQ(cbor_finish(&c), E_OK);
}

static void keys_that_repeat_or_descend_fail_key_by_key(void)
{
    static const char *const refused[] = {"0101", "0100", "1818181718"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint8_t in[INPUT_MAX];
        struct cbor c = cbor_of(in, from_hex(refused[i], in));
        int64_t last = -1;
        (void)cbor_key(&c, &last);
        CHECK(cbor_ok(&c));
        const int64_t before = last;
        CHECK_EQ(cbor_key(&c, &last), 0);
        CHECK_EQ(c.error, E_MALFORMED);
        CHECK_EQ(last, before);
    }
    uint8_t in[INPUT_MAX];
    struct cbor c = cbor_of(in, from_hex("1b7fffffffffffffff1b8000000000000000", in));
    int64_t last = -1;
    CHECK_EQ(cbor_key(&c, &last), INT64_MAX);
    CHECK_EQ(last, INT64_MAX);
    (void)cbor_key(&c, &last);
    CHECK_EQ(c.error, E_LIMIT);
}

static void keys_of_any_type_ascend_by_their_bytes(void)
{
    /* RFC 8949 section 4.2.1: 10, 100, -1, "z", "aa", [100], [-1], false */
    CHECK_EQ(skip_whole("a80a001864002000617a006261610081186400812000f400"), E_OK);
    CHECK_EQ(skip_whole("a22000186400"), E_MALFORMED);       /* -1 before 100 */
    CHECK_EQ(skip_whole("a262616100617a00"), E_MALFORMED);   /* "aa" before "z" */
    CHECK_EQ(skip_whole("a201000100"), E_MALFORMED);         /* twice */
    CHECK_EQ(skip_whole("a201000101"), E_MALFORMED);         /* twice, with other values */
    CHECK_EQ(skip_whole("a201020200"), E_OK);                /* values in any order */
    CHECK_EQ(skip_whole("a28118640081186400"), E_MALFORMED); /* the same array twice */
    CHECK_EQ(skip_whole("81a201000100"), E_MALFORMED);       /* inside another item */
    CHECK_EQ(skip_whole("a101a201000100"), E_MALFORMED);
    CHECK_EQ(skip_whole("a1a20100010000"), E_MALFORMED); /* inside a key */
    CHECK_EQ(skip_whole("a201a1010002a10100"), E_OK);    /* equal keys of different maps */
}

static void heads_longer_than_needed_are_malformed(void)
{
    static const char *const refused[] = {
        "1800",
        "1817",
        "190000",
        "1900ff",
        "1a00000000",
        "1a0000ffff",
        "1b0000000000000000",
        "1b00000000ffffffff",
        "3817",
        "5800",
        "7800",
        "9800",
        "b800",
        "d817",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQ(skip_whole(refused[i]), E_MALFORMED);
    }
}

static void indefinite_lengths_breaks_and_reserved_heads_are_malformed(void)
{
    static const char *const refused[] = {
        "5f42010243030405ff",
        "7f657374726561646d696e67ff",
        "9fff",
        "bfff",
        "ff",
        "81ff",
        "a1ff00",
        "1c",
        "1d",
        "1e",
        "1f",
        "3c",
        "3f",
        "5c",
        "7d",
        "9e",
        "bc",
        "dc",
        "df",
        "fc",
        "fd",
        "fe",
        "f800",
        "f814",
        "f81f",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQ(skip_whole(refused[i]), E_MALFORMED);
    }
}

static void floats_undefined_and_unknown_simple_values_are_unsupported(void)
{
    static const char *const refused[] = {"f90000", "f93e00", "fa47c35000", "fb3ff199999999999a",
                                          "f97e00", "f7",     "f0",         "f8ff",
                                          "f820",   "e0",     "81f90000"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint8_t in[INPUT_MAX];
        struct cbor c = cbor_of(in, from_hex(refused[i], in));
        CHECK_EQ(cbor_peek(&c), i == 10 ? CBOR_ARRAY : CBOR_END);
        CHECK_EQ(skip_whole(refused[i]), E_UNSUPPORTED);
    }
}

static void every_beginning_of_an_item_is_truncated(void)
{
    static const char *const items[] = {
        "1bffffffffffffffff", "1a000f4240",   "3903e7",
        "44010203ff",         "6449455446",   "8301820203820405",
        "a26161016162820203", "c11a514b67b0", "a80a001864002000617a006261610081186400812000f400",
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        uint8_t in[INPUT_MAX];
        const size_t len = from_hex(items[i], in);
        for (size_t cut = 0; cut < len; cut++) {
            size_t n = 99;
            struct cbor c = cbor_of(in, cut);
            CHECK(cbor_skip(&c, &n) == NULL);
            CHECK_EQ(n, 0);
            CHECK_EQ(cbor_finish(&c), E_TRUNCATED);
        }
        CHECK_EQ(skip_whole(items[i]), E_OK);
    }
    CHECK_EQ(skip_whole("f8"), E_TRUNCATED);
}

static void a_length_or_count_larger_than_the_input_is_truncated_without_a_loop(void)
{
    static const char *const refused[] = {
        "5bffffffffffffffff00",
        "7b7fffffffffffffff00",
        "9bffffffffffffffff00",
        "bbffffffffffffffff00",
        "bb800000000000000000",
        "9b800000000000000000",
        "9affffffff",
        "8200",
        "a101",
        "a2010203",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQ(skip_whole(refused[i]), E_TRUNCATED);
    }
    uint8_t in[INPUT_MAX];
    struct cbor c = cbor_of(in, from_hex("830102", in));
    CHECK_EQ(cbor_array(&c), 0);
    CHECK_EQ(c.error, E_TRUNCATED);
    c = cbor_of(in, from_hex("a20102", in));
    CHECK_EQ(cbor_map(&c), 0);
    CHECK_EQ(c.error, E_TRUNCATED);
}

static void text_that_is_not_utf8_is_malformed(void)
{
    static const char *const refused[] = {"61ff", "62c328", "63eda080", "61c3", "64f4908080"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint8_t in[INPUT_MAX];
        size_t n = 99;
        struct cbor c = cbor_of(in, from_hex(refused[i], in));
        CHECK(cbor_text(&c, &n) == NULL);
        CHECK_EQ(n, 0);
        CHECK_EQ(cbor_finish(&c), E_MALFORMED);
        CHECK_EQ(skip_whole(refused[i]), E_MALFORMED);
    }
}

static void nesting_is_skipped_down_to_the_limit_and_not_further(void)
{
    static const uint8_t openers[] = {0x81, 0xC1};
    for (size_t kind = 0; kind < sizeof openers; kind++) {
        uint8_t in[CBOR_MAX_DEPTH + 2];
        size_t n;
        memset(in, openers[kind], sizeof in);
        in[CBOR_MAX_DEPTH] = 0x00;
        struct cbor c = cbor_of(in, CBOR_MAX_DEPTH + 1);
        (void)cbor_skip(&c, &n);
        CHECK_EQ(cbor_finish(&c), E_OK);
        in[CBOR_MAX_DEPTH] = openers[kind];
        in[CBOR_MAX_DEPTH + 1] = 0x00;
        c = cbor_of(in, sizeof in);
        (void)cbor_skip(&c, &n);
        CHECK_EQ(cbor_finish(&c), E_LIMIT);
    }
}

static void a_wrong_type_is_malformed_and_yields_zero(void)
{
    uint8_t in[INPUT_MAX];
    size_t n = 99;
#define REFUSES(hex, call)                                                                         \
    do {                                                                                           \
        struct cbor c = cbor_of(in, from_hex(hex, in));                                            \
        call;                                                                                      \
        CHECK_EQ(c.error, E_MALFORMED);                                                            \
        CHECK_EQ(cbor_peek(&c), CBOR_END);                                                         \
    } while (0)
    REFUSES("20", CHECK_EQ(cbor_uint(&c), 0));
    REFUSES("4101", CHECK_EQ(cbor_int(&c), 0));
    REFUSES("f6", CHECK(!cbor_bool(&c)));
    REFUSES("01", CHECK(!cbor_bool(&c)));
    REFUSES("f5", cbor_null(&c));
    REFUSES("00", cbor_null(&c));
    REFUSES("01", CHECK_EQ(cbor_tag(&c), 0));
    REFUSES("a0", CHECK_EQ(cbor_array(&c), 0));
    REFUSES("80", CHECK_EQ(cbor_map(&c), 0));
    REFUSES("6161", CHECK(cbor_bytes(&c, &n) == NULL));
    CHECK_EQ(n, 0);
    n = 99;
    REFUSES("4161", CHECK(cbor_text(&c, &n) == NULL));
    CHECK_EQ(n, 0);
#undef REFUSES
}

static void the_first_failure_stays(void)
{
    uint8_t in[INPUT_MAX];
    size_t n;
    struct cbor c = cbor_of(in, from_hex("0102", in));
    cbor_fail(&c, E_UNSUPPORTED);
    cbor_fail(&c, E_LIMIT);
    CHECK_EQ(cbor_uint(&c), 0);
    CHECK_EQ(cbor_int(&c), 0);
    CHECK_EQ(cbor_array(&c), 0);
    CHECK(cbor_skip(&c, &n) == NULL);
    CHECK_EQ(cbor_finish(&c), E_UNSUPPORTED);
}

static void bytes_left_over_are_malformed(void)
{
    CHECK_EQ(skip_whole("0000"), E_MALFORMED);
    const struct cbor empty = cbor_of(NULL, 0);
    CHECK_EQ(cbor_finish(&empty), E_OK);
    CHECK_EQ(cbor_peek(&empty), CBOR_END);
}

static void a_full_buffer_keeps_no_half_item(void)
{
    for (size_t cap = 0; cap < 9; cap++) {
        uint8_t out[9];
        memset(out, 0xEE, sizeof out);
        struct wbuf w = wbuf_of(out, cap);
        cbor_put_uint(&w, UINT64_MAX);
        CHECK(!wbuf_ok(&w));
        CHECK_EQ(out[0], 0xEE);
    }
}

CHECK_MAIN(TEST(unsigned_integers_of_appendix_a),
           TEST(signed_integers_of_appendix_a_and_the_ends_of_the_range),
           TEST(an_integer_outside_int64_is_a_limit), TEST(simple_values_of_appendix_a),
           TEST(strings_of_appendix_a), TEST(tags_of_appendix_a),
           TEST(containers_of_appendix_a_are_skipped_whole), TEST(a_map_is_read_key_by_key),
           TEST(keys_that_repeat_or_descend_fail_key_by_key),
           TEST(keys_of_any_type_ascend_by_their_bytes),
           TEST(heads_longer_than_needed_are_malformed),
           TEST(indefinite_lengths_breaks_and_reserved_heads_are_malformed),
           TEST(floats_undefined_and_unknown_simple_values_are_unsupported),
           TEST(every_beginning_of_an_item_is_truncated),
           TEST(a_length_or_count_larger_than_the_input_is_truncated_without_a_loop),
           TEST(text_that_is_not_utf8_is_malformed),
           TEST(nesting_is_skipped_down_to_the_limit_and_not_further),
           TEST(a_wrong_type_is_malformed_and_yields_zero), TEST(the_first_failure_stays),
           TEST(bytes_left_over_are_malformed), TEST(a_full_buffer_keeps_no_half_item))
