/* SPDX-License-Identifier: MIT
 * Weather as Open-Meteo tells it: the request, and the answer as a series. Integers only; the
 * physics is lib/solar's, in between the caller. What is missing is unknown, never zero.
 *
 * Radiation is the mean of the quarter hour (or hour) before the stamp, temperature is that of the
 * moment. Components are asked for, not the service's own tilted irradiance, whose sky is isotropic
 * and whose azimuth counts from south (docs/design/005-trust.md).
 */
#ifndef TRUST_WEATHER_H
#define TRUST_WEATHER_H

#include "base/json_reader.h"
#include "base/wbuf.h"

enum { TRUST_WEATHER_UNKNOWN = INT32_MIN };

enum trust_weather_endpoint { TRUST_WEATHER_FORECAST, TRUST_WEATHER_SATELLITE };

/* The grid cell that a place is asked for by: a tenth of a degree, so that neighbours share one
 * answer. */
struct trust_weather_cell {
    int32_t latitude_ddeg; /* tenths of a degree */
    int32_t longitude_ddeg;
};
struct trust_weather_cell trust_weather_cell_of(int32_t latitude_udeg, int32_t longitude_udeg);

/* Path and query: "/v1/forecast?latitude=39.4&...". */
void trust_weather_request(enum trust_weather_endpoint endpoint, struct trust_weather_cell cell,
                           struct wbuf *out);

/* Means over the step before each stamp; TRUST_WEATHER_UNKNOWN where the answer has none. */
struct trust_weather_point {
    int64_t end_unix_s;
    int32_t global_mw_m2; /* tenths and less are kept: mW/m2 */
    int32_t direct_normal_mw_m2;
    int32_t diffuse_mw_m2;
    int32_t air_mc; /* thousandths of a degree C */
};

struct trust_weather_series {
    struct trust_weather_point *points; /* lent by the caller */
    size_t cap;
    size_t n;
    uint32_t step_s;
    size_t n_missing; /* points without global radiation */
};

/* Why an answer cannot be used; `reason` is the service's own or ours. */
struct trust_weather_fault {
    char reason[120];
    size_t point; /* where in the series, when it is about one */
};

/* Reads the object (the first of an array of places) of an answer: "minutely_15" where there is
 * one, else "hourly"; times as unix seconds. E_MALFORMED, E_NOSPACE or, when the service says
 * error, E_STATE. Times must rise in even steps; units that are told must be W/m2, degrees C and
 * unix times. Radiation below zero or above 2000 W/m2 is
 * unknown: some models give such values near sunset. */
int trust_weather_read(const struct json_reader *json, struct trust_weather_series *series,
                       struct trust_weather_fault *fault) MUST_USE;

/* The point whose step ends at or after `unix_s` and began before it; NULL when there is none or
 * its radiation is unknown. */
const struct trust_weather_point *trust_weather_at(const struct trust_weather_series *series,
                                                   int64_t unix_s);

#endif
