/* SPDX-License-Identifier: MIT
 * One EVSE: the charger's protocol machine (v2g/secc.h) above the machine of its power stage
 * (v2g/supply.h). One connection at a time; a process may have as many EVSEs as it has plugs. The
 * contactor opens when a session ends in whatever way, and at every fault. What goes on without a
 * session, by the pilot alone, is app/evse_pilot.h.
 */
#ifndef APP_EVSE_H
#define APP_EVSE_H

#include "app/evse_pilot.h"
#include "v2g/secc.h"
#include "v2g/supply.h"

struct evse_config {
    const struct v2g_secc_config *secc; /* outlives the EVSE */
    struct v2g_supply_config supply;
    bool asks_for_authorization; /* else everybody may charge */
    struct evse_pilot_config pilot;
};

enum evse_event_kind {
    EVSE_EVENT_SESSION, /* secc: what the protocol machine tells */
    EVSE_EVENT_SUPPLY,  /* a: enum v2g_supply_state, changed */
    EVSE_EVENT_FAULT,   /* a: enum v2g_fault; NONE: cleared */
    EVSE_EVENT_PILOT    /* a: enum evse_pilot_state, changed */
};
struct evse_event {
    enum evse_event_kind kind;
    uint32_t a;
    struct v2g_secc_event session;
};

struct evse {
    struct evse_config config; /* all private */
    struct v2g_supply supply;
    struct v2g_secc secc;
    struct evse_pilot pilot;
    int8_t soc_pct; /* of the car that is there without a session; -1: not known */
    bool connected, suspended;
    uint64_t now_ms;
    enum v2g_supply_state told_state;
    enum v2g_fault told_fault;
    enum evse_pilot_state told_pilot;
};

void evse_init(struct evse *e, uint64_t now_ms, const struct evse_config *config);
/* A car's connection was accepted. E_STATE while there is another, or while a fault of the last
 * session cannot be forgotten: a welded or unopened contactor, or an emergency stop. A contactor
 * that still opens after the last car does so before it closes for this one. */
int evse_connect(struct evse *e, uint64_t now_ms) MUST_USE;
/* As v2g_secc_input() and v2g_secc_output(). E_STATE without a connection. */
int evse_input(struct evse *e, uint64_t now_ms, const uint8_t *bytes, size_t len) MUST_USE;
int evse_output(struct evse *e, uint8_t *out, size_t cap) MUST_USE;
/* The connection is gone, by either side. */
void evse_disconnect(struct evse *e, uint64_t now_ms);
void evse_tick(struct evse *e, uint64_t now_ms);
uint64_t evse_deadline(const struct evse *e);
bool evse_event(struct evse *e, struct evse_event *event);
bool evse_close_due(const struct evse *e);

void evse_authorize(struct evse *e, enum v2g_auth auth);
/* Asks the car to stop within delay_s; a car that charges by the pilot is offered nothing more. */
void evse_stop(struct evse *e, uint16_t delay_s);
/* 0 A holds the car at zero power without ending its session; by the pilot all below 6 A does. */
void evse_limit(struct evse *e, int32_t max_ma);
/* Holds cars at zero power without ending their sessions, this one and the next, until it is said
 * otherwise (v2g_secc_suspend()); then a car that was paused is woken. */
void evse_suspend(struct evse *e, bool suspended);
/* Asks the car to stop; its session is kept for when it is woken (v2g_secc_pause()). */
void evse_pause(struct evse *e);
/* Wakes a car that was stopped or paused, by the pilot; without one nothing happens. */
void evse_wake(struct evse *e);
/* Opens at once and stays open until evse_clear(). */
void evse_emergency_stop(struct evse *e, uint64_t now_ms);
/* A person looked: forgets a fault. E_STATE when the contactor is welded or not open. */
int evse_clear(struct evse *e, uint64_t now_ms) MUST_USE;

static inline bool evse_connected(const struct evse *e)
{
    return e->connected;
}
/* With a session or without. */
static inline bool evse_has_car(const struct evse *e)
{
    return e->connected || e->pilot.state != EVSE_PILOT_FREE;
}
/* -1: not known. After the session, until the plug is pulled, what it told last. */
static inline int8_t evse_soc_pct(const struct evse *e)
{
    return e->connected ? v2g_secc_car(&e->secc)->soc_pct : e->soc_pct;
}
static inline const struct evse_pilot *evse_pilot(const struct evse *e)
{
    return &e->pilot;
}
static inline bool evse_suspended(const struct evse *e)
{
    return e->suspended;
}
static inline const struct v2g_supply_facts *evse_facts(const struct evse *e)
{
    return v2g_supply_facts(&e->supply);
}
static inline enum v2g_supply_state evse_supply_state(const struct evse *e)
{
    return e->supply.state;
}
static inline struct v2g_supply_demand evse_demand(const struct evse *e)
{
    return e->supply.demand;
}
static inline const struct v2g_secc *evse_session(const struct evse *e)
{
    return &e->secc;
}

#endif
