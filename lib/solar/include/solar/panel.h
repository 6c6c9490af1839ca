/* SPDX-License-Identifier: MIT
 * What a photovoltaic system makes of it: reflection at the glass, cell temperature, and the
 * PVWatts model of panels, losses and inverter (Dobos, NREL/TP-6A20-62641).
 */
#ifndef SOLAR_PANEL_H
#define SOLAR_PANEL_H

/* Share of the beam that passes the glass: Fresnel and absorption (De Soto 2006), and ASHRAE's
 * form. */
double solar_glass_physical(double incidence_deg, double index, double extinction_per_m,
                            double thickness_m);
double solar_glass_ashrae(double incidence_deg, double b);

/* Cell temperature in degrees C; irradiance of the plane in W/m2, wind in m/s. */
struct solar_sapm_mount {
    double a;
    double b;
    double delta_t_c;
};
extern const struct solar_sapm_mount solar_open_rack_glass_glass;
double solar_cell_sapm(double on_plane, double air_c, double wind_ms,
                       const struct solar_sapm_mount *mount);
double solar_cell_pvsyst(double on_plane, double air_c, double wind_ms, double u_c, double u_v);
double solar_module_faiman(double on_plane, double air_c, double wind_ms, double u0, double u1);

/* Direct-current power in W of panels rated `rated_w` at 25 degrees; gamma is about -0.004 per
 * degree. */
double solar_pvwatts_dc(double effective_irradiance, double cell_c, double rated_w,
                        double gamma_per_c);
/* Alternating-current power of an inverter for `dc_rated_w` and a nominal efficiency; clips at
 * dc_rated_w * efficiency and never falls below zero. */
double solar_pvwatts_ac(double dc_w, double dc_rated_w, double efficiency);

/* Soiling, shading, wiring and the rest of PVWatts' default losses, as a factor of what is left. */
#define SOLAR_PVWATTS_DEFAULT_REMAINS 0.85924339311735531

#endif
