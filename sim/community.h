/* SPDX-License-Identifier: MIT
 * The story of an energy community in virtual time: homes with real meters (sim/metered_home.h)
 * play real days over bad links, while the power fails, also in the middle of a flash operation,
 * and the broker goes away. In the end every reading has arrived, each once, and the energy adds
 * up.
 */
#ifndef SIM_COMMUNITY_H
#define SIM_COMMUNITY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum { COMMUNITY_HOMES_MAX = 17 };

struct community_config {
    uint64_t seed;
    uint32_t n_homes;          /* 1..COMMUNITY_HOMES_MAX */
    uint32_t hours;            /* of virtual time before the quiet end */
    uint32_t send_interval_ms; /* of the meters, >= 1000 */
    uint32_t power_cuts;       /* per home and day, on average */
    uint32_t outages;          /* of the broker per day, on average, up to an hour each */
    uint32_t loss_permille;    /* of each message either way, < 1000 */
    uint32_t repeat_permille;
    uint32_t delay_max_ms;
    const char *homes_dir;
    FILE *story; /* what happens, a line each; NULL for silence */
};

struct community_result {
    uint64_t n_taken;      /* signed by the meters */
    uint64_t n_stored;     /* as the gateway sees it */
    uint64_t n_duplicates; /* came again, stored once */
    uint64_t n_lost;       /* messages that the links lost, either way */
    uint64_t n_forged;
    uint64_t n_waiting;
    uint32_t n_boots; /* of all homes, the first included */
    uint32_t n_cuts;  /* of power */
    uint32_t n_outages;
    int64_t produced_mwh;  /* by the last readings of all homes */
    int64_t expected_mwh;  /* by the homes' records over the same time */
    uint32_t n_violations; /* of what must never happen; each was printed */
};

/* Returns E_OK when the story could be told, E_ARG, or E_IO (a home's record, memory). Whether it
 * ended well is in the result. */
int community_run(const struct community_config *config, struct community_result *result) MUST_USE;
/* Nothing lost, nothing twice, no energy missing, nothing left. */
bool community_holds(const struct community_result *result);

#endif
