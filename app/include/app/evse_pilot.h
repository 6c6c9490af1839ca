/* SPDX-License-Identifier: MIT
 * What a plug says on its control pilot, and when (IEC 61851-1, ISO 15118-3): first that a car
 * shall speak; to one that does not, or that only told its state of charge, the current of an AC
 * wallbox; to one that rests, nothing, until it is woken.
 *
 *   FREE ─plug in─▶ DIGITAL ─silent, or state of charge read─▶ STEPPING ─▶ PWM
 *                   ▲  │ ▲                                                  │ let rest
 *              pulse│  │ └──────────────── wake ────────────── RESTING ◀────┘
 *                   │  └─ stopped or paused ──────────────────────▲
 *                 CALLING ◀─ woken, and silent
 *
 * A plug that is pulled leads to FREE from everywhere, a car that connects to DIGITAL.
 */
#ifndef APP_EVSE_PILOT_H
#define APP_EVSE_PILOT_H

#include <stdbool.h>
#include <stdint.h>

#include "v2g/pilot.h"
#include "v2g/power.h"
#include "v2g/secc.h"

enum {
    EVSE_PILOT_SETTLE_MS = 100,   /* what was measured before a change tells nothing of after */
    EVSE_PILOT_STEP_MS = 3000,    /* without an offer, before another one: ISO 15118-3 T_step_X1 */
    EVSE_PILOT_PULSE_MS = 4000,   /* state F, to wake: ISO 15118-3 T_step_EF */
    EVSE_PILOT_LET_GO_MS = 3000,  /* for a car to lay down its load, IEC 61851-1 */
    EVSE_PILOT_ANSWER_MS = 20000, /* for a car that was woken to connect */
    EVSE_PILOT_PULSES = 2
};

#define EVSE_PILOT_STATES(X)                                                                       \
    X(FREE)     /* no car */                                                                       \
    X(DIGITAL)  /* a car, that shall speak or does */                                              \
    X(STEPPING) /* the offer changes */                                                            \
    X(PWM)      /* a current is offered, or 0 while suspended */                                   \
    X(RESTING)  /* it was stopped or paused */                                                     \
    X(CALLING)  /* a pulse of state F */
enum evse_pilot_state {
#define X(name) EVSE_PILOT_##name,
    EVSE_PILOT_STATES(X)
#undef X
        EVSE_PILOT_STATE_COUNT
};

struct evse_pilot_config {
    int32_t max_ma;     /* of the plug by PWM, of each phase; 0: it gives none */
    uint32_t silent_ms; /* how long a car may say nothing before it is offered PWM; 0: for ever */
};

struct evse_pilot {
    struct evse_pilot_config config;
    enum evse_pilot_state state; /* this may be read, the rest is private */
    uint64_t now_ms, since_ms;
    uint64_t offered_ms; /* the last time that a current was offered */
    int32_t limit_ma;
    bool suspended, connected;
    bool has_let_go;  /* in RESTING: state B was seen, so that a C is a wish */
    uint8_t n_pulses; /* still to come */
};

void evse_pilot_init(struct evse_pilot *p, uint64_t now_ms, const struct evse_pilot_config *config);
/* Call often; cp is what was measured last. */
void evse_pilot_tick(struct evse_pilot *p, uint64_t now_ms, enum v2g_cp cp);
void evse_pilot_connected(struct evse_pilot *p, uint64_t now_ms);
/* The connection is gone; `end` is how the session on it ended. */
void evse_pilot_disconnected(struct evse_pilot *p, uint64_t now_ms, enum v2g_secc_end end);
/* Below V2G_PILOT_MIN_MA nothing is offered. */
void evse_pilot_limit(struct evse_pilot *p, int32_t max_ma);
void evse_pilot_suspend(struct evse_pilot *p, bool suspended);
/* Offers nothing until the car is woken or pulled. */
void evse_pilot_rest(struct evse_pilot *p, uint64_t now_ms);
/* Off and on, then pulses of state F until the car connects; only for a car that rests. */
void evse_pilot_wake(struct evse_pilot *p, uint64_t now_ms);

uint16_t evse_pilot_duty(const struct evse_pilot *p);
/* Whether the contactor may close for AC by PWM; for EVSE_PILOT_LET_GO_MS longer than there is an
 * offer, so that it opens without a load. */
bool evse_pilot_power(const struct evse_pilot *p);
/* What is offered; 0 when nothing. */
int32_t evse_pilot_ma(const struct evse_pilot *p);
const char *evse_pilot_state_name(enum evse_pilot_state state);

#endif
