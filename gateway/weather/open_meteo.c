/* SPDX-License-Identifier: MIT */
#include "weather/open_meteo.h"

#include <string.h>

#include "base/assert.h"
#include "base/json_writer.h"

enum { UDEG_PER_TENTH = 100000, RADIATION_MAX_W = 2000, TEMPERATURE_MAX_DEG = 90 };

static int16_t tenths_of(int32_t udeg)
{
    const int32_t half = udeg < 0 ? -UDEG_PER_TENTH / 2 : UDEG_PER_TENTH / 2;
    return (int16_t)((udeg + half) / UDEG_PER_TENTH);
}

struct weather_cell weather_cell_of(int32_t latitude_udeg, int32_t longitude_udeg)
{
    ASSERT(latitude_udeg >= -90000000 && latitude_udeg <= 90000000);
    ASSERT(longitude_udeg >= -180000000 && longitude_udeg <= 180000000);
    return (struct weather_cell){tenths_of(latitude_udeg), tenths_of(longitude_udeg)};
}

static void put_number(struct wbuf *w, const char *name, int64_t value, unsigned decimals)
{
    struct json_writer j;
    wbuf_str(w, name);
    json_writer_init(&j, w);
    json_put_decimal(&j, value, decimals);
}

void weather_request_put(struct wbuf *w, struct weather_cell cell, unsigned past_days,
                         unsigned forecast_days)
{
    ASSERT(past_days <= WEATHER_PAST_DAYS_MAX && forecast_days <= WEATHER_FORECAST_DAYS_MAX);
    /* Components and not the tilted irradiance: that one assumes an isotropic sky. */
    put_number(w, "/v1/forecast?latitude=", cell.latitude_tenths, 1);
    put_number(w, "&longitude=", cell.longitude_tenths, 1);
    wbuf_str(w, "&minutely_15=shortwave_radiation,direct_normal_irradiance,diffuse_radiation,"
                "temperature_2m&timeformat=unixtime&timezone=GMT");
    put_number(w, "&past_days=", past_days, 0);
    put_number(w, "&forecast_days=", forecast_days, 0);
}

/* ---- the answer ---- */

enum column { TIME, GLOBAL, DIRECT, DIFFUSE, TEMPERATURE, N_COLUMNS };

struct column_form {
    const char *name;
    const char *unit;
    int32_t lowest;
    int32_t highest;
};
static const struct column_form forms[N_COLUMNS] = {
    [TIME] = {"time", "unixtime", 0, 0},
    [GLOBAL] = {"shortwave_radiation", "W/m\xc2\xb2", 0, RADIATION_MAX_W * 1000},
    [DIRECT] = {"direct_normal_irradiance", "W/m\xc2\xb2", 0, RADIATION_MAX_W * 1000},
    [DIFFUSE] = {"diffuse_radiation", "W/m\xc2\xb2", 0, RADIATION_MAX_W * 1000},
    [TEMPERATURE] = {"temperature_2m",
                     "\xc2\xb0"
                     "C",
                     -TEMPERATURE_MAX_DEG * 1000, TEMPERATURE_MAX_DEG * 1000},
};

static bool is_in_our_units(const struct json_reader *r)
{
    char unit[16];
    const int units = json_member(r, 0, "minutely_15_units");
    for (int c = 0; c < N_COLUMNS; c++) {
        const int value = json_member(r, units, forms[c].name);
        if (json_string(r, value, unit, sizeof unit) < 0 || strcmp(unit, forms[c].unit) != 0) {
            return false;
        }
    }
    return true;
}

static int read_value(const struct json_reader *r, int value, const struct column_form *form,
                      int32_t *out)
{
    int64_t v = 0;
    if (json_type_of(r, value) == JSON_NULL) {
        *out = WEATHER_UNKNOWN;
        return E_OK;
    }
    if (json_decimal(r, value, 3, &v) != E_OK || v < form->lowest || v > form->highest) {
        return E_MALFORMED;
    }
    *out = (int32_t)v;
    return E_OK;
}

static int read_slot(const struct json_reader *r, const int at[N_COLUMNS],
                     struct weather_slot *slot)
{
    int32_t *const fields[N_COLUMNS] = {[GLOBAL] = &slot->global_mw_m2,
                                        [DIRECT] = &slot->direct_mw_m2,
                                        [DIFFUSE] = &slot->diffuse_mw_m2,
                                        [TEMPERATURE] = &slot->temperature_mdeg};
    int result = json_int(r, at[TIME], &slot->end_unix_s);
    if (slot->end_unix_s % WEATHER_STEP_S != 0) {
        result = E_MALFORMED;
    }
    for (int c = TIME + 1; c < N_COLUMNS && result == E_OK; c++) {
        result = read_value(r, at[c], &forms[c], fields[c]);
    }
    return result == E_OK ? E_OK : E_MALFORMED;
}

static int read_slots(const struct json_reader *r, struct weather_series *series)
{
    const int table = json_member(r, 0, "minutely_15");
    const int times = json_member(r, table, forms[TIME].name);
    const int n = json_count(r, times);
    int at[N_COLUMNS];
    for (int c = 0; c < N_COLUMNS; c++) {
        const int column = json_member(r, table, forms[c].name);
        if (json_type_of(r, column) != JSON_ARRAY || json_count(r, column) != n) {
            return E_MALFORMED;
        }
        at[c] = json_first(r, column);
    }
    if (n > WEATHER_SLOTS_MAX) {
        return E_LIMIT;
    }
    for (int i = 0; i < n; i++) {
        struct weather_slot slot = {.end_unix_s = 0};
        const int result = read_slot(r, at, &slot);
        if (result != E_OK) {
            return result;
        }
        if (i > 0 && slot.end_unix_s - series->slots[i - 1].end_unix_s != WEATHER_STEP_S) {
            return E_MALFORMED;
        }
        series->slots[i] = slot;
        for (int c = 0; c < N_COLUMNS; c++) {
            at[c] = json_next(r, at[c]);
        }
    }
    series->n = (size_t)n;
    return E_OK;
}

/* Whether the service says that it refused; its reason on one line of printable ASCII. */
static bool is_refusal(const struct json_reader *r, char reason[WEATHER_REASON_CAP])
{
    bool refused = false;
    if (json_bool(r, json_member(r, 0, "error"), &refused) != E_OK || !refused) {
        return false;
    }
    if (json_string(r, json_member(r, 0, "reason"), reason, WEATHER_REASON_CAP) < 0) {
        memcpy(reason, "no reason given", sizeof "no reason given");
    }
    for (char *c = reason; *c; c++) {
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    }
    return true;
}

int weather_answer_parse(const char *text, size_t len, struct json_token tokens[WEATHER_TOKENS_MAX],
                         struct weather_series *series, char reason[WEATHER_REASON_CAP])
{
    struct json_reader r;
    series->n = 0;
    reason[0] = '\0';
    const int parsed = json_parse(&r, text, len, tokens, WEATHER_TOKENS_MAX);
    if (parsed != E_OK) {
        return parsed;
    }
    if (is_refusal(&r, reason)) {
        return E_UNSUPPORTED;
    }
    if (json_type_of(&r, json_member(&r, 0, "minutely_15")) != JSON_OBJECT) {
        return E_MALFORMED;
    }
    return is_in_our_units(&r) ? read_slots(&r, series) : E_UNSUPPORTED;
}

const struct weather_slot *weather_slot_at(const struct weather_series *series, int64_t unix_s)
{
    if (series->n == 0 || unix_s > series->slots[series->n - 1].end_unix_s ||
        unix_s <= series->slots[0].end_unix_s - WEATHER_STEP_S) {
        return NULL;
    }
    const int64_t since = unix_s - series->slots[0].end_unix_s + WEATHER_STEP_S - 1;
    const size_t i = (size_t)(since / WEATHER_STEP_S);
    ASSERT(i < series->n && series->slots[i].end_unix_s >= unix_s);
    return &series->slots[i];
}

enum weather_state weather_state_at(const struct weather_series *series, uint64_t fetched_ms,
                                    uint64_t now_ms, uint64_t cache_ms)
{
    if (series->n == 0) {
        return WEATHER_MISSING;
    }
    /* A clock that went back makes nothing fresh. */
    return now_ms >= fetched_ms && now_ms - fetched_ms <= cache_ms ? WEATHER_FRESH : WEATHER_STALE;
}
