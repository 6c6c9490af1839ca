/* SPDX-License-Identifier: MIT
 * Timers for a tickless loop: an intrusive 4-ary heap over storage the caller lends. The exact next
 * deadline is always known; timers due at the same time fire in the order they were started.
 */
#ifndef RUNTIME_TIMER_H
#define RUNTIME_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER_MS UINT64_MAX

struct runtime_timer {
    void (*fire)(void *context, uint64_t now_ms); /* set by the owner before the first start */
    void *context;
    uint64_t at_ms; /* all private from here */
    uint32_t order;
    uint32_t slot; /* index in the heap + 1; 0 = not running */
};

struct runtime_timers {
    struct runtime_timer **slots; /* all private */
    uint64_t firing_ms;           /* the time runtime_timers_fire() was given, while it runs */
    uint32_t n;
    uint32_t cap;
    uint32_t next_order;
    bool firing;
};

/* `slots` has room for every timer that may run at once. */
void runtime_timers_init(struct runtime_timers *t, struct runtime_timer **slots, uint32_t cap);
/* Starts, or moves a running one. Asserts that there is room. at_ms may be in the past, but is not
 * NEVER_MS: that is a stopped timer. */
void runtime_timer_start(struct runtime_timers *t, struct runtime_timer *timer, uint64_t at_ms);
/* Does nothing to a timer that is not running. A zeroed timer is not running. */
void runtime_timer_stop(struct runtime_timers *t, struct runtime_timer *timer);
static inline bool runtime_timer_running(const struct runtime_timer *timer)
{
    return timer->slot != 0;
}
/* NEVER_MS when none runs. */
uint64_t runtime_timers_deadline(const struct runtime_timers *t);
/* Fires what is due, earliest first. A timer started while firing for a time <= now_ms fires in the
 * next call, so that one call always ends. A timer is stopped before its function is called, so the
 * function may start it again or end its life. `fire` must not call this again: asserted. */
void runtime_timers_fire(struct runtime_timers *t, uint64_t now_ms);

#endif
