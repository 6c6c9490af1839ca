/* SPDX-License-Identifier: MIT
 * The trust engine: intervals of produced energy go in, decisions about devices come out, each with
 * the evidence that led to it. Days are judged when they are over; what is impossible is judged at
 * once. No clock, no heap, integers only: the same intervals in the same order give the same
 * decisions.
 *
 * Layers of evidence: L0 impossible, L1 neighbours, L2 weather, L3 feeder meter.
 *
 *   trust_engine_tick(e, now);                days that are over are judged
 *   trust_engine_expect(e, i, hour, power)    what weather and physics expect, where known
 *   trust_engine_interval(e, i, &interval)    a reading
 *   while (trust_engine_event(e, &event)) ... decisions
 */
#ifndef TRUST_ENGINE_H
#define TRUST_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trust/detector.h"
#include "trust/limits.h"

/* What is done about a device, in rising order: the enumerator and its name. */
#define TRUST_ACTIONS(X)                                                                           \
    X(NONE, "none")                                                                                \
    X(WATCH, "watch")                                                                              \
    X(SETTLE, "settle-at-expected") /* credit = min(reported, tolerated * expected) */             \
    X(QUARANTINE, "quarantine")     /* no trading; telemetry is still stored */                    \
    X(BAN, "ban")                   /* ends only by an operator's word */
enum trust_action {
#define TRUST_ACTION_ROW(name, text) TRUST_##name,
    TRUST_ACTIONS(TRUST_ACTION_ROW)
#undef TRUST_ACTION_ROW
        TRUST_ACTION_COUNT
};
const char *trust_action_name(enum trust_action action);

enum trust_layer { TRUST_L0_IMPOSSIBLE, TRUST_L1_NEIGHBOURS, TRUST_L2_WEATHER, TRUST_L3_FEEDER };
const char *trust_layer_name(enum trust_layer layer);

/* What cannot be, however the sky is. */
#define TRUST_IMPOSSIBLES(X)                                                                       \
    X(POSSIBLE, "nothing")                                                                         \
    X(COUNTER_BACK, "the energy counter went back")                                                \
    X(POWER_ENERGY, "power and energy contradict each other")                                      \
    X(ABOVE_RATED, "more than the panels can give")                                                \
    X(ABOVE_CLEAR_SKY, "more than a clear sky can give")                                           \
    X(AT_NIGHT, "production while the sun is down")
enum trust_impossible {
#define TRUST_IMPOSSIBLE_ROW(name, text) TRUST_##name,
    TRUST_IMPOSSIBLES(TRUST_IMPOSSIBLE_ROW)
#undef TRUST_IMPOSSIBLE_ROW
        TRUST_IMPOSSIBLE_COUNT
};
const char *trust_impossible_text(enum trust_impossible what);

struct trust_config {
    uint8_t n_blocks;    /* of a day: 1 or 3 */
    uint8_t noon_from_h; /* with 3: the noon block, hours of the site's solar clock */
    uint8_t noon_to_h;
    uint8_t min_peers;          /* arming needs that many, 3 */
    uint32_t correlation_ppm;   /* that correlate better than this, 997500 */
    uint32_t dispersion_ppm;    /* a block whose peers disagree more is skipped, 40000 */
    uint32_t agreement_ppm;     /* a peer this near to the median agrees with it, 80000 */
    uint32_t low_light_ppm;     /* a block below this share of the usual is skipped, 100000 */
    struct trust_scale peers;   /* of L1 */
    struct trust_scale weather; /* of L2 */
    struct trust_scale feeder;  /* of L3: both meters are good to a percent */
    uint64_t watch;             /* e-values at which actions begin: 20, 10^3, 10^5, 10^7 */
    uint64_t settle;
    uint64_t quarantine;
    uint64_t ban;
    uint32_t false_share_ppm; /* of a fleet's actions above watch that may be false (e-BH), 50000 */
    uint32_t inspect_ppm;     /* yield per rated power above the neighbours' that is looked at,
                                 1200000 */
    uint8_t impossible_ban;   /* impossible readings within a day that prove it, 3 */
    int32_t solar_offset_s;   /* of the site's solar clock: whole hours, longitude / 15 */
    uint32_t grace_s;         /* a day waits this long for late readings, 10800 */
};
/* The defaults above, for a site at that longitude in millionths of a degree. */
void trust_config_defaults(struct trust_config *config, int32_t longitude_udeg);
/* E_ARG and a field's name in *field. */
int trust_config_check(const struct trust_config *config, const char **field) MUST_USE;

/* What led to a decision, summed since the excursion began. */
struct trust_excursion {
    int32_t from_day; /* days since 1970 on the solar clock */
    uint32_t n_blocks;
    uint64_t reported; /* units of 2^-15 of the rated power, for an hour */
    uint64_t predicted;
};

enum { TRUST_OVER, TRUST_UNDER, TRUST_DIRECTIONS };
enum { TRUST_BY_PEERS, TRUST_BY_WEATHER, TRUST_TESTS };

enum trust_gate { /* why a block did not count, or that it did */
                  TRUST_BLOCK_JUDGED,
                  TRUST_BLOCK_UNARMED,
                  TRUST_BLOCK_MISSING,   /* the device has gaps */
                  TRUST_BLOCK_PEERS,     /* too few of its peers reported */
                  TRUST_BLOCK_DISPERSED, /* the peers disagree */
                  TRUST_BLOCK_OUTAGE,    /* most peers do not agree with their median */
                  TRUST_BLOCK_DARK,
                  TRUST_BLOCK_FLEET, /* the weather contradicts the whole fleet */
                  TRUST_GATE_COUNT
};
const char *trust_gate_text(enum trust_gate gate);

/* One comparison. */
struct trust_block {
    enum trust_gate gate;
    uint32_t reported; /* units as above */
    uint32_t predicted;
    uint8_t n_peers;
};

struct trust_device {
    uint32_t rated_w; /* all private; 0 is an unused place */
    int32_t first_day;
    uint16_t hours[TRUST_HISTORY_DAYS][TRUST_HOURS]; /* closed hours, units; TRUST_UNKNOWN */
    int64_t open_mwh[2][TRUST_HOURS];                /* days that are not closed yet */
    uint16_t open_s[2][TRUST_HOURS];
    uint16_t expected[2][TRUST_HOURS]; /* by weather, units */
    bool armed;
    bool excluded; /* from being a peer, for the day that is closed */
    bool inspect;  /* yields much more per rated power than its neighbours */
    uint8_t n_peers;
    uint16_t n_tried; /* commissioned neighbours at the last try to arm */
    uint16_t peers[TRUST_PEERS_MAX];
    uint32_t ratios[TRUST_BLOCKS_MAX][TRUST_PEERS_MAX]; /* own to peer's, 16 fractional bits */
    uint32_t usual[TRUST_BLOCKS_MAX];                   /* mean of a block in commissioning */
    uint32_t yield_ppm; /* per rated power against the peers' at arming */
    uint32_t weather_days;
    uint64_t weather_own[TRUST_BLOCKS_MAX]; /* commissioning against the physical model */
    uint64_t weather_model[TRUST_BLOCKS_MAX];
    struct trust_detector detectors[TRUST_TESTS][TRUST_DIRECTIONS];
    struct trust_excursion excursions[TRUST_TESTS];
    struct trust_block blocks[TRUST_TESTS][TRUST_BLOCKS_MAX]; /* of the day closed last */
    uint32_t reputation_good; /* Beta posterior, thousandths of a block, slowly forgotten */
    uint32_t reputation_bad;
    uint64_t n_late;
    uint32_t n_impossible;
    int64_t impossible_unix_s[4]; /* of the last ones */
    enum trust_impossible impossible;
    int64_t impossible_mwh;
    int64_t impossible_limit_mwh;
    int64_t sun_hour; /* that short readings are summed in, against what the sun allows */
    uint32_t sun_s;
    bool sun_night;
    int64_t sun_mwh;
    int64_t sun_limit_mwh;
    int64_t power_s; /* of intervals with a power, for the comparison with energy */
    int64_t power_mws;
    int64_t power_energy_mwh;
    enum trust_action action;
    enum trust_layer layer; /* that raised it */
    enum trust_action announced;
    bool fault; /* reports far less than expected: service, not fraud */
    uint8_t news;
    int64_t news_unix_s;
};
_Static_assert(sizeof(struct trust_device) <= 3584, "memory of a device");

enum { TRUST_UNKNOWN = UINT16_MAX, TRUST_UNITS = 32768 };

struct trust_engine {
    struct trust_config config; /* all private */
    struct trust_device *devices;
    int32_t *evidence; /* one a device, for e-BH */
    size_t cap;
    bool started;
    int32_t open_day; /* the oldest day that is not closed */
    int64_t now_s;
    size_t n_news;
    size_t news_cursor;
    int32_t fleet_threshold;
    uint64_t feeder_mwh[2]; /* by the feeder meter, of the open days */
    uint32_t feeder_s[2];
    struct trust_detector feeder;
    int64_t feeder_excess_mwh; /* of the day closed last: reported minus measured */
};

/* `config` has passed trust_config_check. The memory is the caller's: `cap` devices and as many
 * places of evidence, at most 65535; it stays in use. */
void trust_engine_init(struct trust_engine *e, const struct trust_config *config,
                       struct trust_device *devices, int32_t *evidence, size_t cap);
/* A new device at a place of the caller's choice that is not in use. */
void trust_engine_add(struct trust_engine *e, size_t device, uint32_t rated_w);
void trust_engine_remove(struct trust_engine *e, size_t device);

struct trust_interval {
    int64_t end_unix_s;
    uint32_t span_s;    /* 1 to 3600 */
    int64_t energy_mwh; /* produced in it; below zero: the counter went back */
    bool has_power;
    int64_t power_mw; /* at its end */
    bool has_sky; /* the sun was computed: the greatest power a clear sky allows in the interval */
    bool night;   /* the sun stays below the horizon throughout */
    int64_t clear_sky_mw;
};
/* E_ARG for a span or a time that cannot be, E_STATE for a day that is closed already. */
int trust_engine_interval(struct trust_engine *e, size_t device,
                          const struct trust_interval *interval) MUST_USE;
/* Mean power in an hour that physics and measured weather expect. Without a call the hour is
 * unknown, never zero. E_STATE outside the open days. */
int trust_engine_expect(struct trust_engine *e, size_t device, int64_t hour_unix_s,
                        int64_t power_mw) MUST_USE;
/* Production as the transformer's meter sees it, all devices together (L3). */
int trust_engine_feeder(struct trust_engine *e, int64_t end_unix_s, uint32_t span_s,
                        int64_t energy_mwh) MUST_USE;
/* Closes and judges the days that are over. Time that goes back is ignored. */
void trust_engine_tick(struct trust_engine *e, int64_t now_unix_s);

enum trust_event_kind {
    TRUST_EVENT_ACTION,  /* up or down */
    TRUST_EVENT_ARMED,   /* enough peers were found */
    TRUST_EVENT_INSPECT, /* yield per rated power is too good: look at it */
    TRUST_EVENT_FAULT,   /* reports far too little */
    TRUST_EVENT_KINDS
};

struct trust_event {
    enum trust_event_kind kind;
    size_t device;
    int64_t unix_s;
    enum trust_action before;
    enum trust_action action;
    enum trust_layer layer;
    int32_t log2_e;        /* of the test that led to it */
    int32_t log2_lifetime; /* its lifetime e-process */
    int32_t log2_fleet;    /* what e-BH asked for; INT32_MAX: nobody may be acted on */
    uint8_t n_peers;
    struct trust_excursion excursion;
    int64_t reported_mwh; /* the excursion in energy */
    int64_t predicted_mwh;
    uint32_t yield_ppm;
    enum trust_impossible impossible;
    int64_t impossible_mwh;
    int64_t impossible_limit_mwh;
};
/* The next decision; false when there is none. */
bool trust_engine_event(struct trust_engine *e, struct trust_event *event);

/* The operator's words, whose signature the caller has checked. Unban: the evidence starts anew. */
int trust_engine_unban(struct trust_engine *e, size_t device) MUST_USE;
int trust_engine_ban(struct trust_engine *e, size_t device) MUST_USE;

/* For people: how many of its blocks were as expected, in permille; never decides. */
uint32_t trust_device_reputation(const struct trust_device *d);
/* Energy that may be credited for `reported_mwh` of the day closed last: all of it, or at
 * settle-at-expected at most the tolerated multiple of what was expected, and nothing beyond. */
int64_t trust_engine_credit(const struct trust_engine *e, size_t device, int64_t reported_mwh);
/* Units of a device in energy. */
int64_t trust_device_energy_mwh(const struct trust_device *d, uint64_t units);
/* log2 of the larger of its tests. */
int32_t trust_device_evidence(const struct trust_device *d);
int32_t trust_device_shortfall(const struct trust_device *d);

#endif
