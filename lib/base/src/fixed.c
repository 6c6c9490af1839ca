/* SPDX-License-Identifier: MIT
 * Checked integer arithmetic.
 */
#include "base/fixed.h"

#include "base/assert.h"

int fixed_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t v;
    if (__builtin_add_overflow(a, b, &v)) {
        return E_LIMIT;
    }
    *out = v;
    return E_OK;
}

int fixed_sub(int64_t a, int64_t b, int64_t *out)
{
    int64_t v;
    if (__builtin_sub_overflow(a, b, &v)) {
        return E_LIMIT;
    }
    *out = v;
    return E_OK;
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

/* The 128-bit product of two 64-bit numbers, by 32-bit halves: 32-bit targets have no __int128. */
static void multiply_wide(uint64_t a, uint64_t b, uint64_t *hi, uint64_t *lo)
{
    const uint64_t a0 = a & 0xFFFFFFFFU;
    const uint64_t a1 = a >> 32;
    const uint64_t b0 = b & 0xFFFFFFFFU;
    const uint64_t b1 = b >> 32;
    const uint64_t p00 = a0 * b0;
    const uint64_t p01 = a0 * b1;
    const uint64_t p10 = a1 * b0;
    const uint64_t middle = (p00 >> 32) + (p01 & 0xFFFFFFFFU) + (p10 & 0xFFFFFFFFU);
    *lo = middle << 32 | (p00 & 0xFFFFFFFFU);
    *hi = a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
}

/* The sign goes back on; INT64_MIN is reachable only with a negative sign. */
static int signed_result(uint64_t v, bool negative, int64_t *out)
{
    if (v > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
        return E_LIMIT;
    }
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return E_OK;
}

int fixed_mul(int64_t a, int64_t b, int64_t *out)
{
    uint64_t hi;
    uint64_t lo;
    multiply_wide(magnitude(a), magnitude(b), &hi, &lo);
    return hi != 0 ? E_LIMIT : signed_result(lo, (a < 0) != (b < 0), out);
}

int fixed_mul_div(int64_t a, int64_t b, int64_t divisor, int64_t *out)
{
    if (divisor == 0) {
        return E_ARG;
    }
    const uint64_t d = magnitude(divisor);
    uint64_t hi;
    uint64_t lo;
    multiply_wide(magnitude(a), magnitude(b), &hi, &lo);
    if (hi >= d) {
        return E_LIMIT;
    }
    uint64_t rest = hi;
    uint64_t quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
        const bool carry = (rest >> 63) != 0;
        rest = rest << 1 | (lo >> bit & 1U);
        quotient <<= 1;
        if (carry || rest >= d) {
            rest -= d;
            quotient |= 1U;
        }
    }
    if (rest >= d - rest) {
        if (quotient == UINT64_MAX) {
            return E_LIMIT;
        }
        quotient++;
    }
    return signed_result(quotient, ((a < 0) != (b < 0)) != (divisor < 0), out);
}

int64_t fixed_add_saturate(int64_t a, int64_t b)
{
    int64_t v;
    if (fixed_add(a, b, &v) != E_OK) {
        return b < 0 ? INT64_MIN : INT64_MAX;
    }
    return v;
}

int64_t fixed_sub_saturate(int64_t a, int64_t b)
{
    int64_t v;
    if (fixed_sub(a, b, &v) != E_OK) {
        return b < 0 ? INT64_MAX : INT64_MIN;
    }
    return v;
}

int64_t fixed_clamp(int64_t v, int64_t lo, int64_t hi)
{
    ASSERT(lo <= hi);
    return v < lo ? lo : v > hi ? hi : v;
}

int32_t fixed_clamp_i32(int64_t v)
{
    return (int32_t)fixed_clamp(v, INT32_MIN, INT32_MAX);
}

enum { UJ_PER_MWH = 3600000 };

int64_t fixed_energy_mwh(int64_t power_mw, uint32_t span_ms, int32_t *carry_uj)
{
    ASSERT(*carry_uj >= 0 && *carry_uj < UJ_PER_MWH);
    int64_t uj;
    if (fixed_mul(power_mw, (int64_t)span_ms, &uj) != E_OK) {
        *carry_uj = 0;
        return power_mw < 0 ? INT64_MIN : INT64_MAX;
    }
    uj = fixed_add_saturate(uj, *carry_uj);
    int64_t mwh = uj / UJ_PER_MWH;
    int64_t rest = uj % UJ_PER_MWH;
    if (rest < 0) {
        rest += UJ_PER_MWH;
        mwh -= 1;
    }
    *carry_uj = (int32_t)rest;
    return mwh;
}
