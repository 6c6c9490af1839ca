/* SPDX-License-Identifier: MIT
 * Notices when a wall clock jumps: somebody set it, or NTP stepped it. No clock inside: the caller
 * says what both show.
 */
#ifndef POSIX_CLOCK_WATCH_H
#define POSIX_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct posix_clock_watch {
    bool started; /* all private; zero it */
    uint64_t mono_ms;
    int64_t wall_ms;
};

/* How far the wall clock, which runs `rate` times as fast as the monotonic one, has jumped since
 * the last call, ahead (> 0) or back; 0: it has not. A difference that slewing or a late call can
 * make is none: five seconds of real time. */
int64_t posix_clock_watch_note(struct posix_clock_watch *w, uint64_t mono_ms, int64_t wall_ms,
                               uint32_t rate);

#endif
