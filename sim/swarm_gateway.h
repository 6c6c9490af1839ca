/* SPDX-License-Identifier: MIT
 * The gateway that a swarm runs against: started for it, or one that runs already.
 */
#ifndef SIM_SWARM_GATEWAY_H
#define SIM_SWARM_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_reader.h"
#include "child.h"
#include "posix/control_line.h"
#include "swarm_options.h"

struct swarm_gateway {
    char state_dir[512];
    bool is_temporary; /* remove it at the end */
    bool is_ours;      /* stop it at the end */
    struct child process;
    struct posix_control_line control;
    int pid;
    long est_port;
    long mqtt_port;
};

/* What a device needs to know. */
struct swarm_claim {
    char token[129];
    char ca_file[256];
};

struct swarm_gateway_counts {
    int64_t stored;
    int64_t refused; /* readings, for whatever reason */
    int64_t duplicates;
};

/* Each prints one sentence when it fails. Close also what did not open. */
int swarm_gateway_open(struct swarm_gateway *g, const struct swarm_options *o) MUST_USE;
int swarm_gateway_add(struct swarm_gateway *g, const char *id, struct swarm_claim *claim) MUST_USE;
/* A new claim token for a device that is known. */
int swarm_gateway_token(struct swarm_gateway *g, const char *id,
                        struct swarm_claim *claim) MUST_USE;
/* An answer that says yes; `tokens` has SWARM_GATEWAY_TOKENS. Views until the next question. */
enum { SWARM_GATEWAY_TOKENS = 128 };
int swarm_gateway_ask(struct swarm_gateway *g, const char *question, struct json_reader *answer,
                      struct json_token *tokens) MUST_USE;
int swarm_gateway_counts(struct swarm_gateway *g, struct swarm_gateway_counts *counts) MUST_USE;
/* A gateway of ours has ended by itself. */
bool swarm_gateway_died(struct swarm_gateway *g);
void swarm_gateway_close(struct swarm_gateway *g);

#endif
