/* SPDX-License-Identifier: MIT
 * What brings a device back by itself: a watchdog with a deadline for each task, a report of what
 * the run before died of, and the ladder that starts a device which crashes again and again with
 * less and less. Zeroed and never opened it watches nothing: for many devices in one process.
 */
#ifndef DEVICE_GUARD_H
#define DEVICE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "posix/loop.h"
#include "posix/retained.h"
#include "runtime/ladder.h"
#include "runtime/watchdog.h"
#include "store/store.h"

enum device_task {
    DEVICE_TASK_METER, /* samples and readings, the sensor's line */
    DEVICE_TASK_NET,   /* enrolment and the link: someone is at work on a lost connection */
    DEVICE_TASK_PLUGS, /* of a charger: cars and power stages */
    DEVICE_TASKS
};

struct device_guard {
    struct posix_loop *loop;
    struct posix_retained retained;
    struct runtime_ladder ladder;
    struct runtime_timer ladder_timer;
    struct runtime_watchdog_task tasks[DEVICE_TASKS];
    struct runtime_watchdog watchdog;
    struct runtime_timer watchdog_timer;
    bool is_watching;
    uint8_t n_tasks; /* the first ones of enum device_task */
    bool plugs_only; /* a charger without a gateway: there is nobody else to give a sign of life */
    uint8_t call_depth;
    void (*healthy)(void *context); /* the configuration in use has proved itself */
    void *context;
    bool restart_wanted; /* a rung up waits: end cleanly and start again */
};

/* Reads why this run started and logs what the one before died of. */
int device_guard_open(struct device_guard *g, struct posix_loop *loop,
                      const char *state_dir) MUST_USE;
/* The rung to start at; runs the ladder from here on. The record is kept in the store. */
enum runtime_rung device_guard_boot(struct device_guard *g, struct store *store);
/* The hardware behind the watchdog is a kernel timer. 0: no watchdog. `has_plugs` brings the task
 * of a charger. */
int device_guard_watch(struct device_guard *g, uint32_t watchdog_ms, uint32_t slowest_meter_ms,
                       bool has_plugs) MUST_USE;
void device_guard_close(struct device_guard *g);

/* Around each call from the loop; calls within calls belong to the outermost. The end is the task's
 * sign of life. */
void device_guard_begin(struct device_guard *g, enum device_task task);
void device_guard_end(struct device_guard *g, enum device_task task);
/* Around what may wait for somebody else, inside a call of the task. */
void device_guard_may_block(struct device_guard *g, enum device_task task, uint32_t max_ms,
                            const char *why);
void device_guard_block_over(struct device_guard *g, enum device_task task);
/* Where traces go that the next run is to read; nowhere while not open. */
struct trace_sink device_guard_sink(struct device_guard *g);

#endif
