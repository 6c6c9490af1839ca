/* SPDX-License-Identifier: MIT
 * From counters to intervals, from the clock to days.
 */
#include "trust/trust_site.h"

#include <stdlib.h>

#include "base/assert.h"
#include "db/decisions.h"
#include "db/readings.h"
#include "db/weather.h"
#include "posix/log.h"
#include "site/site.h"
#include "trust/explain.h"
#include "trust/place.h"

enum {
    SPAN_MAX_S = 3600,
    AHEAD_MAX_S = 300, /* a device's clock may be that much ahead of ours */
    DAY_S = 86400,
    CATCH_UP_DAYS = 70 /* beyond, the engine skips days by itself */
};
/* ---- places ---- */

static ptrdiff_t take_place(struct trust_site *t, struct fleet_device *device)
{
    for (size_t i = 0; i < t->cap; i++) {
        if (t->places[i].device == NULL) {
            t->places[i] = (struct trust_place){.device = device, .tell = true};
            trust_seed_init(&t->places[i].seed);
            trust_engine_add(&t->engine, i, device->peak_power_w);
            device->trust_place = (uint32_t)i + 1;
            trust_settle_place(t, &t->places[i]);
            return (ptrdiff_t)i;
        }
    }
    if (!t->full_reported) {
        log_warn("more than %zu devices: the others are not judged until the next start", t->cap);
        t->full_reported = true;
    }
    return -1;
}

/* ---- a reading ---- */

static void judge_by_seed(struct trust_site *t, struct trust_place *p,
                          const struct trust_reading *r)
{
    struct trust_seed_reading reading = {.reported_mw = r->power_mw};
    if (t->config.rule != TRUST_RULE_SEED ||
        !trust_seed_expects(t, p, r->unix_ms / 1000, &reading.expected_mw)) {
        return;
    }
    const bool was_banned = p->seed.banned;
    if (trust_seed_judge(&t->seed, &p->seed, &reading) != TRUST_SEED_VALID) {
        t->counts.seed_deviations++;
        p->tell = true;
    }
    if (p->seed.banned && !was_banned) {
        trust_decide_seed(t, p, r->received_unix_ms);
    }
}

static void take_interval(struct trust_site *t, size_t place, const struct trust_reading *r)
{
    struct trust_place *p = &t->places[place];
    const int64_t span_s = r->unix_ms / 1000 - p->last_s;
    struct trust_interval in = {.end_unix_s = r->unix_ms / 1000,
                                .span_s = (uint32_t)span_s,
                                .has_power = r->has_energy,
                                .power_mw = r->power_mw};
    /* Without a counter the power is held until the next message, as the seed's meter does. */
    in.energy_mwh = r->has_energy ? r->energy_mwh - p->energy_mwh
                                  : (p->power_mw + r->power_mw) / 2 * span_s / 3600;
    if (p->where.known) {
        struct solar_roof roof = weather_roof_of(&p->where, t->devices[place].rated_w);
        roof.has_plane = false;
        trust_sky_add(&p->sky, &roof, &in);
    }
    const uint32_t n_impossible = t->devices[place].n_impossible;
    if (trust_engine_interval(&t->engine, place, &in) == E_OK) {
        t->counts.intervals++;
        t->counts.impossible += t->devices[place].n_impossible != n_impossible;
    } else {
        t->counts.late++;
    }
}

static bool is_usable(const struct trust_reading *r)
{
    return r->time_known && r->unix_ms > 0 &&
           r->unix_ms <= r->received_unix_ms + INT64_C(1000) * AHEAD_MAX_S;
}

/* Decisions are taken one by one, so that they are the same ones when everything is read again. */
static void tick(struct trust_site *t, int64_t now_s)
{
    const int32_t open = t->engine.open_day;
    const bool was_started = t->engine.started;
    trust_engine_tick(&t->engine, now_s);
    if (was_started && t->engine.open_day != open) {
        trust_keep_blocks(t, t->engine.open_day - 1);
        trust_feeder_decide(t);
    }
    trust_decide(t);
}

/* Days are closed one after the other, so that each one's comparison can be kept. */
void trust_advance(struct trust_site *t, int64_t now_s)
{
    struct trust_engine *e = &t->engine;
    int64_t at = e->now_s;
    if (e->started && now_s - at < (int64_t)CATCH_UP_DAYS * DAY_S) {
        for (at += DAY_S; at < now_s; at += DAY_S) {
            tick(t, at);
        }
    }
    tick(t, now_s);
}

void trust_site_reading(struct trust_site *t, struct fleet_device *device,
                        const struct trust_reading *r)
{
    trust_advance(t, r->received_unix_ms / 1000);
    t->counts.untimed += !is_usable(r);
    t->counts.uncredited += device->quarantined;
    if (device->is_feeder) {
        if (is_usable(r)) {
            trust_feeder_reading(t, r);
        }
        return;
    }
    if (is_usable(r)) {
        trust_feeder_consumed(t, device, r);
    }
    if (!r->has_production) {
        return;
    }
    ptrdiff_t place = trust_place_of(device);
    if (!is_usable(r) || (place < 0 && (place = take_place(t, device)) < 0)) {
        return;
    }
    struct trust_place *p = &t->places[place];
    const int64_t unix_s = r->unix_ms / 1000;
    if (p->started && unix_s <= p->last_s) {
        return; /* an earlier start's backlog; its energy is in the newer counter */
    }
    judge_by_seed(t, p, r);
    if (p->started && p->key == r->key && unix_s - p->last_s <= SPAN_MAX_S) {
        take_interval(t, (size_t)place, r);
    }
    p->started = true;
    p->key = r->key;
    p->last_s = unix_s;
    p->energy_mwh = r->energy_mwh;
    p->power_mw = r->power_mw;
    trust_decide(t);
}

void trust_site_tick(struct trust_site *t, int64_t now_unix_ms)
{
    trust_advance(t, now_unix_ms / 1000);
    trust_tell(t, now_unix_ms);
}

/* ---- the operator ---- */

/* What the engine says to that is no news: the operator's decision is stored. */
static void forget_news(struct trust_site *t)
{
    struct trust_event event;
    while (trust_engine_event(&t->engine, &event)) {
        t->places[event.device].tell = true;
    }
}

void trust_site_banned(struct trust_site *t, struct fleet_device *device, int64_t unix_ms,
                       bool banned)
{
    const ptrdiff_t place = trust_place_of(device);
    if (place < 0) {
        return;
    }
    trust_advance(t, unix_ms / 1000);
    const int result = banned ? trust_engine_ban(&t->engine, (size_t)place)
                              : trust_engine_unban(&t->engine, (size_t)place);
    if (result != E_OK) {
        log_debug("the engine had that state already id=%s", device->id);
    }
    if (!banned) {
        trust_seed_init(&t->places[place].seed);
    }
    forget_news(t);
    device->quarantined = false;
    t->places[place].tell = true;
}

void trust_site_removed(struct trust_site *t, struct fleet_device *device)
{
    const ptrdiff_t place = trust_place_of(device);
    if (place >= 0) {
        trust_engine_remove(&t->engine, (size_t)place);
        t->places[place] = (struct trust_place){.device = NULL};
        device->trust_place = 0;
    }
}

/* ---- start ---- */

/* Devices by their row in the database, for reading again. */
struct by_row {
    struct trust_site *t;
    struct db_weather weather; /* the next point, while has_weather */
    bool has_weather;
    int error;
    struct fleet_device **devices;
    int64_t n;
};

static struct fleet_device *device_of_row(const struct by_row *b, int64_t row)
{
    return row >= 0 && row < b->n ? b->devices[row] : NULL;
}

static void next_weather(struct by_row *b)
{
    const int result = db_weather_next(b->t->config.site->db, b->weather.row, &b->weather);
    b->has_weather = result == 1;
    b->error = result < 0 ? result : b->error;
}

/* What was taken before something that happened after the reading `place`, and by then. */
static void weather_until(struct by_row *b, int64_t place, int64_t unix_ms)
{
    while (b->has_weather &&
           (b->weather.after_reading < place ||
            (b->weather.after_reading == place && b->weather.taken_unix_ms <= unix_ms))) {
        trust_take_weather(b->t, &b->weather.taken, b->weather.taken_unix_ms);
        next_weather(b);
    }
}

static void on_past(void *context, const struct db_past *past)
{
    struct by_row *b = context;
    struct fleet_device *device = device_of_row(b, past->device);
    weather_until(b, past->place, past->is_decision ? past->received_unix_ms : INT64_MIN);
    if (!device) {
        return;
    }
    if (past->is_decision) {
        trust_site_banned(b->t, device, past->received_unix_ms, past->banned);
        return;
    }
    const struct trust_reading reading = {.key = past->key,
                                          .unix_ms = past->unix_ms,
                                          .received_unix_ms = past->received_unix_ms,
                                          .time_known = past->time_known,
                                          .has_energy = past->form == DB_FORM_COSE,
                                          .has_production = past->has_production,
                                          .energy_mwh = past->energy_mwh,
                                          .power_mw = past->power_mw,
                                          .has_consumption = past->has_consumption,
                                          .consumption_mwh = past->consumption_mwh,
                                          .has_grid = past->has_grid,
                                          .import_mwh = past->import_mwh,
                                          .export_mwh = past->export_mwh};
    trust_site_reading(b->t, device, &reading);
}

static int read_again(struct trust_site *t)
{
    struct site *site = t->config.site;
    struct by_row b = {.t = t, .n = 0};
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        const int64_t row = fleet_at(&site->fleet, i)->row;
        b.n = row >= b.n ? row + 1 : b.n;
    }
    b.devices = calloc((size_t)b.n + 1, sizeof(struct fleet_device *));
    if (!b.devices) {
        return E_NOSPACE;
    }
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        struct fleet_device *device = fleet_at(&site->fleet, i);
        b.devices[device->row] = device;
    }
    t->reading_again = true;
    next_weather(&b);
    int result = db_past_list(site->db, on_past, &b);
    weather_until(&b, INT64_MAX, INT64_MAX);
    result = result == E_OK ? b.error : result;
    t->reading_again = false;
    free(b.devices);
    return result;
}

static size_t capacity_for(size_t n)
{
    const size_t wanted = n * 2 < TRUST_PLACES_MIN ? TRUST_PLACES_MIN : n * 2;
    return wanted > TRUST_PLACES_MAX ? TRUST_PLACES_MAX : wanted;
}

static struct trust_site *make(const struct trust_site_config *config)
{
    struct trust_site *t = calloc(1, sizeof *t);
    if (!t) {
        return NULL;
    }
    t->config = *config;
    t->cap = capacity_for(fleet_count(&config->site->fleet));
    t->devices = calloc(t->cap, sizeof t->devices[0]);
    t->evidence = calloc(t->cap, sizeof t->evidence[0]);
    t->places = calloc(t->cap, sizeof t->places[0]);
    for (size_t i = 0; i < fleet_count(&config->site->fleet); i++) {
        fleet_at(&config->site->fleet, i)->trust_place = 0;
        fleet_at(&config->site->fleet, i)->balance_key = 0;
    }
    if (!t->devices || !t->evidence || !t->places) {
        trust_site_close(t);
        return NULL;
    }
    return t;
}

struct trust_site *trust_site_open(const struct trust_site_config *config)
{
    const char *field = NULL;
    struct trust_site *t = make(config);
    if (!t) {
        log_error("there is no memory to judge readings");
        return NULL;
    }
    /* Without a place the site's own standard time stands for its longitude. */
    const int32_t longitude_udeg =
        config->place.known ? config->place.longitude_udeg : config->site->utc_offset_min * 250000;
    trust_config_defaults(&t->rule, longitude_udeg);
    ASSERT(trust_config_check(&t->rule, &field) == E_OK);
    trust_seed_defaults(&t->seed);
    t->seed = config->seed ? *config->seed : t->seed;
    trust_engine_init(&t->engine, &t->rule, t->devices, t->evidence, t->cap);
    if (db_block_last_day(config->site->db, &t->stored_day) != E_OK || read_again(t) != E_OK) {
        log_error("what was decided cannot be read: %s", db_reason(config->site->db));
        trust_site_close(t);
        return NULL;
    }
    log_info("readings are judged rule=%s intervals=%llu",
             config->rule == TRUST_RULE_SEED ? "seed" : "te2",
             (unsigned long long)t->counts.intervals);
    return t;
}

void trust_site_close(struct trust_site *t)
{
    if (t) {
        weather_cells_free(&t->weather);
        free(t->devices);
        free(t->evidence);
        free(t->places);
        free(t);
    }
}

/* ---- for those who show it ---- */

struct trust_view trust_site_view(const struct trust_site *t, const struct fleet_device *device)
{
    struct trust_view view = {.action = device->banned ? TRUST_BAN : TRUST_NONE};
    const ptrdiff_t place = trust_place_of(device);
    if (t && device->is_feeder) {
        view.log10_milli = trust_log10_milli(trust_detector_value(&t->engine.feeder));
        view.inspect = t->feeder.contradicts;
    }
    if (!t || place < 0) {
        return view;
    }
    const struct trust_device *d = &t->devices[place];
    view.action = device->banned ? TRUST_BAN : d->action;
    view.log10_milli = trust_log10_milli(trust_device_evidence(d));
    view.shortfall_milli = trust_log10_milli(trust_device_shortfall(d));
    view.judged = d->armed || t->config.rule == TRUST_RULE_SEED;
    view.reputation_permille = t->config.rule == TRUST_RULE_SEED
                                   ? (uint32_t)t->places[place].seed.score_milli / 100
                                   : trust_device_reputation(d);
    view.armed = d->armed;
    view.inspect = d->inspect;
    view.fault = d->fault;
    view.n_peers = d->n_peers;
    return view;
}

const struct trust_config *trust_site_rule(const struct trust_site *t, enum trust_rule *rule)
{
    *rule = t->config.rule;
    return &t->rule;
}

const struct trust_counts *trust_site_counts(const struct trust_site *t)
{
    return &t->counts;
}
