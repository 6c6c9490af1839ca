/* SPDX-License-Identifier: MIT
 * How this gateway judges, kept in the database, so that whoever judges its history again does it
 * in the same way.
 */
#ifndef TRUST_SETTINGS_H
#define TRUST_SETTINGS_H

#include "trust/trust_site.h"

struct db;

struct trust_settings {
    enum trust_rule rule;
    struct trust_seed_config seed;
    struct weather_place place; /* of the site */
    bool has_weather;
    int utc_offset_min;
    char feeder[TELEMETRY_DEVICE_ID_MAX_LEN + 1]; /* "": there is none */
};

int trust_settings_put(struct db *db, const struct trust_settings *settings) MUST_USE;
/* E_NOTFOUND when this database was never judged, E_CORRUPT for what cannot be read. */
int trust_settings_get(struct db *db, struct trust_settings *settings) MUST_USE;

#endif
