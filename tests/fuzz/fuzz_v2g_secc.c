/* fuzz: v2g */
/* SPDX-License-Identifier: MIT
 * The charger's machine driven by a script: requests in any order with any content, raw bytes,
 * facts of the supply, wishes of the application, time. Power is demanded only where the sequence
 * allows it, and a session that ended stays ended.
 */
#include <stdlib.h>
#include <string.h>

#include "../support/v2g_contract.h"
#include "../support/v2g_stage.h"
#include "v2g/v2gtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

struct script {
    const uint8_t *at;
    size_t left;
};
static uint8_t next(struct script *s)
{
    if (s->left == 0) {
        return 0;
    }
    s->left--;
    return *s->at++;
}

static uint64_t secc_memory[V2G_CODEC_LEN / 8];
static uint64_t own_memory[V2G_CODEC_LEN / 8];
static struct v2g_secc secc;
static struct v2g_supply_facts facts;
static uint64_t now_ms;
static uint8_t frame[4096];

static void send(size_t len)
{
    const int used = v2g_secc_input(&secc, now_ms, frame, len);
    require(used <= (int)len);
}

static struct v2g_power_step profile[2];

static void fill(struct v2g_message *m, struct script *s)
{
    memset(m, 0, sizeof *m);
    m->kind = (enum v2g_kind)(next(s) % V2G_KIND_COUNT);
    memcpy(m->session_id, secc.session_id, V2G_SESSION_ID_LEN);
    m->session_id_len = (uint8_t)(next(s) == 1 ? 3 : V2G_SESSION_ID_LEN);
    const uint8_t flags = next(s);
    const int32_t value = next(s) * 4000 - 100000;
    contract_fill(m);
    if (m->kind == V2G_SESSION_SETUP) {
        m->session_setup.evcc_id_len = 6;
    } else if (m->kind == V2G_PAYMENT_SELECTION) {
        m->payment_selection.payment = (enum v2g_payment)((flags & 1) == 0);
        m->payment_selection.n_selected = 1;
        m->payment_selection.selected[0] = (struct v2g_selected_service){V2G_SERVICE_CHARGE, -1};
    } else if (m->kind == V2G_CHARGE_PARAMETERS) {
        m->charge_parameters.mode = (enum v2g_energy_mode)(flags % V2G_ENERGY_MODE_COUNT);
        m->charge_parameters.is_dc = v2g_energy_mode_dc(m->charge_parameters.mode);
        m->charge_parameters.dc.max_mv = value;
        m->charge_parameters.full_soc_pct = -1;
        m->charge_parameters.bulk_soc_pct = -1;
    } else if (m->kind == V2G_PRE_CHARGE) {
        m->pre_charge.target_mv = value;
    } else if (m->kind == V2G_POWER_DELIVERY) {
        m->power_delivery.progress = (enum v2g_progress)(flags % 3);
        m->power_delivery.schedule_id = 1;
        m->power_delivery.has_profile = (flags & 8) != 0;
        m->power_delivery.n_steps = (uint8_t)((flags & 8) != 0);
        profile[0].max_w = value;
        m->power_delivery.profile = profile;
        m->power_delivery.has_ev = (flags & 16) != 0;
    } else if (m->kind == V2G_CURRENT_DEMAND) {
        m->current_demand.target_mv = value;
        m->current_demand.target_ma = value;
        m->current_demand.full_soc_s = -1;
    } else if (m->kind == V2G_SESSION_STOP) {
        m->session_end = (enum v2g_session_end)(flags & 1);
    }
}

static void ask(struct script *s)
{
    struct v2g_message m;
    fill(&m, s);
    if (secc.protocol == V2G_PROTOCOL_NONE) {
        return;
    }
    const struct v2g_codec codec = {.memory = (uint8_t *)own_memory, .cap = sizeof own_memory};
    const int len = v2g_codec_encode(&codec, secc.protocol, &m, frame + V2GTP_HEADER_LEN,
                                     sizeof frame - V2GTP_HEADER_LEN);
    if (len > 0) {
        v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
        send((size_t)len + V2GTP_HEADER_LEN);
    }
}

/* The handshakes of a DIN and an ISO 15118-2 car. */
static void greet(uint8_t which)
{
    static const uint8_t din[] = {0x80, 0x00, 0xdb, 0xab, 0x93, 0x71, 0xd3, 0x23, 0x4b,
                                  0x71, 0xd1, 0xb9, 0x81, 0x89, 0x91, 0x89, 0xd1, 0x91,
                                  0x81, 0x89, 0x91, 0xd2, 0x6b, 0x9b, 0x3a, 0x23, 0x2b,
                                  0x30, 0x02, 0x00, 0x00, 0x04, 0x00, 0x40};
    static const uint8_t iso2[] = {0x80, 0x00, 0xeb, 0xab, 0x93, 0x71, 0xd3, 0x4b, 0x9b,
                                   0x79, 0xd1, 0x89, 0xa9, 0x89, 0x89, 0xc1, 0xd1, 0x91,
                                   0xd1, 0x91, 0x81, 0x89, 0x99, 0xd2, 0x6b, 0x9b, 0x3a,
                                   0x23, 0x2b, 0x30, 0x02, 0x00, 0x00, 0x04, 0x00, 0x40};
    const uint8_t *exi = (which & 1) != 0 ? din : iso2;
    const size_t len = (which & 1) != 0 ? sizeof din : sizeof iso2;
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    memcpy(frame + V2GTP_HEADER_LEN, exi, len);
    send(len + V2GTP_HEADER_LEN);
}

static void raw(struct script *s)
{
    const size_t len = next(s) % 64;
    for (size_t i = 0; i < len; i++) {
        frame[V2GTP_HEADER_LEN + i] = next(s);
    }
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    send(len + V2GTP_HEADER_LEN);
}

static void change_facts(struct script *s)
{
    const uint8_t flags = next(s);
    facts.isolation = (enum v2g_isolation_test)(flags & 3);
    facts.contactor_closed = (flags & 4) != 0;
    facts.contactor_open = (flags & 8) != 0;
    facts.pre_charged = (next(s) & 1) != 0;
    facts.fault = (enum v2g_fault)((flags >> 4) % V2G_FAULT_COUNT);
    facts.present_mv = next(s) * 4000 - 100000;
    facts.measured_ms = now_ms;
    v2g_secc_set_supply(&secc, now_ms, &facts);
}

static void take_output(void)
{
    const int len = v2g_secc_output(&secc, frame, sizeof frame);
    if (len > 0 && secc.protocol != V2G_PROTOCOL_NONE && secc.phase > V2G_PHASE_SETUP) {
        const struct v2g_codec codec = {.memory = (uint8_t *)own_memory, .cap = sizeof own_memory};
        struct v2g_message back;
        const int result = v2g_codec_decode(&codec, secc.protocol, frame + V2GTP_HEADER_LEN,
                                            (size_t)len - V2GTP_HEADER_LEN, &back);
        require(result == E_OK || secc.phase == V2G_PHASE_ENDED);
    }
    require(len >= 0 || secc.phase == V2G_PHASE_ENDED);
    struct v2g_secc_event event;
    while (v2g_secc_event(&secc, &event)) {
        require(event.kind <= V2G_SECC_EVENT_ENDED);
    }
}

static void check(void)
{
    const struct v2g_supply_demand demand = v2g_secc_demand(&secc);
    require(secc.phase != V2G_PHASE_ENDED || demand.mode == V2G_SUPPLY_OFF);
    require(demand.mode != V2G_SUPPLY_CHARGE || secc.phase >= V2G_PHASE_CHARGING);
    require(demand.mode != V2G_SUPPLY_PRE_CHARGE || secc.phase >= V2G_PHASE_PRE_CHARGE);
    require(demand.target_mv >= 0 && demand.target_mv <= 500000);
    require(demand.target_ma >= 0 && demand.target_ma <= 125000);
    require(facts.fault == V2G_FAULT_NONE || demand.mode == V2G_SUPPLY_OFF);
}

static void step(struct script *s)
{
    switch (next(s) % 8) {
    case 0:
        greet(next(s));
        break;
    case 1:
        raw(s);
        break;
    case 2:
        change_facts(s);
        break;
    case 3:
        now_ms += (uint64_t)next(s) * 300;
        v2g_secc_tick(&secc, now_ms);
        break;
    case 4:
        v2g_secc_authorize(&secc, (enum v2g_auth)(next(s) % 3));
        break;
    case 5:
        v2g_secc_notify(&secc, (enum v2g_notification)(next(s) % 3), 0);
        break;
    default:
        ask(s);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {.at = data, .left = size};
    static struct v2g_paused paused;
    static uint32_t seed;
    const uint8_t flags = next(&s);
    const struct v2g_secc_config config = {
        .codec = {.memory = (uint8_t *)secc_memory, .cap = sizeof secc_memory},
        .entropy = {.fill = stage_entropy, .context = &seed},
        .evse_id = "DE*WAT*E0001",
        .protocols = 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
        .modes = 0x3F,
        .soc_only = (flags & 1) != 0,
        .receipts = (flags & 2) != 0,
        .dc = {.max_mv = 500000, .max_ma = 125000, .max_w = 50000, .min_mv = 150000},
        .ac_nominal_mv = 230000,
        .ac_max_ma = 32000,
        .paused = (flags & 4) != 0 ? &paused : NULL,
        .meter_id = "meter-1"};
    memset(&facts, 0, sizeof facts);
    memset(&paused, 0, sizeof paused);
    seed = flags;
    now_ms = 1000;
    v2g_secc_init(&secc, now_ms, &config);
    greet(flags >> 3);
    while (s.left > 0) {
        step(&s);
        take_output();
        /* the facts of a fault reach the demand with the next ones */
        v2g_secc_set_supply(&secc, now_ms, &facts);
        check();
    }
    return 0;
}
