/* SPDX-License-Identifier: MIT
 * What the sky sends: extraterrestrial irradiance (Spencer 1971), air mass (Kasten and Young 1989),
 * clear sky (Ineichen and Perez 2002), and the split of global irradiance (Erbs 1982).
 * Irradiance in W/m2, angles in degrees.
 */
#ifndef SOLAR_SKY_H
#define SOLAR_SKY_H

/* Irradiance of a horizontal plane (global, diffuse) and of a plane facing the sun (direct). */
struct solar_sky {
    double global;
    double direct_normal;
    double diffuse;
};

/* Normal irradiance outside the atmosphere on a day of the year (1 to 366, UTC). */
double solar_extraterrestrial(int day_of_year);
/* The day of the year (1 to 366) of a UTC time. */
int solar_day_of_year(double unix_s);

/* Optical path relative to the zenith; INFINITY below the horizon (zenith > 90). */
double solar_relative_airmass(double apparent_zenith_deg);
double solar_absolute_airmass(double relative_airmass, double pressure_pa);

/* Clear sky. `linke_turbidity` is a property of place and month, 2 (clean and cold) to 7. All zero
 * when the sun is down. */
struct solar_sky solar_clear_sky(double apparent_zenith_deg, double absolute_airmass,
                                 double linke_turbidity, double altitude_m,
                                 double extraterrestrial);

/* Direct and diffuse parts of a measured global irradiance. */
struct solar_sky solar_decompose(double global, double zenith_deg, double extraterrestrial);

#endif
