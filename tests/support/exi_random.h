/* SPDX-License-Identifier: MIT
 * Random messages of any set, for properties and for fuzzing: whatever the schema allows, lists at
 * their bounds, values that begin between two bytes, elements without a value.
 */
#ifndef TESTS_EXI_RANDOM_H
#define TESTS_EXI_RANDOM_H

#include "exi/exi.h"

/* Bytes to decide with: those given, then, with a seed, pseudo-random ones, else zeros. */
struct exi_choices {
    const uint8_t *bytes;
    size_t len;
    size_t pos;
    uint64_t seed;
    bool plain; /* letters and digits only, nothing empty, small numbers: what XML tools take */
};

/* Builds a message of a root that the choices pick. False when the arena is too small. */
bool exi_random_message(const struct exi_set *set, struct exi_choices *choices,
                        struct exi_arena *arena, struct exi_message *message);

/* The same root with equal values throughout. */
bool exi_messages_equal(const struct exi_set *set, const struct exi_message *a,
                        const struct exi_message *b);

/* Sets with which to choose: the i-th, NULL behind the last. */
const struct exi_set *exi_random_set(unsigned i);

#endif
