/* SPDX-License-Identifier: MIT
 * Open-Meteo's requests and answers.
 */
#include "trust/weather.h"

#include <string.h>

#include "base/assert.h"

enum { QUARTER_S = 900, HOUR_S = 3600, DDEG = 100000 };

static int32_t rounded(int32_t udeg)
{
    return (udeg + (udeg < 0 ? -DDEG / 2 : DDEG / 2)) / DDEG;
}

struct trust_weather_cell trust_weather_cell_of(int32_t latitude_udeg, int32_t longitude_udeg)
{
    return (struct trust_weather_cell){rounded(latitude_udeg), rounded(longitude_udeg)};
}

static void put_ddeg(struct wbuf *out, int32_t ddeg)
{
    char digits[6];
    unsigned n = 0;
    uint32_t rest = (uint32_t)(ddeg < 0 ? -ddeg : ddeg);
    const uint32_t tenth = rest % 10;
    ASSERT(rest <= 1800);
    rest /= 10;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (ddeg < 0) {
        wbuf_u8(out, '-');
    }
    while (n > 0) {
        wbuf_u8(out, (uint8_t)digits[--n]);
    }
    wbuf_u8(out, '.');
    wbuf_u8(out, (uint8_t)('0' + tenth));
}

void trust_weather_request(enum trust_weather_endpoint endpoint, struct trust_weather_cell cell,
                           struct wbuf *out)
{
    const bool forecast = endpoint == TRUST_WEATHER_FORECAST;
    wbuf_str(out, forecast ? "/v1/forecast" : "/v1/archive");
    wbuf_str(out, "?latitude=");
    put_ddeg(out, cell.latitude_ddeg);
    wbuf_str(out, "&longitude=");
    put_ddeg(out, cell.longitude_ddeg);
    wbuf_str(out, forecast ? "&minutely_15=" : "&temporal_resolution=native&hourly=");
    wbuf_str(out, "shortwave_radiation,direct_normal_irradiance,diffuse_radiation");
    wbuf_str(out, forecast ? ",temperature_2m" : "");
    wbuf_str(out, "&timeformat=unixtime&timezone=GMT");
    wbuf_str(out, forecast ? "&past_days=1&forecast_days=2&models=best_match"
                           : "&past_days=2&forecast_days=1");
}

static int refuse(struct trust_weather_fault *fault, const char *reason, size_t point, int error)
{
    struct wbuf text = wbuf_of(fault->reason, sizeof fault->reason - 1);
    wbuf_str(&text, reason);
    fault->reason[wbuf_len(&text)] = '\0';
    fault->point = point;
    return error;
}

/* The parallel arrays of an answer. */
struct columns {
    int time;
    int global;
    int direct;
    int diffuse;
    int air;
};

/* The number in thousandths, whatever its number of decimals; unknown for null, text and what is
 * out of range. */
static int32_t milli_of(const struct json_reader *json, int value, int32_t least, int32_t most)
{
    int64_t micro = 0;
    if (json_decimal(json, value, 6, &micro) != E_OK) {
        return TRUST_WEATHER_UNKNOWN;
    }
    const int64_t milli = micro / 1000;
    return milli < least || milli > most ? TRUST_WEATHER_UNKNOWN : (int32_t)milli;
}

static int advance(const struct json_reader *json, int value)
{
    return value == JSON_ABSENT ? JSON_ABSENT : json_next(json, value);
}

static int read_points(const struct json_reader *json, struct columns at, size_t n,
                       struct trust_weather_series *series, struct trust_weather_fault *fault)
{
    enum { MOST_MW_M2 = 2000000, MOST_MC = 70000 };
    for (size_t i = 0; i < n; i++) {
        struct trust_weather_point *p = &series->points[i];
        if (json_int(json, at.time, &p->end_unix_s) != E_OK) {
            return refuse(fault, "a time is not a number", i, E_MALFORMED);
        }
        if (i > 0 && p->end_unix_s - p[-1].end_unix_s != (int64_t)series->step_s) {
            return refuse(fault, "the times do not rise in even steps", i, E_MALFORMED);
        }
        p->global_mw_m2 = milli_of(json, at.global, 0, MOST_MW_M2);
        p->direct_normal_mw_m2 = milli_of(json, at.direct, 0, MOST_MW_M2);
        p->diffuse_mw_m2 = milli_of(json, at.diffuse, 0, MOST_MW_M2);
        p->air_mc = milli_of(json, at.air, -MOST_MC, MOST_MC);
        series->n_missing += p->global_mw_m2 == TRUST_WEATHER_UNKNOWN;
        at.time = advance(json, at.time);
        at.global = advance(json, at.global);
        at.direct = advance(json, at.direct);
        at.diffuse = advance(json, at.diffuse);
        at.air = advance(json, at.air);
    }
    series->n = n;
    return E_OK;
}

/* A unit that is told has to be the one that was asked for: a service that changes its default
 * would otherwise be wrong by a factor, and nobody would see it. */
static bool unit_is(const struct json_reader *json, int units, const char *name, const char *wanted)
{
    char unit[16];
    const int value = json_member(json, units, name);
    return value == JSON_ABSENT ||
           (json_string(json, value, unit, sizeof unit) >= 0 && strcmp(unit, wanted) == 0);
}

static const char *wrong_unit(const struct json_reader *json, int units)
{
    static const char *const radiation[] = {"shortwave_radiation", "direct_normal_irradiance",
                                            "diffuse_radiation"};
    for (size_t i = 0; i < sizeof radiation / sizeof radiation[0]; i++) {
        if (!unit_is(json, units, radiation[i], "W/m\xc2\xb2")) {
            return "radiation is not in W/m2";
        }
    }
    if (!unit_is(json, units, "temperature_2m",
                 "\xc2\xb0"
                 "C")) {
        return "temperature is not in degrees C";
    }
    return unit_is(json, units, "time", "unixtime") ? NULL : "times are not unix times";
}

/* The first element of an array that is as long as the times; absent where there is none. */
static int column_of(const struct json_reader *json, int block, const char *name, int n)
{
    const int array = json_member(json, block, name);
    return array != JSON_ABSENT && json_count(json, array) == n ? json_first(json, array)
                                                                : JSON_ABSENT;
}

static int step_of(const struct json_reader *json, int times, uint32_t usual_s, uint32_t *out)
{
    int64_t first = 0;
    int64_t second = 0;
    const int a = json_first(json, times);
    if (json_count(json, times) < 2) {
        *out = usual_s;
        return E_OK;
    }
    if (json_int(json, a, &first) != E_OK || json_int(json, json_next(json, a), &second) != E_OK ||
        first < 0 || second <= first || second - first > HOUR_S) {
        return E_MALFORMED;
    }
    *out = (uint32_t)(second - first);
    return E_OK;
}

int trust_weather_read(const struct json_reader *json, struct trust_weather_series *series,
                       struct trust_weather_fault *fault)
{
    int root = json_type_of(json, 0) == JSON_ARRAY ? json_first(json, 0) : 0;
    bool error = false;
    series->n = 0;
    series->n_missing = 0;
    if (json_bool(json, json_member(json, root, "error"), &error) == E_OK && error) {
        if (json_string(json, json_member(json, root, "reason"), fault->reason,
                        sizeof fault->reason) < 0) {
            return refuse(fault, "the service says error without a reason", 0, E_STATE);
        }
        return E_STATE;
    }
    const int quarters = json_member(json, root, "minutely_15");
    const int block = quarters != JSON_ABSENT ? quarters : json_member(json, root, "hourly");
    const int times = json_member(json, block, "time");
    if (json_type_of(json, times) != JSON_ARRAY) {
        return refuse(fault, "there is neither minutely_15 nor hourly with times", 0, E_MALFORMED);
    }
    const char *wrong = wrong_unit(
        json,
        json_member(json, root, quarters != JSON_ABSENT ? "minutely_15_units" : "hourly_units"));
    if (wrong != NULL) {
        return refuse(fault, wrong, 0, E_MALFORMED);
    }
    const int n = json_count(json, times);
    if ((size_t)n > series->cap) {
        return refuse(fault, "there are more points than fit", series->cap, E_NOSPACE);
    }
    if (step_of(json, times, quarters != JSON_ABSENT ? QUARTER_S : HOUR_S, &series->step_s) !=
        E_OK) {
        return refuse(fault, "the first two times are no step of at most an hour", 1, E_MALFORMED);
    }
    const struct columns at = {.time = json_first(json, times),
                               .global = column_of(json, block, "shortwave_radiation", n),
                               .direct = column_of(json, block, "direct_normal_irradiance", n),
                               .diffuse = column_of(json, block, "diffuse_radiation", n),
                               .air = column_of(json, block, "temperature_2m", n)};
    if (at.global == JSON_ABSENT && n > 0) {
        return refuse(fault, "shortwave_radiation is missing", 0, E_MALFORMED);
    }
    return read_points(json, at, (size_t)n, series, fault);
}

const struct trust_weather_point *trust_weather_at(const struct trust_weather_series *series,
                                                   int64_t unix_s)
{
    size_t low = 0;
    size_t high = series->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (series->points[middle].end_unix_s < unix_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == series->n || series->points[low].end_unix_s - (int64_t)series->step_s >= unix_s ||
        series->points[low].global_mw_m2 == TRUST_WEATHER_UNKNOWN) {
        return NULL;
    }
    return &series->points[low];
}
