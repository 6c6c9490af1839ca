/* SPDX-License-Identifier: MIT */
#include "weather/cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void weather_cells_free(struct weather_cells *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->cells[i]);
    }
    c->n = 0;
}

int weather_cells_find(struct weather_cells *c, struct trust_weather_cell where)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->cells[i]->where.latitude_ddeg == where.latitude_ddeg &&
            c->cells[i]->where.longitude_ddeg == where.longitude_ddeg) {
            return (int)i;
        }
    }
    struct weather_cell *cell = c->n < WEATHER_CELLS_MAX ? calloc(1, sizeof *cell) : NULL;
    if (!cell) {
        return E_NOSPACE;
    }
    cell->where = where;
    for (size_t e = 0; e < WEATHER_ENDPOINTS; e++) {
        cell->series[e].points = cell->points[e];
        cell->series[e].cap = WEATHER_POINTS_CAP;
    }
    c->cells[c->n] = cell;
    return (int)c->n++;
}

static int64_t newest_end(const struct trust_weather_series *s)
{
    return s->n == 0 ? INT64_MIN : s->points[s->n - 1].end_unix_s;
}

/* The older half makes room; two days remain whatever the step. */
static void make_room(struct trust_weather_series *s)
{
    const size_t gone = s->cap / 4;
    ASSERT(s->n == s->cap);
    memmove(&s->points[0], &s->points[gone], (s->n - gone) * sizeof s->points[0]);
    s->n -= gone;
}

int weather_cells_take(struct weather_cells *c, size_t cell, const struct weather_taken *taken)
{
    ASSERT(cell < c->n && taken->point.global_mw_m2 != TRUST_WEATHER_UNKNOWN);
    struct weather_cell *place = c->cells[cell];
    struct trust_weather_series *s = &place->series[taken->endpoint];
    struct trust_weather_point point = taken->point;
    if (point.end_unix_s <= newest_end(s)) {
        return E_STATE;
    }
    if (s->n > 0 && s->step_s != taken->step_s) {
        s->n = 0; /* the service changed its step: points of both kinds cannot be mixed */
    }
    if (s->n == s->cap) {
        make_room(s);
    }
    const struct trust_weather_series *forecast = &place->series[TRUST_WEATHER_FORECAST];
    if (point.air_mc == TRUST_WEATHER_UNKNOWN && forecast->n > 0) {
        const struct trust_weather_point *same = trust_weather_at(forecast, point.end_unix_s);
        point.air_mc = same ? same->air_mc : TRUST_WEATHER_UNKNOWN;
    }
    s->step_s = taken->step_s;
    s->points[s->n++] = point;
    return E_OK;
}

size_t weather_cells_news(const struct weather_cells *c, size_t cell,
                          const struct weather_told *answer, struct weather_taken *out, size_t cap)
{
    ASSERT(cell < c->n);
    const struct trust_weather_series *s = answer->series;
    const bool is_forecast = answer->endpoint == TRUST_WEATHER_FORECAST;
    const int64_t newest = newest_end(&c->cells[cell]->series[answer->endpoint]);
    size_t n = 0;
    for (size_t i = 0; i < s->n && n < cap; i++) {
        const struct trust_weather_point *p = &s->points[i];
        const int64_t due = is_forecast ? p->end_unix_s - s->step_s : p->end_unix_s;
        if (p->end_unix_s > newest && due <= answer->now_unix_s &&
            p->global_mw_m2 != TRUST_WEATHER_UNKNOWN) {
            out[n++] = (struct weather_taken){.cell = c->cells[cell]->where,
                                              .endpoint = answer->endpoint,
                                              .step_s = s->step_s,
                                              .point = *p};
        }
    }
    return n;
}

bool weather_cells_hour_mw(const struct weather_cells *c, size_t cell,
                           const struct solar_roof *roof, int64_t hour_unix_s, int64_t *power_mw)
{
    ASSERT(cell < c->n);
    const struct trust_weather_series *s = c->cells[cell]->series;
    return weather_hour_mw(&s[TRUST_WEATHER_SATELLITE], roof, hour_unix_s, power_mw) ||
           weather_hour_mw(&s[TRUST_WEATHER_FORECAST], roof, hour_unix_s, power_mw);
}

bool weather_cells_seed_mw(const struct weather_cells *c, size_t cell, uint32_t rated_w,
                           int64_t unix_s, int64_t *power_mw)
{
    ASSERT(cell < c->n);
    return weather_seed_mw(&c->cells[cell]->series[TRUST_WEATHER_FORECAST], rated_w, unix_s,
                           power_mw);
}
