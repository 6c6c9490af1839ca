/* SPDX-License-Identifier: MIT
 * PhysicalValue: a 16-bit number and a power of ten.
 */
#ifndef V2G_PHYSICAL_H
#define V2G_PHYSICAL_H

#include <stdint.h>

struct physical {
    int8_t multiplier; /* -3..3 */
    int16_t value;
};

/* A value in thousandths of its unit (mV, mA), with the smallest power of ten at which it fits,
 * rounded half away from zero. A fixed power loses 150 kW or the millivolts. */
struct physical v2g_physical_of_milli(int32_t milli);
/* A value in its unit (W, Wh, s); beyond 32.767 million it saturates. */
struct physical v2g_physical_of_units(int32_t units);

/* Back; precondition: multiplier -3..3. Saturates. */
int32_t v2g_physical_milli(int8_t multiplier, int16_t value);
int32_t v2g_physical_units(int8_t multiplier, int16_t value);

#endif
