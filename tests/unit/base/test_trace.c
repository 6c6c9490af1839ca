/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include <stddef.h>

#include "check.h"

struct kept {
    struct trace_record last;
    unsigned n;
};

static void keep(void *context, const struct trace_record *record)
{
    struct kept *kept = context;
    kept->last = *record;
    kept->n++;
}

static void a_record_reaches_the_sink_with_all_its_parts(void)
{
    struct kept kept = {.n = 0};
    const struct trace_sink sink = {.emit = keep, .context = &kept};
    trace(&sink, 1234, 0x0503, 7, UINT32_MAX);
    CHECK_EQ(kept.n, 1);
    CHECK_EQ(kept.last.time_ms, 1234);
    CHECK_EQ(kept.last.id, 0x0503);
    CHECK_EQ(kept.last.instance, 0);
    CHECK_EQ(kept.last.a, 7);
    CHECK_EQ(kept.last.b, UINT32_MAX);
}

static void the_time_is_the_low_half_of_the_clock(void)
{
    struct kept kept = {.n = 0};
    const struct trace_sink sink = {.emit = keep, .context = &kept};
    trace(&sink, UINT64_C(0x1FFFFFFFE), 1, 0, 0);
    CHECK_EQ(kept.last.time_ms, 0xFFFFFFFE);
}

static void without_a_sink_or_its_function_nothing_happens(void)
{
    const struct trace_sink silent = {.emit = NULL, .context = NULL};
    trace(NULL, 1, 1, 0, 0);
    trace(&silent, 1, 1, 0, 0);
    CHECK(silent.emit == NULL);
}

static void a_record_takes_sixteen_bytes(void)
{
    CHECK_EQ(sizeof(struct trace_record), 16);
}

CHECK_MAIN(TEST(a_record_reaches_the_sink_with_all_its_parts),
           TEST(the_time_is_the_low_half_of_the_clock),
           TEST(without_a_sink_or_its_function_nothing_happens), TEST(a_record_takes_sixteen_bytes))
