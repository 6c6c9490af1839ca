/* SPDX-License-Identifier: MIT
 * A roof as trust sees it: what it may give at most under a clear sky, and what it should give in
 * weather that was measured or forecast. The parts are those of the other headers.
 */
#ifndef SOLAR_ROOF_H
#define SOLAR_ROOF_H

#include <stdbool.h>

#include "solar/plane.h"

struct solar_roof {
    struct solar_site site;
    bool has_plane; /* else the angles are unknown */
    struct solar_plane plane;
    double rated_w;
    double linke_turbidity; /* 2 is the clearest air that there is */
};

/* Mean weather over an interval. */
struct solar_weather {
    struct solar_sky sky;
    double air_c;
    double wind_ms;
};

/* The greatest power in W at an instant: cold cells, no losses, the clearest air; a roof of unknown
 * angles is taken as one that faces the sun. */
double solar_roof_most_w(const struct solar_roof *roof, double unix_s);
/* Whether nautical twilight is over: the sun is more than twelve degrees below the horizon. Until
 * then the sky may still shine, and a clock or an hourly record that is half an hour off accuses
 * nobody. */
bool solar_roof_is_night(const struct solar_roof *roof, double unix_s);
/* Alternating-current power in W that the weather around an instant should give (Perez sky, SAPM
 * cells, PVWatts losses and inverter); the roof has a plane. */
double solar_roof_expected_w(const struct solar_roof *roof, double unix_s,
                             const struct solar_weather *weather);

#endif
