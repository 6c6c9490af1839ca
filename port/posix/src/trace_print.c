/* SPDX-License-Identifier: MIT
 * Words for trace records.
 */
#include "posix/trace_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/assert.h"
#include "posix/log.h"
#include "runtime/trace_ids.h"

enum { LINE_CAP = 160 };

static const struct runtime_hsm_table *machine_of(const struct posix_trace_print *print,
                                                  uint16_t instance)
{
    if (print->machines == NULL) {
        return NULL;
    }
    for (uint16_t i = 0; print->machines[i] != NULL; i++) {
        if (i == instance) {
            return print->machines[i];
        }
    }
    return NULL;
}

static const char *state_name(const struct runtime_hsm_table *machine, uint32_t state)
{
    return state < machine->n_states ? machine->states[state].name : "start";
}

static const char *result_name(uint32_t result)
{
    static const char *const names[] = {"ignored", "taken", "deferred", "lost"};
    return result < sizeof names / sizeof names[0] ? names[result] : "?";
}

/* A machine's record in its own words; false when they are not known. */
static bool describe_hsm(const struct posix_trace_print *print, const struct trace_record *record,
                         char line[LINE_CAP])
{
    const struct runtime_hsm_table *machine = machine_of(print, record->instance);
    if (machine == NULL) {
        return false;
    }
    if (record->id == RUNTIME_TRACE_HSM_STATE) {
        snprintf(line, LINE_CAP, "%s %s -> %s", machine->name, state_name(machine, record->a),
                 state_name(machine, record->b));
        return true;
    }
    if (record->id == RUNTIME_TRACE_HSM_EVENT && record->a < machine->n_events) {
        snprintf(line, LINE_CAP, "%s event=%s %s", machine->name, machine->events[record->a],
                 result_name(record->b));
        return true;
    }
    return false;
}

static void describe(const struct runtime_log_meaning *meaning, const struct trace_record *record,
                     char line[LINE_CAP])
{
    char a[48] = "";
    char b[48] = "";
    if (meaning->kind == NULL) {
        snprintf(line, LINE_CAP, "trace id=0x%04x instance=%u a=%" PRIu32 " b=%" PRIu32,
                 (unsigned)record->id, (unsigned)record->instance, record->a, record->b);
        return;
    }
    if (meaning->kind->a != NULL) {
        snprintf(a, sizeof a, " %s=%" PRIu32, meaning->kind->a, record->a);
    }
    if (meaning->kind->b != NULL) {
        snprintf(b, sizeof b, " %s=%" PRIu32, meaning->kind->b, record->b);
    }
    snprintf(line, LINE_CAP, "%s %s%s%s", meaning->table->library, meaning->kind->text, a, b);
}

static void print_record(void *context, const struct trace_record *record)
{
    const struct posix_trace_print *print = context;
    const struct runtime_log_meaning meaning = runtime_log_find(print->tables, record->id);
    char line[LINE_CAP];
    if (!describe_hsm(print, record, line)) {
        describe(&meaning, record, line);
    }
    switch (meaning.kind == NULL ? RUNTIME_LOG_DEBUG
                                 : (enum runtime_log_level)meaning.kind->level) {
    case RUNTIME_LOG_ERROR:
        log_error("%s", line);
        break;
    case RUNTIME_LOG_WARN:
        log_warn("%s", line);
        break;
    case RUNTIME_LOG_INFO:
        log_info("%s", line);
        break;
    case RUNTIME_LOG_DEBUG:
        log_debug("%s", line);
        break;
    }
}

struct trace_sink posix_trace_print_sink(struct posix_trace_print *print)
{
    ASSERT(print->tables != NULL);
    return (struct trace_sink){.emit = print_record, .context = print};
}
