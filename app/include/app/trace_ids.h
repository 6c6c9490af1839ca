/* SPDX-License-Identifier: MIT
 * The trace records of app/: what `a` and `b` of a base/trace.h record mean.
 */
#ifndef APP_TRACE_IDS_H
#define APP_TRACE_IDS_H

#include "runtime/log.h"

enum app_trace_id {
    APP_TRACE_BASE = 0x4000,
    APP_TRACE_METER_READING, /* a sequence, b readings that wait */
    APP_TRACE_METER_EVENT,   /* a enum meter_event_kind, b error */
    APP_TRACE_METER_LINK     /* a 1 up, 0 down; b readings that wait */
};

/* Levels and words for logs. */
extern const struct runtime_log_table app_log_table;

#endif
