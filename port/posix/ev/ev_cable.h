/* SPDX-License-Identifier: MIT
 * A cable without hardware: a pair of virtual interfaces, the car's end in a network namespace of
 * this process, the charger's end in one of a child that runs wattward-device.
 */
#ifndef EV_CABLE_H
#define EV_CABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define EV_CABLE_CAR_END "car0"

struct ev_cable {
    char dir[32]; /* of the charger's configuration and flash; removed at the end */
    pid_t charger;
    int log_fd;    /* what the charger logs */
    char root[64]; /* the V2G root that its certificate leads to; "": it speaks plain TCP */
};

/* Makes the namespaces and the pair, starts the charger with `config` (lines of its configuration
 * beside those that name it), `with_tls` with a certificate of a PKI made for this run, and waits
 * until it is ready. As root, or where the system lets
 * everybody make namespaces. Prints one sentence when that cannot be; close it also then. */
int ev_cable_open(struct ev_cable *cable, const char *config, bool with_tls) MUST_USE;
/* Asks the charger to end, which opens its contactor first. E_IO when it did not end well. */
int ev_cable_close(struct ev_cable *cable);

#endif
