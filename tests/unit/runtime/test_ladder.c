/* SPDX-License-Identifier: MIT
 * Stories of a machine that starts again and again.
 */
#include "runtime/ladder.h"

#include <string.h>

#include "check.h"
#include "ladder_machine.h"

enum { MINUTE_MS = 60000, HEALTHY_MS = 5 * MINUTE_MS, CLIMB_MS = 60 * MINUTE_MS };

static struct {
    uint8_t record[RUNTIME_LADDER_RECORD_LEN];
    int load_result;
    int save_result;
    int saves;
} flash;

static struct runtime_ladder ladder;

static int load(void *context, uint8_t record[RUNTIME_LADDER_RECORD_LEN])
{
    (void)context;
    if (flash.load_result == E_OK) {
        memcpy(record, flash.record, sizeof flash.record);
    }
    return flash.load_result;
}

static int save(void *context, const uint8_t record[RUNTIME_LADDER_RECORD_LEN])
{
    (void)context;
    flash.saves++;
    if (flash.save_result == E_OK) {
        memcpy(flash.record, record, sizeof flash.record);
        flash.load_result = E_OK;
    }
    return flash.save_result;
}

static const struct runtime_ladder_config config = {.crashes_per_rung = 3,
                                                    .healthy_after_ms = HEALTHY_MS,
                                                    .climb_after_ms = CLIMB_MS,
                                                    .max_doublings = 4,
                                                    .store = {.load = load, .save = save}};

static enum runtime_rung boot(enum runtime_reset reset)
{
    return runtime_ladder_boot(&ladder, &config, reset, 0);
}

static void blank_flash(void)
{
    memset(&flash, 0, sizeof flash);
    flash.load_result = E_NOTFOUND;
    CHECK_EQ(boot(RUNTIME_RESET_POWER), RUNTIME_RUNG_NORMAL);
}

/* Runs until the next deadlines have passed up to `until_ms`; returns the events, one digit each.
 */
static unsigned run_until(uint64_t until_ms)
{
    unsigned events = 0;
    while (runtime_ladder_deadline(&ladder) <= until_ms) {
        runtime_ladder_tick(&ladder, runtime_ladder_deadline(&ladder));
        for (enum runtime_ladder_event e = runtime_ladder_event(&ladder); e != RUNTIME_LADDER_NONE;
             e = runtime_ladder_event(&ladder)) {
            events = events * 10 + (unsigned)e;
        }
    }
    return events;
}

static void a_crash_loop_goes_down_a_rung_every_three_crashes_to_safe_mode(void)
{
    static const enum runtime_rung expected[] = {
        RUNTIME_RUNG_NORMAL,           RUNTIME_RUNG_NORMAL,           RUNTIME_RUNG_PROFILE_OFF,
        RUNTIME_RUNG_PROFILE_OFF,      RUNTIME_RUNG_PROFILE_OFF,      RUNTIME_RUNG_LAST_GOOD_CONFIG,
        RUNTIME_RUNG_LAST_GOOD_CONFIG, RUNTIME_RUNG_LAST_GOOD_CONFIG, RUNTIME_RUNG_SAFE_MODE,
        RUNTIME_RUNG_SAFE_MODE,        RUNTIME_RUNG_SAFE_MODE,        RUNTIME_RUNG_SAFE_MODE};
    blank_flash();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CHECK_EQ(boot(i % 2 == 0 ? RUNTIME_RESET_WATCHDOG : RUNTIME_RESET_PANIC), expected[i]);
    }
    CHECK_EQ(runtime_ladder_counts(&ladder).crashes, 12);
    CHECK_EQ(runtime_ladder_counts(&ladder).boots, 13);
    CHECK_EQ(runtime_ladder_counts(&ladder).power_cuts, 0);
}

static void power_cuts_are_counted_but_cost_nothing(void)
{
    blank_flash();
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(boot(i % 2 == 0 ? RUNTIME_RESET_POWER : RUNTIME_RESET_BROWNOUT),
                 RUNTIME_RUNG_NORMAL);
    }
    CHECK_EQ(runtime_ladder_counts(&ladder).power_cuts, 20);
    CHECK_EQ(runtime_ladder_counts(&ladder).crashes, 0);
}

static void a_power_cut_between_crashes_does_not_hide_the_loop(void)
{
    blank_flash();
    boot(RUNTIME_RESET_PANIC);
    boot(RUNTIME_RESET_PANIC);
    CHECK_EQ(boot(RUNTIME_RESET_POWER), RUNTIME_RUNG_NORMAL);
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_PROFILE_OFF);
}

static void a_healthy_run_between_crashes_starts_the_count_again(void)
{
    blank_flash();
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_NORMAL);
        CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_NORMAL);
        CHECK_EQ(run_until(HEALTHY_MS), RUNTIME_LADDER_HEALTHY);
    }
    CHECK(runtime_ladder_deadline(&ladder) == NEVER_MS);
}

static void requested_restarts_are_nobodys_fault(void)
{
    blank_flash();
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(boot(RUNTIME_RESET_REQUESTED), RUNTIME_RUNG_NORMAL);
    }
    CHECK_EQ(runtime_ladder_counts(&ladder).crashes, 0);
}

static void an_unknown_reset_is_a_crash_only_after_an_unhealthy_run(void)
{
    blank_flash();
    run_until(HEALTHY_MS);
    CHECK_EQ(boot(RUNTIME_RESET_UNKNOWN), RUNTIME_RUNG_NORMAL);
    CHECK_EQ(runtime_ladder_counts(&ladder).crashes, 0);
    boot(RUNTIME_RESET_UNKNOWN);
    boot(RUNTIME_RESET_UNKNOWN);
    CHECK_EQ(boot(RUNTIME_RESET_UNKNOWN), RUNTIME_RUNG_PROFILE_OFF);
    CHECK_EQ(runtime_ladder_counts(&ladder).crashes, 3);
}

static void go_to_safe_mode(void)
{
    blank_flash();
    for (int i = 0; i < 9; i++) {
        boot(RUNTIME_RESET_PANIC);
    }
    CHECK_EQ(runtime_ladder_rung(&ladder), RUNTIME_RUNG_SAFE_MODE);
}

static void it_climbs_back_rung_by_rung_while_healthy(void)
{
    go_to_safe_mode();
    for (int rung = RUNTIME_RUNG_SAFE_MODE; rung > RUNTIME_RUNG_NORMAL; rung--) {
        CHECK_EQ(runtime_ladder_rung(&ladder), rung);
        CHECK_EQ(run_until(CLIMB_MS), RUNTIME_LADDER_HEALTHY * 10 + RUNTIME_LADDER_CLIMB);
        CHECK_EQ(runtime_ladder_rung(&ladder), rung); /* until it restarts */
        CHECK_EQ(boot(RUNTIME_RESET_REQUESTED), rung - 1);
    }
    CHECK_EQ(run_until(100 * CLIMB_MS), RUNTIME_LADDER_HEALTHY);
    /* And it is as patient as at first. */
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_NORMAL);
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_NORMAL);
}

static void a_try_that_crashes_goes_back_at_once_and_waits_twice_as_long(void)
{
    go_to_safe_mode();
    uint64_t wait_ms = CLIMB_MS;
    for (int i = 0; i < 7; i++) {
        CHECK_EQ(run_until(wait_ms - 1), RUNTIME_LADDER_HEALTHY);
        CHECK_EQ(runtime_ladder_deadline(&ladder), wait_ms);
        CHECK_EQ(run_until(wait_ms), RUNTIME_LADDER_CLIMB);
        CHECK_EQ(boot(RUNTIME_RESET_REQUESTED), RUNTIME_RUNG_LAST_GOOD_CONFIG);
        CHECK_EQ(boot(RUNTIME_RESET_WATCHDOG), RUNTIME_RUNG_SAFE_MODE);
        wait_ms = wait_ms < (uint64_t)CLIMB_MS << 4 ? 2 * wait_ms : wait_ms;
    }
}

static void a_power_cut_during_a_try_tries_again(void)
{
    go_to_safe_mode();
    run_until(CLIMB_MS);
    CHECK_EQ(boot(RUNTIME_RESET_POWER), RUNTIME_RUNG_LAST_GOOD_CONFIG);
    CHECK_EQ(boot(RUNTIME_RESET_POWER), RUNTIME_RUNG_LAST_GOOD_CONFIG);
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_SAFE_MODE); /* still a try */
}

static void a_try_that_becomes_healthy_gets_the_usual_patience(void)
{
    go_to_safe_mode();
    run_until(CLIMB_MS);
    boot(RUNTIME_RESET_REQUESTED);
    run_until(HEALTHY_MS);
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_LAST_GOOD_CONFIG);
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_LAST_GOOD_CONFIG);
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_SAFE_MODE);
}

static void a_person_can_send_it_back_to_normal(void)
{
    go_to_safe_mode();
    runtime_ladder_reset(&ladder);
    CHECK_EQ(runtime_ladder_rung(&ladder), RUNTIME_RUNG_SAFE_MODE);
    CHECK_EQ(run_until(100 * (uint64_t)CLIMB_MS), RUNTIME_LADDER_HEALTHY);
    CHECK_EQ(boot(RUNTIME_RESET_REQUESTED), RUNTIME_RUNG_NORMAL);
}

static void a_record_that_is_damaged_is_a_first_start(void)
{
    for (size_t i = 0; i < RUNTIME_LADDER_RECORD_LEN; i++) {
        go_to_safe_mode();
        flash.record[i] ^= 0x10;
        CHECK_EQ(boot(RUNTIME_RESET_POWER), RUNTIME_RUNG_NORMAL);
        CHECK_EQ(runtime_ladder_counts(&ladder).boots, 1);
    }
    go_to_safe_mode();
    flash.load_result = E_CORRUPT;
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_NORMAL);
}

static void flash_that_cannot_be_written_is_reported_and_survived(void)
{
    blank_flash();
    flash.save_result = E_IO;
    CHECK_EQ(boot(RUNTIME_RESET_PANIC), RUNTIME_RUNG_NORMAL);
    CHECK_EQ(runtime_ladder_counts(&ladder).saved, E_IO);
    CHECK_EQ(run_until(HEALTHY_MS), RUNTIME_LADDER_HEALTHY);
}

static void a_boot_writes_once_and_health_once(void)
{
    blank_flash();
    flash.saves = 0;
    boot(RUNTIME_RESET_POWER);
    CHECK_EQ(flash.saves, 1);
    run_until(10 * (uint64_t)CLIMB_MS);
    CHECK_EQ(flash.saves, 2);
}

static void rungs_and_resets_have_names(void)
{
    CHECK_STR(runtime_rung_name(RUNTIME_RUNG_SAFE_MODE), "safe mode");
    CHECK_STR(runtime_rung_name(RUNTIME_N_RUNGS), "unknown");
    static const char *const names[] = {"unknown",   "power",    "brown-out",
                                        "requested", "watchdog", "panic"};
    for (int reset = RUNTIME_RESET_UNKNOWN; reset <= RUNTIME_RESET_PANIC; reset++) {
        CHECK_STR(runtime_reset_name((enum runtime_reset)reset), names[reset]);
    }
    CHECK_STR(runtime_reset_name((enum runtime_reset)99), "unknown");
}

/* --- many boots at random, against the model --- */

static uint32_t seed = 20260621;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static enum runtime_rung rung_of(uint8_t state)
{
    static const enum runtime_rung rungs[LADDER_N_STATES] = {
        [LADDER_NORMAL] = RUNTIME_RUNG_NORMAL,
        [LADDER_TRY_NORMAL] = RUNTIME_RUNG_NORMAL,
        [LADDER_PROFILE_OFF] = RUNTIME_RUNG_PROFILE_OFF,
        [LADDER_TRY_PROFILE_OFF] = RUNTIME_RUNG_PROFILE_OFF,
        [LADDER_LAST_GOOD_CONFIG] = RUNTIME_RUNG_LAST_GOOD_CONFIG,
        [LADDER_TRY_LAST_GOOD_CONFIG] = RUNTIME_RUNG_LAST_GOOD_CONFIG,
        [LADDER_SAFE_MODE] = RUNTIME_RUNG_SAFE_MODE};
    return rungs[state];
}

static bool is_crash(enum runtime_reset reset, bool was_healthy)
{
    return reset == RUNTIME_RESET_WATCHDOG || reset == RUNTIME_RESET_PANIC ||
           (reset == RUNTIME_RESET_UNKNOWN && !was_healthy);
}

/* A run of `span_ms`, in both; whether it was healthy. */
static bool run_both(struct runtime_hsm *model_hsm, const struct ladder_model *model,
                     uint64_t span_ms)
{
    run_until(span_ms);
    if (span_ms < HEALTHY_MS) {
        return false;
    }
    runtime_hsm_dispatch(model_hsm, 0, LADDER_WELL, 0);
    if (span_ms >= (uint64_t)CLIMB_MS << model->doublings) {
        runtime_hsm_dispatch(model_hsm, 0, LADDER_WAITED, 0);
    }
    return true;
}

static void any_sequence_of_boots_follows_the_machine(void)
{
    static const uint64_t spans_ms[] = {1,        HEALTHY_MS - 1,         HEALTHY_MS,
                                        CLIMB_MS, 2 * (uint64_t)CLIMB_MS, 20 * (uint64_t)CLIMB_MS};
    unsigned at_rung[RUNTIME_N_RUNGS] = {0};
    for (int story = 0; story < 200; story++) {
        struct ladder_model model = {.crashes_per_rung = 3, .max_doublings = 4};
        struct runtime_hsm model_hsm;
        const struct runtime_hsm_config model_config = {.table = &ladder_machine,
                                                        .context = &model};
        runtime_hsm_init(&model_hsm, &model_config);
        runtime_hsm_start(&model_hsm, 0);
        blank_flash();
        for (int step = 0; step < 100; step++) {
            const uint64_t span_ms = spans_ms[below(below(3) == 0 ? 6 : 2)];
            const bool healthy = run_both(&model_hsm, &model, span_ms);
            const enum runtime_reset reset = (enum runtime_reset)below(RUNTIME_RESET_PANIC + 1);
            if (is_crash(reset, healthy)) {
                runtime_hsm_dispatch(&model_hsm, 0, LADDER_CRASH, 0);
            }
            const enum runtime_rung rung = boot(reset);
            at_rung[rung]++;
            if (!CHECK_EQ(rung, rung_of(runtime_hsm_leaf(&model_hsm)))) {
                return;
            }
        }
    }
    for (int rung = 0; rung < RUNTIME_N_RUNGS; rung++) {
        CHECK(at_rung[rung] > 100); /* the stories did go everywhere */
    }
}

CHECK_MAIN(TEST(a_crash_loop_goes_down_a_rung_every_three_crashes_to_safe_mode),
           TEST(power_cuts_are_counted_but_cost_nothing),
           TEST(a_power_cut_between_crashes_does_not_hide_the_loop),
           TEST(a_healthy_run_between_crashes_starts_the_count_again),
           TEST(requested_restarts_are_nobodys_fault),
           TEST(an_unknown_reset_is_a_crash_only_after_an_unhealthy_run),
           TEST(it_climbs_back_rung_by_rung_while_healthy),
           TEST(a_try_that_crashes_goes_back_at_once_and_waits_twice_as_long),
           TEST(a_power_cut_during_a_try_tries_again),
           TEST(a_try_that_becomes_healthy_gets_the_usual_patience),
           TEST(a_person_can_send_it_back_to_normal),
           TEST(a_record_that_is_damaged_is_a_first_start),
           TEST(flash_that_cannot_be_written_is_reported_and_survived),
           TEST(a_boot_writes_once_and_health_once), TEST(rungs_and_resets_have_names),
           TEST(any_sequence_of_boots_follows_the_machine))
