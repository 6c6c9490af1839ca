/* SPDX-License-Identifier: MIT
 * The charger's answers from ChargeParameterDiscovery to SessionStop.
 */
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "secc_parts.h"

static void note_ev(struct v2g_secc *s, struct v2g_ev_status ev)
{
    if (ev.error != V2G_EV_NO_ERROR && ev.error != s->car.error) {
        v2g_secc_tell(s, V2G_SECC_EVENT_EV_ERROR, (uint32_t)ev.error);
    }
    if (ev.soc_pct != s->car.soc_pct) {
        s->car.soc_pct = ev.soc_pct;
        v2g_secc_tell(s, V2G_SECC_EVENT_CAR, 0);
    }
    s->car.error = ev.error;
}

static bool offers(const struct v2g_secc *s, enum v2g_energy_mode mode)
{
    const bool probe = s->config->soc_only && v2g_energy_mode_dc(mode);
    return probe || (s->config->modes & 1U << mode) != 0;
}

static void note_parameters(struct v2g_secc *s, const struct v2g_charge_parameters *in)
{
    s->car.mode = in->mode;
    s->car.departure_s = in->departure_s;
    s->car.capacity_wh = in->capacity_wh;
    s->car.energy_wh = in->energy_wh;
    s->car.dc = in->dc;
    if (in->is_dc) {
        note_ev(s, in->ev);
    }
}

enum v2g_response v2g_secc_on_parameters(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_charge_parameters *in = &request->charge_parameters;
    struct v2g_charge_parameters *out = &s->response.charge_parameters;
    const bool dc = v2g_energy_mode_dc(in->mode);
    /* VW asks a wallbox for DC too; and a mode cannot change while power may flow. */
    if (!offers(s, in->mode) || (s->phase == V2G_PHASE_RENEGOTIATION && dc != s->is_dc)) {
        return V2G_RESPONSE_FAILED_ENERGY_TRANSFER; /* [V2G2-476] */
    }
    if (!in->has_parameters || in->is_dc != dc) {
        return V2G_RESPONSE_FAILED_WRONG_CHARGE_PARAMETER; /* [V2G2-477] */
    }
    const bool impossible = dc && (in->dc.max_mv < s->limits.min_mv || in->dc.max_ma < 0);
    if (impossible && !s->config->soc_only) {
        return V2G_RESPONSE_FAILED_WRONG_CHARGE_PARAMETER;
    }
    s->is_dc = dc;
    note_parameters(s, in);
    v2g_secc_response_fill(s); /* now that it is known whether DC */
    if (s->config->soc_only) {
        out->evse.notification = V2G_NOTIFY_STOP;
        return s->now_ms - s->since_ms >= V2G_SECC_ONGOING_MS ? V2G_RESPONSE_FAILED
                                                              : V2G_RESPONSE_OK;
    }
    if (s->facts.fault != V2G_FAULT_NONE || s->emergency) {
        return V2G_RESPONSE_FAILED;
    }
    if (s->notification == V2G_NOTIFY_RENEGOTIATE) {
        s->notification = V2G_NOTIFY_NONE; /* this is it */
        out->evse.notification = V2G_NOTIFY_NONE;
    }
    out->processing = V2G_FINISHED;
    return V2G_RESPONSE_OK;
}

enum v2g_response v2g_secc_on_cable_check(struct v2g_secc *s, const struct v2g_message *request)
{
    struct v2g_cable_check *out = &s->response.cable_check;
    note_ev(s, request->cable_check.ev);
    if (s->phase == V2G_PHASE_RESTART) {
        /* the car wants to begin anew: the contactor must open first */
        if (s->facts.contactor_closed) {
            v2g_secc_want(s, V2G_SUPPLY_OFF, 0, 0);
            return V2G_RESPONSE_OK;
        }
    }
    if (s->facts.isolation == V2G_ISOLATION_FAILED || s->facts.fault != V2G_FAULT_NONE ||
        s->emergency || s->now_ms - s->since_ms >= V2G_SECC_CABLE_CHECK_MS) { /* [V2G2-700..703] */
        v2g_secc_want(s, V2G_SUPPLY_OFF, 0, 0);
        out->processing = V2G_FINISHED;
        return V2G_RESPONSE_FAILED;
    }
    if (s->facts.contactor_closed) {
        return V2G_RESPONSE_OK; /* still opening */
    }
    v2g_secc_want(s, V2G_SUPPLY_ISOLATION_TEST, 0, 0);
    if (s->facts.isolation == V2G_ISOLATION_PASSED) {
        out->processing = V2G_FINISHED;
    }
    return V2G_RESPONSE_OK;
}

static bool near(int32_t a_mv, int32_t b_mv)
{
    const int64_t d = (int64_t)a_mv - b_mv;
    return (d < 0 ? -d : d) <= V2G_SUPPLY_TOLERANCE_MV;
}

enum v2g_response v2g_secc_on_pre_charge(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_pre_charge *in = &request->pre_charge;
    note_ev(s, in->ev);
    s->car.target_mv = in->target_mv;
    s->car.target_ma = in->target_ma;
    if (s->facts.fault != V2G_FAULT_NONE || s->emergency ||
        s->facts.isolation != V2G_ISOLATION_PASSED) {
        return V2G_RESPONSE_FAILED;
    }
    if (in->target_mv < 0 || in->target_mv > s->limits.max_mv) {
        return V2G_RESPONSE_FAILED;
    }
    if (s->demand.mode != V2G_SUPPLY_PRE_CHARGE || !near(s->demand.target_mv, in->target_mv)) {
        s->ramp_ms = s->now_ms; /* some cars correct themselves on the way */
    }
    const int32_t ma = (int32_t)fixed_clamp(in->target_ma, 0, V2G_SUPPLY_PRE_CHARGE_MA);
    v2g_secc_want(s, V2G_SUPPLY_PRE_CHARGE, in->target_mv, ma);
    if (v2g_secc_charged(s)) {
        return V2G_RESPONSE_OK;
    }
    if (s->now_ms - s->ramp_ms >= V2G_SECC_PRE_CHARGE_MS) { /* [V2G2-704..707] */
        return V2G_RESPONSE_FAILED;
    }
    v2g_secc_await(s, V2G_SECC_RAMP_MS);
    return V2G_RESPONSE_OK;
}

/* What steps allow, or take, at a time. */
static int32_t power_at(const struct v2g_power_step *steps, uint8_t n, uint32_t at_s)
{
    int32_t max_w = 0;
    for (uint8_t i = 0; i < n; i++) {
        if (steps[i].start_s <= at_s) {
            max_w = steps[i].max_w;
        }
    }
    return max_w;
}

/* The profile must stay below the schedule all the time [V2G2-224, 225, 478]: it does when it does
 * wherever either of them changes. A DIN schedule cannot say more than 32767 W, nor can a profile.
 */
static bool profile_fits(const struct v2g_power_delivery *in, const struct v2g_schedule *schedule)
{
    bool fits = true;
    for (uint8_t i = 0; i < in->n_steps; i++) {
        const struct v2g_power_step *p = &in->profile[i];
        fits = fits && p->max_w <= power_at(schedule->steps, schedule->n_steps, p->start_s);
    }
    for (uint8_t k = 0; k < schedule->n_steps; k++) {
        const struct v2g_power_step *step = &schedule->steps[k];
        fits = fits && power_at(in->profile, in->n_steps, step->start_s) <= step->max_w;
    }
    return fits;
}

bool v2g_secc_charged(const struct v2g_secc *s)
{
    return s->facts.pre_charged && s->car.target_mv > 0 &&
           near(s->facts.present_mv, s->car.target_mv);
}

void v2g_secc_await(struct v2g_secc *s, uint32_t at_most_ms)
{
    s->held_until_ms = s->now_ms + at_most_ms;
}

static enum v2g_response energise(struct v2g_secc *s)
{
    if (!s->is_dc) {
        v2g_secc_want(s, V2G_SUPPLY_AC_ON, 0, 0);
        v2g_secc_await(s, V2G_SECC_CONTACTOR_MS); /* [V2G2-860] */
        return V2G_RESPONSE_OK;
    }
    if (s->phase == V2G_PHASE_RESTART && s->facts.contactor_closed) {
        return V2G_RESPONSE_OK; /* renegotiated, the supply was kept */
    }
    if (s->facts.isolation != V2G_ISOLATION_PASSED || s->demand.mode != V2G_SUPPLY_PRE_CHARGE) {
        return V2G_RESPONSE_FAILED_POWER_DELIVERY;
    }
    /* Some cars ask before the voltage is there: it comes while they wait, or the answer is no. */
    s->closing = false;
    v2g_secc_await(s, V2G_SECC_DELIVERY_MS);
    return V2G_RESPONSE_OK;
}

static enum v2g_response start(struct v2g_secc *s, const struct v2g_power_delivery *in)
{
    const uint8_t id = in->schedule_id;
    const bool selects = s->protocol == V2G_PROTOCOL_ISO2 || in->has_profile;
    const struct v2g_schedule *schedule = v2g_secc_schedule_find(s, id);
    if (selects && schedule == NULL) {
        return V2G_RESPONSE_FAILED_TARIFF_SELECTION; /* [V2G2-479] */
    }
    const bool loose = (s->quirks & V2G_QUIRK_LOOSE_PROFILE) != 0;
    if (schedule != NULL && !loose && !profile_fits(in, schedule)) {
        return V2G_RESPONSE_FAILED_CHARGING_PROFILE;
    }
    s->car.schedule_id = selects ? id : 1;
    if (s->facts.fault != V2G_FAULT_NONE || s->emergency) {
        return V2G_RESPONSE_FAILED_POWER_DELIVERY; /* [V2G2-480] */
    }
    return energise(s);
}

enum v2g_response v2g_secc_on_delivery(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_power_delivery *in = &request->power_delivery;
    if (in->has_ev) {
        note_ev(s, in->ev);
    }
    switch (in->progress) {
    case V2G_PROGRESS_START:
        if (s->phase == V2G_PHASE_CHARGING || s->phase == V2G_PHASE_RECEIPT ||
            s->phase == V2G_PHASE_RENEGOTIATION) {
            return V2G_RESPONSE_FAILED_SEQUENCE;
        }
        return start(s, in);
    case V2G_PROGRESS_STOP:
        v2g_secc_want(s, V2G_SUPPLY_OFF, 0, 0);
        if (s->facts.contactor_closed) {
            v2g_secc_await(s, V2G_SECC_CONTACTOR_MS);
        }
        return V2G_RESPONSE_OK;
    case V2G_PROGRESS_RENEGOTIATE:
        break;
    }
    if (s->phase != V2G_PHASE_CHARGING && s->phase != V2G_PHASE_RECEIPT) {
        return V2G_RESPONSE_FAILED_SEQUENCE;
    }
    /* The contactor stays closed, the current rests [V2G2-813]. */
    if (s->is_dc && s->demand.mode == V2G_SUPPLY_CHARGE) {
        v2g_secc_want(s, V2G_SUPPLY_CHARGE, s->demand.target_mv, 0);
    }
    return V2G_RESPONSE_OK;
}

static bool asks_for_receipt(const struct v2g_secc *s)
{
    return s->config->receipts && s->protocol == V2G_PROTOCOL_ISO2;
}

enum v2g_response v2g_secc_on_status(struct v2g_secc *s, const struct v2g_message *request)
{
    (void)request;
    s->response.charging_status.receipt_required = asks_for_receipt(s);
    return V2G_RESPONSE_OK;
}

/* Power in watts that voltage and current make. */
static int64_t watts(int32_t mv, int32_t ma)
{
    return (int64_t)mv * ma / 1000000;
}

/* What may flow; 0 only to a car that takes it. */
static int32_t current_allowed(const struct v2g_secc *s)
{
    int32_t ma = s->suspended ? 0 : s->limits.max_ma;
    if (ma < s->limits.min_ma && (s->quirks & V2G_QUIRK_MINIMUM_CURRENT) != 0) {
        ma = s->limits.min_ma;
    }
    return ma < 0 ? 0 : ma;
}

enum v2g_response v2g_secc_on_demand(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_current_demand *in = &request->current_demand;
    struct v2g_current_demand *out = &s->response.current_demand;
    note_ev(s, in->ev);
    s->car.target_mv = in->target_mv;
    s->car.target_ma = in->target_ma;
    s->car.full_soc_s = in->full_soc_s;
    s->car.charging_complete = in->charging_complete;
    const int32_t max_ma = current_allowed(s);
    const int32_t mv = (int32_t)fixed_clamp(in->target_mv, 0, s->limits.max_mv);
    int32_t ma = (int32_t)fixed_clamp(in->target_ma, 0, max_ma);
    if (!v2g_secc_suspended_by_schedule(s)) {
        out->max_ma = max_ma;
    }
    out->voltage_limited = in->target_mv >= s->limits.max_mv;
    out->current_limited = in->target_ma >= max_ma;
    if (s->limits.max_w >= 0 && mv > 0 && watts(mv, ma) > s->limits.max_w) {
        out->power_limited = true;
        ma = fixed_clamp_i32((int64_t)s->limits.max_w * 1000000 / mv);
    }
    if (s->facts.fault != V2G_FAULT_NONE || s->emergency) {
        return V2G_RESPONSE_OK; /* the status says it; the car stops with PowerDelivery */
    }
    v2g_secc_want(s, V2G_SUPPLY_CHARGE, mv, ma);
    out->receipt_required = asks_for_receipt(s);
    return V2G_RESPONSE_OK;
}

enum v2g_response v2g_secc_on_receipt(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_metering_receipt *in = &request->metering_receipt;
    const bool own = in->session_id_len == V2G_SESSION_ID_LEN &&
                     memcmp(in->session_id, s->session_id, V2G_SESSION_ID_LEN) == 0;
    /* What was told last can only be confirmed up to what is there. */
    const int64_t wh = s->facts.energy_mwh / 1000;
    if (!own || in->meter.reading_wh > (uint64_t)(wh < 0 ? 0 : wh)) {
        return V2G_RESPONSE_FAILED_METERING_SIGNATURE;
    }
    return V2G_RESPONSE_OK;
}

enum v2g_response v2g_secc_on_welding(struct v2g_secc *s, const struct v2g_message *request)
{
    note_ev(s, request->welding_detection.ev);
    if (s->facts.fault == V2G_FAULT_NONE && !s->emergency) {
        v2g_secc_want(s, V2G_SUPPLY_WELD_TEST, 0, 0);
    }
    return s->facts.welded ? V2G_RESPONSE_FAILED : V2G_RESPONSE_OK;
}

enum v2g_response v2g_secc_on_stop(struct v2g_secc *s, const struct v2g_message *request)
{
    struct v2g_paused *paused = s->config->paused;
    const bool asked = request->session_end == V2G_SESSION_PAUSE;
    if (s->protocol == V2G_PROTOCOL_ISO2 && asked && paused == NULL) {
        return V2G_RESPONSE_FAILED; /* cannot be kept, so it is not promised */
    }
    if (s->protocol == V2G_PROTOCOL_ISO2 && (asked || s->pausing) && paused != NULL) {
        memcpy(paused->session_id, s->session_id, V2G_SESSION_ID_LEN);
        memcpy(paused->evcc_id, s->car.evcc_id, s->car.evcc_id_len);
        paused->evcc_id_len = s->car.evcc_id_len;
        paused->schedule_id = s->car.schedule_id;
        paused->valid = true;
    }
    return V2G_RESPONSE_OK;
}
