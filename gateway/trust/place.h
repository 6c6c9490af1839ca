/* SPDX-License-Identifier: MIT
 * Private to gateway/trust: what is behind trust_site.h.
 */
#ifndef TRUST_PLACE_H
#define TRUST_PLACE_H

#include "trust/sky.h"
#include "trust/trust_site.h"
#include "weather/cells.h"

enum { TRUST_PLACES_MIN = 256, TRUST_PLACES_MAX = 65535 };

/* A device beside the engine's own memory of it. */
struct trust_place {
    struct fleet_device *device; /* NULL: free */
    bool started;                /* the rest is known */
    int64_t key;
    int64_t last_s; /* of the newest reading, its own time */
    int64_t energy_mwh;
    int64_t power_mw;
    struct weather_place where; /* its own, or the site's */
    int cell;                   /* of the weather there, or negative */
    struct trust_sky sky;
    struct trust_seed seed;
    bool tell; /* it has to be told */
};

struct trust_site {
    struct trust_site_config config;
    struct trust_engine engine;
    struct trust_config rule;
    struct trust_seed_config seed;
    struct weather_cells weather;
    struct trust_feeder {
        int64_t key; /* of the last reading; 0: none */
        int64_t last_s;
        int64_t import_mwh;
        int64_t export_mwh;
        int64_t consumed_mwh; /* by all others since then */
        bool contradicts;     /* as it was told last */
    } feeder;
    struct trust_device *devices;
    int32_t *evidence;
    struct trust_place *places;
    size_t cap;
    size_t tell_cursor;
    bool reading_again; /* at the start: what follows was decided and told before */
    int32_t stored_day; /* comparisons up to this day are in the database */
    bool full_reported;
    struct trust_counts counts;
};

/* The place of a device, or -1. */
static inline ptrdiff_t trust_place_of(const struct fleet_device *device)
{
    return (ptrdiff_t)device->trust_place - 1;
}

/* Closes the days that are over by then, one after the other, with the decisions of each. */
void trust_advance(struct trust_site *t, int64_t now_s);
/* Whose weather and sky it is, once a place is taken. */
void trust_settle_place(struct trust_site *t, struct trust_place *p);
/* What the seed's rule expects at a moment; false where nothing is known. */
bool trust_seed_expects(const struct trust_site *t, const struct trust_place *p, int64_t unix_s,
                        int64_t *power_mw);
/* A point that is stored: kept, and what it completes is told to the engine. */
void trust_take_weather(struct trust_site *t, const struct weather_taken *taken,
                        int64_t taken_unix_ms);

/* Readings for the balance at the transformer: everybody's consumption, and the feeder's own. */
void trust_feeder_consumed(struct trust_site *t, struct fleet_device *device,
                           const struct trust_reading *r);
void trust_feeder_reading(struct trust_site *t, const struct trust_reading *r);
/* Tells, after a day, whether all meters together contradict the feeder's. */
void trust_feeder_decide(struct trust_site *t);
/* Keeps a decision that has no effect but to be known. */
struct db_decision;
void trust_keep_notice(struct trust_site *t, const char *device,
                       const struct db_decision *decision);

/* Takes the engine's decisions: stores them, bans, and marks who has to be told. */
void trust_decide(struct trust_site *t);
/* A decision of the seed's rule, which only knows bans. */
void trust_decide_seed(struct trust_site *t, struct trust_place *p, int64_t unix_ms);
/* Stores what the day that was closed last was compared with. */
void trust_keep_blocks(struct trust_site *t, int32_t day);
/* Tells some of those who have to be told. */
void trust_tell(struct trust_site *t, int64_t now_unix_ms);

#endif
