/* SPDX-License-Identifier: MIT */
#include "runtime/timer.h"

#include <string.h>

#include "check.h"

enum { MANY = 200 };

static struct runtime_timers timers;
static struct runtime_timer *slots[MANY];

/* What fired, in order. */
static struct {
    int ids[2 * MANY];
    int n;
} fired;

struct numbered {
    struct runtime_timer timer;
    int id;
};

static void note(void *context, uint64_t now_ms)
{
    (void)now_ms;
    const struct numbered *timer = context;
    if (CHECK(fired.n < 2 * MANY)) {
        fired.ids[fired.n++] = timer->id;
    }
}

static void set_up(uint32_t cap)
{
    runtime_timers_init(&timers, slots, cap);
    fired.n = 0;
}

static struct numbered numbered(int id)
{
    return (struct numbered){.timer = {.fire = note}, .id = id};
}

static void start(struct numbered *n, uint64_t at_ms)
{
    n->timer.context = n;
    runtime_timer_start(&timers, &n->timer, at_ms);
}

static void without_timers_the_deadline_is_never(void)
{
    set_up(0);
    CHECK(runtime_timers_deadline(&timers) == NEVER_MS);
    runtime_timers_fire(&timers, 1000);
    CHECK_EQ(fired.n, 0);
}

static void timers_fire_earliest_first_and_not_before_their_time(void)
{
    set_up(4);
    struct numbered a = numbered(1);
    struct numbered b = numbered(2);
    struct numbered c = numbered(3);
    start(&a, 300);
    start(&b, 100);
    start(&c, 200);
    CHECK_EQ(runtime_timers_deadline(&timers), 100);
    runtime_timers_fire(&timers, 99);
    CHECK_EQ(fired.n, 0);
    runtime_timers_fire(&timers, 250);
    CHECK_EQ(fired.n, 2);
    CHECK_EQ(fired.ids[0], 2);
    CHECK_EQ(fired.ids[1], 3);
    CHECK(!runtime_timer_running(&b.timer));
    CHECK(runtime_timer_running(&a.timer));
    CHECK_EQ(runtime_timers_deadline(&timers), 300);
}

static void timers_due_together_fire_in_the_order_they_were_started(void)
{
    set_up(MANY);
    static struct numbered all[MANY];
    for (int i = 0; i < MANY; i++) {
        all[i] = numbered(i);
        start(&all[i], 50);
    }
    start(&all[0], 50); /* started again: now the last one */
    runtime_timers_fire(&timers, 50);
    CHECK_EQ(fired.n, MANY);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(fired.ids[i], (i + 1) % MANY);
    }
}

static void the_order_survives_the_wrap_of_its_counter(void)
{
    set_up(4);
    timers.next_order = UINT32_MAX - 1;
    struct numbered all[4];
    for (int i = 0; i < 4; i++) {
        all[i] = numbered(i);
        start(&all[i], 7);
    }
    runtime_timers_fire(&timers, 7);
    CHECK_EQ(fired.n, 4);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(fired.ids[i], i);
    }
}

static void a_running_timer_is_moved_not_doubled(void)
{
    set_up(1);
    struct numbered a = numbered(1);
    start(&a, 100);
    start(&a, 500);
    CHECK_EQ(runtime_timers_deadline(&timers), 500);
    start(&a, 200);
    CHECK_EQ(runtime_timers_deadline(&timers), 200);
    runtime_timers_fire(&timers, 1000);
    CHECK_EQ(fired.n, 1);
}

static void a_stopped_timer_does_not_fire_and_stopping_twice_is_harmless(void)
{
    set_up(2);
    struct numbered a = numbered(1);
    struct numbered b = numbered(2);
    start(&a, 100);
    start(&b, 100);
    runtime_timer_stop(&timers, &a.timer);
    runtime_timer_stop(&timers, &a.timer);
    runtime_timers_fire(&timers, 100);
    CHECK_EQ(fired.n, 1);
    CHECK_EQ(fired.ids[0], 2);
}

static void start_again_in_the_past(void *context, uint64_t now_ms)
{
    struct numbered *n = context;
    note(context, now_ms);
    runtime_timer_start(&timers, &n->timer, 0);
}

static void a_timer_that_restarts_itself_in_the_past_starves_nobody(void)
{
    set_up(3);
    struct numbered hog = numbered(1);
    struct numbered other = numbered(2);
    hog.timer.fire = start_again_in_the_past;
    start(&hog, 10);
    start(&other, 20);
    runtime_timers_fire(&timers, 20);
    CHECK_EQ(fired.n, 2);
    CHECK_EQ(fired.ids[1], 2);
    CHECK_EQ(runtime_timers_deadline(&timers), 20);
    runtime_timers_fire(&timers, 20);
    CHECK_EQ(fired.n, 3);
    CHECK_EQ(fired.ids[2], 1);
}

static struct numbered victim;

static void stop_the_victim(void *context, uint64_t now_ms)
{
    note(context, now_ms);
    runtime_timer_stop(&timers, &victim.timer);
}

static void a_timer_stopped_by_one_that_fires_at_the_same_time_stays_silent(void)
{
    set_up(2);
    struct numbered killer = numbered(1);
    killer.timer.fire = stop_the_victim;
    victim = numbered(2);
    start(&killer, 5);
    start(&victim, 5);
    runtime_timers_fire(&timers, 5);
    CHECK_EQ(fired.n, 1);
    CHECK_EQ(fired.ids[0], 1);
}

/* The heap against the plainest thing that can be right: a list searched from end to end. */
struct model {
    uint64_t at_ms[MANY];
    uint32_t order[MANY];
    bool running[MANY];
};

static int model_earliest(const struct model *m)
{
    int best = -1;
    for (int i = 0; i < MANY; i++) {
        if (m->running[i] && (best < 0 || m->at_ms[i] < m->at_ms[best] ||
                              (m->at_ms[i] == m->at_ms[best] && m->order[i] < m->order[best]))) {
            best = i;
        }
    }
    return best;
}

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool fires_like_the_model(struct model *m, uint64_t now_ms)
{
    fired.n = 0;
    runtime_timers_fire(&timers, now_ms);
    int n = 0;
    for (int i = model_earliest(m); i >= 0 && m->at_ms[i] <= now_ms; i = model_earliest(m)) {
        m->running[i] = false;
        if (n >= fired.n || fired.ids[n] != i) {
            return false;
        }
        n++;
    }
    return n == fired.n;
}

static void any_sequence_fires_as_a_sorted_list_would(void)
{
    static struct numbered all[MANY];
    static struct model m;
    set_up(MANY);
    memset(&m, 0, sizeof m);
    for (int i = 0; i < MANY; i++) {
        all[i] = numbered(i);
    }
    uint32_t seed = 20260621;
    uint64_t now_ms = 0;
    uint32_t order = 0;
    for (int step = 0; step < 20000; step++) {
        const int i = (int)(random_next(&seed) % MANY);
        const uint32_t what = random_next(&seed) % 16;
        if (what < 10) {
            m.at_ms[i] = now_ms + random_next(&seed) % 64;
            m.order[i] = order++;
            m.running[i] = true;
            start(&all[i], m.at_ms[i]);
        } else if (what < 14) {
            m.running[i] = false;
            runtime_timer_stop(&timers, &all[i].timer);
        } else {
            now_ms += random_next(&seed) % 8;
            if (!CHECK(fires_like_the_model(&m, now_ms))) {
                return;
            }
        }
        const int first = model_earliest(&m);
        if (!CHECK(runtime_timers_deadline(&timers) == (first < 0 ? NEVER_MS : m.at_ms[first]))) {
            return;
        }
    }
}

CHECK_MAIN(TEST(without_timers_the_deadline_is_never),
           TEST(timers_fire_earliest_first_and_not_before_their_time),
           TEST(timers_due_together_fire_in_the_order_they_were_started),
           TEST(the_order_survives_the_wrap_of_its_counter),
           TEST(a_running_timer_is_moved_not_doubled),
           TEST(a_stopped_timer_does_not_fire_and_stopping_twice_is_harmless),
           TEST(a_timer_that_restarts_itself_in_the_past_starves_nobody),
           TEST(a_timer_stopped_by_one_that_fires_at_the_same_time_stays_silent),
           TEST(any_sequence_fires_as_a_sorted_list_would))
