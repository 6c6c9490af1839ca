/* bench: runtime port_posix uv ev */
/* SPDX-License-Identifier: MIT
 * Timers: restarting one of N live ones, and firing all of N, against libuv and libev (Debian's, as
 * their programs use them) and a sorted list. All see the same random deadlines. Sides run in
 * turns, the best round of each counts; a ratio above 1 means that the other needs more time.
 */
#include <ev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "runtime/timer.h"

enum { MAX_LIVE = 100000, N_RESTARTS = 200000, ROUNDS = 5, SPAN_MS = 600000 };

static struct {
    uint32_t which[N_RESTARTS]; /* timer to restart, before modulo */
    uint32_t after_ms[N_RESTARTS];
    struct runtime_timers timers;
    struct runtime_timer own[MAX_LIVE];
    struct runtime_timer *slots[MAX_LIVE];
    uv_loop_t uv;
    uv_timer_t of_uv[MAX_LIVE];
    struct ev_loop *ev;
    ev_timer of_ev[MAX_LIVE];
    uint64_t n_fired;
} bench;

/* The plainest way: a doubly linked list, sorted by time. */
struct listed {
    struct listed *next;
    struct listed *previous;
    uint64_t at_ms;
};
static struct listed list[MAX_LIVE];
static struct listed list_head;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void make_deadlines(void)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < N_RESTARTS; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bench.which[i] = (uint32_t)(state >> 32);
        bench.after_ms[i] = 1 + (uint32_t)state % SPAN_MS;
    }
}

/* --- ours --- */
static void own_fired(void *context, uint64_t now_ms)
{
    (void)context;
    (void)now_ms;
    bench.n_fired++;
}
static void own_start(uint32_t n)
{
    runtime_timers_init(&bench.timers, bench.slots, MAX_LIVE);
    for (uint32_t i = 0; i < n; i++) {
        bench.own[i] = (struct runtime_timer){.fire = own_fired};
        runtime_timer_start(&bench.timers, &bench.own[i], bench.after_ms[i]);
    }
}
static void own_restart(uint32_t n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        runtime_timer_start(&bench.timers, &bench.own[bench.which[i] % n], bench.after_ms[i]);
    }
}
static void own_fire(void)
{
    runtime_timers_fire(&bench.timers, SPAN_MS + 1);
}
static void own_stop(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        runtime_timer_stop(&bench.timers, &bench.own[i]);
    }
}

/* --- libuv --- */
static void uv_fired(uv_timer_t *timer)
{
    (void)timer;
    bench.n_fired++;
}
static void uv_start_all(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uv_timer_start(&bench.of_uv[i], uv_fired, bench.after_ms[i], 0);
    }
}
static void uv_restart(uint32_t n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uv_timer_start(&bench.of_uv[bench.which[i] % n], uv_fired, bench.after_ms[i], 0);
    }
}
static void uv_stop_all(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uv_timer_stop(&bench.of_uv[i]);
    }
}

/* --- libev --- */
static void ev_fired(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
    bench.n_fired++;
}
static void ev_start_all(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ev_timer_init(&bench.of_ev[i], ev_fired, 0., bench.after_ms[i] / 1000.);
        ev_timer_again(bench.ev, &bench.of_ev[i]);
    }
}
static void ev_restart(uint32_t n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ev_timer *timer = &bench.of_ev[bench.which[i] % n];
        timer->repeat = bench.after_ms[i] / 1000.;
        ev_timer_again(bench.ev, timer);
    }
}
static void ev_stop_all(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ev_timer_stop(bench.ev, &bench.of_ev[i]);
    }
}

/* --- sorted list --- */
static void list_insert(struct listed *timer, uint64_t at_ms)
{
    struct listed *before = &list_head;
    while (before->next != &list_head && before->next->at_ms <= at_ms) {
        before = before->next;
    }
    timer->at_ms = at_ms;
    timer->next = before->next;
    timer->previous = before;
    before->next->previous = timer;
    before->next = timer;
}
static void list_start(uint32_t n)
{
    list_head.next = &list_head;
    list_head.previous = &list_head;
    for (uint32_t i = 0; i < n; i++) {
        list_insert(&list[i], bench.after_ms[i]);
    }
}
static void list_restart(uint32_t n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct listed *timer = &list[bench.which[i] % n];
        timer->previous->next = timer->next;
        timer->next->previous = timer->previous;
        list_insert(timer, bench.after_ms[i]);
    }
}
static void list_stop(uint32_t n)
{
    (void)n;
}

struct side {
    const char *name;
    void (*start)(uint32_t n);
    void (*restart)(uint32_t n, uint32_t count);
    void (*stop)(uint32_t n);
    uint32_t max_live;
    uint32_t count;
};

static const struct side sides[] = {
    {"wattward", own_start, own_restart, own_stop, MAX_LIVE, N_RESTARTS},
    {"libuv", uv_start_all, uv_restart, uv_stop_all, MAX_LIVE, N_RESTARTS},
    {"libev", ev_start_all, ev_restart, ev_stop_all, MAX_LIVE, N_RESTARTS},
    {"sorted list", list_start, list_restart, list_stop, 1000, 20000},
};
enum { N_SIDES = sizeof sides / sizeof sides[0] };

static void compare_restarts(uint32_t n)
{
    double best_ns[N_SIDES];
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N_SIDES; i++) {
            const struct side *side = &sides[i];
            if (n > side->max_live) {
                continue;
            }
            side->start(n);
            const double began_ns = now_ns();
            side->restart(n, side->count);
            const double each_ns = (now_ns() - began_ns) / side->count;
            side->stop(n);
            if (round == 0 || each_ns < best_ns[i]) {
                best_ns[i] = each_ns;
            }
        }
    }
    printf("restart, %6u live:", n);
    for (size_t i = 0; i < N_SIDES; i++) {
        if (n <= sides[i].max_live) {
            printf("  %s %.0f ns (%.1f M/s, ratio %.1f)", sides[i].name, best_ns[i],
                   1e3 / best_ns[i], best_ns[i] / best_ns[0]);
        }
    }
    printf("\n");
}

/* Firing needs the loops of the others to see time pass, so only ours is timed. */
static void time_firing(uint32_t n)
{
    double best_ns = 0;
    for (int round = 0; round < ROUNDS; round++) {
        own_start(n);
        const double began_ns = now_ns();
        own_fire();
        const double each_ns = (now_ns() - began_ns) / n;
        if (round == 0 || each_ns < best_ns) {
            best_ns = each_ns;
        }
    }
    printf("fire all, %5u live:  wattward %.0f ns each (%.1f M/s)\n", n, best_ns, 1e3 / best_ns);
}

int main(void)
{
    static const uint32_t live[] = {64, 1000, MAX_LIVE};
    make_deadlines();
    uv_loop_init(&bench.uv);
    bench.ev = ev_loop_new(0);
    for (uint32_t i = 0; i < MAX_LIVE; i++) {
        uv_timer_init(&bench.uv, &bench.of_uv[i]);
    }
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++) {
        compare_restarts(live[i]);
    }
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++) {
        time_firing(live[i]);
    }
    printf("one timer takes %zu bytes here, libuv's %zu, libev's %zu\n", sizeof bench.own[0],
           sizeof bench.of_uv[0], sizeof bench.of_ev[0]);
    return bench.n_fired == 0 ? 1 : 0;
}
