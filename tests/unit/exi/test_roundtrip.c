/* SPDX-License-Identifier: MIT
 * Properties of random messages of every set: what is encoded decodes to the same, in an arena of
 * exactly what it needs and in none that is smaller; what is cut off is refused, wherever.
 */
#include <stdalign.h>
#include <string.h>

#include "check.h"
#include "exi_random.h"

enum { CAP = 48 << 10, ROUNDS = 150, CUT_ROUNDS = 12 };

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
           TEST(a_smaller_arena_is_refused_and_nothing_behind_it_written),
           TEST(what_is_cut_off_is_refused_wherever), TEST(an_output_that_is_too_small_is_refused))
