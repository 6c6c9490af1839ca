/* SPDX-License-Identifier: MIT
 * The supply alone: whatever is demanded, in whatever order.
 */
#include "v2g_pair.h"

static struct stage stage;
static struct v2g_supply supply;
static uint64_t now_ms;

static void start(void)
{
    memset(&stage, 0, sizeof stage);
    stage.cp = V2G_CP_C;
    stage.battery_mv = 380000;
    now_ms = 5000;
    const struct v2g_supply_config config = stage_supply(&stage);
    v2g_supply_init(&supply, now_ms, &config);
}

static void run(enum v2g_supply_mode mode, int32_t mv, int32_t ma, unsigned span_ms)
{
    v2g_supply_demand(&supply, (struct v2g_supply_demand){mode, mv, ma});
    for (unsigned t = 0; t < span_ms; t += 20) {
        now_ms += 20;
        stage_step(&stage, stage.main);
        v2g_supply_tick(&supply, now_ms);
    }
}

static void charge(void)
{
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    run(V2G_SUPPLY_PRE_CHARGE, 380000, 2000, 1000);
    run(V2G_SUPPLY_CHARGE, 380000, 0, 200);
    run(V2G_SUPPLY_CHARGE, 400000, 100000, 200);
}

static void power_flows_after_test_and_pre_charge_only(void)
{
    start();
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    CHECK_EQ(supply.state, V2G_SUPPLY_STATE_TESTED);
    CHECK(stage.mv < V2G_SUPPLY_SAFE_MV && !stage.pre);
    charge();
    CHECK_EQ(supply.state, V2G_SUPPLY_STATE_ON);
    CHECK(stage.main && !stage.pre);
    CHECK_EQ(stage.ma, 100000);
    run(V2G_SUPPLY_OFF, 0, 0, 500);
    CHECK(!stage.main);
    CHECK_EQ(v2g_supply_facts(&supply)->isolation, V2G_ISOLATION_NOT_TESTED);
    run(V2G_SUPPLY_WELD_TEST, 0, 0, 100);
    CHECK(v2g_supply_facts(&supply)->weld_tested && !v2g_supply_facts(&supply)->welded);
}

static void a_live_outlet_is_not_tested(void)
{
    start();
    stage.feed_mv = stage.mv = V2G_SUPPLY_SAFE_MV;
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 1000);
    CHECK_EQ(supply.state, V2G_SUPPLY_STATE_PROBING);
    CHECK(!stage.pre && stage.set_mv == 0);
    stage.feed_mv = V2G_SUPPLY_SAFE_MV - 1; /* what was left has gone */
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    CHECK_EQ(v2g_supply_facts(&supply)->isolation, V2G_ISOLATION_PASSED);
    start();
    stage.feed_mv = stage.mv = 380000; /* a car that feeds */
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, V2G_SUPPLY_OUTLET_MS - 20);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NONE);
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 200);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_LIVE_OUTLET);
    CHECK(!stage.pre && !stage.main);
}

/* Between the decision to close and the closing: the random sequences found it. */
static void a_voltage_that_falls_before_closing_keeps_it_open(void)
{
    start();
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    run(V2G_SUPPLY_PRE_CHARGE, 380000, 2000, 1000);
    run(V2G_SUPPLY_CHARGE, 380000, 0, 20);
    CHECK_EQ(supply.state, V2G_SUPPLY_STATE_CLOSING);
    stage.weak_mv = 300000;
    run(V2G_SUPPLY_CHARGE, 380000, 0, 100);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NOT_CHARGED);
    CHECK(!stage.main && stage.unsafe == 0);
    /* and one that is not measured any more */
    start();
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    run(V2G_SUPPLY_PRE_CHARGE, 380000, 2000, 1000);
    stage.hangs = 1U << V2G_CALL_MEASURE;
    run(V2G_SUPPLY_CHARGE, 380000, 0, 200);
    CHECK(!stage.main);
    run(V2G_SUPPLY_CHARGE, 380000, 0, V2G_SUPPLY_CALL_TIMEOUT_MS);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_STUCK);
}

static void a_leak_on_the_way_down_opens_at_once(void)
{
    start();
    charge();
    stage.surge_ma = 5000; /* the current does not fall */
    run(V2G_SUPPLY_OFF, 0, 0, 40);
    CHECK_EQ(supply.state, V2G_SUPPLY_STATE_RAMPING_DOWN);
    CHECK(stage.main);
    stage.leaky = true;
    run(V2G_SUPPLY_OFF, 0, 0, 20);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_ISOLATION);
    CHECK(!stage.main);
}

static void charging_without_pre_charge_is_a_fault(void)
{
    start();
    run(V2G_SUPPLY_CHARGE, 400000, 1000, 500);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NOT_CHARGED);
    start();
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    run(V2G_SUPPLY_CHARGE, 400000, 1000, 500);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NOT_CHARGED);
    start();
    run(V2G_SUPPLY_ISOLATION_TEST, 0, 0, 2000);
    run(V2G_SUPPLY_PRE_CHARGE, 380000, 2000, 60);
    run(V2G_SUPPLY_CHARGE, 400000, 1000, 500);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NOT_CHARGED);
    CHECK_EQ(stage.unsafe, 0);
}

/* Whichever call hangs, and wherever: within its time everything is open. */
static void a_call_that_never_ends_opens_the_contactor(void)
{
    for (enum v2g_call call = V2G_CALL_CP; call < V2G_CALL_COUNT; call++) {
        const bool asked_while_on =
            call != V2G_CALL_PRE && call != V2G_CALL_WELD && call != V2G_CALL_MAIN;
        start();
        if (asked_while_on) {
            charge();
            CHECK(stage.main);
        }
        stage.hangs = (uint16_t)(1U << call);
        if (call == V2G_CALL_WELD) {
            run(V2G_SUPPLY_WELD_TEST, 0, 0, V2G_SUPPLY_CONTACTOR_TIMEOUT_MS + 100);
        } else if (asked_while_on) {
            run(V2G_SUPPLY_CHARGE, 390000, 100000, V2G_SUPPLY_ISOLATION_TIMEOUT_MS + 100);
        } else {
            charge();
            run(V2G_SUPPLY_CHARGE, 390000, 100000, V2G_SUPPLY_CONTACTOR_TIMEOUT_MS + 100);
        }
        CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_STUCK);
        CHECK_EQ(supply.state, V2G_SUPPLY_STATE_FAULT);
        CHECK(!stage.main && !stage.pre && stage.set_ma == 0);
        CHECK_EQ(stage.unsafe, 0);
    }
}

/* While power flows; only a measurement of the isolation may take seconds. */
static void a_hanging_call_is_noticed_in_its_time(void)
{
    static const struct {
        enum v2g_call call;
        uint32_t limit_ms;
    } rows[] = {{V2G_CALL_CP, V2G_SUPPLY_CALL_TIMEOUT_MS},
                {V2G_CALL_MEASURE, V2G_SUPPLY_CALL_TIMEOUT_MS},
                {V2G_CALL_TARGETS, V2G_SUPPLY_CALL_TIMEOUT_MS},
                {V2G_CALL_METER, V2G_SUPPLY_CALL_TIMEOUT_MS},
                {V2G_CALL_DUTY, V2G_SUPPLY_CALL_TIMEOUT_MS},
                {V2G_CALL_ISO, V2G_SUPPLY_MONITOR_MS}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        charge();
        stage.hangs = (uint16_t)(1U << rows[i].call);
        run(V2G_SUPPLY_CHARGE, 390000, 100000, rows[i].limit_ms);
        CHECK(stage.main);
        run(V2G_SUPPLY_CHARGE, 390000, 100000, 2 * V2G_SUPPLY_REFRESH_MS);
        CHECK(!stage.main);
    }
}

static void a_late_driver_opens_the_contactor(void)
{
    start();
    charge();
    now_ms += V2G_SUPPLY_LATE_MS + 1;
    v2g_supply_tick(&supply, now_ms);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_LATE);
    CHECK(!stage.main);
}

static void the_pilot_opens_the_contactor(void)
{
    start();
    charge();
    stage.cp = V2G_CP_B;
    run(V2G_SUPPLY_CHARGE, 400000, 100000, 20);
    CHECK(!stage.main);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_PILOT);
}

static void too_much_voltage_or_current_opens_the_contactor(void)
{
    start();
    charge();
    stage.battery_mv = 551000;
    run(V2G_SUPPLY_CHARGE, 400000, 1000, 20);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_OVER_VOLTAGE);
    start();
    charge();
    run(V2G_SUPPLY_CHARGE, 400000, 140000, 60);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_OVER_CURRENT);
    CHECK(!stage.main);
}

static void a_fault_is_latched_until_reset_with_everything_open(void)
{
    start();
    charge();
    v2g_supply_emergency_stop(&supply, now_ms);
    CHECK(v2g_supply_reset(&supply) < 0); /* still demanded */
    run(V2G_SUPPLY_OFF, 0, 0, 200);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_EMERGENCY);
    CHECK_EQ(v2g_supply_reset(&supply), E_OK);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NONE);
    charge();
    CHECK(stage.main);
}

static void a_failing_power_stage_is_a_fault(void)
{
    start();
    charge();
    stage.failing = true;
    run(V2G_SUPPLY_CHARGE, 400000, 1000, 20);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_FAILED);
    CHECK(!stage.main);
}

static void a_welded_contactor_stays_a_fault(void)
{
    start();
    charge();
    stage.welded = true;
    run(V2G_SUPPLY_OFF, 0, 0, 5000);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_STUCK);
    CHECK(v2g_supply_reset(&supply) < 0);
}

/* AC by the pilot alone, up to a closed contactor. */
static void charge_by_pwm(void)
{
    start();
    stage.ac = true;
    stage.cp = V2G_CP_B;
    v2g_supply_set_duty(&supply, v2g_pilot_duty(16000));
    run(V2G_SUPPLY_AC_PWM, 0, 0, 200);
    CHECK(!stage.main);
    CHECK_EQ(stage.duty_permille, 266);
    stage.cp = V2G_CP_C;
    run(V2G_SUPPLY_AC_PWM, 0, 0, 100);
    CHECK(stage.main);
    CHECK_EQ(v2g_supply_facts(&supply)->duty_permille, 266);
}

static void by_pwm_state_c_closes_and_any_other_opens(void)
{
    static const struct {
        enum v2g_cp cp;
        enum v2g_fault fault;
    } rows[] = {{V2G_CP_A, V2G_FAULT_NONE},
                {V2G_CP_B, V2G_FAULT_NONE},
                {V2G_CP_E, V2G_FAULT_PILOT},
                {V2G_CP_F, V2G_FAULT_PILOT}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        charge_by_pwm();
        stage.cp = rows[i].cp;
        run(V2G_SUPPLY_AC_PWM, 0, 0, 20); /* 100 ms are allowed */
        CHECK(!stage.main);
        CHECK_EQ(v2g_supply_facts(&supply)->fault, rows[i].fault);
        stage.cp = V2G_CP_C;
        run(V2G_SUPPLY_AC_PWM, 0, 0, 200);
        CHECK_EQ(stage.main, rows[i].fault == V2G_FAULT_NONE); /* the car takes it again */
        CHECK_EQ(stage.duty_permille, stage.main ? 266 : V2G_PILOT_STEADY);
    }
}

/* A car by network keeps its pilot in C; there B is a fault, as before. */
static void by_network_a_pilot_that_lets_go_is_a_fault(void)
{
    start();
    stage.ac = true;
    v2g_supply_set_duty(&supply, V2G_PILOT_DIGITAL);
    run(V2G_SUPPLY_AC_ON, 0, 0, 100);
    CHECK(stage.main);
    stage.cp = V2G_CP_B;
    run(V2G_SUPPLY_AC_ON, 0, 0, 20);
    CHECK(!stage.main);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_PILOT);
    run(V2G_SUPPLY_OFF, 0, 0, 20);
    CHECK_EQ(stage.duty_permille, V2G_PILOT_DIGITAL); /* the car is still to be told */
}

static void without_an_offer_of_the_pilot_nothing_closes(void)
{
    static const uint16_t duties[] = {V2G_PILOT_STATE_F, V2G_PILOT_DIGITAL, V2G_PILOT_STEADY};
    for (unsigned i = 0; i < sizeof duties / sizeof duties[0]; i++) {
        start();
        stage.ac = true;
        v2g_supply_set_duty(&supply, duties[i]);
        run(V2G_SUPPLY_AC_PWM, 0, 0, 500);
        CHECK(!stage.main);
        CHECK_EQ(stage.duty_permille, duties[i]);
    }
    /* nor with one that nobody confirmed, */
    start();
    stage.ac = true;
    stage.hangs = 1U << V2G_CALL_DUTY;
    v2g_supply_set_duty(&supply, v2g_pilot_duty(16000));
    run(V2G_SUPPLY_AC_PWM, 0, 0, V2G_SUPPLY_CALL_TIMEOUT_MS - 40);
    CHECK(!stage.main);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NONE);
    run(V2G_SUPPLY_AC_PWM, 0, 0, 100);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_STUCK);
    /* nor at a charger that cannot choose its pilot */
    start();
    stage.ac = true;
    struct v2g_supply_config config = stage_supply(&stage);
    config.power.cp_set_duty = NULL;
    v2g_supply_init(&supply, now_ms, &config);
    v2g_supply_set_duty(&supply, v2g_pilot_duty(16000));
    run(V2G_SUPPLY_AC_PWM, 0, 0, 500);
    CHECK(!stage.main);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_NONE);
}

static void a_pilot_that_hangs_or_fails_opens_the_contactor(void)
{
    charge_by_pwm();
    stage.hangs = 1U << V2G_CALL_DUTY;
    v2g_supply_set_duty(&supply, v2g_pilot_duty(10000));
    run(V2G_SUPPLY_AC_PWM, 0, 0, V2G_SUPPLY_CALL_TIMEOUT_MS + 40);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_STUCK);
    CHECK(!stage.main);
    charge_by_pwm();
    stage.failing = true;
    run(V2G_SUPPLY_AC_PWM, 0, 0, 40);
    CHECK_EQ(v2g_supply_facts(&supply)->fault, V2G_FAULT_CALL_FAILED);
    CHECK(!stage.main);
}

static void every_state_and_fault_has_a_name(void)
{
    CHECK_STR(v2g_supply_state_name(V2G_SUPPLY_STATE_ON), "ON");
    CHECK_STR(v2g_fault_name(V2G_FAULT_WELDED), "WELDED");
}

CHECK_MAIN(TEST(power_flows_after_test_and_pre_charge_only), TEST(a_live_outlet_is_not_tested),
           TEST(a_voltage_that_falls_before_closing_keeps_it_open),
           TEST(a_leak_on_the_way_down_opens_at_once), TEST(charging_without_pre_charge_is_a_fault),
           TEST(a_call_that_never_ends_opens_the_contactor),
           TEST(a_hanging_call_is_noticed_in_its_time), TEST(a_late_driver_opens_the_contactor),
           TEST(the_pilot_opens_the_contactor),
           TEST(too_much_voltage_or_current_opens_the_contactor),
           TEST(a_fault_is_latched_until_reset_with_everything_open),
           TEST(a_failing_power_stage_is_a_fault), TEST(a_welded_contactor_stays_a_fault),
           TEST(by_pwm_state_c_closes_and_any_other_opens),
           TEST(by_network_a_pilot_that_lets_go_is_a_fault),
           TEST(without_an_offer_of_the_pilot_nothing_closes),
           TEST(a_pilot_that_hangs_or_fails_opens_the_contactor),
           TEST(every_state_and_fault_has_a_name))
