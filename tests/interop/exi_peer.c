/* SPDX-License-Identifier: MIT
 * Random messages of every set, of what XML tools take: exi_peer SEED ROUNDS prints lines
 * `PROTOCOL<TAB>HEX`.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "exi/json.h"
#include "exi_random.h"

enum { CAP = 256 << 10, LEN_MAX = 4096 };

static alignas(8) uint8_t memory[CAP];
static uint8_t out[LEN_MAX];

static void print_random(const struct exi_dictionary *d, uint64_t seed)
{
    struct exi_choices choices = {.seed = seed, .plain = true};
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, memory, sizeof memory);
    if (!exi_random_message(exi_dictionary_set(d), &choices, &arena, &message)) {
        return;
    }
    const int len = exi_encode(exi_dictionary_set(d), &message, out, sizeof out);
    if (len <= 0) {
        return;
    }
    printf("%s\t", exi_dictionary_protocol(d));
    for (int i = 0; i < len; i++) {
        printf("%02x", out[i]);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: exi_peer SEED ROUNDS\n");
        return 2;
    }
    const uint64_t seed = strtoull(argv[1], NULL, 10);
    const uint64_t rounds = strtoull(argv[2], NULL, 10);
    for (uint64_t round = 0; round < rounds; round++) {
        const struct exi_dictionary *d;
        for (unsigned i = 0; (d = exi_dictionary_at(i)) != NULL; i++) {
            print_random(d, (seed * rounds + round) * 0x9E3779B97F4A7C15 + i + 1);
        }
    }
    return 0;
}
