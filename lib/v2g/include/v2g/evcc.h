/* SPDX-License-Identifier: MIT
 * The car's side of one session (EVCC): DIN SPEC 70121 (DC), ISO 15118-2 (AC and DC, external
 * payment). The TCP connection stands when it starts. What the battery is and wants goes in as
 * facts, the contactor and the pilot come out as wishes.
 */
#ifndef V2G_EVCC_H
#define V2G_EVCC_H

#include "base/trace.h"
#include "v2g/codec.h"
#include "v2g/sequence.h"

/* A car that errs on purpose, for the charger's tests. */
enum v2g_evcc_fault {
    V2G_EVCC_WRONG_SESSION = 1 << 0, /* another session id from ServiceDiscovery on */
    V2G_EVCC_NO_PRE_CHARGE = 1 << 1, /* PowerDelivery right after the cable check */
    V2G_EVCC_SILENT = 1 << 2,        /* stops speaking while charging */
    V2G_EVCC_TOO_MUCH = 1 << 3,      /* asks for ten times the current */
    V2G_EVCC_OUT_OF_ORDER = 1 << 4   /* CurrentDemand (ChargingStatus) instead of PowerDelivery */
};

struct v2g_evcc_config {
    struct v2g_codec codec;
    struct trace_sink trace;
    uint8_t evcc_id[6];
    uint8_t protocols; /* bits 1 << enum v2g_protocol; ISO 15118-2 is preferred */
    enum v2g_energy_mode mode;
    struct v2g_dc_limits dc; /* max_mv, max_ma, max_w */
    int32_t ac_max_mv, ac_max_ma, ac_min_ma;
    int32_t capacity_wh;
    uint32_t departure_s; /* 0: not known */
    uint16_t loop_ms;     /* between a response and the next request of a loop */
    /* For chargers slower than the standard: waits so much longer for every answer. 0: not at all.
     * What a phase or a set-up may take does not change. */
    uint16_t patience_ms;
    bool skips_welding_detection;
    uint16_t wants_service; /* beside charging: asks for its details and selects it, when it is
                               offered; 0: none */
    uint64_t plugged_ms;    /* when the plug was seen: SessionSetup must be through
                               V2G_EVCC_SETUP_TIMEOUT_MS later; 0: when the machine begins */
    uint8_t faults;         /* bits enum v2g_evcc_fault */
    uint8_t session_id[V2G_SESSION_ID_LEN]; /* of a paused session; zeros: a new one */
};

struct v2g_evcc_battery {
    int8_t soc_pct;
    int32_t voltage_mv; /* of the battery: what to pre-charge to */
    int32_t target_mv, target_ma;
    int32_t wanted_wh;
    bool contactor_closed;
    bool full;
    enum v2g_ev_error error;
};

#define V2G_EVCC_ENDS(X)                                                                           \
    X(NOT_YET)                                                                                     \
    X(STOPPED)                                                                                     \
    X(PAUSED)                                                                                      \
    X(NO_PROTOCOL)                                                                                 \
    X(REFUSED)    /* a FAILED response */                                                          \
    X(UNSUITABLE) /* the charger does not offer what we need */                                    \
    X(TIMEOUT)    /* a message, or a phase, took too long */                                       \
    X(UNREADABLE)                                                                                  \
    X(LOST)
enum v2g_evcc_end {
#define X(name) V2G_EVCC_##name,
    V2G_EVCC_ENDS(X)
#undef X
        V2G_EVCC_END_COUNT
};
const char *v2g_evcc_end_name(enum v2g_evcc_end end);

enum v2g_evcc_event_kind {
    V2G_EVCC_EVENT_REQUEST,  /* a: enum v2g_kind, was sent */
    V2G_EVCC_EVENT_RESPONSE, /* a: enum v2g_kind, b: enum v2g_response */
    V2G_EVCC_EVENT_NOTIFIED, /* a: enum v2g_notification */
    V2G_EVCC_EVENT_ENDED     /* a: enum v2g_evcc_end: close the connection */
};
struct v2g_evcc_event {
    enum v2g_evcc_event_kind kind;
    uint32_t a, b;
};

/* What the charger said of itself. */
struct v2g_evcc_charger {
    char evse_id[V2G_EVSE_ID_MAX_LEN + 1];
    struct v2g_dc_limits dc;
    int32_t ac_nominal_mv, ac_max_ma;
    int32_t present_mv, present_ma;
    uint64_t meter_wh;
    struct v2g_evse_status status;
    enum v2g_response code; /* of the last response */
    uint8_t n_schedules, schedule_id;
    int32_t schedule_w; /* maximum of the chosen schedule's step that is in force */
};

enum { V2G_EVCC_EVENTS = 8 };

struct v2g_evcc {
    const struct v2g_evcc_config *config; /* `phase`, `protocol`, `end` may be read */
    enum v2g_phase phase;
    enum v2g_protocol protocol;
    enum v2g_evcc_end end;
    enum { V2G_EVCC_SENDING, V2G_EVCC_WAITING, V2G_EVCC_PACING, V2G_EVCC_OVER } step;
    enum v2g_kind kind;         /* of the request that is sent or awaited */
    enum v2g_progress progress; /* of a PowerDeliveryReq */
    uint8_t session_id[V2G_SESSION_ID_LEN];
    uint8_t session_id_len;
    uint64_t now_ms, deadline_ms, since_ms; /* since: first request of this kind in a row */
    uint64_t begun_ms;                      /* of the plug, then of the session */
    bool wants_stop, wants_pause, wants_renegotiation, charged, kept, contactor, power;
    bool selects_service;
    int16_t service_set; /* of its parameters; -1: none */
    uint8_t welding_tries;
    struct v2g_evcc_battery battery;
    struct v2g_evcc_charger charger;
    struct v2g_power_step profile[V2G_MAX_STEPS]; /* the chosen schedule, as far as we need it */
    uint8_t n_profile;
    uint64_t schedule_ms; /* when it began */
    struct v2g_evcc_event events[V2G_EVCC_EVENTS];
    uint8_t first_event, n_events;
};

void v2g_evcc_init(struct v2g_evcc *evcc, uint64_t now_ms, const struct v2g_evcc_config *config,
                   const struct v2g_evcc_battery *battery);
/* Bytes received: how many were consumed, 0 when more are needed; negative when the stream is
 * lost. */
int v2g_evcc_input(struct v2g_evcc *evcc, uint64_t now_ms, const uint8_t *bytes, size_t len);
void v2g_evcc_tick(struct v2g_evcc *evcc, uint64_t now_ms);
uint64_t v2g_evcc_deadline(const struct v2g_evcc *evcc);
/* The request to send, 0: none. E_NOSPACE: `cap` was too small, the session is over. */
int v2g_evcc_output(struct v2g_evcc *evcc, uint8_t *out, size_t cap);
bool v2g_evcc_event(struct v2g_evcc *evcc, struct v2g_evcc_event *event);
void v2g_evcc_lost(struct v2g_evcc *evcc, uint64_t now_ms);

void v2g_evcc_set_battery(struct v2g_evcc *evcc, const struct v2g_evcc_battery *battery);
void v2g_evcc_stop(struct v2g_evcc *evcc);
void v2g_evcc_pause(struct v2g_evcc *evcc);       /* ISO 15118-2; DIN stops */
void v2g_evcc_renegotiate(struct v2g_evcc *evcc); /* ISO 15118-2; DIN cannot */

/* Whether the car's contactor shall be closed, and the pilot show state C. */
bool v2g_evcc_wants_contactor(const struct v2g_evcc *evcc);
bool v2g_evcc_wants_power(const struct v2g_evcc *evcc);
const struct v2g_evcc_charger *v2g_evcc_charger(const struct v2g_evcc *evcc);

#endif
