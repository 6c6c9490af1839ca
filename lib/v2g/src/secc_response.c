/* SPDX-License-Identifier: MIT
 * What a response must carry whatever it says: so that a refusal is as well-formed as a success.
 */
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "secc_parts.h"

static enum v2g_isolation isolation_of(const struct v2g_secc *s)
{
    switch (s->facts.isolation) {
    case V2G_ISOLATION_PASSED:
        return V2G_ISOLATION_VALID;
    case V2G_ISOLATION_FAILED:
        return V2G_ISOLATION_FAULT;
    case V2G_ISOLATION_NOT_TESTED:
    case V2G_ISOLATION_TESTING:
        break;
    }
    return V2G_ISOLATION_INVALID;
}

/* The status is what the charger is, not whether its contactor is closed: a car leaves on
 * EVSE_Shutdown, so that word is for shutting down alone. */
static enum v2g_evse_status_code status_code(const struct v2g_secc *s)
{
    if (s->emergency || s->facts.fault == V2G_FAULT_EMERGENCY) {
        return V2G_EVSE_EMERGENCY_SHUTDOWN;
    }
    if (s->facts.fault != V2G_FAULT_NONE) {
        return V2G_EVSE_MALFUNCTION;
    }
    const bool over = s->phase >= V2G_PHASE_STOPPING && s->response.kind != V2G_CHARGE_PARAMETERS;
    if (over || (s->notification == V2G_NOTIFY_STOP && (s->quirks & V2G_QUIRK_EARLY_STOP) != 0)) {
        return V2G_EVSE_SHUTDOWN;
    }
    if (s->phase == V2G_PHASE_CABLE_CHECK && s->facts.isolation != V2G_ISOLATION_PASSED) {
        return V2G_EVSE_ISOLATION_MONITORING;
    }
    return V2G_EVSE_READY;
}

struct v2g_evse_status v2g_secc_evse_status(const struct v2g_secc *s)
{
    const bool hides =
        (s->quirks & V2G_QUIRK_NO_ISOLATION) != 0 && s->response.kind != V2G_CABLE_CHECK;
    /* DIN has the word, but nothing that a car could do then. */
    const bool din = s->protocol == V2G_PROTOCOL_DIN;
    const bool mute = din && s->notification == V2G_NOTIFY_RENEGOTIATE;
    return (struct v2g_evse_status){.notification = mute ? V2G_NOTIFY_NONE : s->notification,
                                    .notification_delay_s = s->notification_delay_s,
                                    .has_isolation = !hides,
                                    .isolation = isolation_of(s),
                                    .code = status_code(s),
                                    .rcd = false};
}

static struct v2g_meter meter_of(const struct v2g_secc *s)
{
    const int64_t wh = s->facts.energy_mwh < 0 ? 0 : s->facts.energy_mwh / 1000;
    return (struct v2g_meter){
        .id = s->config->meter_id, .reading_wh = (uint64_t)wh, .unix_s = v2g_secc_unix_s(s)};
}

static void copy_id(const struct v2g_secc *s, char out[V2G_EVSE_ID_MAX_LEN + 1])
{
    size_t n = strlen(s->config->evse_id);
    n = n > V2G_EVSE_ID_MAX_LEN ? V2G_EVSE_ID_MAX_LEN : n;
    memcpy(out, s->config->evse_id, n);
    out[n] = '\0';
}

bool v2g_secc_suspended_by_schedule(const struct v2g_secc *s)
{
    return s->suspended && s->protocol == V2G_PROTOCOL_ISO2 &&
           (s->quirks & V2G_QUIRK_SUSPEND_BY_SCHEDULE) != 0;
}

/* Every car that charges by AC takes 6 A, the least that a pilot can say. */
static int32_t ac_allowed_ma(const struct v2g_secc *s)
{
    enum { AC_MINIMUM_MA = 6000 };
    const int32_t ma = s->suspended ? 0 : s->ac_max_ma;
    const bool low = ma < AC_MINIMUM_MA && (s->quirks & V2G_QUIRK_MINIMUM_CURRENT) != 0;
    return v2g_secc_suspended_by_schedule(s) ? s->ac_max_ma : low ? (int32_t)AC_MINIMUM_MA : ma;
}

/* Nobody gave schedules, or the only one now is that of 0 W. */
static bool makes_schedule(const struct v2g_secc *s)
{
    return s->n_schedules == 0 || v2g_secc_suspended_by_schedule(s);
}

static int32_t full_power_w(const struct v2g_secc *s)
{
    if (v2g_secc_suspended_by_schedule(s)) {
        return 0;
    }
    if (s->is_dc) {
        return s->limits.max_w;
    }
    const bool three = s->car.mode == V2G_AC_THREE_PHASE;
    int64_t mw = 0;
    if (fixed_mul_div(s->config->ac_nominal_mv, s->ac_max_ma, 1000, &mw) < 0) {
        return INT32_MAX;
    }
    return fixed_clamp_i32(mw / 1000 * (three ? 3 : 1));
}

static void fill_parameters(struct v2g_secc *s)
{
    enum { DAY_S = 86400 };
    struct v2g_charge_parameters *out = &s->response.charge_parameters;
    out->is_dc = s->is_dc;
    out->evse = v2g_secc_evse_status(s);
    out->dc = s->limits;
    out->ac_max_mv = s->config->ac_nominal_mv;
    out->ac_max_ma = s->ac_max_ma;
    out->processing = V2G_ONGOING;
    if (makes_schedule(s)) { /* a car wants one: all day, all we have */
        /* [V2G2-303, 304]: until the departure, or for a day when none was told. */
        const uint32_t span_s = s->car.departure_s > DAY_S ? s->car.departure_s : (uint32_t)DAY_S;
        s->full_step =
            (struct v2g_power_step){.start_s = 0, .duration_s = span_s, .max_w = full_power_w(s)};
        s->full_schedule = (struct v2g_schedule){.id = 1, .n_steps = 1, .steps = &s->full_step};
        out->schedules = &s->full_schedule;
        out->n_schedules = 1;
    } else {
        out->schedules = s->schedules;
        out->n_schedules = s->n_schedules;
    }
}

const struct v2g_schedule *v2g_secc_schedule_find(const struct v2g_secc *s, uint8_t id)
{
    if (makes_schedule(s)) {
        return id == s->full_schedule.id ? &s->full_schedule : NULL;
    }
    for (uint8_t i = 0; i < s->n_schedules; i++) {
        if (s->schedules[i].id == id) {
            return &s->schedules[i];
        }
    }
    return NULL;
}

static void fill_demand(struct v2g_secc *s)
{
    struct v2g_current_demand *out = &s->response.current_demand;
    out->evse = v2g_secc_evse_status(s);
    out->present_mv = s->facts.present_mv;
    out->present_ma = s->facts.present_ma;
    out->max_mv = s->limits.max_mv;
    out->max_ma = s->limits.max_ma;
    out->max_w = s->limits.max_w;
    out->schedule_id = s->car.schedule_id;
    out->meter = meter_of(s);
    copy_id(s, out->evse_id);
}

static void fill_status(struct v2g_secc *s)
{
    struct v2g_charging_status *out = &s->response.charging_status;
    out->evse = v2g_secc_evse_status(s);
    out->max_ma = ac_allowed_ma(s);
    out->schedule_id = s->car.schedule_id;
    out->meter = meter_of(s);
    copy_id(s, out->evse_id);
}

static void fill_discovery(struct v2g_secc *s)
{
    const struct v2g_secc_config *config = s->config;
    struct v2g_service_discovery *out = &s->response.service_discovery;
    out->offers_external = true;
    out->free = config->free;
    /* A wallbox that only asks for the state of charge must promise DC to get the dialogue. */
    out->modes =
        config->soc_only ? (uint8_t)(config->modes | 1U << V2G_DC_EXTENDED) : config->modes;
    out->n_services = config->n_services > V2G_MAX_SERVICES ? V2G_MAX_SERVICES : config->n_services;
    for (uint8_t i = 0; i < out->n_services; i++) {
        out->services[i] = config->services[i];
    }
}

static void fill_early(struct v2g_secc *s)
{
    if (s->response.kind == V2G_SESSION_SETUP) {
        copy_id(s, s->response.session_setup.evse_id);
        s->response.session_setup.unix_s = v2g_secc_unix_s(s);
    } else if (s->response.kind == V2G_SERVICE_DISCOVERY) {
        fill_discovery(s);
    } else if (s->response.kind == V2G_CHARGE_PARAMETERS) {
        fill_parameters(s);
    }
}

void v2g_secc_response_fill(struct v2g_secc *s)
{
    struct v2g_message *out = &s->response;
    const struct v2g_evse_status status = v2g_secc_evse_status(s);
    fill_early(s);
    if (out->kind == V2G_CABLE_CHECK) {
        out->cable_check.evse = status;
        out->cable_check.processing = V2G_ONGOING;
    } else if (out->kind == V2G_PRE_CHARGE) {
        out->pre_charge.evse = status;
        out->pre_charge.present_mv = s->facts.present_mv;
    } else if (out->kind == V2G_POWER_DELIVERY) {
        out->power_delivery.evse = status;
        out->power_delivery.is_dc = s->is_dc;
    } else if (out->kind == V2G_CURRENT_DEMAND) {
        fill_demand(s);
    } else if (out->kind == V2G_CHARGING_STATUS) {
        fill_status(s);
    } else if (out->kind == V2G_METERING_RECEIPT) {
        out->metering_receipt.evse = status;
        out->metering_receipt.is_dc = s->is_dc;
    } else if (out->kind == V2G_WELDING_DETECTION) {
        out->welding_detection.evse = status;
        out->welding_detection.present_mv = s->facts.present_mv;
    }
}
