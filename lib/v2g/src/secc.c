/* SPDX-License-Identifier: MIT
 * The charger's machine: its verbs, and which request goes where.
 */
#include "v2g/secc.h"

#include <string.h>

#include "base/assert.h"
#include "exi/sap.h"
#include "secc_parts.h"
#include "v2g/v2gtp.h"

enum { TRACE_PHASE = 0x0601, STALE_MS = 2000 }; /* 6: the place of v2g in lib/CMakeLists.txt */

void v2g_secc_tell(struct v2g_secc *s, enum v2g_secc_event_kind kind, uint32_t a)
{
    /* The end must not be lost; of the others the newest may be. */
    if (s->n_events == V2G_SECC_EVENTS) {
        if (kind != V2G_SECC_EVENT_ENDED) {
            return;
        }
        s->n_events--;
    }
    const unsigned at = (s->first_event + s->n_events) % V2G_SECC_EVENTS;
    s->events[at] = (struct v2g_secc_event){.kind = kind, .a = a};
    s->n_events++;
}

void v2g_secc_want(struct v2g_secc *s, enum v2g_supply_mode mode, int32_t mv, int32_t ma)
{
    ASSERT(mode == V2G_SUPPLY_OFF || s->phase != V2G_PHASE_ENDED);
    s->demand = (struct v2g_supply_demand){.mode = mode, .target_mv = mv, .target_ma = ma};
}

/* The only place that changes the phase. */
static void enter(struct v2g_secc *s, enum v2g_phase phase)
{
    trace(&s->config->trace, s->now_ms, TRACE_PHASE, (uint32_t)s->phase, (uint32_t)phase);
    if (phase != s->phase) {
        s->since_ms = s->now_ms;
        v2g_secc_tell(s, V2G_SECC_EVENT_PHASE, (uint32_t)phase);
    }
    s->phase = phase;
}

static void finish(struct v2g_secc *s, enum v2g_secc_end end)
{
    if (s->end != V2G_SECC_NOT_YET) {
        return;
    }
    s->end = end;
    enter(s, V2G_PHASE_ENDED);
    v2g_secc_want(s, V2G_SUPPLY_OFF, 0, 0);
    s->deadline_ms = s->now_ms + V2G_SECC_CLOSE_MS;
    v2g_secc_tell(s, V2G_SECC_EVENT_ENDED, (uint32_t)end);
}

/* Ends without an answer: the connection is of no use any more. */
static void abandon(struct v2g_secc *s, enum v2g_secc_end end)
{
    finish(s, end);
    s->out = V2G_OUT_NONE;
    s->held_until_ms = V2G_NEVER_MS;
    s->deadline_ms = V2G_NEVER_MS;
    s->close_due = true;
}

static void advance(struct v2g_secc *s, uint64_t now_ms)
{
    ASSERT(now_ms >= s->now_ms);
    s->now_ms = now_ms;
}

void v2g_secc_init(struct v2g_secc *s, uint64_t now_ms, const struct v2g_secc_config *config)
{
    ASSERT(config->evse_id != NULL && config->protocols != 0 && config->modes != 0);
    ASSERT(config->entropy.fill != NULL && config->n_schedules <= V2G_MAX_SCHEDULES);
    memset(s, 0, sizeof *s);
    s->config = config;
    s->now_ms = now_ms;
    s->since_ms = now_ms;
    s->phase = V2G_PHASE_HANDSHAKE;
    s->deadline_ms = now_ms + V2G_SECC_SETUP_TIMEOUT_MS;
    s->held_until_ms = V2G_NEVER_MS;
    s->limits = config->dc;
    s->ac_max_ma = config->ac_max_ma;
    s->schedules = config->schedules;
    s->n_schedules = config->n_schedules;
    s->car.soc_pct = -1;
    s->facts.measured_ms = now_ms;
}

static void on_handshake(struct v2g_secc *s, const struct v2gtp_frame *frame)
{
    struct sap_choice choice;
    if (v2g_sap_choose(&s->config->codec, frame->payload, frame->len, s->config->protocols,
                       &choice) < 0) {
        abandon(s, V2G_SECC_UNREADABLE);
        return;
    }
    s->sap_code = choice.code;
    s->sap_schema_id = choice.schema_id;
    s->protocol = choice.protocol;
    s->out = V2G_OUT_HANDSHAKE;
    if (choice.protocol == V2G_PROTOCOL_NONE) {
        finish(s, V2G_SECC_NO_PROTOCOL);
        return;
    }
    s->is_dc = choice.protocol == V2G_PROTOCOL_DIN; /* which knows nothing else */
    enter(s, V2G_PHASE_SETUP);
}

typedef enum v2g_response on_request(struct v2g_secc *s, const struct v2g_message *request);
static on_request *const on[V2G_KIND_COUNT] = {[V2G_SESSION_SETUP] = v2g_secc_on_setup,
                                               [V2G_SERVICE_DISCOVERY] = v2g_secc_on_discovery,
                                               [V2G_SERVICE_DETAIL] = v2g_secc_on_detail,
                                               [V2G_PAYMENT_SELECTION] = v2g_secc_on_selection,
                                               [V2G_PAYMENT_DETAILS] = v2g_secc_on_contract,
                                               [V2G_AUTHORIZATION] = v2g_secc_on_authorization,
                                               [V2G_CHARGE_PARAMETERS] = v2g_secc_on_parameters,
                                               [V2G_CABLE_CHECK] = v2g_secc_on_cable_check,
                                               [V2G_PRE_CHARGE] = v2g_secc_on_pre_charge,
                                               [V2G_POWER_DELIVERY] = v2g_secc_on_delivery,
                                               [V2G_CHARGING_STATUS] = v2g_secc_on_status,
                                               [V2G_CURRENT_DEMAND] = v2g_secc_on_demand,
                                               [V2G_METERING_RECEIPT] = v2g_secc_on_receipt,
                                               [V2G_WELDING_DETECTION] = v2g_secc_on_welding,
                                               [V2G_SESSION_STOP] = v2g_secc_on_stop,
                                               [V2G_CERTIFICATE_INSTALLATION] =
                                                   v2g_secc_on_contract,
                                               [V2G_CERTIFICATE_UPDATE] = v2g_secc_on_contract};

static bool same_session(const struct v2g_secc *s, const struct v2g_message *request)
{
    return request->session_id_len == V2G_SESSION_ID_LEN &&
           memcmp(request->session_id, s->session_id, V2G_SESSION_ID_LEN) == 0;
}

static enum v2g_secc_end end_of(const struct v2g_secc *s, const struct v2g_message *request)
{
    if (s->response.code == V2G_RESPONSE_FAILED_SEQUENCE) {
        return V2G_SECC_SEQUENCE_ERROR;
    }
    if (s->response.code == V2G_RESPONSE_FAILED_UNKNOWN_SESSION) {
        return V2G_SECC_UNKNOWN_SESSION;
    }
    if (v2g_response_failed(s->response.code)) {
        return V2G_SECC_REFUSED;
    }
    if (s->config->soc_only && s->car.soc_pct >= 0) {
        return V2G_SECC_SOC_READ;
    }
    return request->session_end == V2G_SESSION_PAUSE || s->pausing ? V2G_SECC_PAUSED
                                                                   : V2G_SECC_STOPPED;
}

/* A request leads to its response, and both to the next phase. */
static void on_message(struct v2g_secc *s, const struct v2g_message *request)
{
    memset(&s->response, 0, sizeof s->response);
    s->response.kind = request->kind;
    s->response.is_response = true;
    v2g_secc_response_fill(s);
    if (!v2g_phase_allows(s->phase, s->protocol, s->is_dc, request->kind)) {
        s->response.code = V2G_RESPONSE_FAILED_SEQUENCE; /* [V2G2-538] */
    } else if (request->kind != V2G_SESSION_SETUP && !same_session(s, request)) {
        s->response.code = V2G_RESPONSE_FAILED_UNKNOWN_SESSION; /* [V2G2-460] */
    } else {
        s->response.code = on[request->kind](s, request);
    }
    s->response.session_id_len = V2G_SESSION_ID_LEN;
    memcpy(s->response.session_id, s->session_id, V2G_SESSION_ID_LEN);
    s->out = V2G_OUT_MESSAGE;
    const enum v2g_phase next = v2g_phase_after(s->phase, request, &s->response);
    if (next == V2G_PHASE_ENDED) { /* a failure is answered, then the session ends [V2G2-539] */
        finish(s, end_of(s, request));
        return;
    }
    enter(s, next);
    s->deadline_ms = s->now_ms + V2G_SECC_SEQUENCE_TIMEOUT_MS;
}

int v2g_secc_input(struct v2g_secc *s, uint64_t now_ms, const uint8_t *bytes, size_t len)
{
    advance(s, now_ms);
    if (s->out != V2G_OUT_NONE || s->close_due) {
        return s->close_due ? (int)len : 0;
    }
    struct v2gtp_frame frame;
    const int used = v2gtp_decode(bytes, len, &frame);
    if (used < 0) {
        abandon(s, V2G_SECC_UNREADABLE);
        return used;
    }
    if (used == 0 || frame.type != V2GTP_EXI || s->phase == V2G_PHASE_ENDED) {
        return used; /* [V2G2-800]: what is not for us does not end the session */
    }
    if (s->phase == V2G_PHASE_HANDSHAKE) {
        on_handshake(s, &frame);
        return used;
    }
    struct v2g_message request;
    const int result =
        v2g_codec_decode(&s->config->codec, s->protocol, frame.payload, frame.len, &request);
    if (result < 0 || request.is_response) {
        abandon(s, V2G_SECC_UNREADABLE);
        return used;
    }
    on_message(s, &request);
    return used;
}

/* Why power could not be delivered. */
static enum v2g_response undelivered(const struct v2g_secc *s)
{
    const bool din = s->protocol == V2G_PROTOCOL_DIN;
    if (s->is_dc && !s->closing) {
        return din ? V2G_RESPONSE_FAILED_VOLTAGE_TOO_LOW : V2G_RESPONSE_FAILED_POWER_DELIVERY;
    }
    return din ? V2G_RESPONSE_FAILED_POWER_DELIVERY : V2G_RESPONSE_FAILED_CONTACTOR;
}

/* Whether the supply did what a response was held back for. */
static bool reached(struct v2g_secc *s)
{
    if (s->response.kind == V2G_PRE_CHARGE) {
        return v2g_secc_charged(s);
    }
    if (s->phase == V2G_PHASE_STOPPING) {
        return s->facts.contactor_open;
    }
    if (s->demand.mode == V2G_SUPPLY_PRE_CHARGE && v2g_secc_charged(s)) {
        s->closing = true;
        v2g_secc_want(s, V2G_SUPPLY_CHARGE, s->car.target_mv, 0);
    }
    return s->facts.contactor_closed;
}

/* A response that waits for the supply leaves when that is ready, or has failed. */
static void release(struct v2g_secc *s)
{
    if (s->held_until_ms == V2G_NEVER_MS) {
        return;
    }
    const bool ready = reached(s);
    const bool over = s->facts.fault != V2G_FAULT_NONE || s->now_ms >= s->held_until_ms;
    if (!ready && !over) {
        return;
    }
    s->held_until_ms = V2G_NEVER_MS;
    v2g_secc_response_fill(s); /* as things are now */
    if (s->response.kind == V2G_POWER_DELIVERY && s->phase == V2G_PHASE_CHARGING && !ready) {
        s->response.code = undelivered(s);
        finish(s, V2G_SECC_REFUSED);
    }
}

static void check_facts(struct v2g_secc *s)
{
    const bool bad = s->facts.fault != V2G_FAULT_NONE || s->emergency;
    if (bad && s->demand.mode != V2G_SUPPLY_OFF) {
        v2g_secc_want(s, V2G_SUPPLY_OFF, 0, 0);
    }
}

void v2g_secc_set_supply(struct v2g_secc *s, uint64_t now_ms, const struct v2g_supply_facts *facts)
{
    advance(s, now_ms);
    s->facts = *facts;
    check_facts(s);
    release(s);
}

void v2g_secc_tick(struct v2g_secc *s, uint64_t now_ms)
{
    advance(s, now_ms);
    release(s);
    const bool flows = s->phase == V2G_PHASE_CHARGING || s->phase == V2G_PHASE_RECEIPT;
    if (flows && now_ms - s->facts.measured_ms > STALE_MS) {
        s->facts.fault = V2G_FAULT_LATE;
        check_facts(s);
    }
    if (now_ms < s->deadline_ms) {
        return;
    }
    if (s->phase == V2G_PHASE_ENDED) {
        s->close_due = true; /* [V2G2-034] */
        s->deadline_ms = V2G_NEVER_MS;
        return;
    }
    const bool young = s->phase == V2G_PHASE_HANDSHAKE || s->phase == V2G_PHASE_SETUP;
    abandon(s, young ? V2G_SECC_SETUP_TIMEOUT : V2G_SECC_SEQUENCE_TIMEOUT);
}

uint64_t v2g_secc_deadline(const struct v2g_secc *s)
{
    return s->held_until_ms < s->deadline_ms ? s->held_until_ms : s->deadline_ms;
}

int v2g_secc_output(struct v2g_secc *s, uint8_t *out, size_t cap)
{
    if (s->out == V2G_OUT_NONE || s->held_until_ms != V2G_NEVER_MS) {
        return 0;
    }
    if (cap <= V2GTP_HEADER_LEN) {
        return E_NOSPACE;
    }
    const size_t room = cap - V2GTP_HEADER_LEN > V2GTP_MAX_PAYLOAD_LEN ? V2GTP_MAX_PAYLOAD_LEN
                                                                       : cap - V2GTP_HEADER_LEN;
    uint8_t *payload = out + V2GTP_HEADER_LEN;
    const struct v2g_codec *codec = &s->config->codec;
    const int len = s->out == V2G_OUT_HANDSHAKE
                        ? v2g_sap_answer(codec, s->sap_code, s->sap_schema_id, payload, room)
                        : v2g_codec_encode(codec, s->protocol, &s->response, payload, room);
    s->out = V2G_OUT_NONE;
    if (len < 0) {
        abandon(s, V2G_SECC_REFUSED);
        return len;
    }
    v2gtp_write_header(out, V2GTP_EXI, (uint32_t)len);
    return V2GTP_HEADER_LEN + len;
}

bool v2g_secc_event(struct v2g_secc *s, struct v2g_secc_event *event)
{
    if (s->n_events == 0) {
        return false;
    }
    *event = s->events[s->first_event];
    s->first_event = (uint8_t)((s->first_event + 1) % V2G_SECC_EVENTS);
    s->n_events--;
    return true;
}

void v2g_secc_lost(struct v2g_secc *s, uint64_t now_ms)
{
    advance(s, now_ms);
    abandon(s, V2G_SECC_LOST);
}

bool v2g_secc_close_due(const struct v2g_secc *s)
{
    return s->close_due;
}

void v2g_secc_set_unix(struct v2g_secc *s, int64_t unix_ms)
{
    s->unix_offset_ms = unix_ms - (int64_t)s->now_ms;
}

void v2g_secc_authorize(struct v2g_secc *s, enum v2g_auth auth)
{
    s->auth = auth;
}

void v2g_secc_set_limits(struct v2g_secc *s, const struct v2g_dc_limits *limits)
{
    s->limits = *limits;
}

void v2g_secc_set_ac_limit(struct v2g_secc *s, int32_t max_ma)
{
    s->ac_max_ma = max_ma;
}

void v2g_secc_set_schedules(struct v2g_secc *s, const struct v2g_schedule *schedules, uint8_t n)
{
    ASSERT(n <= V2G_MAX_SCHEDULES);
    s->schedules = schedules;
    s->n_schedules = n;
}

void v2g_secc_notify(struct v2g_secc *s, enum v2g_notification notification, uint16_t delay_s)
{
    s->notification = notification;
    s->notification_delay_s = delay_s;
}

void v2g_secc_pause(struct v2g_secc *s)
{
    s->pausing = true;
    v2g_secc_notify(s, V2G_NOTIFY_STOP, 0);
}

void v2g_secc_suspend(struct v2g_secc *s)
{
    s->suspended = true;
    if ((s->quirks & V2G_QUIRK_SUSPEND_BY_STOP) != 0) {
        v2g_secc_pause(s);
    } else if ((s->quirks & V2G_QUIRK_SUSPEND_BY_SCHEDULE) != 0) {
        v2g_secc_notify(s, V2G_NOTIFY_RENEGOTIATE, 0);
    }
}

void v2g_secc_resume(struct v2g_secc *s)
{
    if (s->suspended && !s->pausing && (s->quirks & V2G_QUIRK_SUSPEND_BY_SCHEDULE) != 0) {
        v2g_secc_notify(s, V2G_NOTIFY_RENEGOTIATE, 0);
    }
    s->suspended = false;
}

void v2g_secc_emergency_stop(struct v2g_secc *s)
{
    s->emergency = true;
    check_facts(s);
}

struct v2g_supply_demand v2g_secc_demand(const struct v2g_secc *s)
{
    return s->demand;
}

const struct v2g_secc_car *v2g_secc_car(const struct v2g_secc *s)
{
    return &s->car;
}

const char *v2g_secc_end_name(enum v2g_secc_end end)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_SECC_ENDS(X)
#undef X
    };
    ASSERT(end < V2G_SECC_END_COUNT);
    return names[end];
}
