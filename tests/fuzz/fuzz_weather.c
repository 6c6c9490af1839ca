/* fuzz: trust */
/* SPDX-License-Identifier: MIT
 * Weather answers: whatever comes, the series is within its bounds and ordered.
 */
#include <stdint.h>
#include <stdlib.h>

#include "trust/weather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_token tokens[512];
    static struct trust_weather_point points[64];
    struct trust_weather_series series = {.points = points, .cap = 64};
    struct trust_weather_fault fault;
    struct json_reader json;
    if (json_parse(&json, (const char *)data, size, tokens, 512) != E_OK ||
        trust_weather_read(&json, &series, &fault) != E_OK) {
        return 0;
    }
    if (series.n > series.cap || series.n_missing > series.n) {
        abort();
    }
    for (size_t i = 0; i < series.n; i++) {
        const struct trust_weather_point *p = trust_weather_at(&series, points[i].end_unix_s);
        if (p != NULL && (p != &points[i] || p->global_mw_m2 < 0)) {
            abort();
        }
    }
    return 0;
}
