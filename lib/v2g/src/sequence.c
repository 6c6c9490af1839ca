/* SPDX-License-Identifier: MIT */
#include "v2g/sequence.h"

#include "base/assert.h"

#define KIND(name) (1U << V2G_##name)

/* Requests by phase. SessionStopReq is taken wherever no power can flow, and PowerDeliveryReq
 * (stop) wherever it can: a car may give up. */
static const uint32_t allowed[V2G_PHASE_COUNT] = {
    [V2G_PHASE_SETUP] = KIND(SESSION_SETUP),                              /* [V2G2-541] */
    [V2G_PHASE_DISCOVERY] = KIND(SERVICE_DISCOVERY) | KIND(SESSION_STOP), /* [V2G2-543] */
    [V2G_PHASE_SELECTION] =
        KIND(SERVICE_DETAIL) | KIND(PAYMENT_SELECTION) | KIND(SESSION_STOP), /* [V2G2-545, 548] */
    [V2G_PHASE_CONTRACT] = KIND(PAYMENT_DETAILS) | KIND(CERTIFICATE_INSTALLATION) |
                           KIND(CERTIFICATE_UPDATE) | KIND(SESSION_STOP), /* [V2G2-551, 554, 557] */
    [V2G_PHASE_AUTHORIZATION] = KIND(AUTHORIZATION) | KIND(SESSION_STOP), /* [V2G2-560, 563] */
    [V2G_PHASE_PARAMETERS] = KIND(CHARGE_PARAMETERS) | KIND(SESSION_STOP), /* [V2G2-563] */
    [V2G_PHASE_CABLE_CHECK] = KIND(CABLE_CHECK) | KIND(SESSION_STOP), /* [V2G2-582, 584, 621] */
    [V2G_PHASE_PRE_CHARGE] =
        KIND(PRE_CHARGE) | KIND(POWER_DELIVERY) | KIND(SESSION_STOP),     /* [V2G2-584, 587] */
    [V2G_PHASE_READY] = KIND(POWER_DELIVERY) | KIND(SESSION_STOP),        /* [V2G2-573] */
    [V2G_PHASE_CHARGING] = KIND(CURRENT_DEMAND) | KIND(CHARGING_STATUS) | /* [V2G2-576, 577] */
                           KIND(POWER_DELIVERY) | KIND(METERING_RECEIPT), /* [V2G2-590, 593] */
    [V2G_PHASE_RECEIPT] = KIND(METERING_RECEIPT) | KIND(POWER_DELIVERY),  /* [V2G2-577, 795] */
    [V2G_PHASE_RENEGOTIATION] = KIND(CHARGE_PARAMETERS) | KIND(POWER_DELIVERY), /* [V2G2-813] */
    [V2G_PHASE_RESTART] = KIND(POWER_DELIVERY) | KIND(CABLE_CHECK) | KIND(PRE_CHARGE),
    [V2G_PHASE_STOPPING] = KIND(WELDING_DETECTION) | KIND(SESSION_STOP) |
                           KIND(CHARGE_PARAMETERS),                     /* [V2G2-568, 601] */
    [V2G_PHASE_WELDING] = KIND(WELDING_DETECTION) | KIND(SESSION_STOP), /* [V2G2-597] */
};

const char *v2g_phase_name(enum v2g_phase phase)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_PHASES(X)
#undef X
    };
    ASSERT(phase < V2G_PHASE_COUNT);
    return names[phase];
}

bool v2g_phase_allows(enum v2g_phase phase, enum v2g_protocol protocol, bool is_dc,
                      enum v2g_kind kind)
{
    ASSERT(phase < V2G_PHASE_COUNT && kind < V2G_KIND_COUNT);
    const uint32_t dc_only =
        KIND(CABLE_CHECK) | KIND(PRE_CHARGE) | KIND(CURRENT_DEMAND) | KIND(WELDING_DETECTION);
    const uint32_t not_in_din = KIND(METERING_RECEIPT) | KIND(CHARGING_STATUS);
    uint32_t set = allowed[phase];
    /* DIN has no way back. */
    set &= ~(protocol == V2G_PROTOCOL_DIN && phase == V2G_PHASE_STOPPING ? KIND(CHARGE_PARAMETERS)
                                                                         : 0U);
    set &= ~(is_dc ? KIND(CHARGING_STATUS) : dc_only);
    set &= ~(protocol == V2G_PROTOCOL_DIN ? not_in_din : 0U);
    return (set & 1U << kind) != 0;
}

static enum v2g_phase after_selection(const struct v2g_message *request)
{
    return request->payment_selection.payment == V2G_PAYMENT_CONTRACT ? V2G_PHASE_CONTRACT
                                                                      : V2G_PHASE_AUTHORIZATION;
}

static enum v2g_phase after_parameters(enum v2g_phase phase, const struct v2g_message *response)
{
    if (response->charge_parameters.processing != V2G_FINISHED) {
        return phase == V2G_PHASE_STOPPING ? V2G_PHASE_PARAMETERS : phase;
    }
    if (phase == V2G_PHASE_RENEGOTIATION) {
        return V2G_PHASE_RESTART;
    }
    return response->charge_parameters.is_dc ? V2G_PHASE_CABLE_CHECK : V2G_PHASE_READY;
}

static enum v2g_phase after_delivery(enum v2g_phase phase, const struct v2g_message *request)
{
    static const enum v2g_phase next[] = {[V2G_PROGRESS_START] = V2G_PHASE_CHARGING,
                                          [V2G_PROGRESS_STOP] = V2G_PHASE_STOPPING,
                                          [V2G_PROGRESS_RENEGOTIATE] = V2G_PHASE_RENEGOTIATION};
    (void)phase;
    return next[request->power_delivery.progress];
}

static bool receipt_required(const struct v2g_message *response)
{
    return response->kind == V2G_CURRENT_DEMAND ? response->current_demand.receipt_required
                                                : response->charging_status.receipt_required;
}

enum v2g_phase v2g_phase_after(enum v2g_phase phase, const struct v2g_message *request,
                               const struct v2g_message *response)
{
    ASSERT(request->kind == response->kind && !request->is_response && response->is_response);
    if (v2g_response_failed(response->code)) {
        return V2G_PHASE_ENDED;
    }
    switch (request->kind) {
    case V2G_SESSION_SETUP:
        return V2G_PHASE_DISCOVERY;
    case V2G_SERVICE_DISCOVERY:
    case V2G_SERVICE_DETAIL:
        return V2G_PHASE_SELECTION;
    case V2G_PAYMENT_SELECTION:
        return after_selection(request);
    case V2G_PAYMENT_DETAILS:
        return V2G_PHASE_AUTHORIZATION;
    case V2G_CERTIFICATE_INSTALLATION:
    case V2G_CERTIFICATE_UPDATE:
        return V2G_PHASE_CONTRACT;
    case V2G_AUTHORIZATION:
        return response->authorization.processing == V2G_FINISHED ? V2G_PHASE_PARAMETERS : phase;
    case V2G_CHARGE_PARAMETERS:
        return after_parameters(phase, response);
    case V2G_CABLE_CHECK:
        return response->cable_check.processing == V2G_FINISHED ? V2G_PHASE_PRE_CHARGE
                                                                : V2G_PHASE_CABLE_CHECK;
    case V2G_PRE_CHARGE:
        return V2G_PHASE_PRE_CHARGE;
    case V2G_POWER_DELIVERY:
        return after_delivery(phase, request);
    case V2G_CURRENT_DEMAND:
    case V2G_CHARGING_STATUS:
        return receipt_required(response) ? V2G_PHASE_RECEIPT : V2G_PHASE_CHARGING;
    case V2G_METERING_RECEIPT:
        return V2G_PHASE_CHARGING;
    case V2G_WELDING_DETECTION:
        return V2G_PHASE_WELDING;
    case V2G_SESSION_STOP:
    case V2G_KIND_COUNT:
        break;
    }
    return V2G_PHASE_ENDED;
}
