/* SPDX-License-Identifier: MIT
 * Extraterrestrial irradiance, air mass, clear sky, decomposition.
 */
#include "solar/sky.h"

#include "angles.h"

double solar_extraterrestrial(int day_of_year)
{
    const double solar_constant = 1366.1;
    const double b = 2.0 * SOLAR_PI * (day_of_year - 1) / 365.0;
    return solar_constant * (1.00011 + 0.034221 * cos(b) + 0.00128 * sin(b) +
                             0.000719 * cos(2.0 * b) + 0.000077 * sin(2.0 * b));
}

int solar_day_of_year(double unix_s)
{
    /* Civil date of a day count (proleptic Gregorian), years from 1 March. */
    const long days = (long)floor(unix_s / 86400.0) + 719468;
    const long era = (days >= 0 ? days : days - 146096) / 146097;
    const long day_of_era = days - era * 146097;
    const long year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const long from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const long march_to_december = 306;
    if (from_march >= march_to_december) {
        return (int)(from_march - march_to_december) + 1;
    }
    const long year = year_of_era + era * 400;
    const int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (int)from_march + 59 + leap + 1;
}

double solar_relative_airmass(double apparent_zenith_deg)
{
    if (apparent_zenith_deg > 90.0) {
        return HUGE_VAL;
    }
    const double elevation = 90.0 - apparent_zenith_deg;
    return 1.0 / (cos_deg(apparent_zenith_deg) + 0.50572 * pow(6.07995 + elevation, -1.6364));
}

double solar_absolute_airmass(double relative_airmass, double pressure_pa)
{
    return relative_airmass * pressure_pa / 101325.0;
}

struct solar_sky solar_clear_sky(double apparent_zenith_deg, double absolute_airmass,
                                 double linke_turbidity, double altitude_m, double extraterrestrial)
{
    const double cos_zenith = cos_deg(apparent_zenith_deg);
    if (cos_zenith <= 0.0 || isinf(absolute_airmass)) {
        return (struct solar_sky){0};
    }
    const double tl = linke_turbidity;
    const double fh1 = exp(-altitude_m / 8000.0);
    const double fh2 = exp(-altitude_m / 1250.0);
    const double cg1 = 5.09e-05 * altitude_m + 0.868;
    const double cg2 = 3.92e-05 * altitude_m + 0.0387;
    const double global = cg1 * extraterrestrial * cos_zenith *
                          exp(-cg2 * absolute_airmass * (fh1 + fh2 * (tl - 1.0)));
    /* Direct: the smaller of the formula for itself and what the global leaves room for. */
    const double b = 0.664 + 0.163 / fh1;
    const double direct = extraterrestrial * b * exp(-0.09 * absolute_airmass * (tl - 1.0));
    const double share = (1.0 - (0.1 - 0.2 * exp(-tl)) / (0.1 + 0.882 / fh1)) / cos_zenith;
    const double room = global * fmax(share, 0.0);
    struct solar_sky sky = {.global = global, .direct_normal = fmin(direct, room)};
    sky.diffuse = global - sky.direct_normal * cos_zenith;
    return sky;
}

static double diffuse_fraction(double kt)
{
    if (kt > 0.8) {
        return 0.165;
    }
    if (kt > 0.22) {
        return 0.9511 + kt * (-0.1604 + kt * (4.388 + kt * (-16.638 + kt * 12.336)));
    }
    return 1.0 - 0.09 * kt;
}

struct solar_sky solar_decompose(double global, double zenith_deg, double extraterrestrial)
{
    const double lowest_cos = 0.065;
    const double highest_zenith_deg = 87.0;
    const double outside = extraterrestrial * fmax(cos_deg(zenith_deg), lowest_cos);
    const double kt = fmin(fmax(global / outside, 0.0), 1.0);
    struct solar_sky sky = {.global = global, .diffuse = diffuse_fraction(kt) * global};
    sky.direct_normal = (global - sky.diffuse) / cos_deg(zenith_deg);
    if (zenith_deg > highest_zenith_deg || global < 0.0 || sky.direct_normal < 0.0) {
        sky.direct_normal = 0.0;
        sky.diffuse = global;
    }
    return sky;
}
