/* SPDX-License-Identifier: MIT
 * A histogram of durations, exact to the millisecond up to a minute.
 */
#ifndef SIM_LATENCY_H
#define SIM_LATENCY_H

#include <stdint.h>

enum { LATENCY_MAX_MS = 60000 };

struct latency {
    uint64_t n;
    uint32_t max_ms;
    uint32_t counts[LATENCY_MAX_MS + 1]; /* the last one holds all that took longer */
};

void latency_add(struct latency *l, uint64_t took_ms);
/* The least duration that `permille` of all did not exceed; 0 when there is none. */
uint32_t latency_quantile_ms(const struct latency *l, uint32_t permille);

#endif
