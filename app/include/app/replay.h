/* SPDX-License-Identifier: MIT
 * A sensor that plays the recorded power of a real home by the site's clock.
 *
 * The record is the mean power of each hour. Inside an hour power moves along straight lines that
 * keep the hour's mean and never fall below zero; at the end of the record it starts again. Energy
 * registers are the exact integral of that curve over site time, so they need no memory: whoever
 * asks at the same site time gets the same answer, and a meter that was off has lost nothing.
 * Import and export are what is missing and what is left over at each moment.
 */
#ifndef APP_REPLAY_H
#define APP_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "app/sensor.h"

enum { REPLAY_HOURS_MAX = 24 * 366, REPLAY_CHANNELS = 4 };

struct replay_hour {
    int32_t production_mw; /* means of the hour, >= 0 */
    int32_t consumption_mw;
    /* energy since the start of the record: production, consumption, import, export */
    int64_t before_mwh[REPLAY_CHANNELS];
};

/* A record; shared by any number of sensors. */
struct replay_record {
    struct replay_hour
        *hours;     /* lent by the caller, n_hours + 1 of them: the last holds the totals */
    size_t n_hours; /* a multiple of 24, so that noon stays noon when it wraps */
};

struct replay {
    const struct replay_record *record; /* all private */
    int64_t start_unix_ms;
    uint32_t feeder_ohm_milli;
};

/* Reads a text of lines "production_w,consumption_w" under a header line of those names. Watts are
 * 0..1000000. E_MALFORMED (and *line, from 1) for anything else, E_LIMIT for more than `cap` - 1
 * hours, E_ARG for a length that is no whole number of days. */
int replay_record_parse(struct replay_record *record, struct replay_hour *hours, size_t cap,
                        const char *text, size_t len, size_t *line) MUST_USE;

/* `start_unix_ms` is the site time of the first row; earlier times play the end of the record.
 * `variant` makes the voltage of two homes differ. */
void replay_init(struct replay *r, const struct replay_record *record, int64_t start_unix_ms,
                 uint32_t variant);

/* The contract of app/sensor.h; E_STATE while the time is unknown. `context` is a struct replay. */
int replay_read(void *context, const struct site_time *time, struct sensor_sample *out) MUST_USE;

#endif
