/* SPDX-License-Identifier: MIT
 * From blocks to e-values, from e-values to actions.
 */
#include "judge.h"

#include "base/assert.h"
#include "base/fixed.h"
#include "peers.h"
#include "trust/fleet_control.h"

enum {
    DAY_S = 86400,
    ROOF_OFF = 5,                 /* less than a fifth of what physics expects of it */
    WEATHER_DAYS_MIN = 20,        /* of the commissioning that the physical model must have seen */
    FORGET_PERMILLE = 995,        /* of the reputation, a block */
    FALL_LOG = 3 * TRUST_LOG_ONE, /* an action ends at an eighth of the e-value it begins at */
};

void trust_judge_tell(struct trust_engine *e, size_t device, uint8_t news, int64_t unix_s)
{
    struct trust_device *d = &e->devices[device];
    e->n_news += d->news == 0;
    d->news |= news;
    d->news_unix_s = unix_s;
    ASSERT(e->n_news <= e->cap);
}

void trust_judge_act(struct trust_engine *e, size_t device, enum trust_action action,
                     int64_t unix_s)
{
    struct trust_device *d = &e->devices[device];
    if (d->action != action) {
        d->action = action;
        trust_judge_tell(e, device, TRUST_NEWS_ACTION, unix_s);
    }
}

void trust_judge_reset(struct trust_device *d, int32_t day)
{
    for (unsigned test = 0; test < TRUST_TESTS; test++) {
        for (unsigned direction = 0; direction < TRUST_DIRECTIONS; direction++) {
            trust_detector_init(&d->detectors[test][direction]);
        }
        d->excursions[test] = (struct trust_excursion){.from_day = day};
    }
    d->n_impossible = 0;
    d->fault = false;
}

/* One impossible reading is watched: meters glitch. So many within a day prove fraud; where the
 * proof rests on the sun, which a wrong clock moves, they only quarantine. */
void trust_judge_impossible(struct trust_engine *e, size_t device, int64_t unix_s)
{
    struct trust_device *d = &e->devices[device];
    d->impossible_unix_s[d->n_impossible % 4] = unix_s;
    d->n_impossible++;
    const unsigned needed = e->config.impossible_ban;
    const bool proof = d->n_impossible >= needed &&
                       unix_s - d->impossible_unix_s[(d->n_impossible - needed) % 4] < DAY_S;
    const bool by_sun = d->impossible == TRUST_ABOVE_CLEAR_SKY || d->impossible == TRUST_AT_NIGHT;
    const enum trust_action proven = by_sun ? TRUST_QUARANTINE : TRUST_BAN;
    const enum trust_action action = proof ? proven : TRUST_WATCH;
    if (d->action < action) {
        d->layer = TRUST_L0_IMPOSSIBLE;
        trust_judge_act(e, device, action, unix_s);
    }
}

/* The physical model's ratio to the device, from its commissioning. */
static struct trust_block predict_by_weather(const struct trust_engine *e, struct trust_device *d,
                                             int32_t day, unsigned block)
{
    const struct trust_hours hours = trust_block_hours(&e->config, block);
    const uint16_t *expected = d->expected[(uint32_t)day & 1];
    struct trust_block result = {.gate = TRUST_BLOCK_MISSING};
    uint32_t mask = 0;
    uint64_t model = 0;
    for (unsigned hour = hours.from; hour < hours.to; hour++) {
        mask |= (uint32_t)(expected[hour] != TRUST_UNKNOWN) << hour;
    }
    const uint32_t wanted = mask;
    result.reported = trust_block_sum(d, day, hours, &mask);
    unsigned n = 0;
    for (unsigned hour = hours.from; hour < hours.to; hour++) {
        if ((mask >> hour & 1) != 0) {
            model += expected[hour];
            n++;
        }
    }
    if (n * 2 < hours.to - hours.from || wanted == 0) {
        return result;
    }
    if (d->weather_days < TRUST_COMMISSION_DAYS && (uint64_t)result.reported * ROOF_OFF < model) {
        return result; /* a roof that is not switched on yet says nothing about what it yields */
    }
    if (!d->armed && d->weather_days < TRUST_COMMISSION_DAYS) {
        d->weather_own[block] += result.reported;
        d->weather_model[block] += model;
    }
    if (d->weather_days < WEATHER_DAYS_MIN || d->weather_model[block] == 0) {
        result.gate = TRUST_BLOCK_UNARMED;
        return result;
    }
    const uint64_t predicted = model * d->weather_own[block] / d->weather_model[block];
    const uint64_t usual = d->weather_own[block] / d->weather_days;
    result.predicted = predicted > UINT32_MAX ? UINT32_MAX : (uint32_t)predicted;
    const bool dark = predicted * TRUST_PPM < usual * e->config.low_light_ppm || predicted == 0;
    result.gate = dark ? TRUST_BLOCK_DARK : TRUST_BLOCK_JUDGED;
    return result;
}

static int64_t ratio_ppm(const struct trust_block *b)
{
    ASSERT(b->predicted > 0);
    return (int64_t)((uint64_t)b->reported * TRUST_PPM / b->predicted);
}

/* Weather that contradicts most of the fleet in the same direction says something about the
 * weather service, not about the devices. */
static bool weather_contradicts(const struct trust_engine *e, unsigned block)
{
    size_t n = 0;
    size_t over = 0;
    for (size_t i = 0; i < e->cap; i++) {
        const struct trust_device *d = &e->devices[i];
        const struct trust_block *b = &d->blocks[TRUST_BY_WEATHER][block];
        if (d->rated_w != 0 && b->gate == TRUST_BLOCK_JUDGED) {
            n++;
            over += ratio_ppm(b) > TRUST_PPM + e->config.weather.scale_ppm;
        }
    }
    return n >= 3 && over * 2 > n;
}

static void count_reputation(struct trust_device *d, bool good)
{
    d->reputation_good = (uint32_t)((uint64_t)d->reputation_good * FORGET_PERMILLE / 1000);
    d->reputation_bad = (uint32_t)((uint64_t)d->reputation_bad * FORGET_PERMILLE / 1000);
    d->reputation_good += good ? 1000 : 0;
    d->reputation_bad += good ? 0 : 1000;
}

static void bet(struct trust_engine *e, struct trust_device *d, int test, unsigned block)
{
    const struct trust_block *b = &d->blocks[test][block];
    const struct trust_scale *scale =
        test == TRUST_BY_PEERS ? &e->config.peers : &e->config.weather;
    if (b->gate != TRUST_BLOCK_JUDGED) {
        return;
    }
    const int64_t ratio = ratio_ppm(b);
    struct trust_detector *over = &d->detectors[test][TRUST_OVER];
    struct trust_detector *under = &d->detectors[test][TRUST_UNDER];
    struct trust_excursion *x = &d->excursions[test];
    if (trust_detector_value(over) == 0) {
        *x = (struct trust_excursion){.from_day = e->open_day - 1};
    }
    trust_detector_update(over, trust_detector_outcome(scale, ratio, true));
    trust_detector_update(under, trust_detector_outcome(scale, ratio, false));
    x->n_blocks++;
    x->reported += b->reported;
    x->predicted += b->predicted;
    if (test == TRUST_BY_PEERS || !d->armed) {
        /* A weather's single day says little: only what counts fully is held against anyone. */
        const int32_t excused = test == TRUST_BY_WEATHER ? scale->scale_ppm : 0;
        count_reputation(d, ratio <= TRUST_PPM + scale->tolerated_ppm + excused);
    }
}

/* The action that an e-value asks for; what is in force ends later than it began. */
static enum trust_action wanted(const struct trust_config *c, int32_t log_e,
                                enum trust_action in_force)
{
    const uint64_t from[TRUST_ACTION_COUNT] = {1, c->watch, c->settle, c->quarantine, c->ban};
    enum trust_action action = TRUST_NONE;
    for (int a = TRUST_WATCH; a < TRUST_ACTION_COUNT; a++) {
        const int32_t begin = trust_log2_of(from[a]);
        const int32_t needed = (int)in_force >= a ? begin - FALL_LOG : begin;
        action = log_e >= needed ? (enum trust_action)a : action;
    }
    return action;
}

/* What one test asks for. What e-BH does not allow is watched; weather alone, which others can
 * forge, never bans; and where there are neighbours, who agree ten times better, it only watches:
 * a model of a roof is off by more than the tolerated bias from one season to another. */
static enum trust_action asked_by(const struct trust_engine *e, const struct trust_device *d,
                                  int test)
{
    const struct trust_detector *over = &d->detectors[test][TRUST_OVER];
    const enum trust_action most = test == TRUST_BY_PEERS ? TRUST_BAN
                                   : d->armed             ? TRUST_WATCH
                                                          : TRUST_QUARANTINE;
    enum trust_action a = wanted(&e->config, trust_detector_value(over), d->action);
    if (a > d->action && a > TRUST_WATCH && trust_detector_value(over) < e->fleet_threshold) {
        a = d->action > TRUST_WATCH ? d->action : TRUST_WATCH;
    }
    return a > most ? most : a;
}

/* An impossible reading holds for a week. */
static bool is_held(const struct trust_device *d, int64_t unix_s)
{
    const int64_t last = d->impossible_unix_s[(d->n_impossible + 3) % 4];
    return d->n_impossible > 0 && unix_s - last < 7 * DAY_S;
}

static void decide(struct trust_engine *e, size_t device, int64_t unix_s)
{
    struct trust_device *d = &e->devices[device];
    const enum trust_action by_peers = asked_by(e, d, TRUST_BY_PEERS);
    const enum trust_action by_weather = asked_by(e, d, TRUST_BY_WEATHER);
    const enum trust_action action = by_peers >= by_weather ? by_peers : by_weather;
    if (d->action == TRUST_BAN || (action < d->action && is_held(d, unix_s))) {
        return;
    }
    if (action > TRUST_NONE) {
        d->layer = by_peers >= by_weather ? TRUST_L1_NEIGHBOURS : TRUST_L2_WEATHER;
    }
    trust_judge_act(e, device, action, unix_s);
}

static void notice_fault(struct trust_engine *e, size_t device, int64_t unix_s)
{
    struct trust_device *d = &e->devices[device];
    const int32_t log_e = trust_device_shortfall(d);
    const bool fault = log_e >= trust_log2_of(e->config.settle) - (d->fault ? FALL_LOG : 0);
    if (fault && !d->fault) {
        trust_judge_tell(e, device, TRUST_NEWS_FAULT, unix_s);
    }
    d->fault = fault;
}

/* A device whose energy is not known would make the others' sum look like a lie, or hide one. */
static bool nobody_is_missing(const struct trust_engine *e, int32_t day)
{
    for (size_t i = 0; i < e->cap; i++) {
        const struct trust_device *d = &e->devices[i];
        const uint16_t *hours = d->hours[(uint32_t)day % TRUST_HISTORY_DAYS];
        for (unsigned hour = 0; d->rated_w != 0 && hour < TRUST_HOURS; hour++) {
            if (hours[hour] == TRUST_UNKNOWN) {
                return false;
            }
        }
    }
    return true;
}

static void judge_feeder(struct trust_engine *e, int32_t day)
{
    const uint32_t covered_s = e->feeder_s[(uint32_t)day & 1];
    const uint64_t measured = e->feeder_mwh[(uint32_t)day & 1];
    if (covered_s < DAY_S * 95 / 100 || measured == 0 || !nobody_is_missing(e, day)) {
        return;
    }
    int64_t reported = 0;
    for (size_t i = 0; i < e->cap; i++) {
        for (unsigned hour = 0; e->devices[i].rated_w != 0 && hour < TRUST_HOURS; hour++) {
            reported =
                fixed_add_saturate(reported, e->devices[i].open_mwh[(uint32_t)day & 1][hour]);
        }
    }
    int64_t ratio = 0;
    if (fixed_mul_div(reported, TRUST_PPM, (int64_t)measured, &ratio) == E_OK) {
        e->feeder_excess_mwh = reported - (int64_t)measured;
        trust_detector_update(&e->feeder, trust_detector_outcome(&e->config.feeder, ratio, true));
    }
}

static void compare(struct trust_engine *e, int32_t day)
{
    for (size_t i = 0; i < e->cap; i++) {
        struct trust_device *d = &e->devices[i];
        bool weather = false;
        for (unsigned b = 0; d->rated_w != 0 && b < e->config.n_blocks; b++) {
            d->blocks[TRUST_BY_PEERS][b] = trust_peers_predict(e, i, day, b);
            d->blocks[TRUST_BY_WEATHER][b] = predict_by_weather(e, d, day, b);
            weather = weather || d->blocks[TRUST_BY_WEATHER][b].gate != TRUST_BLOCK_MISSING;
        }
        d->weather_days += weather;
    }
}

static void bet_all(struct trust_engine *e)
{
    for (unsigned b = 0; b < e->config.n_blocks; b++) {
        const bool spoof = weather_contradicts(e, b);
        for (size_t i = 0; i < e->cap; i++) {
            struct trust_device *d = &e->devices[i];
            if (d->rated_w == 0) {
                continue;
            }
            if (spoof && d->blocks[TRUST_BY_WEATHER][b].gate == TRUST_BLOCK_JUDGED) {
                d->blocks[TRUST_BY_WEATHER][b].gate = TRUST_BLOCK_FLEET;
            }
            bet(e, d, TRUST_BY_PEERS, b);
            bet(e, d, TRUST_BY_WEATHER, b);
        }
    }
}

static void arm(struct trust_engine *e, size_t device, int64_t unix_s)
{
    struct trust_device *d = &e->devices[device];
    trust_peers_arm(e, device);
    if (d->armed) {
        trust_judge_tell(e, device, TRUST_NEWS_ARMED, unix_s);
        d->inspect = d->yield_ppm > e->config.inspect_ppm;
        if (d->inspect) {
            trust_judge_tell(e, device, TRUST_NEWS_INSPECT, unix_s);
        }
    }
}

void trust_judge_day(struct trust_engine *e, int32_t day)
{
    const int64_t unix_s =
        (int64_t)(day + 1) * DAY_S - e->config.solar_offset_s + e->config.grace_s;
    for (size_t i = 0; i < e->cap; i++) {
        struct trust_device *d = &e->devices[i];
        d->excluded = d->rated_w != 0 && d->action >= TRUST_QUARANTINE;
    }
    compare(e, day);
    bet_all(e);
    judge_feeder(e, day);
    size_t n = 0;
    for (size_t i = 0; i < e->cap; i++) {
        const struct trust_device *d = &e->devices[i];
        if (d->rated_w != 0) {
            e->evidence[n++] = trust_device_evidence(d);
        }
    }
    e->fleet_threshold = trust_fleet_threshold(e->evidence, n, e->config.false_share_ppm);
    for (size_t i = 0; i < e->cap; i++) {
        if (e->devices[i].rated_w != 0) {
            decide(e, i, unix_s);
            notice_fault(e, i, unix_s);
            if (!e->devices[i].armed) {
                arm(e, i, unix_s);
            }
        }
    }
}

static int32_t larger(const struct trust_device *d, int direction)
{
    const int32_t a = trust_detector_value(&d->detectors[TRUST_BY_PEERS][direction]);
    const int32_t b = trust_detector_value(&d->detectors[TRUST_BY_WEATHER][direction]);
    return a > b ? a : b;
}

int32_t trust_device_evidence(const struct trust_device *d)
{
    return larger(d, TRUST_OVER);
}

int32_t trust_device_shortfall(const struct trust_device *d)
{
    return larger(d, TRUST_UNDER);
}

uint32_t trust_device_reputation(const struct trust_device *d)
{
    /* Beta(1, 1) before the first block */
    const uint64_t all = (uint64_t)d->reputation_good + d->reputation_bad + 2000;
    return (uint32_t)(((uint64_t)d->reputation_good + 1000) * 1000 / all);
}

int64_t trust_engine_credit(const struct trust_engine *e, size_t device, int64_t reported_mwh)
{
    ASSERT(device < e->cap && e->devices[device].rated_w != 0);
    const struct trust_device *d = &e->devices[device];
    if (d->action >= TRUST_QUARANTINE) {
        return 0;
    }
    if (d->action < TRUST_SETTLE || reported_mwh <= 0) {
        return reported_mwh;
    }
    const int test = d->layer == TRUST_L2_WEATHER ? TRUST_BY_WEATHER : TRUST_BY_PEERS;
    uint64_t predicted = 0;
    for (unsigned b = 0; b < e->config.n_blocks; b++) {
        predicted += d->blocks[test][b].predicted;
    }
    const struct trust_scale *scale =
        test == TRUST_BY_PEERS ? &e->config.peers : &e->config.weather;
    int64_t most = 0;
    if (fixed_mul_div(trust_device_energy_mwh(d, predicted), TRUST_PPM + scale->tolerated_ppm,
                      TRUST_PPM, &most) != E_OK) {
        return 0;
    }
    return reported_mwh < most ? reported_mwh : most;
}

static void fill_action(const struct trust_engine *e, struct trust_device *d,
                        struct trust_event *event)
{
    const int test = d->layer == TRUST_L2_WEATHER ? TRUST_BY_WEATHER : TRUST_BY_PEERS;
    const struct trust_detector *over = &d->detectors[test][TRUST_OVER];
    event->before = d->announced;
    event->action = d->action;
    event->layer = d->layer;
    event->log2_e = trust_detector_value(over);
    event->log2_lifetime = trust_detector_lifetime(over);
    event->log2_fleet = e->fleet_threshold;
    event->excursion = d->excursions[test];
    event->reported_mwh = trust_device_energy_mwh(d, event->excursion.reported);
    event->predicted_mwh = trust_device_energy_mwh(d, event->excursion.predicted);
    event->impossible = d->layer == TRUST_L0_IMPOSSIBLE ? d->impossible : TRUST_POSSIBLE;
    event->impossible_mwh = d->impossible_mwh;
    event->impossible_limit_mwh = d->impossible_limit_mwh;
    d->announced = d->action;
}

static void take_news(const struct trust_engine *e, size_t device, struct trust_event *event)
{
    static const struct {
        uint8_t news;
        enum trust_event_kind kind;
    } order[] = {{TRUST_NEWS_ARMED, TRUST_EVENT_ARMED},
                 {TRUST_NEWS_INSPECT, TRUST_EVENT_INSPECT},
                 {TRUST_NEWS_ACTION, TRUST_EVENT_ACTION},
                 {TRUST_NEWS_FAULT, TRUST_EVENT_FAULT}};
    struct trust_device *d = &e->devices[device];
    unsigned i = 0;
    while ((d->news & order[i].news) == 0) {
        i++;
        ASSERT(i < sizeof order / sizeof order[0]);
    }
    d->news &= (uint8_t)~order[i].news;
    *event = (struct trust_event){.kind = order[i].kind,
                                  .device = device,
                                  .unix_s = d->news_unix_s,
                                  .before = d->action,
                                  .action = d->action,
                                  .n_peers = d->n_peers,
                                  .yield_ppm = d->yield_ppm};
    if (event->kind == TRUST_EVENT_ACTION) {
        fill_action(e, d, event);
    } else if (event->kind == TRUST_EVENT_FAULT) {
        event->log2_e = trust_device_shortfall(d);
    }
}

bool trust_engine_event(struct trust_engine *e, struct trust_event *event)
{
    if (e->n_news == 0) {
        return false;
    }
    for (size_t i = 0; i < e->cap; i++, e->news_cursor++) {
        const size_t at = e->news_cursor % e->cap;
        struct trust_device *d = &e->devices[at];
        if (d->rated_w != 0 && d->news != 0) {
            e->news_cursor = at;
            take_news(e, at, event);
            e->n_news -= d->news == 0;
            return true;
        }
    }
    ASSERT(e->n_news == 0);
    return false;
}
