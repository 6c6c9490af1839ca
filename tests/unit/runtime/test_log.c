/* SPDX-License-Identifier: MIT */
#include "runtime/log.h"

#include "check.h"
#include "runtime/call_stats.h"
#include "runtime/trace_ids.h"

static int kept;
static int shown;
static uint16_t last_shown;

static void keep(void *context, const struct trace_record *record)
{
    (void)context;
    (void)record;
    kept++;
}

static void show(void *context, const struct trace_record *record)
{
    (void)context;
    shown++;
    last_shown = record->id;
}

static const struct runtime_log_table *const tables[] = {&runtime_log_own_table, NULL};
static struct runtime_log log_;

static struct trace_sink set_up(enum runtime_log_level level)
{
    kept = 0;
    shown = 0;
    const struct runtime_log_config config = {
        .tables = tables, .keep = {.emit = keep}, .show = {.emit = show}, .level = (uint8_t)level};
    runtime_log_init(&log_, &config);
    return runtime_log_sink(&log_);
}

static void everything_is_kept_and_what_matters_is_shown(void)
{
    const struct trace_sink sink = set_up(RUNTIME_LOG_WARN);
    trace(&sink, 1, RUNTIME_TRACE_HSM_STATE, 0, 1);
    trace(&sink, 2, RUNTIME_TRACE_TASK_LATE, 0, 1);
    trace(&sink, 3, RUNTIME_TRACE_LADDER, 0, 1);
    CHECK_EQ(kept, 3);
    CHECK_EQ(shown, 2);
    CHECK_EQ(last_shown, RUNTIME_TRACE_LADDER);
    CHECK_EQ(log_.n_hidden, 1);
    log_.config.level = RUNTIME_LOG_DEBUG;
    trace(&sink, 4, RUNTIME_TRACE_HSM_STATE, 0, 1);
    CHECK_EQ(last_shown, RUNTIME_TRACE_HSM_STATE);
}

static void a_kind_no_table_knows_is_debug(void)
{
    const struct trace_sink sink = set_up(RUNTIME_LOG_INFO);
    trace(&sink, 1, 0xfe01, 0, 0);
    CHECK_EQ(shown, 0);
    log_.config.level = RUNTIME_LOG_DEBUG;
    trace(&sink, 1, 0xfe01, 0, 0);
    CHECK_EQ(shown, 1);
    CHECK(runtime_log_find(tables, 0xfe01).kind == NULL);
}

static void a_log_without_sinks_is_harmless(void)
{
    const struct runtime_log_config config = {.tables = tables, .level = RUNTIME_LOG_DEBUG};
    runtime_log_init(&log_, &config);
    const struct trace_sink sink = runtime_log_sink(&log_);
    trace(&sink, 1, RUNTIME_TRACE_LADDER, 0, 1);
    CHECK_EQ(log_.n_shown, 1);
}

static void every_record_of_this_library_has_a_meaning(void)
{
    for (uint16_t id = RUNTIME_TRACE_BASE + 1; id <= RUNTIME_TRACE_LADDER; id++) {
        const struct runtime_log_meaning meaning = runtime_log_find(tables, id);
        if (CHECK(meaning.kind != NULL)) {
            CHECK_STR(meaning.table->library, "runtime");
            CHECK(meaning.kind->text != NULL && meaning.kind->a != NULL);
        }
    }
}

static void calls_are_counted_by_how_long_they_took(void)
{
    struct runtime_call_stats stats = {.budget_us = 30000};
    struct runtime_log none;
    const struct runtime_log_config config = {.tables = tables};
    runtime_log_init(&none, &config);
    const struct trace_sink sink = runtime_log_sink(&none);
    CHECK_EQ(runtime_call_stats_quantile_us(&stats, 990), 0);
    for (int i = 0; i < 98; i++) {
        CHECK(!runtime_call_stats_add(&stats, 1, 63, 0, &sink));
    }
    CHECK(!runtime_call_stats_add(&stats, 2, 30000, 0, &sink));
    CHECK(runtime_call_stats_add(&stats, 3, 30001, 0, &sink));
    CHECK_EQ(none.n_hidden, 1);
    CHECK_EQ(stats.n_calls, 100);
    CHECK_EQ(stats.n_slow, 1);
    CHECK_EQ(stats.longest_us, 30001);
    CHECK_EQ(stats.source_of_longest, 3);
    CHECK_EQ(stats.buckets[0], 98);
    CHECK_EQ(stats.buckets[9], 2); /* 16.4 to 32.8 ms */
    CHECK_EQ(runtime_call_stats_quantile_us(&stats, 980), 64);
    CHECK_EQ(runtime_call_stats_quantile_us(&stats, 990), 32768);
    runtime_call_stats_add(&stats, 4, UINT32_MAX, 0, &sink);
    CHECK_EQ(stats.buckets[RUNTIME_CALL_BUCKETS - 1], 1);
    CHECK(runtime_call_stats_quantile_us(&stats, 1000) == UINT32_MAX);
    stats.n_calls = UINT32_MAX;
    runtime_call_stats_add(&stats, 4, 1, 0, &sink);
    CHECK(stats.n_calls == UINT32_MAX);
}

CHECK_MAIN(TEST(everything_is_kept_and_what_matters_is_shown), TEST(a_kind_no_table_knows_is_debug),
           TEST(a_log_without_sinks_is_harmless), TEST(every_record_of_this_library_has_a_meaning),
           TEST(calls_are_counted_by_how_long_they_took))
