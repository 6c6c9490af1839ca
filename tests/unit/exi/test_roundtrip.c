/* SPDX-License-Identifier: MIT
 * Properties of random messages of every set: what is encoded decodes to the same, in an arena of
 * exactly what it needs and in none that is smaller; what is cut off is refused, wherever.
 */
#include <stdalign.h>
#include <string.h>

#include "check.h"
#include "exi/iso2.h"
#include "exi_random.h"

enum { CAP = 48 << 10, ROUNDS = 150, CUT_ROUNDS = 12, LARGEST = 70, LONGEST = 24 };

static struct {
    alignas(8) uint8_t source[CAP];
    alignas(8) uint8_t memory[CAP];
    uint8_t out[CAP];
    uint8_t again[CAP];
    struct exi_message message;
    int len;
    unsigned encoded;
} t;

/* A random message in t.message, encoded in t.out; false when it does not fit the test's memory. */
static bool make(const struct exi_set *set, uint64_t seed)
{
    struct exi_choices choices = {.seed = seed * 0x9E3779B97F4A7C15 + 1};
    struct exi_arena arena;
    exi_arena_init(&arena, t.source, sizeof t.source);
    if (!exi_random_message(set, &choices, &arena, &t.message)) {
        return false;
    }
    t.len = exi_encode(set, &t.message, t.out, sizeof t.out);
    if (t.len == E_NOSPACE) {
        return false;
    }
    if (!CHECK(t.len > 0)) {
        CHECK_STR(exi_error_name(t.message.error), "EXI_OK");
        return false;
    }
    t.encoded++;
    return true;
}

static void what_is_encoded_decodes_to_the_same(void)
{
    const struct exi_set *set;
    for (unsigned i = 0; (set = exi_random_set(i)) != NULL; i++) {
        for (uint64_t round = 0; round < ROUNDS; round++) {
            struct exi_arena arena;
            struct exi_message back;
            if (!make(set, i * ROUNDS + round)) {
                continue;
            }
            exi_arena_init(&arena, t.memory, sizeof t.memory);
            if (!CHECK_EQ(exi_decode(set, t.out, (size_t)t.len, &arena, &back), E_OK)) {
                CHECK_STR(exi_error_name(back.error), "EXI_OK");
                continue;
            }
            CHECK_EQ((back.bits + 7) / 8, t.len);
            CHECK(exi_messages_equal(set, &t.message, &back));
            const int len = exi_encode(set, &back, t.again, sizeof t.again);
            CHECK_BYTES(t.again, len < 0 ? 0 : (size_t)len, t.out, (size_t)t.len);
        }
    }
    CHECK(t.encoded > ROUNDS);
}

static void references_are_shorter_and_decode_to_the_same(void)
{
    const struct exi_set *set;
    unsigned shorter = 0;
    for (unsigned i = 0; (set = exi_random_set(i)) != NULL; i++) {
        for (uint64_t round = 0; round < ROUNDS / 4; round++) {
            struct exi_arena arena;
            struct exi_message back;
            if (!make(set, i * ROUNDS + round)) {
                continue;
            }
            exi_arena_init(&arena, t.memory, sizeof t.memory);
            const int len = exi_encode_referring(set, &t.message, &arena, t.again, sizeof t.again);
            CHECK(len > 0 || t.message.error == EXI_ARENA);
            CHECK_EQ(arena.used, 0);
            if (len <= 0) {
                continue;
            }
            shorter += len < t.len;
            const int result = exi_decode(set, t.again, (size_t)len, &arena, &back);
            CHECK(result == E_OK || back.error == EXI_STRINGS || back.error == EXI_ARENA);
            CHECK(result != E_OK || exi_messages_equal(set, &t.message, &back));
        }
    }
    CHECK(shorter > 0);
}

/* A SignedInfo of `n` different URIs and the first once more. */
static void refer_among(unsigned n)
{
    static char uris[LARGEST + 1][8];
    static struct xmldsig_reference references[LARGEST + 1];
    for (unsigned i = 0; i <= n; i++) {
        const unsigned number = i < n ? i : 0;
        uris[i][0] = (char)('a' + number % 26);
        uris[i][1] = (char)('a' + number / 26);
        references[i] = (struct xmldsig_reference){.uri = exi_text_of(uris[i]),
                                                   .digest_method = {EXI_TEXT("d")},
                                                   .digest_value = EXI_BLOB("", 0)};
    }
    const struct xmldsig_signed_info info = {.canonicalization_method = {EXI_TEXT("c")},
                                             .signature_method = {.algorithm = EXI_TEXT("s")},
                                             .reference = references,
                                             .reference_count = (uint16_t)(n + 1)};
    struct exi_message m = {.root = XMLDSIG_FRAGMENT_SIGNED_INFO, .value = &info};
    struct exi_message back;
    struct exi_arena arena;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    const int len = exi_encode_referring(&exi_set_xmldsig, &m, &arena, t.out, sizeof t.out);
    const int literal = exi_encode(&exi_set_xmldsig, &m, t.again, sizeof t.again);
    CHECK(len > 0 && len < literal);
    CHECK_EQ(exi_decode(&exi_set_xmldsig, t.out, len < 0 ? 0 : (size_t)len, &arena, &back), E_OK);
    CHECK(back.value != NULL && exi_messages_equal(&exi_set_xmldsig, &m, &back));
}

static void a_reference_is_as_wide_as_the_number_of_strings_needs(void)
{
    for (unsigned n = 1; n <= LARGEST; n++) {
        refer_among(n);
    }
}

/* A text of `len` characters, of which the one at `place` is `wide`, that begins `shift` bits into
 * an octet, comes back. */
static void comes_back_shifted(const char *wide, unsigned len, unsigned place, unsigned shift)
{
    uint8_t text[LONGEST + 8];
    uint8_t bytes[LONGEST + 8] = {0};
    size_t n = 0;
    for (unsigned i = 0; i < len; i++) {
        const size_t width = i == place ? strlen(wide) : 1;
        memcpy(text + n, i == place ? wide : "a", width);
        n += width;
    }
    for (size_t i = 0; i < n; i++) {
        bytes[i] |= (uint8_t)(text[i] >> shift);
        bytes[i + 1] = (uint8_t)(shift > 0 ? text[i] << (8 - shift) : 0);
    }
    const struct iso2_emaid emaid = {
        .id = {.at = bytes, .len = (uint32_t)n & 0x1FFFFFFF, .shift = shift & 7},
        .value = EXI_TEXT("x")};
    struct exi_message m = {.root = ISO2_FRAGMENT_EMAID, .value = &emaid};
    struct exi_message back;
    struct exi_arena arena;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    const int out = exi_encode(&exi_set_iso2_fragment, &m, t.out, sizeof t.out);
    CHECK(out > 0);
    if (CHECK_EQ(exi_decode(&exi_set_iso2_fragment, t.out, (size_t)out, &arena, &back), E_OK)) {
        const struct iso2_emaid *read = back.value;
        const struct exi_blob id = {
            .at = read->id.at, .len = read->id.len, .shift = read->id.shift};
        CHECK(exi_blob_equal(id, text, n));
    }
}

static void a_character_beyond_ascii_is_seen_wherever_it_stands(void)
{
    static const char *const wide[] = {
        "\xC2\x80",         "\xDF\xBF",     "\xE0\xA0\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80", "\x01",         "\x7F"};
    for (unsigned i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        for (unsigned len = 1; len < LONGEST; len++) {
            for (unsigned place = 0; place < len; place++) {
                comes_back_shifted(wide[i], len, place, (len + place) % 8);
            }
        }
    }
}

/* The smallest arena, by halving. */
static size_t smallest_arena(const struct exi_set *set)
{
    size_t low = 0;
    size_t high = sizeof t.memory;
    while (high - low > 8) {
        const size_t middle = (low + high) / 2 & ~(size_t)7;
        struct exi_arena arena;
        struct exi_message back;
        exi_arena_init(&arena, t.memory, middle);
        const int result = exi_decode(set, t.out, (size_t)t.len, &arena, &back);
        if (result == E_OK) {
            high = middle;
        } else {
            CHECK_EQ(back.error, EXI_ARENA);
            CHECK_EQ(arena.used, 0);
            low = middle;
        }
    }
    return high;
}

static void a_smaller_arena_is_refused_and_nothing_behind_it_written(void)
{
    const struct exi_set *set;
    for (unsigned i = 0; (set = exi_random_set(i)) != NULL; i++) {
        for (uint64_t round = 0; round < CUT_ROUNDS; round++) {
            if (!make(set, i * ROUNDS + round)) {
                continue;
            }
            const size_t least = smallest_arena(set);
            for (size_t cap = least < 256 ? 0 : least - 256; cap <= least; cap += 8) {
                struct exi_arena arena;
                struct exi_message back;
                memset(t.memory, 0xA5, sizeof t.memory);
                exi_arena_init(&arena, t.memory, cap);
                const int result = exi_decode(set, t.out, (size_t)t.len, &arena, &back);
                CHECK_EQ(result, cap < least ? E_NOSPACE : E_OK);
                CHECK(t.memory[cap] == 0xA5);
                CHECK(result != E_OK || exi_messages_equal(set, &t.message, &back));
            }
        }
    }
}

static void what_is_cut_off_is_refused_wherever(void)
{
    const struct exi_set *set;
    for (unsigned i = 0; (set = exi_random_set(i)) != NULL; i++) {
        for (uint64_t round = 0; round < CUT_ROUNDS; round++) {
            if (!make(set, i * ROUNDS + round)) {
                continue;
            }
            const int step = 1 + t.len / 64;
            for (int len = 0; len < t.len; len += step) {
                struct exi_arena arena;
                struct exi_message back;
                memcpy(t.again + sizeof t.again - len, t.out, (size_t)len);
                exi_arena_init(&arena, t.memory, sizeof t.memory);
                const int result =
                    exi_decode(set, t.again + sizeof t.again - len, (size_t)len, &arena, &back);
                CHECK(result != E_OK);
                CHECK(back.bits <= (uint32_t)len * 8);
            }
        }
    }
}

static void an_output_that_is_too_small_is_refused(void)
{
    if (!CHECK(make(exi_random_set(3), 1))) {
        return;
    }
    for (int cap = 0; cap < t.len; cap++) {
        memset(t.again, 0xA5, sizeof t.again);
        CHECK_EQ(exi_encode(exi_random_set(3), &t.message, t.again, (size_t)cap), E_NOSPACE);
        CHECK_EQ(t.message.error, EXI_NOSPACE);
        CHECK(t.again[cap] == 0xA5);
    }
    CHECK_EQ(exi_encode(exi_random_set(3), &t.message, t.again, (size_t)t.len), t.len);
}

CHECK_MAIN(TEST(what_is_encoded_decodes_to_the_same),
           TEST(references_are_shorter_and_decode_to_the_same),
           TEST(a_reference_is_as_wide_as_the_number_of_strings_needs),
           TEST(a_character_beyond_ascii_is_seen_wherever_it_stands),
           TEST(a_smaller_arena_is_refused_and_nothing_behind_it_written),
           TEST(what_is_cut_off_is_refused_wherever), TEST(an_output_that_is_too_small_is_refused))
