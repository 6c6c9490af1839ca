/* SPDX-License-Identifier: MIT
 * The control pilot of a plug.
 */
#include "app/evse_pilot.h"

#include <string.h>

#include "base/assert.h"

static void enter(struct evse_pilot *p, enum evse_pilot_state state)
{
    p->state = state;
    p->since_ms = p->now_ms;
    p->has_let_go = false;
}

static void advance(struct evse_pilot *p, uint64_t now_ms)
{
    ASSERT(now_ms >= p->now_ms);
    p->now_ms = now_ms;
    if (evse_pilot_ma(p) > 0) {
        p->offered_ms = now_ms;
    }
}

static bool lasts(const struct evse_pilot *p, uint32_t ms)
{
    return p->now_ms - p->since_ms >= ms;
}

void evse_pilot_init(struct evse_pilot *p, uint64_t now_ms, const struct evse_pilot_config *config)
{
    ASSERT(config->max_ma >= 0 && config->max_ma <= V2G_PILOT_MAX_MA);
    memset(p, 0, sizeof *p);
    p->config = *config;
    p->limit_ma = config->max_ma;
    p->now_ms = now_ms;
    enter(p, EVSE_PILOT_FREE);
}

static bool gives_pwm(const struct evse_pilot *p)
{
    return p->config.max_ma >= V2G_PILOT_MIN_MA;
}

/* A car that is there and says nothing. */
static void run_digital(struct evse_pilot *p)
{
    if (p->connected) {
        return;
    }
    if (p->n_pulses > 0) {
        if (lasts(p, EVSE_PILOT_ANSWER_MS)) {
            p->n_pulses--;
            enter(p, EVSE_PILOT_CALLING);
        }
    } else if (gives_pwm(p) && p->config.silent_ms > 0 && lasts(p, p->config.silent_ms)) {
        enter(p, EVSE_PILOT_STEPPING);
    }
}

/* A car may wake us too: ISO 15118-3 has it go to C and back. */
static void run_resting(struct evse_pilot *p, enum v2g_cp cp)
{
    p->has_let_go = p->has_let_go || cp == V2G_CP_B;
    if (p->has_let_go && (cp == V2G_CP_C || cp == V2G_CP_D)) {
        enter(p, EVSE_PILOT_DIGITAL);
    }
}

static void run(struct evse_pilot *p, enum v2g_cp cp)
{
    switch (p->state) {
    case EVSE_PILOT_FREE:
        if (cp == V2G_CP_B || cp == V2G_CP_C || cp == V2G_CP_D) {
            enter(p, EVSE_PILOT_DIGITAL);
        }
        break;
    case EVSE_PILOT_DIGITAL:
        run_digital(p);
        break;
    case EVSE_PILOT_STEPPING:
        if (lasts(p, EVSE_PILOT_STEP_MS)) {
            enter(p, EVSE_PILOT_PWM);
        }
        break;
    case EVSE_PILOT_RESTING:
        run_resting(p, cp);
        break;
    case EVSE_PILOT_CALLING:
        if (lasts(p, EVSE_PILOT_PULSE_MS)) {
            enter(p, EVSE_PILOT_DIGITAL);
        }
        break;
    case EVSE_PILOT_PWM:
    case EVSE_PILOT_STATE_COUNT:
        break;
    }
}

void evse_pilot_tick(struct evse_pilot *p, uint64_t now_ms, enum v2g_cp cp)
{
    advance(p, now_ms);
    const bool is_pulled = cp == V2G_CP_A && lasts(p, EVSE_PILOT_SETTLE_MS);
    if (is_pulled && !p->connected && p->state != EVSE_PILOT_FREE) {
        p->n_pulses = 0;
        p->limit_ma = p->config.max_ma;
        enter(p, EVSE_PILOT_FREE);
        return;
    }
    run(p, cp);
}

void evse_pilot_connected(struct evse_pilot *p, uint64_t now_ms)
{
    advance(p, now_ms);
    p->connected = true;
    p->offered_ms = 0;
    p->n_pulses = 0;
    enter(p, EVSE_PILOT_DIGITAL);
}

void evse_pilot_disconnected(struct evse_pilot *p, uint64_t now_ms, enum v2g_secc_end end)
{
    ASSERT(p->connected);
    advance(p, now_ms);
    p->connected = false;
    if (end == V2G_SECC_SOC_READ && gives_pwm(p)) {
        enter(p, EVSE_PILOT_STEPPING);
    } else if (end == V2G_SECC_STOPPED || end == V2G_SECC_PAUSED || end == V2G_SECC_SOC_READ) {
        enter(p, EVSE_PILOT_RESTING);
    } else {
        enter(p, EVSE_PILOT_DIGITAL); /* it may try again */
    }
}

void evse_pilot_limit(struct evse_pilot *p, int32_t max_ma)
{
    ASSERT(max_ma >= 0);
    p->limit_ma = max_ma < p->config.max_ma ? max_ma : p->config.max_ma;
}

void evse_pilot_suspend(struct evse_pilot *p, bool suspended)
{
    p->suspended = suspended;
}

void evse_pilot_rest(struct evse_pilot *p, uint64_t now_ms)
{
    advance(p, now_ms);
    p->n_pulses = 0;
    if (p->state != EVSE_PILOT_FREE && !p->connected) {
        enter(p, EVSE_PILOT_RESTING);
    }
}

void evse_pilot_wake(struct evse_pilot *p, uint64_t now_ms)
{
    advance(p, now_ms);
    if (p->state == EVSE_PILOT_RESTING) {
        p->n_pulses = EVSE_PILOT_PULSES;
        enter(p, EVSE_PILOT_DIGITAL);
    }
}

uint16_t evse_pilot_duty(const struct evse_pilot *p)
{
    switch (p->state) {
    case EVSE_PILOT_DIGITAL:
        return V2G_PILOT_DIGITAL;
    case EVSE_PILOT_PWM:
        return p->suspended ? V2G_PILOT_STEADY : v2g_pilot_duty(p->limit_ma);
    case EVSE_PILOT_CALLING:
        return V2G_PILOT_STATE_F;
    case EVSE_PILOT_FREE:
    case EVSE_PILOT_STEPPING:
    case EVSE_PILOT_RESTING:
    case EVSE_PILOT_STATE_COUNT:
        break;
    }
    return V2G_PILOT_STEADY;
}

int32_t evse_pilot_ma(const struct evse_pilot *p)
{
    return v2g_pilot_ma(evse_pilot_duty(p));
}

bool evse_pilot_power(const struct evse_pilot *p)
{
    const bool may_lag = p->state == EVSE_PILOT_PWM || p->state == EVSE_PILOT_RESTING;
    const bool was_offered = p->offered_ms > 0 && p->now_ms - p->offered_ms < EVSE_PILOT_LET_GO_MS;
    return evse_pilot_ma(p) > 0 || (may_lag && was_offered);
}

const char *evse_pilot_state_name(enum evse_pilot_state state)
{
    static const char *const names[] = {
#define X(name) #name,
        EVSE_PILOT_STATES(X)
#undef X
    };
    ASSERT(state < EVSE_PILOT_STATE_COUNT);
    return names[state];
}
