/* SPDX-License-Identifier: MIT
 * Watchdog, crash report and boot ladder of a device.
 */
#include "device_guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/store_keys.h"
#include "base/assert.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/watchdog.h"

enum {
    CRASHES_PER_RUNG = 3,
    HEALTHY_AFTER_MS = 60000,
    CLIMB_AFTER_MS = 600000,
    MAX_DOUBLINGS = 6,
    NET_DEADLINE_MS = 120000,
    NET_BLOCK_MAX_MS = 45000 /* a resolver that asks three dead servers */
};

static void log_crash(const struct runtime_crash_report *report)
{
    char json[2048];
    struct wbuf out = wbuf_of(json, sizeof json - 1);
    runtime_crash_write_json(report, &out);
    json[wbuf_len(&out)] = '\0';
    log_error("guard: the run before died report=%s", json);
}

int device_guard_open(struct device_guard *g, struct posix_loop *loop, const char *state_dir)
{
    char path[1024];
    struct runtime_crash_report report;
    g->loop = loop;
    snprintf(path, sizeof path, "%s/retained", state_dir);
    if (posix_retained_open(&g->retained, path) != E_OK) {
        fprintf(stderr, "wattward-device: cannot write %s: %s\n", path, strerror(errno));
        return E_IO;
    }
    /* Whatever ends this process by its own fault leaves a note. No note: somebody killed it, which
     * says as little about the device as a plug that was pulled. */
    if (g->retained.reset == RUNTIME_RESET_UNKNOWN) {
        g->retained.reset = RUNTIME_RESET_POWER;
    }
    if (runtime_crash_boot(g->retained.crash, g->retained.reset, &report)) {
        log_crash(&report);
    }
    return E_OK;
}

struct trace_sink device_guard_sink(struct device_guard *g)
{
    return g->retained.crash == NULL ? (struct trace_sink){NULL, NULL}
                                     : runtime_crash_sink(g->retained.crash);
}

/* ---- the ladder ---- */

static int load_record(void *context, uint8_t record[RUNTIME_LADDER_RECORD_LEN])
{
    const int len = store_get(context, STORE_KEY_LADDER, record, RUNTIME_LADDER_RECORD_LEN);
    return len == RUNTIME_LADDER_RECORD_LEN ? E_OK : len < 0 ? len : E_CORRUPT;
}

static int save_record(void *context, const uint8_t record[RUNTIME_LADDER_RECORD_LEN])
{
    return store_put(context, STORE_KEY_LADDER, record, RUNTIME_LADDER_RECORD_LEN);
}

static void arm(struct device_guard *g, struct runtime_timer *timer, uint64_t at_ms)
{
    if (at_ms == NEVER_MS) {
        runtime_timer_stop(posix_loop_timers(g->loop), timer);
    } else {
        runtime_timer_start(posix_loop_timers(g->loop), timer, at_ms);
    }
}

static void on_ladder_timer(void *context, uint64_t now_ms)
{
    struct device_guard *g = context;
    enum runtime_ladder_event event;
    runtime_ladder_tick(&g->ladder, now_ms);
    while ((event = runtime_ladder_event(&g->ladder)) != RUNTIME_LADDER_NONE) {
        if (event == RUNTIME_LADDER_HEALTHY) {
            log_debug("guard: healthy");
            g->healthy(g->context);
        } else {
            log_info("guard: healthy for long enough: trying one rung up");
            g->restart_wanted = true;
            posix_loop_stop(g->loop);
        }
    }
    arm(g, &g->ladder_timer, runtime_ladder_deadline(&g->ladder));
}

enum runtime_rung device_guard_boot(struct device_guard *g, struct store *store)
{
    const struct runtime_ladder_config config = {
        .crashes_per_rung = CRASHES_PER_RUNG,
        .healthy_after_ms = HEALTHY_AFTER_MS,
        .climb_after_ms = CLIMB_AFTER_MS,
        .max_doublings = MAX_DOUBLINGS,
        .store = {.load = load_record, .save = save_record, .context = store},
        .trace = device_guard_sink(g)};
    const enum runtime_rung rung =
        runtime_ladder_boot(&g->ladder, &config, g->retained.reset, posix_clock_mono_ms());
    const struct runtime_ladder_counts counts = runtime_ladder_counts(&g->ladder);
    log_info("guard: start reason=%s boots=%u crashes=%u power_cuts=%u",
             runtime_reset_name(g->retained.reset), counts.boots, counts.crashes,
             counts.power_cuts);
    if (rung != RUNTIME_RUNG_NORMAL) {
        log_warn("guard: after crashes in a row this run starts with: %s", runtime_rung_name(rung));
    }
    g->ladder_timer.fire = on_ladder_timer;
    g->ladder_timer.context = g;
    arm(g, &g->ladder_timer, runtime_ladder_deadline(&g->ladder));
    return rung;
}

/* ---- the watchdog ---- */

static void on_watchdog_timer(void *context, uint64_t now_ms)
{
    struct device_guard *g = context;
    runtime_watchdog_tick(&g->watchdog, now_ms);
    if (!runtime_watchdog_healthy(&g->watchdog)) {
        log_error("guard: a task is late: the watchdog will end this run");
    }
    arm(g, &g->watchdog_timer, runtime_watchdog_deadline(&g->watchdog));
}

int device_guard_watch(struct device_guard *g, uint32_t watchdog_ms, uint32_t slowest_meter_ms,
                       bool has_plugs)
{
    if (watchdog_ms == 0) {
        return E_OK;
    }
    if (posix_watchdog_open() != E_OK) {
        return E_IO;
    }
    g->tasks[DEVICE_TASK_METER] = (struct runtime_watchdog_task){
        .name = "meter", .deadline_ms = watchdog_ms + slowest_meter_ms};
    g->tasks[DEVICE_TASK_NET] = (struct runtime_watchdog_task){
        .name = "net", .deadline_ms = NET_DEADLINE_MS, .max_block_ms = NET_BLOCK_MAX_MS};
    g->tasks[DEVICE_TASK_PLUGS] =
        (struct runtime_watchdog_task){.name = "plugs", .deadline_ms = watchdog_ms};
    g->n_tasks = has_plugs ? DEVICE_TASKS : DEVICE_TASK_PLUGS;
    const struct runtime_watchdog_config config = {.tasks = g->tasks,
                                                   .crash = g->retained.crash,
                                                   .feed = posix_watchdog_feed,
                                                   .hardware_ms = watchdog_ms,
                                                   .n_tasks = g->n_tasks,
                                                   .trace = device_guard_sink(g)};
    runtime_watchdog_init(&g->watchdog, &config, posix_clock_mono_ms());
    g->is_watching = true;
    g->watchdog_timer.fire = on_watchdog_timer;
    g->watchdog_timer.context = g;
    arm(g, &g->watchdog_timer, runtime_watchdog_deadline(&g->watchdog));
    return E_OK;
}

void device_guard_begin(struct device_guard *g, enum device_task task)
{
    if (g->call_depth++ == 0 && g->is_watching) {
        runtime_watchdog_begin(&g->watchdog, (uint8_t)task, posix_clock_mono_ms());
    }
}

void device_guard_end(struct device_guard *g, enum device_task task)
{
    ASSERT(g->call_depth > 0);
    if (--g->call_depth == 0 && g->is_watching) {
        runtime_watchdog_end(&g->watchdog, (uint8_t)task, posix_clock_mono_ms());
        for (uint8_t i = 0; g->plugs_only && i < DEVICE_TASK_PLUGS; i++) {
            runtime_watchdog_alive(&g->watchdog, i, posix_clock_mono_ms());
        }
    }
}

void device_guard_may_block(struct device_guard *g, enum device_task task, uint32_t max_ms,
                            const char *why)
{
    ASSERT(g->call_depth > 0);
    if (g->is_watching) {
        runtime_watchdog_may_block(&g->watchdog, (uint8_t)task, posix_clock_mono_ms(), max_ms, why);
    }
}

void device_guard_block_over(struct device_guard *g, enum device_task task)
{
    if (g->is_watching) {
        runtime_watchdog_block_over(&g->watchdog, (uint8_t)task, posix_clock_mono_ms());
    }
}

void device_guard_close(struct device_guard *g)
{
    if (g->loop == NULL) {
        return;
    }
    runtime_timer_stop(posix_loop_timers(g->loop), &g->ladder_timer);
    runtime_timer_stop(posix_loop_timers(g->loop), &g->watchdog_timer);
    if (g->is_watching) {
        posix_watchdog_close();
        g->is_watching = false;
    }
    if (g->retained.file != NULL) {
        posix_retained_close(&g->retained);
    }
}
