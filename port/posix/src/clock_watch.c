/* SPDX-License-Identifier: MIT */
#include "posix/clock_watch.h"

#include "base/assert.h"

enum { SLACK_MS = 5000 };

int64_t posix_clock_watch_note(struct posix_clock_watch *w, uint64_t mono_ms, int64_t wall_ms,
                               uint32_t rate)
{
    ASSERT(rate >= 1);
    ASSERT(!w->started || mono_ms >= w->mono_ms);
    const int64_t passed_ms = w->started ? (int64_t)(mono_ms - w->mono_ms) * rate : 0;
    const int64_t jump_ms = w->started ? wall_ms - w->wall_ms - passed_ms : 0;
    const int64_t slack_ms = (int64_t)SLACK_MS * rate;
    *w = (struct posix_clock_watch){.started = true, .mono_ms = mono_ms, .wall_ms = wall_ms};
    return jump_ms > slack_ms || jump_ms < -slack_ms ? jump_ms : 0;
}
