/* SPDX-License-Identifier: MIT
 * What a plug says on its pilot, alone.
 */
#include "app/evse_pilot.h"

#include "check.h"

enum { SILENT_MS = 60000 };

static struct evse_pilot pilot;
static uint64_t now_ms;

static void start(int32_t max_ma, uint32_t silent_ms)
{
    now_ms = 1000;
    evse_pilot_init(&pilot, now_ms,
                    &(struct evse_pilot_config){.max_ma = max_ma, .silent_ms = silent_ms});
}

static void run(enum v2g_cp cp, uint32_t ms)
{
    for (uint32_t at = 0; at < ms; at += 20) {
        evse_pilot_tick(&pilot, now_ms += 20, cp);
    }
}

static void end_a_session(enum v2g_secc_end end)
{
    run(V2G_CP_B, 100);
    evse_pilot_connected(&pilot, now_ms);
    run(V2G_CP_B, 100);
    evse_pilot_disconnected(&pilot, now_ms, end);
}

static void offer(void)
{
    start(32000, SILENT_MS);
    end_a_session(V2G_SECC_SOC_READ);
    run(V2G_CP_B, EVSE_PILOT_STEP_MS + 20);
    CHECK_EQ(pilot.state, EVSE_PILOT_PWM);
}

static void a_plug_is_steady_until_a_car_comes_and_then_digital(void)
{
    start(32000, SILENT_MS);
    run(V2G_CP_A, 1000);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STEADY);
    run(V2G_CP_E, 1000);
    CHECK_EQ(pilot.state, EVSE_PILOT_FREE);
    run(V2G_CP_B, 40);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    run(V2G_CP_A, 20);
    CHECK_EQ(pilot.state, EVSE_PILOT_DIGITAL); /* a measurement of before, for all we know */
    run(V2G_CP_A, EVSE_PILOT_SETTLE_MS);
    CHECK_EQ(pilot.state, EVSE_PILOT_FREE);
}

static void a_car_that_never_speaks_is_offered_a_current(void)
{
    start(32000, SILENT_MS);
    run(V2G_CP_B, SILENT_MS);
    CHECK_EQ(pilot.state, EVSE_PILOT_DIGITAL);
    run(V2G_CP_B, 40);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STEADY); /* not from one offer to another */
    run(V2G_CP_B, EVSE_PILOT_STEP_MS - 40);
    CHECK_EQ(pilot.state, EVSE_PILOT_STEPPING);
    run(V2G_CP_B, 40);
    CHECK_EQ(evse_pilot_duty(&pilot), 533);
    CHECK(evse_pilot_power(&pilot));
    /* but not by a charger without AC, and not by one that waits for ever */
    start(0, SILENT_MS);
    run(V2G_CP_B, 10 * SILENT_MS);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    start(32000, 0);
    run(V2G_CP_B, 10 * SILENT_MS);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
}

static void a_session_keeps_the_pilot_digital(void)
{
    start(32000, SILENT_MS);
    run(V2G_CP_B, 100);
    evse_pilot_connected(&pilot, now_ms);
    run(V2G_CP_C, 3 * SILENT_MS);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    CHECK(!evse_pilot_power(&pilot));
    offer();
    run(V2G_CP_C, 1000);
    evse_pilot_connected(&pilot, now_ms); /* a car speaks after all */
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    CHECK(!evse_pilot_power(&pilot));
    evse_pilot_disconnected(&pilot, now_ms, V2G_SECC_STOPPED);
    CHECK(!evse_pilot_power(&pilot)); /* it has let go before it spoke */
}

static void how_a_session_ended_decides_what_follows(void)
{
    for (enum v2g_secc_end end = V2G_SECC_STOPPED; end < V2G_SECC_END_COUNT; end++) {
        const bool rests = end == V2G_SECC_STOPPED || end == V2G_SECC_PAUSED;
        start(16000, SILENT_MS);
        end_a_session(end);
        CHECK_EQ(pilot.state, rests                      ? EVSE_PILOT_RESTING
                              : end == V2G_SECC_SOC_READ ? EVSE_PILOT_STEPPING
                                                         : EVSE_PILOT_DIGITAL);
        run(V2G_CP_B, SILENT_MS + EVSE_PILOT_STEP_MS + 100);
        CHECK_EQ(evse_pilot_ma(&pilot), rests ? 0 : 15960);
    }
    start(0, SILENT_MS); /* nothing to offer */
    end_a_session(V2G_SECC_SOC_READ);
    CHECK_EQ(pilot.state, EVSE_PILOT_RESTING);
}

static void limits_and_suspension_change_the_offer(void)
{
    offer();
    CHECK_EQ(evse_pilot_ma(&pilot), 31980);
    evse_pilot_limit(&pilot, 10000);
    CHECK_EQ(evse_pilot_ma(&pilot), 9960);
    evse_pilot_limit(&pilot, 63000);
    CHECK_EQ(evse_pilot_ma(&pilot), 31980);
    run(V2G_CP_C, 1000);
    evse_pilot_suspend(&pilot, true);
    run(V2G_CP_C, EVSE_PILOT_LET_GO_MS - 40);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STEADY);
    CHECK(evse_pilot_power(&pilot)); /* time to lay down the load */
    run(V2G_CP_C, 60);
    CHECK(!evse_pilot_power(&pilot));
    evse_pilot_suspend(&pilot, false);
    CHECK(evse_pilot_power(&pilot));
    evse_pilot_limit(&pilot, V2G_PILOT_MIN_MA - 1);
    run(V2G_CP_C, EVSE_PILOT_LET_GO_MS + 20);
    CHECK(!evse_pilot_power(&pilot));
    run(V2G_CP_A, 20); /* the limit was this car's */
    CHECK_EQ(pilot.state, EVSE_PILOT_FREE);
    end_a_session(V2G_SECC_SOC_READ);
    run(V2G_CP_B, EVSE_PILOT_STEP_MS + 20);
    CHECK_EQ(evse_pilot_ma(&pilot), 31980);
}

static void a_paused_car_is_woken_off_and_on_and_then_by_pulses(void)
{
    start(0, 0);
    end_a_session(V2G_SECC_PAUSED);
    run(V2G_CP_B, 600000);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STEADY);
    evse_pilot_wake(&pilot, now_ms);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    for (unsigned i = 0; i < EVSE_PILOT_PULSES; i++) {
        run(V2G_CP_B, EVSE_PILOT_ANSWER_MS - 40);
        CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
        run(V2G_CP_B, 60);
        CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STATE_F);
        run(V2G_CP_F, EVSE_PILOT_PULSE_MS - 60);
        CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STATE_F);
        run(V2G_CP_F, 60);
        CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    }
    for (unsigned s = 0; s < 60; s++) {
        run(V2G_CP_B, 1000);
        CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL); /* enough */
    }
}

static void a_woken_car_that_connects_is_left_in_peace(void)
{
    start(0, 0);
    end_a_session(V2G_SECC_PAUSED);
    evse_pilot_wake(&pilot, now_ms);
    run(V2G_CP_B, 1000);
    evse_pilot_connected(&pilot, now_ms);
    run(V2G_CP_C, 10 * EVSE_PILOT_ANSWER_MS);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    evse_pilot_wake(&pilot, now_ms); /* it is awake */
    CHECK_EQ(pilot.state, EVSE_PILOT_DIGITAL);
    evse_pilot_disconnected(&pilot, now_ms, V2G_SECC_LOST);
    run(V2G_CP_B, 10 * EVSE_PILOT_ANSWER_MS);
    CHECK_EQ(pilot.state, EVSE_PILOT_DIGITAL);
}

static void a_resting_car_may_wake_the_plug(void)
{
    start(0, 0);
    end_a_session(V2G_SECC_STOPPED);
    run(V2G_CP_C, 1000); /* it has not let go yet */
    CHECK_EQ(pilot.state, EVSE_PILOT_RESTING);
    run(V2G_CP_B, 1000);
    run(V2G_CP_C, 20);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
}

static void a_rest_is_kept_until_the_plug_is_pulled(void)
{
    offer();
    evse_pilot_rest(&pilot, now_ms);
    run(V2G_CP_B, 10 * SILENT_MS);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_STEADY);
    run(V2G_CP_A, 20);
    evse_pilot_rest(&pilot, now_ms);
    CHECK_EQ(pilot.state, EVSE_PILOT_FREE);
    run(V2G_CP_B, 20);
    CHECK_EQ(evse_pilot_duty(&pilot), V2G_PILOT_DIGITAL);
    CHECK_STR(evse_pilot_state_name(EVSE_PILOT_CALLING), "CALLING");
}

CHECK_MAIN(TEST(a_plug_is_steady_until_a_car_comes_and_then_digital),
           TEST(a_car_that_never_speaks_is_offered_a_current),
           TEST(a_session_keeps_the_pilot_digital), TEST(how_a_session_ended_decides_what_follows),
           TEST(limits_and_suspension_change_the_offer),
           TEST(a_paused_car_is_woken_off_and_on_and_then_by_pulses),
           TEST(a_woken_car_that_connects_is_left_in_peace), TEST(a_resting_car_may_wake_the_plug),
           TEST(a_rest_is_kept_until_the_plug_is_pulled))
