/* SPDX-License-Identifier: MIT
 * The trust engine at work in the gateway: every stored reading goes in, decisions come out, are
 * stored with their evidence, and take effect. The engine's own state is not on disk: at the start
 * the stored readings and the operator's decisions are read again, in the order in which they came,
 * and lead to the same decisions.
 */
#ifndef TRUST_TRUST_SITE_H
#define TRUST_TRUST_SITE_H

#include "site/fleet.h"
#include "trust/engine.h"
#include "trust/seed.h"
#include "weather/cells.h"

struct site;
struct trust_site;

enum trust_rule { TRUST_RULE_TE2, TRUST_RULE_SEED };

struct trust_site_config {
    struct site *site;
    enum trust_rule rule;
    const struct trust_seed_config *seed; /* NULL: its defaults */
    struct weather_place place; /* of devices without one; with it night and clear sky are known */
    bool has_weather; /* somebody calls trust_site_weather(); else the seed's rule guesses */
    /* Publishes what a device is told (docs/spec/trust-feedback.md); false: try again later. May be
     * NULL. */
    bool (*tell)(void *context, const char *device_id, const char *text, size_t len);
    /* A ban is stored and is to take effect. May be NULL. */
    void (*banned)(void *context);
    void *context;
};

/* Reads what is stored. NULL without memory or database; why is logged. */
struct trust_site *trust_site_open(const struct trust_site_config *config);
void trust_site_close(struct trust_site *t);

/* The counters of a reading as it was stored. */
struct trust_reading {
    int64_t key; /* row of the signing key */
    int64_t unix_ms;
    int64_t received_unix_ms;
    bool time_known;
    bool has_energy;     /* the seed's messages have none */
    bool has_production; /* the two */
    int64_t energy_mwh;
    int64_t power_mw;
    bool has_consumption;
    int64_t consumption_mwh;
    bool has_grid;
    int64_t import_mwh;
    int64_t export_mwh;
};
/* Once it is committed, outside any transaction. Decisions that follow are stored at once. */
void trust_site_reading(struct trust_site *t, struct fleet_device *device,
                        const struct trust_reading *reading);
/* Closes days that are over, stores decisions and lets them take effect, tells devices. Outside any
 * transaction. */
void trust_site_tick(struct trust_site *t, int64_t now_unix_ms);
/* Everybody is told again: the broker has forgotten. */
void trust_site_tell_all(struct trust_site *t);

/* An answer of the weather service for a cell. */
struct trust_weather_answer {
    struct trust_weather_cell cell;
    enum trust_weather_endpoint endpoint;
    const struct trust_weather_series *series;
    uint8_t sha256[32]; /* of the answer's bytes */
};
/* Stores what is new in it, and judges by it: hours that are complete are what physics expects of
 * the devices there, the newest radiation is the seed's forecast. Outside any transaction. Returns
 * how many points were new, or E_IO; nothing is taken then, and they come again. */
int trust_site_weather(struct trust_site *t, const struct trust_weather_answer *answer,
                       int64_t now_unix_ms);
/* The newest moment that weather of a cell was taken for, INT64_MIN for none. */
int64_t trust_site_weather_until(const struct trust_site *t, struct trust_weather_cell cell,
                                 enum trust_weather_endpoint endpoint);

/* The operator has decided (and it is stored); the engine follows. */
void trust_site_banned(struct trust_site *t, struct fleet_device *device, int64_t unix_ms,
                       bool banned);
void trust_site_removed(struct trust_site *t, struct fleet_device *device);

/* ---- for those who show it ---- */

struct trust_view {
    enum trust_action action;
    int64_t log10_milli;
    int64_t shortfall_milli;
    bool judged; /* the rest is known */
    uint32_t reputation_permille;
    bool armed;
    bool inspect;
    bool fault;
    unsigned n_peers;
};
/* Also for a NULL `t`: nothing is known. Of the feeder's meter only how strongly all others
 * together contradict it is known, and `inspect` while that is believed. */
struct trust_view trust_site_view(const struct trust_site *t, const struct fleet_device *device);
const struct trust_config *trust_site_rule(const struct trust_site *t, enum trust_rule *rule);

struct trust_counts {
    uint64_t decisions[TRUST_EVENT_KINDS];
    uint64_t bans;
    uint64_t intervals;
    uint64_t seed_deviations;
    uint64_t told;
    uint64_t late;
    uint64_t weather_points;
    uint64_t weather_hours; /* that a device was compared with */
    uint64_t impossible;    /* intervals that nature does not allow */
    uint64_t untimed;       /* readings not judged: their time is unknown, or ahead of ours */
    uint64_t uncredited;    /* readings of devices in quarantine */
};
const struct trust_counts *trust_site_counts(const struct trust_site *t);

#endif
