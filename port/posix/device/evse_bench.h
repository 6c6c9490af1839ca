/* SPDX-License-Identifier: MIT
 * The end of the cable of a modelled power stage: a car that does physically what it says on the
 * network. Two programs share no cable, so pilot, battery and contactor follow the session.
 */
#ifndef EVSE_BENCH_H
#define EVSE_BENCH_H

#include "app/evse.h"
#include "app/power_model.h"

struct evse_bench {
    struct power_model model;  /* its power is the EVSE's */
    uint64_t matches_since_ms; /* the output has the battery's voltage; V2G_NEVER_MS: not */
};

void evse_bench_init(struct evse_bench *bench, uint64_t now_ms,
                     const struct power_model_config *stage, int32_t isolation_ohm);
/* Call before evse_tick(). */
void evse_bench_tick(struct evse_bench *bench, uint64_t now_ms, const struct evse *evse);

#endif
