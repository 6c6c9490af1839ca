/* SPDX-License-Identifier: MIT
 * Cars that come to a simulated site's charger, one after the other, each another one.
 */
#ifndef SIM_SITE_CAR_H
#define SIM_SITE_CAR_H

#include "child.h"
#include "site_home.h"

struct site_car {
    struct child drive;
    const struct site_home *charger;
    uint64_t next_ms; /* when the next one comes */
    uint32_t n_cars;
};

/* `charger` outlives the cars. */
void site_car_init(struct site_car *c, const struct site_home *charger);
/* Lets a car come when it is time. */
void site_car_look_after(struct site_car *c);
void site_car_end(struct site_car *c, int timeout_ms);

#endif
