/* SPDX-License-Identifier: MIT
 * What the duty cycle of the control pilot means (IEC 61851-1 annex A), in both directions. A duty
 * is the permille of a period in which the pilot is at +12 V; between the two it oscillates.
 */
#ifndef V2G_PILOT_H
#define V2G_PILOT_H

#include <stdint.h>

enum {
    V2G_PILOT_STATE_F = 0,   /* steady -12 V: the charger is not available */
    V2G_PILOT_DIGITAL = 50,  /* the car shall speak before it takes power */
    V2G_PILOT_STEADY = 1000, /* +12 V: there is a charger, and no power now */
    V2G_PILOT_MIN_MA = 6000, /* what a duty can say */
    V2G_PILOT_MAX_MA = 80000
};

/* The most that a car may draw from a phase at that duty; 0 where it may draw nothing, or nothing
 * before it has spoken. */
int32_t v2g_pilot_ma(uint16_t duty_permille);
/* The duty that offers that current, or the next lower that can be said; V2G_PILOT_STEADY below
 * V2G_PILOT_MIN_MA. */
uint16_t v2g_pilot_duty(int32_t ma);

#endif
