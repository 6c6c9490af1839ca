/* SPDX-License-Identifier: MIT
 * One counter a millisecond.
 */
#include "latency.h"

#include "base/assert.h"

void latency_add(struct latency *l, uint64_t took_ms)
{
    const uint32_t ms = took_ms < LATENCY_MAX_MS ? (uint32_t)took_ms : LATENCY_MAX_MS;
    l->counts[ms]++;
    l->n++;
    l->max_ms = ms > l->max_ms ? ms : l->max_ms;
}

uint32_t latency_quantile_ms(const struct latency *l, uint32_t permille)
{
    ASSERT(permille <= 1000);
    const uint64_t wanted = (l->n * permille + 999) / 1000;
    uint64_t seen = 0;
    for (uint32_t ms = 0; ms < LATENCY_MAX_MS && l->n > 0; ms++) {
        seen += l->counts[ms];
        if (seen >= wanted && seen > 0) {
            return ms;
        }
    }
    return l->n == 0 ? 0 : LATENCY_MAX_MS;
}
