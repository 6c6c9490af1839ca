/* SPDX-License-Identifier: MIT
 * A roof under its sky.
 */
#include "solar/roof.h"

#include <math.h>

#include "solar/panel.h"

/* PVWatts: standard modules, and an inverter as large as the panels. */
#define GAMMA_PER_C         (-0.004)
#define INVERTER_EFFICIENCY 0.96
#define COLD_CELL_C         0.0

static double extraterrestrial_at(double unix_s)
{
    return solar_extraterrestrial(solar_day_of_year(unix_s));
}

bool solar_roof_is_night(const struct solar_roof *roof, double unix_s)
{
    return solar_position_at(&roof->site, unix_s, SOLAR_DELTA_T_S).zenith_deg > 102.0;
}

double solar_roof_most_w(const struct solar_roof *roof, double unix_s)
{
    const struct solar_position sun = solar_position_at(&roof->site, unix_s, SOLAR_DELTA_T_S);
    if (sun.apparent_zenith_deg >= 90.0) {
        return 0.0;
    }
    const double extraterrestrial = extraterrestrial_at(unix_s);
    const double airmass = solar_relative_airmass(sun.apparent_zenith_deg);
    const struct solar_sky sky = solar_clear_sky(
        sun.apparent_zenith_deg, solar_absolute_airmass(airmass, roof->site.pressure_pa),
        roof->linke_turbidity, roof->site.altitude_m, extraterrestrial);
    double on_plane = sky.direct_normal + sky.diffuse + sky.global * 0.2;
    if (roof->has_plane) {
        const struct solar_on_plane p =
            solar_transpose(&roof->plane, &sun, &sky, SOLAR_PEREZ, extraterrestrial, airmass);
        on_plane = solar_plane_global(&p);
    }
    return solar_pvwatts_dc(fmax(on_plane, 0.0), COLD_CELL_C, roof->rated_w, GAMMA_PER_C);
}

double solar_roof_expected_w(const struct solar_roof *roof, double unix_s,
                             const struct solar_weather *weather)
{
    const struct solar_position sun = solar_position_at(&roof->site, unix_s, SOLAR_DELTA_T_S);
    if (sun.apparent_zenith_deg >= 90.0 || weather->sky.global <= 0.0) {
        return 0.0;
    }
    const struct solar_on_plane p =
        solar_transpose(&roof->plane, &sun, &weather->sky, SOLAR_PEREZ, extraterrestrial_at(unix_s),
                        solar_relative_airmass(sun.apparent_zenith_deg));
    const double glass = solar_glass_physical(p.incidence_deg, 1.526, 4.0, 0.002);
    const double on_cells = fmax(p.beam * glass + p.ground + p.sky_diffuse, 0.0);
    const double cell_c = solar_cell_sapm(fmax(solar_plane_global(&p), 0.0), weather->air_c,
                                          weather->wind_ms, &solar_open_rack_glass_glass);
    const double dc = solar_pvwatts_dc(on_cells, cell_c, roof->rated_w, GAMMA_PER_C) *
                      SOLAR_PVWATTS_DEFAULT_REMAINS;
    return solar_pvwatts_ac(fmax(dc, 0.0), roof->rated_w, INVERTER_EFFICIENCY);
}
