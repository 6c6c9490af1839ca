/* SPDX-License-Identifier: MIT
 * The car's requests, and its way from SessionSetup to ChargeParameterDiscovery.
 */
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "evcc_parts.h"

static bool is_dc(const struct v2g_evcc *e)
{
    return v2g_energy_mode_dc(e->config->mode);
}

static enum v2g_kind loop_kind(const struct v2g_evcc *e)
{
    return is_dc(e) ? V2G_CURRENT_DEMAND : V2G_CHARGING_STATUS;
}

/* How dear a schedule is: price levels by time. Without a tariff it is not known. */
static uint64_t price_of(const struct v2g_schedule *schedule)
{
    enum { LAST_STEP_S = 3600 }; /* a step without an end counts so long */
    const struct v2g_tariff *tariff = schedule->tariff;
    uint64_t levels = 0;
    uint64_t span_s = 0;
    for (uint8_t i = 0; tariff != NULL && i < tariff->n_steps; i++) {
        const bool last = i + 1 == tariff->n_steps;
        const uint32_t start_s = tariff->steps[i].start_s;
        const uint32_t given_s = tariff->steps[i].duration_s;
        const uint32_t next_s = last ? start_s : tariff->steps[i + 1].start_s;
        const uint32_t part_s = given_s > 0                 ? given_s
                                : last || next_s <= start_s ? (uint32_t)LAST_STEP_S
                                                            : next_s - start_s;
        levels += (uint64_t)tariff->steps[i].price_level * part_s;
        span_s += part_s;
    }
    return span_s == 0 ? UINT64_MAX : levels * 1000 / span_s;
}

/* The cheapest, or the first; its steps become our profile. */
static void take_schedule(struct v2g_evcc *e, const struct v2g_charge_parameters *parameters)
{
    e->charger.n_schedules = parameters->n_schedules;
    e->charger.schedule_id = 1;
    e->charger.schedule_w = 0;
    e->n_profile = 0;
    e->schedule_ms = e->now_ms;
    if (parameters->n_schedules == 0) {
        return;
    }
    const struct v2g_schedule *chosen = &parameters->schedules[0];
    for (uint8_t i = 1; i < parameters->n_schedules; i++) {
        if (price_of(&parameters->schedules[i]) < price_of(chosen)) {
            chosen = &parameters->schedules[i];
        }
    }
    ASSERT(chosen->n_steps <= V2G_MAX_STEPS);
    e->charger.schedule_id = chosen->id;
    e->n_profile = chosen->n_steps;
    for (uint8_t i = 0; i < chosen->n_steps; i++) {
        e->profile[i] = (struct v2g_power_step){.start_s = chosen->steps[i].start_s,
                                                .max_w = chosen->steps[i].max_w};
    }
    v2g_evcc_follow_schedule(e);
}

void v2g_evcc_follow_schedule(struct v2g_evcc *e)
{
    const uint64_t at_s = (e->now_ms - e->schedule_ms) / 1000;
    for (uint8_t i = 0; i < e->n_profile; i++) {
        if (e->profile[i].start_s <= at_s) {
            e->charger.schedule_w = e->profile[i].max_w;
        }
    }
}

static enum v2g_kind after_parameters(struct v2g_evcc *e,
                                      const struct v2g_charge_parameters *parameters)
{
    e->charger.status = parameters->evse;
    e->charger.dc = parameters->dc;
    e->charger.ac_nominal_mv = parameters->ac_max_mv;
    e->charger.ac_max_ma = parameters->ac_max_ma;
    if (parameters->evse.notification == V2G_NOTIFY_STOP) {
        e->phase = V2G_PHASE_STOPPING;
        return V2G_SESSION_STOP;
    }
    if (parameters->processing != V2G_FINISHED) {
        return V2G_CHARGE_PARAMETERS;
    }
    take_schedule(e, parameters);
    e->progress = V2G_PROGRESS_START;
    e->power = true; /* pilot to state C */
    if (!is_dc(e) || e->kept) {
        e->phase = V2G_PHASE_READY;
        return V2G_POWER_DELIVERY;
    }
    e->phase = V2G_PHASE_CABLE_CHECK;
    return V2G_CABLE_CHECK;
}

static bool offered(const struct v2g_service_discovery *services, uint16_t id)
{
    for (uint8_t i = 0; i < services->n_services; i++) {
        if (id != 0 && services->services[i].id == id) {
            return true;
        }
    }
    return false;
}

static enum v2g_kind after_discovery(struct v2g_evcc *e, const struct v2g_service_discovery *in)
{
    /* DIN knows one word for all of DC; otherwise the very mode must be there. */
    const bool din_dc = e->protocol == V2G_PROTOCOL_DIN && in->modes >= 1U << V2G_DC_CORE;
    const bool fits = din_dc || (in->modes & 1U << e->config->mode) != 0;
    if (!in->offers_external || !fits) {
        v2g_evcc_finish(e, V2G_EVCC_UNSUITABLE);
        return V2G_SESSION_STOP;
    }
    e->phase = V2G_PHASE_SELECTION;
    e->selects_service = offered(in, e->config->wants_service);
    return e->selects_service ? V2G_SERVICE_DETAIL : V2G_PAYMENT_SELECTION; /* [V2G2-422] */
}

static enum v2g_kind after_authorization(struct v2g_evcc *e, const struct v2g_authorization *in)
{
    const bool finished = in->processing == V2G_FINISHED;
    e->phase = finished ? V2G_PHASE_PARAMETERS : V2G_PHASE_AUTHORIZATION;
    return finished ? V2G_CHARGE_PARAMETERS : V2G_AUTHORIZATION;
}

enum v2g_kind v2g_evcc_after_setup(struct v2g_evcc *e, const struct v2g_message *response)
{
    if (e->wants_stop && response->kind > V2G_SESSION_SETUP) {
        e->phase = V2G_PHASE_STOPPING;
        return V2G_SESSION_STOP;
    }
    if (response->kind == V2G_SESSION_SETUP) {
        memcpy(e->charger.evse_id, response->session_setup.evse_id, sizeof e->charger.evse_id);
        e->phase = V2G_PHASE_DISCOVERY;
        e->begun_ms = e->now_ms;
        return V2G_SERVICE_DISCOVERY;
    }
    if (response->kind == V2G_SERVICE_DISCOVERY) {
        return after_discovery(e, &response->service_discovery);
    }
    if (response->kind == V2G_SERVICE_DETAIL) {
        e->service_set = response->service_detail.n_sets > 0 ? (int16_t)1 : (int16_t)-1;
        return V2G_PAYMENT_SELECTION;
    }
    if (response->kind == V2G_PAYMENT_SELECTION) {
        e->phase = V2G_PHASE_AUTHORIZATION;
        return V2G_AUTHORIZATION;
    }
    if (response->kind == V2G_AUTHORIZATION) {
        return after_authorization(e, &response->authorization);
    }
    ASSERT(response->kind == V2G_CHARGE_PARAMETERS);
    return after_parameters(e, &response->charge_parameters);
}

static struct v2g_ev_status ev_status(const struct v2g_evcc *e)
{
    return (struct v2g_ev_status){
        .ready = e->power, .error = e->battery.error, .soc_pct = e->battery.soc_pct};
}

static void fill_selection(const struct v2g_evcc *e, struct v2g_payment_selection *out)
{
    out->payment = V2G_PAYMENT_EXTERNAL;
    out->n_selected = 1;
    out->selected[0] = (struct v2g_selected_service){.id = V2G_SERVICE_CHARGE, .set = -1};
    if (e->selects_service) {
        out->n_selected = 2;
        out->selected[1] =
            (struct v2g_selected_service){.id = e->config->wants_service, .set = e->service_set};
    }
}

static void fill_parameters(const struct v2g_evcc *e, struct v2g_charge_parameters *out)
{
    const struct v2g_evcc_config *config = e->config;
    out->mode = config->mode;
    out->is_dc = is_dc(e);
    out->has_parameters = true;
    out->departure_s = config->departure_s;
    out->ev = ev_status(e);
    out->dc = config->dc;
    out->capacity_wh = config->capacity_wh;
    out->energy_wh = e->battery.wanted_wh;
    out->full_soc_pct = 100;
    out->bulk_soc_pct = 80;
    out->ac_max_mv = config->ac_max_mv;
    out->ac_max_ma = config->ac_max_ma;
    out->ac_min_ma = config->ac_min_ma;
}

static void fill_demand(const struct v2g_evcc *e, struct v2g_current_demand *out)
{
    const int32_t factor = (e->config->faults & V2G_EVCC_TOO_MUCH) != 0 ? 10 : 1;
    out->ev = ev_status(e);
    out->target_mv = e->battery.target_mv;
    out->target_ma = fixed_clamp_i32((int64_t)e->battery.target_ma * factor);
    out->max_mv = e->config->dc.max_mv;
    out->max_ma = e->config->dc.max_ma;
    out->max_w = e->config->dc.max_w > 0 ? e->config->dc.max_w : -1;
    out->bulk_complete = e->battery.soc_pct >= 80;
    out->charging_complete = e->battery.full;
    out->full_soc_s = -1;
}

static void fill_delivery(const struct v2g_evcc *e, struct v2g_power_delivery *out)
{
    out->progress = e->progress;
    out->schedule_id = e->charger.schedule_id;
    if (e->progress == V2G_PROGRESS_START && e->n_profile > 0) {
        out->has_profile = true;
        out->n_steps = e->n_profile;
        out->profile = e->profile;
    }
    out->has_ev = is_dc(e);
    out->ev = ev_status(e);
    out->charging_complete = e->progress == V2G_PROGRESS_STOP;
}

void v2g_evcc_request_fill(const struct v2g_evcc *e, struct v2g_message *request)
{
    if (request->kind == V2G_SESSION_SETUP) {
        memcpy(request->session_setup.evcc_id, e->config->evcc_id, sizeof e->config->evcc_id);
        request->session_setup.evcc_id_len = sizeof e->config->evcc_id;
    } else if (request->kind == V2G_SERVICE_DETAIL) {
        request->service_detail.service_id = e->config->wants_service;
    } else if (request->kind == V2G_PAYMENT_SELECTION) {
        fill_selection(e, &request->payment_selection);
    } else if (request->kind == V2G_CHARGE_PARAMETERS) {
        fill_parameters(e, &request->charge_parameters);
    } else if (request->kind == V2G_CABLE_CHECK) {
        request->cable_check.ev = ev_status(e);
    } else if (request->kind == V2G_PRE_CHARGE) {
        request->pre_charge.ev = ev_status(e);
        request->pre_charge.target_mv = e->battery.voltage_mv;
        request->pre_charge.target_ma = 2000;
    } else if (request->kind == V2G_POWER_DELIVERY) {
        fill_delivery(e, &request->power_delivery);
    } else if (request->kind == loop_kind(e) && is_dc(e)) {
        fill_demand(e, &request->current_demand);
    } else if (request->kind == V2G_METERING_RECEIPT) {
        struct v2g_metering_receipt *out = &request->metering_receipt;
        memcpy(out->session_id, e->session_id, e->session_id_len);
        out->session_id_len = e->session_id_len;
        out->schedule_id = e->charger.schedule_id;
        out->meter.reading_wh = e->charger.meter_wh;
    } else if (request->kind == V2G_WELDING_DETECTION) {
        request->welding_detection.ev = ev_status(e);
    } else if (request->kind == V2G_SESSION_STOP) {
        request->session_end = e->wants_pause ? V2G_SESSION_PAUSE : V2G_SESSION_TERMINATE;
    }
}
