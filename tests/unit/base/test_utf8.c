/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

#include "check.h"

/* The code point of a well-formed character. */
static uint32_t decode(const uint8_t *p, size_t n)
{
    static const uint8_t masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t v = p[0] & masks[n];
    for (size_t i = 1; i < n; i++) {
        v = v << 6 | (p[i] & 0x3F);
    }
    return v;
}

static void every_code_point_survives_encoding_and_no_surrogate_is_encoded(void)
{
    unsigned wrong = 0;
    for (uint32_t code_point = 0; code_point <= 0x110000; code_point++) {
        uint8_t out[UTF8_MAX_LEN] = {0};
        const bool is_character =
            code_point < 0xD800 || (code_point > 0xDFFF && code_point < 0x110000);
        const size_t n = utf8_encode(code_point, out);
        wrong += (n > 0) != is_character;
        wrong += n > 0 && utf8_char_len(out, n) != (int)n;
        wrong += n > 0 && decode(out, n) != code_point;
        /* Every proper beginning asks for more. */
        for (size_t cut = 0; cut < n; cut++) {
            wrong += utf8_char_len(out, cut) != E_TRUNCATED;
        }
    }
    CHECK_EQ(wrong, 0);
}

/* The number of well-formed sequences is that of the code points: nothing else is accepted. */
static void exactly_the_well_formed_sequences_of_three_bytes_are_accepted(void)
{
    unsigned n_two = 0;
    unsigned n_three = 0;
    for (uint32_t v = UINT32_C(0xC0) << 16; v < UINT32_C(1) << 24; v++) { /* all lead bytes */
        const uint8_t p[3] = {(uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
        const int n = utf8_char_len(p, sizeof p);
        n_two += n == 2 && p[2] == 0;
        n_three += n == 3;
    }
    CHECK_EQ(n_two, 0x800 - 0x80);
    CHECK_EQ(n_three, 0x10000 - 0x800 - 0x800);
}

static void exactly_the_planes_of_unicode_are_accepted_as_four_bytes(void)
{
    unsigned n_four = 0;
    for (unsigned v = 0; v < 0x10000; v++) {
        const uint8_t p[4] = {(uint8_t)(v >> 8), (uint8_t)v, 0x80, 0xBF};
        n_four += utf8_char_len(p, sizeof p) == 4;
    }
    CHECK_EQ(n_four, 0x100000 >> 12);
    CHECK_EQ(utf8_char_len("\xF1\x80\xC0\x80", 4), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xF1\x80\x80\x7F", 4), E_MALFORMED);
}

static void longer_forms_surrogates_and_values_out_of_range_are_malformed(void)
{
    CHECK_EQ(utf8_char_len("\xC0\x80", 2), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xC1\xBF", 2), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xE0\x9F\xBF", 3), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xED\xA0\x80", 3), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xF0\x8F\xBF\xBF", 4), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xF4\x90\x80\x80", 4), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xF5\x80\x80\x80", 4), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xFF", 1), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\x80", 1), E_MALFORMED);
    CHECK_EQ(utf8_char_len("\xE2\x82\x28", 3), E_MALFORMED);
}

static void a_text_is_valid_only_as_a_whole(void)
{
    static const char good[] = "K\xC3\xBChlraum \xE2\x82\xAC \xF0\x9F\x94\x8B";
    CHECK(utf8_valid("", 0));
    CHECK(utf8_valid(good, sizeof good)); /* with its zero */
    CHECK(!utf8_valid(good, sizeof good - 2));
    CHECK(!utf8_valid("ab\xFF", 3));
}

CHECK_MAIN(TEST(every_code_point_survives_encoding_and_no_surrogate_is_encoded),
           TEST(exactly_the_well_formed_sequences_of_three_bytes_are_accepted),
           TEST(exactly_the_planes_of_unicode_are_accepted_as_four_bytes),
           TEST(longer_forms_surrogates_and_values_out_of_range_are_malformed),
           TEST(a_text_is_valid_only_as_a_whole))
