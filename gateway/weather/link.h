/* SPDX-License-Identifier: MIT
 * Weather at work in the gateway's loop: the client's questions go to the fetcher, its answers into
 * judgement.
 */
#ifndef WEATHER_LINK_H
#define WEATHER_LINK_H

#include "posix/loop.h"
#include "weather/client.h"
#include "weather/fetcher.h"

struct site;
struct weather_link;

struct weather_link_config {
    struct posix_loop *loop;
    struct site *site;
    struct weather_fetcher *fetcher;
    struct weather_place place; /* the site's own, also asked for while no device stands anywhere */
    int64_t cache_ms;
    void (*before_storing)(void *context); /* no transaction may be open */
    void *context;
};

/* NULL when there is no memory. From then on site->weather is its client. */
struct weather_link *weather_link_open(const struct weather_link_config *config);
void weather_link_close(struct weather_link *link);

#endif
