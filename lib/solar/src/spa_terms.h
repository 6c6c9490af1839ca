/* SPDX-License-Identifier: MIT
 * Shape of the periodic terms of the NREL Solar Position Algorithm.
 */
#ifndef SOLAR_SPA_TERMS_H
#define SOLAR_SPA_TERMS_H

#include <stddef.h>
#include <stdint.h>

struct spa_term { /* a * cos(b + c * millennium) */
    double a;
    double b;
    double c;
};

struct spa_series {
    const struct spa_term *terms;
    size_t n;
};

enum {
    SPA_LONGITUDE_ORDERS = 6,
    SPA_LATITUDE_ORDERS = 2,
    SPA_RADIUS_ORDERS = 5,
    SPA_NUTATION_TERMS = 63
};

extern const struct spa_series spa_longitude[SPA_LONGITUDE_ORDERS];
extern const struct spa_series spa_latitude[SPA_LATITUDE_ORDERS];
extern const struct spa_series spa_radius[SPA_RADIUS_ORDERS];

struct spa_nutation {
    int8_t y[5]; /* multiples of the five lunar and solar arguments */
    double psi;
    double psi_per_century;
    double eps;
    double eps_per_century;
};

extern const struct spa_nutation spa_nutation[SPA_NUTATION_TERMS];

#endif
