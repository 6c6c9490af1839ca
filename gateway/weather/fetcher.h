/* SPDX-License-Identifier: MIT
 * The process that speaks to the weather service, because the gateway shall not: libcurl, names,
 * proxies and certificates of the world stay outside the process with the database. It is forked
 * before there is a secret in memory, has no privileges, cannot write a file, holds nothing, and
 * knows two base addresses; it is told paths and returns what came, bounded in size and time.
 */
#ifndef WEATHER_FETCHER_H
#define WEATHER_FETCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trust/weather.h"

enum {
    WEATHER_ANSWER_MAX_LEN = 1 << 20,
    WEATHER_PATH_CAP = 512,
    WEATHER_BASE_CAP = 200,
    WEATHER_WHY_CAP = 128,
    WEATHER_CONNECT_MS = 5000,
    WEATHER_FETCH_MS = 15000 /* for a whole answer */
};

/* Where the two endpoints are: "https://host" or "http://host:port", without a path. */
struct weather_bases {
    char forecast[WEATHER_BASE_CAP];
    char satellite[WEATHER_BASE_CAP];
};
/* Reads "open-meteo", "URL" or "URL,URL". E_MALFORMED. */
int weather_bases_read(struct weather_bases *bases, const char *text) MUST_USE;

struct weather_fetcher {
    int fd; /* all private; -1: none */
    int pid;
    bool asked;
    uint8_t *bytes;
    size_t n;
};

/* What came. */
struct weather_fetched {
    int status;          /* of HTTP; 0: there was no answer, `why` says why */
    const char *why;     /* one sentence */
    const uint8_t *body; /* valid until the next call */
    size_t len;
};

int weather_fetcher_fork(struct weather_fetcher *f, const struct weather_bases *bases) MUST_USE;
/* One question at a time: E_STATE while another is open. */
int weather_fetcher_ask(struct weather_fetcher *f, enum trust_weather_endpoint endpoint,
                        const char *path) MUST_USE;
int weather_fetcher_fd(const struct weather_fetcher *f);
/* Once the fd can be read: 1 when the answer is whole, 0 when more has to come, E_IO when the
 * process has ended. */
int weather_fetcher_read(struct weather_fetcher *f, struct weather_fetched *fetched) MUST_USE;
/* Also for one that was never forked. */
void weather_fetcher_stop(struct weather_fetcher *f);

#endif
