/* SPDX-License-Identifier: MIT
 * Where a machine gets randomness from: the system's generator in the field, a seeded stream in the
 * simulator.
 */
#ifndef APP_ENTROPY_H
#define APP_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct entropy {
    int (*fill)(void *context, void *out, size_t len); /* E_OK or E_IO */
    void *context;
};

/* Uniform enough for jitter: 0..bound-1, 0 when `bound` is 0 or the source fails. */
uint32_t entropy_below(const struct entropy *entropy, uint32_t bound);

#endif
