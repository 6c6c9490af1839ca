/* SPDX-License-Identifier: MIT
 * From weather to power: what a roof should give in an hour (physics, for evidence by weather), and
 * what the original rule takes it for. Used by the gateway and by `wattward trust replay`.
 */
#ifndef WEATHER_MODEL_H
#define WEATHER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "solar/roof.h"
#include "trust/weather.h"

/* Where a device stands and how its panels lie. */
struct weather_place {
    bool known; /* the rest holds */
    int32_t latitude_udeg;
    int32_t longitude_udeg;
    bool has_plane;
    int32_t tilt_mdeg;    /* 0 lies flat, 90000 stands */
    int32_t azimuth_mdeg; /* from north over east, 180000 looks south: not as the service counts */
};

/* `place` is known. At sea level, in the clearest air. */
struct solar_roof weather_roof_of(const struct weather_place *place, uint32_t rated_w);

/* The mean power of a roof with a plane in the hour from `hour_unix_s` on. Stamps end their steps,
 * the sun is taken in the middle of each. False when any step of the hour is unknown: it is never
 * zero then. */
bool weather_hour_mw(const struct trust_weather_series *series, const struct solar_roof *roof,
                     int64_t hour_unix_s, int64_t *power_mw);

/* Peak power times min(1, radiation / 1000 W/m2), as the original rule has it. False when the
 * radiation of that moment is unknown. */
bool weather_seed_mw(const struct trust_weather_series *series, uint32_t rated_w, int64_t unix_s,
                     int64_t *power_mw);
/* Its own substitute without a forecast: half a sine from six to eighteen on the solar clock of a
 * longitude. */
int64_t weather_seed_guess_mw(uint32_t rated_w, double longitude_deg, int64_t unix_s);

#endif
