/* SPDX-License-Identifier: MIT
 * The car's machine: its verbs and timers.
 */
#include "v2g/evcc.h"

#include <string.h>

#include "base/assert.h"
#include "evcc_parts.h"
#include "secc_parts.h"
#include "v2g/v2gtp.h"

enum { TRACE_REQUEST = 0x0611, POLL_MS = 100 };

void v2g_evcc_tell(struct v2g_evcc *e, enum v2g_evcc_event_kind kind, uint32_t a, uint32_t b)
{
    if (e->n_events == V2G_EVCC_EVENTS) {
        if (kind != V2G_EVCC_EVENT_ENDED) {
            return;
        }
        e->n_events--;
    }
    const unsigned at = (e->first_event + e->n_events) % V2G_EVCC_EVENTS;
    e->events[at] = (struct v2g_evcc_event){.kind = kind, .a = a, .b = b};
    e->n_events++;
}

void v2g_evcc_finish(struct v2g_evcc *e, enum v2g_evcc_end end)
{
    if (e->end != V2G_EVCC_NOT_YET) {
        return;
    }
    e->end = end;
    e->phase = V2G_PHASE_ENDED;
    e->step = V2G_EVCC_OVER;
    e->contactor = false;
    e->power = false;
    e->deadline_ms = V2G_NEVER_MS;
    v2g_evcc_tell(e, V2G_EVCC_EVENT_ENDED, (uint32_t)end, 0);
}

static void advance(struct v2g_evcc *e, uint64_t now_ms)
{
    ASSERT(now_ms >= e->now_ms);
    e->now_ms = now_ms;
}

void v2g_evcc_init(struct v2g_evcc *e, uint64_t now_ms, const struct v2g_evcc_config *config,
                   const struct v2g_evcc_battery *battery)
{
    ASSERT(config->protocols != 0 && config->mode < V2G_ENERGY_MODE_COUNT);
    memset(e, 0, sizeof *e);
    e->config = config;
    e->now_ms = now_ms;
    e->since_ms = now_ms;
    e->begun_ms = config->plugged_ms == 0 ? now_ms : config->plugged_ms;
    ASSERT(e->begun_ms <= now_ms);
    e->service_set = -1;
    e->battery = *battery;
    e->phase = V2G_PHASE_HANDSHAKE;
    e->step = V2G_EVCC_SENDING;
    e->deadline_ms = V2G_NEVER_MS;
    e->session_id_len = V2G_SESSION_ID_LEN;
    memcpy(e->session_id, config->session_id, V2G_SESSION_ID_LEN);
}

/* ISO 15118-2 table 109, DIN SPEC 70121 table 75. */
static uint32_t message_timeout_ms(enum v2g_kind kind)
{
    if (kind == V2G_CURRENT_DEMAND) {
        return V2G_EVCC_CURRENT_DEMAND_TIMEOUT_MS;
    }
    const bool slow =
        kind == V2G_SERVICE_DETAIL || kind == V2G_POWER_DELIVERY || kind == V2G_PAYMENT_DETAILS;
    return slow ? V2G_EVCC_LONG_MESSAGE_TIMEOUT_MS : V2G_EVCC_MESSAGE_TIMEOUT_MS;
}

/* [V2G2-700..707, 710, 711] */
static uint32_t phase_timeout_ms(const struct v2g_evcc *e, enum v2g_kind kind)
{
    const uint32_t ongoing_ms =
        e->protocol == V2G_PROTOCOL_DIN ? V2G_EVCC_READY_TIMEOUT_MS : V2G_EVCC_ONGOING_TIMEOUT_MS;
    return kind == V2G_CABLE_CHECK  ? V2G_EVCC_CABLE_CHECK_TIMEOUT_MS
           : kind == V2G_PRE_CHARGE ? V2G_EVCC_PRE_CHARGE_TIMEOUT_MS
                                    : ongoing_ms;
}

/* Until when the session must have got on: set up after the plug [V2G2-446, 448]; by DIN ready to
 * charge. */
static uint64_t session_until_ms(const struct v2g_evcc *e)
{
    if (e->phase <= V2G_PHASE_SETUP) {
        return e->begun_ms + V2G_EVCC_SETUP_TIMEOUT_MS;
    }
    return e->protocol == V2G_PROTOCOL_DIN && e->phase < V2G_PHASE_CHARGING
               ? e->begun_ms + V2G_EVCC_READY_TIMEOUT_MS
               : V2G_NEVER_MS;
}

static bool repeats(const struct v2g_evcc *e)
{
    return e->kind == V2G_CABLE_CHECK || e->kind == V2G_PRE_CHARGE ||
           e->kind == V2G_AUTHORIZATION || e->kind == V2G_CHARGE_PARAMETERS;
}

static void send_next(struct v2g_evcc *e, enum v2g_kind kind)
{
    const bool again = kind == e->kind && e->phase != V2G_PHASE_SETUP;
    if (!again) {
        e->since_ms = e->now_ms;
    }
    e->kind = kind;
    if (again && repeats(e) && e->now_ms - e->since_ms >= phase_timeout_ms(e, kind)) {
        v2g_evcc_finish(e, V2G_EVCC_TIMEOUT);
        return;
    }
    const bool loop = kind == V2G_CURRENT_DEMAND || kind == V2G_CHARGING_STATUS;
    if (loop && (e->config->faults & V2G_EVCC_SILENT) != 0) {
        e->step = V2G_EVCC_PACING;
        e->deadline_ms = V2G_NEVER_MS;
        return;
    }
    const uint32_t wait_ms = !again ? 0 : loop ? e->config->loop_ms : POLL_MS;
    e->step = wait_ms == 0 ? V2G_EVCC_SENDING : V2G_EVCC_PACING;
    e->deadline_ms = wait_ms == 0 ? V2G_NEVER_MS : e->now_ms + wait_ms;
}

static void on_handshake(struct v2g_evcc *e, const struct v2gtp_frame *frame)
{
    const int result = v2g_sap_read_answer(&e->config->codec, frame->payload, frame->len,
                                           e->config->protocols, &e->protocol);
    if (result < 0) {
        v2g_evcc_finish(e, result == E_AUTH ? V2G_EVCC_NO_PROTOCOL : V2G_EVCC_UNREADABLE);
        return;
    }
    e->phase = V2G_PHASE_SETUP;
    send_next(e, V2G_SESSION_SETUP);
}

static bool same_session(const struct v2g_evcc *e, const struct v2g_message *response)
{
    return response->session_id_len == e->session_id_len &&
           memcmp(response->session_id, e->session_id, e->session_id_len) == 0;
}

static void on_response(struct v2g_evcc *e, const struct v2g_message *response)
{
    e->charger.code = response->code;
    v2g_evcc_tell(e, V2G_EVCC_EVENT_RESPONSE, (uint32_t)response->kind, (uint32_t)response->code);
    if (!response->is_response || response->kind != e->kind) {
        v2g_evcc_finish(e, V2G_EVCC_UNREADABLE);
        return;
    }
    if (v2g_response_failed(response->code)) {
        v2g_evcc_finish(e, V2G_EVCC_REFUSED);
        return;
    }
    if (response->kind == V2G_SESSION_SETUP) {
        memcpy(e->session_id, response->session_id, response->session_id_len);
        e->session_id_len = response->session_id_len;
    } else if (!same_session(e, response) && (e->config->faults & V2G_EVCC_WRONG_SESSION) == 0) {
        v2g_evcc_finish(e, V2G_EVCC_UNREADABLE);
        return;
    }
    const bool early = response->kind <= V2G_CHARGE_PARAMETERS;
    const enum v2g_kind next =
        early ? v2g_evcc_after_setup(e, response) : v2g_evcc_after_charge(e, response);
    if (e->end == V2G_EVCC_NOT_YET) {
        send_next(e, next);
    }
}

int v2g_evcc_input(struct v2g_evcc *e, uint64_t now_ms, const uint8_t *bytes, size_t len)
{
    advance(e, now_ms);
    if (e->step == V2G_EVCC_OVER) {
        return (int)len;
    }
    struct v2gtp_frame frame;
    const int used = v2gtp_decode(bytes, len, &frame);
    if (used < 0) {
        v2g_evcc_finish(e, V2G_EVCC_UNREADABLE);
        return used;
    }
    if (used == 0 || frame.type != V2GTP_EXI || e->step != V2G_EVCC_WAITING) {
        return used; /* nobody asked */
    }
    if (e->phase == V2G_PHASE_HANDSHAKE) {
        on_handshake(e, &frame);
        return used;
    }
    struct v2g_message response;
    if (v2g_codec_decode(&e->config->codec, e->protocol, frame.payload, frame.len, &response) < 0) {
        v2g_evcc_finish(e, V2G_EVCC_UNREADABLE);
        return used;
    }
    on_response(e, &response);
    return used;
}

void v2g_evcc_tick(struct v2g_evcc *e, uint64_t now_ms)
{
    advance(e, now_ms);
    if (e->step == V2G_EVCC_OVER || now_ms < v2g_evcc_deadline(e)) {
        return;
    }
    if (e->step == V2G_EVCC_WAITING || now_ms >= session_until_ms(e)) {
        v2g_evcc_finish(e, V2G_EVCC_TIMEOUT);
        return;
    }
    e->step = V2G_EVCC_SENDING;
    e->deadline_ms = V2G_NEVER_MS;
}

uint64_t v2g_evcc_deadline(const struct v2g_evcc *e)
{
    const uint64_t until_ms = e->step == V2G_EVCC_OVER ? V2G_NEVER_MS : session_until_ms(e);
    return e->deadline_ms < until_ms ? e->deadline_ms : until_ms;
}

static int write_request(struct v2g_evcc *e, uint8_t *payload, size_t room)
{
    if (e->phase == V2G_PHASE_HANDSHAKE) {
        return v2g_sap_ask(&e->config->codec, e->config->protocols, payload, room);
    }
    struct v2g_message request;
    memset(&request, 0, sizeof request);
    request.kind = e->kind;
    request.session_id_len = e->session_id_len;
    memcpy(request.session_id, e->session_id, e->session_id_len);
    if ((e->config->faults & V2G_EVCC_WRONG_SESSION) != 0 && e->kind != V2G_SESSION_SETUP) {
        request.session_id[0] ^= 0xFF;
    }
    v2g_evcc_request_fill(e, &request);
    return v2g_codec_encode(&e->config->codec, e->protocol, &request, payload, room);
}

int v2g_evcc_output(struct v2g_evcc *e, uint8_t *out, size_t cap)
{
    if (e->step != V2G_EVCC_SENDING) {
        return 0;
    }
    const size_t room = cap <= V2GTP_HEADER_LEN ? 0 : cap - V2GTP_HEADER_LEN;
    const int len = room == 0 ? E_NOSPACE : write_request(e, out + V2GTP_HEADER_LEN, room);
    if (len < 0) {
        v2g_evcc_finish(e, V2G_EVCC_UNREADABLE);
        return len;
    }
    v2gtp_write_header(out, V2GTP_EXI, (uint32_t)len);
    e->step = V2G_EVCC_WAITING;
    e->deadline_ms = e->now_ms + message_timeout_ms(e->kind) + e->config->patience_ms;
    trace(&e->config->trace, e->now_ms, TRACE_REQUEST, (uint32_t)e->phase, (uint32_t)e->kind);
    if (e->phase != V2G_PHASE_HANDSHAKE) {
        v2g_evcc_tell(e, V2G_EVCC_EVENT_REQUEST, (uint32_t)e->kind, 0);
    }
    return V2GTP_HEADER_LEN + len;
}

bool v2g_evcc_event(struct v2g_evcc *e, struct v2g_evcc_event *event)
{
    if (e->n_events == 0) {
        return false;
    }
    *event = e->events[e->first_event];
    e->first_event = (uint8_t)((e->first_event + 1) % V2G_EVCC_EVENTS);
    e->n_events--;
    return true;
}

void v2g_evcc_lost(struct v2g_evcc *e, uint64_t now_ms)
{
    advance(e, now_ms);
    v2g_evcc_finish(e, V2G_EVCC_LOST);
}

void v2g_evcc_set_battery(struct v2g_evcc *e, const struct v2g_evcc_battery *battery)
{
    e->battery = *battery;
}

void v2g_evcc_stop(struct v2g_evcc *e)
{
    e->wants_stop = true;
}

void v2g_evcc_pause(struct v2g_evcc *e)
{
    e->wants_stop = true;
    e->wants_pause = e->protocol == V2G_PROTOCOL_ISO2;
}

void v2g_evcc_renegotiate(struct v2g_evcc *e)
{
    e->wants_renegotiation = e->protocol == V2G_PROTOCOL_ISO2;
}

bool v2g_evcc_wants_contactor(const struct v2g_evcc *e)
{
    return e->contactor;
}

bool v2g_evcc_wants_power(const struct v2g_evcc *e)
{
    return e->power;
}

const struct v2g_evcc_charger *v2g_evcc_charger(const struct v2g_evcc *e)
{
    return &e->charger;
}

const char *v2g_evcc_end_name(enum v2g_evcc_end end)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_EVCC_ENDS(X)
#undef X
    };
    ASSERT(end < V2G_EVCC_END_COUNT);
    return names[end];
}
