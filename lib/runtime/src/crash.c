/* SPDX-License-Identifier: MIT
 * The area that survives a reset, and the report made from it.
 */
#include "runtime/crash.h"

#include <string.h>

#include "base/assert.h"
#include "base/json_writer.h"

enum { AREA_MAGIC = 0x57415443 };

static bool intact(const struct runtime_crash_area *area)
{
    return area->magic == AREA_MAGIC && area->size == sizeof *area;
}

static void reset_area(struct runtime_crash_area *area)
{
    memset(area, 0, sizeof *area);
    area->magic = AREA_MAGIC;
    area->size = sizeof *area;
}

/* The reset may have come in the middle of a write: what is no text becomes '?', and it ends. */
static void copy_text(char *out, const char *text, size_t cap)
{
    size_t i = 0;
    for (; i + 1 < cap && text[i] != '\0'; i++) {
        out[i] = text[i] >= 0x20 && text[i] <= 0x7e ? text[i] : '?';
    }
    out[i] = '\0';
}

static void take_task(const struct runtime_crash_task *left, struct runtime_crash_task *out)
{
    copy_text(out->name, left->name, sizeof out->name);
    copy_text(out->why, left->why, sizeof out->why);
    out->for_ms = left->for_ms;
    out->idx = left->idx;
    out->state = left->state;
}

static void take_traces(const struct runtime_crash_area *area, struct runtime_crash_report *report)
{
    uint32_t next = 0;
    if (area->n_traces > RUNTIME_CRASH_TRACES) {
        next = area->n_traces - RUNTIME_CRASH_TRACES;
    }
    for (; next != area->n_traces; next++) {
        report->traces[report->n_traces++] = area->traces[next % RUNTIME_CRASH_TRACES];
    }
}

static enum runtime_crash_cause cause_of(const struct runtime_crash_area *area,
                                         enum runtime_reset reset)
{
    if (area->cause == RUNTIME_CRASH_PANIC || area->cause == RUNTIME_CRASH_TASK_LATE) {
        return (enum runtime_crash_cause)area->cause;
    }
    return reset == RUNTIME_RESET_WATCHDOG && area->call_runs == 1 ? RUNTIME_CRASH_CALL_STUCK
                                                                   : RUNTIME_CRASH_UNKNOWN;
}

static void take_area(const struct runtime_crash_area *area, struct runtime_crash_report *report)
{
    report->cause = cause_of(area, report->reset);
    report->uptime_ms = area->uptime_ms;
    report->line = area->line;
    copy_text(report->file, area->file, sizeof report->file);
    if (report->cause == RUNTIME_CRASH_TASK_LATE ||
        (report->cause != RUNTIME_CRASH_UNKNOWN && area->call_runs == 1)) {
        take_task(&area->task, &report->task);
    }
    take_traces(area, report);
}

bool runtime_crash_boot(struct runtime_crash_area *area, enum runtime_reset reset,
                        struct runtime_crash_report *report)
{
    const bool crashed = reset == RUNTIME_RESET_WATCHDOG || reset == RUNTIME_RESET_PANIC;
    if (crashed) {
        memset(report, 0, sizeof *report);
        report->reset = reset;
        report->cause = RUNTIME_CRASH_UNKNOWN;
        if (intact(area)) {
            take_area(area, report);
        }
    }
    reset_area(area);
    return crashed;
}

static void keep_trace(void *context, const struct trace_record *record)
{
    struct runtime_crash_area *area = context;
    area->traces[area->n_traces % RUNTIME_CRASH_TRACES] = *record;
    area->n_traces++;
    if (area->n_traces == UINT32_MAX) { /* stay a multiple of the ring's size above its size */
        area->n_traces = RUNTIME_CRASH_TRACES + area->n_traces % RUNTIME_CRASH_TRACES;
    }
}

struct trace_sink runtime_crash_sink(struct runtime_crash_area *area)
{
    ASSERT(intact(area));
    return (struct trace_sink){.emit = keep_trace, .context = area};
}

void runtime_crash_note_panic(struct runtime_crash_area *area, const char *file, uint32_t line)
{
    if (!intact(area) || area->file[0] != '\0') {
        return; /* called by panic() itself: nothing is asserted here */
    }
    copy_text(area->file, file, sizeof area->file);
    area->line = line;
    if (area->cause == RUNTIME_CRASH_NONE) {
        area->cause = RUNTIME_CRASH_PANIC;
    }
}

static const char *cause_name(enum runtime_crash_cause cause)
{
    switch (cause) {
    case RUNTIME_CRASH_PANIC:
        return "panic";
    case RUNTIME_CRASH_TASK_LATE:
        return "task late";
    case RUNTIME_CRASH_CALL_STUCK:
        return "call stuck";
    case RUNTIME_CRASH_NONE:
    case RUNTIME_CRASH_UNKNOWN:
        break;
    }
    return "unknown";
}

static void put_task(const struct runtime_crash_task *task, struct json_writer *w)
{
    json_field_string(w, "task", task->name);
    json_field_int(w, "task_idx", task->idx);
    json_field_int(w, "state", task->state);
    if (task->why[0] != '\0') {
        json_field_string(w, "why", task->why);
    }
    if (task->for_ms != 0) {
        json_field_int(w, "for_ms", task->for_ms);
    }
}

static void put_trace(const struct trace_record *record, struct json_writer *w)
{
    json_begin_array(w);
    json_put_uint(w, record->time_ms);
    json_put_uint(w, record->id);
    json_put_uint(w, record->instance);
    json_put_uint(w, record->a);
    json_put_uint(w, record->b);
    json_end(w);
}

void runtime_crash_write_json(const struct runtime_crash_report *report, struct wbuf *out)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_begin_object(&w);
    json_field_string(&w, "reset", runtime_reset_name(report->reset));
    json_field_string(&w, "cause", cause_name(report->cause));
    json_key(&w, "uptime_ms");
    json_put_uint(&w, report->uptime_ms);
    if (report->task.name[0] != '\0') {
        put_task(&report->task, &w);
    }
    if (report->file[0] != '\0') {
        json_field_string(&w, "file", report->file);
        json_field_int(&w, "line", report->line);
    }
    json_key(&w, "events");
    json_begin_array(&w);
    for (uint32_t i = 0; i < report->n_traces; i++) {
        put_trace(&report->traces[i], &w);
    }
    json_end(&w);
    json_end(&w);
}
