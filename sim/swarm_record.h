/* SPDX-License-Identifier: MIT
 * What the meters of a swarm measure: the homes of sim/homes, read once and shared.
 */
#ifndef SIM_SWARM_RECORD_H
#define SIM_SWARM_RECORD_H

#include <stddef.h>

#include "app/replay.h"

enum { SWARM_HOMES = 17 };

struct swarm_records {
    struct replay_record homes[SWARM_HOMES];
};

/* Prints one sentence when a home cannot be read. */
int swarm_records_open(struct swarm_records *r, const char *homes_dir) MUST_USE;
void swarm_records_close(struct swarm_records *r);
/* Of the meter with this number: neighbours have different homes. */
static inline const struct replay_record *swarm_records_of(const struct swarm_records *r,
                                                           size_t number)
{
    return &r->homes[number % SWARM_HOMES];
}

#endif
