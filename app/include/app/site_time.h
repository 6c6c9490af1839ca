/* SPDX-License-Identifier: MIT
 * The time a device is given at each entry: one clock to measure with, one to write down.
 */
#ifndef APP_SITE_TIME_H
#define APP_SITE_TIME_H

#include <stdint.h>

#include "telemetry/reading.h"

struct site_time {
    uint64_t now_ms; /* monotonic, real time: time-outs and intervals */
    int64_t unix_ms; /* the site's wall clock; 0 while unknown */
    enum telemetry_time_quality quality;
};

#endif
