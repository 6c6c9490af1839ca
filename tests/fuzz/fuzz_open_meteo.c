/* fuzz: weather */
/* SPDX-License-Identifier: MIT
 * Weather answers: whatever is accepted has even steps and every value within its bounds or
 * unknown, and each of its moments is found again.
 */
#include <stdlib.h>

#include "weather/open_meteo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_token tokens[WEATHER_TOKENS_MAX];
    static struct weather_slot slots[WEATHER_SLOTS_MAX];
    struct weather_series series = {slots, 0};
    char reason[WEATHER_REASON_CAP];
    const int result = weather_answer_parse((const char *)data, size, tokens, &series, reason);
    require(result == E_OK || series.n == 0);
    for (size_t i = 0; i < series.n; i++) {
        const struct weather_slot *s = &slots[i];
        require(i == 0 || s->end_unix_s == s[-1].end_unix_s + WEATHER_STEP_S);
        require(s->global_mw_m2 == WEATHER_UNKNOWN ||
                (s->global_mw_m2 >= 0 && s->global_mw_m2 <= 2000000));
        require(weather_slot_at(&series, s->end_unix_s) == s);
        require(weather_slot_at(&series, s->end_unix_s - WEATHER_STEP_S + 1) == s);
    }
    return 0;
}
