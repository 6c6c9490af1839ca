/* SPDX-License-Identifier: MIT
 * Dividing a whole number by weights without losing or making any of it: the method of the largest
 * remainder.
 */
#ifndef MARKET_APPORTION_H
#define MARKET_APPORTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* share[i] is total * weight[i] / sum of weights, rounded down, and one more for those with the
 * largest remainders (of equal ones, the first), until nothing is left. `order` is room for n
 * numbers. Preconditions: all >= 0, total * each weight < 2^63. The shares are 0 when all weights
 * are. */
struct market_weights {
    const int64_t *weight;
    int64_t *share;
    uint32_t *order;
    size_t n;
};
void market_apportion(int64_t total, const struct market_weights *w);

#endif
