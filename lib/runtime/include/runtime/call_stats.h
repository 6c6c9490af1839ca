/* SPDX-License-Identifier: MIT
 * How long the calls of a loop take: a budget, and a histogram for the metrics.
 */
#ifndef RUNTIME_CALL_STATS_H
#define RUNTIME_CALL_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"

/* Bucket i counts calls below 2^i * 64 us: 64 us, 128 us, ... 1.05 s; the last one counts the rest.
 */
enum { RUNTIME_CALL_BUCKETS = 16, RUNTIME_CALL_FIRST_US = 64 };

struct runtime_call_stats {
    uint32_t budget_us; /* set by the owner; 0 = none */
    uint32_t n_calls;   /* all counters stop at UINT32_MAX */
    uint32_t n_slow;    /* over the budget */
    uint32_t longest_us;
    uint32_t source_of_longest;
    uint32_t buckets[RUNTIME_CALL_BUCKETS];
};

/* A call of `source` (the owner's number of it) ended. True, and a trace record, when it was over
 * the budget. */
bool runtime_call_stats_add(struct runtime_call_stats *stats, uint32_t source, uint32_t took_us,
                            uint64_t now_ms, const struct trace_sink *sink);
/* An upper bound of the time that `permille` of the calls stayed below; UINT32_MAX when it lies in
 * the last bucket, 0 without calls. */
uint32_t runtime_call_stats_quantile_us(const struct runtime_call_stats *stats, uint32_t permille);

#endif
