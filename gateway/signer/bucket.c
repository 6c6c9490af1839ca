/* SPDX-License-Identifier: MIT
 * Credit grows by a microsecond a microsecond; a token costs `period_us` of it.
 */
#include "signer/bucket.h"

#include "base/assert.h"

static uint64_t full_us(const struct bucket_rate *rate)
{
    ASSERT(rate->burst > 0 && rate->period_us > 0);
    return (uint64_t)rate->burst * rate->period_us;
}

static void refill(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms)
{
    ASSERT(now_ms >= b->last_ms);
    const uint64_t full = full_us(rate);
    const uint64_t missing_ms = (full - b->credit_us + 999) / 1000;
    const uint64_t passed_ms = now_ms - b->last_ms;
    b->credit_us = passed_ms >= missing_ms ? full : b->credit_us + passed_ms * 1000;
    b->last_ms = now_ms;
    ASSERT(b->credit_us <= full);
}

void bucket_fill(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms)
{
    b->credit_us = full_us(rate);
    b->last_ms = now_ms;
}

bool bucket_take(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms)
{
    refill(b, rate, now_ms);
    if (b->credit_us < rate->period_us) {
        return false;
    }
    b->credit_us -= rate->period_us;
    return true;
}

uint64_t bucket_wait_ms(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms)
{
    refill(b, rate, now_ms);
    return b->credit_us >= rate->period_us ? 0 : (rate->period_us - b->credit_us + 999) / 1000;
}

bool bucket_is_full(struct bucket *b, const struct bucket_rate *rate, uint64_t now_ms)
{
    refill(b, rate, now_ms);
    return b->credit_us == full_us(rate);
}
