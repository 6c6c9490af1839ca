/* SPDX-License-Identifier: MIT
 * The trace records of lib/runtime: what `instance`, `a` and `b` of a base/trace.h record mean.
 */
#ifndef RUNTIME_TRACE_IDS_H
#define RUNTIME_TRACE_IDS_H

enum runtime_trace_id {
    RUNTIME_TRACE_BASE = 0x0300, /* 3: the place of runtime in lib/CMakeLists.txt */
    RUNTIME_TRACE_HSM_STATE,     /* instance machine, a from state, b to state */
    RUNTIME_TRACE_HSM_EVENT,     /* instance machine, a event, b enum runtime_hsm_result */
    RUNTIME_TRACE_TASK_LATE,     /* a task, b milliseconds since it was due */
    RUNTIME_TRACE_TASK_BLOCKS,   /* a task, b milliseconds it may take */
    RUNTIME_TRACE_CALL_SLOW,     /* a callback, b microseconds it took */
    RUNTIME_TRACE_LADDER         /* a from rung, b to rung */
};

#endif
