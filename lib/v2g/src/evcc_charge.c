/* SPDX-License-Identifier: MIT
 * The car's way from CableCheck to SessionStop.
 */
#include "base/assert.h"
#include "evcc_parts.h"

enum { TOLERANCE_MV = 20000, SAFE_MV = 60000, MAX_WELDING_TRIES = 5 };

static bool is_dc(const struct v2g_evcc *e)
{
    return v2g_energy_mode_dc(e->config->mode);
}

static enum v2g_kind loop_kind(const struct v2g_evcc *e)
{
    return is_dc(e) ? V2G_CURRENT_DEMAND : V2G_CHARGING_STATUS;
}

static enum v2g_kind stop_delivery(struct v2g_evcc *e)
{
    e->progress = V2G_PROGRESS_STOP;
    return V2G_POWER_DELIVERY;
}

static bool leaves(const struct v2g_evse_status *status)
{
    return status->notification == V2G_NOTIFY_STOP || status->code == V2G_EVSE_SHUTDOWN ||
           status->code == V2G_EVSE_EMERGENCY_SHUTDOWN || status->code == V2G_EVSE_MALFUNCTION ||
           status->code == V2G_EVSE_UTILITY_INTERRUPT;
}

static void note_status(struct v2g_evcc *e, const struct v2g_evse_status *status)
{
    if (status->notification != V2G_NOTIFY_NONE &&
        status->notification != e->charger.status.notification) {
        v2g_evcc_tell(e, V2G_EVCC_EVENT_NOTIFIED, (uint32_t)status->notification, 0);
    }
    e->charger.status = *status;
}

static enum v2g_kind after_cable_check(struct v2g_evcc *e, const struct v2g_cable_check *in)
{
    note_status(e, &in->evse);
    if (leaves(&in->evse) || e->wants_stop) {
        e->phase = V2G_PHASE_STOPPING;
        return V2G_SESSION_STOP;
    }
    if (in->processing != V2G_FINISHED) {
        return V2G_CABLE_CHECK;
    }
    const bool isolated = !in->evse.has_isolation || in->evse.isolation == V2G_ISOLATION_VALID ||
                          in->evse.isolation == V2G_ISOLATION_WARNING;
    if (!isolated) {
        e->phase = V2G_PHASE_STOPPING;
        return V2G_SESSION_STOP;
    }
    e->phase = V2G_PHASE_PRE_CHARGE;
    e->progress = V2G_PROGRESS_START;
    return (e->config->faults & V2G_EVCC_NO_PRE_CHARGE) != 0 ? V2G_POWER_DELIVERY : V2G_PRE_CHARGE;
}

static enum v2g_kind after_pre_charge(struct v2g_evcc *e, const struct v2g_pre_charge *in)
{
    note_status(e, &in->evse);
    e->charger.present_mv = in->present_mv;
    if (leaves(&in->evse) || e->wants_stop) {
        e->contactor = false;
        return stop_delivery(e);
    }
    const int64_t gap_mv = (int64_t)in->present_mv - e->battery.voltage_mv;
    if ((gap_mv < 0 ? -gap_mv : gap_mv) > TOLERANCE_MV) {
        return V2G_PRE_CHARGE;
    }
    e->contactor = true;
    e->progress = V2G_PROGRESS_START;
    if (!e->battery.contactor_closed) {
        return V2G_PRE_CHARGE; /* keeps the charger there while the contactor closes */
    }
    return (e->config->faults & V2G_EVCC_OUT_OF_ORDER) != 0 ? loop_kind(e) : V2G_POWER_DELIVERY;
}

static enum v2g_kind after_delivery(struct v2g_evcc *e, const struct v2g_power_delivery *in)
{
    note_status(e, &in->evse);
    if (e->progress == V2G_PROGRESS_START) {
        e->phase = V2G_PHASE_CHARGING;
        e->kept = false;
        return loop_kind(e);
    }
    if (e->progress == V2G_PROGRESS_RENEGOTIATE) {
        e->phase = V2G_PHASE_RENEGOTIATION;
        e->kept = true;
        return V2G_CHARGE_PARAMETERS;
    }
    e->phase = V2G_PHASE_STOPPING;
    e->contactor = false;
    e->power = false;
    return is_dc(e) && !e->config->skips_welding_detection ? V2G_WELDING_DETECTION
                                                           : V2G_SESSION_STOP;
}

/* One round of the loop: what the charger notifies counts before what we want. */
static enum v2g_kind after_loop(struct v2g_evcc *e, const struct v2g_evse_status *status,
                                bool receipt_required)
{
    note_status(e, status);
    v2g_evcc_follow_schedule(e);
    e->phase = receipt_required ? V2G_PHASE_RECEIPT : V2G_PHASE_CHARGING;
    /* [V2G2-680]: only here is a charger's wish to renegotiate heard. */
    const bool renegotiate =
        e->wants_renegotiation ||
        (e->protocol == V2G_PROTOCOL_ISO2 && status->notification == V2G_NOTIFY_RENEGOTIATE);
    if (leaves(status) || e->wants_stop || e->battery.full || status->rcd ||
        e->battery.error != V2G_EV_NO_ERROR) {
        return stop_delivery(e);
    }
    if (receipt_required) {
        return V2G_METERING_RECEIPT;
    }
    if (renegotiate) {
        e->wants_renegotiation = false;
        e->progress = V2G_PROGRESS_RENEGOTIATE;
        return V2G_POWER_DELIVERY;
    }
    return loop_kind(e);
}

static enum v2g_kind after_welding(struct v2g_evcc *e, const struct v2g_welding_detection *in)
{
    e->charger.present_mv = in->present_mv;
    e->welding_tries++;
    const bool discharged = in->present_mv < SAFE_MV;
    return discharged || e->welding_tries >= MAX_WELDING_TRIES ? V2G_SESSION_STOP
                                                               : V2G_WELDING_DETECTION;
}

enum v2g_kind v2g_evcc_after_charge(struct v2g_evcc *e, const struct v2g_message *response)
{
    if (response->kind == V2G_CABLE_CHECK) {
        return after_cable_check(e, &response->cable_check);
    }
    if (response->kind == V2G_PRE_CHARGE) {
        return after_pre_charge(e, &response->pre_charge);
    }
    if (response->kind == V2G_POWER_DELIVERY) {
        return after_delivery(e, &response->power_delivery);
    }
    if (response->kind == V2G_CURRENT_DEMAND) {
        const struct v2g_current_demand *in = &response->current_demand;
        e->charger.present_mv = in->present_mv;
        e->charger.present_ma = in->present_ma;
        e->charger.meter_wh = in->meter.reading_wh;
        return after_loop(e, &in->evse, in->receipt_required);
    }
    if (response->kind == V2G_CHARGING_STATUS) {
        const struct v2g_charging_status *in = &response->charging_status;
        e->charger.ac_max_ma = in->max_ma >= 0 ? in->max_ma : e->charger.ac_max_ma;
        e->charger.meter_wh = in->meter.reading_wh;
        return after_loop(e, &in->evse, in->receipt_required);
    }
    if (response->kind == V2G_METERING_RECEIPT) {
        return after_loop(e, &response->metering_receipt.evse, false);
    }
    if (response->kind == V2G_WELDING_DETECTION) {
        return after_welding(e, &response->welding_detection);
    }
    v2g_evcc_finish(e, e->wants_pause ? V2G_EVCC_PAUSED : V2G_EVCC_STOPPED);
    return V2G_SESSION_STOP;
}
