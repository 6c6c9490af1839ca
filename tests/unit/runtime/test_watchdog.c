/* SPDX-License-Identifier: MIT
 * The watchdog and the area it leaves for the next boot. A reset is played by runtime_crash_boot().
 */
#include "runtime/watchdog.h"

#include <string.h>

#include "check.h"
#include "runtime/trace_ids.h"

enum { SENSOR, RADIO, STORE, N_TASKS, HARDWARE_MS = 15000 };

static const struct runtime_watchdog_task tasks[N_TASKS] = {
    [SENSOR] = {.name = "sensor", .deadline_ms = 3000},
    [RADIO] = {.name = "radio", .deadline_ms = 60000, .max_block_ms = 30000},
    [STORE] = {.name = "a name too long to keep", .deadline_ms = 600000, .max_block_ms = 5000}};

static struct runtime_crash_area area;
static struct runtime_crash_report report;
static struct runtime_watchdog watchdog;
static int feeds;
static uint32_t fed_for_ms;

static void feed(void *context, uint32_t within_ms)
{
    (void)context;
    feeds++;
    fed_for_ms = within_ms;
}

static void set_up(void)
{
    memset(&area, 0xa5, sizeof area); /* RAM after power came */
    memset(&report, 0, sizeof report);
    feeds = 0;
    CHECK(!runtime_crash_boot(&area, RUNTIME_RESET_POWER, &report));
    const struct runtime_watchdog_config config = {.tasks = tasks,
                                                   .n_tasks = N_TASKS,
                                                   .crash = &area,
                                                   .feed = feed,
                                                   .hardware_ms = HARDWARE_MS,
                                                   .trace = runtime_crash_sink(&area)};
    runtime_watchdog_init(&watchdog, &config, 1000);
}

static void all_alive(uint64_t now_ms)
{
    for (uint8_t task = 0; task < N_TASKS; task++) {
        runtime_watchdog_alive(&watchdog, task, now_ms);
    }
}

static void the_hardware_is_fed_while_all_tasks_are_in_time(void)
{
    set_up();
    CHECK_EQ(feeds, 1);
    CHECK_EQ(fed_for_ms, HARDWARE_MS);
    uint64_t now_ms = 1000;
    for (int i = 0; i < 1000; i++) {
        all_alive(now_ms);
        const uint64_t next_ms = runtime_watchdog_deadline(&watchdog);
        CHECK(next_ms > now_ms && next_ms <= now_ms + HARDWARE_MS / 3);
        now_ms += 2000;
        if (now_ms >= next_ms) {
            runtime_watchdog_tick(&watchdog, now_ms);
        }
    }
    CHECK(runtime_watchdog_healthy(&watchdog));
    CHECK(feeds > 300);
}

static void a_late_task_stops_the_feeding_for_good_and_is_named_after_the_reset(void)
{
    set_up();
    runtime_watchdog_note_state(&watchdog, SENSOR, 4);
    runtime_watchdog_alive(&watchdog, RADIO, 3500);
    CHECK_EQ(runtime_watchdog_deadline(&watchdog), 4000);
    feeds = 0;
    runtime_watchdog_tick(&watchdog, 4010);
    CHECK(!runtime_watchdog_healthy(&watchdog));
    CHECK(runtime_watchdog_deadline(&watchdog) == NEVER_MS);
    all_alive(5000); /* too late */
    runtime_watchdog_tick(&watchdog, 6000);
    CHECK_EQ(feeds, 0);
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_TASK_LATE);
    CHECK_STR(report.task.name, "sensor");
    CHECK_EQ(report.task.idx, SENSOR);
    CHECK_EQ(report.task.state, 4);
    CHECK_EQ(report.task.for_ms, 10);
    CHECK_EQ(report.uptime_ms, 6000);
    CHECK_EQ(report.n_traces, 1);
    CHECK_EQ(report.traces[0].id, RUNTIME_TRACE_TASK_LATE);
    CHECK_EQ(report.traces[0].a, SENSOR);
}

static void a_call_that_never_comes_back_is_named_after_the_reset(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, RADIO, 2000);
    runtime_watchdog_note_state(&watchdog, RADIO, 9);
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_CALL_STUCK);
    CHECK_STR(report.task.name, "radio");
    CHECK_EQ(report.task.state, 9);
    CHECK_EQ(report.task.for_ms, 60000);
    CHECK_STR(report.task.why, "");
}

static void a_call_that_was_over_is_not_blamed(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, RADIO, 2000);
    runtime_watchdog_end(&watchdog, RADIO, 2001);
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_UNKNOWN);
    CHECK_STR(report.task.name, "");
}

static void a_call_that_came_back_too_late_is_its_tasks_fault(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, SENSOR, 2000);
    runtime_watchdog_end(&watchdog, SENSOR, 5001);
    CHECK(!runtime_watchdog_healthy(&watchdog));
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_EQ(report.cause, RUNTIME_CRASH_TASK_LATE);
    CHECK_STR(report.task.name, "sensor");
    CHECK_EQ(report.task.for_ms, 3001);
}

static void who_holds_up_the_others_is_blamed_and_not_who_was_held_up(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, RADIO, 2000);
    runtime_watchdog_end(&watchdog, RADIO, 14000); /* fine for radio, fatal for the sensor */
    runtime_watchdog_begin(&watchdog, STORE, 14000);
    runtime_watchdog_end(&watchdog, STORE, 14001);
    runtime_watchdog_tick(&watchdog, 14002);
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_STR(report.task.name, "radio");
    CHECK_EQ(report.task.for_ms, 12000);
}

static void a_round_of_a_loop_that_began_earlier_is_no_time_travel(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, SENSOR, 2000);
    runtime_watchdog_end(&watchdog, SENSOR, 2400);
    runtime_watchdog_tick(&watchdog, 2000);
    runtime_watchdog_begin(&watchdog, SENSOR, 2100);
    runtime_watchdog_end(&watchdog, SENSOR, 2100);
    CHECK_EQ(runtime_watchdog_deadline(&watchdog), 5400);
    CHECK_EQ(area.uptime_ms, 2400);
}

static void a_window_stretches_every_deadline_and_the_hardware(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, RADIO, 2000);
    runtime_watchdog_may_block(&watchdog, RADIO, 2000, 20000, "connect");
    CHECK_EQ(fed_for_ms, 20000 + HARDWARE_MS);
    runtime_watchdog_block_over(&watchdog, RADIO, 21000);
    CHECK_EQ(fed_for_ms, HARDWARE_MS);
    runtime_watchdog_end(&watchdog, RADIO, 21000);
    CHECK(runtime_watchdog_healthy(&watchdog));
    /* The sensor had 2000 ms left when the window began, and has them again. */
    CHECK_EQ(runtime_watchdog_deadline(&watchdog), 23000);
    runtime_watchdog_tick(&watchdog, 22999);
    CHECK(runtime_watchdog_healthy(&watchdog));
    runtime_watchdog_tick(&watchdog, 23000);
    CHECK(!runtime_watchdog_healthy(&watchdog));
}

static void a_window_that_is_overrun_is_recorded_with_its_reason(void)
{
    set_up();
    runtime_watchdog_may_block(&watchdog, RADIO, 2000, 1000, "connect");
    runtime_watchdog_block_over(&watchdog, RADIO, 3001);
    CHECK(!runtime_watchdog_healthy(&watchdog));
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_STR(report.task.name, "radio");
    CHECK_STR(report.task.why, "connect");
    CHECK_EQ(report.task.for_ms, 1);
}

static void a_window_saves_nobody_once_a_task_was_late(void)
{
    set_up();
    runtime_watchdog_tick(&watchdog, 5000);
    CHECK(!runtime_watchdog_healthy(&watchdog));
    feeds = 0;
    runtime_watchdog_may_block(&watchdog, RADIO, 5000, 1000, "connect");
    runtime_watchdog_block_over(&watchdog, RADIO, 5500);
    CHECK_EQ(feeds, 0);
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_STR(report.task.name, "sensor");
}

static void the_task_that_was_due_first_is_the_late_one(void)
{
    set_up();
    runtime_watchdog_alive(&watchdog, SENSOR, 60000);
    runtime_watchdog_tick(&watchdog, 61000); /* radio was due exactly now */
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_STR(report.task.name, "radio");
    CHECK_EQ(report.task.for_ms, 0);
}

static void a_window_nobody_comes_back_from_is_named_with_its_reason(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, STORE, 2000);
    runtime_watchdog_may_block(&watchdog, STORE, 2000, 5000, "erase of a very large sector");
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_CALL_STUCK);
    CHECK_STR(report.task.name, "a name too long");
    CHECK_STR(report.task.why, "erase of a very");
    CHECK_EQ(report.task.for_ms, 5000);
}

static void a_panic_leaves_its_place_and_the_call_it_was_in(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, SENSOR, 2000);
    runtime_crash_note_panic(&area, "pzem004t.c", 77);
    runtime_crash_note_panic(&area, "panic.c", 1); /* on the way down: the first one counts */
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_PANIC, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_PANIC);
    CHECK_STR(report.file, "pzem004t.c");
    CHECK_EQ(report.line, 77);
    CHECK_STR(report.task.name, "sensor");
    /* And the next run starts clean. */
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_UNKNOWN);
    CHECK_STR(report.file, "");
    CHECK_EQ(report.n_traces, 0);
}

static void an_area_that_power_did_not_keep_is_not_believed(void)
{
    memset(&area, 0xff, sizeof area);
    CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
    CHECK_EQ(report.cause, RUNTIME_CRASH_UNKNOWN);
    CHECK_EQ(report.n_traces, 0);
    memset(&area, 0xff, sizeof area);
    runtime_crash_note_panic(&area, "x.c", 1); /* before the first boot: no harm */
    CHECK(!runtime_crash_boot(&area, RUNTIME_RESET_REQUESTED, &report));
}

static void torn_text_is_cut_and_cleaned(void)
{
    set_up();
    runtime_watchdog_begin(&watchdog, SENSOR, 2000);
    memset(area.task.name, 'x', sizeof area.task.name);
    area.task.name[1] = '\n';
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_STR(report.task.name, "x?xxxxxxxxxxxxx");
}

static void whatever_is_left_behind_an_intact_frame_makes_a_report(void)
{
    static char text[8192];
    uint32_t seed = 7;
    for (int story = 0; story < 500; story++) {
        set_up();
        uint8_t *bytes = (uint8_t *)&area;
        for (size_t i = 2 * sizeof(uint32_t); i < sizeof area; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        area.cause = (uint8_t)(area.cause % 6);
        CHECK(runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report));
        CHECK(report.n_traces <= RUNTIME_CRASH_TRACES);
        CHECK(memchr(report.task.name, 0, sizeof report.task.name) != NULL);
        CHECK(memchr(report.file, 0, sizeof report.file) != NULL);
        struct wbuf out = wbuf_of(text, sizeof text);
        runtime_crash_write_json(&report, &out);
        CHECK(wbuf_len(&out) > 0);
    }
}

static void the_last_traces_are_kept_oldest_first(void)
{
    set_up();
    const struct trace_sink sink = runtime_crash_sink(&area);
    for (uint32_t i = 0; i < 5 * RUNTIME_CRASH_TRACES + 3; i++) {
        trace(&sink, 10 + i, 0x0199, i, 0);
    }
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    CHECK_EQ(report.n_traces, RUNTIME_CRASH_TRACES);
    for (uint32_t i = 0; i < RUNTIME_CRASH_TRACES; i++) {
        CHECK_EQ(report.traces[i].a, 4 * RUNTIME_CRASH_TRACES + 3 + i);
    }
}

static void the_ring_survives_the_wrap_of_its_counter(void)
{
    set_up();
    const struct trace_sink sink = runtime_crash_sink(&area);
    area.n_traces = UINT32_MAX - 3;
    for (uint32_t i = 0; i < RUNTIME_CRASH_TRACES + 7; i++) {
        trace(&sink, i, 0x0199, i, 0);
    }
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    for (uint32_t i = 0; i < RUNTIME_CRASH_TRACES; i++) {
        CHECK_EQ(report.traces[i].a, 7 + i);
    }
}

static void the_report_of_the_next_boot_is_json_and_names_the_culprit(void)
{
    static char text[4096];
    set_up();
    const struct trace_sink sink = runtime_crash_sink(&area);
    trace(&sink, 1500, 0x0301, 2, 3);
    runtime_watchdog_begin(&watchdog, RADIO, 2000);
    runtime_watchdog_may_block(&watchdog, RADIO, 2000, 30000, "connect");
    runtime_crash_boot(&area, RUNTIME_RESET_WATCHDOG, &report);
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    runtime_crash_write_json(&report, &out);
    text[wbuf_len(&out)] = '\0';
    CHECK_STR(text, "{\"reset\":\"watchdog\",\"cause\":\"call stuck\",\"uptime_ms\":2000,"
                    "\"task\":\"radio\",\"task_idx\":1,\"state\":0,\"why\":\"connect\","
                    "\"for_ms\":30000,\"events\":[[1500,769,0,2,3],[2000,772,0,1,30000]]}");
    runtime_crash_note_panic(&area, "hsm.c", 12);
    runtime_crash_boot(&area, RUNTIME_RESET_PANIC, &report);
    out = wbuf_of(text, sizeof text - 1);
    runtime_crash_write_json(&report, &out);
    text[wbuf_len(&out)] = '\0';
    CHECK_STR(text, "{\"reset\":\"panic\",\"cause\":\"panic\",\"uptime_ms\":0,\"file\":\"hsm.c\","
                    "\"line\":12,\"events\":[]}");
}

CHECK_MAIN(TEST(the_hardware_is_fed_while_all_tasks_are_in_time),
           TEST(a_late_task_stops_the_feeding_for_good_and_is_named_after_the_reset),
           TEST(a_call_that_never_comes_back_is_named_after_the_reset),
           TEST(a_call_that_was_over_is_not_blamed),
           TEST(a_call_that_came_back_too_late_is_its_tasks_fault),
           TEST(who_holds_up_the_others_is_blamed_and_not_who_was_held_up),
           TEST(a_round_of_a_loop_that_began_earlier_is_no_time_travel),
           TEST(a_window_stretches_every_deadline_and_the_hardware),
           TEST(a_window_that_is_overrun_is_recorded_with_its_reason),
           TEST(a_window_saves_nobody_once_a_task_was_late),
           TEST(the_task_that_was_due_first_is_the_late_one),
           TEST(a_window_nobody_comes_back_from_is_named_with_its_reason),
           TEST(a_panic_leaves_its_place_and_the_call_it_was_in),
           TEST(an_area_that_power_did_not_keep_is_not_believed),
           TEST(torn_text_is_cut_and_cleaned),
           TEST(whatever_is_left_behind_an_intact_frame_makes_a_report),
           TEST(the_last_traces_are_kept_oldest_first),
           TEST(the_ring_survives_the_wrap_of_its_counter),
           TEST(the_report_of_the_next_boot_is_json_and_names_the_culprit))
