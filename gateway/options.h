/* SPDX-License-Identifier: MIT
 * The command line of wattward-gateway.
 */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "trust/seed.h"
#include "weather/fetcher.h"
#include "weather/model.h"

struct options {
    const char *state;
    const char *listen;
    const char *name;
    int utc_offset_min; /* of the site's standard time, east positive */
    uint16_t http_port;
    uint16_t est_port;
    uint16_t mqtt_port;
    bool trust_seed; /* the original rule instead of TE-2 */
    struct trust_seed_config seed;
    bool has_weather;
    struct weather_bases weather;
    struct weather_place place;
    const char *feeder; /* a device, or NULL */
    bool new_operator_key;
    bool check_only;
    bool verbose;
};

/* Reads the arguments, and sets the site clock. Returns -1 to go on, or the status to exit with;
 * what there is to say was said. */
int options_read(struct options *o, int argc, char **argv);

#endif
