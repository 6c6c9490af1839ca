/* SPDX-License-Identifier: MIT
 * A levelled log of trace records. Libraries format nothing (base/trace.h); here records get a
 * level, by a const table of what each of them means, and go on to those who keep or print them:
 * all to the first sink (a ring for the crash report), those of the level to the second (a
 * printer).
 */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"

enum runtime_log_level { RUNTIME_LOG_ERROR, RUNTIME_LOG_WARN, RUNTIME_LOG_INFO, RUNTIME_LOG_DEBUG };

/* One kind of record. `a` and `b` name its numbers, NULL = says nothing. */
struct runtime_log_kind {
    uint16_t id;
    uint8_t level; /* enum runtime_log_level */
    const char *text;
    const char *a;
    const char *b;
};

/* The kinds of one library. */
struct runtime_log_table {
    const char *library;
    const struct runtime_log_kind *kinds;
    uint16_t n_kinds;
};

/* The kinds of lib/runtime itself. */
extern const struct runtime_log_table runtime_log_own_table;

struct runtime_log_config {
    const struct runtime_log_table *const *tables; /* NULL-ended */
    struct trace_sink keep;                        /* gets everything; may be empty */
    struct trace_sink show; /* gets what is at most `level`, and records of unknown kind as DEBUG */
    uint8_t level;
};

struct runtime_log {
    struct runtime_log_config config; /* `level` may be changed at any time; all else private */
    uint32_t n_shown;
    uint32_t n_hidden;
};

void runtime_log_init(struct runtime_log *log, const struct runtime_log_config *config);
/* What machines are given to trace into. */
struct trace_sink runtime_log_sink(struct runtime_log *log);

struct runtime_log_meaning {
    const struct runtime_log_table *table; /* both NULL when unknown */
    const struct runtime_log_kind *kind;
};
struct runtime_log_meaning runtime_log_find(const struct runtime_log_table *const *tables,
                                            uint16_t id);

#endif
