/* SPDX-License-Identifier: MIT
 * One EVSE.
 */
#include "app/evse.h"

#include <string.h>

#include "base/assert.h"

/* A session has the say; without one the pilot. */
static struct v2g_supply_demand demand_of(const struct evse *e)
{
    const bool by_pilot = evse_facts(e)->fault == V2G_FAULT_NONE && evse_pilot_power(&e->pilot);
    return e->connected
               ? v2g_secc_demand(&e->secc)
               : (struct v2g_supply_demand){.mode = by_pilot ? V2G_SUPPLY_AC_PWM : V2G_SUPPLY_OFF};
}

/* The demand goes down, the facts go up. */
static void join(struct evse *e)
{
    v2g_supply_set_duty(&e->supply, evse_pilot_duty(&e->pilot));
    v2g_supply_demand(&e->supply, demand_of(e));
    if (e->connected) {
        v2g_secc_set_supply(&e->secc, e->now_ms, v2g_supply_facts(&e->supply));
    }
}

static void advance(struct evse *e, uint64_t now_ms)
{
    ASSERT(now_ms >= e->now_ms);
    e->now_ms = now_ms;
}

void evse_init(struct evse *e, uint64_t now_ms, const struct evse_config *config)
{
    ASSERT(config->secc != NULL);
    memset(e, 0, sizeof *e);
    e->config = *config;
    e->now_ms = now_ms;
    v2g_supply_init(&e->supply, now_ms, &config->supply);
    evse_pilot_init(&e->pilot, now_ms, &config->pilot);
    e->soc_pct = -1;
    e->told_state = e->supply.state;
}

int evse_clear(struct evse *e, uint64_t now_ms)
{
    advance(e, now_ms);
    join(e);
    return e->connected ? E_STATE : v2g_supply_reset(&e->supply);
}

int evse_connect(struct evse *e, uint64_t now_ms)
{
    advance(e, now_ms);
    if (e->connected || evse_facts(e)->fault == V2G_FAULT_EMERGENCY) {
        return E_STATE;
    }
    join(e);
    if (v2g_supply_reset(&e->supply) != E_OK) {
        return E_STATE;
    }
    v2g_secc_init(&e->secc, now_ms, e->config.secc);
    evse_pilot_connected(&e->pilot, now_ms);
    e->connected = true;
    if (!e->config.asks_for_authorization) {
        v2g_secc_authorize(&e->secc, V2G_AUTH_ACCEPTED);
    }
    if (e->suspended) {
        v2g_secc_suspend(&e->secc);
    }
    join(e);
    return E_OK;
}

int evse_input(struct evse *e, uint64_t now_ms, const uint8_t *bytes, size_t len)
{
    if (!e->connected) {
        return E_STATE;
    }
    advance(e, now_ms);
    const int used = v2g_secc_input(&e->secc, now_ms, bytes, len);
    join(e);
    return used;
}

int evse_output(struct evse *e, uint8_t *out, size_t cap)
{
    return e->connected ? v2g_secc_output(&e->secc, out, cap) : E_STATE;
}

void evse_disconnect(struct evse *e, uint64_t now_ms)
{
    if (!e->connected) {
        return;
    }
    advance(e, now_ms);
    v2g_secc_lost(&e->secc, now_ms);
    e->connected = false;
    e->soc_pct = v2g_secc_car(&e->secc)->soc_pct;
    evse_pilot_disconnected(&e->pilot, now_ms, e->secc.end);
    join(e);
    ASSERT(e->supply.demand.mode == V2G_SUPPLY_OFF);
}

/* A plug that is pulled takes its fault along, as the next car would. */
static void run_pilot(struct evse *e)
{
    const bool was_free = e->pilot.state == EVSE_PILOT_FREE;
    evse_pilot_tick(&e->pilot, e->now_ms, evse_facts(e)->cp);
    if (e->pilot.state != EVSE_PILOT_FREE || was_free) {
        return;
    }
    e->soc_pct = -1;
    if (evse_facts(e)->fault != V2G_FAULT_EMERGENCY) {
        join(e);
        (void)v2g_supply_reset(&e->supply); /* or it stays, until somebody clears it */
    }
}

void evse_tick(struct evse *e, uint64_t now_ms)
{
    advance(e, now_ms);
    if (e->connected) {
        v2g_secc_tick(&e->secc, now_ms);
    }
    run_pilot(e);
    join(e);
    if (now_ms >= v2g_supply_deadline(&e->supply)) {
        v2g_supply_tick(&e->supply, now_ms);
        join(e);
    }
}

uint64_t evse_deadline(const struct evse *e)
{
    const uint64_t supply_ms = v2g_supply_deadline(&e->supply);
    const uint64_t secc_ms = e->connected ? v2g_secc_deadline(&e->secc) : V2G_NEVER_MS;
    return secc_ms < supply_ms ? secc_ms : supply_ms;
}

bool evse_event(struct evse *e, struct evse_event *event)
{
    *event = (struct evse_event){.kind = EVSE_EVENT_SESSION};
    if (v2g_secc_event(&e->secc, &event->session)) {
        return true;
    }
    if (e->told_fault != evse_facts(e)->fault) {
        e->told_fault = evse_facts(e)->fault;
        event->kind = EVSE_EVENT_FAULT;
        event->a = (uint32_t)e->told_fault;
        return true;
    }
    if (e->told_state != e->supply.state) {
        e->told_state = e->supply.state;
        event->kind = EVSE_EVENT_SUPPLY;
        event->a = (uint32_t)e->told_state;
        return true;
    }
    if (e->told_pilot != e->pilot.state) {
        e->told_pilot = e->pilot.state;
        event->kind = EVSE_EVENT_PILOT;
        event->a = (uint32_t)e->told_pilot;
        return true;
    }
    return false;
}

bool evse_close_due(const struct evse *e)
{
    return e->connected && v2g_secc_close_due(&e->secc);
}

void evse_authorize(struct evse *e, enum v2g_auth auth)
{
    if (e->connected) {
        v2g_secc_authorize(&e->secc, auth);
    }
}

void evse_stop(struct evse *e, uint16_t delay_s)
{
    if (e->connected) {
        v2g_secc_notify(&e->secc, V2G_NOTIFY_STOP, delay_s);
    } else {
        evse_pilot_rest(&e->pilot, e->now_ms);
    }
}

void evse_suspend(struct evse *e, bool suspended)
{
    e->suspended = suspended;
    evse_pilot_suspend(&e->pilot, suspended);
    if (e->connected && suspended) {
        v2g_secc_suspend(&e->secc);
    } else if (e->connected) {
        v2g_secc_resume(&e->secc);
    } else if (!suspended && e->secc.end == V2G_SECC_PAUSED) {
        evse_pilot_wake(&e->pilot, e->now_ms);
    }
}

void evse_pause(struct evse *e)
{
    if (e->connected) {
        v2g_secc_pause(&e->secc);
    } else {
        evse_pilot_rest(&e->pilot, e->now_ms);
    }
}

void evse_wake(struct evse *e)
{
    evse_pilot_wake(&e->pilot, e->now_ms);
}

void evse_limit(struct evse *e, int32_t max_ma)
{
    ASSERT(max_ma >= 0);
    evse_pilot_limit(&e->pilot, max_ma);
    if (!e->connected) {
        return;
    }
    struct v2g_dc_limits limits = e->config.secc->dc;
    limits.max_ma = max_ma < limits.max_ma ? max_ma : limits.max_ma;
    v2g_secc_set_limits(&e->secc, &limits);
    v2g_secc_set_ac_limit(&e->secc,
                          max_ma < e->config.secc->ac_max_ma ? max_ma : e->config.secc->ac_max_ma);
}

void evse_emergency_stop(struct evse *e, uint64_t now_ms)
{
    advance(e, now_ms);
    if (e->connected) {
        v2g_secc_emergency_stop(&e->secc);
    }
    evse_pilot_rest(&e->pilot, now_ms);
    v2g_supply_emergency_stop(&e->supply, now_ms);
    join(e);
}
