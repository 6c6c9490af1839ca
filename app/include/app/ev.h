/* SPDX-License-Identifier: MIT
 * One car: the protocol machine (v2g/evcc.h) with a battery behind it. The battery is filled by
 * what the charger says it delivers, which is all that a car on a network without a cable knows.
 */
#ifndef APP_EV_H
#define APP_EV_H

#include "v2g/evcc.h"

struct ev_battery_config {
    int32_t capacity_wh;       /* > 0 */
    int16_t soc_permille;      /* at the start, 0..1000 */
    int16_t full_permille;     /* charging ends there */
    int32_t empty_mv, full_mv; /* open-circuit voltage, linear between */
    int32_t resistance_mohm;   /* > 0 */
    int32_t max_ma;            /* below 80 %; from there it falls to a tenth at 100 % */
    uint32_t contactor_ms;     /* closing and opening */
    uint32_t rate;             /* >= 1: so many times more energy arrives, for short tests */
    int16_t fails_at_permille; /* reports a malfunction there; 0: never */
    uint8_t phases;            /* of an AC charger, 1 or 3 */
};

/* From so long after charging began the car takes so much at most. */
struct ev_step {
    uint32_t from_ms; /* ascending */
    int32_t max_w;    /* > 0; 0 ends the plan */
};
enum { EV_STEPS_MAX = 8 };

struct ev_config {
    struct v2g_evcc_config evcc; /* `dc` limits come from the battery */
    struct ev_battery_config battery;
    struct ev_step plan[EV_STEPS_MAX]; /* none: as much as battery and charger allow */
    uint32_t stop_after_ms; /* of charging, whatever the battery says; 0: when it is full */
};

struct ev {
    const struct ev_config *config; /* all private */
    struct v2g_evcc_config evcc_config;
    struct v2g_evcc evcc;
    int64_t stored_mwh;
    int64_t rest_nj;
    bool contactor_closed;
    uint64_t contactor_ms;      /* since when the other state is wanted; V2G_NEVER_MS: it is not */
    uint64_t charging_since_ms; /* V2G_NEVER_MS: not yet */
    uint64_t now_ms;
};

/* The TCP connection stands. `config` outlives the car. */
void ev_init(struct ev *ev, uint64_t now_ms, const struct ev_config *config);
int ev_input(struct ev *ev, uint64_t now_ms, const uint8_t *bytes, size_t len) MUST_USE;
int ev_output(struct ev *ev, uint8_t *out, size_t cap) MUST_USE;
void ev_tick(struct ev *ev, uint64_t now_ms);
uint64_t ev_deadline(const struct ev *ev);
bool ev_event(struct ev *ev, struct v2g_evcc_event *event);
void ev_disconnect(struct ev *ev, uint64_t now_ms);
void ev_stop(struct ev *ev);

int16_t ev_soc_permille(const struct ev *ev);
int64_t ev_stored_mwh(const struct ev *ev);
/* What the battery asks for now. */
int32_t ev_wanted_ma(const struct ev *ev);
static inline const struct v2g_evcc *ev_session(const struct ev *ev)
{
    return &ev->evcc;
}

#endif
