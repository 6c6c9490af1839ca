/* SPDX-License-Identifier: MIT
 * A simple power stage for tests of lib/v2g: it moves, can be faulty, and counts what must not
 * happen.
 */
#ifndef TESTS_V2G_STAGE_H
#define TESTS_V2G_STAGE_H

#include "v2g/secc.h"
#include "v2g/supply.h"

enum { STAGE_TEST_MV = 400000 };

struct stage {
    int32_t mv, ma; /* output */
    int32_t set_mv, set_ma;
    int32_t battery_mv;
    int32_t weak_mv;           /* it cannot make more; 0: it can */
    int32_t slew_mv;           /* in 20 ms; 0: 40 V */
    int32_t surge_ma;          /* more flows than was set */
    int32_t feed_mv;           /* a voltage from elsewhere, with everything open */
    bool pre, main, car;       /* contactors */
    bool leaky, welded, stuck; /* stuck: the main contactor never reports */
    bool failing;              /* every call fails */
    uint16_t hangs;            /* bits 1 << enum v2g_call: never done, but to open */
    bool ac;                   /* no voltage of ours, no isolation monitor */
    bool tested;               /* isolation, since the main contactor was last closed */
    enum v2g_cp cp;
    unsigned unsafe; /* closings of the main contactor that must not be */
    unsigned sets;
    uint16_t duty_permille;
    int64_t energy_mwh;
};

static inline enum v2g_power_result stage_result(const struct stage *s, enum v2g_call call)
{
    return s->failing                     ? V2G_POWER_FAILED
           : (s->hangs & 1U << call) != 0 ? V2G_POWER_PENDING
                                          : V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_cp(void *context, enum v2g_cp *state)
{
    struct stage *s = context;
    *state = s->cp;
    return stage_result(s, V2G_CALL_CP);
}
static inline enum v2g_power_result stage_iso(void *context, bool *ok)
{
    struct stage *s = context;
    const enum v2g_power_result result = stage_result(s, V2G_CALL_ISO);
    *ok = !s->leaky;
    s->tested = s->tested ||
                (result == V2G_POWER_DONE && *ok && s->set_mv == STAGE_TEST_MV && s->mv > 350000);
    return result;
}
static inline enum v2g_power_result stage_pre(void *context, bool on)
{
    struct stage *s = context;
    if (on && stage_result(s, V2G_CALL_PRE) != V2G_POWER_DONE) {
        return stage_result(s, V2G_CALL_PRE);
    }
    s->pre = on;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_main(void *context, bool on)
{
    struct stage *s = context;
    if (on && (s->stuck || stage_result(s, V2G_CALL_MAIN) != V2G_POWER_DONE)) {
        return s->failing ? V2G_POWER_FAILED : V2G_POWER_PENDING;
    }
    if (on && !s->main && !s->ac) {
        /* pre-charged to within 20 V, over a cable that was tested and is sound */
        const int32_t gap_mv = s->set_mv - s->mv;
        s->unsafe += s->set_mv <= 0 || gap_mv > 20000 || gap_mv < -20000 || !s->pre || !s->tested ||
                     s->leaky;
    }
    s->tested = s->tested && (on || !s->main);
    s->main = on || s->welded;
    return s->main == on ? V2G_POWER_DONE : V2G_POWER_PENDING;
}
static inline enum v2g_power_result stage_measure(void *context, int32_t *mv, int32_t *ma)
{
    const struct stage *s = context;
    *mv = s->mv;
    *ma = s->ma;
    return stage_result(s, V2G_CALL_MEASURE);
}
static inline enum v2g_power_result stage_targets(void *context, int32_t mv, int32_t ma)
{
    struct stage *s = context;
    if (mv > 0 && stage_result(s, V2G_CALL_TARGETS) != V2G_POWER_DONE) {
        return stage_result(s, V2G_CALL_TARGETS);
    }
    s->set_mv = mv;
    s->set_ma = ma;
    s->sets++;
    return V2G_POWER_DONE;
}
static inline enum v2g_power_result stage_weld(void *context, bool *ok)
{
    const struct stage *s = context;
    *ok = !s->welded;
    return stage_result(s, V2G_CALL_WELD);
}
static inline enum v2g_power_result stage_meter(void *context, int64_t *energy_mwh)
{
    const struct stage *s = context;
    *energy_mwh = s->energy_mwh;
    return stage_result(s, V2G_CALL_METER);
}

static inline enum v2g_power_result stage_duty(void *context, uint16_t duty_permille)
{
    struct stage *s = context;
    if (stage_result(s, V2G_CALL_DUTY) == V2G_POWER_DONE) {
        s->duty_permille = duty_permille;
    }
    return stage_result(s, V2G_CALL_DUTY);
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
    s->ma = s->car && s->main ? s->set_ma + s->surge_ma : 0;
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
                                                stage_meter, stage_duty},
                                      .max_mv = 500000,
                                      .max_ma = 125000,
                                      .isolation_test_mv = STAGE_TEST_MV};
}

#endif
