/* SPDX-License-Identifier: MIT
 * What `wattward-sim swarm` is told on its command line.
 */
#ifndef SIM_SWARM_OPTIONS_H
#define SIM_SWARM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct swarm_options {
    long devices;
    long minutes; /* 0: not given */
    long seconds; /* 0: not given */
    long interval_ms;
    long per_second; /* meters started in a second */
    long http_port;  /* 0: any free one, like the next two */
    long est_port;
    long mqtt_port;
    bool running; /* a gateway runs on state_dir already */
    bool verbose;
    const char *state_dir; /* NULL: a temporary one */
    const char *homes_dir;
};

/* Returns 0 to go on, or prints and returns the exit status + 1 to end now. */
int swarm_options_read(struct swarm_options *o, int argc, char **argv);
/* How long the swarm runs, starting its meters included. */
uint64_t swarm_options_span_ms(const struct swarm_options *o);
/* How long starting the meters takes. */
uint64_t swarm_options_ramp_ms(const struct swarm_options *o);

#endif
