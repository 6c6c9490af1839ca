/* SPDX-License-Identifier: MIT
 * When to ask the weather service for what, and what to make of its answers. No sockets: questions
 * come out, answers go in. What is missing or old is a state that is shown, never a zero.
 */
#ifndef WEATHER_CLIENT_H
#define WEATHER_CLIENT_H

#include "base/json_writer.h"
#include "weather/cells.h"
#include "weather/fetcher.h"

enum {
    WEATHER_AGAIN_MS = 5000, /* real time between two questions for the same, at least */
    WEATHER_BACKOFF_FIRST_MS = 10000,
    WEATHER_BACKOFF_MAX_MS = 15 * 60 * 1000,
    WEATHER_STALE_S = 2 * 3600,    /* a forecast older than that is not trusted to be one */
    WEATHER_UNSEEN_S = 4 * 3600,   /* satellites tell within two hours, as a rule */
    WEATHER_FAR_UDEG = 500 * 1000, /* an answer about a place that far away is not ours */
    WEATHER_ANSWER_POINTS = 1024
};

/* The enumerator and its name. */
#define WEATHER_STATES(X)                                                                          \
    X(WAITING, "waiting") /* nothing was answered yet */                                           \
    X(FRESH, "fresh")                                                                              \
    X(STALE, "stale")     /* the last good answer, or what it knows, is old */                     \
    X(MISSING, "missing") /* there never was a good answer */
enum weather_state {
#define WEATHER_STATE_ROW(name, text) WEATHER_##name,
    WEATHER_STATES(WEATHER_STATE_ROW)
#undef WEATHER_STATE_ROW
        WEATHER_STATE_COUNT
};
const char *weather_state_name(enum weather_state state);
const char *weather_endpoint_name(enum trust_weather_endpoint endpoint);

/* What is known about one endpoint for one cell. */
struct weather_feed {
    uint64_t next_ms; /* not to be asked before; real time */
    uint32_t backoff_ms;
    bool answered;
    int64_t good_unix_ms; /* of the last good answer; site time, as all below */
    int64_t until_unix_s; /* the newest moment that it knows */
    size_t gaps;          /* moments before that it does not know */
    uint64_t n_good;
    uint64_t n_failed;
    char why[WEATHER_WHY_CAP]; /* of the last failure; "" after a good answer */
};

struct weather_asked_cell {
    struct trust_weather_cell where;
    struct weather_feed feeds[WEATHER_ENDPOINTS];
};

struct weather_client {
    int64_t cache_ms; /* FORECAST_CACHE_SECONDS, of site time */
    struct weather_asked_cell cells[WEATHER_CELLS_MAX];
    size_t n;
    size_t cursor; /* of cell and endpoint, so that all get their turn */
    bool asking;
    size_t asked; /* cell and endpoint of the open question */
    uint64_t n_good;
    uint64_t n_failed;
};

void weather_client_init(struct weather_client *c, int64_t cache_ms);
/* Weather of that cell is wanted from now on. E_NOSPACE beyond WEATHER_CELLS_MAX. */
int weather_client_want(struct weather_client *c, struct trust_weather_cell cell);

struct weather_question {
    struct trust_weather_cell cell;
    enum trust_weather_endpoint endpoint;
    char path[WEATHER_PATH_CAP];
};
/* The next question that is due, if none is open. */
bool weather_client_next(struct weather_client *c, uint64_t now_ms, int64_t site_unix_ms,
                         struct weather_question *question);

/* The answer to the open question. E_OK: `answer` holds its series, in `points` of
 * WEATHER_ANSWER_POINTS; otherwise it is of no use, and the feed says why. Logs what changes. */
struct weather_read {
    struct trust_weather_cell cell;
    enum trust_weather_endpoint endpoint;
    struct trust_weather_series series;
};
int weather_client_answer(struct weather_client *c, uint64_t now_ms, int64_t site_unix_ms,
                          const struct weather_fetched *fetched, struct trust_weather_point *points,
                          struct weather_read *answer);

enum weather_state weather_feed_state(const struct weather_feed *feed,
                                      enum trust_weather_endpoint endpoint, int64_t site_unix_ms);
/* The worst of an endpoint's cells; WAITING without any. */
enum weather_state weather_client_state(const struct weather_client *c,
                                        enum trust_weather_endpoint endpoint, int64_t site_unix_ms);
/* "weather":{...} of the page: docs/reference/gateway.md. NULL: there is none. */
void weather_client_put(const struct weather_client *c, int64_t site_unix_ms,
                        struct json_writer *j);

#endif
