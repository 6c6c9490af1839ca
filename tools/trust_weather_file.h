/* SPDX-License-Identifier: MIT
 * A stored answer of Open-Meteo (forecast or satellite) as the weather of a replay.
 */
#ifndef TOOLS_TRUST_WEATHER_FILE_H
#define TOOLS_TRUST_WEATHER_FILE_H

#include <stdbool.h>

#include "trust/weather.h"

struct trust_weather_file {
    struct trust_weather_series series; /* its points are from malloc */
};

/* False after a complaint. Gaps are noted; those hours are unknown. */
bool trust_weather_file_load(struct trust_weather_file *weather, const char *path);
void trust_weather_file_free(struct trust_weather_file *weather);

#endif
