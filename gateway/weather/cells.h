/* SPDX-License-Identifier: MIT
 * The weather that was taken, by grid cell: what judgement needs of it, a few days back. What is
 * taken stays as it is; a later answer only adds what is newer, so that judging again from what was
 * stored comes to the same.
 */
#ifndef WEATHER_CELLS_H
#define WEATHER_CELLS_H

#include "base/err.h"
#include "weather/model.h"

enum {
    WEATHER_CELLS_MAX = 64,
    WEATHER_POINTS_CAP = 512, /* of a cell and endpoint: three days of ten minutes */
    WEATHER_ENDPOINTS = 2
};

/* One point as it is taken and stored. */
struct weather_taken {
    struct trust_weather_cell cell;
    enum trust_weather_endpoint endpoint;
    uint32_t step_s;
    struct trust_weather_point point; /* its radiation is known */
};

struct weather_cell {
    struct trust_weather_cell where;
    struct trust_weather_series series[WEATHER_ENDPOINTS];
    struct trust_weather_point points[WEATHER_ENDPOINTS][WEATHER_POINTS_CAP];
};

struct weather_cells {
    struct weather_cell *cells[WEATHER_CELLS_MAX]; /* all private */
    size_t n;
};

void weather_cells_free(struct weather_cells *c);
/* The cell's number, made when it is new; E_NOSPACE when there are too many or no memory. */
int weather_cells_find(struct weather_cells *c, struct trust_weather_cell where);
/* Takes a point. E_STATE when that moment was taken before. A satellite's point without a
 * temperature borrows the forecast's. */
int weather_cells_take(struct weather_cells *c, size_t cell, const struct weather_taken *taken);

/* The points of an answer that are to be taken now: newer than what was, with known radiation, and
 * begun (forecast: the moment's own) or over (satellite: observed). Returns how many. */
struct weather_told {
    enum trust_weather_endpoint endpoint;
    const struct trust_weather_series *series;
    int64_t now_unix_s;
};
size_t weather_cells_news(const struct weather_cells *c, size_t cell,
                          const struct weather_told *answer, struct weather_taken *out, size_t cap);

/* As weather_hour_mw(), from the satellite where it saw the whole hour, else from the forecast. */
bool weather_cells_hour_mw(const struct weather_cells *c, size_t cell,
                           const struct solar_roof *roof, int64_t hour_unix_s, int64_t *power_mw);
/* As weather_seed_mw(), from the forecast. */
bool weather_cells_seed_mw(const struct weather_cells *c, size_t cell, uint32_t rated_w,
                           int64_t unix_s, int64_t *power_mw);

#endif
