/* SPDX-License-Identifier: MIT */
#include "physical.h"

#include "base/assert.h"
#include "base/fixed.h"

enum { MAX_MULTIPLIER = 3 };

static const int32_t powers_of_ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

static int32_t divide_rounded(int32_t value, int32_t divisor)
{
    const int32_t half = value < 0 ? -(divisor / 2) : divisor / 2;
    return (int32_t)(((int64_t)value + half) / divisor);
}

static struct physical smallest(int32_t value, int first_multiplier)
{
    for (int m = first_multiplier; m < MAX_MULTIPLIER; m++) {
        const int32_t scaled = divide_rounded(value, powers_of_ten[m - first_multiplier]);
        if (scaled >= INT16_MIN + 1 && scaled <= INT16_MAX) {
            return (struct physical){.multiplier = (int8_t)m, .value = (int16_t)scaled};
        }
    }
    const int32_t scaled = divide_rounded(value, powers_of_ten[MAX_MULTIPLIER - first_multiplier]);
    return (struct physical){.multiplier = MAX_MULTIPLIER,
                             .value = (int16_t)fixed_clamp(scaled, -INT16_MAX, INT16_MAX)};
}

struct physical v2g_physical_of_milli(int32_t milli)
{
    return smallest(milli, -MAX_MULTIPLIER);
}

struct physical v2g_physical_of_units(int32_t units)
{
    return smallest(units, 0);
}

int32_t v2g_physical_milli(int8_t multiplier, int16_t value)
{
    ASSERT(multiplier >= -MAX_MULTIPLIER && multiplier <= MAX_MULTIPLIER);
    return fixed_clamp_i32((int64_t)value * powers_of_ten[multiplier + MAX_MULTIPLIER]);
}

int32_t v2g_physical_units(int8_t multiplier, int16_t value)
{
    ASSERT(multiplier >= -MAX_MULTIPLIER && multiplier <= MAX_MULTIPLIER);
    if (multiplier < 0) {
        return divide_rounded(value, powers_of_ten[-multiplier]);
    }
    return fixed_clamp_i32((int64_t)value * powers_of_ten[multiplier]);
}
