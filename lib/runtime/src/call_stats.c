/* SPDX-License-Identifier: MIT
 * A histogram in powers of two.
 */
#include "runtime/call_stats.h"

#include "base/assert.h"
#include "runtime/trace_ids.h"

static void count(uint32_t *counter)
{
    *counter += *counter < UINT32_MAX ? 1 : 0;
}

static unsigned bucket_of(uint32_t took_us)
{
    unsigned bucket = 0;
    while (bucket < RUNTIME_CALL_BUCKETS - 1 && took_us >= (uint32_t)RUNTIME_CALL_FIRST_US
                                                               << bucket) {
        bucket++;
    }
    return bucket;
}

bool runtime_call_stats_add(struct runtime_call_stats *stats, uint32_t source, uint32_t took_us,
                            uint64_t now_ms, const struct trace_sink *sink)
{
    count(&stats->n_calls);
    count(&stats->buckets[bucket_of(took_us)]);
    if (took_us >= stats->longest_us) {
        stats->longest_us = took_us;
        stats->source_of_longest = source;
    }
    if (stats->budget_us == 0 || took_us <= stats->budget_us) {
        return false;
    }
    count(&stats->n_slow);
    trace(sink, now_ms, RUNTIME_TRACE_CALL_SLOW, source, took_us);
    return true;
}

uint32_t runtime_call_stats_quantile_us(const struct runtime_call_stats *stats, uint32_t permille)
{
    ASSERT(permille <= 1000);
    uint64_t all = 0;
    for (unsigned i = 0; i < RUNTIME_CALL_BUCKETS; i++) {
        all += stats->buckets[i];
    }
    if (all == 0) {
        return 0;
    }
    uint64_t seen = 0;
    for (unsigned i = 0; i < RUNTIME_CALL_BUCKETS - 1; i++) {
        seen += stats->buckets[i];
        if (seen * 1000 >= all * permille) {
            return (uint32_t)RUNTIME_CALL_FIRST_US << i;
        }
    }
    return UINT32_MAX;
}
