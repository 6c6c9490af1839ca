/* SPDX-License-Identifier: MIT
 * e-BH.
 */
#include "trust/fleet_control.h"

#include "base/assert.h"
#include "trust/detector.h"

int32_t trust_fleet_threshold(const int32_t *log_e, size_t n, uint32_t delta_ppm)
{
    ASSERT(delta_ppm > 0 && delta_ppm <= TRUST_PPM);
    if (n == 0) {
        return INT32_MAX;
    }
    /* log2(n / delta), rounded up */
    const int32_t whole =
        trust_log2_of(n) - trust_log2_of(delta_ppm) + trust_log2_of(TRUST_PPM) + 2;
    /* From k = n down: those that pass for k are the next k, until they are the same. */
    size_t k = n;
    while (k > 0) {
        const int32_t needed = whole - trust_log2_of(k);
        size_t passing = 0;
        for (size_t i = 0; i < n; i++) {
            passing += log_e[i] >= needed;
        }
        ASSERT(passing <= n);
        if (passing >= k) {
            return needed;
        }
        k = passing;
    }
    return INT32_MAX;
}
