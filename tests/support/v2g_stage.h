/* SPDX-License-Identifier: MIT
 * A simple power stage for tests of lib/v2g: it moves, can be faulty, and counts what must not
 * happen.
 */
#ifndef TESTS_V2G_STAGE_H
#define TESTS_V2G_STAGE_H

#include "v2g/secc.h"
#include "v2g/supply.h"

struct stage {
    int32_t mv, ma; /* output */
    int32_t set_mv, set_ma;
    int32_t battery_mv;
    int32_t weak_mv;           /* it cannot make more; 0: it can */
    int32_t slew_mv;           /* in 20 ms; 0: 40 V */
    int32_t feed_mv;           /* a voltage from elsewhere, with everything open */
    bool pre, main, car;       /* contactors */
    bool leaky, welded, stuck; /* stuck: the main contactor never reports */
    bool failing;              /* every call fails */
    enum v2g_cp cp;
    unsigned unsafe; /* closings of the main contactor on more than 20 V, or with a leak */
    unsigned sets;
    int64_t energy_mwh;
};

static inline enum v2g_power_result stage_cp(void *context, enum v2g_cp *state)
{
    struct stage *s = context;
    *state = s->cp;
    return s->failing ? V2G_POWER_FAILED : V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_iso(void *context, bool *ok)
{
    struct stage *s = context;
    *ok = !s->leaky;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_pre(void *context, bool on)
{
    struct stage *s = context;
    s->pre = on;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_main(void *context, bool on)
{
    struct stage *s = context;
    if (s->stuck && on) {
        return V2G_POWER_PENDING;
    }
    if (on && !s->main) {
        const int32_t gap_mv = s->set_mv - s->mv;
        const bool ac = s->set_mv == 0;
        s->unsafe += (!ac && (gap_mv > 20000 || gap_mv < -20000)) || s->leaky;
    }
    s->main = on || s->welded;
    return s->main == on ? V2G_POWER_DONE : V2G_POWER_PENDING;
}
static inline enum v2g_power_result stage_measure(void *context, int32_t *mv, int32_t *ma)
{
    const struct stage *s = context;
    *mv = s->mv;
    *ma = s->ma;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_targets(void *context, int32_t mv, int32_t ma)
{
    struct stage *s = context;
    s->set_mv = mv;
    s->set_ma = ma;
    s->sets++;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_weld(void *context, bool *ok)
{
    const struct stage *s = context;
    *ok = !s->welded;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_meter(void *context, int64_t *energy_mwh)
{
    const struct stage *s = context;
    *energy_mwh = s->energy_mwh;
    return V2G_POWER_DONE;
}

/* 20 ms of physics: 2 V a millisecond towards the set point, current when all is closed. */
static inline void stage_step(struct stage *s, bool car_contactor)
{
    const bool path = s->pre || s->main;
    const int32_t can_mv = s->weak_mv > 0 && s->set_mv > s->weak_mv ? s->weak_mv : s->set_mv;
    const int32_t aim_mv = path ? can_mv : s->feed_mv;
    const int32_t slew_mv = s->slew_mv > 0 ? s->slew_mv : 40000;
    s->car = car_contactor;
    const int32_t gap_mv = aim_mv - s->mv;
    s->mv += gap_mv > slew_mv ? slew_mv : gap_mv < -slew_mv ? -slew_mv : gap_mv;
    if (s->car && s->main && s->battery_mv > 0) {
        s->mv = s->battery_mv;
    }
    s->ma = s->car && s->main ? s->set_ma : 0;
    s->energy_mwh += (int64_t)s->mv * s->ma / 1000 * 20 / 3600000;
}

static inline int stage_entropy(void *context, void *out, size_t len)
{
    uint32_t *state = context;
    for (size_t i = 0; i < len; i++) {
        *state = *state * 1664525U + 1013904223U;
        ((uint8_t *)out)[i] = (uint8_t)(*state >> 24);
    }
    return E_OK;
}

static inline struct v2g_supply_config stage_supply(struct stage *s)
{
    return (struct v2g_supply_config){.power = {s, stage_cp, stage_iso, stage_pre, stage_main,
                                                stage_measure, stage_targets, stage_weld,
                                                stage_meter},
                                      .max_mv = 500000,
                                      .max_ma = 125000,
                                      .isolation_test_mv = 400000};
}

#endif
