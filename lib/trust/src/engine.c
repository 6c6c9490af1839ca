/* SPDX-License-Identifier: MIT
 * Intervals become hours, hours become history; days that are over are closed and judged.
 */
#include "trust/engine.h"

#include "base/assert.h"
#include "base/fixed.h"
#include "judge.h"
#include "peers.h"

enum {
    DAY_S = 86400,
    HOUR_S = 3600,
    HOUR_KNOWN_S = 3420,    /* 95 % of an hour make it known; the rest is taken as like it */
    HOUR_OVERFULL_S = 3660, /* more than an hour's worth came: intervals overlap */
    CATCH_UP_DAYS = 64,
    LONG_READING_S = 900,  /* as long as the quarter hours that money is counted in */
    POWER_WINDOW_S = 3600, /* over which power and energy are compared */
    POWER_SLACK_MWH = 20000,
    NIGHT_SLACK_MWH = 2000, /* an inverter's own display */
};

void trust_config_defaults(struct trust_config *config, int32_t longitude_udeg)
{
    const int32_t hour_udeg = 15000000;
    const int32_t half = longitude_udeg < 0 ? -hour_udeg / 2 : hour_udeg / 2;
    *config = (struct trust_config){
        .n_blocks = 3,
        .noon_from_h = 10,
        .noon_to_h = 13,
        .min_peers = 3,
        .correlation_ppm = 997500,
        .dispersion_ppm = 40000,
        .agreement_ppm = 80000,
        .low_light_ppm = 100000,
        .peers = {.tolerated_ppm = 30000, .scale_ppm = 60000, .ceiling_ppm = TRUST_PPM},
        .weather = {.tolerated_ppm = 30000, .scale_ppm = 200000, .ceiling_ppm = TRUST_PPM},
        .feeder = {.tolerated_ppm = 10000, .scale_ppm = 20000, .ceiling_ppm = TRUST_PPM},
        .watch = 20,
        .settle = 1000,
        .quarantine = 100000,
        .ban = 10000000,
        .false_share_ppm = 50000,
        .inspect_ppm = 1200000,
        .impossible_ban = 3,
        .solar_offset_s = (longitude_udeg + half) / hour_udeg * HOUR_S,
        .grace_s = 3 * HOUR_S,
    };
}

static bool scale_holds(const struct trust_scale *s)
{
    return s->tolerated_ppm >= 0 && s->tolerated_ppm < TRUST_PPM && s->scale_ppm >= 1000 &&
           s->scale_ppm <= TRUST_PPM && s->ceiling_ppm > 0 && s->ceiling_ppm <= 3 * TRUST_PPM;
}

static bool thresholds_hold(const struct trust_config *c)
{
    return c->watch > 1 && c->settle > c->watch && c->quarantine > c->settle &&
           c->ban > c->quarantine;
}

int trust_config_check(const struct trust_config *config, const char **field)
{
    const struct trust_config *c = config;
    const struct {
        bool holds;
        const char *field;
    } rules[] = {
        {c->n_blocks == 1 || c->n_blocks == TRUST_BLOCKS_MAX, "n_blocks"},
        {c->noon_from_h > 0 && c->noon_from_h < c->noon_to_h && c->noon_to_h < TRUST_HOURS, "noon"},
        {c->min_peers >= 3 && c->min_peers <= TRUST_PEERS_MAX, "min_peers"},
        {c->correlation_ppm < TRUST_PPM, "correlation"},
        {c->dispersion_ppm > 0 && c->dispersion_ppm < TRUST_PPM, "dispersion"},
        {c->agreement_ppm >= c->dispersion_ppm && c->agreement_ppm < TRUST_PPM, "agreement"},
        {c->low_light_ppm < TRUST_PPM, "low_light"},
        {scale_holds(&c->peers), "peers"},
        {scale_holds(&c->weather), "weather"},
        {scale_holds(&c->feeder), "feeder"},
        {thresholds_hold(c), "thresholds"},
        {c->false_share_ppm > 0 && c->false_share_ppm <= TRUST_PPM, "false_share"},
        {c->impossible_ban >= 1 && c->impossible_ban <= 4, "impossible_ban"},
        {c->solar_offset_s % HOUR_S == 0 && c->solar_offset_s >= -DAY_S / 2 &&
             c->solar_offset_s <= DAY_S / 2,
         "solar_offset"},
        {c->grace_s < DAY_S, "grace"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!rules[i].holds) {
            *field = rules[i].field;
            return E_ARG;
        }
    }
    return E_OK;
}

void trust_engine_init(struct trust_engine *e, const struct trust_config *config,
                       struct trust_device *devices, int32_t *evidence, size_t cap)
{
    const char *field = NULL;
    ASSERT(trust_config_check(config, &field) == E_OK);
    ASSERT(cap <= UINT16_MAX);
    *e = (struct trust_engine){.config = *config,
                               .devices = devices,
                               .evidence = evidence,
                               .cap = cap,
                               .fleet_threshold = INT32_MAX};
    trust_detector_init(&e->feeder);
    for (size_t i = 0; i < cap; i++) {
        devices[i].rated_w = 0;
    }
}

static void forget_open(struct trust_device *d, unsigned parity)
{
    for (unsigned hour = 0; hour < TRUST_HOURS; hour++) {
        d->open_mwh[parity][hour] = 0;
        d->open_s[parity][hour] = 0;
        d->expected[parity][hour] = TRUST_UNKNOWN;
    }
}

static void forget_history(struct trust_device *d)
{
    for (unsigned day = 0; day < TRUST_HISTORY_DAYS; day++) {
        for (unsigned hour = 0; hour < TRUST_HOURS; hour++) {
            d->hours[day][hour] = TRUST_UNKNOWN;
        }
    }
    forget_open(d, 0);
    forget_open(d, 1);
}

void trust_engine_add(struct trust_engine *e, size_t device, uint32_t rated_w)
{
    ASSERT(device < e->cap && rated_w > 0);
    struct trust_device *d = &e->devices[device];
    ASSERT(d->rated_w == 0);
    *d = (struct trust_device){.rated_w = rated_w, .first_day = INT32_MAX};
    forget_history(d);
    trust_judge_reset(d, 0);
}

void trust_engine_remove(struct trust_engine *e, size_t device)
{
    ASSERT(device < e->cap);
    struct trust_device *d = &e->devices[device];
    e->n_news -= d->news != 0;
    d->news = 0;
    d->rated_w = 0;
    /* Its place may be taken by another device, which is nobody's peer yet. */
    for (size_t i = 0; i < e->cap; i++) {
        struct trust_device *other = &e->devices[i];
        for (unsigned p = 0; other->rated_w != 0 && p < other->n_peers; p++) {
            for (unsigned b = 0; b < TRUST_BLOCKS_MAX && other->peers[p] == device; b++) {
                other->ratios[b][p] = 0;
            }
        }
    }
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int32_t day_of(const struct trust_engine *e, int64_t unix_s)
{
    return (int32_t)floor_div(unix_s + e->config.solar_offset_s, DAY_S);
}

/* The mean power of an hour as a share of the rated power, from an energy in so many seconds. */
static uint16_t units_of(const struct trust_device *d, int64_t mwh, uint32_t span_s)
{
    int64_t units = 0;
    const int64_t rated_mws = (int64_t)d->rated_w * 1000 * span_s; /* mW s in the span */
    if (mwh <= 0 || fixed_mul_div(mwh, (int64_t)TRUST_UNITS * HOUR_S, rated_mws, &units) != E_OK) {
        return mwh <= 0 ? 0 : TRUST_UNKNOWN - 1;
    }
    return (uint16_t)fixed_clamp(units, 0, TRUST_UNKNOWN - 1);
}

int64_t trust_device_energy_mwh(const struct trust_device *d, uint64_t units)
{
    int64_t mwh = 0;
    ASSERT(units <= INT64_MAX);
    return fixed_mul_div((int64_t)units, (int64_t)d->rated_w * 1000, TRUST_UNITS, &mwh) == E_OK
               ? mwh
               : INT64_MAX;
}

static void close_hours(struct trust_engine *e, struct trust_device *d, int32_t day)
{
    const unsigned parity = (uint32_t)day & 1;
    uint16_t *row = d->hours[(uint32_t)day % TRUST_HISTORY_DAYS];
    (void)e;
    for (unsigned hour = 0; hour < TRUST_HOURS; hour++) {
        const uint16_t covered_s = d->open_s[parity][hour];
        const bool known = covered_s >= HOUR_KNOWN_S && covered_s <= HOUR_OVERFULL_S;
        row[hour] = known ? units_of(d, d->open_mwh[parity][hour], covered_s) : TRUST_UNKNOWN;
    }
}

static void close_day(struct trust_engine *e)
{
    const int32_t day = e->open_day;
    for (size_t i = 0; i < e->cap; i++) {
        if (e->devices[i].rated_w != 0) {
            close_hours(e, &e->devices[i], day);
        }
    }
    e->open_day = day + 1;
    trust_judge_day(e, day);
    for (size_t i = 0; i < e->cap; i++) {
        struct trust_device *d = &e->devices[i];
        if (d->rated_w != 0) {
            forget_open(d, (uint32_t)day & 1);
        }
    }
    e->feeder_mwh[(uint32_t)day & 1] = 0;
    e->feeder_s[(uint32_t)day & 1] = 0;
}

/* A site that was off for long forgets what it compared hour by hour, not its judgements. */
static void skip_days(struct trust_engine *e, int32_t to_day)
{
    ASSERT(to_day > e->open_day);
    for (size_t i = 0; i < e->cap; i++) {
        if (e->devices[i].rated_w != 0) {
            forget_history(&e->devices[i]);
        }
    }
    e->open_day = to_day;
}

void trust_engine_tick(struct trust_engine *e, int64_t now_unix_s)
{
    if (!e->started) {
        e->started = true;
        e->now_s = now_unix_s;
        e->open_day = day_of(e, now_unix_s) - 1;
    }
    if (now_unix_s <= e->now_s) {
        return;
    }
    e->now_s = now_unix_s;
    const int32_t closing = day_of(e, now_unix_s - e->config.grace_s);
    if (closing - e->open_day > CATCH_UP_DAYS) {
        skip_days(e, closing - 1);
    }
    while (e->open_day < closing) {
        close_day(e);
    }
}

/* Puts the part of an interval that lies in each hour there; no energy is lost to rounding. */
static void spread(struct trust_engine *e, struct trust_device *d, const struct trust_interval *in)
{
    int64_t at = in->end_unix_s - in->span_s + e->config.solar_offset_s;
    int64_t left_s = in->span_s;
    int64_t left_mwh = in->energy_mwh;
    while (left_s > 0) {
        const int64_t hour = floor_div(at, HOUR_S);
        const int64_t room_s = (hour + 1) * HOUR_S - at;
        const int64_t part_s = room_s < left_s ? room_s : left_s;
        int64_t part_mwh = left_mwh;
        if (part_s < left_s && fixed_mul_div(left_mwh, part_s, left_s, &part_mwh) != E_OK) {
            part_mwh = 0;
        }
        const int64_t day = floor_div(hour, TRUST_HOURS);
        const unsigned of_day = (unsigned)(hour - day * TRUST_HOURS);
        if (day >= e->open_day && day <= e->open_day + 1) {
            uint16_t *covered_s = &d->open_s[(uint32_t)day & 1][of_day];
            int64_t *mwh = &d->open_mwh[(uint32_t)day & 1][of_day];
            *mwh = fixed_add_saturate(*mwh, part_mwh);
            *covered_s =
                (uint16_t)(*covered_s + part_s > UINT16_MAX ? UINT16_MAX : *covered_s + part_s);
        }
        at += part_s;
        left_s -= part_s;
        left_mwh -= part_mwh;
    }
}

/* How far above the mean of an interval the light at a cloud's edge may be, in percent. */
static int64_t enhancement_pct(uint32_t span_s)
{
    return span_s >= 900 ? 110 : span_s >= 60 ? 125 : 150;
}

static int64_t energy_of(int64_t power_mw, uint32_t span_s)
{
    int64_t mwh = 0;
    return fixed_mul_div(power_mw, span_s, HOUR_S, &mwh) == E_OK ? mwh : INT64_MAX;
}

/* What is impossible, and the energy of which it is said. */
struct finding {
    enum trust_impossible what;
    int64_t energy_mwh;
    int64_t limit_mwh;
};

/* Energy against the integral of power over about an hour: one reading alone sees clouds. */
static struct finding compare_power(struct trust_device *d, const struct trust_interval *in)
{
    struct finding finding = {.what = TRUST_POSSIBLE};
    if (!in->has_power || in->span_s > 60) {
        return finding;
    }
    d->power_s += in->span_s;
    d->power_mws = fixed_add_saturate(d->power_mws, in->power_mw * (int64_t)in->span_s);
    d->power_energy_mwh = fixed_add_saturate(d->power_energy_mwh, in->energy_mwh);
    if (d->power_s < POWER_WINDOW_S) {
        return finding;
    }
    const int64_t by_power = d->power_mws / HOUR_S;
    const int64_t energy = d->power_energy_mwh;
    d->power_s = 0;
    d->power_mws = 0;
    d->power_energy_mwh = 0;
    finding.energy_mwh = energy;
    finding.limit_mwh = by_power + by_power / 10 + POWER_SLACK_MWH;
    if (energy > finding.limit_mwh || by_power > energy + energy / 10 + POWER_SLACK_MWH) {
        finding.what = TRUST_POWER_ENERGY;
    }
    return finding;
}

/* What the sun allows in an interval. A tenth of the rated power is left for bright clouds and the
 * model's own error. */
static int64_t sun_limit_mwh(const struct trust_device *d, const struct trust_interval *in)
{
    const int64_t rated_mw = (int64_t)d->rated_w * 1000;
    const int64_t enhanced = enhancement_pct(in->span_s);
    return in->night
               ? energy_of(rated_mw / 1000, in->span_s) + NIGHT_SLACK_MWH * in->span_s / HOUR_S
               : energy_of(in->clear_sky_mw / 100 * enhanced + rated_mw / 10, in->span_s);
}

static struct finding judge_sun(bool night, int64_t energy_mwh, int64_t limit_mwh)
{
    const enum trust_impossible what = night ? TRUST_AT_NIGHT : TRUST_ABOVE_CLEAR_SKY;
    return (struct finding){energy_mwh > limit_mwh + 1 ? what : TRUST_POSSIBLE, energy_mwh,
                            limit_mwh + 1};
}

/* Short readings are summed over the hour of the clock: the bright edge of a cloud, or a dawn that
 * comes before a clock's, prove nothing; the energy of an hour does. */
static struct finding compare_sun(struct trust_device *d, const struct trust_interval *in)
{
    struct finding finding = {.what = TRUST_POSSIBLE};
    if (!in->has_sky) {
        return finding;
    }
    if (in->span_s >= LONG_READING_S) {
        return judge_sun(in->night, in->energy_mwh, sun_limit_mwh(d, in));
    }
    const int64_t hour = (in->end_unix_s - 1) / HOUR_S;
    if (hour != d->sun_hour) {
        if (d->sun_s >= HOUR_S / 2) {
            finding = judge_sun(d->sun_night, d->sun_mwh, d->sun_limit_mwh);
        }
        d->sun_hour = hour;
        d->sun_s = 0;
        d->sun_night = true;
        d->sun_mwh = 0;
        d->sun_limit_mwh = 0;
    }
    d->sun_s += in->span_s;
    d->sun_night = d->sun_night && in->night;
    d->sun_mwh = fixed_add_saturate(d->sun_mwh, in->energy_mwh);
    d->sun_limit_mwh = fixed_add_saturate(d->sun_limit_mwh, sun_limit_mwh(d, in));
    return finding;
}

static struct finding look(struct trust_device *d, const struct trust_interval *in)
{
    struct finding finding = {TRUST_COUNTER_BACK, in->energy_mwh, 0};
    if (in->energy_mwh < 0) {
        return finding;
    }
    const struct finding by_sun = compare_sun(d, in);
    const int64_t rated_mw = (int64_t)d->rated_w * 1000;
    finding.limit_mwh = energy_of(rated_mw / 100 * enhancement_pct(in->span_s), in->span_s) + 1;
    if (in->energy_mwh > finding.limit_mwh) {
        finding.what = TRUST_ABOVE_RATED;
        return finding;
    }
    if (by_sun.what != TRUST_POSSIBLE) {
        return by_sun;
    }
    return compare_power(d, in);
}

int trust_engine_interval(struct trust_engine *e, size_t device,
                          const struct trust_interval *interval)
{
    ASSERT(device < e->cap && e->devices[device].rated_w != 0);
    struct trust_device *d = &e->devices[device];
    const int64_t furthest_s = 253402300800; /* the year 10000 */
    if (interval->span_s == 0 || interval->span_s > HOUR_S || interval->end_unix_s < 0 ||
        interval->end_unix_s > furthest_s) {
        return E_ARG;
    }
    if (!e->started) {
        trust_engine_tick(e, interval->end_unix_s);
    }
    const int32_t day = day_of(e, interval->end_unix_s - 1);
    if (day > e->open_day + 1) {
        return E_ARG;
    }
    if (day < e->open_day) {
        d->n_late++;
        return E_STATE;
    }
    if (d->first_day == INT32_MAX) {
        d->first_day = day + 1; /* the first whole day */
    }
    const struct finding finding = look(d, interval);
    if (finding.what != TRUST_POSSIBLE) {
        d->impossible = finding.what;
        d->impossible_mwh = finding.energy_mwh;
        d->impossible_limit_mwh = finding.limit_mwh;
        trust_judge_impossible(e, device, interval->end_unix_s);
    }
    spread(e, d, interval);
    return E_OK;
}

int trust_engine_expect(struct trust_engine *e, size_t device, int64_t hour_unix_s,
                        int64_t power_mw)
{
    ASSERT(device < e->cap && e->devices[device].rated_w != 0);
    struct trust_device *d = &e->devices[device];
    const int64_t hour = floor_div(hour_unix_s + e->config.solar_offset_s, HOUR_S);
    const int64_t day = floor_div(hour, TRUST_HOURS);
    if (!e->started || day < e->open_day || day > e->open_day + 1) {
        return E_STATE;
    }
    d->expected[(uint32_t)day & 1][hour - day * TRUST_HOURS] = units_of(d, power_mw, HOUR_S);
    return E_OK;
}

int trust_engine_feeder(struct trust_engine *e, int64_t end_unix_s, uint32_t span_s,
                        int64_t energy_mwh)
{
    const int32_t day = day_of(e, end_unix_s - 1);
    if (!e->started || day < e->open_day || day > e->open_day + 1) {
        return E_STATE;
    }
    if (energy_mwh < 0 || span_s == 0 || span_s > HOUR_S) {
        return E_ARG;
    }
    e->feeder_mwh[(uint32_t)day & 1] += (uint64_t)energy_mwh;
    e->feeder_s[(uint32_t)day & 1] += span_s;
    return E_OK;
}

int trust_engine_unban(struct trust_engine *e, size_t device)
{
    ASSERT(device < e->cap && e->devices[device].rated_w != 0);
    struct trust_device *d = &e->devices[device];
    if (d->action == TRUST_NONE) {
        return E_STATE;
    }
    trust_judge_act(e, device, TRUST_NONE, e->now_s);
    trust_judge_reset(d, e->open_day);
    return E_OK;
}

int trust_engine_ban(struct trust_engine *e, size_t device)
{
    ASSERT(device < e->cap && e->devices[device].rated_w != 0);
    if (e->devices[device].action == TRUST_BAN) {
        return E_STATE;
    }
    trust_judge_act(e, device, TRUST_BAN, e->now_s);
    return E_OK;
}
