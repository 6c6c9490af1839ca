/* SPDX-License-Identifier: MIT
 * A watchdog with a deadline for each task. The hardware watchdog behind it is fed only while every
 * task is in time; a task that is not, or a call that hangs, ends in a reset, and the crash area
 * names it. Blocking is allowed only in windows that say how long and why.
 * A time earlier than one given before counts as that one.
 *
 * One thread: tasks are the parts of one loop. Around a call of a task stand begin and end; a call
 * that never comes back is found by the hardware alone, so what is needed to name it is written
 * before it starts.
 */
#ifndef RUNTIME_WATCHDOG_H
#define RUNTIME_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"
#include "runtime/crash.h"
#include "runtime/limits.h"
#include "runtime/timer.h"

struct runtime_watchdog_task {
    const char *name;      /* at most 15 letters are kept */
    uint32_t deadline_ms;  /* longest time between two signs of life; not 0 */
    uint32_t max_block_ms; /* longest window it may ask for; 0 = it may not block */
};

struct runtime_watchdog_config {
    const struct runtime_watchdog_task *tasks; /* at most RUNTIME_WATCHDOG_MAX_TASKS */
    struct runtime_crash_area *crash;          /* after runtime_crash_boot() */
    /* The hardware: resets the machine unless called again within `within_ms`. */
    void (*feed)(void *context, uint32_t within_ms);
    void *context;
    uint32_t hardware_ms; /* outside of windows; it is fed every third of this */
    uint8_t n_tasks;
    struct trace_sink trace;
};

struct runtime_watchdog {
    struct runtime_watchdog_config config; /* all private */
    uint64_t due_ms[RUNTIME_WATCHDOG_MAX_TASKS];
    uint8_t state[RUNTIME_WATCHDOG_MAX_TASKS];
    uint64_t feed_at_ms;
    uint64_t now_ms;
    uint64_t call_from_ms;
    uint64_t block_from_ms;
    uint64_t longest_from_ms; /* the longest call since the last tick */
    uint64_t longest_to_ms;
    const char *block_why; /* NULL outside of a window */
    uint32_t block_max_ms;
    uint8_t longest_task;
    bool expired;
};

/* Every task has its whole deadline ahead; feeds. */
void runtime_watchdog_init(struct runtime_watchdog *w, const struct runtime_watchdog_config *config,
                           uint64_t now_ms);

/* A sign of life: the task did what it is there for. */
void runtime_watchdog_alive(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms);
/* The task's own state number, for the report. */
void runtime_watchdog_note_state(struct runtime_watchdog *w, uint8_t task, uint8_t state);

/* Around each call of a task. `end` is a sign of life too, unless the call took longer than the
 * task's deadline, which is recorded. A call without a window must stay below hardware_ms. */
void runtime_watchdog_begin(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms);
void runtime_watchdog_end(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms);

/* The task's call may now take up to `max_ms` (asserted: at most its max_block_ms); all tasks get
 * that much more time, since none runs meanwhile. `why`, for the report, keeps 15 letters. */
void runtime_watchdog_may_block(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms,
                                uint32_t max_ms, const char *why);
/* The window is over; too late is recorded as the task's fault. What is left of it is taken back.
 */
void runtime_watchdog_block_over(struct runtime_watchdog *w, uint8_t task, uint64_t now_ms);

/* At the deadline: feeds when all are in time. Else it records the task that was due first, or the
 * one whose call kept it from its deadline, and never feeds again. */
void runtime_watchdog_tick(struct runtime_watchdog *w, uint64_t now_ms);
uint64_t runtime_watchdog_deadline(const struct runtime_watchdog *w);
/* False once a task was late: the machine is about to be reset, and may prepare for it. */
bool runtime_watchdog_healthy(const struct runtime_watchdog *w);

#endif
