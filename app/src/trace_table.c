/* SPDX-License-Identifier: MIT
 * What the trace records of app/ are called in logs.
 */
#include "app/trace_ids.h"

static const struct runtime_log_kind kinds[] = {
    {APP_TRACE_METER_READING, RUNTIME_LOG_DEBUG, "reading taken", "sequence", "waiting"},
    {APP_TRACE_METER_EVENT, RUNTIME_LOG_DEBUG, "meter event", "kind", "error"},
    {APP_TRACE_METER_LINK, RUNTIME_LOG_DEBUG, "link", "up", "waiting"}};

const struct runtime_log_table app_log_table = {
    .library = "app", .kinds = kinds, .n_kinds = sizeof kinds / sizeof kinds[0]};
