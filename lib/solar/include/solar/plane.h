/* SPDX-License-Identifier: MIT
 * What a tilted plane receives: beam, ground-reflected, and diffuse sky by three models (isotropic,
 * Hay and Davies 1980, Perez 1990 with the coefficients for all sites).
 */
#ifndef SOLAR_PLANE_H
#define SOLAR_PLANE_H

#include "solar/position.h"
#include "solar/sky.h"

struct solar_plane {
    double tilt_deg;    /* 0 lies flat, 90 stands */
    double azimuth_deg; /* from north over east: 180 looks south */
    double albedo;      /* of the ground, 0.2 for grass */
};

enum solar_sky_model { SOLAR_ISOTROPIC, SOLAR_HAY_DAVIES, SOLAR_PEREZ };

struct solar_on_plane {
    double beam;
    double ground;
    double sky_diffuse;
    double incidence_deg; /* angle of incidence of the beam, 0 to 180 */
};

/* Irradiance of the plane in W/m2. `extraterrestrial` and `relative_airmass` are those of sky.h. */
struct solar_on_plane solar_transpose(const struct solar_plane *plane,
                                      const struct solar_position *sun, const struct solar_sky *sky,
                                      enum solar_sky_model model, double extraterrestrial,
                                      double relative_airmass);

static inline double solar_plane_global(const struct solar_on_plane *p)
{
    return p->beam + p->ground + p->sky_diffuse;
}

#endif
