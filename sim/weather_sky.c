/* SPDX-License-Identifier: MIT */
#include "weather_sky.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "home_record.h"

enum { HOUR_S = 3600, HOMES_MAX = 99, ROWS_MAX = 1000000, HALVINGS = 20 };
/* The homes' record begins on 2016-08-01, 00:00 local standard time (UTC-8). */
#define HOMES_FIRST_UNIX_S INT64_C(1470038400)
#define TURBIDITY          3.0
#define SHARE_MOST         1.3 /* of a clear sky's radiation, at a cloud's bright edge */

static const struct weather_quarter unknown = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};

static struct solar_site site_of(double latitude_deg, double longitude_deg)
{
    return (struct solar_site){.latitude_deg = latitude_deg,
                               .longitude_deg = longitude_deg,
                               .pressure_pa = solar_pressure_pa(0),
                               .temperature_c = 12};
}

static double cos_zenith(const struct weather_sky *sky, double unix_s)
{
    const double zenith = solar_position_at(&sky->site, unix_s, SOLAR_DELTA_T_S).zenith_deg;
    return fmax(cos(zenith * 3.14159265358979323846 / 180.0), 0.0);
}

/* ---- from a file ---- */

static double field(char **rest)
{
    char *text = strsep(rest, ",\r\n");
    char *end = NULL;
    if (text == NULL || *text == '\0') {
        return (double)NAN;
    }
    const double value = strtod(text, &end);
    return *end == '\0' && isfinite(value) ? value : (double)INFINITY; /* no number at all */
}

static bool read_row(char *line, struct weather_sky_row *row)
{
    char *rest = line;
    const double end = field(&rest);
    row->mean.global = field(&rest);
    row->mean.direct_normal = field(&rest);
    row->mean.diffuse = field(&rest);
    row->mean.air_c = field(&rest);
    row->end_unix_s = isfinite(end) ? (int64_t)end : 0;
    return isfinite(end) && !isinf(row->mean.global) && !isinf(row->mean.direct_normal) &&
           !isinf(row->mean.diffuse) && !isinf(row->mean.air_c);
}

static int add_row(struct weather_sky *sky, const struct weather_sky_row *row)
{
    if ((sky->n_rows & (sky->n_rows - 1)) == 0) { /* a power of two: full */
        const size_t cap = sky->n_rows == 0 ? 1 : 2 * sky->n_rows;
        struct weather_sky_row *more = realloc(sky->rows, cap * sizeof *more);
        if (more == NULL) {
            return E_NOSPACE;
        }
        sky->rows = more;
    }
    sky->rows[sky->n_rows++] = *row;
    return E_OK;
}

static int complain_line(const char *path, unsigned line, const char *why)
{
    fprintf(stderr, "wattward-sim weather: %s:%u: %s\n", path, line, why);
    return E_MALFORMED;
}

static int read_rows(struct weather_sky *sky, FILE *file, const char *path)
{
    char line[256];
    unsigned number = 1;
    if (fgets(line, sizeof line, file) == NULL ||
        strncmp(line, "end_unix_s,ghi_w_m2,dni_w_m2,dhi_w_m2,air_c", 43) != 0) {
        return complain_line(path, 1,
                             "the first line is end_unix_s,ghi_w_m2,dni_w_m2,dhi_w_m2,air_c");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        struct weather_sky_row row;
        number++;
        if (!read_row(line, &row) || sky->n_rows == ROWS_MAX) {
            return complain_line(path, number, "this is not a row of numbers");
        }
        if (sky->n_rows > 0 && row.end_unix_s <= sky->rows[sky->n_rows - 1].end_unix_s) {
            return complain_line(path, number, "its time does not come after the one before");
        }
        if (add_row(sky, &row) != E_OK) {
            return E_NOSPACE;
        }
    }
    return E_OK;
}

int weather_sky_open_file(struct weather_sky *sky, const char *path, double latitude_deg,
                          double longitude_deg)
{
    *sky = (struct weather_sky){.site = site_of(latitude_deg, longitude_deg)};
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "wattward-sim weather: cannot read %s: %s\n", path, strerror(errno));
        return E_IO;
    }
    int result = read_rows(sky, file, path);
    fclose(file);
    if (result == E_OK && sky->n_rows < 2) {
        result = complain_line(path, 1, "there are no two rows in it");
    }
    if (result == E_OK) {
        const int64_t step_s = sky->rows[1].end_unix_s - sky->rows[0].end_unix_s;
        sky->step_s = (uint32_t)step_s;
        if (step_s != HOUR_S && step_s != WEATHER_QUARTER_S) {
            result = complain_line(path, 3, "its rows are neither an hour nor a quarter apart");
        }
    }
    if (result != E_OK) {
        weather_sky_close(sky);
    }
    return result;
}

static const struct weather_sky_row *row_at(const struct weather_sky *sky, int64_t end_unix_s)
{
    size_t low = 0;
    size_t high = sky->n_rows;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sky->rows[middle].end_unix_s < end_unix_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sky->n_rows && sky->rows[low].end_unix_s - sky->step_s < end_unix_s
               ? &sky->rows[low]
               : NULL;
}

/* What a quarter has of its hour. */
static double quarter_share(const struct weather_sky *sky, int64_t hour_end_s, int64_t end_unix_s)
{
    double sum = 0;
    double own = 0;
    for (int64_t end = hour_end_s - 3 * WEATHER_QUARTER_S; end <= hour_end_s;
         end += WEATHER_QUARTER_S) {
        const double height = cos_zenith(sky, (double)end - WEATHER_QUARTER_S / 2.0);
        sum += height;
        own = end == end_unix_s ? height : own;
    }
    return sum > 0 ? 4 * own / sum : 1;
}

static struct weather_quarter from_file(const struct weather_sky *sky, int64_t end_unix_s)
{
    const struct weather_sky_row *row = row_at(sky, end_unix_s);
    if (row == NULL) {
        return unknown;
    }
    struct weather_quarter q = row->mean;
    if (sky->step_s == HOUR_S) {
        const double share = quarter_share(sky, row->end_unix_s, end_unix_s);
        q.global *= share;
        q.direct_normal *= share;
        q.diffuse *= share;
    }
    return q;
}

/* ---- from homes ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct home {
    char name[16];
    double peak_w;
    bool has_plane;
    double tilt_deg;
    double azimuth_deg;
};

/* "home-01,4000,15,255" */
static bool read_home(char *line, struct home *home)
{
    char *rest = line;
    const char *name = strsep(&rest, ",");
    home->peak_w = field(&rest);
    home->tilt_deg = field(&rest);
    home->azimuth_deg = field(&rest);
    home->has_plane = isfinite(home->tilt_deg) && isfinite(home->azimuth_deg);
    snprintf(home->name, sizeof home->name, "%.15s", name);
    return home->peak_w >= 1 && isfinite(home->peak_w);
}

static bool lie_alike(const struct home *a, const struct home *b)
{
    return a->has_plane && b->has_plane && fabs(a->tilt_deg - b->tilt_deg) < 0.01 &&
           fabs(a->azimuth_deg - b->azimuth_deg) < 0.01;
}

/* Keeps those of the most that lie alike. */
static size_t keep_alike(struct home homes[HOMES_MAX], size_t n)
{
    size_t best = 0;
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t alike = 0;
        for (size_t k = 0; k < n; k++) {
            alike += lie_alike(&homes[i], &homes[k]);
        }
        best = alike > most ? i : best;
        most = alike > most ? alike : most;
    }
    const struct home model = homes[best];
    size_t kept = 0;
    for (size_t i = 0; i < n && most > 0; i++) {
        if (lie_alike(&model, &homes[i])) {
            homes[kept++] = homes[i];
        }
    }
    return kept;
}

static size_t read_homes(const char *folder, struct home homes[HOMES_MAX])
{
    char path[700];
    char line[128];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/homes.csv", folder);
    FILE *file = fopen(path, "r");
    while (file != NULL && n < HOMES_MAX && fgets(line, sizeof line, file) != NULL) {
        n += read_home(line, &homes[n]);
    }
    if (file != NULL) {
        fclose(file);
    }
    n = keep_alike(homes, n);
    if (n == 0) {
        fprintf(stderr, "wattward-sim weather: %s names no homes of which is known how they lie\n",
                path);
    }
    return n;
}

static int allocate(struct weather_sky *sky, size_t n_hours, size_t n_homes, double **table)
{
    sky->yields = calloc(n_hours, sizeof(double));
    sky->shares = calloc(n_hours, sizeof(double));
    sky->air_c = calloc(n_hours, sizeof(double));
    *table = calloc(n_hours * n_homes, sizeof(double));
    sky->n_hours = n_hours;
    return sky->yields && sky->shares && sky->air_c && *table ? E_OK : E_NOSPACE;
}

/* The middle one of the roofs that lie alike, in each hour. */
static int read_yields(struct weather_sky *sky, const char *folder)
{
    struct home homes[HOMES_MAX];
    double *table = NULL;
    const size_t n = read_homes(folder, homes);
    int result = n == 0 ? E_IO : E_OK;
    for (size_t home = 0; home < n && result == E_OK; home++) {
        struct replay_record record;
        result = sim_home_record_load(&record, folder, homes[home].name);
        if (result == E_OK && home == 0) {
            result = allocate(sky, record.n_hours, n, &table);
        }
        for (size_t h = 0; result == E_OK && h < sky->n_hours && h < record.n_hours; h++) {
            table[h * n + home] = record.hours[h].production_mw / 1000.0 / homes[home].peak_w;
        }
        if (result == E_OK) {
            sim_home_record_free(&record);
        }
    }
    for (size_t h = 0; result == E_OK && h < sky->n_hours; h++) {
        qsort(&table[h * n], n, sizeof table[0], by_value);
        sky->yields[h] = table[h * n + n / 2];
        sky->shares[h] = -1;
    }
    free(table);
    if (result == E_OK) {
        sky->tilt_mdeg = (int32_t)lround(homes[0].tilt_deg * 1000);
        sky->azimuth_mdeg = (int32_t)lround(homes[0].azimuth_deg * 1000);
    }
    return result;
}

static void read_air(struct weather_sky *sky, const char *folder)
{
    char path[700];
    char line[64];
    snprintf(path, sizeof path, "%s/air.csv", folder);
    FILE *file = fopen(path, "r");
    const bool has = file != NULL && fgets(line, sizeof line, file) != NULL;
    for (size_t h = 0; h < sky->n_hours; h++) {
        sky->air_c[h] =
            has && fgets(line, sizeof line, file) != NULL ? strtod(line, NULL) : (double)NAN;
    }
    if (file != NULL) {
        fclose(file);
    }
}

int weather_sky_open_homes(struct weather_sky *sky, const char *folder, double latitude_deg,
                           double longitude_deg)
{
    *sky = (struct weather_sky){.site = site_of(latitude_deg, longitude_deg),
                                .first_unix_s = HOMES_FIRST_UNIX_S};
    const int result = read_yields(sky, folder);
    if (result != E_OK) {
        weather_sky_close(sky);
        return result;
    }
    read_air(sky, folder);
    return E_OK;
}

/* A share of a clear sky, in the middle of a quarter. */
static struct weather_quarter cloudy(const struct weather_sky *sky, int64_t end_unix_s,
                                     double share, double air_c)
{
    const double at = (double)end_unix_s - WEATHER_QUARTER_S / 2.0;
    const struct solar_position sun = solar_position_at(&sky->site, at, SOLAR_DELTA_T_S);
    const double outside = solar_extraterrestrial(solar_day_of_year(at));
    if (sun.apparent_zenith_deg >= 90) {
        return (struct weather_quarter){0, 0, 0, air_c};
    }
    const double airmass = solar_absolute_airmass(solar_relative_airmass(sun.apparent_zenith_deg),
                                                  sky->site.pressure_pa);
    const struct solar_sky clear =
        solar_clear_sky(sun.apparent_zenith_deg, airmass, TURBIDITY, 0, outside);
    const struct solar_sky split = solar_decompose(share * clear.global, sun.zenith_deg, outside);
    return (struct weather_quarter){split.global, split.direct_normal, split.diffuse, air_c};
}

static int32_t milli(double value)
{
    return isnan(value) ? TRUST_WEATHER_UNKNOWN : (int32_t)lround(value * 1000);
}

/* What the roof of 1 kW gives in an hour under a share of a clear sky. */
static double yield_under(const struct weather_sky *sky, int64_t hour_unix_s, double share,
                          double air_c)
{
    const struct weather_place place = {
        .known = true,
        .latitude_udeg = (int32_t)lround(sky->site.latitude_deg * 1e6),
        .longitude_udeg = (int32_t)lround(sky->site.longitude_deg * 1e6),
        .has_plane = true,
        .tilt_mdeg = sky->tilt_mdeg,
        .azimuth_mdeg = sky->azimuth_mdeg};
    const struct solar_roof roof = weather_roof_of(&place, 1000);
    struct trust_weather_point points[4];
    int64_t power_mw = 0;
    for (int i = 0; i < 4; i++) {
        const int64_t end = hour_unix_s + (i + 1) * WEATHER_QUARTER_S;
        const struct weather_quarter q = cloudy(sky, end, share, air_c);
        points[i] = (struct trust_weather_point){end, milli(q.global), milli(q.direct_normal),
                                                 milli(q.diffuse), milli(q.air_c)};
    }
    const struct trust_weather_series series = {
        .points = points, .cap = 4, .n = 4, .step_s = WEATHER_QUARTER_S};
    const bool known = weather_hour_mw(&series, &roof, hour_unix_s, &power_mw);
    ASSERT(known);
    return (double)power_mw / 1e6;
}

static double share_of_hour(struct weather_sky *sky, size_t hour, int64_t hour_unix_s)
{
    double low = 0;
    double high = SHARE_MOST;
    if (sky->shares[hour] >= 0) {
        return sky->shares[hour];
    }
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        if (yield_under(sky, hour_unix_s, middle, sky->air_c[hour]) < sky->yields[hour]) {
            low = middle;
        } else {
            high = middle;
        }
    }
    sky->shares[hour] = (low + high) / 2;
    return sky->shares[hour];
}

/* The record goes round, as the meters that play it do; the sun does not, so an hour's
 * share is computed for the sun it is first asked for. */
static struct weather_quarter from_homes(struct weather_sky *sky, int64_t end_unix_s)
{
    const int64_t round_s = (int64_t)sky->n_hours * HOUR_S;
    const int64_t since_s = end_unix_s - 1 - sky->first_unix_s;
    const int64_t hour_unix_s = (end_unix_s - 1) / HOUR_S * HOUR_S;
    const size_t hour = (size_t)((since_s % round_s + round_s) % round_s / HOUR_S);
    ASSERT(end_unix_s > 0);
    return cloudy(sky, end_unix_s, share_of_hour(sky, hour, hour_unix_s), sky->air_c[hour]);
}

void weather_sky_close(struct weather_sky *sky)
{
    free(sky->rows);
    free(sky->yields);
    free(sky->shares);
    free(sky->air_c);
    *sky = (struct weather_sky){.rows = NULL};
}

struct weather_quarter weather_sky_at(struct weather_sky *sky, int64_t end_unix_s)
{
    ASSERT(end_unix_s % WEATHER_QUARTER_S == 0);
    return sky->rows != NULL ? from_file(sky, end_unix_s) : from_homes(sky, end_unix_s);
}
