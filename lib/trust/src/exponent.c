/* SPDX-License-Identifier: MIT
 * Bit by bit: squaring doubles a logarithm, so its integer part shows the next bit.
 */
#include "trust/exponent.h"

#include "base/assert.h"

enum { LOG_BITS = 24, UNIT_BITS = 30 };

int32_t trust_log2_q30(uint64_t x)
{
    ASSERT(x > 0);
    int32_t whole = 31 - UNIT_BITS;
    while (x >= UINT64_C(1) << 32) {
        x >>= 1;
        whole++;
    }
    while (x < UINT64_C(1) << 31) {
        x <<= 1;
        whole--;
    }
    uint32_t fraction = 0;
    for (int bit = 0; bit < LOG_BITS; bit++) {
        x = (x * x) >> 31; /* in [1, 4) of 2^31 */
        const uint32_t more = (uint32_t)(x >> 32);
        x >>= more; /* no branch: it would be a coin's toss */
        fraction = fraction << 1 | more;
    }
    return whole * TRUST_LOG_ONE + (int32_t)fraction;
}

int32_t trust_log2_of(uint64_t x)
{
    ASSERT(x > 0);
    return trust_log2_q30(x) + UNIT_BITS * TRUST_LOG_ONE;
}

uint32_t trust_exp2_minus(int64_t x)
{
    /* 2^-(2^-k) in units of 2^-32, k = 1..24, rounded down */
    static const uint32_t roots[LOG_BITS] = {
        0xB504F333U, 0xD744FCCAU, 0xEAC0C6E7U, 0xF5257D15U, 0xFA83B2DBU, 0xFD3E0C0CU,
        0xFE9E115CU, 0xFF4ECB59U, 0xFFA75652U, 0xFFD3A751U, 0xFFE9D2B2U, 0xFFF4E91BU,
        0xFFFA747EU, 0xFFFD3A3BU, 0xFFFE9D1CU, 0xFFFF4E8EU, 0xFFFFA747U, 0xFFFFD3A3U,
        0xFFFFE9D1U, 0xFFFFF4E8U, 0xFFFFFA74U, 0xFFFFFD3AU, 0xFFFFFE9DU, 0xFFFFFF4EU};
    ASSERT(x >= 0);
    const int64_t whole = x >> LOG_BITS;
    if (whole > UNIT_BITS) {
        return 0;
    }
    uint64_t y = UINT64_C(1) << 32;
    for (int bit = 0; bit < LOG_BITS; bit++) {
        const uint64_t wanted = (uint64_t)(x >> (LOG_BITS - 1 - bit)) & 1;
        y -= wanted * (y - ((y * roots[bit]) >> 32));
    }
    return (uint32_t)(y >> (32 - UNIT_BITS + whole));
}

static int32_t limited(int64_t log)
{
    return log > TRUST_LOG_MAX ? TRUST_LOG_MAX : log < TRUST_LOG_MIN ? TRUST_LOG_MIN : (int32_t)log;
}

int32_t trust_log2_add(int32_t a, int32_t b)
{
    const int32_t more = a > b ? a : b;
    const int32_t less = a > b ? b : a;
    const uint32_t part = trust_exp2_minus((int64_t)more - (int64_t)less);
    if (part == 0) {
        return more;
    }
    const uint64_t sum = (UINT64_C(1) << UNIT_BITS) + part;
    return limited((int64_t)more + trust_log2_q30(sum));
}

int32_t trust_log2_mean(const int32_t *a, unsigned n)
{
    ASSERT(n >= 1 && n <= 64);
    int32_t most = a[0];
    for (unsigned i = 1; i < n; i++) {
        most = a[i] > most ? a[i] : most;
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < n; i++) {
        sum += trust_exp2_minus((int64_t)most - (int64_t)a[i]);
    }
    return limited((int64_t)most + trust_log2_q30(sum / n));
}
