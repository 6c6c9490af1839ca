/* SPDX-License-Identifier: MIT
 * The physics against reference values that pvlib computed: positions within 1e-4 degrees, all
 * irradiance, temperature and power within 1e-6 (or the last printed digit).
 */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "data.h"
#include "solar/panel.h"
#include "solar/plane.h"
#include "solar/position.h"
#include "solar/sky.h"

enum { MAX_FIELDS = 40 };

struct table {
    FILE *file;
    char line[1024];
    char *fields[MAX_FIELDS];
    int rows;
};

static bool table_open(struct table *t, const char *path)
{
    t->file = data_open(path);
    t->rows = 0;
    return t->file != NULL && fgets(t->line, sizeof t->line, t->file) != NULL;
}

static bool table_next(struct table *t)
{
    if (fgets(t->line, sizeof t->line, t->file) == NULL) {
        fclose(t->file);
        return false;
    }
    t->rows++;
    data_split(t->line, ',', t->fields, MAX_FIELDS);
    return true;
}

static double field(const struct table *t, int column)
{
    return t->fields[column][0] == '\0' ? (double)NAN : strtod(t->fields[column], NULL);
}

/* Inputs and outputs are printed with nine digits, so a difference below 1 counts as absolute. */
static bool close_to(double got, double want)
{
    return fabs(got - want) <= 1e-6 * fmax(fabs(want), 1.0);
}

static double angle_between(double a, double b)
{
    return fabs(remainder(a - b, 360.0));
}

static void positions_agree_within_a_ten_thousandth_of_a_degree(void)
{
    struct table t;
    if (!table_open(&t, "pv/golden/solarposition_spa.csv")) {
        return;
    }
    double worst = 0.0;
    while (table_next(&t)) {
        const struct solar_site site = {field(&t, 1), field(&t, 2), field(&t, 3), field(&t, 4),
                                        field(&t, 5)};
        const struct solar_position p = solar_position_at(&site, field(&t, 0), field(&t, 6));
        worst = fmax(worst, fabs(p.zenith_deg - field(&t, 7)));
        worst = fmax(worst, fabs(p.apparent_zenith_deg - field(&t, 8)));
        worst = fmax(worst, angle_between(p.azimuth_deg, field(&t, 9)));
        CHECK(fabs(p.equation_of_time_min - field(&t, 10)) < 1e-6);
    }
    printf("  %d positions, largest difference %.2g degrees\n", t.rows, worst);
    CHECK(t.rows >= 1000);
    CHECK(worst < 1e-4);
}

static void clear_skies_agree(void)
{
    struct table t;
    if (!table_open(&t, "pv/golden/clearsky_ineichen.csv")) {
        return;
    }
    int differing = 0;
    while (table_next(&t)) {
        const double airmass = solar_relative_airmass(field(&t, 5));
        const double absolute = solar_absolute_airmass(airmass, field(&t, 4));
        const double outside = solar_extraterrestrial(solar_day_of_year(field(&t, 0)));
        /* The file's own air mass goes in: its zenith is printed with too few digits near the
         * horizon to compute it again. */
        const struct solar_sky sky =
            solar_clear_sky(field(&t, 5), field(&t, 8), field(&t, 10), field(&t, 3), outside);
        const bool same = fabs(airmass / field(&t, 7) - 1.0) < 1e-5 &&
                          fabs(absolute / field(&t, 8) - 1.0) < 1e-5 &&
                          close_to(outside, field(&t, 9)) && close_to(sky.global, field(&t, 11)) &&
                          close_to(sky.direct_normal, field(&t, 12)) &&
                          close_to(sky.diffuse, field(&t, 13));
        if (!same && differing++ < 3) {
            printf("  row %d: am %.9g want %.9g; ghi %.9g want %.9g; dni %.9g want %.9g\n", t.rows,
                   airmass, field(&t, 7), sky.global, field(&t, 11), sky.direct_normal,
                   field(&t, 12));
        }
    }
    CHECK(t.rows >= 1000);
    CHECK_EQ(differing, 0);
}

static bool transposition_agrees(const struct table *t)
{
    const struct solar_position sun = {.apparent_zenith_deg = field(t, 1),
                                       .azimuth_deg = field(t, 2)};
    const double outside = field(t, 3);
    const double airmass = field(t, 4);
    const struct solar_sky split = solar_decompose(field(t, 5), field(t, 1), outside);
    const struct solar_sky sky = {field(t, 5), field(t, 8), field(t, 9)};
    const struct solar_plane plane = {field(t, 10), field(t, 11), field(t, 12)};
    const struct solar_on_plane iso =
        solar_transpose(&plane, &sun, &sky, SOLAR_ISOTROPIC, outside, airmass);
    const struct solar_on_plane hay =
        solar_transpose(&plane, &sun, &sky, SOLAR_HAY_DAVIES, outside, airmass);
    const struct solar_on_plane per =
        solar_transpose(&plane, &sun, &sky, SOLAR_PEREZ, outside, airmass);
    return close_to(split.direct_normal, field(t, 6)) && close_to(split.diffuse, field(t, 7)) &&
           close_to(iso.incidence_deg, field(t, 13)) && close_to(iso.beam, field(t, 14)) &&
           close_to(iso.ground, field(t, 15)) && close_to(iso.sky_diffuse, field(t, 16)) &&
           close_to(hay.sky_diffuse, field(t, 17)) && close_to(per.sky_diffuse, field(t, 18)) &&
           close_to(solar_plane_global(&hay), field(t, 19)) &&
           close_to(solar_plane_global(&per), field(t, 20));
}

static bool panel_agrees(const struct table *t)
{
    const double incidence = field(t, 13);
    const double on_plane = field(t, 20);
    const double air = field(t, 23);
    const double wind = field(t, 24);
    const double dc = field(t, 28);
    return close_to(solar_glass_physical(incidence, 1.526, 4.0, 0.002), field(t, 21)) &&
           close_to(solar_glass_ashrae(incidence, 0.05), field(t, 22)) &&
           close_to(solar_cell_sapm(on_plane, air, wind, &solar_open_rack_glass_glass),
                    field(t, 25)) &&
           close_to(solar_cell_pvsyst(on_plane, air, wind, 29.0, 0.0), field(t, 26)) &&
           close_to(solar_module_faiman(on_plane, air, wind, 25.0, 6.84), field(t, 27)) &&
           close_to(solar_pvwatts_dc(on_plane, field(t, 25), 4000.0, -0.004), dc) &&
           close_to(solar_pvwatts_ac(dc * SOLAR_PVWATTS_DEFAULT_REMAINS, 4000.0, 0.96),
                    field(t, 29));
}

static void tilted_planes_and_panels_agree(void)
{
    struct table t;
    if (!table_open(&t, "pv/golden/transposition_pvwatts.csv")) {
        return;
    }
    int differing = 0;
    while (table_next(&t)) {
        const bool same_sky = transposition_agrees(&t);
        const bool same_panel = panel_agrees(&t);
        if ((!same_sky || !same_panel) && differing++ < 3) {
            printf("  row %d: sky %d, panel %d\n", t.rows, same_sky, same_panel);
        }
    }
    CHECK(t.rows >= 1000);
    CHECK_EQ(differing, 0);
}

static void a_whole_clear_day_gives_the_reference_energy(void)
{
    const struct solar_site site = {39.36, 16.22, 200.0, solar_pressure_pa(200.0), 28.0};
    const struct solar_plane plane = {30.0, 180.0, 0.2};
    double kwh = 0.0;
    for (int minute = 0; minute < 1440; minute++) {
        const double now = 1782000000.0 + 60.0 * minute;
        const struct solar_position sun = solar_position_at(&site, now, SOLAR_DELTA_T_S);
        const double outside = solar_extraterrestrial(solar_day_of_year(now));
        const double airmass = solar_relative_airmass(sun.apparent_zenith_deg);
        const struct solar_sky sky = solar_clear_sky(
            sun.apparent_zenith_deg, solar_absolute_airmass(airmass, site.pressure_pa), 3.5,
            site.altitude_m, outside);
        const struct solar_on_plane p =
            solar_transpose(&plane, &sun, &sky, SOLAR_PEREZ, outside, airmass);
        const double on_plane = solar_plane_global(&p);
        const double cell = solar_cell_sapm(on_plane, 28.0, 2.0, &solar_open_rack_glass_glass);
        kwh += solar_pvwatts_dc(on_plane, cell, 4000.0, -0.004) / 60000.0;
    }
    printf("  %.4f kWh\n", kwh);
    CHECK(fabs(kwh - 27.589) < 0.01);
}

CHECK_MAIN(TEST(positions_agree_within_a_ten_thousandth_of_a_degree), TEST(clear_skies_agree),
           TEST(tilted_planes_and_panels_agree), TEST(a_whole_clear_day_gives_the_reference_energy))
