/* SPDX-License-Identifier: MIT
 * Open-Meteo's forecast API as functions: the request for a cell of the map, and what an answer
 * says. No sockets, no clock, no heap. An answer that is odd in any way is no information; a value
 * that is missing stays unknown and never becomes zero.
 */
#ifndef WEATHER_OPEN_METEO_H
#define WEATHER_OPEN_METEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_reader.h"
#include "base/wbuf.h"

enum {
    WEATHER_STEP_S = 900,
    WEATHER_SLOTS_MAX = 96 * 18, /* the most that is asked for below */
    WEATHER_PAST_DAYS_MAX = 7,
    WEATHER_FORECAST_DAYS_MAX = 10,
    WEATHER_TOKENS_MAX = 5 * WEATHER_SLOTS_MAX + 256,
    WEATHER_REASON_CAP = 160
};
#define WEATHER_UNKNOWN INT32_MIN

/* One request serves all roofs of a cell of 0.1 degrees. */
struct weather_cell {
    int16_t latitude_tenths; /* -900..900 */
    int16_t longitude_tenths;
};
/* The cell around a place in millionths of a degree, at most 90 and 180 degrees. */
struct weather_cell weather_cell_of(int32_t latitude_udeg, int32_t longitude_udeg);

/* Path and query. `past_days` and `forecast_days` up to the bounds above; today counts as a
 * forecast day. */
void weather_request_put(struct wbuf *w, struct weather_cell cell, unsigned past_days,
                         unsigned forecast_days);

/* Radiation is the mean of the 15 minutes that end at end_unix_s; temperature is of that moment. */
struct weather_slot {
    int64_t end_unix_s;
    int32_t global_mw_m2; /* on the horizontal, mW/m2, or WEATHER_UNKNOWN */
    int32_t direct_mw_m2; /* normal to the beam */
    int32_t diffuse_mw_m2;
    int32_t temperature_mdeg; /* thousandths of a degree Celsius */
};

struct weather_series {
    struct weather_slot *slots; /* lent, WEATHER_SLOTS_MAX of them */
    size_t n;
};

/* E_OK; E_UNSUPPORTED when the service refused (its reason, one line, in `reason`) or answered in
 * other units; else E_MALFORMED, E_TRUNCATED, E_LIMIT. The series is empty after an error. */
int weather_answer_parse(const char *text, size_t len, struct json_token tokens[WEATHER_TOKENS_MAX],
                         struct weather_series *series, char reason[WEATHER_REASON_CAP]) MUST_USE;

/* The slot whose 15 minutes hold that second (after its start, up to its end); NULL: unknown. */
const struct weather_slot *weather_slot_at(const struct weather_series *series, int64_t unix_s);

/* How far an answer may be relied upon. */
enum weather_state {
    WEATHER_MISSING, /* none was ever had */
    WEATHER_FRESH,
    WEATHER_STALE /* older than the cache keeps it, and no newer one came: no evidence from it */
};
enum weather_state weather_state_at(const struct weather_series *series, uint64_t fetched_ms,
                                    uint64_t now_ms, uint64_t cache_ms);

#endif
