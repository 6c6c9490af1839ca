/* SPDX-License-Identifier: MIT
 * Trigonometry in degrees.
 */
#ifndef SOLAR_ANGLES_H
#define SOLAR_ANGLES_H

#include <math.h>

#define SOLAR_PI 3.14159265358979323846

static inline double radians(double deg)
{
    return deg * (SOLAR_PI / 180.0);
}
static inline double degrees(double rad)
{
    return rad * (180.0 / SOLAR_PI);
}
static inline double sin_deg(double deg)
{
    return sin(radians(deg));
}
static inline double cos_deg(double deg)
{
    return cos(radians(deg));
}
static inline double tan_deg(double deg)
{
    return tan(radians(deg));
}
/* Into [0, 360). */
static inline double wrap_deg(double deg)
{
    const double rest = fmod(deg, 360.0);
    return rest < 0.0 ? rest + 360.0 : rest;
}

#endif
