/* SPDX-License-Identifier: MIT
 * Every (leaf, event) pair of generated machines against a second statement of the semantics,
 * written with sets of states (bits) instead of a stack: what is left, acted and entered, and in
 * which order.
 */
#include "runtime/hsm.h"

#include <string.h>

#include "check.h"

enum { MAX_STATES = 12, N_EVENTS = 5, N_ROWS = 30, QUEUE = 8, LOG = 512, MACHINES = 300 };

/* Both sides write what happens as numbers: +1+state entered, -1-state left, 1000+row acted. */
struct log {
    int16_t steps[LOG];
    int n;
};

struct machine {
    struct runtime_hsm_state states[MAX_STATES];
    struct runtime_hsm_transition rows[N_ROWS];
    struct runtime_hsm_table table;
    struct runtime_hsm hsm;
    struct runtime_hsm_event queue[QUEUE];
    struct log log;
};

static struct machine machine;

static void put(struct log *log, int step)
{
    if (CHECK(log->n < LOG)) {
        log->steps[log->n++] = (int16_t)step;
    }
}

/* The table's functions have no state as an argument: one function for each. */
#define FUNCTIONS(i)                                                                               \
    static void enter_##i(void *context)                                                           \
    {                                                                                              \
        put(&((struct machine *)context)->log, 1 + (i));                                           \
    }                                                                                              \
    static void exit_##i(void *context)                                                            \
    {                                                                                              \
        put(&((struct machine *)context)->log, -1 - (i));                                          \
    }
FUNCTIONS(0)
FUNCTIONS(1)
FUNCTIONS(2)
FUNCTIONS(3)
FUNCTIONS(4)
FUNCTIONS(5)
FUNCTIONS(6)
FUNCTIONS(7)
FUNCTIONS(8)
FUNCTIONS(9)
FUNCTIONS(10)
FUNCTIONS(11)

static void (*const enters[MAX_STATES])(void *) = {enter_0, enter_1, enter_2,  enter_3,
                                                   enter_4, enter_5, enter_6,  enter_7,
                                                   enter_8, enter_9, enter_10, enter_11};
static void (*const exits[MAX_STATES])(void *) = {exit_0, exit_1, exit_2, exit_3, exit_4,  exit_5,
                                                  exit_6, exit_7, exit_8, exit_9, exit_10, exit_11};

static void act(void *context, uint32_t arg)
{
    put(&((struct machine *)context)->log, 1000 + (int)arg);
}

static uint32_t seed;

static uint8_t below(unsigned n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint8_t)((seed >> 10) % n);
}

/* --- the second statement of the semantics --- */

static uint32_t with_parents(uint8_t state)
{
    uint32_t set = 0;
    for (; state != RUNTIME_HSM_NONE; state = machine.states[state].parent) {
        set |= 1u << state;
    }
    return set;
}

static const struct runtime_hsm_transition *deciding_row(uint8_t leaf, uint8_t event)
{
    const struct runtime_hsm_transition *best = NULL;
    for (int i = N_ROWS - 1; i >= 0;
         i--) { /* parents have smaller numbers: the largest is innermost */
        const struct runtime_hsm_transition *row = &machine.rows[i];
        if (row->event == event && (with_parents(leaf) >> row->state & 1) != 0 &&
            (best == NULL || row->state >= best->state)) {
            best = row;
        }
    }
    return best;
}

/* Appends what the row does from `leaf` and returns the new leaf. */
static uint8_t expect_row(struct log *log, uint8_t leaf, const struct runtime_hsm_transition *row,
                          uint32_t arg)
{
    if (row->target == RUNTIME_HSM_INTERNAL) {
        put(log, 1000 + (int)arg);
        return leaf;
    }
    uint32_t kept = with_parents(row->state) & with_parents(row->target);
    kept &= ~(1u << row->target);
    kept &= row->local ? ~0u : ~(1u << row->state);
    for (int s = MAX_STATES - 1; s >= 0; s--) {
        if (((with_parents(leaf) & ~kept) >> s & 1) != 0) {
            put(log, -1 - s);
        }
    }
    put(log, 1000 + (int)arg);
    uint8_t next = row->target;
    while (machine.states[next].initial != RUNTIME_HSM_NONE) {
        next = machine.states[next].initial;
    }
    for (int s = 0; s < MAX_STATES; s++) {
        if (((with_parents(next) & ~kept) >> s & 1) != 0) {
            put(log, 1 + s);
        }
    }
    return next;
}

/* --- random machines --- */

static void make_states(uint8_t n)
{
    for (uint8_t s = 0; s < n; s++) {
        uint8_t parent = s == 0 || below(4) == 0 ? (uint8_t)RUNTIME_HSM_NONE : below(s);
        uint8_t depth = 1;
        for (uint8_t p = parent; p != RUNTIME_HSM_NONE; p = machine.states[p].parent) {
            depth++;
        }
        if (depth > RUNTIME_HSM_MAX_DEPTH) {
            parent = RUNTIME_HSM_NONE;
        }
        machine.states[s] = (struct runtime_hsm_state){.name = "s",
                                                       .parent = parent,
                                                       .initial = RUNTIME_HSM_NONE,
                                                       .enter = enters[s],
                                                       .exit = exits[s]};
        if (parent != RUNTIME_HSM_NONE &&
            (machine.states[parent].initial == RUNTIME_HSM_NONE || below(2) == 0)) {
            machine.states[parent].initial = s;
        }
    }
}

static void make_rows(uint8_t n_states, bool defers)
{
    for (int i = 0; i < N_ROWS; i++) {
        struct runtime_hsm_transition *row = &machine.rows[i];
        *row = (struct runtime_hsm_transition){.state = below(n_states),
                                               .event = below(N_EVENTS),
                                               .target = below(n_states),
                                               .action = act};
        const unsigned kind = below(8);
        if (kind == 0) {
            row->target = RUNTIME_HSM_INTERNAL;
        } else if (kind == 1 && defers) {
            row->target = RUNTIME_HSM_DEFER;
        } else {
            row->local = row->target != row->state &&
                         (with_parents(row->target) >> row->state & 1) != 0 && below(2) == 0;
        }
    }
}

static void make_machine(bool defers)
{
    static const char *const names[N_EVENTS] = {"a", "b", "c", "d", "e"};
    const uint8_t n = (uint8_t)(1 + below(MAX_STATES));
    make_states(n);
    make_rows(n, defers);
    machine.table = (struct runtime_hsm_table){.name = "generated",
                                               .states = machine.states,
                                               .transitions = machine.rows,
                                               .events = names,
                                               .n_states = n,
                                               .n_events = N_EVENTS,
                                               .n_transitions = N_ROWS,
                                               .initial = 0};
    const struct runtime_hsm_config config = {
        .table = &machine.table, .context = &machine, .queue = machine.queue, .queue_cap = QUEUE};
    runtime_hsm_init(&machine.hsm, &config);
    machine.log.n = 0;
    runtime_hsm_start(&machine.hsm, 0);
}

static bool same(const struct log *a, const struct log *b)
{
    return CHECK_EQ(a->n, b->n) && CHECK_BYTES(a->steps, (size_t)a->n * sizeof a->steps[0],
                                               b->steps, (size_t)b->n * sizeof b->steps[0]);
}

static uint8_t first_leaf(void)
{
    uint8_t leaf = 0;
    while (machine.states[leaf].initial != RUNTIME_HSM_NONE) {
        leaf = machine.states[leaf].initial;
    }
    return leaf;
}

/* Puts the machine into any leaf at all, also those no row leads to. */
static void place_in(uint8_t leaf)
{
    machine.hsm.depth = 0;
    for (uint8_t s = 0; s < MAX_STATES; s++) {
        if ((with_parents(leaf) >> s & 1) != 0) {
            machine.hsm.chain[machine.hsm.depth++] = s;
        }
    }
}

static void every_pair_of_leaf_and_event_does_what_the_semantics_say(void)
{
    static struct log expected;
    unsigned taken = 0;
    unsigned ignored = 0;
    seed = 1;
    for (int i = 0; i < MACHINES; i++) {
        make_machine(false);
        for (uint8_t pair = 0; pair < machine.table.n_states * N_EVENTS; pair++) {
            uint8_t leaf = pair / N_EVENTS;
            const uint8_t event = pair % N_EVENTS;
            if (machine.states[leaf].initial != RUNTIME_HSM_NONE) {
                continue;
            }
            place_in(leaf);
            machine.log.n = 0;
            expected.n = 0;
            const struct runtime_hsm_transition *row = deciding_row(leaf, event);
            const enum runtime_hsm_result result =
                runtime_hsm_dispatch(&machine.hsm, 0, event, pair);
            if (row == NULL) {
                ignored++;
                CHECK_EQ(result, RUNTIME_HSM_IGNORED);
            } else {
                taken++;
                CHECK_EQ(result, RUNTIME_HSM_TAKEN);
                leaf = expect_row(&expected, leaf, row, pair);
            }
            if (!same(&machine.log, &expected) || !CHECK_EQ(runtime_hsm_leaf(&machine.hsm), leaf)) {
                return;
            }
        }
    }
    CHECK(taken > 1000 && ignored > 100); /* the generator did produce both */
}

/* The waiting events of the second statement: a list, from which each change of state retries all.
 */
struct waiting {
    uint8_t events[QUEUE];
    uint32_t args[QUEUE];
    int n;
};

/* Runs one event; returns whether the leaf's set was left, which recalls. */
static bool expect_event(struct log *log, uint8_t *leaf, struct waiting *w, int idx, uint8_t event,
                         uint32_t arg)
{
    const struct runtime_hsm_transition *row = deciding_row(*leaf, event);
    if (row != NULL && row->target == RUNTIME_HSM_DEFER) {
        if (idx < 0 && w->n < QUEUE) {
            w->events[w->n] = event;
            w->args[w->n++] = arg;
        }
        return false;
    }
    if (idx >= 0) {
        w->n--;
        memmove(&w->events[idx], &w->events[idx + 1], (size_t)(w->n - idx));
        memmove(&w->args[idx], &w->args[idx + 1], (size_t)(w->n - idx) * sizeof w->args[0]);
    }
    if (row == NULL) {
        return false;
    }
    *leaf = expect_row(log, *leaf, row, arg);
    return row->target != RUNTIME_HSM_INTERNAL;
}

static void expect_dispatch(struct log *log, uint8_t *leaf, struct waiting *w, uint8_t event,
                            uint32_t arg)
{
    bool changed = expect_event(log, leaf, w, -1, event, arg);
    for (int i = changed ? 0 : w->n; i < w->n;) {
        const int before = w->n;
        changed = expect_event(log, leaf, w, i, w->events[i], w->args[i]);
        i = changed ? 0 : i + (w->n == before ? 1 : 0);
    }
}

static void random_stories_with_deferred_events_run_as_the_semantics_say(void)
{
    static struct log expected;
    static struct waiting waiting;
    unsigned deferred = 0;
    seed = 2;
    for (int i = 0; i < MACHINES; i++) {
        make_machine(true);
        uint8_t leaf = first_leaf();
        waiting.n = 0;
        CHECK_EQ(runtime_hsm_leaf(&machine.hsm), leaf);
        for (uint32_t step = 0; step < 60; step++) {
            const uint8_t event = below(N_EVENTS);
            machine.log.n = 0;
            expected.n = 0;
            deferred +=
                runtime_hsm_dispatch(&machine.hsm, step, event, step) == RUNTIME_HSM_DEFERRED ? 1
                                                                                              : 0;
            expect_dispatch(&expected, &leaf, &waiting, event, step);
            if (!same(&machine.log, &expected) || !CHECK_EQ(runtime_hsm_leaf(&machine.hsm), leaf) ||
                !CHECK_EQ(machine.hsm.n_queued, waiting.n)) {
                return;
            }
        }
    }
    CHECK(deferred > 300);
}

CHECK_MAIN(TEST(every_pair_of_leaf_and_event_does_what_the_semantics_say),
           TEST(random_stories_with_deferred_events_run_as_the_semantics_say))
