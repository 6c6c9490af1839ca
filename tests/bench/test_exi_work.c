/* SPDX-License-Identifier: MIT
 * The decoder's work is bounded by the input's length: its basic blocks are counted, for random
 * messages of every set, whole, cut and changed, and for messages made to be as expensive as can
 * be. Two bounds: steps an octet, and that an octet more costs the same in a longer message.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "data.h"
#include "exi/din.h"
#include "exi/iso2.h"
#include "exi/json.h"
#include "exi_random.h"

enum {
    MEMORY_CAP = 16 << 20,
    MESSAGE_CAP = 1 << 20,
    ROUNDS = 400,
    STEPS_BEFORE = 600, /* what a message of no length takes */
    STEPS_AN_OCTET = 60,
    STEPS_AN_OCTET_REFERRING = 2500, /* a reference walks EXI_MAX_STRINGS strings, twice */
    WORDS = EXI_MAX_STRINGS - 20,
    /* all messages of libcbv2g_instructions.tsv: what they take today and a tenth */
    MESSAGES = 17,
    DECODE_STEPS = 30400,
    ENCODE_STEPS = 36000
};

static struct {
    alignas(8) uint8_t source[MEMORY_CAP];
    alignas(8) uint8_t memory[MEMORY_CAP];
    uint8_t in[MESSAGE_CAP];
    char words[WORDS][8];
} t;

static unsigned long steps;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

/* Steps to decode the first `len` octets of t.in. */
static unsigned long decode(const struct exi_set *set, size_t len, struct exi_message *m)
{
    struct exi_arena arena;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    steps = 0;
    const int result = exi_decode(set, t.in, len, &arena, m);
    CHECK_EQ(result == E_OK, m->error == EXI_OK);
    return steps;
}

static void bounded(const struct exi_set *set, size_t len, double *worst)
{
    struct exi_message m;
    const unsigned long taken = decode(set, len, &m);
    const double each = len == 0 ? 0 : ((double)taken - STEPS_BEFORE) / (double)len;
    *worst = each > *worst ? each : *worst;
    CHECK(taken <= STEPS_BEFORE + STEPS_AN_OCTET * len);
}

static void random_messages_whole_cut_and_changed(void)
{
    double worst = 0;
    for (unsigned i = 0; exi_random_set(i) != NULL; i++) {
        const struct exi_set *set = exi_random_set(i);
        for (unsigned k = 1; k <= ROUNDS; k++) {
            struct exi_choices choices = {.seed = 0x9E3779B97F4A7C15U * k + i};
            struct exi_arena source;
            struct exi_message m;
            exi_arena_init(&source, t.source, sizeof t.source);
            const bool made = exi_random_message(set, &choices, &source, &m);
            const int len = made ? exi_encode(set, &m, t.in, sizeof t.in) : 0;
            if (!CHECK(len > 0)) {
                continue;
            }
            bounded(set, (size_t)len, &worst);
            bounded(set, (size_t)len / 2, &worst);
            t.in[k * 7919U % (unsigned)len] ^= (uint8_t)(1U << k % 8);
            bounded(set, (size_t)len, &worst);
        }
    }
    printf("random messages: at most %.1f steps an octet beyond the first %d\n", worst,
           STEPS_BEFORE);
}

static void octets_of_no_meaning(void)
{
    double worst = 0;
    uint32_t state = 1;
    for (unsigned k = 0; k < ROUNDS; k++) {
        for (size_t i = 0; i < 512; i++) {
            state = state * 1664525U + 1013904223U;
            t.in[i] = k < 4 ? (uint8_t)(k * 85U) : (uint8_t)(state >> 24);
        }
        t.in[0] = 0x80;
        for (unsigned i = 0; exi_random_set(i) != NULL; i++) {
            bounded(exi_random_set(i), 512, &worst);
        }
    }
    printf("octets of no meaning: at most %.1f steps an octet\n", worst);
}

/* Makes a message of about `size` octets in t.in; its length. */
typedef size_t make_message(size_t size, const struct exi_set **set);

static size_t encode(const struct exi_set *set, unsigned root, const void *value, bool referring)
{
    struct exi_arena arena;
    struct exi_message m = {.root = root, .value = value};
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    const int len = referring ? exi_encode_referring(set, &m, &arena, t.in, sizeof t.in)
                              : exi_encode(set, &m, t.in, sizeof t.in);
    CHECK(len > 0);
    return len > 0 ? (size_t)len : 0;
}

static size_t signed_info(struct xmldsig_reference *references, size_t n, bool referring)
{
    const struct xmldsig_signed_info info = {.canonicalization_method = {EXI_TEXT("c")},
                                             .signature_method = {.algorithm = EXI_TEXT("s")},
                                             .reference = references,
                                             .reference_count = (uint16_t)n};
    return encode(&exi_set_xmldsig, XMLDSIG_FRAGMENT_SIGNED_INFO, &info, referring);
}

/* A list of small items: DIN bounds none. */
static size_t make_list(size_t size, const struct exi_set **set)
{
    static struct din_selected_service services[EXI_MAX_COUNT];
    const size_t n = size / 2;
    for (size_t i = 0; i < n; i++) {
        services[i].service_id = 1;
    }
    const struct din_service_payment_selection_req req = {
        .selected_service_list = {.selected_service = services,
                                  .selected_service_count = (uint16_t)n}};
    const struct din_v2g_message v = {.header = {.session_id = EXI_BLOB("1", 1)},
                                      .body = {.which = DIN_SERVICE_PAYMENT_SELECTION_REQ,
                                               .service_payment_selection_req = &req}};
    *set = &exi_set_din;
    return encode(&exi_set_din, DIN_V2G_MESSAGE, &v, false);
}

/* One long text, of one octet a character or of two. */
static size_t make_text(size_t size, const char *character)
{
    uint8_t *text = t.source;
    const size_t width = strlen(character);
    for (size_t i = 0; i < size; i++) {
        text[i] = (uint8_t)character[i % width];
    }
    struct xmldsig_reference reference = {
        .uri = {.at = text, .len = (uint32_t)(size - size % width) & 0x1FFFFFFF},
        .digest_method = {EXI_TEXT("d")},
        .digest_value = EXI_BLOB("", 0)};
    return signed_info(&reference, 1, false);
}
static size_t make_ascii(size_t size, const struct exi_set **set)
{
    *set = &exi_set_xmldsig;
    return make_text(size, "a");
}
static size_t make_wide(size_t size, const struct exi_set **set)
{
    *set = &exi_set_xmldsig;
    return make_text(size, "\xC3\xA9");
}

/* As many strings as are remembered, then nothing but references to the oldest of all. */
static size_t make_referring(size_t size, const struct exi_set **set)
{
    static struct xmldsig_reference references[EXI_MAX_COUNT];
    const size_t n = WORDS + size / 8;
    for (size_t i = 0; i < n; i++) {
        const size_t word = i < WORDS ? i : 0;
        snprintf(t.words[word], sizeof t.words[word], "%zu", word);
        references[i] = (struct xmldsig_reference){.uri = exi_text_of(t.words[word]),
                                                   .type = exi_text_of(t.words[word]),
                                                   .digest_method = {exi_text_of(t.words[word])},
                                                   .digest_value = EXI_BLOB("", 0)};
    }
    *set = &exi_set_xmldsig;
    return signed_info(references, n, true);
}

/* An eMAID that fails only at its end, so that both grammars read all of it. */
static size_t make_emaid(size_t size, const struct exi_set **set)
{
    memset(t.source, 'a', size);
    const struct iso2_emaid emaid = {.id = {.at = t.source, .len = (uint32_t)size & 0x1FFFFFFF},
                                     .value = EXI_TEXT("DEABC123456789Y")};
    *set = &exi_set_iso2_fragment;
    const size_t len = encode(&exi_set_iso2_fragment, ISO2_FRAGMENT_EMAID, &emaid, false);
    return len - 1;
}

/* What an octet more costs must not depend on how many there are. */
static void grows_with(const char *name, make_message *make, unsigned steps_an_octet)
{
    enum { SIZE = 8192, POINTS = 3 };
    double octets[POINTS];
    double taken[POINTS];
    for (int i = 0; i < POINTS; i++) {
        const struct exi_set *set = NULL;
        struct exi_message m;
        const size_t len = make((size_t)SIZE << i, &set);
        octets[i] = (double)len;
        taken[i] = (double)decode(set, len, &m);
        CHECK(taken[i] <= STEPS_BEFORE + steps_an_octet * octets[i]);
    }
    const double first = (taken[1] - taken[0]) / (octets[1] - octets[0]);
    const double second = (taken[2] - taken[1]) / (octets[2] - octets[1]);
    printf("%-24s %.0f octets, %.0f steps; beyond them %.2f an octet, then %.2f\n", name, octets[0],
           taken[0], first, second);
    CHECK(second <= 1.1 * first);
}

static void an_octet_more_costs_the_same_in_a_longer_message(void)
{
    grows_with("a long list", make_list, STEPS_AN_OCTET);
    grows_with("a long text", make_ascii, STEPS_AN_OCTET);
    grows_with("a long text, not ASCII", make_wide, STEPS_AN_OCTET);
    grows_with("an eMAID, cut", make_emaid, STEPS_AN_OCTET);
    grows_with("references", make_referring, STEPS_AN_OCTET_REFERRING);
}

/* The messages of bench_exi, which compares instructions: there by hand, here with each build that
 * optimizes as it does. */
static void messages_that_are_compared_take_no_more_than_they_did(void)
{
    unsigned long decoded = 0;
    unsigned long encoded = 0;
    unsigned messages = 0;
    size_t size = 0;
    char *text = data_read("v2g/libcbv2g_instructions.tsv", &size);
    if (text == NULL) {
        return;
    }
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *fields[4];
        struct exi_message m;
        if (data_split(line, '\t', fields, 4) < 4 || exi_dictionary_find(fields[0]) == NULL) {
            continue;
        }
        const struct exi_set *set = exi_dictionary_set(exi_dictionary_find(fields[0]));
        const size_t len = data_hex(fields[3], t.in, sizeof t.in);
        decoded += decode(set, len, &m);
        steps = 0;
        CHECK_EQ(exi_encode(set, &m, t.source, sizeof t.source), len);
        encoded += steps;
        messages++;
    }
    free(text);
    printf("%u messages: %lu steps to decode, %lu to encode\n", messages, decoded, encoded);
    CHECK_EQ(messages, MESSAGES);
#if defined(__OPTIMIZE__) && !defined(__clang__)
    CHECK(decoded <= DECODE_STEPS);
    CHECK(encoded <= ENCODE_STEPS);
#endif
}

CHECK_MAIN(TEST(messages_that_are_compared_take_no_more_than_they_did),
           TEST(random_messages_whole_cut_and_changed), TEST(octets_of_no_meaning),
           TEST(an_octet_more_costs_the_same_in_a_longer_message))
