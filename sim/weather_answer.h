/* SPDX-License-Identifier: MIT
 * Open-Meteo's interface, as far as a site asks it: /v1/forecast and /v1/archive with radiation and
 * temperature, hourly or in quarters of an hour, as means before their stamps; and what can go
 * wrong with such a service. No sockets.
 */
#ifndef SIM_WEATHER_ANSWER_H
#define SIM_WEATHER_ANSWER_H

#include "base/wbuf.h"
#include "weather_sky.h"

/* What goes wrong, on request: the enumerator, its name and what it does. */
#define WEATHER_FAULTS(X)                                                                          \
    X(NONE, "none", "nothing")                                                                     \
    X(GAP, "gap", "radiation is null from 09:00 to 12:00 UTC-8")                                   \
    X(STALE, "stale", "the service stopped two days ago: nothing newer comes")                     \
    X(SLOW, "slow", "answers take a minute")                                                       \
    X(ERROR_500, "500", "every answer is status 500")                                              \
    X(LIMIT, "limit", "the daily limit of requests is exceeded")                                   \
    X(GARBAGE, "garbage", "answers are no JSON")                                                   \
    X(NOT_A_NUMBER, "nan", "radiation is NaN, which JSON does not have")                           \
    X(UNITS, "units", "radiation comes in MJ/m2")                                                  \
    X(CUT, "cut", "answers end in their middle")                                                   \
    X(ELSEWHERE, "elsewhere", "answers are about another place")                                   \
    X(SPOOF, "spoof", "radiation is half of the truth")
enum weather_fault {
#define WEATHER_FAULT_ROW(name, text, what) WEATHER_FAULT_##name,
    WEATHER_FAULTS(WEATHER_FAULT_ROW)
#undef WEATHER_FAULT_ROW
        WEATHER_FAULT_COUNT
};
const char *weather_fault_name(enum weather_fault fault);
const char *weather_fault_text(enum weather_fault fault);

struct weather_service {
    struct weather_sky *sky;
    enum weather_fault fault;
    double forecast_noise; /* standard deviation of what is forecast beyond now, of the truth */
};

enum { WEATHER_BODY_CAP = 1 << 20 };

/* Answers "/v1/forecast?latitude=...". Returns the HTTP status. */
int weather_service_answer(const struct weather_service *service, const char *target,
                           int64_t now_unix_s, struct wbuf *body);

#endif
