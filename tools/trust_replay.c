/* SPDX-License-Identifier: MIT
 * Histories under the sequential test.
 */
#include "trust_replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "trust/engine.h"
#include "trust/explain.h"
#include "trust_line.h"
#include "weather/model.h"

enum { CACHED_SKIES = 64 };

/* The sky of one place in one interval: many devices ask for the same. */
struct sky {
    double latitude_deg, longitude_deg;
    int64_t end_unix_s;
    uint32_t span_s;
    bool night;
    double most_w; /* for 1 W of rated power */
};

struct te2 {
    const struct trust_replay *replay;
    struct trust_engine engine;
    struct trust_device *devices;
    int32_t *evidence;
    int64_t *expected_hours; /* of each device, the last one that was told */
    struct sky skies[CACHED_SKIES];
    uint64_t n_decisions;
    int64_t found_unix_s[TRUST_ACTION_COUNT]; /* of the theft; 0 is never */
    int64_t stolen_mwh;                       /* by the theft until settle-at-expected */
    struct trust_line line;
};

static struct solar_roof roof_of(const struct trust_input_device *d)
{
    const struct weather_place place = {.known = true,
                                        .latitude_udeg = (int32_t)lround(d->latitude_deg * 1e6),
                                        .longitude_udeg = (int32_t)lround(d->longitude_deg * 1e6),
                                        .has_plane = d->has_angles,
                                        .tilt_mdeg = (int32_t)lround(d->tilt_deg * 1e3),
                                        .azimuth_mdeg = (int32_t)lround(d->azimuth_deg * 1e3)};
    return weather_roof_of(&place, 1);
}

static bool same_sky(const struct sky *s, const struct trust_input_device *d,
                     const struct trust_input_reading *r)
{
    const bool same_place = fabs(s->latitude_deg - d->latitude_deg) < 1e-9 &&
                            fabs(s->longitude_deg - d->longitude_deg) < 1e-9;
    return same_place && s->end_unix_s == r->end_unix_s && s->span_s == r->span_s;
}

static const struct sky *sky_of(struct te2 *t, const struct trust_input_device *d,
                                const struct trust_input_reading *r)
{
    struct sky *s = &t->skies[r->device % CACHED_SKIES];
    for (size_t i = 0; i < CACHED_SKIES; i++) {
        if (same_sky(&t->skies[i], d, r)) {
            return &t->skies[i];
        }
    }
    struct solar_roof roof = roof_of(d);
    roof.has_plane = false; /* what is called impossible must not hang on an angle typed in */
    *s = (struct sky){.latitude_deg = d->latitude_deg,
                      .longitude_deg = d->longitude_deg,
                      .end_unix_s = r->end_unix_s,
                      .span_s = r->span_s,
                      .night = true};
    for (int third = 0; third <= 2; third++) {
        const double at = (double)r->end_unix_s - (double)r->span_s * third / 2.0;
        s->most_w = fmax(s->most_w, solar_roof_most_w(&roof, at));
        s->night = s->night && solar_roof_is_night(&roof, at);
    }
    return s;
}

static void print_event(struct te2 *t, const struct trust_event *event)
{
    char time[TRUST_TIME_CAP];
    struct json_writer *w = trust_line_begin(&t->line);
    json_field_string(w, "time", trust_line_time(event->unix_s, time));
    json_field_int(w, "unix_s", event->unix_s);
    json_field_string(w, "device", t->replay->input->devices[event->device].id);
    trust_explain_json(&t->engine.config, event, w);
    trust_line_end(&t->line);
}

static void take_events(struct te2 *t)
{
    const struct trust_theft *theft = &t->replay->theft;
    struct trust_event event;
    while (trust_engine_event(&t->engine, &event)) {
        print_event(t, &event);
        t->n_decisions++;
        if (!theft->wanted || event.device != theft->device || event.kind != TRUST_EVENT_ACTION ||
            event.unix_s < theft->from_unix_s) {
            continue;
        }
        for (int a = TRUST_WATCH; a <= (int)event.action; a++) {
            t->found_unix_s[a] = t->found_unix_s[a] == 0 ? event.unix_s : t->found_unix_s[a];
        }
    }
}

static int64_t reported_of(struct te2 *t, const struct trust_input_reading *r)
{
    const struct trust_theft *theft = &t->replay->theft;
    int64_t energy = r->energy_mwh;
    if (theft->wanted && r->device == theft->device && r->end_unix_s > theft->from_unix_s &&
        fixed_mul_div(energy, theft->factor_ppm, 1000000, &energy) == E_OK &&
        t->found_unix_s[TRUST_SETTLE] == 0) {
        t->stolen_mwh += energy - r->energy_mwh;
    }
    return energy;
}

/* Tells the engine what the weather expects of the hour a reading begins in, once an hour. */
static void tell_weather(struct te2 *t, const struct trust_input_reading *r)
{
    const struct trust_input_device *d = &t->replay->input->devices[r->device];
    const int64_t hour = (r->end_unix_s - r->span_s) / 3600 * 3600;
    int64_t power_mw = 0;
    if (t->replay->weather == NULL || !d->has_angles || t->expected_hours[r->device] == hour) {
        return;
    }
    t->expected_hours[r->device] = hour;
    struct solar_roof roof = roof_of(d);
    roof.rated_w = d->rated_w;
    if (weather_hour_mw(&t->replay->weather->series, &roof, hour, &power_mw) &&
        trust_engine_expect(&t->engine, r->device, hour, power_mw) != E_OK) {
        fprintf(stderr, "wattward: weather of a closed day was not used\n");
    }
}

static void take_reading(struct te2 *t, const struct trust_input_reading *r)
{
    const struct trust_input_device *d = &t->replay->input->devices[r->device];
    const struct sky *sky = sky_of(t, d, r);
    const struct trust_interval interval = {.end_unix_s = r->end_unix_s,
                                            .span_s = r->span_s,
                                            .energy_mwh = reported_of(t, r),
                                            .has_sky = true,
                                            .night = sky->night,
                                            .clear_sky_mw =
                                                (int64_t)(sky->most_w * d->rated_w * 1000.0)};
    trust_engine_tick(&t->engine, r->end_unix_s);
    take_events(t);
    tell_weather(t, r);
    const int result = trust_engine_interval(&t->engine, r->device, &interval);
    ASSERT(result == E_OK); /* they come in order */
    take_events(t);
}

static void summarise_device(struct te2 *t, size_t i)
{
    const struct trust_device *d = &t->devices[i];
    const struct trust_input_device *in = &t->replay->input->devices[i];
    struct trust_line *line = &t->line;
    struct json_writer *j = trust_line_begin(line);
    json_field_string(j, "summary_of", in->id);
    json_field_string(j, "action", trust_action_name(d->action));
    json_field_bool(j, "armed", d->armed);
    json_field_int(j, "peers", d->n_peers);
    json_key(j, "log10_e");
    json_put_decimal(j, trust_log10_milli(trust_device_evidence(d)), 3);
    json_key(j, "reputation");
    json_put_decimal(j, trust_device_reputation(d), 3);
    json_field_int(j, "readings", (int64_t)in->n_readings);
    json_field_int(j, "gaps", (int64_t)in->n_gaps);
    json_field_int(j, "gap_s", (int64_t)in->gap_s);
    trust_line_end(line);
}

/* Days from the beginning of the theft, to a tenth; null where it was not found. */
static void put_days(struct json_writer *w, const char *name, const struct te2 *t,
                     enum trust_action action)
{
    json_key(w, name);
    if (t->found_unix_s[action] == 0) {
        json_put_null(w);
    } else {
        json_put_decimal(w, (t->found_unix_s[action] - t->replay->theft.from_unix_s) * 10 / 86400,
                         1);
    }
}

static void put_theft(struct json_writer *w, const struct te2 *t)
{
    const struct trust_theft *theft = &t->replay->theft;
    json_key(w, "inject");
    json_begin_object(w);
    json_field_string(w, "device", t->replay->input->devices[theft->device].id);
    json_key(w, "factor");
    json_put_decimal(w, theft->factor_ppm, 6);
    json_field_int(w, "from_unix_s", theft->from_unix_s);
    json_field_bool(w, "armed", t->devices[theft->device].armed);
    put_days(w, "watch_after_days", t, TRUST_WATCH);
    put_days(w, "settle_after_days", t, TRUST_SETTLE);
    put_days(w, "quarantine_after_days", t, TRUST_QUARANTINE);
    put_days(w, "ban_after_days", t, TRUST_BAN);
    json_key(w, "earned_until_settle_wh");
    json_put_decimal(w, t->stolen_mwh, 3);
    json_end(w);
}

static void summarise(struct te2 *t, bool quiet)
{
    const struct trust_input *in = t->replay->input;
    size_t n_armed = 0;
    size_t n_at[TRUST_ACTION_COUNT] = {0};
    for (size_t i = 0; i < in->n_devices; i++) {
        summarise_device(t, i);
        n_armed += t->devices[i].armed;
        n_at[t->devices[i].action]++;
    }
    struct json_writer *w = trust_line_begin(&t->line);
    json_key(w, "summary");
    json_begin_object(w);
    json_field_string(w, "rule", "te2");
    json_field_int(w, "devices", (int64_t)in->n_devices);
    json_field_int(w, "armed", (int64_t)n_armed);
    json_field_int(w, "readings", (int64_t)in->n_readings);
    json_field_int(w, "refused_lines", (int64_t)in->n_refused);
    json_field_int(w, "decisions", (int64_t)t->n_decisions);
    json_field_int(w, "blocks_per_day", t->engine.config.n_blocks);
    for (int a = TRUST_WATCH; a < TRUST_ACTION_COUNT; a++) {
        json_field_int(w, trust_action_name((enum trust_action)a), (int64_t)n_at[a]);
    }
    if (t->replay->theft.wanted) {
        put_theft(w, t);
    }
    json_end(w);
    trust_line_end(&t->line);
    if (!quiet) {
        fprintf(stderr,
                "%zu devices, %zu of them armed; %zu readings judged, %" PRIu64
                " lines set aside; %" PRIu64 " decisions; at the end %zu watched, %zu settled at "
                "expected, %zu quarantined, %zu banned\n",
                in->n_devices, n_armed, in->n_readings, in->n_refused, t->n_decisions,
                n_at[TRUST_WATCH], n_at[TRUST_SETTLE], n_at[TRUST_QUARANTINE], n_at[TRUST_BAN]);
    }
}

void trust_replay_te2(const struct trust_replay *replay, bool quiet)
{
    const struct trust_input *in = replay->input;
    struct te2 *t = calloc(1, sizeof *t);
    struct trust_device *devices = calloc(in->n_devices, sizeof *devices);
    int32_t *evidence = calloc(in->n_devices, sizeof *evidence);
    int64_t *hours = calloc(in->n_devices, sizeof *hours);
    if (t == NULL || devices == NULL || evidence == NULL || hours == NULL) {
        fprintf(stderr, "wattward: out of memory\n");
        exit(COMMAND_FAILED);
    }
    struct trust_config config;
    trust_config_defaults(&config, (int32_t)(in->devices[0].longitude_deg * 1e6));
    config.n_blocks = replay->n_blocks;
    t->replay = replay;
    t->devices = devices;
    t->evidence = evidence;
    t->expected_hours = hours;
    trust_engine_init(&t->engine, &config, devices, evidence, in->n_devices);
    for (size_t i = 0; i < in->n_devices; i++) {
        trust_engine_add(&t->engine, i, in->devices[i].rated_w);
    }
    for (size_t i = 0; i < in->n_readings; i++) {
        take_reading(t, &in->readings[i]);
    }
    trust_engine_tick(&t->engine, in->readings[in->n_readings - 1].end_unix_s + config.grace_s);
    take_events(t);
    summarise(t, quiet);
    free(devices);
    free(evidence);
    free(hours);
    free(t);
}
