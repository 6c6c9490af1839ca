/* SPDX-License-Identifier: MIT
 * Weather from a file.
 */
#include "trust_weather_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

enum { HOUR_S = 3600, FILE_MAX_LEN = 64 << 20 };
#define AIR_UNKNOWN_C 15.0
#define WIND_MS       2.0

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
    }
    if (size < 0 || size > FILE_MAX_LEN || fseek(file, 0, SEEK_SET) != 0) {
        fprintf(stderr, "%s: %s\n", path,
                size > FILE_MAX_LEN ? "the file is larger than 64 MB" : strerror(errno));
        if (file != NULL) {
            fclose(file);
        }
        return NULL;
    }
    char *text = malloc((size_t)size + 1);
    *len = text == NULL ? 0 : fread(text, 1, (size_t)size, file);
    fclose(file);
    return text;
}

static bool read_series(struct trust_weather_file *weather, const char *path, const char *text,
                        size_t len)
{
    struct trust_weather_fault fault = {.reason = ""};
    struct json_reader json;
    const size_t n_tokens = len / 2 + 16; /* a token takes two characters at least */
    struct json_token *tokens = malloc(n_tokens * sizeof *tokens);
    weather->series.cap = len / 2;
    weather->series.points = malloc((weather->series.cap + 1) * sizeof weather->series.points[0]);
    bool good = false;
    if (tokens == NULL || weather->series.points == NULL) {
        fprintf(stderr, "%s: out of memory\n", path);
    } else if (json_parse(&json, text, len, tokens, n_tokens) != E_OK) {
        fprintf(stderr, "%s: this is not a JSON text\n", path);
    } else if (trust_weather_read(&json, &weather->series, &fault) != E_OK) {
        fprintf(stderr, "%s: %s (point %zu)\n", path, fault.reason, fault.point);
    } else {
        good = true;
    }
    free(tokens);
    return good;
}

bool trust_weather_file_load(struct trust_weather_file *weather, const char *path)
{
    size_t len = 0;
    *weather = (struct trust_weather_file){.series = {.n = 0}};
    char *text = read_file(path, &len);
    if (text == NULL) {
        return false;
    }
    const bool good = read_series(weather, path, text, len);
    free(text);
    if (!good) {
        trust_weather_file_free(weather);
        return false;
    }
    for (size_t i = 0; i < weather->series.n && weather->series.n_missing > 0; i++) {
        if (weather->series.points[i].global_mw_m2 == TRUST_WEATHER_UNKNOWN) {
            fprintf(stderr,
                    "%s: note: %zu of %zu points have no radiation, the first at unix_s %" PRId64
                    "; those hours are unknown, not dark\n",
                    path, weather->series.n_missing, weather->series.n,
                    weather->series.points[i].end_unix_s);
            break;
        }
    }
    return true;
}

void trust_weather_file_free(struct trust_weather_file *weather)
{
    free(weather->series.points);
    weather->series.points = NULL;
}

static double of_milli(int32_t milli, double unknown)
{
    return milli == TRUST_WEATHER_UNKNOWN ? unknown : milli / 1000.0;
}

/* The mean power of one step, from its middle. */
static double step_w(const struct solar_roof *roof, const struct trust_weather_point *p,
                     uint32_t step_s)
{
    const double middle = (double)p->end_unix_s - step_s / 2.0;
    struct solar_weather w = {.sky = {.global = of_milli(p->global_mw_m2, 0),
                                      .direct_normal = of_milli(p->direct_normal_mw_m2, 0),
                                      .diffuse = of_milli(p->diffuse_mw_m2, 0)},
                              .air_c = of_milli(p->air_mc, AIR_UNKNOWN_C),
                              .wind_ms = WIND_MS};
    if (p->direct_normal_mw_m2 == TRUST_WEATHER_UNKNOWN ||
        p->diffuse_mw_m2 == TRUST_WEATHER_UNKNOWN) {
        const struct solar_position sun = solar_position_at(&roof->site, middle, SOLAR_DELTA_T_S);
        w.sky = solar_decompose(w.sky.global, sun.zenith_deg,
                                solar_extraterrestrial(solar_day_of_year(middle)));
    }
    return solar_roof_expected_w(roof, middle, &w);
}

bool trust_weather_file_expect(const struct trust_weather_file *weather,
                               const struct solar_roof *roof, int64_t hour_unix_s,
                               int64_t *power_mw)
{
    const uint32_t step_s = weather->series.step_s;
    double sum_ws = 0;
    ASSERT(roof->has_plane);
    if (weather->series.n == 0 || HOUR_S % step_s != 0) {
        return false;
    }
    for (int64_t at = hour_unix_s; at < hour_unix_s + HOUR_S; at += step_s) {
        const struct trust_weather_point *p = trust_weather_at(&weather->series, at + step_s);
        if (p == NULL) {
            return false;
        }
        sum_ws += step_w(roof, p, step_s) * step_s;
    }
    *power_mw = (int64_t)(sum_ws / HOUR_S * 1000.0);
    return true;
}
