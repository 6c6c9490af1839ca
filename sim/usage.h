/* SPDX-License-Identifier: MIT
 * What the processes of a gateway cost, as /proc tells.
 */
#ifndef SIM_USAGE_H
#define SIM_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
    uint64_t cpu_ms; /* since the process started */
    uint64_t rss_kib;
};

struct usage_of_gateway {
    struct usage gateway;
    struct usage broker;
    struct usage signer;
};

/* Of the gateway with this process id and what it started. False when there is no such process. */
bool usage_read(int gateway_pid, struct usage_of_gateway *out);
/* Of this process. */
struct usage usage_own(void);

#endif
