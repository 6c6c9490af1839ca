/* SPDX-License-Identifier: MIT
 * What the sun allows a device, computed every five minutes of its readings' time and kept, because
 * a reading every five seconds would otherwise cost two positions of the sun each. The panels are
 * taken as facing the sun: what is called impossible must not hang on an angle that was typed in.
 */
#ifndef TRUST_SKY_H
#define TRUST_SKY_H

#include "trust/engine.h"
#include "weather/model.h"

enum { TRUST_SKY_STEP_S = 300 };

struct trust_sky {
    struct trust_sky_moment { /* all private: the last ones, by the parity of their number */
        int64_t number;       /* of the moment, from 1970 in steps; 0: none */
        int64_t most_mw;
        bool night;
    } moments[2];
};

/* Fills in the interval's sky: night when it is night at every moment about it; the ceiling is the
 * greatest of them. */
void trust_sky_add(struct trust_sky *sky, const struct solar_roof *roof,
                   struct trust_interval *interval);

#endif
