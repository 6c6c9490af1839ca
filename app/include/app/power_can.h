/* SPDX-License-Identifier: MIT
 * A power stage (v2g/power.h) whose rectifier is a set of modules on a CAN bus. Pilot, isolation
 * monitor, contactors and the voltage at the plug are the rest of the stage, behind the same
 * contract.
 *
 * A module that is silent or reports a fault, a bus that is gone, modules that are missing when
 * power is asked for: the calls fail, and the supply above opens the contactor. Modules that failed
 * are looked for again once nothing is asked of them.
 */
#ifndef APP_POWER_CAN_H
#define APP_POWER_CAN_H

#include "app/power_modules.h"
#include "v2g/power.h"

enum { POWER_CAN_AGAIN_MS = 5000 /* after a failure */ };

struct power_can {
    struct power_modules modules; /* may be read, the rest is private */
    struct can bus;
    struct v2g_power rest;
    uint64_t now_ms, failed_ms;
    bool bus_failed, main_on, asked; /* asked: for power */
    int64_t energy_mwh, rest_nj;
};

/* `bus` and `rest` are copied; what they point to outlives the stage. */
void power_can_init(struct power_can *p, uint64_t now_ms, const struct power_modules_config *config,
                    const struct can *bus, const struct v2g_power *rest);
/* Call as often as the supply is ticked, before it. */
void power_can_tick(struct power_can *p, uint64_t now_ms);
/* The contract over this stage, which must stay where it is. */
struct v2g_power power_can_power(struct power_can *p);

#endif
