/* SPDX-License-Identifier: MIT
 * Deadlines of tasks in front of one hardware watchdog.
 */
#include "runtime/watchdog.h"

#include <string.h>

#include "base/assert.h"
#include "runtime/trace_ids.h"

/* The time of a loop's round, which its timers are given, may be older than what a call of the same
 * round has said: the later one holds. */
static void advance(struct runtime_watchdog *w, uint64_t now_ms)
{
    if (now_ms > w->now_ms) {
        w->now_ms = now_ms;
    }
    w->config.crash->uptime_ms = w->now_ms;
}

static void copy_name(char out[RUNTIME_CRASH_NAME_CAP], const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < RUNTIME_CRASH_NAME_CAP; i++) {
        out[i] = name[i];
    }
    out[i] = '\0';
}

static void note_task(struct runtime_watchdog *w, uint8_t task, uint32_t for_ms, const char *why)
{
    struct runtime_crash_task *record = &w->config.crash->task;
    ASSERT(task < w->config.n_tasks);
    copy_name(record->name, w->config.tasks[task].name);
    copy_name(record->why, why);
    record->idx = task;
    record->state = w->state[task];
    record->for_ms = for_ms;
}

static void feed(struct runtime_watchdog *w, uint32_t within_ms)
{
    w->config.feed(w->config.context, within_ms);
    w->feed_at_ms = w->now_ms + w->config.hardware_ms / 3;
}

static void expire(struct runtime_watchdog *w, uint8_t task, uint64_t late_ms, const char *why)
{
    const uint32_t for_ms = late_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)late_ms;
    w->expired = true;
    note_task(w, task, for_ms, why);
    w->config.crash->cause = RUNTIME_CRASH_TASK_LATE;
    trace(&w->config.trace, w->now_ms, RUNTIME_TRACE_TASK_LATE, task, for_ms);
}

void runtime_watchdog_init(struct runtime_watchdog *w, const struct runtime_watchdog_config *config,
                           uint64_t now_ms)
{
    ASSERT(config->n_tasks > 0 && config->n_tasks <= RUNTIME_WATCHDOG_MAX_TASKS);
    ASSERT(config->crash != NULL && config->feed != NULL);
    ASSERT(config->hardware_ms >= 3);
    memset(w, 0, sizeof *w);
    w->config = *config;
    advance(w, now_ms);
    for (uint8_t task = 0; task < config->n_tasks; task++) {
        ASSERT(config->tasks[task].name != NULL && config->tasks[task].deadline_ms > 0);
        w->due_ms[task] = w->now_ms + config->tasks[task].deadline_ms;
    }
    feed(w, config->hardware_ms);
}

void runtime_watchdog_alive(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms)
{
    ASSERT(task < w->config.n_tasks);
    ASSERT(w->block_why == NULL);
    advance(w, now_ms);
    w->due_ms[task] = w->now_ms + w->config.tasks[task].deadline_ms;
}

void runtime_watchdog_note_state(struct runtime_watchdog *w, uint8_t task, uint8_t state)
{
    ASSERT(task < w->config.n_tasks);
    w->state[task] = state;
    if (w->config.crash->call_runs == 1 && w->config.crash->task.idx == task && !w->expired) {
        w->config.crash->task.state = state;
    }
}

void runtime_watchdog_begin(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms)
{
    ASSERT(w->config.crash->call_runs == 0);
    advance(w, now_ms);
    w->call_from_ms = w->now_ms;
    if (!w->expired) {
        note_task(w, task, w->config.tasks[task].deadline_ms, "");
    }
    w->config.crash->call_runs = 1;
}

static void note_longest(struct runtime_watchdog *w, uint8_t task)
{
    if (w->now_ms - w->call_from_ms >= w->longest_to_ms - w->longest_from_ms) {
        w->longest_task = task;
        w->longest_from_ms = w->call_from_ms;
        w->longest_to_ms = w->now_ms;
    }
}

void runtime_watchdog_end(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms)
{
    ASSERT(w->config.crash->call_runs == 1);
    ASSERT(w->block_why == NULL);
    runtime_watchdog_alive(w, task, now_ms);
    const uint64_t took_ms = w->now_ms - w->call_from_ms;
    if (took_ms > w->config.tasks[task].deadline_ms && !w->expired) {
        expire(w, task, took_ms, "");
    }
    note_longest(w, task);
    w->config.crash->call_runs = 0;
}

void runtime_watchdog_may_block(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms,
                                uint32_t max_ms, const char *why)
{
    ASSERT(task < w->config.n_tasks);
    ASSERT(max_ms > 0 && max_ms <= w->config.tasks[task].max_block_ms);
    ASSERT(w->block_why == NULL && why != NULL);
    advance(w, now_ms);
    w->block_why = why;
    w->block_max_ms = max_ms;
    w->block_from_ms = w->now_ms;
    if (w->expired) {
        return; /* no window saves a machine that is about to be reset */
    }
    for (uint8_t t = 0; t < w->config.n_tasks; t++) {
        w->due_ms[t] += max_ms;
    }
    note_task(w, task, max_ms, why);
    trace(&w->config.trace, w->now_ms, RUNTIME_TRACE_TASK_BLOCKS, task, max_ms);
    feed(w, max_ms + w->config.hardware_ms);
}

void runtime_watchdog_block_over(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms)
{
    ASSERT(task < w->config.n_tasks);
    ASSERT(w->block_why != NULL);
    advance(w, now_ms);
    const uint64_t took_ms = w->now_ms - w->block_from_ms;
    const char *why = w->block_why;
    w->block_why = NULL;
    if (w->expired) {
        return;
    }
    if (took_ms > w->block_max_ms) {
        expire(w, task, took_ms - w->block_max_ms, why);
        return;
    }
    for (uint8_t t = 0; t < w->config.n_tasks; t++) {
        w->due_ms[t] -= w->block_max_ms - took_ms;
    }
    w->call_from_ms += took_ms; /* the call's own time stands still in its window */
    note_task(w, task, w->config.tasks[task].deadline_ms, "");
    feed(w, w->config.hardware_ms);
}

static uint8_t first_due(const struct runtime_watchdog *w)
{
    uint8_t first = 0;
    for (uint8_t task = 1; task < w->config.n_tasks; task++) {
        if (w->due_ms[task] < w->due_ms[first]) {
            first = task;
        }
    }
    return first;
}

/* The late task itself, or the one whose call ran when it was due. */
static void expire_guilty(struct runtime_watchdog *w, uint8_t late)
{
    const uint64_t due_ms = w->due_ms[late];
    if (w->longest_from_ms <= due_ms && due_ms < w->longest_to_ms) {
        expire(w, w->longest_task, w->longest_to_ms - w->longest_from_ms, "");
    } else {
        expire(w, late, w->now_ms - due_ms, "");
    }
}

void runtime_watchdog_tick(struct runtime_watchdog *w, uint64_t now_ms)
{
    ASSERT(w->block_why == NULL);
    advance(w, now_ms);
    if (w->expired) {
        return;
    }
    const uint8_t task = first_due(w);
    if (w->due_ms[task] <= w->now_ms) {
        expire_guilty(w, task);
    } else {
        feed(w, w->config.hardware_ms);
    }
    w->longest_from_ms = w->now_ms;
    w->longest_to_ms = w->now_ms;
}

uint64_t runtime_watchdog_deadline(const struct runtime_watchdog *w)
{
    if (w->expired) {
        return NEVER_MS;
    }
    const uint64_t due_ms = w->due_ms[first_due(w)];
    return due_ms < w->feed_at_ms ? due_ms : w->feed_at_ms;
}

bool runtime_watchdog_healthy(const struct runtime_watchdog *w)
{
    return !w->expired;
}
