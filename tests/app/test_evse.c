/* SPDX-License-Identifier: MIT
 * A car of app/ev.h at a charger of app/evse.h over a model of the power stage: whole sessions, and
 * what a fault on either side leads to.
 */
#include "app/evse.h"

#include <string.h>

#include "app/ev.h"
#include "app/power_model.h"
#include "check.h"

enum { STEP_MS = 10, PIPE = 4096 };

struct pipe {
    uint8_t bytes[PIPE];
    size_t len;
};

struct plug {
    struct power_model model;
    struct evse evse;
    struct ev ev;
    struct v2g_secc_config secc;
    struct ev_config car;
    struct evse_pilot_config pilot;
    struct pipe to_evse, to_ev;
    uint64_t evse_memory[V2G_CODEC_LEN / 8], ev_memory[V2G_CODEC_LEN / 8];
    uint64_t now_ms;
    bool cable_cut, open_tcp;
    bool alone;           /* the pilot is the model's car's, not ev's */
    uint32_t faults_told; /* bits 1 << enum v2g_fault */
    uint8_t entropy;
};

static int count_up(void *context, void *out, size_t len)
{
    uint8_t *next = context;
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)out)[i] = ++*next;
    }
    return E_OK;
}

static void plug_init(struct plug *p, uint8_t protocols, enum v2g_energy_mode mode)
{
    memset(p, 0, sizeof *p);
    p->now_ms = 1000;
    power_model_init(&p->model, p->now_ms, &power_model_default);
    p->secc = (struct v2g_secc_config){
        .codec = {.memory = (uint8_t *)p->evse_memory, .cap = sizeof p->evse_memory},
        .entropy = {.fill = count_up, .context = &p->entropy},
        .evse_id = "DE*WAT*E0001",
        .protocols = 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
        .modes = 1U << V2G_DC_EXTENDED | 1U << V2G_AC_THREE_PHASE,
        .free = true,
        .dc = {.max_mv = 500000,
               .max_ma = 120000,
               .max_w = 60000,
               .min_mv = 150000,
               .ripple_ma = 1000},
        .ac_nominal_mv = 230000,
        .ac_max_ma = 16000};
    p->car = (struct ev_config){
        .evcc = {.codec = {.memory = (uint8_t *)p->ev_memory, .cap = sizeof p->ev_memory},
                 .evcc_id = {2, 0, 0, 0, 0, 1},
                 .protocols = protocols,
                 .mode = mode,
                 .ac_max_mv = 400000,
                 .ac_max_ma = 16000,
                 .ac_min_ma = 6000,
                 .loop_ms = 50},
        .battery = {.capacity_wh = 50000,
                    .soc_permille = 300,
                    .full_permille = 800,
                    .empty_mv = 320000,
                    .full_mv = 410000,
                    .resistance_mohm = 100,
                    .max_ma = 150000,
                    .contactor_ms = 100,
                    .rate = 100,
                    .phases = 3}};
}

static void plug_open(struct plug *p)
{
    const struct evse_config config = {.secc = &p->secc,
                                       .pilot = p->pilot,
                                       .supply = {.power = power_model_power(&p->model),
                                                  .max_mv = 500000,
                                                  .max_ma = 120000,
                                                  .isolation_test_mv = 450000}};
    evse_init(&p->evse, p->now_ms, &config);
    p->now_ms += V2G_SUPPLY_PERIOD_MS;
    evse_tick(&p->evse, p->now_ms);
    evse_tick(&p->evse, p->now_ms += V2G_SUPPLY_PERIOD_MS);
    power_model_tick(&p->model, p->now_ms);
}

static void connect(struct plug *p)
{
    p->alone = false;
    p->to_ev.len = p->to_evse.len = 0;
    CHECK_EQ(evse_connect(&p->evse, p->now_ms), E_OK);
    ev_init(&p->ev, p->now_ms, &p->car);
    p->open_tcp = true;
}

static void plug_in(struct plug *p)
{
    plug_open(p);
    connect(p);
}

static void append(struct pipe *pipe, const uint8_t *bytes, int len)
{
    if (len > 0 && CHECK(pipe->len + (size_t)len <= PIPE)) {
        memcpy(pipe->bytes + pipe->len, bytes, (size_t)len);
        pipe->len += (size_t)len;
    }
}

static void consume(struct pipe *pipe, int used)
{
    const size_t n = used < 0 ? pipe->len : (size_t)used;
    pipe->len -= n;
    memmove(pipe->bytes, pipe->bytes + n, pipe->len);
}

static void exchange(struct plug *p)
{
    uint8_t out[2048];
    append(&p->to_evse, out, ev_output(&p->ev, out, sizeof out));
    if (evse_connected(&p->evse) && p->to_evse.len > 0) {
        consume(&p->to_evse, evse_input(&p->evse, p->now_ms, p->to_evse.bytes, p->to_evse.len));
    }
    append(&p->to_ev, out, evse_output(&p->evse, out, sizeof out));
    if (p->to_ev.len > 0) {
        consume(&p->to_ev, ev_input(&p->ev, p->now_ms, p->to_ev.bytes, p->to_ev.len));
    }
}

/* The cable: what the battery and the pilot are to the power stage. */
static void couple(struct plug *p)
{
    const struct v2g_evcc *evcc = ev_session(&p->ev);
    if (p->alone) {
        p->model.car.cp = p->cable_cut ? V2G_CP_A : p->model.car.cp;
        return;
    }
    const enum v2g_cp cp = v2g_evcc_wants_power(evcc) ? V2G_CP_C : V2G_CP_B;
    p->model.car = (struct power_model_car){.cp = p->cable_cut ? V2G_CP_A : cp,
                                            .contactor_closed = p->ev.contactor_closed,
                                            .battery_mv = evcc->battery.voltage_mv,
                                            .battery_mohm = 100};
}

static void run(struct plug *p, uint32_t ms)
{
    for (uint32_t at = 0; at < ms; at += STEP_MS) {
        p->now_ms += STEP_MS;
        couple(p);
        power_model_tick(&p->model, p->now_ms);
        if (!p->alone) {
            ev_tick(&p->ev, p->now_ms);
        }
        evse_tick(&p->evse, p->now_ms);
        if (p->open_tcp) {
            exchange(p);
        }
        if (evse_close_due(&p->evse)) {
            evse_disconnect(&p->evse, p->now_ms);
            p->open_tcp = false;
        }
        struct evse_event event;
        while (evse_event(&p->evse, &event)) {
            p->faults_told |= event.kind == EVSE_EVENT_FAULT ? 1U << event.a : 0;
        }
    }
}

static bool run_to(struct plug *p, enum v2g_phase phase)
{
    for (unsigned i = 0; i < 6000 && evse_session(&p->evse)->phase != phase; i++) {
        run(p, STEP_MS);
    }
    return evse_session(&p->evse)->phase == phase;
}

static void check_full_dc_session(enum v2g_protocol protocol, int32_t ma)
{
    static struct plug p;
    plug_init(&p, (uint8_t)(1U << protocol), V2G_DC_EXTENDED);
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    run(&p, 3000);
    CHECK(power_model_conducts(&p.model));
    CHECK_EQ(evse_facts(&p.evse)->present_ma, ma);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    CHECK(ev_soc_permille(&p.ev) >= 800 && ev_soc_permille(&p.ev) < 830);
    run(&p, 200);
    CHECK_EQ(evse_session(&p.evse)->end, V2G_SECC_STOPPED);
    CHECK_EQ(ev_session(&p.ev)->end, V2G_EVCC_STOPPED);
    CHECK(!power_model_conducts(&p.model));
    CHECK_EQ(p.faults_told, 0);
    CHECK_EQ(p.model.books.n_closed, 1);
    CHECK_EQ(p.model.books.n_inrush + p.model.books.n_opened_hot, 0);
    /* What the charger metered is what the battery got, but for the rate and the contactors. */
    const int64_t got_mwh = (ev_stored_mwh(&p.ev) - INT64_C(15000000)) / 100;
    const int64_t metered_mwh = evse_facts(&p.evse)->energy_mwh;
    CHECK(metered_mwh > got_mwh * 97 / 100 && metered_mwh < got_mwh * 103 / 100);
}

static void a_car_is_filled_by_iso_15118_2(void)
{
    check_full_dc_session(V2G_PROTOCOL_ISO2, 120000);
}

static void a_car_is_filled_by_din_70121(void)
{
    check_full_dc_session(V2G_PROTOCOL_DIN, 79920); /* a DIN schedule says 32767 W at most */
}

static void an_ac_car_is_filled(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE);
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    run(&p, 1000);
    CHECK(power_model_conducts(&p.model));
    const int64_t before_mwh = ev_stored_mwh(&p.ev);
    run(&p, 3600);
    const int64_t got_mwh = (ev_stored_mwh(&p.ev) - before_mwh) / 100;
    CHECK(got_mwh > 10900 && got_mwh < 11100); /* 11.04 kW for 3.6 s */
    ev_stop(&p.ev);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    run(&p, 200);
    CHECK(!power_model_conducts(&p.model));
}

/* A session that charges, then `spoil`, then time: the contactor must be open. */
static void check_opens(void (*spoil)(struct plug *), uint32_t within_ms)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    p.car.battery.rate = 1;
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    run(&p, 2000);
    CHECK(power_model_conducts(&p.model));
    spoil(&p);
    run(&p, within_ms);
    CHECK(!power_model_conducts(&p.model));
    CHECK_EQ(p.model.ma, 0);
    run(&p, 70000);
    CHECK(!power_model_conducts(&p.model));
    CHECK(!evse_connected(&p.evse) || evse_session(&p.evse)->phase == V2G_PHASE_ENDED);
    CHECK_EQ(p.model.books.n_closed, 1);
}

static void spoil_isolation(struct plug *p)
{
    p->model.faults.isolation_ohm = 20000;
}
static void spoil_cable(struct plug *p)
{
    p->cable_cut = true;
}
static void spoil_measurement(struct plug *p)
{
    p->model.faults.forced = 1U << V2G_CALL_MEASURE;
    p->model.faults.answer = V2G_POWER_PENDING;
}
static void spoil_current(struct plug *p)
{
    p->model.faults.runaway_ma = 100000;
}
static void spoil_connection(struct plug *p)
{
    p->open_tcp = false;
    evse_disconnect(&p->evse, p->now_ms);
}
static void spoil_silence(struct plug *p)
{
    p->open_tcp = false; /* nobody notices but the sequence timer */
}
static void press_the_button(struct plug *p)
{
    evse_emergency_stop(&p->evse, p->now_ms);
}

static void faults_of_the_stage_open_the_contactor(void)
{
    check_opens(spoil_isolation, 200);
    check_opens(spoil_measurement, 800);
    check_opens(spoil_current, 200);
}

static void a_pulled_cable_or_connection_opens_the_contactor(void)
{
    check_opens(spoil_cable, 100);
    check_opens(spoil_connection, V2G_SUPPLY_RAMP_DOWN_MS + 200);
    check_opens(spoil_silence, V2G_SECC_SEQUENCE_TIMEOUT_MS + V2G_SUPPLY_RAMP_DOWN_MS + 200);
}

static void an_emergency_stop_opens_and_stays(void)
{
    static struct plug p;
    check_opens(press_the_button, 100);
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    press_the_button(&p);
    CHECK_EQ(evse_clear(&p.evse, p.now_ms), E_STATE);
    run(&p, 20000);
    evse_disconnect(&p.evse, p.now_ms);
    CHECK_EQ(evse_connect(&p.evse, p.now_ms), E_STATE);
    CHECK_EQ(evse_clear(&p.evse, p.now_ms), E_OK);
    CHECK_EQ(evse_connect(&p.evse, p.now_ms), E_OK);
}

static void a_faulty_isolation_never_lets_the_car_charge(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    p.model.faults.isolation_ohm = 30000;
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    CHECK_EQ(p.model.books.n_closed, 0);
    CHECK((p.faults_told & 1U << V2G_FAULT_ISOLATION) != 0);
    CHECK(ev_session(&p.ev)->end != V2G_EVCC_NOT_YET);
}

static void a_car_that_skips_the_pre_charge_gets_nothing(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    p.car.evcc.faults = V2G_EVCC_NO_PRE_CHARGE;
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    run(&p, 6000);
    CHECK_EQ(p.model.books.n_closed, 0);
}

static void a_battery_that_fails_ends_the_session(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    p.car.battery.fails_at_permille = 400;
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    run(&p, 2000);
    CHECK(!power_model_conducts(&p.model));
    CHECK(ev_soc_permille(&p.ev) < 420);
}

static void a_limit_holds_the_car_at_zero_and_lets_it_go(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    p.car.battery.rate = 1;
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    run(&p, 2000);
    evse_limit(&p.evse, 0);
    run(&p, 3000);
    CHECK_EQ(evse_facts(&p.evse)->present_ma, 0);
    CHECK_EQ(evse_session(&p.evse)->phase, V2G_PHASE_CHARGING);
    CHECK(power_model_conducts(&p.model));
    evse_limit(&p.evse, 50000);
    run(&p, 2000);
    CHECK_EQ(evse_facts(&p.evse)->present_ma, 50000);
    evse_stop(&p.evse, 0);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    CHECK_EQ(evse_session(&p.evse)->end, V2G_SECC_STOPPED);
}

static void a_welded_charger_takes_no_other_car(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    run(&p, 500);
    p.model.faults.welded = true;
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    run(&p, 6000);
    CHECK((p.faults_told & 1U << V2G_FAULT_WELDED) != 0);
    evse_disconnect(&p.evse, p.now_ms);
    CHECK_EQ(evse_connect(&p.evse, p.now_ms), E_STATE);
    CHECK_EQ(evse_clear(&p.evse, p.now_ms), E_STATE);
}

static void one_car_at_a_time_and_the_next_after_it(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    CHECK_EQ(evse_connect(&p.evse, p.now_ms), E_STATE);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    evse_disconnect(&p.evse, p.now_ms);
    run(&p, 3000);
    CHECK_EQ(evse_connect(&p.evse, p.now_ms), E_OK);
    p.car.battery.soc_permille = 500;
    ev_init(&p.ev, p.now_ms, &p.car);
    p.to_ev.len = p.to_evse.len = 0;
    p.open_tcp = true;
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    CHECK_EQ(p.model.books.n_closed, 2);
    CHECK_EQ(p.faults_told, 0);
}

/* From now on the car at the plug has no network, but a battery for AC. */
static void leave_alone(struct plug *p, int32_t ac_max_ma)
{
    p->alone = true;
    p->model.car = (struct power_model_car){
        .cp = V2G_CP_B, .by_pwm = true, .ac_max_ma = ac_max_ma, .phases = 3};
}

/* A wallbox of 32 A that reads the state of charge of the car, which then charges by PWM. */
static void read_soc_and_charge(struct plug *p)
{
    plug_init(p, 1U << V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    p->secc.soc_only = true;
    p->secc.modes = 1U << V2G_AC_THREE_PHASE;
    p->pilot = (struct evse_pilot_config){.max_ma = 32000, .silent_ms = 60000};
    plug_in(p);
    CHECK(run_to(p, V2G_PHASE_ENDED));
    CHECK_EQ(evse_session(&p->evse)->end, V2G_SECC_SOC_READ);
    CHECK_EQ(p->model.duty_permille, V2G_PILOT_DIGITAL);
    for (unsigned i = 0; i < 1000 && evse_connected(&p->evse); i++) {
        run(p, STEP_MS);
    }
    leave_alone(p, 16000);
    run(p, EVSE_PILOT_STEP_MS - 100);
    CHECK_EQ(p->model.duty_permille, V2G_PILOT_STEADY);
    CHECK_EQ(p->model.books.n_closed, 0);
    run(p, 500);
    CHECK(power_model_conducts(&p->model));
    CHECK_EQ(p->model.duty_permille, 533);
}

static void a_wallbox_reads_the_state_of_charge_and_charges_by_pwm(void)
{
    static struct plug p;
    read_soc_and_charge(&p);
    CHECK_EQ(evse_soc_pct(&p.evse), 30);
    const int64_t from_mwh = evse_facts(&p.evse)->energy_mwh;
    run(&p, 36000);
    const int64_t got_mwh = evse_facts(&p.evse)->energy_mwh - from_mwh;
    CHECK(got_mwh > 110300 && got_mwh < 110500); /* 11.04 kW for 36 s */
    evse_limit(&p.evse, 10000);
    run(&p, 100);
    CHECK_EQ(p.model.ac_ma, 9960);
    p.cable_cut = true;
    run(&p, 60);
    CHECK(!power_model_conducts(&p.model));
    run(&p, 100);
    CHECK_EQ(evse_soc_pct(&p.evse), -1);
    CHECK(!evse_has_car(&p.evse));
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_STEADY);
    CHECK_EQ(p.faults_told, 0);
    CHECK_EQ(p.model.books.n_closed, 1);
}

static void a_car_without_a_network_charges_by_pwm(void)
{
    static struct plug p;
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE);
    p.pilot = (struct evse_pilot_config){.max_ma = 20000, .silent_ms = 60000};
    plug_open(&p);
    leave_alone(&p, 32000);
    run(&p, 59000);
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_DIGITAL);
    CHECK_EQ(p.model.books.n_closed, 0);
    run(&p, EVSE_PILOT_STEP_MS + 2000);
    CHECK(power_model_conducts(&p.model));
    CHECK_EQ(p.model.ac_ma, 19980); /* what the plug can, not what the car would take */
    /* suspended without ending, opened without a load */
    evse_suspend(&p.evse, true);
    run(&p, 1000);
    CHECK(!power_model_conducts(&p.model));
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_STEADY);
    evse_suspend(&p.evse, false);
    run(&p, 1000);
    CHECK_EQ(p.model.ac_ma, 19980);
    /* a car that does not obey within its time is cut off */
    p.model.car.by_pwm = false;
    p.model.car.cp = V2G_CP_C;
    evse_suspend(&p.evse, true);
    run(&p, EVSE_PILOT_LET_GO_MS - 200);
    CHECK(power_model_conducts(&p.model));
    run(&p, 400);
    CHECK(!power_model_conducts(&p.model));
    evse_suspend(&p.evse, false);
    p.model.car.by_pwm = true;
    run(&p, 1000);
    CHECK(power_model_conducts(&p.model));
    evse_stop(&p.evse, 0);
    run(&p, 100000);
    CHECK(!power_model_conducts(&p.model));
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_STEADY); /* until somebody wakes it */
    CHECK_EQ(p.faults_told, 0);
    CHECK_EQ(p.model.books.n_opened_hot, 0);
}

/* Each fault with power flowing by PWM. */
static void by_pwm_every_fault_opens(void)
{
    static struct plug p;
    for (unsigned i = 0; i < 5; i++) {
        read_soc_and_charge(&p);
        p.model.faults.answer = V2G_POWER_PENDING;
        p.model.faults.forced = (uint16_t)(i == 0 ? 1U << V2G_CALL_DUTY : 0);
        if (i == 1 || i == 2) {
            p.model.car.by_pwm = false;
            p.model.car.cp = i == 1 ? V2G_CP_E : V2G_CP_F;
        }
        if (i == 3) {
            evse_emergency_stop(&p.evse, p.now_ms);
        }
        p.now_ms += i == 4 ? V2G_SUPPLY_LATE_MS + 20 : 0;
        run(&p, i == 0 ? V2G_SUPPLY_CALL_TIMEOUT_MS + V2G_SUPPLY_REFRESH_MS + 60 : 60);
        static const enum v2g_fault faults[] = {V2G_FAULT_CALL_STUCK, V2G_FAULT_PILOT,
                                                V2G_FAULT_PILOT, V2G_FAULT_EMERGENCY,
                                                V2G_FAULT_LATE};
        CHECK_EQ(evse_facts(&p.evse)->fault, faults[i]);
        CHECK(!power_model_conducts(&p.model));
        CHECK_EQ(p.model.duty_permille, V2G_PILOT_STEADY);
        p.model.faults.forced = 0;
        p.model.car.by_pwm = true;
        p.model.car.cp = V2G_CP_B;
        run(&p, 20000);
        CHECK(!power_model_conducts(&p.model));
        /* the next car comes to a sound plug, but not after an emergency stop */
        p.cable_cut = true;
        run(&p, 100);
        CHECK_EQ(evse_facts(&p.evse)->fault, i == 3 ? V2G_FAULT_EMERGENCY : V2G_FAULT_NONE);
        CHECK_EQ(p.model.books.n_closed, 1);
    }
}

/* A car that charges by PWM and then speaks: the session has the say again. */
static void a_session_takes_over_from_pwm(void)
{
    static struct plug p;
    read_soc_and_charge(&p);
    p.alone = false;
    connect(&p);
    run(&p, 100);
    CHECK(!power_model_conducts(&p.model));
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_DIGITAL);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    CHECK_EQ(evse_session(&p.evse)->end, V2G_SECC_SOC_READ);
    CHECK_EQ(p.faults_told, 0);
}

static void check_waking(enum power_model_sleep sleep, uint32_t within_ms)
{
    static struct plug p;
    static struct v2g_paused paused;
    memset(&paused, 0, sizeof paused);
    plug_init(&p, 1U << V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    p.secc.paused = &paused;
    p.car.battery.rate = 1;
    plug_in(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    evse_suspend(&p.evse, true);
    evse_pause(&p.evse);
    CHECK(run_to(&p, V2G_PHASE_ENDED));
    run(&p, 10000);
    CHECK(!evse_connected(&p.evse) && evse_has_car(&p.evse));
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_STEADY);
    leave_alone(&p, 0);
    p.model.car.sleep = sleep;
    run(&p, 100000);
    CHECK_EQ(p.model.books.n_woken, 0);
    evse_suspend(&p.evse, false);
    for (uint32_t ms = 0; ms < within_ms && p.model.books.n_woken == 0; ms += STEP_MS) {
        run(&p, STEP_MS);
    }
    CHECK_EQ(p.model.books.n_woken, 1);
    connect(&p);
    CHECK(run_to(&p, V2G_PHASE_CHARGING));
    run(&p, 2000);
    CHECK(power_model_conducts(&p.model));
    CHECK_EQ(p.model.duty_permille, V2G_PILOT_DIGITAL);
    CHECK_EQ(p.faults_told, 0);
}

static void a_paused_car_is_woken_by_the_pilot_and_charges_on(void)
{
    check_waking(POWER_MODEL_DOZING, 100);
    check_waking(POWER_MODEL_FAST_ASLEEP, EVSE_PILOT_ANSWER_MS + 200);
}

CHECK_MAIN(TEST(a_car_is_filled_by_iso_15118_2), TEST(a_car_is_filled_by_din_70121),
           TEST(an_ac_car_is_filled), TEST(faults_of_the_stage_open_the_contactor),
           TEST(a_pulled_cable_or_connection_opens_the_contactor),
           TEST(an_emergency_stop_opens_and_stays),
           TEST(a_faulty_isolation_never_lets_the_car_charge),
           TEST(a_car_that_skips_the_pre_charge_gets_nothing),
           TEST(a_battery_that_fails_ends_the_session),
           TEST(a_limit_holds_the_car_at_zero_and_lets_it_go),
           TEST(a_wallbox_reads_the_state_of_charge_and_charges_by_pwm),
           TEST(a_car_without_a_network_charges_by_pwm), TEST(by_pwm_every_fault_opens),
           TEST(a_session_takes_over_from_pwm),
           TEST(a_paused_car_is_woken_by_the_pilot_and_charges_on),
           TEST(a_welded_charger_takes_no_other_car), TEST(one_car_at_a_time_and_the_next_after_it))
