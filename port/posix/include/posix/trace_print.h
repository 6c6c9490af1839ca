/* SPDX-License-Identifier: MIT
 * Trace records as log lines: "debug meter: link idle -> busy", "warn meter: runtime boot ladder
 * from=0 to=1".
 */
#ifndef POSIX_TRACE_PRINT_H
#define POSIX_TRACE_PRINT_H

#include "base/trace.h"
#include "runtime/hsm.h"
#include "runtime/log.h"

/* Must outlive the sink. */
struct posix_trace_print {
    const struct runtime_log_table *const *tables; /* NULL-ended */
    /* By instance number, for the names of states and events; NULL-ended, may be NULL. */
    const struct runtime_hsm_table *const *machines;
};

/* For struct runtime_log_config.show. Lines have the level of their kind. */
struct trace_sink posix_trace_print_sink(struct posix_trace_print *print);

#endif
