/* SPDX-License-Identifier: MIT */
#include "weather/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "posix/log.h"

static const char *const state_names[] = {
#define STATE_NAME(name, text) text,
    WEATHER_STATES(STATE_NAME)
#undef STATE_NAME
};

const char *weather_state_name(enum weather_state state)
{
    ASSERT(state < WEATHER_STATE_COUNT);
    return state_names[state];
}

const char *weather_endpoint_name(enum trust_weather_endpoint endpoint)
{
    return endpoint == TRUST_WEATHER_FORECAST ? "forecast" : "satellite";
}

void weather_client_init(struct weather_client *c, int64_t cache_ms)
{
    *c = (struct weather_client){.cache_ms = cache_ms};
}

int weather_client_want(struct weather_client *c, struct trust_weather_cell cell)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->cells[i].where.latitude_ddeg == cell.latitude_ddeg &&
            c->cells[i].where.longitude_ddeg == cell.longitude_ddeg) {
            return E_OK;
        }
    }
    if (c->n == WEATHER_CELLS_MAX) {
        return E_NOSPACE;
    }
    c->cells[c->n++] = (struct weather_asked_cell){.where = cell};
    return E_OK;
}

static struct weather_feed *feed_of(struct weather_client *c, size_t number)
{
    ASSERT(number < c->n * WEATHER_ENDPOINTS);
    return &c->cells[number / WEATHER_ENDPOINTS].feeds[number % WEATHER_ENDPOINTS];
}

static bool is_due(const struct weather_client *c, const struct weather_feed *f, uint64_t now_ms,
                   int64_t site_unix_ms)
{
    const bool old = !f->answered || f->why[0] != '\0' ||
                     site_unix_ms - f->good_unix_ms >= c->cache_ms ||
                     site_unix_ms < f->good_unix_ms; /* the site's clock went back */
    return old && now_ms >= f->next_ms;
}

bool weather_client_next(struct weather_client *c, uint64_t now_ms, int64_t site_unix_ms,
                         struct weather_question *question)
{
    const size_t n = c->n * WEATHER_ENDPOINTS;
    for (size_t i = 0; i < n && !c->asking; i++) {
        const size_t number = (c->cursor + i) % n;
        struct weather_feed *f = feed_of(c, number);
        if (!is_due(c, f, now_ms, site_unix_ms)) {
            continue;
        }
        struct wbuf w = wbuf_of(question->path, sizeof question->path - 1);
        question->cell = c->cells[number / WEATHER_ENDPOINTS].where;
        question->endpoint =
            number % WEATHER_ENDPOINTS == 0 ? TRUST_WEATHER_FORECAST : TRUST_WEATHER_SATELLITE;
        trust_weather_request(question->endpoint, question->cell, &w);
        ASSERT(wbuf_ok(&w));
        question->path[wbuf_len(&w)] = '\0';
        f->next_ms = now_ms + WEATHER_AGAIN_MS;
        c->cursor = number + 1;
        c->asked = number;
        c->asking = true;
        return true;
    }
    return false;
}

/* ---- answers ---- */

/* "34.1,-117.4" */
static const char *cell_text(struct trust_weather_cell cell, char text[32])
{
    (void)snprintf(text, 32, "%.1f,%.1f", cell.latitude_ddeg / 10.0, cell.longitude_ddeg / 10.0);
    return text;
}

static void failed(struct weather_client *c, struct weather_feed *f, const char *why,
                   uint64_t now_ms)
{
    char where[32];
    if (strcmp(f->why, why) != 0) {
        log_warn("weather endpoint=%s cell=%s cannot be used: %s",
                 weather_endpoint_name(c->asked % WEATHER_ENDPOINTS == 0 ? TRUST_WEATHER_FORECAST
                                                                         : TRUST_WEATHER_SATELLITE),
                 cell_text(c->cells[c->asked / WEATHER_ENDPOINTS].where, where), why);
    }
    (void)snprintf(f->why, sizeof f->why, "%s", why);
    const uint32_t longer_ms = f->backoff_ms * 2;
    f->backoff_ms = f->backoff_ms == 0                   ? WEATHER_BACKOFF_FIRST_MS
                    : longer_ms < WEATHER_BACKOFF_MAX_MS ? longer_ms
                                                         : WEATHER_BACKOFF_MAX_MS;
    f->next_ms = now_ms + f->backoff_ms;
    f->answered = true;
    f->n_failed++;
    c->n_failed++;
}

static bool is_near(const struct json_reader *json, int32_t wanted_ddeg, const char *name)
{
    const int root = json_type_of(json, 0) == JSON_ARRAY ? json_first(json, 0) : 0;
    const int value = json_member(json, root, name);
    int64_t udeg = 0;
    if (value == JSON_ABSENT) {
        return true;
    }
    const int64_t off = json_decimal(json, value, 6, &udeg) == E_OK
                            ? udeg - (int64_t)wanted_ddeg * 100000
                            : INT64_MAX / 2;
    return off <= WEATHER_FAR_UDEG && off >= -WEATHER_FAR_UDEG;
}

/* "" or why the answer is of no use. */
static void judge_answer(const struct weather_fetched *fetched, struct trust_weather_cell cell,
                         struct trust_weather_series *series, char why[WEATHER_WHY_CAP])
{
    struct trust_weather_fault fault = {.reason = ""};
    struct json_reader json;
    const size_t n_tokens = fetched->len / 2 + 16;
    struct json_token *tokens = malloc(n_tokens * sizeof *tokens);
    const char *text = (const char *)fetched->body;
    why[0] = '\0';
    const int parsed = tokens ? json_parse(&json, text, fetched->len, tokens, n_tokens) : E_NOSPACE;
    const int read = parsed == E_OK ? trust_weather_read(&json, series, &fault) : parsed;
    if (fetched->status != 200 && read != E_STATE) {
        (void)snprintf(why, WEATHER_WHY_CAP, "the service answers with status %d", fetched->status);
    } else if (parsed != E_OK) {
        (void)snprintf(why, WEATHER_WHY_CAP, "%s",
                       parsed == E_TRUNCATED ? "the answer ends in its middle"
                                             : "the answer is no JSON");
    } else if (read != E_OK) {
        (void)snprintf(why, WEATHER_WHY_CAP, "%s", fault.reason);
    } else if (!is_near(&json, cell.latitude_ddeg, "latitude") ||
               !is_near(&json, cell.longitude_ddeg, "longitude")) {
        (void)snprintf(why, WEATHER_WHY_CAP, "the answer is about another place");
    } else if (series->n == series->n_missing) {
        (void)snprintf(why, WEATHER_WHY_CAP, "there is no radiation in the answer");
    }
    free(tokens);
}

/* Its newest known moment, and what is unknown before it. */
static void measure(struct weather_feed *f, const struct trust_weather_series *s)
{
    size_t known = 0;
    size_t last = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->points[i].global_mw_m2 != TRUST_WEATHER_UNKNOWN) {
            known++;
            last = i;
        }
    }
    ASSERT(known > 0);
    f->until_unix_s = s->points[last].end_unix_s;
    f->gaps = last + 1 - known;
}

static void succeeded(struct weather_client *c, struct weather_feed *f,
                      const struct weather_read *answer, int64_t site_unix_ms)
{
    char where[32];
    const size_t gaps = f->gaps;
    const char *name = weather_endpoint_name(answer->endpoint);
    cell_text(answer->cell, where);
    measure(f, &answer->series);
    if (f->n_good == 0 || f->why[0] != '\0') {
        log_info("weather endpoint=%s cell=%s is there", name, where);
    }
    if (f->gaps > 0 && gaps == 0) {
        log_warn("weather endpoint=%s cell=%s has gaps: %zu moments are unknown, not dark", name,
                 where, f->gaps);
    }
    f->why[0] = '\0';
    f->backoff_ms = 0;
    f->answered = true;
    f->good_unix_ms = site_unix_ms;
    f->n_good++;
    c->n_good++;
}

int weather_client_answer(struct weather_client *c, uint64_t now_ms, int64_t site_unix_ms,
                          const struct weather_fetched *fetched, struct trust_weather_point *points,
                          struct weather_read *answer)
{
    char why[WEATHER_WHY_CAP];
    ASSERT(c->asking);
    struct weather_feed *f = feed_of(c, c->asked);
    c->asking = false;
    *answer = (struct weather_read){.cell = c->cells[c->asked / WEATHER_ENDPOINTS].where,
                                    .endpoint = c->asked % WEATHER_ENDPOINTS == 0
                                                    ? TRUST_WEATHER_FORECAST
                                                    : TRUST_WEATHER_SATELLITE,
                                    .series = {.points = points, .cap = WEATHER_ANSWER_POINTS}};
    if (fetched->status == 0) {
        failed(c, f, fetched->why, now_ms);
        return E_IO;
    }
    judge_answer(fetched, answer->cell, &answer->series, why);
    if (why[0] != '\0') {
        failed(c, f, why, now_ms);
        return E_MALFORMED;
    }
    succeeded(c, f, answer, site_unix_ms);
    return E_OK;
}

/* ---- states ---- */

enum weather_state weather_feed_state(const struct weather_feed *f,
                                      enum trust_weather_endpoint endpoint, int64_t site_unix_ms)
{
    if (f->n_good == 0) {
        return f->answered ? WEATHER_MISSING : WEATHER_WAITING;
    }
    const int64_t unseen_s =
        endpoint == TRUST_WEATHER_FORECAST ? WEATHER_STALE_S : WEATHER_UNSEEN_S;
    const bool old = site_unix_ms - f->good_unix_ms > INT64_C(1000) * WEATHER_STALE_S ||
                     site_unix_ms / 1000 - f->until_unix_s > unseen_s;
    return old ? WEATHER_STALE : WEATHER_FRESH;
}

enum weather_state weather_client_state(const struct weather_client *c,
                                        enum trust_weather_endpoint endpoint, int64_t site_unix_ms)
{
    enum weather_state worst = c->n == 0 ? WEATHER_WAITING : WEATHER_FRESH;
    for (size_t i = 0; i < c->n; i++) {
        const enum weather_state s =
            weather_feed_state(&c->cells[i].feeds[endpoint], endpoint, site_unix_ms);
        if (s == WEATHER_WAITING && worst == WEATHER_FRESH) {
            worst = s;
        } else if (s > worst && s >= WEATHER_STALE) {
            worst = s;
        }
    }
    return worst;
}

static void put_feed(const struct weather_feed *f, enum trust_weather_endpoint endpoint,
                     int64_t site_unix_ms, struct json_writer *j)
{
    json_key(j, weather_endpoint_name(endpoint));
    json_begin_object(j);
    json_field_string(j, "state",
                      weather_state_name(weather_feed_state(f, endpoint, site_unix_ms)));
    json_key(j, "answered_unix_ms");
    if (f->n_good > 0) {
        json_put_int(j, f->good_unix_ms);
    } else {
        json_put_null(j);
    }
    json_key(j, "until_unix_ms");
    if (f->n_good > 0) {
        json_put_int(j, f->until_unix_s * 1000);
    } else {
        json_put_null(j);
    }
    json_field_int(j, "gaps", (int64_t)f->gaps);
    json_key(j, "reason");
    if (f->why[0] != '\0') {
        json_put_string(j, f->why);
    } else {
        json_put_null(j);
    }
    json_end(j);
}

void weather_client_put(const struct weather_client *c, int64_t site_unix_ms, struct json_writer *j)
{
    json_key(j, "weather");
    if (c == NULL) {
        json_put_null(j);
        return;
    }
    json_begin_object(j);
    json_key(j, "cells");
    json_begin_array(j);
    for (size_t i = 0; i < c->n; i++) {
        const struct weather_asked_cell *cell = &c->cells[i];
        json_begin_object(j);
        json_key(j, "latitude");
        json_put_decimal(j, cell->where.latitude_ddeg, 1);
        json_key(j, "longitude");
        json_put_decimal(j, cell->where.longitude_ddeg, 1);
        put_feed(&cell->feeds[TRUST_WEATHER_FORECAST], TRUST_WEATHER_FORECAST, site_unix_ms, j);
        put_feed(&cell->feeds[TRUST_WEATHER_SATELLITE], TRUST_WEATHER_SATELLITE, site_unix_ms, j);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}
