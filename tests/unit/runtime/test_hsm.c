/* SPDX-License-Identifier: MIT
 * A machine of a meter's link, small enough to follow on paper. The generated checks of the
 * semantics are in test_hsm_conformance.c.
 */
#include "runtime/hsm.h"

#include <string.h>

#include "check.h"
#include "runtime/trace_ids.h"

/* down; up { idle, busy { reading, sending } } */
enum state { DOWN, UP, IDLE, BUSY, READING, SENDING, N_STATES };
enum event { CONNECT, LOST, READ, SENT, RESTART, PING, TIMEOUT, RESET_BUSY, SKIP, N_EVENTS };

static const char *const events[N_EVENTS] = {"connect", "lost",    "read",       "sent", "restart",
                                             "ping",    "timeout", "reset_busy", "skip"};

struct link {
    struct runtime_hsm hsm;
    struct runtime_hsm_event queue[4];
    char log[256]; /* one letter an entry (lower case) or exit (upper case), 'a' an action */
    size_t log_len;
    bool wants_read;
    uint32_t pings;
};

static void note(void *context, char c)
{
    struct link *l = context;
    if (CHECK(l->log_len + 1 < sizeof l->log)) {
        l->log[l->log_len++] = c;
        l->log[l->log_len] = '\0';
    }
}

#define ENTRY_AND_EXIT(state, lower, upper)                                                        \
    static void enter_##state(void *context)                                                       \
    {                                                                                              \
        note(context, lower);                                                                      \
    }                                                                                              \
    static void exit_##state(void *context)                                                        \
    {                                                                                              \
        note(context, upper);                                                                      \
    }

ENTRY_AND_EXIT(down, 'd', 'D')
ENTRY_AND_EXIT(up, 'u', 'U')
ENTRY_AND_EXIT(busy, 'b', 'B')
ENTRY_AND_EXIT(reading, 'r', 'R')
ENTRY_AND_EXIT(sending, 's', 'S')

static void exit_idle(void *context)
{
    note(context, 'I');
}

static void enter_idle(void *context)
{
    struct link *l = context;
    note(context, 'i');
    if (l->wants_read) {
        l->wants_read = false;
        CHECK(runtime_hsm_post(&l->hsm, READ, 0));
    }
}

static void act(void *context, uint32_t arg)
{
    (void)arg;
    note(context, 'a');
}

static void count_ping(void *context, uint32_t arg)
{
    struct link *l = context;
    l->pings += arg;
}

static bool is_even(const void *context, uint32_t arg)
{
    (void)context;
    return arg % 2 == 0;
}

static const struct runtime_hsm_state states[N_STATES] = {
    [DOWN] = {.name = "down",
              .parent = RUNTIME_HSM_NONE,
              .initial = RUNTIME_HSM_NONE,
              .enter = enter_down,
              .exit = exit_down},
    [UP] = {.name = "up",
            .parent = RUNTIME_HSM_NONE,
            .initial = IDLE,
            .timeout_event = LOST,
            .timeout_ms = 60000,
            .enter = enter_up,
            .exit = exit_up},
    [IDLE] = {.name = "idle",
              .parent = UP,
              .initial = RUNTIME_HSM_NONE,
              .enter = enter_idle,
              .exit = exit_idle},
    [BUSY] = {.name = "busy",
              .parent = UP,
              .initial = READING,
              .timeout_event = TIMEOUT,
              .timeout_ms = 3000,
              .enter = enter_busy,
              .exit = exit_busy},
    [READING] = {.name = "reading",
                 .parent = BUSY,
                 .initial = RUNTIME_HSM_NONE,
                 .enter = enter_reading,
                 .exit = exit_reading},
    [SENDING] = {.name = "sending",
                 .parent = BUSY,
                 .initial = RUNTIME_HSM_NONE,
                 .enter = enter_sending,
                 .exit = exit_sending},
};

static const struct runtime_hsm_transition transitions[] = {
    {.state = DOWN, .event = CONNECT, .target = UP, .action = act},
    {.state = DOWN, .event = READ, .target = RUNTIME_HSM_DEFER},
    {.state = DOWN, .event = SENT, .target = RUNTIME_HSM_DEFER},
    {.state = UP, .event = LOST, .target = DOWN},
    {.state = UP, .event = RESTART, .target = UP, .action = act},
    {.state = UP, .event = PING, .target = RUNTIME_HSM_INTERNAL, .action = count_ping},
    {.state = UP, .event = SKIP, .target = SENDING, .local = true},
    {.state = IDLE, .event = READ, .target = BUSY, .guard = is_even, .note = "even"},
    {.state = BUSY, .event = TIMEOUT, .target = IDLE},
    {.state = BUSY, .event = RESET_BUSY, .target = BUSY},
    {.state = READING, .event = READ, .target = SENDING, .action = act},
    {.state = SENDING, .event = SENT, .target = IDLE},
    {.state = SENDING, .event = RESTART, .target = SENDING},
};

static const struct runtime_hsm_table table = {
    .name = "link",
    .states = states,
    .transitions = transitions,
    .events = events,
    .n_states = N_STATES,
    .n_events = N_EVENTS,
    .n_transitions = sizeof transitions / sizeof transitions[0],
    .initial = DOWN,
};

static struct link link_;

static void set_up(uint8_t queue_cap)
{
    memset(&link_, 0, sizeof link_);
    const struct runtime_hsm_config config = {
        .table = &table, .context = &link_, .queue = link_.queue, .queue_cap = queue_cap};
    runtime_hsm_init(&link_.hsm, &config);
    runtime_hsm_start(&link_.hsm, 1000);
}

/* The log since the last call. */
static const char *log_taken(void)
{
    static char taken[sizeof link_.log];
    memcpy(taken, link_.log, sizeof taken);
    link_.log_len = 0;
    link_.log[0] = '\0';
    return taken;
}

static enum runtime_hsm_result send(enum event event, uint32_t arg)
{
    return runtime_hsm_dispatch(&link_.hsm, link_.hsm.now_ms, (uint8_t)event, arg);
}

static void the_table_of_this_test_is_valid(void)
{
    CHECK_EQ(runtime_hsm_check(&table), E_OK);
}

static void the_start_enters_the_initial_state(void)
{
    set_up(4);
    CHECK_STR(log_taken(), "d");
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), DOWN);
    CHECK(runtime_hsm_in(&link_.hsm, DOWN));
    CHECK(!runtime_hsm_in(&link_.hsm, UP));
}

static void a_transition_exits_then_acts_then_enters_down_to_the_initial_leaf(void)
{
    set_up(4);
    log_taken();
    CHECK_EQ(send(CONNECT, 0), RUNTIME_HSM_TAKEN);
    CHECK_STR(log_taken(), "Daui");
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), IDLE);
    CHECK(runtime_hsm_in(&link_.hsm, UP));
    CHECK_EQ(send(READ, 2), RUNTIME_HSM_TAKEN);
    CHECK_STR(log_taken(), "Ibr");
    CHECK_EQ(send(LOST, 0), RUNTIME_HSM_TAKEN);
    CHECK_STR(log_taken(), "RBUd");
}

static void siblings_keep_their_common_parent(void)
{
    set_up(4);
    send(CONNECT, 0);
    send(READ, 0);
    log_taken();
    send(READ, 0);
    CHECK_STR(log_taken(), "Ras");
    send(SENT, 0);
    CHECK_STR(log_taken(), "SBi");
}

static void a_self_transition_of_a_leaf_leaves_and_enters_it(void)
{
    set_up(4);
    send(CONNECT, 0);
    send(SKIP, 0);
    log_taken();
    send(RESTART, 0);
    CHECK_STR(log_taken(), "Ss");
}

static void a_parents_self_transition_leaves_and_enters_the_parent_too(void)
{
    set_up(4);
    send(CONNECT, 0);
    send(READ, 0);
    log_taken();
    send(RESTART, 0);
    CHECK_STR(log_taken(), "RBUaui");
    send(READ, 0);
    send(READ, 0);
    log_taken();
    send(RESET_BUSY, 0);
    CHECK_STR(log_taken(), "SBbr");
}

static void a_local_transition_spares_its_own_state(void)
{
    set_up(4);
    send(CONNECT, 0);
    log_taken();
    CHECK_EQ(send(SKIP, 0), RUNTIME_HSM_TAKEN);
    CHECK_STR(log_taken(), "Ibs");
    CHECK_EQ(send(SKIP, 0), RUNTIME_HSM_TAKEN);
    CHECK_STR(log_taken(), "SBbs");
}

static void an_internal_transition_only_acts(void)
{
    set_up(4);
    send(CONNECT, 0);
    send(READ, 0);
    log_taken();
    CHECK_EQ(send(PING, 5), RUNTIME_HSM_TAKEN);
    CHECK_EQ(link_.pings, 5);
    CHECK_STR(log_taken(), "");
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), READING);
}

static void an_event_no_row_names_is_ignored_and_a_guard_can_refuse(void)
{
    set_up(4);
    CHECK_EQ(send(PING, 1), RUNTIME_HSM_IGNORED);
    send(CONNECT, 0);
    CHECK_EQ(send(READ, 1), RUNTIME_HSM_IGNORED);
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), IDLE);
}

static void deferred_events_come_back_in_order_after_the_state_changed(void)
{
    set_up(4);
    CHECK_EQ(send(READ, 2), RUNTIME_HSM_DEFERRED);
    CHECK_EQ(send(READ, 4), RUNTIME_HSM_DEFERRED);
    CHECK_EQ(send(SENT, 0), RUNTIME_HSM_DEFERRED);
    log_taken();
    CHECK_EQ(send(CONNECT, 0), RUNTIME_HSM_TAKEN);
    CHECK_STR(log_taken(), "DauiIbrRasSBi");
    CHECK_EQ(link_.hsm.n_queued, 0);
}

static void an_event_still_deferred_keeps_waiting(void)
{
    set_up(4);
    CHECK_EQ(send(READ, 1), RUNTIME_HSM_DEFERRED); /* odd: the guard will refuse it */
    send(CONNECT, 0);
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), IDLE);
    CHECK_EQ(link_.hsm.n_queued, 0);
}

static void a_full_queue_says_that_the_event_is_lost(void)
{
    set_up(1);
    CHECK_EQ(send(READ, 0), RUNTIME_HSM_DEFERRED);
    CHECK_EQ(send(READ, 2), RUNTIME_HSM_OVERFLOW);
    set_up(0);
    CHECK_EQ(send(READ, 0), RUNTIME_HSM_OVERFLOW);
}

static void what_an_entry_posts_runs_after_the_transition(void)
{
    set_up(4);
    link_.wants_read = true;
    log_taken();
    send(CONNECT, 0);
    CHECK_STR(log_taken(), "DauiIbr");
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), READING);
}

static void a_timeout_fires_once_and_dies_with_its_state(void)
{
    set_up(4);
    CHECK(runtime_hsm_deadline(&link_.hsm) == NEVER_MS);
    runtime_hsm_dispatch(&link_.hsm, 2000, CONNECT, 0);
    CHECK_EQ(runtime_hsm_deadline(&link_.hsm), 62000);
    runtime_hsm_dispatch(&link_.hsm, 5000, READ, 0);
    CHECK_EQ(runtime_hsm_deadline(&link_.hsm), 8000);
    runtime_hsm_tick(&link_.hsm, 7999);
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), READING);
    runtime_hsm_tick(&link_.hsm, 8000);
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), IDLE);
    CHECK_EQ(runtime_hsm_deadline(&link_.hsm), 62000);
    runtime_hsm_tick(&link_.hsm, 62000);
    CHECK_EQ(runtime_hsm_leaf(&link_.hsm), DOWN);
    CHECK(runtime_hsm_deadline(&link_.hsm) == NEVER_MS);
}

static void a_late_tick_fires_what_was_due_first_first(void)
{
    set_up(4);
    runtime_hsm_dispatch(&link_.hsm, 2000, CONNECT, 0);
    runtime_hsm_dispatch(&link_.hsm, 59000, READ, 0); /* busy until 62000, as up is */
    log_taken();
    runtime_hsm_tick(&link_.hsm, 90000);
    CHECK_STR(log_taken(), "RBiIUd"); /* equal times: the inner state first */
}

static void a_self_transition_restarts_the_timeout(void)
{
    set_up(4);
    runtime_hsm_dispatch(&link_.hsm, 2000, CONNECT, 0);
    runtime_hsm_dispatch(&link_.hsm, 3000, READ, 0);
    runtime_hsm_dispatch(&link_.hsm, 4000, RESET_BUSY, 0);
    CHECK_EQ(runtime_hsm_deadline(&link_.hsm), 7000);
    runtime_hsm_set_timeout(&link_.hsm, BUSY, 500);
    CHECK_EQ(runtime_hsm_deadline(&link_.hsm), 4500);
    runtime_hsm_set_timeout(&link_.hsm, BUSY, NEVER_MS);
    CHECK_EQ(runtime_hsm_deadline(&link_.hsm), 62000);
}

static struct trace_record traced[8];
static int n_traced;

static void keep_trace(void *context, const struct trace_record *record)
{
    (void)context;
    if (n_traced < 8) {
        traced[n_traced++] = *record;
    }
}

static void every_event_and_every_change_is_traced(void)
{
    memset(&link_, 0, sizeof link_);
    n_traced = 0;
    const struct runtime_hsm_config config = {
        .table = &table, .context = &link_, .instance = 7, .trace = {.emit = keep_trace}};
    runtime_hsm_init(&link_.hsm, &config);
    runtime_hsm_start(&link_.hsm, 10);
    runtime_hsm_dispatch(&link_.hsm, 20, PING, 0);
    runtime_hsm_dispatch(&link_.hsm, 30, CONNECT, 0);
    CHECK_EQ(n_traced, 4);
    CHECK_EQ(traced[0].id, RUNTIME_TRACE_HSM_STATE);
    CHECK_EQ(traced[0].a, RUNTIME_HSM_NONE);
    CHECK_EQ(traced[0].b, DOWN);
    CHECK_EQ(traced[1].id, RUNTIME_TRACE_HSM_EVENT);
    CHECK_EQ(traced[1].b, RUNTIME_HSM_IGNORED);
    CHECK_EQ(traced[2].time_ms, 30);
    CHECK_EQ(traced[2].instance, 7);
    CHECK_EQ(traced[2].a, DOWN);
    CHECK_EQ(traced[2].b, IDLE);
    CHECK_EQ(traced[3].a, CONNECT);
    CHECK_EQ(traced[3].b, RUNTIME_HSM_TAKEN);
}

static int check_with(uint8_t state, struct runtime_hsm_state changed)
{
    struct runtime_hsm_state copy[N_STATES];
    struct runtime_hsm_table broken = table;
    memcpy(copy, states, sizeof copy);
    copy[state] = changed;
    broken.states = copy;
    return runtime_hsm_check(&broken);
}

static void a_table_that_contradicts_itself_is_refused(void)
{
    struct runtime_hsm_state s = states[IDLE];
    s.parent = BUSY; /* comes after its child */
    CHECK_EQ(check_with(IDLE, s), E_ARG);
    s = states[UP];
    s.initial = READING; /* a grandchild */
    CHECK_EQ(check_with(UP, s), E_ARG);
    s.initial = RUNTIME_HSM_NONE; /* has children */
    CHECK_EQ(check_with(UP, s), E_ARG);
    s.initial = N_STATES;
    CHECK_EQ(check_with(UP, s), E_ARG);
    s = states[BUSY];
    s.timeout_event = N_EVENTS;
    CHECK_EQ(check_with(BUSY, s), E_ARG);
    struct runtime_hsm_table broken = table;
    broken.initial = IDLE; /* not a top state */
    CHECK_EQ(runtime_hsm_check(&broken), E_ARG);
    static const struct runtime_hsm_transition wrong[] = {
        {.state = N_STATES, .event = CONNECT, .target = UP},
        {.state = UP, .event = N_EVENTS, .target = UP},
        {.state = UP, .event = CONNECT, .target = N_STATES},
        {.state = BUSY, .event = CONNECT, .target = IDLE, .local = true},
        {.state = UP, .event = CONNECT, .target = UP, .local = true},
        {.state = UP, .event = CONNECT, .target = RUNTIME_HSM_DEFER, .local = true},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        broken = table;
        broken.transitions = &wrong[i];
        broken.n_transitions = 1;
        CHECK_EQ(runtime_hsm_check(&broken), E_ARG);
    }
}

/* What the check says of `depth` states, each inside the one before. */
static int check_nested(uint8_t depth)
{
    struct runtime_hsm_state deep[RUNTIME_HSM_MAX_DEPTH + 1];
    for (uint8_t i = 0; i < depth; i++) {
        deep[i] = (struct runtime_hsm_state){
            .name = "s",
            .parent = i == 0 ? (uint8_t)RUNTIME_HSM_NONE : (uint8_t)(i - 1),
            .initial = i + 1 == depth ? (uint8_t)RUNTIME_HSM_NONE : (uint8_t)(i + 1)};
    }
    const struct runtime_hsm_table nested = {.states = deep, .n_states = depth};
    return runtime_hsm_check(&nested);
}

static void states_nest_to_the_limit_and_no_deeper(void)
{
    CHECK_EQ(check_nested(RUNTIME_HSM_MAX_DEPTH), E_OK);
    CHECK_EQ(check_nested(RUNTIME_HSM_MAX_DEPTH + 1), E_ARG);
}

static void the_diagram_shows_nesting_and_every_row(void)
{
    char text[2048];
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    runtime_hsm_write_diagram(&table, &out);
    text[wbuf_len(&out)] = '\0';
    CHECK_STR(text, "stateDiagram-v2\n"
                    "    [*] --> down\n"
                    "    down\n"
                    "    state up {\n"
                    "        [*] --> idle\n"
                    "        idle\n"
                    "        state busy {\n"
                    "            [*] --> reading\n"
                    "            reading\n"
                    "            sending\n"
                    "        }\n"
                    "    }\n"
                    "    down --> up : connect\n"
                    "    note right of down : defers read\n"
                    "    note right of down : defers sent\n"
                    "    up --> down : lost after 60000 ms\n"
                    "    up --> up : restart\n"
                    "    note right of up : stays on ping\n"
                    "    up --> sending : skip\n"
                    "    idle --> busy : read [even]\n"
                    "    busy --> idle : timeout after 3000 ms\n"
                    "    busy --> busy : reset_busy\n"
                    "    reading --> sending : read\n"
                    "    sending --> idle : sent\n"
                    "    sending --> sending : restart\n");
    out = wbuf_of(text, 100);
    runtime_hsm_write_diagram(&table, &out);
    CHECK(!wbuf_ok(&out));
}

CHECK_MAIN(
    TEST(the_table_of_this_test_is_valid), TEST(the_start_enters_the_initial_state),
    TEST(a_transition_exits_then_acts_then_enters_down_to_the_initial_leaf),
    TEST(siblings_keep_their_common_parent), TEST(a_self_transition_of_a_leaf_leaves_and_enters_it),
    TEST(a_parents_self_transition_leaves_and_enters_the_parent_too),
    TEST(a_local_transition_spares_its_own_state), TEST(an_internal_transition_only_acts),
    TEST(an_event_no_row_names_is_ignored_and_a_guard_can_refuse),
    TEST(deferred_events_come_back_in_order_after_the_state_changed),
    TEST(an_event_still_deferred_keeps_waiting), TEST(a_full_queue_says_that_the_event_is_lost),
    TEST(what_an_entry_posts_runs_after_the_transition),
    TEST(a_timeout_fires_once_and_dies_with_its_state),
    TEST(a_late_tick_fires_what_was_due_first_first), TEST(a_self_transition_restarts_the_timeout),
    TEST(every_event_and_every_change_is_traced), TEST(a_table_that_contradicts_itself_is_refused),
    TEST(states_nest_to_the_limit_and_no_deeper), TEST(the_diagram_shows_nesting_and_every_row))
