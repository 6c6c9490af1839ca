/* SPDX-License-Identifier: MIT
 * The boot ladder as a state machine, over many boots: the model the ladder is tested against, and
 * the diagram in lib/runtime/README.md (scripts/gen_machines.sh).
 */
#ifndef TESTS_LADDER_MACHINE_H
#define TESTS_LADDER_MACHINE_H

#include "runtime/hsm.h"

/* The context: what the guard needs. */
struct ladder_model {
    uint32_t crashes_per_rung;
    uint32_t crashes_in_row;
    uint32_t doublings;
    uint32_t max_doublings;
};

enum ladder_state {
    LADDER_NORMAL,
    LADDER_TRY_NORMAL,
    LADDER_PROFILE_OFF,
    LADDER_TRY_PROFILE_OFF,
    LADDER_LAST_GOOD_CONFIG,
    LADDER_TRY_LAST_GOOD_CONFIG,
    LADDER_SAFE_MODE,
    LADDER_N_STATES
};

enum ladder_model_event { LADDER_CRASH, LADDER_WELL, LADDER_WAITED, LADDER_N_EVENTS };

static bool ladder_last_crash(const void *context, uint32_t arg)
{
    const struct ladder_model *model = context;
    (void)arg;
    return model->crashes_in_row + 1 >= model->crashes_per_rung;
}

static void ladder_count(void *context, uint32_t arg)
{
    struct ladder_model *model = context;
    (void)arg;
    model->crashes_in_row++;
}

static void ladder_forgive(void *context, uint32_t arg)
{
    struct ladder_model *model = context;
    (void)arg;
    model->crashes_in_row = 0;
}

static void ladder_forget(void *context, uint32_t arg)
{
    struct ladder_model *model = context;
    ladder_forgive(context, arg);
    model->doublings = 0;
}

static void ladder_wait_longer(void *context, uint32_t arg)
{
    struct ladder_model *model = context;
    ladder_forgive(context, arg);
    model->doublings += model->doublings < model->max_doublings ? 1 : 0;
}

#define LADDER_STATE(text)                                                                         \
    {                                                                                              \
        .name = text, .parent = RUNTIME_HSM_NONE, .initial = RUNTIME_HSM_NONE                      \
    }

static const struct runtime_hsm_state ladder_states[LADDER_N_STATES] = {
    [LADDER_NORMAL] = LADDER_STATE("normal"),
    [LADDER_TRY_NORMAL] = LADDER_STATE("try_normal"),
    [LADDER_PROFILE_OFF] = LADDER_STATE("profile_off"),
    [LADDER_TRY_PROFILE_OFF] = LADDER_STATE("try_profile_off"),
    [LADDER_LAST_GOOD_CONFIG] = LADDER_STATE("last_good_config"),
    [LADDER_TRY_LAST_GOOD_CONFIG] = LADDER_STATE("try_last_good_config"),
    [LADDER_SAFE_MODE] = LADDER_STATE("safe_mode"),
};

static const char *const ladder_events[LADDER_N_EVENTS] = {"crash", "healthy", "healthy for long"};

#define LADDER_DOWN(from, to)                                                                      \
    {                                                                                              \
        .state = from, .event = LADDER_CRASH, .target = to, .guard = ladder_last_crash,            \
        .action = ladder_forgive, .note = "the third in a row"                                     \
    }
#define LADDER_BACK(from, to)                                                                      \
    {                                                                                              \
        .state = from, .event = LADDER_CRASH, .target = to, .action = ladder_wait_longer           \
    }
#define LADDER_COUNT(in)                                                                           \
    {                                                                                              \
        .state = in, .event = LADDER_CRASH, .target = RUNTIME_HSM_INTERNAL, .action = ladder_count \
    }
#define LADDER_KEEP(from, to, what)                                                                \
    {                                                                                              \
        .state = from, .event = LADDER_WELL, .target = to, .action = what                          \
    }
#define LADDER_CLIMB(from, to)                                                                     \
    {                                                                                              \
        .state = from, .event = LADDER_WAITED, .target = to                                        \
    }

static const struct runtime_hsm_transition ladder_rows[] = {
    LADDER_DOWN(LADDER_NORMAL, LADDER_PROFILE_OFF),
    LADDER_DOWN(LADDER_PROFILE_OFF, LADDER_LAST_GOOD_CONFIG),
    LADDER_DOWN(LADDER_LAST_GOOD_CONFIG, LADDER_SAFE_MODE),
    LADDER_COUNT(LADDER_NORMAL),
    LADDER_COUNT(LADDER_PROFILE_OFF),
    LADDER_COUNT(LADDER_LAST_GOOD_CONFIG),
    LADDER_CLIMB(LADDER_SAFE_MODE, LADDER_TRY_LAST_GOOD_CONFIG),
    LADDER_CLIMB(LADDER_LAST_GOOD_CONFIG, LADDER_TRY_PROFILE_OFF),
    LADDER_CLIMB(LADDER_PROFILE_OFF, LADDER_TRY_NORMAL),
    LADDER_BACK(LADDER_TRY_LAST_GOOD_CONFIG, LADDER_SAFE_MODE),
    LADDER_BACK(LADDER_TRY_PROFILE_OFF, LADDER_LAST_GOOD_CONFIG),
    LADDER_BACK(LADDER_TRY_NORMAL, LADDER_PROFILE_OFF),
    LADDER_KEEP(LADDER_TRY_LAST_GOOD_CONFIG, LADDER_LAST_GOOD_CONFIG, ladder_forgive),
    LADDER_KEEP(LADDER_TRY_PROFILE_OFF, LADDER_PROFILE_OFF, ladder_forgive),
    LADDER_KEEP(LADDER_TRY_NORMAL, LADDER_NORMAL, ladder_forget),
    LADDER_KEEP(LADDER_NORMAL, RUNTIME_HSM_INTERNAL, ladder_forget),
    LADDER_KEEP(LADDER_PROFILE_OFF, RUNTIME_HSM_INTERNAL, ladder_forgive),
    LADDER_KEEP(LADDER_LAST_GOOD_CONFIG, RUNTIME_HSM_INTERNAL, ladder_forgive),
};

static const struct runtime_hsm_table ladder_machine = {
    .name = "boot ladder",
    .states = ladder_states,
    .transitions = ladder_rows,
    .events = ladder_events,
    .n_states = LADDER_N_STATES,
    .n_events = LADDER_N_EVENTS,
    .n_transitions = sizeof ladder_rows / sizeof ladder_rows[0],
    .initial = LADDER_NORMAL,
};

#endif
