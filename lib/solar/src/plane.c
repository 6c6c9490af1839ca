/* SPDX-License-Identifier: MIT
 * Transposition to a tilted plane.
 */
#include "solar/plane.h"

#include <stddef.h>

#include "angles.h"

static double incidence_cos(const struct solar_plane *p, const struct solar_position *sun)
{
    const double c = cos_deg(p->tilt_deg) * cos_deg(sun->apparent_zenith_deg) +
                     sin_deg(p->tilt_deg) * sin_deg(sun->apparent_zenith_deg) *
                         cos_deg(sun->azimuth_deg - p->azimuth_deg);
    return fmin(fmax(c, -1.0), 1.0);
}

static double isotropic(const struct solar_plane *p, double diffuse)
{
    return diffuse * (1.0 + cos_deg(p->tilt_deg)) * 0.5;
}

static double hay_davies(const struct solar_plane *p, const struct solar_position *sun,
                         const struct solar_sky *sky, double extraterrestrial)
{
    const double ratio =
        fmax(incidence_cos(p, sun), 0.0) / fmax(cos_deg(sun->apparent_zenith_deg), 0.01745);
    const double anisotropy = sky->direct_normal / extraterrestrial;
    return fmax(isotropic(p, sky->diffuse) * (1.0 - anisotropy), 0.0) +
           fmax(sky->diffuse * anisotropy * ratio, 0.0);
}

/* Perez 1990, table 6: rows are bins of the sky's clearness. */
static const struct {
    double above; /* lower end of the bin */
    double f1[3];
    double f2[3];
} perez_bin[] = {
    {0.0, {-0.008, 0.588, -0.062}, {-0.060, 0.072, -0.022}},
    {1.065, {0.130, 0.683, -0.151}, {-0.019, 0.066, -0.029}},
    {1.23, {0.330, 0.487, -0.221}, {0.055, -0.064, -0.026}},
    {1.5, {0.568, 0.187, -0.295}, {0.109, -0.152, -0.014}},
    {1.95, {0.873, -0.392, -0.362}, {0.226, -0.462, 0.001}},
    {2.8, {1.132, -1.237, -0.412}, {0.288, -0.823, 0.056}},
    {4.5, {1.060, -1.600, -0.359}, {0.264, -1.127, 0.131}},
    {6.2, {0.678, -0.327, -0.250}, {0.156, -1.377, 0.251}},
};

static double perez(const struct solar_plane *p, const struct solar_position *sun,
                    const struct solar_sky *sky, double extraterrestrial, double airmass)
{
    if (sky->diffuse <= 0.0 || isinf(airmass)) {
        return 0.0;
    }
    const double z = radians(sun->apparent_zenith_deg);
    const double kappa_z3 = 1.041 * z * z * z;
    const double brightness = sky->diffuse * airmass / extraterrestrial;
    const double clearness =
        ((sky->diffuse + sky->direct_normal) / sky->diffuse + kappa_z3) / (1.0 + kappa_z3);
    size_t bin = sizeof perez_bin / sizeof perez_bin[0] - 1;
    while (bin > 0 && clearness < perez_bin[bin].above) {
        bin--;
    }
    const double *c1 = perez_bin[bin].f1;
    const double *c2 = perez_bin[bin].f2;
    const double f1 = fmax(c1[0] + c1[1] * brightness + c1[2] * z, 0.0);
    const double f2 = c2[0] + c2[1] * brightness + c2[2] * z;
    const double a = fmax(incidence_cos(p, sun), 0.0);
    const double b = fmax(cos_deg(sun->apparent_zenith_deg), cos_deg(85.0));
    return fmax(isotropic(p, sky->diffuse) * (1.0 - f1) +
                    sky->diffuse * (f1 * a / b + f2 * sin_deg(p->tilt_deg)),
                0.0);
}

struct solar_on_plane solar_transpose(const struct solar_plane *plane,
                                      const struct solar_position *sun, const struct solar_sky *sky,
                                      enum solar_sky_model model, double extraterrestrial,
                                      double relative_airmass)
{
    const double projection = incidence_cos(plane, sun);
    struct solar_on_plane out = {
        .beam = fmax(sky->direct_normal * projection, 0.0),
        .ground = sky->global * plane->albedo * (1.0 - cos_deg(plane->tilt_deg)) * 0.5,
        .incidence_deg = degrees(acos(projection)),
    };
    switch (model) {
    case SOLAR_ISOTROPIC:
        out.sky_diffuse = isotropic(plane, sky->diffuse);
        break;
    case SOLAR_HAY_DAVIES:
        out.sky_diffuse = hay_davies(plane, sun, sky, extraterrestrial);
        break;
    case SOLAR_PEREZ:
        out.sky_diffuse = perez(plane, sun, sky, extraterrestrial, relative_airmass);
        break;
    }
    return out;
}
