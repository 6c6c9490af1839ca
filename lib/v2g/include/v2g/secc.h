/* SPDX-License-Identifier: MIT
 * The charger's side of one session (SECC) for DIN SPEC 70121 (DC) and ISO 15118-2 (AC and DC,
 * external payment). Bytes of the TCP connection, facts of the supply and time go in; bytes, a
 * demand to the supply and events come out. One struct per connection, no memory behind it but the
 * codec's.
 */
#ifndef V2G_SECC_H
#define V2G_SECC_H

#include "base/trace.h"
#include "v2g/codec.h"
#include "v2g/quirk.h"
#include "v2g/sequence.h"
#include "v2g/supply.h"

struct v2g_entropy {
    int (*fill)(void *context, void *out, size_t len); /* E_OK or E_IO; cryptographically strong */
    void *context;
};

/* A session that was paused, kept by the application for when the car comes back. */
struct v2g_paused {
    bool valid;
    uint8_t session_id[V2G_SESSION_ID_LEN];
    uint8_t evcc_id[V2G_EVCC_ID_MAX_LEN];
    uint8_t evcc_id_len;
    uint8_t schedule_id;
};

struct v2g_secc_config {
    struct v2g_codec codec;
    struct v2g_entropy entropy;
    struct trace_sink trace;
    const char *evse_id; /* 7..37 characters */
    uint8_t protocols;   /* bits 1 << enum v2g_protocol */
    uint8_t modes;       /* bits 1 << enum v2g_energy_mode */
    bool free;           /* of charge */
    bool soc_only;       /* an AC wallbox that reads the state of charge by a DC dialogue, ends it
                            before any power and falls back to PWM */
    bool receipts;       /* asks for MeteringReceiptReq (ISO 15118-2) */
    struct v2g_dc_limits dc;
    int32_t ac_nominal_mv, ac_max_ma;
    const struct v2g_schedule *schedules; /* up to V2G_MAX_SCHEDULES; none: one at full power */
    uint8_t n_schedules;
    const struct v2g_service *services; /* beside charging */
    uint8_t n_services;
    const struct v2g_quirk *quirks;
    uint8_t n_quirks;
    struct v2g_paused *paused; /* read at SessionSetup, written at a pause; may be NULL */
    const char *meter_id;      /* NULL: readings are not told */
};

enum v2g_auth { V2G_AUTH_PENDING, V2G_AUTH_ACCEPTED, V2G_AUTH_REJECTED };

#define V2G_SECC_ENDS(X)                                                                           \
    X(NOT_YET)                                                                                     \
    X(STOPPED)     /* SessionStopReq: terminate */                                                 \
    X(PAUSED)      /* SessionStopReq: pause; or v2g_secc_pause() */                                \
    X(NO_PROTOCOL) /* nothing in common */                                                         \
    X(SEQUENCE_ERROR)                                                                              \
    X(UNKNOWN_SESSION)                                                                             \
    X(REFUSED)          /* another FAILED response */                                              \
    X(SEQUENCE_TIMEOUT) /* no request in time */                                                   \
    X(SETUP_TIMEOUT)                                                                               \
    X(UNREADABLE) /* the stream or a message cannot be decoded */                                  \
    X(LOST)       /* the connection closed under the session */                                    \
    X(SOC_READ)
enum v2g_secc_end {
#define X(name) V2G_SECC_##name,
    V2G_SECC_ENDS(X)
#undef X
        V2G_SECC_END_COUNT
};
const char *v2g_secc_end_name(enum v2g_secc_end end);

enum v2g_secc_event_kind {
    V2G_SECC_EVENT_PHASE,   /* a: enum v2g_phase */
    V2G_SECC_EVENT_SESSION, /* a: enum v2g_response of SessionSetupRes */
    V2G_SECC_EVENT_WANTS_AUTHORIZATION,
    V2G_SECC_EVENT_CAR,      /* what v2g_secc_car() tells changed */
    V2G_SECC_EVENT_EV_ERROR, /* a: enum v2g_ev_error */
    V2G_SECC_EVENT_ENDED     /* a: enum v2g_secc_end; close the connection at the deadline */
};
struct v2g_secc_event {
    enum v2g_secc_event_kind kind;
    uint32_t a;
};

/* What the car said of itself. */
struct v2g_secc_car {
    uint8_t evcc_id[V2G_EVCC_ID_MAX_LEN];
    uint8_t evcc_id_len;
    enum v2g_energy_mode mode;
    int8_t soc_pct; /* -1: not known */
    bool charging_complete;
    enum v2g_ev_error error;
    struct v2g_dc_limits dc;
    int32_t capacity_wh, energy_wh; /* 0: not known */
    uint32_t departure_s;
    int32_t target_mv, target_ma, full_soc_s;
    uint8_t schedule_id;
};

enum { V2G_SECC_EVENTS = 8 };

struct v2g_secc {
    const struct v2g_secc_config *config; /* `phase`, `protocol`, `end` may be read */
    enum v2g_phase phase;
    enum v2g_protocol protocol;
    enum v2g_secc_end end;
    bool is_dc, asked; /* asked: for authorization */
    enum v2g_auth auth;
    uint8_t quirks;
    uint8_t session_id[V2G_SESSION_ID_LEN];
    uint64_t now_ms, deadline_ms, since_ms; /* since: the phase began */
    uint64_t held_until_ms;                 /* V2G_NEVER_MS: no response is held back */
    uint64_t ramp_ms;                       /* since when this pre-charge is wanted */
    enum { V2G_OUT_NONE, V2G_OUT_HANDSHAKE, V2G_OUT_MESSAGE } out;
    uint8_t sap_code, sap_schema_id;
    int64_t unix_offset_ms; /* 0: wall time not known */
    enum v2g_notification notification;
    uint16_t notification_delay_s;
    bool emergency, close_due;
    bool closing;            /* the contactor was told to close */
    bool suspended, pausing; /* by our side */
    struct v2g_dc_limits limits;
    int32_t ac_max_ma;
    const struct v2g_schedule *schedules;
    uint8_t n_schedules;
    struct v2g_power_step full_step;
    struct v2g_schedule full_schedule;
    struct v2g_supply_facts facts;
    struct v2g_supply_demand demand;
    struct v2g_secc_car car;
    struct v2g_message response;
    struct v2g_secc_event events[V2G_SECC_EVENTS];
    uint8_t first_event, n_events;
};
_Static_assert(sizeof(struct v2g_secc) <= 2048, "RAM per session");

/* A connection was accepted. `config` must outlive the machine. */
void v2g_secc_init(struct v2g_secc *secc, uint64_t now_ms, const struct v2g_secc_config *config);
/* Bytes received. How many were consumed: 0 when more are needed, or when the response to the last
 * request was not taken with v2g_secc_output() yet; a negative error when the stream is lost (the
 * session has ended then). Call again with the rest until it returns 0. */
int v2g_secc_input(struct v2g_secc *secc, uint64_t now_ms, const uint8_t *bytes, size_t len);
void v2g_secc_tick(struct v2g_secc *secc, uint64_t now_ms);
uint64_t v2g_secc_deadline(const struct v2g_secc *secc);
/* The response to send: its length; 0 when there is none. `cap` >= V2GTP_HEADER_LEN + 512 is
 * enough for all but long schedules; E_NOSPACE ends the session. */
int v2g_secc_output(struct v2g_secc *secc, uint8_t *out, size_t cap);
bool v2g_secc_event(struct v2g_secc *secc, struct v2g_secc_event *event);
/* The peer closed the connection or it broke. */
void v2g_secc_lost(struct v2g_secc *secc, uint64_t now_ms);
/* True when the connection is to be closed now: after a failure, or V2G_SECC_CLOSE_MS after the end
 * when the car did not do it [V2G2-034]. */
bool v2g_secc_close_due(const struct v2g_secc *secc);

/* Facts and wishes of the application, at any time. */
void v2g_secc_set_supply(struct v2g_secc *secc, uint64_t now_ms,
                         const struct v2g_supply_facts *facts);
void v2g_secc_set_unix(struct v2g_secc *secc, int64_t unix_ms);
void v2g_secc_authorize(struct v2g_secc *secc, enum v2g_auth auth);
/* New limits count from the next response. 0 A holds the car without ending the session. */
void v2g_secc_set_limits(struct v2g_secc *secc, const struct v2g_dc_limits *limits);
void v2g_secc_set_ac_limit(struct v2g_secc *secc, int32_t max_ma);
/* Schedules for the next ChargeParameterDiscoveryRes; they must outlive the session. */
void v2g_secc_set_schedules(struct v2g_secc *secc, const struct v2g_schedule *schedules, uint8_t n);
/* Asks the car to stop, or to renegotiate (ISO 15118-2; a DIN car is not asked), within delay_s. */
void v2g_secc_notify(struct v2g_secc *secc, enum v2g_notification notification, uint16_t delay_s);
/* Holds the car at zero power, until v2g_secc_resume(): by a limit of 0 A; by quirks of the car
 * with the minimum current, with a renegotiated schedule of 0 W, or as v2g_secc_pause() does.
 * Whatever the car asks for, no more than that flows. */
void v2g_secc_suspend(struct v2g_secc *secc);
void v2g_secc_resume(struct v2g_secc *secc);
/* Asks the car to stop, and ends as PAUSED: the car is to be woken later (by the pilot), and in
 * ISO 15118-2 may join the session again, which config->paused keeps. */
void v2g_secc_pause(struct v2g_secc *secc);
/* Tells the car EVSE_EmergencyShutdown and demands OFF. */
void v2g_secc_emergency_stop(struct v2g_secc *secc);

/* What the supply shall do; read after every call. */
struct v2g_supply_demand v2g_secc_demand(const struct v2g_secc *secc);
const struct v2g_secc_car *v2g_secc_car(const struct v2g_secc *secc);
/* The response that v2g_secc_output() will give next, for a log; false when there is none. */
static inline bool v2g_secc_next_response(const struct v2g_secc *secc, enum v2g_kind *kind,
                                          enum v2g_response *code)
{
    *kind = secc->response.kind;
    *code = secc->response.code;
    return secc->out == V2G_OUT_MESSAGE;
}

#endif
