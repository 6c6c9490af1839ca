/* SPDX-License-Identifier: MIT
 * Checked integer arithmetic for money, energy, safety and protocol values. Nothing here wraps:
 * a function either saturates (its name says so) or reports failure.
 */
#ifndef BASE_FIXED_H
#define BASE_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* *out = a op b; E_LIMIT (and *out untouched) when the result does not fit. */
int fixed_add(int64_t a, int64_t b, int64_t *out) MUST_USE;
int fixed_sub(int64_t a, int64_t b, int64_t *out) MUST_USE;
int fixed_mul(int64_t a, int64_t b, int64_t *out) MUST_USE;

/* *out = a * b / divisor, rounded half away from zero, with a 128-bit intermediate. E_LIMIT when
 * the quotient does not fit, E_ARG when divisor is 0. */
int fixed_mul_div(int64_t a, int64_t b, int64_t divisor, int64_t *out) MUST_USE;

int64_t fixed_add_saturate(int64_t a, int64_t b);
int64_t fixed_sub_saturate(int64_t a, int64_t b);
int32_t fixed_clamp_i32(int64_t v);
int64_t fixed_clamp(int64_t v, int64_t lo, int64_t hi);

/* Energy of constant power over a time: mW x ms = uJ; 1 mWh = 3.6e6 uJ. The remainder (uJ below one
 * mWh) is carried by the caller, so that no energy is lost to rounding over any number of steps.
 * Precondition: 0 <= *carry_uj < 3600000, which holds afterwards too. Returns mWh. */
int64_t fixed_energy_mwh(int64_t power_mw, uint32_t span_ms, int32_t *carry_uj);

#endif
