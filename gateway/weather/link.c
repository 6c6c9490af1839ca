/* SPDX-License-Identifier: MIT */
#include "weather/link.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "site/site.h"
#include "trust/trust_site.h"

enum { LOOK_MS = 1000, PLACES_EVERY = 10 /* looks */ };

struct weather_link {
    struct weather_link_config config;
    struct weather_client client;
    struct runtime_timer look;
    unsigned n_looks;
    struct trust_weather_point points[WEATHER_ANSWER_POINTS];
};

static void want(struct weather_link *l, const struct weather_place *place)
{
    if (place->known &&
        weather_client_want(&l->client, trust_weather_cell_of(place->latitude_udeg,
                                                              place->longitude_udeg)) != E_OK) {
        log_debug("there are more places than weather is asked for");
    }
}

static void find_places(struct weather_link *l)
{
    const struct fleet *fleet = &l->config.site->fleet;
    want(l, &l->config.place);
    for (size_t i = 0; i < fleet_count(fleet); i++) {
        want(l, &fleet_at(fleet, i)->place);
    }
}

static void ask(struct weather_link *l)
{
    struct weather_question question;
    const uint64_t now_ms = posix_clock_mono_ms();
    if (!weather_client_next(&l->client, now_ms, posix_clock_wall_ms(), &question)) {
        return;
    }
    if (weather_fetcher_ask(l->config.fetcher, question.endpoint, question.path) != E_OK) {
        const struct weather_fetched nothing = {.why = "the fetcher does not take questions"};
        struct weather_read none;
        (void)!weather_client_answer(&l->client, now_ms, posix_clock_wall_ms(), &nothing, l->points,
                                     &none);
    }
}

static void on_look(void *context, uint64_t now_ms)
{
    struct weather_link *l = context;
    if (l->n_looks++ % PLACES_EVERY == 0) {
        find_places(l);
    }
    ask(l);
    runtime_timer_start(posix_loop_timers(l->config.loop), &l->look, now_ms + LOOK_MS);
}

static void take(struct weather_link *l, const struct weather_read *read,
                 const struct weather_fetched *fetched)
{
    struct trust_weather_answer answer = {
        .cell = read->cell, .endpoint = read->endpoint, .series = &read->series};
    if (crypto_digest(CRYPTO_SHA256, fetched->body, fetched->len, answer.sha256) != E_OK) {
        log_error("the weather's answer cannot be hashed, so it is not used");
        return;
    }
    l->config.before_storing(l->config.context);
    if (l->config.site->trust) {
        const int n = trust_site_weather(l->config.site->trust, &answer, posix_clock_wall_ms());
        log_debug("weather endpoint=%s taken=%d", weather_endpoint_name(read->endpoint), n);
    }
}

static void end(struct weather_link *l)
{
    log_error(
        "the weather's fetcher has ended; without weather until the gateway is started again");
    posix_loop_unwatch(l->config.loop, weather_fetcher_fd(l->config.fetcher));
    runtime_timer_stop(posix_loop_timers(l->config.loop), &l->look);
}

static void on_answer(void *context, int events)
{
    struct weather_link *l = context;
    struct weather_fetched fetched;
    struct weather_read read;
    (void)events;
    const int result = weather_fetcher_read(l->config.fetcher, &fetched);
    if (result < 0) {
        end(l);
    } else if (result == 1) {
        if (weather_client_answer(&l->client, posix_clock_mono_ms(), posix_clock_wall_ms(),
                                  &fetched, l->points, &read) == E_OK) {
            take(l, &read, &fetched);
        }
        ask(l);
    }
}

struct weather_link *weather_link_open(const struct weather_link_config *config)
{
    struct weather_link *l = calloc(1, sizeof *l);
    if (!l) {
        return NULL;
    }
    l->config = *config;
    weather_client_init(&l->client, config->cache_ms);
    l->look = (struct runtime_timer){.fire = on_look, .context = l};
    if (posix_loop_watch(config->loop, weather_fetcher_fd(config->fetcher), POSIX_LOOP_READ,
                         on_answer, l) != E_OK) {
        free(l);
        return NULL;
    }
    runtime_timer_start(posix_loop_timers(config->loop), &l->look, posix_clock_mono_ms());
    config->site->weather = &l->client;
    return l;
}

void weather_link_close(struct weather_link *l)
{
    if (l) {
        l->config.site->weather = NULL;
        free(l);
    }
}
