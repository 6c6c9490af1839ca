/* SPDX-License-Identifier: MIT
 * A token bucket: `burst` at once, then one every `period_us`. Plain data, no clock.
 */
#ifndef SIGNER_BUCKET_H
#define SIGNER_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket_rate {
    uint32_t burst;     /* 1..1000000 */
    uint32_t period_us; /* 1 or more */
};

struct bucket {
    uint64_t credit_us; /* all private */
    uint64_t last_ms;
};

void bucket_fill(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms);
/* Takes one when there is one. `now_ms` never goes back. */
bool bucket_take(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms);
/* How long until there is one; 0 when there is. */
uint64_t bucket_wait_ms(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms);
/* True when nothing was taken for so long that the bucket is as good as new. */
bool bucket_is_full(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms);

#endif
