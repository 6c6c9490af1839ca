/* SPDX-License-Identifier: MIT
 * The meter's counters: how energy is added and how they lie in the store.
 */
#ifndef APP_METER_COUNTERS_H
#define APP_METER_COUNTERS_H

#include "app/meter.h"

/* All zero, no register known. */
void meter_counters_reset(struct meter_counters *c);
/* E_NOTFOUND on a new device, E_CORRUPT for bytes nobody here wrote. */
int meter_counters_load(struct meter_counters *c, struct store *store) MUST_USE;
int meter_counters_save(const struct meter_counters *c, struct store *store) MUST_USE;

/* Adds what a sensor's own register says. `leap_max_mwh` bounds how far it may have moved, negative
 * for no bound. False: it fell or leapt, and is counted from where it is now. */
bool meter_counter_follow(struct meter_counter *c, int64_t register_mwh, int64_t leap_max_mwh);
/* Adds power over a time, for a sensor without a register. */
void meter_counter_integrate(struct meter_counter *c, int64_t power_mw, uint32_t span_ms);

#endif
