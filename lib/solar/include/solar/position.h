/* SPDX-License-Identifier: MIT
 * Where the sun is: the NREL Solar Position Algorithm (Reda and Andreas, NREL/TP-560-34302), good
 * to 0.0003 degrees from the year -2000 to 6000.
 */
#ifndef SOLAR_POSITION_H
#define SOLAR_POSITION_H

/* A place on the ground and its air. Angles in degrees, east and north positive. */
struct solar_site {
    double latitude_deg;
    double longitude_deg;
    double altitude_m;
    double pressure_pa;   /* annual mean; solar_pressure_pa() when unknown */
    double temperature_c; /* annual mean */
};

struct solar_position {
    double zenith_deg;          /* of the disc's centre, without the atmosphere */
    double apparent_zenith_deg; /* as seen through it */
    double azimuth_deg;         /* from north over east, 0 to 360 */
    double equation_of_time_min;
};

/* Terrestrial minus universal time, good enough until the 2030s: 0.001 degrees a minute of error.
 */
#define SOLAR_DELTA_T_S 67.0

/* The position at `unix_s` (UTC, may have a fraction). Every finite input has an answer. */
struct solar_position solar_position_at(const struct solar_site *site, double unix_s,
                                        double delta_t_s);

/* Pressure of the standard atmosphere at an altitude. */
double solar_pressure_pa(double altitude_m);

#endif
