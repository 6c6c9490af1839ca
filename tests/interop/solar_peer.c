/* SPDX-License-Identifier: MIT
 * The physics of lib/solar line by line: a word and numbers in, numbers out, for test_solar.py.
 */
#include <stdio.h>
#include <string.h>

#include "solar/panel.h"
#include "solar/plane.h"
#include "solar/position.h"
#include "solar/sky.h"

enum { NUMBERS_MAX = 16 };

/* lat lon altitude pressure temperature delta_t unix_s */
static void put_position(const double *v)
{
    const struct solar_site site = {v[0], v[1], v[2], v[3], v[4]};
    const struct solar_position p = solar_position_at(&site, v[6], v[5]);
    printf("%.17g %.17g %.17g %.17g\n", p.zenith_deg, p.apparent_zenith_deg, p.azimuth_deg,
           p.equation_of_time_min);
}

/* apparent zenith, pressure, turbidity, altitude, day */
static void put_sky(const double *v)
{
    const double outside = solar_extraterrestrial((int)v[4]);
    const double airmass = solar_relative_airmass(v[0]);
    const double absolute = solar_absolute_airmass(airmass, v[1]);
    const struct solar_sky s = solar_clear_sky(v[0], absolute, v[2], v[3], outside);
    printf("%.17g %.17g %.17g %.17g %.17g %.17g\n", outside, airmass, absolute, s.global,
           s.direct_normal, s.diffuse);
}

/* global, zenith, day */
static void put_split(const double *v)
{
    const struct solar_sky s = solar_decompose(v[0], v[1], solar_extraterrestrial((int)v[2]));
    printf("%.17g %.17g\n", s.direct_normal, s.diffuse);
}

/* tilt, azimuth, zenith, sun's azimuth, global, direct, diffuse, day */
static void put_plane(const double *v)
{
    const struct solar_plane plane = {v[0], v[1], 0.2};
    const struct solar_position sun = {
        .zenith_deg = v[2], .apparent_zenith_deg = v[2], .azimuth_deg = v[3]};
    const struct solar_sky sky = {v[4], v[5], v[6]};
    const double outside = solar_extraterrestrial((int)v[7]);
    const double airmass = solar_relative_airmass(v[2]);
    static const enum solar_sky_model models[] = {SOLAR_ISOTROPIC, SOLAR_HAY_DAVIES, SOLAR_PEREZ};
    struct solar_on_plane p = {.beam = 0};
    for (int i = 0; i < 3; i++) {
        p = solar_transpose(&plane, &sun, &sky, models[i], outside, airmass);
        printf("%.17g ", p.sky_diffuse);
    }
    printf("%.17g %.17g %.17g\n", p.beam, p.ground, p.incidence_deg);
}

/* irradiance, air, wind, incidence, rated, gamma */
static void put_panel(const double *v)
{
    const double cell_c = solar_cell_sapm(v[0], v[1], v[2], &solar_open_rack_glass_glass);
    const double dc = solar_pvwatts_dc(v[0], cell_c, v[4], v[5]);
    printf("%.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", cell_c,
           solar_cell_pvsyst(v[0], v[1], v[2], 29, 0),
           solar_module_faiman(v[0], v[1], v[2], 25, 6.84),
           solar_glass_physical(v[3], 1.526, 4.0, 0.002), solar_glass_ashrae(v[3], 0.05), dc,
           solar_pvwatts_ac(dc, v[4], 0.96));
}

int main(void)
{
    static const struct {
        const char *word;
        void (*put)(const double *numbers);
    } kinds[] = {{"position", put_position},
                 {"sky", put_sky},
                 {"split", put_split},
                 {"plane", put_plane},
                 {"panel", put_panel}};
    char line[1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        double numbers[NUMBERS_MAX] = {0};
        char *rest = line;
        const char *word = strsep(&rest, " \n");
        for (int i = 0; rest != NULL && *rest != '\0' && i < NUMBERS_MAX; i++) {
            // NOLINTNEXTLINE(cert-err34-c): written by the test beside it
            if (sscanf(strsep(&rest, " \n"), "%lf", &numbers[i]) != 1) {
                return 2;
            }
        }
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            if (strcmp(word, kinds[k].word) == 0) {
                kinds[k].put(numbers);
            }
        }
    }
    return 0;
}
