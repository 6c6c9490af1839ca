/* SPDX-License-Identifier: MIT */
#include "v2g/supply.h"

#include <string.h>

#include "base/assert.h"
#include "base/err.h"

static void enter(struct v2g_supply *s, enum v2g_supply_state state)
{
    s->state = state;
    s->entered_ms = s->now_ms;
}

static bool energised(const struct v2g_supply *s)
{
    return s->state != V2G_SUPPLY_STATE_OFF && s->state != V2G_SUPPLY_STATE_PROBING &&
           s->state != V2G_SUPPLY_STATE_TESTED && s->state != V2G_SUPPLY_STATE_FAULT;
}

static int32_t distance(int32_t a, int32_t b)
{
    const int64_t d = (int64_t)a - b;
    return (int32_t)((d < 0 ? -d : d) > INT32_MAX ? INT32_MAX : d < 0 ? -d : d);
}

/* With a fault no current is offered; that the car may be spoken to is not taken back, for it is to
 * be told. */
static uint16_t duty_to_say(const struct v2g_supply *s)
{
    const bool offers = v2g_pilot_ma(s->duty_permille) > 0;
    return offers && s->state == V2G_SUPPLY_STATE_FAULT ? V2G_PILOT_STEADY : s->duty_permille;
}

/* Everything to its safe state, whatever the power stage answers; repeated until it agrees. */
static void make_safe(struct v2g_supply *s)
{
    const struct v2g_power *p = &s->config.power;
    (void)p->set_dc_targets(p->context, 0, 0);
    const bool main_open = p->contactor_main(p->context, false) == V2G_POWER_DONE;
    const bool pre_open = p->contactor_precharge(p->context, false) == V2G_POWER_DONE;
    const uint16_t duty_permille = duty_to_say(s);
    if (p->cp_set_duty != NULL && p->cp_set_duty(p->context, duty_permille) == V2G_POWER_DONE) {
        s->facts.duty_permille = duty_permille;
    }
    s->facts.contactor_closed = s->facts.contactor_closed && !main_open;
    s->facts.contactor_open = main_open && pre_open;
    s->facts.isolation = s->facts.isolation == V2G_ISOLATION_FAILED ? V2G_ISOLATION_FAILED
                                                                    : V2G_ISOLATION_NOT_TESTED;
    s->sent_mv = 0;
    s->sent_ma = 0;
    s->charged_mv = 0;
    s->facts.pre_charged = false;
}

static void fail(struct v2g_supply *s, enum v2g_fault fault)
{
    ASSERT(fault != V2G_FAULT_NONE);
    if (s->facts.fault == V2G_FAULT_NONE) {
        s->facts.fault = fault;
    }
    if (fault == V2G_FAULT_ISOLATION) {
        s->facts.isolation = V2G_ISOLATION_FAILED;
    }
    enter(s, V2G_SUPPLY_STATE_FAULT);
    make_safe(s);
}

/* Judges what a call said: true when it is done. PENDING beyond the limit is a fault. */
static bool done(struct v2g_supply *s, enum v2g_call call, enum v2g_power_result result)
{
    static const uint16_t limits_ms[V2G_CALL_COUNT] = {
        [V2G_CALL_CP] = V2G_SUPPLY_CALL_TIMEOUT_MS,
        [V2G_CALL_ISO] = V2G_SUPPLY_ISOLATION_TIMEOUT_MS,
        [V2G_CALL_PRE] = V2G_SUPPLY_CONTACTOR_TIMEOUT_MS,
        [V2G_CALL_MAIN] = V2G_SUPPLY_CONTACTOR_TIMEOUT_MS,
        [V2G_CALL_MEASURE] = V2G_SUPPLY_CALL_TIMEOUT_MS,
        [V2G_CALL_TARGETS] = V2G_SUPPLY_CALL_TIMEOUT_MS,
        [V2G_CALL_WELD] = V2G_SUPPLY_CONTACTOR_TIMEOUT_MS,
        [V2G_CALL_METER] = V2G_SUPPLY_CALL_TIMEOUT_MS,
        [V2G_CALL_DUTY] = V2G_SUPPLY_CALL_TIMEOUT_MS};
    if (s->state == V2G_SUPPLY_STATE_FAULT) {
        return result == V2G_POWER_DONE;
    }
    const bool tests = s->state == V2G_SUPPLY_STATE_TESTING;
    const uint32_t limit_ms =
        call == V2G_CALL_ISO && !tests ? V2G_SUPPLY_MONITOR_MS : limits_ms[call];
    if (result == V2G_POWER_PENDING) {
        if (s->pending_since_ms[call] == V2G_NEVER_MS) {
            s->pending_since_ms[call] = s->now_ms;
        } else if (s->now_ms - s->pending_since_ms[call] >= limit_ms) {
            fail(s, V2G_FAULT_CALL_STUCK);
        }
        return false;
    }
    s->pending_since_ms[call] = V2G_NEVER_MS;
    if (result == V2G_POWER_FAILED) {
        fail(s, V2G_FAULT_CALL_FAILED);
        return false;
    }
    return true;
}

static bool contactor_main(struct v2g_supply *s, bool on)
{
    const struct v2g_power *p = &s->config.power;
    return done(s, V2G_CALL_MAIN, p->contactor_main(p->context, on));
}

static bool contactor_precharge(struct v2g_supply *s, bool on)
{
    const struct v2g_power *p = &s->config.power;
    return done(s, V2G_CALL_PRE, p->contactor_precharge(p->context, on));
}

/* Sends set points when they changed, by however little, and now and then in any case. */
static void targets(struct v2g_supply *s, int32_t mv, int32_t ma)
{
    const bool same = mv == s->sent_mv && ma == s->sent_ma;
    if (same && s->now_ms - s->refreshed_ms < V2G_SUPPLY_REFRESH_MS) {
        return;
    }
    const struct v2g_power *p = &s->config.power;
    if (done(s, V2G_CALL_TARGETS, p->set_dc_targets(p->context, mv, ma))) {
        s->sent_mv = mv;
        s->sent_ma = ma;
        s->refreshed_ms = s->now_ms;
    }
}

static void say_duty(struct v2g_supply *s)
{
    const struct v2g_power *p = &s->config.power;
    const uint16_t duty_permille = duty_to_say(s);
    const bool is_fresh = s->duty_is_said && s->now_ms - s->duty_said_ms < V2G_SUPPLY_REFRESH_MS;
    if (p->cp_set_duty == NULL || s->state == V2G_SUPPLY_STATE_FAULT ||
        (is_fresh && duty_permille == s->facts.duty_permille)) {
        return;
    }
    if (done(s, V2G_CALL_DUTY, p->cp_set_duty(p->context, duty_permille))) {
        s->facts.duty_permille = duty_permille;
        s->duty_is_said = true;
        s->duty_said_ms = s->now_ms;
    }
}

static void measure(struct v2g_supply *s)
{
    const struct v2g_power *p = &s->config.power;
    struct v2g_supply_facts *f = &s->facts;
    int32_t mv = 0;
    int32_t ma = 0;
    if (done(s, V2G_CALL_MEASURE, p->measure_dc(p->context, &mv, &ma))) {
        f->present_mv = mv;
        f->present_ma = ma;
        f->measured_ms = s->now_ms;
    }
    enum v2g_cp cp = f->cp;
    if (done(s, V2G_CALL_CP, p->cp_get_state(p->context, &cp))) {
        f->cp = cp;
    }
    int64_t energy_mwh = 0;
    if (done(s, V2G_CALL_METER, p->meter_read(p->context, &energy_mwh))) {
        f->energy_mwh = energy_mwh;
    }
}

static bool opening(const struct v2g_supply *s)
{
    return s->state == V2G_SUPPLY_STATE_RAMPING_DOWN || s->state == V2G_SUPPLY_STATE_OPENING;
}

static bool wants_power(const struct v2g_supply *s)
{
    return s->facts.cp == V2G_CP_C || s->facts.cp == V2G_CP_D;
}

/* A car that charges by the pilot alone ends so. */
static bool lets_go(const struct v2g_supply *s)
{
    return s->state == V2G_SUPPLY_STATE_AC_ON && s->closed_by_pwm &&
           (s->facts.cp == V2G_CP_A || s->facts.cp == V2G_CP_B);
}

static void guard(struct v2g_supply *s)
{
    if (!energised(s)) {
        return;
    }
    const struct v2g_supply_facts *f = &s->facts;
    if (f->present_mv > s->config.max_mv + s->config.max_mv / 10) {
        fail(s, V2G_FAULT_OVER_VOLTAGE);
    } else if (f->present_ma > s->config.max_ma + s->config.max_ma / 10) {
        fail(s, V2G_FAULT_OVER_CURRENT);
    } else if (lets_go(s)) {
        enter(s, V2G_SUPPLY_STATE_OPENING);
    } else if (!opening(s) && !wants_power(s)) {
        fail(s, V2G_FAULT_PILOT);
    }
}

/* Asks the isolation monitor; true when it is satisfied. */
static bool isolated(struct v2g_supply *s)
{
    const struct v2g_power *p = &s->config.power;
    bool ok = false;
    if (!done(s, V2G_CALL_ISO, p->iso_monitor_ok(p->context, &ok))) {
        return false;
    }
    if (!ok) {
        fail(s, V2G_FAULT_ISOLATION);
    }
    return ok;
}

static void run_off(struct v2g_supply *s)
{
    const bool may_start = wants_power(s);
    const bool is_offered =
        s->demand.mode == V2G_SUPPLY_AC_ON ||
        (s->demand.mode == V2G_SUPPLY_AC_PWM && v2g_pilot_ma(s->facts.duty_permille) > 0);
    if (s->demand.mode == V2G_SUPPLY_ISOLATION_TEST && may_start) {
        s->facts.isolation = V2G_ISOLATION_TESTING;
        s->facts.weld_tested = false;
        enter(s, V2G_SUPPLY_STATE_PROBING);
    } else if (is_offered && may_start && !s->facts.welded) {
        s->closed_by_pwm = s->demand.mode == V2G_SUPPLY_AC_PWM;
        enter(s, V2G_SUPPLY_STATE_AC_ON);
    } else if (s->demand.mode == V2G_SUPPLY_WELD_TEST && !s->facts.weld_tested) {
        const struct v2g_power *p = &s->config.power;
        bool ok = false;
        if (done(s, V2G_CALL_WELD, p->weld_detection_ok(p->context, &ok))) {
            s->facts.weld_tested = true;
            s->facts.welded = !ok;
            if (!ok) {
                fail(s, V2G_FAULT_WELDED);
            }
        }
    } else if (s->demand.mode == V2G_SUPPLY_CHARGE || s->demand.mode == V2G_SUPPLY_PRE_CHARGE) {
        fail(s, V2G_FAULT_NOT_CHARGED);
    }
}

/* Anything but going on means opening. */
static bool leave_when_off(struct v2g_supply *s)
{
    if (s->demand.mode != V2G_SUPPLY_OFF && s->demand.mode != V2G_SUPPLY_WELD_TEST) {
        return false;
    }
    enter(s, V2G_SUPPLY_STATE_RAMPING_DOWN);
    return true;
}

/* False while the outlet carries a voltage that may be touched by nobody; too long is a fault. */
static bool outlet_safe(struct v2g_supply *s)
{
    if (s->facts.present_mv < V2G_SUPPLY_SAFE_MV) {
        return true;
    }
    if (s->now_ms - s->entered_ms >= V2G_SUPPLY_OUTLET_MS) {
        fail(s, V2G_FAULT_LIVE_OUTLET);
    }
    return false;
}

/* A voltage that is not ours comes from a welded contactor or a car: nothing is tested on it. */
static void run_probing(struct v2g_supply *s)
{
    if (!leave_when_off(s) && outlet_safe(s)) {
        enter(s, V2G_SUPPLY_STATE_TESTING);
    }
}

static void run_testing(struct v2g_supply *s)
{
    if (leave_when_off(s) || !contactor_precharge(s, true)) {
        return;
    }
    targets(s, s->config.isolation_test_mv, V2G_SUPPLY_PRE_CHARGE_MA);
    const bool there =
        distance(s->facts.present_mv, s->config.isolation_test_mv) <= V2G_SUPPLY_TOLERANCE_MV;
    if (there && s->state == V2G_SUPPLY_STATE_TESTING && isolated(s)) {
        enter(s, V2G_SUPPLY_STATE_DISCHARGING);
    }
}

static void run_discharging(struct v2g_supply *s)
{
    if (leave_when_off(s)) {
        return;
    }
    targets(s, 0, 0);
    if (outlet_safe(s) && contactor_precharge(s, false)) {
        s->facts.isolation = V2G_ISOLATION_PASSED;
        enter(s, V2G_SUPPLY_STATE_TESTED);
    }
}

static void run_tested(struct v2g_supply *s)
{
    if (leave_when_off(s)) {
        return;
    }
    if (s->demand.mode == V2G_SUPPLY_PRE_CHARGE) {
        enter(s, V2G_SUPPLY_STATE_PRE_CHARGING);
    } else if (s->demand.mode == V2G_SUPPLY_CHARGE) {
        fail(s, V2G_FAULT_NOT_CHARGED);
    }
}

/* The voltage between the poles of the open contactor decides, not that somebody said so: measured
 * now, for it may have fallen since. */
static bool still_charged(struct v2g_supply *s)
{
    if (s->charged_mv == 0 ||
        distance(s->facts.present_mv, s->charged_mv) > V2G_SUPPLY_TOLERANCE_MV) {
        fail(s, V2G_FAULT_NOT_CHARGED);
        return false;
    }
    return s->facts.measured_ms == s->now_ms;
}

static void run_pre_charging(struct v2g_supply *s)
{
    ASSERT(s->facts.isolation == V2G_ISOLATION_PASSED);
    if (leave_when_off(s) || !isolated(s) || !contactor_precharge(s, true)) {
        return;
    }
    if (s->demand.mode == V2G_SUPPLY_CHARGE) {
        if (still_charged(s)) {
            enter(s, V2G_SUPPLY_STATE_CLOSING);
        }
        return;
    }
    const int32_t mv = s->demand.target_mv;
    targets(s, mv, s->demand.target_ma > 0 ? s->demand.target_ma : V2G_SUPPLY_PRE_CHARGE_MA);
    const bool charged =
        mv > 0 && s->sent_mv == mv && distance(s->facts.present_mv, mv) <= V2G_SUPPLY_TOLERANCE_MV;
    s->charged_mv = charged ? mv : 0;
    s->facts.pre_charged = charged;
}

static void run_closing(struct v2g_supply *s)
{
    ASSERT(s->charged_mv > 0 && s->facts.isolation == V2G_ISOLATION_PASSED);
    if (leave_when_off(s) || !isolated(s) || !still_charged(s) || !contactor_main(s, true) ||
        !contactor_precharge(s, false)) {
        return;
    }
    s->facts.contactor_closed = true;
    s->facts.contactor_open = false;
    enter(s, V2G_SUPPLY_STATE_ON);
}

static void run_on(struct v2g_supply *s)
{
    if (leave_when_off(s) || !isolated(s)) {
        return;
    }
    if (s->demand.mode == V2G_SUPPLY_CHARGE) {
        targets(s, s->demand.target_mv, s->demand.target_ma);
    }
}

/* A leak on the way down: no more waiting for the current to fall. */
static bool leaks(const struct v2g_supply *s)
{
    const struct v2g_power *p = &s->config.power;
    bool ok = true;
    return s->facts.isolation == V2G_ISOLATION_PASSED &&
           p->iso_monitor_ok(p->context, &ok) == V2G_POWER_DONE && !ok;
}

static void run_ramping_down(struct v2g_supply *s)
{
    if (leaks(s)) {
        fail(s, V2G_FAULT_ISOLATION);
        return;
    }
    targets(s, s->sent_mv, 0);
    const bool late = s->now_ms - s->entered_ms >= V2G_SUPPLY_RAMP_DOWN_MS;
    if (late || !wants_power(s) || (s->facts.present_ma < V2G_SUPPLY_OPEN_MA && s->sent_ma == 0)) {
        enter(s, V2G_SUPPLY_STATE_OPENING);
    }
}

static void run_opening(struct v2g_supply *s)
{
    targets(s, 0, 0);
    if (s->state != V2G_SUPPLY_STATE_OPENING || !contactor_main(s, false) ||
        !contactor_precharge(s, false)) {
        return;
    }
    s->facts.contactor_closed = false;
    s->facts.contactor_open = true;
    s->facts.isolation = V2G_ISOLATION_NOT_TESTED; /* what follows needs a new cable check */
    s->charged_mv = 0;
    s->facts.pre_charged = false;
    enter(s, V2G_SUPPLY_STATE_OFF);
}

static void run_ac_on(struct v2g_supply *s)
{
    if (leave_when_off(s)) {
        return;
    }
    if (contactor_main(s, true)) {
        s->facts.contactor_closed = true;
        s->facts.contactor_open = false;
    }
}

static void run_fault(struct v2g_supply *s)
{
    make_safe(s);
}

void v2g_supply_init(struct v2g_supply *s, uint64_t now_ms, const struct v2g_supply_config *config)
{
    memset(s, 0, sizeof *s);
    s->config = *config;
    s->now_ms = now_ms;
    s->ticked_ms = now_ms;
    s->facts.cp = V2G_CP_A;
    s->duty_permille = V2G_PILOT_STEADY;
    s->facts.duty_permille = V2G_PILOT_STEADY;
    s->facts.measured_ms = now_ms; /* nothing yet, but that is not stale */
    for (unsigned i = 0; i < V2G_CALL_COUNT; i++) {
        s->pending_since_ms[i] = V2G_NEVER_MS;
    }
    enter(s, V2G_SUPPLY_STATE_OPENING); /* open is the default, so make it so */
}

void v2g_supply_demand(struct v2g_supply *s, struct v2g_supply_demand demand)
{
    s->demand = demand;
}

void v2g_supply_set_duty(struct v2g_supply *s, uint16_t duty_permille)
{
    ASSERT(duty_permille <= V2G_PILOT_STEADY);
    s->duty_permille = duty_permille;
}

void v2g_supply_emergency_stop(struct v2g_supply *s, uint64_t now_ms)
{
    ASSERT(now_ms >= s->now_ms);
    s->now_ms = now_ms;
    fail(s, V2G_FAULT_EMERGENCY);
}

int v2g_supply_reset(struct v2g_supply *s)
{
    if (s->state != V2G_SUPPLY_STATE_FAULT) {
        return E_OK;
    }
    if (!s->facts.contactor_open || s->facts.welded || s->demand.mode != V2G_SUPPLY_OFF) {
        return E_STATE;
    }
    s->facts.fault = V2G_FAULT_NONE;
    s->facts.isolation = V2G_ISOLATION_NOT_TESTED;
    for (unsigned i = 0; i < V2G_CALL_COUNT; i++) {
        s->pending_since_ms[i] = V2G_NEVER_MS;
    }
    enter(s, V2G_SUPPLY_STATE_OFF);
    return E_OK;
}

void v2g_supply_tick(struct v2g_supply *s, uint64_t now_ms)
{
    static void (*const run[V2G_SUPPLY_STATE_COUNT])(struct v2g_supply *) = {
        [V2G_SUPPLY_STATE_OFF] = run_off,
        [V2G_SUPPLY_STATE_PROBING] = run_probing,
        [V2G_SUPPLY_STATE_TESTING] = run_testing,
        [V2G_SUPPLY_STATE_DISCHARGING] = run_discharging,
        [V2G_SUPPLY_STATE_TESTED] = run_tested,
        [V2G_SUPPLY_STATE_PRE_CHARGING] = run_pre_charging,
        [V2G_SUPPLY_STATE_CLOSING] = run_closing,
        [V2G_SUPPLY_STATE_ON] = run_on,
        [V2G_SUPPLY_STATE_RAMPING_DOWN] = run_ramping_down,
        [V2G_SUPPLY_STATE_OPENING] = run_opening,
        [V2G_SUPPLY_STATE_AC_ON] = run_ac_on,
        [V2G_SUPPLY_STATE_FAULT] = run_fault};
    ASSERT(now_ms >= s->now_ms);
    s->now_ms = now_ms;
    if (energised(s) && now_ms - s->ticked_ms > V2G_SUPPLY_LATE_MS) {
        fail(s, V2G_FAULT_LATE);
    }
    s->ticked_ms = now_ms;
    measure(s);
    guard(s);
    say_duty(s);
    run[s->state](s);
}

uint64_t v2g_supply_deadline(const struct v2g_supply *s)
{
    return s->ticked_ms + V2G_SUPPLY_PERIOD_MS;
}

const struct v2g_supply_facts *v2g_supply_facts(const struct v2g_supply *s)
{
    return &s->facts;
}

const char *v2g_supply_state_name(enum v2g_supply_state state)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_SUPPLY_STATES(X)
#undef X
    };
    ASSERT(state < V2G_SUPPLY_STATE_COUNT);
    return names[state];
}

const char *v2g_fault_name(enum v2g_fault fault)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_FAULTS(X)
#undef X
    };
    ASSERT(fault < V2G_FAULT_COUNT);
    return names[fault];
}
