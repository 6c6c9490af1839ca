/* SPDX-License-Identifier: MIT
 * Exponential back-off with jitter.
 */
#include "app/backoff.h"

#include "base/assert.h"

uint32_t backoff_next_ms(struct backoff *b, const struct entropy *entropy)
{
    ASSERT(b->first_ms > 0 && b->max_ms >= b->first_ms);
    uint64_t ceiling_ms = b->max_ms;
    if (b->n_failures < 32 && ((uint64_t)b->first_ms << b->n_failures) < ceiling_ms) {
        ceiling_ms = (uint64_t)b->first_ms << b->n_failures;
    }
    if (b->n_failures < UINT32_MAX) {
        b->n_failures++;
    }
    const uint32_t half_ms = (uint32_t)(ceiling_ms / 2);
    const uint32_t wait_ms = (uint32_t)ceiling_ms - entropy_below(entropy, half_ms);
    ASSERT(wait_ms > 0 && wait_ms <= b->max_ms);
    return wait_ms;
}

void backoff_reset(struct backoff *b)
{
    b->n_failures = 0;
}
