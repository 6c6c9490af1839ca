/* SPDX-License-Identifier: MIT
 * Seeded randomness of the simulated world: the same seed, the same world (splitmix64).
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdint.h>

struct sim_random {
    uint64_t state;
};

static inline uint64_t sim_random_next(struct sim_random *r)
{
    r->state += 0x9E3779B97F4A7C15u;
    uint64_t z = r->state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* 0..bound-1; 0 when bound is 0. */
static inline uint32_t sim_random_below(struct sim_random *r, uint32_t bound)
{
    return (uint32_t)(((sim_random_next(r) >> 32) * bound) >> 32);
}

static inline int sim_random_chance(struct sim_random *r, uint32_t permille)
{
    return sim_random_below(r, 1000) < permille;
}

#endif
