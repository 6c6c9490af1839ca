/* SPDX-License-Identifier: MIT
 * What a swarm tells in the end, and whether it holds.
 */
#ifndef SIM_SWARM_REPORT_H
#define SIM_SWARM_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "latency.h"
#include "swarm_gateway.h"
#include "swarm_meter.h"
#include "swarm_options.h"
#include "usage.h"

/* Over all meters. */
struct swarm_sum {
    long n_enrolled; /* meters that hold a certificate */
    long n_up;       /* meters that are connected */
    uint64_t n_enrol_refusals;
    uint64_t n_lost; /* connections, or attempts, that ended by themselves */
    uint64_t n_taken;
    uint64_t n_stored; /* as acknowledged */
    uint64_t n_refused;
    uint64_t n_waiting;
    uint64_t n_resent;
    uint64_t n_unsaved; /* no reading taken: the outbox was full */
};

/* Moments are posix_clock_mono_ms(), 0 for never. */
struct swarm_report {
    uint64_t began_ms;
    uint64_t steady_since_ms; /* all connected, nothing from before waits */
    uint64_t ended_ms;        /* no reading was taken after it */
    int signal;               /* that ended it, or 0 */
    struct swarm_sum at_steady_sum;
    struct swarm_sum at_end_sum;
    struct usage_of_gateway at_steady;
    struct usage_of_gateway at_end;
    struct usage own_at_steady;
    struct usage own_at_end;
    struct swarm_gateway_counts stored; /* by the gateway, since the swarm began */
};

struct swarm_sum swarm_sum(const struct swarm_meter *meters, long n);
/* Looks, each second, how far the swarm is. */
void swarm_report_note(struct swarm_report *r, const struct swarm_meter *meters, long n_devices,
                       long n_started, uint64_t now_ms);
/* True when every reading was acknowledged, and is stored once. */
bool swarm_report_print(const struct swarm_report *r, const struct swarm_options *o,
                        const struct swarm_meter *meters, long n_started,
                        const struct latency *latency);

#endif
