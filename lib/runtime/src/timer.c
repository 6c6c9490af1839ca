/* SPDX-License-Identifier: MIT
 * The timer heap: four children a node, because a start mostly compares upwards and a shallow tree
 * touches fewer timers on the way.
 */
#include "runtime/timer.h"

#include "base/assert.h"

#include <stddef.h>

enum { ARITY = 4 };

static bool order_precedes(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static bool fires_before(const struct runtime_timer *a, const struct runtime_timer *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : order_precedes(a->order, b->order);
}

static void place(struct runtime_timers *t, uint32_t idx, struct runtime_timer *timer)
{
    t->slots[idx] = timer;
    timer->slot = idx + 1;
}

static void sift_up(struct runtime_timers *t, uint32_t idx, struct runtime_timer *timer)
{
    while (idx > 0) {
        const uint32_t parent = (idx - 1) / ARITY;
        if (!fires_before(timer, t->slots[parent])) {
            break;
        }
        place(t, idx, t->slots[parent]);
        idx = parent;
    }
    place(t, idx, timer);
}

static uint32_t earliest_child(const struct runtime_timers *t, uint32_t first)
{
    const uint32_t end = t->n - first < ARITY ? t->n : first + ARITY;
    uint32_t best = first;
    for (uint32_t child = first + 1; child < end; child++) {
        if (fires_before(t->slots[child], t->slots[best])) {
            best = child;
        }
    }
    return best;
}

static void sift_down(struct runtime_timers *t, uint32_t idx, struct runtime_timer *timer)
{
    for (uint32_t first = idx * ARITY + 1; first < t->n; first = idx * ARITY + 1) {
        const uint32_t child = earliest_child(t, first);
        if (!fires_before(t->slots[child], timer)) {
            break;
        }
        place(t, idx, t->slots[child]);
        idx = child;
    }
    place(t, idx, timer);
}

void runtime_timers_init(struct runtime_timers *t, struct runtime_timer **slots, uint32_t cap)
{
    ASSERT(slots != NULL || cap == 0);
    ASSERT(cap <= UINT32_MAX / ARITY - 1); /* so that the index of a child never wraps */
    *t = (struct runtime_timers){.slots = slots, .cap = cap};
}

void runtime_timer_start(struct runtime_timers *t, struct runtime_timer *timer, uint64_t at_ms)
{
    ASSERT(timer->fire != NULL);
    ASSERT(at_ms != NEVER_MS);
    /* A new timer never gets ahead of those already due; see runtime_timers_fire(). */
    const uint64_t when_ms = t->firing && at_ms < t->firing_ms ? t->firing_ms : at_ms;
    const bool later = timer->slot != 0 && when_ms >= timer->at_ms;
    if (timer->slot == 0) {
        ASSERT(t->n < t->cap);
        timer->slot = ++t->n;
    }
    const uint32_t idx = timer->slot - 1;
    ASSERT(idx < t->n);
    timer->at_ms = when_ms;
    timer->order = t->next_order++;
    if (later) {
        sift_down(t, idx, timer);
    } else {
        sift_up(t, idx, timer);
    }
}

void runtime_timer_stop(struct runtime_timers *t, struct runtime_timer *timer)
{
    if (timer->slot == 0) {
        return;
    }
    const uint32_t idx = timer->slot - 1;
    ASSERT(idx < t->n && t->slots[idx] == timer);
    struct runtime_timer *last = t->slots[--t->n];
    timer->slot = 0;
    if (last == timer) {
        return;
    }
    if (idx > 0 && fires_before(last, t->slots[(idx - 1) / ARITY])) {
        sift_up(t, idx, last);
    } else {
        sift_down(t, idx, last);
    }
}

uint64_t runtime_timers_deadline(const struct runtime_timers *t)
{
    return t->n == 0 ? NEVER_MS : t->slots[0]->at_ms;
}

void runtime_timers_fire(struct runtime_timers *t, uint64_t now_ms)
{
    ASSERT(!t->firing);
    t->firing = true;
    t->firing_ms = now_ms;
    const uint32_t first_new = t->next_order;
    while (t->n > 0) {
        struct runtime_timer *timer = t->slots[0];
        if (timer->at_ms > now_ms ||
            (timer->at_ms == now_ms && !order_precedes(timer->order, first_new))) {
            break; /* what was due sorts before what was started since, so nothing due is left */
        }
        runtime_timer_stop(t, timer);
        timer->fire(timer->context, now_ms);
    }
    t->firing = false;
}
