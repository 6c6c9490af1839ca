/* SPDX-License-Identifier: MIT
 * Levels of trace records, and the names of this library's own.
 */
#include "runtime/log.h"

#include <stddef.h>

#include "base/assert.h"
#include "runtime/trace_ids.h"

static const struct runtime_log_kind own_kinds[] = {
    {RUNTIME_TRACE_HSM_STATE, RUNTIME_LOG_DEBUG, "state changed", "from", "to"},
    {RUNTIME_TRACE_HSM_EVENT, RUNTIME_LOG_DEBUG, "event", "event", "result"},
    {RUNTIME_TRACE_TASK_LATE, RUNTIME_LOG_ERROR, "task is late", "task", "late_ms"},
    {RUNTIME_TRACE_TASK_BLOCKS, RUNTIME_LOG_DEBUG, "task may block", "task", "max_ms"},
    {RUNTIME_TRACE_CALL_SLOW, RUNTIME_LOG_WARN, "call over budget", "source", "took_us"},
    {RUNTIME_TRACE_LADDER, RUNTIME_LOG_WARN, "boot ladder", "from", "to"},
};

const struct runtime_log_table runtime_log_own_table = {
    .library = "runtime",
    .kinds = own_kinds,
    .n_kinds = sizeof own_kinds / sizeof own_kinds[0],
};

struct runtime_log_meaning runtime_log_find(const struct runtime_log_table *const *tables,
                                            uint16_t id)
{
    for (; *tables != NULL; tables++) {
        for (uint16_t i = 0; i < (*tables)->n_kinds; i++) {
            if ((*tables)->kinds[i].id == id) {
                return (struct runtime_log_meaning){.table = *tables, .kind = &(*tables)->kinds[i]};
            }
        }
    }
    return (struct runtime_log_meaning){.table = NULL, .kind = NULL};
}

static void pass_on(const struct trace_sink *sink, const struct trace_record *record)
{
    if (sink->emit != NULL) {
        sink->emit(sink->context, record);
    }
}

static void take_record(void *context, const struct trace_record *record)
{
    struct runtime_log *log = context;
    pass_on(&log->config.keep, record);
    const struct runtime_log_meaning meaning = runtime_log_find(log->config.tables, record->id);
    const uint8_t level = meaning.kind == NULL ? (uint8_t)RUNTIME_LOG_DEBUG : meaning.kind->level;
    if (level <= log->config.level) {
        log->n_shown++;
        pass_on(&log->config.show, record);
    } else {
        log->n_hidden++;
    }
}

void runtime_log_init(struct runtime_log *log, const struct runtime_log_config *config)
{
    ASSERT(config->tables != NULL);
    ASSERT(config->level <= RUNTIME_LOG_DEBUG);
    *log = (struct runtime_log){.config = *config};
}

struct trace_sink runtime_log_sink(struct runtime_log *log)
{
    return (struct trace_sink){.emit = take_record, .context = log};
}
