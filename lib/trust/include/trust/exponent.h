/* SPDX-License-Identifier: MIT
 * Logarithms to base 2 in fixed point, for evidence that grows over many orders of magnitude.
 * Every rounding is downwards, so that an e-value computed here never exceeds the exact one and its
 * bound on false alarms holds exactly.
 */
#ifndef TRUST_EXPONENT_H
#define TRUST_EXPONENT_H

#include <stdint.h>

/* A logarithm to base 2, 24 fractional bits. */
enum { TRUST_LOG_ONE = 1 << 24, TRUST_LOG_MAX = 120 << 24, TRUST_LOG_MIN = -(120 << 24) };

/* log2(x / 2^30), x > 0; at most 2^-23 below the exact value and never above it. */
int32_t trust_log2_q30(uint64_t x);
/* The same of several numbers at once, which is quicker than one after the other; n is 1 to
 * TRUST_LOGS_MAX, here and below. */
enum { TRUST_LOGS_MAX = 8 };
void trust_log2_q30_each(const uint64_t *x, int32_t *out, unsigned n);
/* log2 of a whole number > 0, rounded down. */
int32_t trust_log2_of(uint64_t x);
/* 2^-x in units of 2^-30, rounded down; x >= 0 as a logarithm. */
uint32_t trust_exp2_minus(int64_t x);
/* log2(2^a + 2^b) */
int32_t trust_log2_add(int32_t a, int32_t b);
void trust_log2_add_each(const int32_t *a, int32_t b, int32_t *out, unsigned n);
/* log2 of the mean of 2^a over n >= 1 values, n <= 64. */
int32_t trust_log2_mean(const int32_t *a, unsigned n);

#endif
