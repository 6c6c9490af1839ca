/* SPDX-License-Identifier: MIT
 * What weather lets one expect: points are stored before they judge, so that what is judged again
 * from the database meets the same weather in the same order.
 */
#include <string.h>

#include "base/assert.h"
#include "db/weather.h"
#include "posix/log.h"
#include "site/site.h"
#include "trust/place.h"

enum { HOUR_S = 3600 };

void trust_settle_place(struct trust_site *t, struct trust_place *p)
{
    p->where = p->device->place.known ? p->device->place : t->config.place;
    p->cell = -1;
    if (p->where.known) {
        p->cell = weather_cells_find(
            &t->weather, trust_weather_cell_of(p->where.latitude_udeg, p->where.longitude_udeg));
        if (p->cell < 0) {
            log_warn("there are more than %d places: %s is not compared with weather",
                     WEATHER_CELLS_MAX, p->device->id);
        }
    }
}

bool trust_seed_expects(const struct trust_site *t, const struct trust_place *p, int64_t unix_s,
                        int64_t *power_mw)
{
    if (t->config.has_weather && p->cell >= 0) {
        return weather_cells_seed_mw(&t->weather, (size_t)p->cell, p->device->peak_power_w, unix_s,
                                     power_mw);
    }
    const double longitude_deg =
        p->where.known ? p->where.longitude_udeg / 1e6 : t->config.site->utc_offset_min / 4.0;
    *power_mw = weather_seed_guess_mw(p->device->peak_power_w, longitude_deg, unix_s);
    return true;
}

static void expect_hour(struct trust_site *t, int cell, int64_t hour_unix_s)
{
    for (size_t i = 0; i < t->cap; i++) {
        const struct trust_place *p = &t->places[i];
        int64_t power_mw = 0;
        if (p->device == NULL || p->cell != cell || !p->where.has_plane) {
            continue;
        }
        const struct solar_roof roof = weather_roof_of(&p->where, p->device->peak_power_w);
        if (weather_cells_hour_mw(&t->weather, (size_t)cell, &roof, hour_unix_s, &power_mw) &&
            trust_engine_expect(&t->engine, i, hour_unix_s, power_mw) == E_OK) {
            t->counts.weather_hours++;
        }
    }
}

void trust_take_weather(struct trust_site *t, const struct weather_taken *taken,
                        int64_t taken_unix_ms)
{
    trust_advance(t, taken_unix_ms / 1000);
    const int cell = weather_cells_find(&t->weather, taken->cell);
    if (cell < 0 || weather_cells_take(&t->weather, (size_t)cell, taken) != E_OK) {
        return;
    }
    t->counts.weather_points++;
    if (taken->point.end_unix_s % HOUR_S == 0) {
        expect_hour(t, cell, taken->point.end_unix_s - HOUR_S);
    }
}

static int store(struct trust_site *t, const struct weather_taken *news, size_t n,
                 const uint8_t sha256[DB_ANSWER_DIGEST_LEN], int64_t now_unix_ms)
{
    struct db *db = t->config.site->db;
    struct db_weather row = {.taken_unix_ms = now_unix_ms};
    memcpy(row.answer_sha256, sha256, sizeof row.answer_sha256);
    int result = db_begin(db);
    if (result != E_OK) {
        return result;
    }
    for (size_t i = 0; i < n && result == E_OK; i++) {
        row.taken = news[i];
        result = db_weather_add(db, &row);
    }
    if (result == E_OK) {
        return db_commit(db);
    }
    db_rollback(db);
    return result;
}

int trust_site_weather(struct trust_site *t, const struct trust_weather_answer *answer,
                       int64_t now_unix_ms)
{
    static struct weather_taken news[WEATHER_POINTS_CAP]; /* one answer at a time */
    const int cell = weather_cells_find(&t->weather, answer->cell);
    if (cell < 0) {
        return E_NOSPACE;
    }
    const struct weather_told told = {
        .endpoint = answer->endpoint, .series = answer->series, .now_unix_s = now_unix_ms / 1000};
    const size_t n = weather_cells_news(&t->weather, (size_t)cell, &told, news, WEATHER_POINTS_CAP);
    if (n > 0 && store(t, news, n, answer->sha256, now_unix_ms) != E_OK) {
        log_warn("weather cannot be stored: %s", db_reason(t->config.site->db));
        return E_IO;
    }
    for (size_t i = 0; i < n; i++) {
        trust_take_weather(t, &news[i], now_unix_ms);
    }
    return (int)n;
}

int64_t trust_site_weather_until(const struct trust_site *t, struct trust_weather_cell cell,
                                 enum trust_weather_endpoint endpoint)
{
    for (size_t i = 0; i < t->weather.n; i++) {
        const struct weather_cell *c = t->weather.cells[i];
        if (memcmp(&c->where, &cell, sizeof cell) == 0) {
            const struct trust_weather_series *s = &c->series[endpoint];
            return s->n > 0 ? s->points[s->n - 1].end_unix_s : INT64_MIN;
        }
    }
    return INT64_MIN;
}
