/* SPDX-License-Identifier: MIT
 * Judges a history: every decision as a line of JSON, and a summary.
 */
#ifndef TOOLS_TRUST_REPLAY_H
#define TOOLS_TRUST_REPLAY_H

#include <stdbool.h>

#include "command.h"
#include "trust/seed.h"
#include "trust_input.h"
#include "trust_weather_file.h"

/* A theft that is added to the history: readings from a time on are multiplied. */
struct trust_theft {
    bool wanted;
    size_t device;
    int64_t factor_ppm;
    int64_t from_unix_s;
};

struct trust_replay {
    const struct trust_input *input;
    const struct trust_weather_file *weather; /* NULL without one */
    struct trust_theft theft;
    uint8_t n_blocks;
    struct trust_seed_config seed;
};

/* One line on stdout for every decision, the last one is the summary; the summary in words on
 * stderr unless `quiet`. */
void trust_replay_te2(const struct trust_replay *replay, bool quiet);
void trust_replay_seed(const struct trust_replay *replay, bool quiet);

#endif
