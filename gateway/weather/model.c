/* SPDX-License-Identifier: MIT */
#include "weather/model.h"

#include <math.h>

#include "base/assert.h"

enum { HOUR_S = 3600, DAY_S = 86400 };
#define ALBEDO        0.2 /* grass */
#define MEAN_AIR_C    12.0
#define CLEAREST_AIR  2.0  /* a turbid sky would lower a ceiling; the clearest hurts nobody */
#define AIR_UNKNOWN_C 15.0 /* costs a roof some 4 % in ten degrees, less than weather is off */
#define WIND_MS       2.0
#define FULL_MW_M2    1000000 /* 1000 W/m2 */

struct solar_roof weather_roof_of(const struct weather_place *place, uint32_t rated_w)
{
    ASSERT(place->known);
    return (struct solar_roof){.site = {.latitude_deg = place->latitude_udeg / 1e6,
                                        .longitude_deg = place->longitude_udeg / 1e6,
                                        .altitude_m = 0,
                                        .pressure_pa = solar_pressure_pa(0),
                                        .temperature_c = MEAN_AIR_C},
                               .has_plane = place->has_plane,
                               .plane = {.tilt_deg = place->tilt_mdeg / 1e3,
                                         .azimuth_deg = place->azimuth_mdeg / 1e3,
                                         .albedo = ALBEDO},
                               .rated_w = rated_w,
                               .linke_turbidity = CLEAREST_AIR};
}

static double of_milli(int32_t milli, double unknown)
{
    return milli == TRUST_WEATHER_UNKNOWN ? unknown : milli / 1000.0;
}

/* The mean power of one step, from its middle. */
static double step_w(const struct solar_roof *roof, const struct trust_weather_point *p,
                     uint32_t step_s)
{
    const double middle = (double)p->end_unix_s - step_s / 2.0;
    struct solar_weather w = {.sky = {.global = of_milli(p->global_mw_m2, 0),
                                      .direct_normal = of_milli(p->direct_normal_mw_m2, 0),
                                      .diffuse = of_milli(p->diffuse_mw_m2, 0)},
                              .air_c = of_milli(p->air_mc, AIR_UNKNOWN_C),
                              .wind_ms = WIND_MS};
    if (p->direct_normal_mw_m2 == TRUST_WEATHER_UNKNOWN ||
        p->diffuse_mw_m2 == TRUST_WEATHER_UNKNOWN) {
        const struct solar_position sun = solar_position_at(&roof->site, middle, SOLAR_DELTA_T_S);
        w.sky = solar_decompose(w.sky.global, sun.zenith_deg,
                                solar_extraterrestrial(solar_day_of_year(middle)));
    }
    return solar_roof_expected_w(roof, middle, &w);
}

bool weather_hour_mw(const struct trust_weather_series *series, const struct solar_roof *roof,
                     int64_t hour_unix_s, int64_t *power_mw)
{
    const uint32_t step_s = series->step_s;
    double sum_ws = 0;
    ASSERT(roof->has_plane);
    if (series->n == 0 || step_s == 0 || HOUR_S % step_s != 0) {
        return false;
    }
    for (int64_t at = hour_unix_s; at < hour_unix_s + HOUR_S; at += step_s) {
        const struct trust_weather_point *p = trust_weather_at(series, at + step_s);
        if (p == NULL) {
            return false;
        }
        sum_ws += step_w(roof, p, step_s) * step_s;
    }
    *power_mw = (int64_t)(sum_ws / HOUR_S * 1000.0);
    return true;
}

bool weather_seed_mw(const struct trust_weather_series *series, uint32_t rated_w, int64_t unix_s,
                     int64_t *power_mw)
{
    const struct trust_weather_point *p = series->n == 0 ? NULL : trust_weather_at(series, unix_s);
    if (p == NULL) {
        return false;
    }
    const int32_t global = p->global_mw_m2 < FULL_MW_M2 ? p->global_mw_m2 : FULL_MW_M2;
    *power_mw = (int64_t)rated_w * global / 1000;
    return true;
}

int64_t weather_seed_guess_mw(uint32_t rated_w, double longitude_deg, int64_t unix_s)
{
    const double hour = fmod((double)unix_s + longitude_deg * 240.0, DAY_S) / HOUR_S;
    const double yield = hour < 6 || hour > 18 ? 0 : sin(3.14159265358979 * (hour - 6) / 12);
    return (int64_t)(rated_w * 1000.0 * fmin(yield, 1.0));
}
