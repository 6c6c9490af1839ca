/* SPDX-License-Identifier: MIT
 * The model of a power stage under the supply that drives every charger:
 * dynamics, every fault, and what must never happen under any of them.
 */
#include "app/power_model.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "check.h"
#include "sim/random.h"

enum { BATTERY_MV = 380000 };

struct stand {
    struct power_model model;
    struct v2g_supply supply;
    uint64_t now_ms;
};

static void stand_init_with(struct stand *s, const struct power_model_config *stage)
{
    memset(s, 0, sizeof *s);
    s->now_ms = 1000;
    power_model_init(&s->model, s->now_ms, stage);
    s->model.car =
        (struct power_model_car){.cp = V2G_CP_C, .battery_mv = BATTERY_MV, .battery_mohm = 100};
    const struct v2g_supply_config config = {.power = power_model_power(&s->model),
                                             .max_mv = 500000,
                                             .max_ma = 200000,
                                             .isolation_test_mv = 400000};
    v2g_supply_init(&s->supply, s->now_ms, &config);
}

static void stand_init(struct stand *s)
{
    stand_init_with(s, &power_model_default);
}

static void run(struct stand *s, uint32_t ms)
{
    for (uint32_t at = 0; at < ms; at += V2G_SUPPLY_PERIOD_MS) {
        s->now_ms += V2G_SUPPLY_PERIOD_MS;
        power_model_tick(&s->model, s->now_ms);
        v2g_supply_tick(&s->supply, s->now_ms);
    }
}

static void demand(struct stand *s, enum v2g_supply_mode mode, int32_t mv, int32_t ma)
{
    v2g_supply_demand(&s->supply,
                      (struct v2g_supply_demand){.mode = mode, .target_mv = mv, .target_ma = ma});
}

static void up_to_charging(struct stand *s)
{
    stand_init(s);
    run(s, 500);
    demand(s, V2G_SUPPLY_ISOLATION_TEST, 0, 0);
    run(s, 6000);
    CHECK_EQ(s->supply.state, V2G_SUPPLY_STATE_TESTED);
    demand(s, V2G_SUPPLY_PRE_CHARGE, BATTERY_MV, 2000);
    run(s, 2000);
    s->model.car.contactor_closed = true;
    run(s, 200);
    demand(s, V2G_SUPPLY_CHARGE, 450000, 100000);
    run(s, 2000);
}

static void a_charge_goes_from_isolation_test_to_open_contactor(void)
{
    struct stand s;
    up_to_charging(&s);
    CHECK_EQ(s.supply.state, V2G_SUPPLY_STATE_ON);
    CHECK_EQ(s.supply.facts.present_ma, 100000);
    CHECK_EQ(s.supply.facts.present_mv, 390000); /* 10 V over the battery's 0.1 ohm */
    run(&s, 36000);
    CHECK(s.supply.facts.energy_mwh > 390000 && s.supply.facts.energy_mwh < 420000);
    demand(&s, V2G_SUPPLY_OFF, 0, 0);
    run(&s, 2000);
    CHECK_EQ(s.supply.state, V2G_SUPPLY_STATE_OFF);
    CHECK(!power_model_conducts(&s.model));
    demand(&s, V2G_SUPPLY_WELD_TEST, 0, 0);
    run(&s, 200);
    CHECK(s.supply.facts.weld_tested && !s.supply.facts.welded);
    CHECK_EQ(s.model.books.n_closed, 1);
    CHECK_EQ(s.model.books.n_inrush, 0);
    CHECK_EQ(s.model.books.n_opened_hot, 0);
}

static void voltage_and_current_ramp(void)
{
    struct power_model m;
    power_model_init(&m, 0, &power_model_default);
    m.car = (struct power_model_car){.cp = V2G_CP_C};
    const struct v2g_power p = power_model_power(&m);
    int32_t mv = 0;
    int32_t ma = 0;
    CHECK_EQ(p.set_dc_targets(&m, 400000, 10000), V2G_POWER_DONE);
    CHECK_EQ(p.contactor_precharge(&m, true), V2G_POWER_PENDING);
    power_model_tick(&m, 20);
    CHECK_EQ(p.contactor_precharge(&m, true), V2G_POWER_PENDING);
    power_model_tick(&m, 400);
    CHECK_EQ(p.contactor_precharge(&m, true), V2G_POWER_DONE);
    CHECK_EQ(p.measure_dc(&m, &mv, &ma), V2G_POWER_DONE);
    CHECK(mv > 180000 && mv < 195000); /* 200 V less the lag of the resistor */
    CHECK_EQ(ma, 0);
    power_model_tick(&m, 2000);
    CHECK_EQ(p.measure_dc(&m, &mv, &ma), V2G_POWER_DONE);
    CHECK(mv > 399000 && mv <= 400000);
    CHECK_EQ(p.contactor_precharge(&m, false), V2G_POWER_PENDING);
    power_model_tick(&m, 2525);
    CHECK_EQ(p.measure_dc(&m, &mv, &ma), V2G_POWER_DONE);
    CHECK(mv > 140000 && mv < 150000); /* e^-1 after the time constant of the leakage */
}

static void closing_over_a_gap_is_refused_or_seen(void)
{
    struct power_model m;
    struct power_model_config bare = power_model_default;
    bare.interlock_mv = 0;
    power_model_init(&m, 0, &power_model_default);
    m.target_mv = 400000;
    power_model_tick(&m, 1000);
    CHECK_EQ(power_model_power(&m).contactor_main(&m, true), V2G_POWER_PENDING);
    power_model_tick(&m, 2000);
    CHECK(!power_model_conducts(&m));
    power_model_init(&m, 0, &bare);
    const struct v2g_power p = power_model_power(&m);
    CHECK_EQ(p.set_dc_targets(&m, 400000, 10000), V2G_POWER_DONE);
    power_model_tick(&m, 1000);
    CHECK_EQ(p.contactor_main(&m, true), V2G_POWER_PENDING);
    m.faults.isolation_ohm = 10000;
    power_model_tick(&m, 1100);
    CHECK_EQ(p.contactor_main(&m, true), V2G_POWER_DONE);
    CHECK_EQ(m.books.n_inrush, 1);
    CHECK_EQ(m.books.n_closed_isolated, 1);
}

static void a_bad_isolation_keeps_the_contactor_open(void)
{
    struct stand s;
    stand_init(&s);
    s.model.faults.isolation_ohm = 40000; /* 50 kohm are needed at 500 V */
    run(&s, 200);
    demand(&s, V2G_SUPPLY_ISOLATION_TEST, 0, 0);
    run(&s, 8000);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_ISOLATION);
    CHECK_EQ(s.supply.facts.isolation, V2G_ISOLATION_FAILED);
    demand(&s, V2G_SUPPLY_PRE_CHARGE, BATTERY_MV, 2000);
    run(&s, 2000);
    demand(&s, V2G_SUPPLY_CHARGE, BATTERY_MV, 2000);
    run(&s, 2000);
    CHECK_EQ(s.model.books.n_closed, 0);
}

static void isolation_lost_while_charging_opens(void)
{
    struct stand s;
    up_to_charging(&s);
    s.model.faults.isolation_ohm = 20000;
    run(&s, 200);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_ISOLATION);
    CHECK(!power_model_conducts(&s.model));
}

static void every_call_that_sticks_or_fails_opens_the_contactor(void)
{
    static const enum v2g_call used_while_on[] = {V2G_CALL_CP,      V2G_CALL_ISO,
                                                  V2G_CALL_MEASURE, V2G_CALL_TARGETS,
                                                  V2G_CALL_METER,   V2G_CALL_DUTY};
    static const enum v2g_power_result answers[] = {V2G_POWER_PENDING, V2G_POWER_FAILED};
    for (unsigned i = 0; i < sizeof used_while_on / sizeof used_while_on[0]; i++) {
        for (unsigned k = 0; k < 2; k++) {
            struct stand s;
            up_to_charging(&s);
            CHECK(power_model_conducts(&s.model));
            s.model.faults.forced = (uint16_t)(1U << used_while_on[i]);
            s.model.faults.answer = answers[k];
            const bool slow = k == 0 && used_while_on[i] == V2G_CALL_ISO;
            run(&s, slow ? V2G_SUPPLY_ISOLATION_TIMEOUT_MS + 200 : 800);
            CHECK_EQ(s.supply.facts.fault, k == 0 ? V2G_FAULT_CALL_STUCK : V2G_FAULT_CALL_FAILED);
            CHECK(!power_model_conducts(&s.model));
            CHECK(s.supply.facts.contactor_open);
            CHECK_EQ(s.model.ma, 0);
        }
    }
}

static void a_driver_that_comes_late_opens(void)
{
    struct stand s;
    up_to_charging(&s);
    s.now_ms += V2G_SUPPLY_LATE_MS;
    run(&s, 100);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_LATE);
    CHECK(!power_model_conducts(&s.model));
}

static void too_much_current_or_voltage_opens(void)
{
    struct stand s;
    up_to_charging(&s);
    s.model.faults.runaway_ma = 150000;
    run(&s, 100);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_OVER_CURRENT);
    CHECK(!power_model_conducts(&s.model));
    up_to_charging(&s);
    s.model.car.contactor_closed = false; /* load dump: the output follows the rectifier */
    s.model.faults.runaway_mv = 150000;
    run(&s, 500);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_OVER_VOLTAGE);
    CHECK(!power_model_conducts(&s.model));
}

static void the_plug_pulled_opens(void)
{
    struct stand s;
    up_to_charging(&s);
    s.model.car.cp = V2G_CP_A;
    run(&s, 100);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_PILOT);
    CHECK(!power_model_conducts(&s.model));
}

static void a_welded_contactor_is_found_and_never_forgotten(void)
{
    struct stand s;
    up_to_charging(&s);
    s.model.faults.welded = true;
    demand(&s, V2G_SUPPLY_OFF, 0, 0);
    run(&s, 2000);
    CHECK_EQ(s.supply.state, V2G_SUPPLY_STATE_OFF); /* the feedback was fooled */
    demand(&s, V2G_SUPPLY_WELD_TEST, 0, 0);
    run(&s, 200);
    CHECK(s.supply.facts.welded);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_WELDED);
    demand(&s, V2G_SUPPLY_OFF, 0, 0);
    run(&s, 200);
    CHECK_EQ(v2g_supply_reset(&s.supply), E_STATE);
}

static void a_stuck_contactor_is_told(void)
{
    struct stand s;
    up_to_charging(&s);
    s.model.faults.stuck = true;
    demand(&s, V2G_SUPPLY_OFF, 0, 0);
    run(&s, V2G_SUPPLY_RAMP_DOWN_MS + V2G_SUPPLY_CONTACTOR_TIMEOUT_MS + 200);
    CHECK_EQ(s.supply.facts.fault, V2G_FAULT_CALL_STUCK);
    CHECK(!s.supply.facts.contactor_open);
    CHECK_EQ(s.model.ma, 0); /* what can be switched off is */
    s.model.faults.stuck = false;
    run(&s, 200);
    CHECK(s.supply.facts.contactor_open);
}

/* Random demands, cars and faults; the seed of a failure is printed. */
static void disturb(struct stand *s, struct sim_random *r, bool tame)
{
    const int32_t gap_mv = s->model.cable_mv - BATTERY_MV;
    const bool matches = gap_mv < 20000 && gap_mv > -20000;
    switch (sim_random_below(r, 14)) {
    case 0:
        s->model.faults.isolation_ohm = (int32_t)sim_random_below(r, 100000);
        break;
    case 1:
        s->model.faults.forced = (uint16_t)(1U << sim_random_below(r, V2G_CALL_COUNT));
        s->model.faults.answer = sim_random_below(r, 2) == 0 ? V2G_POWER_PENDING : V2G_POWER_FAILED;
        break;
    case 2:
        s->model.faults = (struct power_model_faults){0};
        break;
    case 3:
        s->model.car.cp = (enum v2g_cp)sim_random_below(r, 6);
        break;
    case 4:
    case 7:
    case 8:
        s->model.car.contactor_closed = (matches || !tame) && sim_random_below(r, 2) == 0;
        break;
    case 5:
        s->model.faults.runaway_ma = (int32_t)sim_random_below(r, 300000);
        break;
    case 6:
        (void)v2g_supply_reset(&s->supply);
        break;
    default:
        s->model.car.cp = V2G_CP_C;
        break;
    }
}

static void step_random(struct stand *s, struct sim_random *r, bool tame)
{
    if (sim_random_chance(r, 150)) {
        disturb(s, r, tame);
    }
    const bool is_next = sim_random_chance(r, 700);
    const uint32_t next = ((uint32_t)s->supply.demand.mode + 1) % (V2G_SUPPLY_CHARGE + 1);
    const uint32_t any = sim_random_below(r, V2G_SUPPLY_WELD_TEST + 1);
    demand(s, (enum v2g_supply_mode)(is_next ? next : any),
           BATTERY_MV + (int32_t)sim_random_below(r, 10000), (int32_t)sim_random_below(r, 220000));
    run(s,
        sim_random_chance(r, 400) ? 20 + sim_random_below(r, 200) : 20 + sim_random_below(r, 4000));
}

/* A fault that stands for longer than the contactors need to move. */
static bool conducts_with_fault(struct stand *s)
{
    const bool can_open =
        (s->model.faults.forced & 1U << V2G_CALL_MAIN) == 0; /* else nobody can tell it to */
    if (s->supply.facts.fault == V2G_FAULT_NONE || !can_open) {
        return false;
    }
    run(s, 60);
    return power_model_conducts(&s->model);
}

/* tame: a car that closes its contactor on its own battery's voltage only, at a
 * stage without an interlock; else a car that does what it likes. */
static void check_random_lives(bool tame)
{
    struct power_model_config stage = power_model_default;
    stage.interlock_mv = tame ? 0 : stage.interlock_mv;
    uint32_t n_closed = 0;
    for (uint32_t seed = 1; seed <= 400; seed++) {
        struct sim_random r = {.state = seed};
        struct stand s;
        stand_init_with(&s, &stage);
        bool broken = false;
        for (unsigned i = 0; i < 80 && !broken; i++) {
            step_random(&s, &r, tame);
            broken = s.model.books.n_inrush > 0 || s.model.books.n_closed_isolated > 0 ||
                     s.model.books.lowest_closing_mv < BATTERY_MV - V2G_SUPPLY_TOLERANCE_MV ||
                     conducts_with_fault(&s);
        }
        n_closed += s.model.books.n_closed;
        if (!CHECK(!broken)) {
            printf("seed %u: inrush %u, closed against isolation fault %u, state %s, "
                   "fault %s\n",
                   (unsigned)seed, (unsigned)s.model.books.n_inrush,
                   (unsigned)s.model.books.n_closed_isolated, v2g_supply_state_name(s.supply.state),
                   v2g_fault_name(s.supply.facts.fault));
            return;
        }
    }
    CHECK(n_closed > 100); /* or the runs went nowhere */
}

static void under_random_faults_nothing_unsafe_happens(void)
{
    check_random_lives(true);
}

static void with_a_car_that_does_what_it_likes_neither(void)
{
    check_random_lives(false);
}

/* By the pilot alone: a demand, a duty, a car and a fault at random. */
static void step_by_pwm(struct stand *s, struct sim_random *r)
{
    static const uint16_t duties[] = {V2G_PILOT_STATE_F, V2G_PILOT_DIGITAL, 266, 533, 960,
                                      V2G_PILOT_STEADY};
    demand(s, sim_random_chance(r, 700) ? V2G_SUPPLY_AC_PWM : V2G_SUPPLY_OFF, 0, 0);
    v2g_supply_set_duty(&s->supply, duties[sim_random_below(r, 6)]);
    s->model.car = (struct power_model_car){.cp = (enum v2g_cp)sim_random_below(r, 6)};
    s->model.faults.forced = (uint16_t)(sim_random_chance(r, 100) ? 1U << V2G_CALL_DUTY : 0);
    s->model.faults.answer = sim_random_below(r, 2) == 0 ? V2G_POWER_PENDING : V2G_POWER_FAILED;
    run(s, 60 + sim_random_below(r, 1000));
    if (s->supply.facts.fault != V2G_FAULT_NONE) {
        run(s, 60); /* it may have come just now */
    }
}

/* Power flows only while the car wants it and no fault stands, but for the time that a tick and a
 * relay take. */
static bool flows_wrongly(const struct stand *s)
{
    const enum v2g_cp cp = s->model.car.cp;
    const bool may = s->supply.facts.fault == V2G_FAULT_NONE && (cp == V2G_CP_C || cp == V2G_CP_D);
    return power_model_conducts(&s->model) && !may;
}

static void by_pwm_power_flows_in_state_c_only(void)
{
    uint32_t n_closed = 0;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        struct sim_random r = {.state = seed};
        struct stand s;
        stand_init(&s);
        bool broken = false;
        for (unsigned i = 0; i < 100 && !broken; i++) {
            step_by_pwm(&s, &r);
            broken = flows_wrongly(&s);
            demand(&s, V2G_SUPPLY_OFF, 0, 0);
            (void)v2g_supply_reset(&s.supply);
        }
        n_closed += s.model.books.n_closed;
        if (!CHECK(!broken)) {
            printf("seed %u\n", (unsigned)seed);
            return;
        }
    }
    CHECK(n_closed > 500); /* or the runs went nowhere */
}

CHECK_MAIN(TEST(a_charge_goes_from_isolation_test_to_open_contactor),
           TEST(voltage_and_current_ramp), TEST(closing_over_a_gap_is_refused_or_seen),
           TEST(a_bad_isolation_keeps_the_contactor_open),
           TEST(isolation_lost_while_charging_opens),
           TEST(every_call_that_sticks_or_fails_opens_the_contactor),
           TEST(a_driver_that_comes_late_opens), TEST(too_much_current_or_voltage_opens),
           TEST(the_plug_pulled_opens), TEST(a_welded_contactor_is_found_and_never_forgotten),
           TEST(a_stuck_contactor_is_told), TEST(by_pwm_power_flows_in_state_c_only),
           TEST(under_random_faults_nothing_unsafe_happens),
           TEST(with_a_car_that_does_what_it_likes_neither))
