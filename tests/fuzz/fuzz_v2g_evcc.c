/* fuzz: v2g */
/* SPDX-License-Identifier: MIT
 * The car's machine driven by a script: responses of any kind with any content, raw bytes, facts of
 * the battery, wishes of the driver, time. Its contactor closes only after a pre-charge that came
 * near the battery, and a session that ended is over, with everything off.
 */
#include <stdlib.h>
#include <string.h>

#include "v2g/evcc.h"
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

enum { BATTERY_MV = 380000 };
static uint64_t car_memory[V2G_CODEC_LEN / 8];
static uint64_t own_memory[V2G_CODEC_LEN / 8];
static struct v2g_evcc car;
static struct v2g_evcc_battery battery;
static uint64_t now_ms;
static bool matched; /* a pre-charge answer was near the battery */
static uint8_t frame[4096];

static void receive(size_t len)
{
    require(v2g_evcc_input(&car, now_ms, frame, len) <= (int)len);
}

static struct v2g_evse_status status_of(uint8_t flags)
{
    return (struct v2g_evse_status){
        .notification = (enum v2g_notification)(flags % 3),
        .has_isolation = (flags & 4) != 0,
        .isolation = (enum v2g_isolation)(flags >> 3 & 3),
        .code = (flags & 0xE0) == 0 ? V2G_EVSE_READY : (enum v2g_evse_status_code)(flags >> 5)};
}

static void fill_parameters(struct v2g_message *m, struct script *s)
{
    static struct v2g_power_step steps[2];
    static struct v2g_schedule schedule;
    struct v2g_charge_parameters *out = &m->charge_parameters;
    steps[0].max_w = next(s) * 500;
    steps[1] = (struct v2g_power_step){.start_s = 60, .duration_s = 60};
    schedule = (struct v2g_schedule){
        .id = (uint8_t)(1 + next(s) % 4), .n_steps = (uint8_t)(1 + next(s) % 2), .steps = steps};
    out->is_dc = v2g_energy_mode_dc(car.config->mode);
    out->processing = (enum v2g_processing)(next(s) % 2);
    out->n_schedules = 1;
    out->schedules = &schedule;
    out->evse = status_of(next(s));
}

static void fill_loop(struct v2g_message *m, struct script *s)
{
    const struct v2g_evse_status status = status_of(next(s));
    const bool receipt = next(s) % 8 == 1;
    if (m->kind == V2G_CURRENT_DEMAND) {
        m->current_demand.evse = status;
        m->current_demand.receipt_required = receipt;
        m->current_demand.schedule_id = 1;
        m->current_demand.present_mv = next(s) * 2000;
        m->current_demand.meter.id = "meter";
    } else if (m->kind == V2G_CHARGING_STATUS) {
        m->charging_status.evse = status;
        m->charging_status.receipt_required = receipt;
        m->charging_status.schedule_id = 1;
    }
}

static void fill(struct v2g_message *m, struct script *s)
{
    if (m->kind == V2G_SERVICE_DISCOVERY) {
        m->service_discovery.offers_external = next(s) % 8 != 1;
        m->service_discovery.modes = 0x3F;
        m->service_discovery.n_services = 1;
        m->service_discovery.services[0] = (struct v2g_service){.id = V2G_SERVICE_INTERNET};
    } else if (m->kind == V2G_SERVICE_DETAIL) {
        m->service_detail.n_sets = next(s) % 5;
    } else if (m->kind == V2G_AUTHORIZATION) {
        m->authorization.processing = (enum v2g_processing)(next(s) % 2);
    } else if (m->kind == V2G_CHARGE_PARAMETERS) {
        fill_parameters(m, s);
    } else if (m->kind == V2G_CABLE_CHECK) {
        m->cable_check.evse = status_of(next(s));
        m->cable_check.processing = (enum v2g_processing)(next(s) % 2);
    } else if (m->kind == V2G_PRE_CHARGE) {
        m->pre_charge.evse = status_of(next(s));
        m->pre_charge.present_mv = next(s) * 2000;
    } else if (m->kind == V2G_POWER_DELIVERY) {
        m->power_delivery.evse = status_of(next(s));
        m->power_delivery.is_dc = v2g_energy_mode_dc(car.config->mode);
    } else if (m->kind == V2G_WELDING_DETECTION) {
        m->welding_detection.present_mv = next(s) * 2000;
    } else {
        fill_loop(m, s);
    }
}

/* Mostly what was asked, by the session that is; sometimes not. */
static void answer(struct script *s)
{
    const uint8_t how = next(s);
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    m.kind = how % 16 == 15 ? (enum v2g_kind)(next(s) % V2G_CERTIFICATE_INSTALLATION) : car.kind;
    m.is_response = true;
    m.code = how >> 4 == 15 ? (enum v2g_response)(next(s) % V2G_RESPONSE_COUNT) : V2G_RESPONSE_OK;
    m.session_id_len = car.kind == V2G_SESSION_SETUP ? 8 : car.session_id_len;
    memcpy(m.session_id, car.session_id, V2G_SESSION_ID_LEN);
    m.session_id[7] ^= (uint8_t)(how >> 4 == 14);
    if (m.kind == V2G_PAYMENT_DETAILS) {
        return;
    }
    fill(&m, s);
    const struct v2g_codec codec = {.memory = (uint8_t *)own_memory, .cap = sizeof own_memory};
    const int len = v2g_codec_encode(&codec, car.protocol, &m, frame + V2GTP_HEADER_LEN,
                                     sizeof frame - V2GTP_HEADER_LEN);
    if (len > 0) {
        matched = matched || (m.kind == V2G_PRE_CHARGE && m.pre_charge.present_mv > 350000 &&
                              m.pre_charge.present_mv < 410000);
        v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
        receive((size_t)len + V2GTP_HEADER_LEN);
    }
}

/* The charger's answer to the handshake, with the schema id as the car numbered it. */
static void greet(void)
{
    static const uint8_t iso2[] = {0x80, 0x40, 0x00, 0x80};
    static const uint8_t din[] = {0x80, 0x40, 0x00, 0x40};
    const uint8_t *exi = (car.config->protocols & 1U << V2G_PROTOCOL_ISO2) != 0 ? iso2 : din;
    v2gtp_write_header(frame, V2GTP_EXI, sizeof iso2);
    memcpy(frame + V2GTP_HEADER_LEN, exi, sizeof iso2);
    receive(sizeof iso2 + V2GTP_HEADER_LEN);
}

static void raw(struct script *s)
{
    const size_t len = next(s) % 64;
    for (size_t i = 0; i < len; i++) {
        frame[V2GTP_HEADER_LEN + i] = next(s);
    }
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    receive(len + V2GTP_HEADER_LEN);
}

static void wish(uint8_t what)
{
    if (what % 4 == 0) {
        v2g_evcc_stop(&car);
    } else if (what % 4 == 1) {
        v2g_evcc_pause(&car);
    } else {
        v2g_evcc_renegotiate(&car);
    }
}

static void change_battery(struct script *s)
{
    const uint8_t flags = next(s);
    battery.soc_pct = (int8_t)(next(s) % 101);
    battery.contactor_closed = (flags & 1) != 0;
    battery.full = (flags & 6) == 6;
    battery.error = (flags & 0xF0) == 0xF0 ? V2G_EV_BATTERY_MALFUNCTION : V2G_EV_NO_ERROR;
    battery.target_ma = next(s) * 2000;
    v2g_evcc_set_battery(&car, &battery);
}

static void step(struct script *s)
{
    switch (next(s) % 16) {
    case 0:
        raw(s);
        break;
    case 1:
        now_ms += (uint64_t)next(s) * 40;
        v2g_evcc_tick(&car, now_ms);
        break;
    case 2:
        wish(next(s));
        break;
    case 3:
    case 4:
        change_battery(s);
        break;
    default:
        if (car.phase == V2G_PHASE_HANDSHAKE) {
            greet();
        } else if (car.protocol != V2G_PROTOCOL_NONE && car.step == V2G_EVCC_WAITING) {
            answer(s);
        }
        break;
    }
}

static void ask(void)
{
    now_ms += 100;
    v2g_evcc_tick(&car, now_ms);
    const int len = v2g_evcc_output(&car, frame, sizeof frame);
    require(len >= 0 || car.end != V2G_EVCC_NOT_YET);
    if (len > 0 && car.phase > V2G_PHASE_HANDSHAKE) {
        const struct v2g_codec codec = {.memory = (uint8_t *)own_memory, .cap = sizeof own_memory};
        struct v2g_message back;
        require(v2g_codec_decode(&codec, car.protocol, frame + V2GTP_HEADER_LEN,
                                 (size_t)len - V2GTP_HEADER_LEN, &back) == E_OK);
        require(!back.is_response && back.kind == car.kind);
        require(v2g_phase_allows(car.phase, car.protocol, v2g_energy_mode_dc(car.config->mode),
                                 back.kind) ||
                car.phase == V2G_PHASE_ENDED);
    }
    struct v2g_evcc_event event;
    while (v2g_evcc_event(&car, &event)) {
        require(event.kind <= V2G_EVCC_EVENT_ENDED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {.at = data, .left = size};
    const uint8_t flags = next(&s);
    const enum v2g_protocol protocol = (flags & 1) != 0 ? V2G_PROTOCOL_DIN : V2G_PROTOCOL_ISO2;
    const bool ac = protocol == V2G_PROTOCOL_ISO2 && (flags & 2) != 0;
    const struct v2g_evcc_config config = {
        .codec = {.memory = (uint8_t *)car_memory, .cap = sizeof car_memory},
        .evcc_id = {2, 0, 0, 0, 0, 1},
        .protocols = (uint8_t)(1U << protocol),
        .mode = ac ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED,
        .dc = {.max_mv = 450000, .max_ma = 200000, .max_w = 80000},
        .ac_max_mv = 400000,
        .ac_max_ma = 16000,
        .capacity_wh = 60000,
        .loop_ms = 40,
        .wants_service = (flags & 4) != 0 ? V2G_SERVICE_INTERNET : 0};
    battery = (struct v2g_evcc_battery){
        .soc_pct = 40, .voltage_mv = BATTERY_MV, .target_mv = 400000, .target_ma = 50000};
    matched = false;
    now_ms = 1000;
    v2g_evcc_init(&car, now_ms, &config, &battery);
    while (s.left > 0) {
        ask();
        step(&s);
        require(!v2g_evcc_wants_contactor(&car) || matched);
        const bool over = car.end != V2G_EVCC_NOT_YET;
        require(!over || (!v2g_evcc_wants_contactor(&car) && !v2g_evcc_wants_power(&car)));
        require(over || v2g_evcc_deadline(&car) > now_ms || car.step == V2G_EVCC_SENDING ||
                car.step == V2G_EVCC_PACING || car.step == V2G_EVCC_WAITING);
    }
    return 0;
}
