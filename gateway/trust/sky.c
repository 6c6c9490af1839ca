/* SPDX-License-Identifier: MIT */
#include "trust/sky.h"

#include "base/assert.h"

static const struct trust_sky_moment *moment_of(struct trust_sky *sky,
                                                const struct solar_roof *roof, int64_t number)
{
    ASSERT(!roof->has_plane);
    struct trust_sky_moment *m = &sky->moments[number & 1];
    if (m->number != number) {
        const double at = (double)(number * TRUST_SKY_STEP_S);
        *m = (struct trust_sky_moment){.number = number,
                                       .most_mw = (int64_t)(solar_roof_most_w(roof, at) * 1000.0),
                                       .night = solar_roof_is_night(roof, at)};
    }
    return m;
}

void trust_sky_add(struct trust_sky *sky, const struct solar_roof *roof,
                   struct trust_interval *interval)
{
    ASSERT(interval->end_unix_s >= interval->span_s);
    const int64_t first = (interval->end_unix_s - interval->span_s) / TRUST_SKY_STEP_S;
    const int64_t last = (interval->end_unix_s + TRUST_SKY_STEP_S - 1) / TRUST_SKY_STEP_S;
    interval->has_sky = true;
    interval->night = true;
    interval->clear_sky_mw = 0;
    for (int64_t number = first; number <= last; number++) {
        const struct trust_sky_moment *m = moment_of(sky, roof, number);
        interval->night = interval->night && m->night;
        interval->clear_sky_mw =
            m->most_mw > interval->clear_sky_mw ? m->most_mw : interval->clear_sky_mw;
    }
}
