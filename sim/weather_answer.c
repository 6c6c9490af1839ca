/* SPDX-License-Identifier: MIT */
#include "weather_answer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DAY_S = 86400,
    HOUR_S = 3600,
    PLACES_MAX = 10,
    VALUE_CAP = 256,
    PAST_DAYS_MAX = 92,
    FORECAST_DAYS_MAX = 16,
    STALE_S = 2 * DAY_S,
    SATELLITE_DELAY_S = 1800
};

/* The variables that are known, with their units. */
static const struct variable {
    const char *name;
    const char *unit;
    bool is_radiation;
    size_t offset; /* in struct weather_quarter */
} variables[] = {
    {"shortwave_radiation", "W/m\xc2\xb2", true, offsetof(struct weather_quarter, global)},
    {"direct_normal_irradiance", "W/m\xc2\xb2", true,
     offsetof(struct weather_quarter, direct_normal)},
    {"diffuse_radiation", "W/m\xc2\xb2", true, offsetof(struct weather_quarter, diffuse)},
    {"temperature_2m",
     "\xc2\xb0"
     "C",
     false, offsetof(struct weather_quarter, air_c)},
};
enum { N_VARIABLES = sizeof variables / sizeof variables[0] };

struct query {
    bool is_forecast;
    double latitude[PLACES_MAX];
    double longitude[PLACES_MAX];
    size_t n_places;
    unsigned hourly;   /* set of variables */
    unsigned quarters; /* likewise */
    bool unixtime;
    bool native;
    long past_days;
    long forecast_days;
    char reason[160]; /* "" while it can be answered */
};

static const char *const fault_names[] = {
#define FAULT_NAME(name, text, what) text,
    WEATHER_FAULTS(FAULT_NAME)
#undef FAULT_NAME
};
static const char *const fault_texts[] = {
#define FAULT_TEXT(name, text, what) what,
    WEATHER_FAULTS(FAULT_TEXT)
#undef FAULT_TEXT
};

const char *weather_fault_name(enum weather_fault fault)
{
    return fault_names[fault];
}

const char *weather_fault_text(enum weather_fault fault)
{
    return fault_texts[fault];
}

/* ---- the question ---- */

static void refuse(struct query *q, const char *before, const char *what, const char *after)
{
    if (q->reason[0] == '\0') {
        snprintf(q->reason, sizeof q->reason, "%s%s%s", before, what, after);
    }
}

static size_t read_degrees(char *text, double out[PLACES_MAX])
{
    size_t n = 0;
    char *rest = text;
    for (char *one = strsep(&rest, ","); one != NULL; one = strsep(&rest, ",")) {
        char *end = NULL;
        const double value = strtod(one, &end);
        if (n == PLACES_MAX || end == one || *end != '\0' || !isfinite(value)) {
            return 0;
        }
        out[n++] = value;
    }
    return n;
}

static unsigned read_variables(struct query *q, char *text)
{
    unsigned set = 0;
    char *rest = text;
    for (char *one = strsep(&rest, ","); one != NULL; one = strsep(&rest, ",")) {
        unsigned found = 0;
        for (unsigned v = 0; v < N_VARIABLES; v++) {
            found |= (unsigned)(strcmp(one, variables[v].name) == 0) << v;
        }
        if (found == 0) {
            refuse(q, "there is no variable '", one, "'");
        }
        set |= found;
    }
    return set;
}

static long read_days(struct query *q, const char *text, long most, const char *name)
{
    char *end = NULL;
    const long days = strtol(text, &end, 10);
    if (end == text || *end != '\0' || days < 0 || days > most) {
        refuse(q, "", name, " is not a number in its range");
        return 0;
    }
    return days;
}

static void take_parameter(struct query *q, const char *name, char *value)
{
    if (strcmp(name, "latitude") == 0) {
        q->n_places = read_degrees(value, q->latitude);
    } else if (strcmp(name, "longitude") == 0) {
        if (read_degrees(value, q->longitude) != q->n_places) {
            refuse(q, "latitude and ", name, " have not the same number of places");
        }
    } else if (strcmp(name, "hourly") == 0) {
        q->hourly = read_variables(q, value);
    } else if (strcmp(name, "minutely_15") == 0) {
        q->quarters = read_variables(q, value);
    } else if (strcmp(name, "past_days") == 0) {
        q->past_days = read_days(q, value, PAST_DAYS_MAX, name);
    } else if (strcmp(name, "forecast_days") == 0) {
        q->forecast_days = read_days(q, value, FORECAST_DAYS_MAX, name);
    } else if (strcmp(name, "timeformat") == 0) {
        q->unixtime = strcmp(value, "unixtime") == 0;
    } else if (strcmp(name, "temporal_resolution") == 0) {
        q->native = strcmp(value, "native") == 0;
    } else if (strcmp(name, "timezone") == 0 && strcmp(value, "GMT") != 0 &&
               strcmp(value, "UTC") != 0) {
        refuse(q, "the time zone is not '", value, "' but GMT");
    }
}

static void read_query(struct query *q, const char *target)
{
    char text[2048];
    *q = (struct query){.forecast_days = 7};
    snprintf(text, sizeof text, "%s", target);
    char *rest = text;
    const char *path = strsep(&rest, "?");
    q->is_forecast = strcmp(path, "/v1/forecast") == 0;
    if (!q->is_forecast && strcmp(path, "/v1/archive") != 0) {
        refuse(q, "", path, " is not found");
    }
    while (rest != NULL) {
        char *value = strsep(&rest, "&");
        const char *name = strsep(&value, "=");
        if (value != NULL) {
            take_parameter(q, name, value);
        }
    }
    for (size_t i = 0; i < q->n_places; i++) {
        if (fabs(q->latitude[i]) > 90 || fabs(q->longitude[i]) > 180) {
            refuse(q, "", "a latitude or longitude", " is out of its range");
        }
    }
    if (q->n_places == 0) {
        refuse(q, "", "latitude and longitude", " are needed");
    }
}

/* ---- the answer ---- */

static void put(struct wbuf *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct wbuf *w, const char *format, ...)
{
    char text[VALUE_CAP];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0 || n >= VALUE_CAP) {
        wbuf_fail(w);
        return;
    }
    wbuf_put(w, text, (size_t)n);
}

/* About 1 in size, the same for an hour whenever it is asked for. */
static double noise_of(int64_t hour)
{
    uint64_t x = (uint64_t)hour * UINT64_C(0x9e3779b97f4a7c15);
    double sum = 0;
    for (int i = 0; i < 12; i++) { /* twelve of [0, 1) are nearly normal */
        x ^= x >> 31;
        x *= UINT64_C(0xbf58476d1ce4e5b9);
        x ^= x >> 29;
        sum += (double)(x >> 11) / 9007199254740992.0;
    }
    return sum - 6;
}

/* One block of an answer: what it is called, and in which steps. */
struct block {
    const struct weather_service *service;
    const struct query *query;
    const char *name;
    unsigned set;
    int64_t step_s;
    int64_t from_s;
    int64_t to_s;
    int64_t now_s;
};

/* The mean over the step that ends then; NAN where any quarter of it is unknown. */
static double value_at(const struct block *b, const struct variable *v, int64_t end_s)
{
    const struct weather_service *s = b->service;
    const int64_t last_s = s->fault == WEATHER_FAULT_STALE ? b->now_s - STALE_S : b->now_s;
    double sum = 0;
    if ((!b->query->is_forecast && end_s > last_s - SATELLITE_DELAY_S) ||
        (s->fault == WEATHER_FAULT_STALE && end_s > last_s)) {
        return (double)NAN;
    }
    const int64_t second = (end_s - 1 - 8 * HOUR_S) % DAY_S;
    if (s->fault == WEATHER_FAULT_GAP && v->is_radiation && second >= 9 * HOUR_S &&
        second < 12 * HOUR_S) {
        return (double)NAN;
    }
    for (int64_t end = end_s - b->step_s + WEATHER_QUARTER_S; end <= end_s;
         end += WEATHER_QUARTER_S) {
        const struct weather_quarter q = weather_sky_at(s->sky, end);
        double value = 0;
        memcpy(&value, (const char *)&q + v->offset, sizeof value);
        sum += value;
    }
    double mean = sum * WEATHER_QUARTER_S / (double)b->step_s;
    if (v->is_radiation && b->query->is_forecast) {
        mean *= fmax(0, 1 + s->forecast_noise * noise_of((end_s - 1) / HOUR_S));
    }
    return v->is_radiation && s->fault == WEATHER_FAULT_SPOOF ? mean / 2 : mean;
}

static void put_time(struct wbuf *w, const struct query *q, int64_t unix_s)
{
    const time_t t = (time_t)unix_s;
    struct tm tm;
    if (q->unixtime) {
        put(w, "%lld", (long long)unix_s);
    } else if (gmtime_r(&t, &tm) != NULL) {
        put(w, "\"%04d-%02d-%02dT%02d:%02d\"", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
            tm.tm_hour, tm.tm_min);
    }
}

static void put_value(struct wbuf *w, const struct block *b, const struct variable *v, double value)
{
    if (v->is_radiation && b->service->fault == WEATHER_FAULT_NOT_A_NUMBER) {
        wbuf_str(w, "NaN");
    } else if (isnan(value)) {
        wbuf_str(w, "null");
    } else if (v->is_radiation && b->service->fault == WEATHER_FAULT_UNITS) {
        put(w, "%.2f", value * (double)b->step_s / 1e6);
    } else {
        put(w, "%.1f", value);
    }
}

static void put_units(struct wbuf *w, const struct block *b)
{
    put(w, ",\"%s_units\":{\"time\":\"%s\"", b->name, b->query->unixtime ? "unixtime" : "iso8601");
    for (unsigned v = 0; v < N_VARIABLES; v++) {
        if ((b->set >> v & 1) != 0) {
            const bool odd = variables[v].is_radiation && b->service->fault == WEATHER_FAULT_UNITS;
            put(w, ",\"%s\":\"%s\"", variables[v].name, odd ? "MJ/m\xc2\xb2" : variables[v].unit);
        }
    }
    wbuf_str(w, "}");
}

static void put_block(struct wbuf *w, const struct block *b)
{
    if (b->set == 0) {
        return;
    }
    put_units(w, b);
    put(w, ",\"%s\":{\"time\":[", b->name);
    for (int64_t at = b->from_s; at < b->to_s; at += b->step_s) {
        wbuf_str(w, at == b->from_s ? "" : ",");
        put_time(w, b->query, at);
    }
    for (unsigned v = 0; v < N_VARIABLES; v++) {
        if ((b->set >> v & 1) == 0) {
            continue;
        }
        put(w, "],\"%s\":[", variables[v].name);
        for (int64_t at = b->from_s; at < b->to_s; at += b->step_s) {
            wbuf_str(w, at == b->from_s ? "" : ",");
            put_value(w, b, &variables[v], value_at(b, &variables[v], at));
        }
    }
    wbuf_str(w, "]}");
}

static void put_place(const struct weather_service *s, const struct query *q, size_t place,
                      int64_t now_s, struct wbuf *w)
{
    const double off = s->fault == WEATHER_FAULT_ELSEWHERE ? 3 : 0;
    const int64_t today_s = now_s / DAY_S * DAY_S;
    struct block b = {.service = s,
                      .query = q,
                      .now_s = now_s,
                      .from_s = today_s - q->past_days * DAY_S,
                      .to_s = today_s + q->forecast_days * DAY_S};
    put(w, "{\"latitude\":%.4f,\"longitude\":%.4f,\"generationtime_ms\":0.1,",
        q->latitude[place] + off, q->longitude[place]);
    wbuf_str(w, "\"utc_offset_seconds\":0,\"timezone\":\"GMT\",\"timezone_abbreviation\":\"GMT\","
                "\"elevation\":0.0");
    b.name = "minutely_15";
    b.set = q->quarters;
    b.step_s = WEATHER_QUARTER_S;
    put_block(w, &b);
    b.name = "hourly";
    b.set = q->hourly;
    b.step_s = q->native ? WEATHER_QUARTER_S : HOUR_S;
    put_block(w, &b);
    wbuf_str(w, "}");
}

static int put_error(struct wbuf *body, int status, const char *reason)
{
    put(body, "{\"error\":true,\"reason\":\"%s\"}", reason);
    return status;
}

int weather_service_answer(const struct weather_service *service, const char *target,
                           int64_t now_unix_s, struct wbuf *body)
{
    struct query q;
    if (service->fault == WEATHER_FAULT_ERROR_500) {
        wbuf_str(body, "Internal Server Error\n");
        return 500;
    }
    if (service->fault == WEATHER_FAULT_GARBAGE) {
        wbuf_str(body, "<html>Sign in to this network</html>\n");
        return 200;
    }
    if (service->fault == WEATHER_FAULT_LIMIT) {
        return put_error(body, 429, "the daily limit of requests is reached");
    }
    read_query(&q, target);
    if (q.reason[0] != '\0') {
        const bool quotable = strpbrk(q.reason, "\"\\") == NULL;
        return put_error(body, 400, quotable ? q.reason : "This cannot be answered");
    }
    wbuf_str(body, q.n_places > 1 ? "[" : "");
    for (size_t i = 0; i < q.n_places; i++) {
        wbuf_str(body, i > 0 ? "," : "");
        put_place(service, &q, i, now_unix_s, body);
    }
    wbuf_str(body, q.n_places > 1 ? "]" : "");
    if (service->fault == WEATHER_FAULT_CUT) {
        body->len = body->len / 2;
    }
    return 200;
}
