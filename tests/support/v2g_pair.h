/* SPDX-License-Identifier: MIT
 * A charger and a car in one room: both machines, the supply and a simple power stage, in virtual
 * time. Only what a test program uses is linked, so everything is here.
 */
#ifndef TESTS_V2G_PAIR_H
#define TESTS_V2G_PAIR_H

#include <string.h>

#include "check.h"
#include "v2g/evcc.h"
#include "v2g/secc.h"
#include "v2g/v2gtp.h"
#include "v2g_stage.h"

struct pair {
    struct stage stage;
    struct v2g_supply supply;
    struct v2g_secc secc;
    struct v2g_evcc evcc;
    struct v2g_secc_config secc_config;
    struct v2g_evcc_config evcc_config;
    struct v2g_evcc_battery battery;
    struct v2g_paused paused;
    uint64_t now_ms;
    uint8_t to_secc[4096], to_evcc[4096];
    size_t to_secc_len, to_evcc_len;
    uint64_t secc_memory[V2G_CODEC_LEN / 8], evcc_memory[V2G_CODEC_LEN / 8];
    uint32_t seen;   /* bit: response kind the car got */
    uint32_t phases; /* bit: phase the charger entered */
    unsigned n_requests;
    uint32_t seed;
    bool by_hand; /* no car: the pilot is what the test says */
    enum v2g_kind asked;
    uint64_t asked_ms;
    uint64_t slowest_ms[V2G_KIND_COUNT]; /* of the charger's responses */
};

/* The configuration may be changed before pair_start(). */
static inline void pair_init(struct pair *p, enum v2g_protocol protocol, enum v2g_energy_mode mode)
{
    memset(p, 0, sizeof *p);
    p->seed = 7;
    p->now_ms = 1000;
    p->stage.battery_mv = 380000;
    p->stage.cp = V2G_CP_B;
    p->stage.ac = !v2g_energy_mode_dc(mode);
    p->battery = (struct v2g_evcc_battery){.soc_pct = 40,
                                           .voltage_mv = 380000,
                                           .target_mv = 400000,
                                           .target_ma = 50000,
                                           .wanted_wh = 20000};
    p->evcc_config = (struct v2g_evcc_config){
        .codec = {.memory = (uint8_t *)p->evcc_memory, .cap = sizeof p->evcc_memory},
        .evcc_id = {2, 0, 0, 0, 0, 1},
        .protocols = (uint8_t)(1U << protocol),
        .mode = mode,
        .dc = {.max_mv = 450000, .max_ma = 200000, .max_w = 80000},
        .ac_max_mv = 400000,
        .ac_max_ma = 16000,
        .ac_min_ma = 6000,
        .capacity_wh = 60000,
        .loop_ms = 40};
    p->secc_config = (struct v2g_secc_config){
        .codec = {.memory = (uint8_t *)p->secc_memory, .cap = sizeof p->secc_memory},
        .entropy = {.fill = stage_entropy, .context = &p->seed},
        .evse_id = "DE*WAT*E0001",
        .protocols = 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
        .modes = 1U << V2G_DC_EXTENDED | 1U << V2G_AC_THREE_PHASE | 1U << V2G_DC_CORE,
        .dc = {.max_mv = 500000,
               .max_ma = 125000,
               .max_w = 50000,
               .min_mv = 150000,
               .min_ma = 1000,
               .ripple_ma = 1000},
        .ac_nominal_mv = 230000,
        .ac_max_ma = 32000,
        .paused = &p->paused,
        .meter_id = "meter-1"};
}

static inline void pair_start(struct pair *p)
{
    const struct v2g_supply_config power = stage_supply(&p->stage);
    v2g_supply_init(&p->supply, p->now_ms, &power);
    v2g_secc_init(&p->secc, p->now_ms, &p->secc_config);
    v2g_secc_authorize(&p->secc, V2G_AUTH_ACCEPTED);
    v2g_secc_set_unix(&p->secc, 1700000000000);
    v2g_evcc_init(&p->evcc, p->now_ms, &p->evcc_config, &p->battery);
    p->to_secc_len = 0;
    p->to_evcc_len = 0;
}

static inline void pair_facts(struct pair *p)
{
    v2g_supply_demand(&p->supply, v2g_secc_demand(&p->secc));
    v2g_secc_set_supply(&p->secc, p->now_ms, v2g_supply_facts(&p->supply));
    p->battery.contactor_closed = v2g_evcc_wants_contactor(&p->evcc);
    v2g_evcc_set_battery(&p->evcc, &p->battery);
    if (!p->by_hand) {
        p->stage.cp = v2g_evcc_wants_power(&p->evcc) ? V2G_CP_C : V2G_CP_B;
    }
}

static inline void pair_events(struct pair *p)
{
    struct v2g_evcc_event e;
    while (v2g_evcc_event(&p->evcc, &e)) {
        if (e.kind == V2G_EVCC_EVENT_RESPONSE) {
            p->seen |= 1U << e.a;
        }
        p->n_requests += e.kind == V2G_EVCC_EVENT_REQUEST;
    }
    struct v2g_secc_event s;
    while (v2g_secc_event(&p->secc, &s)) {
        if (s.kind == V2G_SECC_EVENT_PHASE) {
            p->phases |= 1U << s.a;
        }
    }
}

/* Up to so many requests and responses that can be passed now. */
static inline void pair_pass(struct pair *p, int n)
{
    for (int i = 0; i < n; i++) {
        const int asked = v2g_evcc_output(&p->evcc, p->to_secc, sizeof p->to_secc);
        if (asked > 0) {
            p->to_secc_len = (size_t)asked;
            p->asked = p->evcc.kind;
            p->asked_ms = p->now_ms;
        }
        if (p->to_secc_len > 0 &&
            v2g_secc_input(&p->secc, p->now_ms, p->to_secc, p->to_secc_len) != 0) {
            p->to_secc_len = 0;
        }
        pair_facts(p);
        const int answered = v2g_secc_output(&p->secc, p->to_evcc, sizeof p->to_evcc);
        if (answered > 0) {
            const uint64_t took_ms = p->now_ms - p->asked_ms;
            uint64_t *slowest_ms = &p->slowest_ms[p->asked];
            *slowest_ms = took_ms > *slowest_ms ? took_ms : *slowest_ms;
            (void)v2g_evcc_input(&p->evcc, p->now_ms, p->to_evcc, (size_t)answered);
        }
        pair_events(p);
    }
}

/* 20 ms of both. */
static inline void pair_tick(struct pair *p)
{
    p->now_ms += 20;
    stage_step(&p->stage, v2g_evcc_wants_contactor(&p->evcc));
    v2g_supply_tick(&p->supply, p->now_ms);
    v2g_secc_tick(&p->secc, p->now_ms);
    v2g_evcc_tick(&p->evcc, p->now_ms);
    pair_facts(p);
    pair_events(p);
}

/* All messages that can be passed now, then 20 ms. */
static inline void pair_step(struct pair *p)
{
    pair_pass(p, 4);
    pair_tick(p);
}

static inline void pair_run(struct pair *p, uint64_t span_ms)
{
    for (const uint64_t end_ms = p->now_ms + span_ms; p->now_ms < end_ms;) {
        pair_step(p);
    }
}

/* Runs until the charger waits in that phase; false when it does not within a minute. */
static inline bool pair_until(struct pair *p, enum v2g_phase phase)
{
    for (const uint64_t end_ms = p->now_ms + 60000; p->now_ms < end_ms;) {
        for (int i = 0; i < 4 && p->secc.phase != phase; i++) {
            pair_pass(p, 1);
        }
        if (p->secc.phase == phase) {
            return true;
        }
        pair_tick(p);
    }
    return false;
}

/* A good session (of a car that is full at once, or of a charger that wants receipts or another
 * schedule, if it takes that) until the charger waits in that phase and the car has said nothing
 * yet. */
static inline bool pair_reach(struct pair *p, enum v2g_protocol protocol, enum v2g_energy_mode mode,
                              enum v2g_phase phase)
{
    pair_init(p, protocol, mode);
    p->secc_config.receipts = phase == V2G_PHASE_RECEIPT;
    pair_start(p);
    p->battery.full = phase >= V2G_PHASE_STOPPING;
    v2g_evcc_set_battery(&p->evcc, &p->battery);
    const bool again = phase == V2G_PHASE_RENEGOTIATION || phase == V2G_PHASE_RESTART;
    for (int i = 0; i < 4000; i++) {
        if (again && p->secc.phase == V2G_PHASE_CHARGING) {
            v2g_secc_notify(&p->secc, V2G_NOTIFY_RENEGOTIATE, 0);
        }
        pair_pass(p, 1);
        if (p->secc.phase == phase && p->secc.out == V2G_OUT_NONE) {
            return true;
        }
        pair_tick(p);
    }
    return false;
}

/* Whether a session by that protocol, DC or AC and without a contract, comes there at all. */
static inline bool pair_has(enum v2g_protocol protocol, bool is_dc, enum v2g_phase phase)
{
    const bool dc_only = phase == V2G_PHASE_CABLE_CHECK || phase == V2G_PHASE_PRE_CHARGE ||
                         phase == V2G_PHASE_WELDING;
    const bool iso_only = phase == V2G_PHASE_RECEIPT || phase == V2G_PHASE_RENEGOTIATION ||
                          phase == V2G_PHASE_RESTART;
    return phase != V2G_PHASE_CONTRACT && !(dc_only && !is_dc) &&
           !(phase == V2G_PHASE_READY && is_dc) && !(iso_only && protocol == V2G_PROTOCOL_DIN);
}

/* 20 ms of the charger alone. */
static inline void pair_wait(struct pair *p)
{
    pair_facts(p);
    p->now_ms += 20;
    stage_step(&p->stage, v2g_evcc_wants_contactor(&p->evcc));
    v2g_supply_tick(&p->supply, p->now_ms);
    v2g_secc_tick(&p->secc, p->now_ms);
    pair_facts(p);
}

/* One request by hand: the charger's response to it. What the charger still had to say to the car
 * is lost. */
static inline struct v2g_message pair_ask(struct pair *p, struct v2g_message *request)
{
    static uint64_t own_memory[V2G_CODEC_LEN / 8];
    static uint8_t frame[4096];
    const struct v2g_codec own = {.memory = (uint8_t *)own_memory, .cap = sizeof own_memory};
    struct v2g_message response;
    memset(&response, 0, sizeof response);
    response.code = V2G_RESPONSE_COUNT;
    if (request->session_id_len == 0) {
        memcpy(request->session_id, p->secc.session_id, V2G_SESSION_ID_LEN);
        request->session_id_len = V2G_SESSION_ID_LEN;
    }
    const int len = v2g_codec_encode(&own, p->secc.protocol, request, frame + V2GTP_HEADER_LEN,
                                     sizeof frame - V2GTP_HEADER_LEN);
    CHECK(len > 0);
    if (len <= 0) {
        return response;
    }
    static uint8_t old[4096];
    while (p->secc.out != V2G_OUT_NONE && v2g_secc_output(&p->secc, old, sizeof old) == 0) {
        pair_wait(p);
    }
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    CHECK_EQ(v2g_secc_input(&p->secc, p->now_ms, frame, (size_t)(V2GTP_HEADER_LEN + len)),
             V2GTP_HEADER_LEN + len);
    for (int i = 0; i < 300; i++) {
        const int answered = v2g_secc_output(&p->secc, frame, sizeof frame);
        if (answered > 0) {
            CHECK_EQ(v2g_codec_decode(&own, p->secc.protocol, frame + V2GTP_HEADER_LEN,
                                      (size_t)answered - V2GTP_HEADER_LEN, &response),
                     E_OK);
            break;
        }
        pair_wait(p);
    }
    return response;
}

#endif
