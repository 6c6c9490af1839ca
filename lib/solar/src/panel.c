/* SPDX-License-Identifier: MIT
 * Glass, cell temperature, PVWatts.
 */
#include "solar/panel.h"

#include "angles.h"

const struct solar_sapm_mount solar_open_rack_glass_glass = {-3.47, -0.0594, 3.0};

/* Share of light that leaves a plate with refraction angle cosine `inner` for incidence cosine
 * `outer`: the mean of both polarisations, then absorption along the path. */
static double transmitted(double outer, double inner, double index, double depth)
{
    const double rs = (outer - index * inner) / (outer + index * inner);
    const double rp = (inner - index * outer) / (inner + index * outer);
    return (1.0 - (rs * rs + rp * rp) / 2.0) * exp(-depth / inner);
}

double solar_glass_physical(double incidence_deg, double index, double extinction_per_m,
                            double thickness_m)
{
    const double outer = fmax(cos_deg(incidence_deg), 0.0);
    const double inner = sqrt(1.0 - (1.0 - outer * outer) / (index * index));
    const double depth = extinction_per_m * thickness_m;
    return transmitted(outer, inner, index, depth) / transmitted(1.0, 1.0, index, depth);
}

double solar_glass_ashrae(double incidence_deg, double b)
{
    if (fabs(incidence_deg) >= 90.0) {
        return 0.0;
    }
    return fmax(0.0, 1.0 - b * (1.0 / cos_deg(incidence_deg) - 1.0));
}

double solar_cell_sapm(double on_plane, double air_c, double wind_ms,
                       const struct solar_sapm_mount *mount)
{
    return on_plane * exp(mount->a + mount->b * wind_ms) + air_c +
           on_plane / 1000.0 * mount->delta_t_c;
}

double solar_cell_pvsyst(double on_plane, double air_c, double wind_ms, double u_c, double u_v)
{
    const double absorbed = 0.9;
    const double converted = 0.1;
    return air_c + on_plane * absorbed * (1.0 - converted) / (u_c + u_v * wind_ms);
}

double solar_module_faiman(double on_plane, double air_c, double wind_ms, double u0, double u1)
{
    return air_c + on_plane / (u0 + u1 * wind_ms);
}

double solar_pvwatts_dc(double effective_irradiance, double cell_c, double rated_w,
                        double gamma_per_c)
{
    return effective_irradiance / 1000.0 * rated_w * (1.0 + gamma_per_c * (cell_c - 25.0));
}

double solar_pvwatts_ac(double dc_w, double dc_rated_w, double efficiency)
{
    const double reference_efficiency = 0.9637;
    if (dc_w <= 0.0) {
        return 0.0;
    }
    const double load = dc_w / dc_rated_w;
    const double at_load =
        efficiency / reference_efficiency * (-0.0162 * load - 0.0059 / load + 0.9858);
    return fmax(0.0, fmin(at_load * dc_w, efficiency * dc_rated_w));
}
