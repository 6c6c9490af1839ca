/* SPDX-License-Identifier: MIT */
#include "ingest/counters.h"

#include <string.h>

const char *const ingest_refusal_names[INGEST_REFUSAL_COUNT] = {
#define INGEST_REFUSAL_ROW(name, text) [INGEST_REFUSED_##name] = (text),
    INGEST_REFUSALS(INGEST_REFUSAL_ROW)
#undef INGEST_REFUSAL_ROW
};

const uint64_t ingest_duration_bounds_ns[INGEST_DURATION_BOUNDS] = {
    10000,   25000,    50000,     100000,     250000,    1000000,
    5000000, 25000000, 100000000, 1000000000, 5000000000};

void ingest_durations_add(struct ingest_durations *d, uint64_t ns)
{
    size_t i = 0;
    while (i < INGEST_DURATION_BOUNDS && ns > ingest_duration_bounds_ns[i]) {
        i++;
    }
    d->counts[i]++;
    d->sum_ns += ns;
}

/* Clears the seconds that have passed since the last call. */
static void rate_turn(struct ingest_rate *r, uint64_t now_ms)
{
    const uint64_t second = now_ms / 1000;
    if (second - r->second >= 60) {
        memset(r->counts, 0, sizeof r->counts);
        r->second = second;
    }
    while (r->second < second) {
        r->second++;
        r->counts[r->second % 60] = 0;
    }
}

void ingest_rate_add(struct ingest_rate *r, uint64_t now_ms, uint32_t n)
{
    rate_turn(r, now_ms);
    r->counts[now_ms / 1000 % 60] += n;
}

uint32_t ingest_rate_per_minute(struct ingest_rate *r, uint64_t now_ms)
{
    uint32_t sum = 0;
    rate_turn(r, now_ms);
    for (size_t i = 0; i < 60; i++) {
        sum += r->counts[i];
    }
    return sum;
}
