/* SPDX-License-Identifier: MIT
 * Random sequences of messages, facts and faults against the charger's machine, its supply and a
 * power stage. Whatever a car says and whatever breaks: the main contactor never closes without a
 * completed pre-charge or against an insulation fault, and is always open soon after a fault.
 * WATTWARD_LONG=1: a million sequences.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "v2g/v2gtp.h"
#include "v2g_contract.h"
#include "v2g_stage.h"

enum { STEPS = 24, SHORT_RUN = 20000, LONG_RUN = 1000000, OPEN_WITHIN_TICKS = 3 };

static uint64_t secc_memory[V2G_CODEC_LEN / 8];
static uint64_t car_memory[V2G_CODEC_LEN / 8];
static struct stage stage;
static struct v2g_supply supply;
static struct v2g_secc secc;
static struct v2g_secc_config config;
static uint64_t now_ms;
static uint32_t dice;
static unsigned long n_charging, n_faults, n_messages;
static unsigned ticks_with_fault;

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
    if (stage.unsafe != 0 ||
        (ticks_with_fault > OPEN_WITHIN_TICKS && stage.main && !stage.welded) ||
        (stage.main && stage.leaky && ticks_with_fault > OPEN_WITHIN_TICKS)) {
        check_report(false, __FILE__, __LINE__, "the contactor is closed where it must not be");
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
        [V2G_PHASE_STOPPING] = V2G_SESSION_STOP};
    const bool charged = abs(stage.mv - 380000) < 20000;
    if (secc.phase == V2G_PHASE_PRE_CHARGE && charged) {
        return V2G_POWER_DELIVERY;
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
        m->charge_parameters.mode = V2G_DC_EXTENDED;
        m->charge_parameters.is_dc = true;
        m->charge_parameters.dc.max_mv = 450000;
        m->charge_parameters.full_soc_pct = m->charge_parameters.bulk_soc_pct = -1;
    } else if (m->kind == V2G_PRE_CHARGE) {
        m->pre_charge.target_mv = wild ? (int32_t)below(600000) : 380000;
    } else if (m->kind == V2G_POWER_DELIVERY) {
        m->power_delivery.progress = wild ? (enum v2g_progress)below(3) : V2G_PROGRESS_START;
        m->power_delivery.schedule_id = 1;
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
    CHECK(v2g_secc_input(&secc, now_ms, frame, (size_t)len + V2GTP_HEADER_LEN) >= 0);
    const unsigned patience = below(12) == 0 ? below(4) : 200; /* some do not wait */
    for (unsigned i = 0; i < patience && v2g_secc_output(&secc, frame, sizeof frame) == 0 &&
                         secc.phase != V2G_PHASE_ENDED;
         i++) {
        tick();
    }
}

static void disturb(void)
{
    switch (below(24)) {
    case 0:
        stage.leaky = !stage.leaky;
        break;
    case 1:
        stage.cp = V2G_CP_B;
        break;
    case 2:
        stage.stuck = true;
        break;
    case 3:
        stage.failing = true;
        break;
    case 4:
        v2g_supply_emergency_stop(&supply, now_ms);
        break;
    case 5:
        now_ms += 1500; /* nobody was there */
        break;
    case 6:
        v2g_secc_lost(&secc, now_ms);
        break;
    case 7:
        v2g_secc_notify(&secc, (enum v2g_notification)below(3), 0);
        break;
    default:
        stage.cp = V2G_CP_C;
        break;
    }
}

static void sequence(uint32_t number)
{
    dice = number * 2654435761U + 1;
    memset(&stage, 0, sizeof stage);
    stage.cp = V2G_CP_C;
    stage.battery_mv = 380000;
    const struct v2g_supply_config supply_config = stage_supply(&stage);
    v2g_supply_init(&supply, now_ms, &supply_config);
    v2g_secc_init(&secc, now_ms, &config);
    v2g_secc_authorize(&secc, V2G_AUTH_ACCEPTED);
    ticks_with_fault = 0;
    secc.protocol = below(2) == 0 ? V2G_PROTOCOL_DIN : V2G_PROTOCOL_ISO2;
    secc.is_dc = secc.protocol == V2G_PROTOCOL_DIN;
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
    n_faults += v2g_supply_facts(&supply)->fault != V2G_FAULT_NONE;
    /* However it went: the end of the session opens everything. */
    v2g_secc_lost(&secc, now_ms);
    stage.stuck = stage.failing = false;
    for (unsigned i = 0; i < 120; i++) {
        tick();
        if (stage.main || i < 3) {
            continue;
        }
        break;
    }
    CHECK(!stage.main);
}

static void the_contactor_is_never_closed_where_it_must_not_be(void)
{
    const bool lengthy = getenv("WATTWARD_LONG") != NULL;
    config = (struct v2g_secc_config){
        .codec = {.memory = (uint8_t *)secc_memory, .cap = sizeof secc_memory},
        .entropy = {.fill = stage_entropy, .context = &dice},
        .evse_id = "DE*WAT*E0001",
        .protocols = 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
        .modes = 1U << V2G_DC_EXTENDED,
        .dc = {.max_mv = 500000, .max_ma = 125000, .max_w = 50000, .min_mv = 150000}};
    now_ms = 1000;
    const uint32_t n = lengthy ? LONG_RUN : SHORT_RUN;
    for (uint32_t i = 0; i < n; i++) {
        sequence(i);
    }
    printf("%u sequences, %lu messages, %lu closed the contactor, %lu met a fault\n", n, n_messages,
           n_charging, n_faults);
    CHECK(n_charging > n / 20);
    CHECK(n_faults > n / 20);
}

CHECK_MAIN(TEST(the_contactor_is_never_closed_where_it_must_not_be))
