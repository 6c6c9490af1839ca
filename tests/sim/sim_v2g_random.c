/* SPDX-License-Identifier: MIT
 * Random sequences of messages, facts and faults against the charger's machine, its supply and a
 * power stage, DC and AC. Whatever a car says and whatever breaks, and whatever is lost, late or
 * said twice: the main contactor never closes without a completed pre-charge over a cable that was
 * tested, or against an insulation fault, and is always open soon after a fault. The stage itself
 * judges, not the machine that decided. WATTWARD_LONG=1: a million sequences.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "v2g/v2gtp.h"
#include "v2g_contract.h"
#include "v2g_stage.h"

enum { STEPS = 24, SHORT_RUN = 100000, LONG_RUN = 1000000, OPEN_WITHIN_TICKS = 3 };

static uint64_t secc_memory[V2G_CODEC_LEN / 8];
static uint64_t car_memory[V2G_CODEC_LEN / 8];
static struct stage stage;
static struct v2g_supply supply;
static struct v2g_secc secc;
static struct v2g_secc_config config;
static uint64_t now_ms;
static uint32_t dice;
static unsigned long n_charging, n_faults, n_messages, n_twice;
static unsigned long n_by_fault[V2G_FAULT_COUNT];
static unsigned ticks_with_fault, ticks_with_leak;
static uint32_t current;

static uint32_t below(uint32_t bound)
{
    dice = dice * 1664525U + 1013904223U;
    return (dice >> 8) % bound;
}

static void tick(void)
{
    now_ms += 20;
    stage_step(&stage, stage.main);
    v2g_supply_demand(&supply, v2g_secc_demand(&secc));
    v2g_supply_tick(&supply, now_ms);
    v2g_secc_set_supply(&secc, now_ms, v2g_supply_facts(&supply));
    v2g_secc_tick(&secc, now_ms);
    const struct v2g_supply_facts *facts = v2g_supply_facts(&supply);
    ticks_with_fault = facts->fault == V2G_FAULT_NONE ? 0 : ticks_with_fault + 1;
    const bool live = stage.main || stage.pre || stage.set_ma != 0;
    const bool leaks = stage.main && stage.leaky && !stage.ac && stage.hangs == 0 && !stage.welded;
    ticks_with_leak = leaks ? ticks_with_leak + 1 : 0;
    if (stage.unsafe != 0 || ticks_with_leak > OPEN_WITHIN_TICKS ||
        (ticks_with_fault > OPEN_WITHIN_TICKS && live && !stage.welded)) {
        check_report(false, __FILE__, __LINE__, "the contactor is closed where it must not be");
        printf("sequence %u: unsafe %u, leaking %u, %s for %u ticks\n", current, stage.unsafe,
               ticks_with_leak, v2g_fault_name(facts->fault), ticks_with_fault);
        ticks_with_fault = ticks_with_leak = 0;
        stage.unsafe = 0;
    }
}

/* What a good car would say next. */
static enum v2g_kind proper(void)
{
    static const enum v2g_kind kinds[V2G_PHASE_COUNT] = {
        [V2G_PHASE_SETUP] = V2G_SESSION_SETUP,
        [V2G_PHASE_DISCOVERY] = V2G_SERVICE_DISCOVERY,
        [V2G_PHASE_SELECTION] = V2G_PAYMENT_SELECTION,
        [V2G_PHASE_AUTHORIZATION] = V2G_AUTHORIZATION,
        [V2G_PHASE_PARAMETERS] = V2G_CHARGE_PARAMETERS,
        [V2G_PHASE_CABLE_CHECK] = V2G_CABLE_CHECK,
        [V2G_PHASE_PRE_CHARGE] = V2G_PRE_CHARGE,
        [V2G_PHASE_READY] = V2G_POWER_DELIVERY,
        [V2G_PHASE_CHARGING] = V2G_CURRENT_DEMAND,
        [V2G_PHASE_RECEIPT] = V2G_METERING_RECEIPT,
        [V2G_PHASE_RENEGOTIATION] = V2G_CHARGE_PARAMETERS,
        [V2G_PHASE_RESTART] = V2G_POWER_DELIVERY,
        [V2G_PHASE_STOPPING] = V2G_WELDING_DETECTION,
        [V2G_PHASE_WELDING] = V2G_SESSION_STOP};
    const bool charged = abs(stage.mv - 380000) < 20000;
    if (secc.phase == V2G_PHASE_PRE_CHARGE && charged) {
        return V2G_POWER_DELIVERY;
    }
    if (!secc.is_dc && (secc.phase == V2G_PHASE_CHARGING || secc.phase == V2G_PHASE_STOPPING)) {
        return secc.phase == V2G_PHASE_CHARGING ? V2G_CHARGING_STATUS : V2G_SESSION_STOP;
    }
    return kinds[secc.phase];
}

static void fill(struct v2g_message *m, bool wild)
{
    memset(m, 0, sizeof *m);
    m->kind = wild ? (enum v2g_kind)below(V2G_KIND_COUNT) : proper();
    memcpy(m->session_id, secc.session_id, V2G_SESSION_ID_LEN);
    m->session_id_len = V2G_SESSION_ID_LEN;
    contract_fill(m);
    if (m->kind == V2G_SESSION_SETUP) {
        m->session_setup.evcc_id_len = 6;
    } else if (m->kind == V2G_PAYMENT_SELECTION) {
        m->payment_selection.payment = V2G_PAYMENT_EXTERNAL;
        m->payment_selection.n_selected = 1;
        m->payment_selection.selected[0] = (struct v2g_selected_service){V2G_SERVICE_CHARGE, -1};
    } else if (m->kind == V2G_CHARGE_PARAMETERS) {
        m->charge_parameters.mode = stage.ac ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED;
        m->charge_parameters.is_dc = !stage.ac;
        m->charge_parameters.ac_max_mv = 400000;
        m->charge_parameters.dc.max_mv = 450000;
        m->charge_parameters.full_soc_pct = m->charge_parameters.bulk_soc_pct = -1;
    } else if (m->kind == V2G_PRE_CHARGE) {
        m->pre_charge.target_mv = wild ? (int32_t)below(600000) : 380000;
    } else if (m->kind == V2G_POWER_DELIVERY) {
        m->power_delivery.progress = wild ? (enum v2g_progress)below(3) : V2G_PROGRESS_START;
        m->power_delivery.schedule_id = 1;
    } else if (m->kind == V2G_METERING_RECEIPT) {
        memcpy(m->metering_receipt.session_id, secc.session_id, V2G_SESSION_ID_LEN);
        m->metering_receipt.session_id_len = V2G_SESSION_ID_LEN;
    } else if (m->kind == V2G_CURRENT_DEMAND) {
        m->current_demand.target_mv = wild ? (int32_t)below(700000) : 400000;
        m->current_demand.target_ma = wild ? (int32_t)below(300000) : 50000;
        m->current_demand.full_soc_s = -1;
    }
}

static void ask(bool wild)
{
    static uint8_t frame[2048];
    const struct v2g_codec codec = {.memory = (uint8_t *)car_memory, .cap = sizeof car_memory};
    struct v2g_message m;
    fill(&m, wild);
    const int len = v2g_codec_encode(&codec, secc.protocol, &m, frame + V2GTP_HEADER_LEN,
                                     sizeof frame - V2GTP_HEADER_LEN);
    if (len < 0) {
        return; /* not in this dialect */
    }
    n_messages++;
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    const unsigned times = below(60) == 0 ? 2 : 1; /* said twice */
    n_twice += times == 2;
    for (unsigned t = 0; t < times; t++) {
        static uint8_t answer[2048];
        CHECK(v2g_secc_input(&secc, now_ms, frame, (size_t)len + V2GTP_HEADER_LEN) >= 0);
        const unsigned patience = below(12) == 0 ? below(4) : 300; /* some do not wait */
        for (unsigned i = 0; i < patience && v2g_secc_output(&secc, answer, sizeof answer) == 0 &&
                             secc.phase != V2G_PHASE_ENDED;
             i++) {
            tick();
        }
    }
}

/* What may break in a charger. */
static void break_something(void)
{
    switch (below(11)) {
    case 0:
        stage.leaky = !stage.leaky;
        break;
    case 1:
        stage.cp = (enum v2g_cp)below(6);
        break;
    case 2:
        stage.stuck = true;
        break;
    case 3:
        stage.failing = true;
        break;
    case 4:
        stage.hangs = (uint16_t)(1U << below(V2G_CALL_COUNT));
        break;
    case 5:
        stage.weak_mv = 50000 + (int32_t)below(400000);
        break;
    case 6:
        stage.feed_mv = (int32_t)below(500000);
        break;
    case 7:
        stage.battery_mv = 560000;
        break;
    case 8:
        stage.surge_ma = 100000;
        break;
    case 9:
        stage.welded = true;
        break;
    default:
        now_ms += 1500; /* nobody was there */
        break;
    }
}

/* What a person or the site may want. */
static void want_something(void)
{
    switch (below(8)) {
    case 0:
        v2g_supply_emergency_stop(&supply, now_ms);
        break;
    case 1:
        v2g_secc_emergency_stop(&secc);
        break;
    case 2:
        v2g_secc_lost(&secc, now_ms);
        break;
    case 3:
        v2g_secc_suspend(&secc);
        break;
    case 4:
        v2g_secc_resume(&secc);
        break;
    case 5:
        v2g_secc_pause(&secc);
        break;
    default:
        v2g_secc_notify(&secc, (enum v2g_notification)below(3), 0);
        break;
    }
}

static void disturb(void)
{
    const uint32_t what = below(6);
    if (what == 0) {
        break_something();
    } else if (what == 1) {
        want_something();
    } else {
        stage.cp = V2G_CP_C; /* plugged in and ready, mostly */
    }
}

static void sequence(uint32_t number)
{
    dice = number * 2654435761U + 1;
    memset(&stage, 0, sizeof stage);
    stage.cp = V2G_CP_C;
    stage.battery_mv = 380000;
    config.receipts = below(4) == 0;
    const struct v2g_supply_config supply_config = stage_supply(&stage);
    v2g_supply_init(&supply, now_ms, &supply_config);
    v2g_secc_init(&secc, now_ms, &config);
    v2g_secc_authorize(&secc, V2G_AUTH_ACCEPTED);
    ticks_with_fault = ticks_with_leak = 0;
    secc.protocol = below(2) == 0 ? V2G_PROTOCOL_DIN : V2G_PROTOCOL_ISO2;
    secc.is_dc = secc.protocol == V2G_PROTOCOL_DIN;
    stage.ac = !secc.is_dc && below(4) == 0;
    stage.slew_mv = 2000 + (int32_t)below(60000);
    secc.phase = V2G_PHASE_SETUP; /* the handshake has its own tests */
    tick();
    bool charged = false;
    for (unsigned i = 0; i < STEPS + below(STEPS) && secc.phase != V2G_PHASE_ENDED; i++) {
        ask(below(14) == 0);
        charged = charged || stage.main;
        if (below(4) == 0) {
            disturb();
        }
        for (unsigned k = secc.phase == V2G_PHASE_CABLE_CHECK ? 10 : below(4); k > 0; k--) {
            tick();
        }
    }
    n_charging += charged;
    const enum v2g_fault fault = v2g_supply_facts(&supply)->fault;
    n_faults += fault != V2G_FAULT_NONE;
    n_by_fault[fault]++;
    /* However it went: the end of the session opens everything. */
    v2g_secc_lost(&secc, now_ms);
    stage.stuck = stage.failing = false;
    stage.hangs = 0;
    for (unsigned i = 0; i < 120; i++) {
        tick();
        if ((stage.main && !stage.welded) || i < 3) {
            continue;
        }
        break;
    }
    CHECK(!stage.main || stage.welded);
}

static void the_contactor_is_never_closed_where_it_must_not_be(void)
{
    const bool lengthy = getenv("WATTWARD_LONG") != NULL;
    config = (struct v2g_secc_config){
        .codec = {.memory = (uint8_t *)secc_memory, .cap = sizeof secc_memory},
        .entropy = {.fill = stage_entropy, .context = &dice},
        .evse_id = "DE*WAT*E0001",
        .protocols = 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
        .modes = 1U << V2G_DC_EXTENDED | 1U << V2G_AC_THREE_PHASE,
        .dc = {.max_mv = 500000, .max_ma = 125000, .max_w = 50000, .min_mv = 150000},
        .ac_nominal_mv = 230000,
        .ac_max_ma = 32000};
    now_ms = 1000;
    const uint32_t n = lengthy ? LONG_RUN : SHORT_RUN;
    for (uint32_t i = 0; i < n; i++) {
        current = i;
        sequence(i);
    }
    printf("%u sequences, %lu messages (%lu twice), %lu closed the contactor, %lu met a fault:", n,
           n_messages, n_twice, n_charging, n_faults);
    for (unsigned i = V2G_FAULT_NONE + 1; i < V2G_FAULT_COUNT; i++) {
        printf(" %s %lu", v2g_fault_name((enum v2g_fault)i), n_by_fault[i]);
        /* That one takes a voltage that falls between the protocol's look and the supply's. */
        CHECK(n_by_fault[i] > 0 || i == V2G_FAULT_NOT_CHARGED);
    }
    printf("\n");
    CHECK(n_charging > n / 20);
    CHECK(n_faults > n / 20);
}

CHECK_MAIN(TEST(the_contactor_is_never_closed_where_it_must_not_be))
