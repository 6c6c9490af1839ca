/* SPDX-License-Identifier: MIT
 * Jitter.
 */
#include "app/entropy.h"

#include "base/assert.h"

uint32_t entropy_below(const struct entropy *entropy, uint32_t bound)
{
    ASSERT(entropy != NULL && entropy->fill != NULL);
    uint32_t value = 0;
    if (bound == 0 || entropy->fill(entropy->context, &value, sizeof value) != E_OK) {
        return 0;
    }
    return (uint32_t)(((uint64_t)value * bound) >> 32);
}
