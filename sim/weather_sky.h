/* SPDX-License-Identifier: MIT
 * The sky that `wattward-sim weather` tells of, in quarters of an hour.
 *
 * From a file: end_unix_s,ghi_w_m2,dni_w_m2,dhi_w_m2,air_c, hourly or every fifteen minutes; an
 * empty field is unknown. From homes: the radiation under which the middle one of the roofs that
 * lie alike gives what it gave, because no measurement of the sky over them exists; the air is that
 * of homes/air.csv.
 */
#ifndef SIM_WEATHER_SKY_H
#define SIM_WEATHER_SKY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "weather/model.h"

enum { WEATHER_QUARTER_S = 900 };

/* Means over a quarter of an hour, W/m2 and degrees C; NAN where it is not known. */
struct weather_quarter {
    double global;
    double direct_normal;
    double diffuse;
    double air_c;
};

struct weather_sky_row {
    int64_t end_unix_s;
    struct weather_quarter mean;
};

struct weather_sky {
    struct solar_site site;
    /* of a file */
    struct weather_sky_row *rows;
    size_t n_rows;
    uint32_t step_s;
    /* of homes: an hour of the record each, computed when it is asked for */
    int32_t tilt_mdeg; /* how those lie that are most */
    int32_t azimuth_mdeg;
    double *yields; /* of the middle one of them, of its peak power */
    double *shares; /* of a clear sky's radiation; negative: not computed yet */
    double *air_c;
    size_t n_hours;
    int64_t first_unix_s;
};

/* E_IO or E_MALFORMED after a complaint on stderr. The place is where the file's or the homes' sun
 * stands. */
int weather_sky_open_file(struct weather_sky *sky, const char *path, double latitude_deg,
                          double longitude_deg) MUST_USE;
int weather_sky_open_homes(struct weather_sky *sky, const char *folder, double latitude_deg,
                           double longitude_deg) MUST_USE;
void weather_sky_close(struct weather_sky *sky);

/* The quarter that ends then; all NAN outside what is known. A file's hour is spread over its
 * quarters as the sun's height goes, so that their mean stays the hour's. */
struct weather_quarter weather_sky_at(struct weather_sky *sky, int64_t end_unix_s);

#endif
