/* SPDX-License-Identifier: MIT
 * What a run leaves for the next one to report: an area in memory that survives a reset (RAM that
 * is not cleared; a mapped file on Linux), written while all is well, because a task that hangs
 * writes nothing any more. It holds the last trace records, the call that runs, and what the
 * software watchdog or panic() found. The area's content is believed only when its frame is intact,
 * and every text in it is cut and cleaned on the way out.
 */
#ifndef RUNTIME_CRASH_H
#define RUNTIME_CRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"
#include "base/wbuf.h"
#include "runtime/limits.h"
#include "runtime/reset.h"

enum { RUNTIME_CRASH_NAME_CAP = 16, RUNTIME_CRASH_FILE_CAP = 24 };

enum runtime_crash_cause {
    RUNTIME_CRASH_NONE,
    RUNTIME_CRASH_PANIC,      /* file and line are known */
    RUNTIME_CRASH_TASK_LATE,  /* the software watchdog saw the task miss its deadline */
    RUNTIME_CRASH_CALL_STUCK, /* the hardware watchdog struck while the task's call ran */
    RUNTIME_CRASH_UNKNOWN     /* a watchdog or panic, and nothing in the area says more */
};

/* A task as the watchdog knows it, at the moment of the record. */
struct runtime_crash_task {
    char name[RUNTIME_CRASH_NAME_CAP];
    char why[RUNTIME_CRASH_NAME_CAP]; /* of may_block; empty = it was not to block */
    uint32_t for_ms; /* late: since it was due; stuck: unknown to us, so how long it was allowed */
    uint8_t idx;
    uint8_t state; /* the task's own number, see runtime_watchdog_note_state() */
};

struct runtime_crash_area {
    uint32_t magic; /* all private */
    uint32_t size;
    uint64_t uptime_ms;
    struct runtime_crash_task task;
    char file[RUNTIME_CRASH_FILE_CAP];
    uint32_t line;
    uint32_t n_traces;
    struct trace_record traces[RUNTIME_CRASH_TRACES];
    uint8_t cause;
    uint8_t call_runs; /* 0 or 1; not a bool, since anything may be left here */
};

struct runtime_crash_report {
    enum runtime_reset reset;
    enum runtime_crash_cause cause;
    uint64_t uptime_ms; /* of the run that ended, as last noted */
    struct runtime_crash_task task;
    char file[RUNTIME_CRASH_FILE_CAP];
    uint32_t line;
    uint32_t n_traces; /* oldest first */
    struct trace_record traces[RUNTIME_CRASH_TRACES];
};

/* First thing after a reset: takes what the run before left and makes the area ready for this one.
 * True when that run ended by watchdog or panic, and *report says how. */
bool runtime_crash_boot(struct runtime_crash_area *area, enum runtime_reset reset,
                        struct runtime_crash_report *report);

/* A sink that keeps the last RUNTIME_CRASH_TRACES records in the area. */
struct trace_sink runtime_crash_sink(struct runtime_crash_area *area);

/* From panic(): the place of the assertion, and with it the call that runs. Only the first of a run
 * is kept; a task found late before stays the cause. */
void runtime_crash_note_panic(struct runtime_crash_area *area, const char *file, uint32_t line);

/* The report as one JSON object, for the message of the next boot:
 * {"reset","cause","uptime_ms","task","task_idx","state","why","for_ms","file","line","events":
 * [[time_ms,id,instance,a,b],...]}; members that say nothing are left out. */
void runtime_crash_write_json(const struct runtime_crash_report *report, struct wbuf *out);

#endif
