/* SPDX-License-Identifier: MIT
 * Bit by bit: squaring doubles a logarithm, so its integer part shows the next bit.
 */
#include "trust/exponent.h"

#include "base/assert.h"

enum { LOG_BITS = 24, UNIT_BITS = 30 };

/* Logarithms of several numbers at once: each bit of one waits for the bit before, so the processor
 * has time for the others' meanwhile. */
static void log2_each(uint64_t *x, int32_t *out, unsigned n)
{
    uint32_t fraction[TRUST_LOGS_MAX] = {0};
    int32_t whole[TRUST_LOGS_MAX];
    ASSERT(n >= 1 && n <= TRUST_LOGS_MAX);
    for (unsigned i = 0; i < n; i++) {
        ASSERT(x[i] > 0);
        whole[i] = 31 - UNIT_BITS;
        while (x[i] >= UINT64_C(1) << 32) {
            x[i] >>= 1;
            whole[i]++;
        }
        while (x[i] < UINT64_C(1) << 31) {
            x[i] <<= 1;
            whole[i]--;
        }
    }
    for (int bit = 0; bit < LOG_BITS; bit++) {
        for (unsigned i = 0; i < n; i++) {
            const uint64_t square = (x[i] * x[i]) >> 31; /* in [1, 4) of 2^31 */
            const uint32_t more = (uint32_t)(square >> 32);
            x[i] = square >> more; /* no branch: it would be a coin's toss */
            fraction[i] = fraction[i] << 1 | more;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        out[i] = whole[i] * TRUST_LOG_ONE + (int32_t)fraction[i];
    }
}

void trust_log2_q30_each(const uint64_t *x, int32_t *out, unsigned n)
{
    uint64_t copy[TRUST_LOGS_MAX];
    ASSERT(n <= TRUST_LOGS_MAX);
    for (unsigned i = 0; i < n; i++) {
        copy[i] = x[i];
    }
    log2_each(copy, out, n);
}

int32_t trust_log2_q30(uint64_t x)
{
    int32_t log = 0;
    log2_each(&x, &log, 1);
    return log;
}

int32_t trust_log2_of(uint64_t x)
{
    ASSERT(x > 0);
    return trust_log2_q30(x) + UNIT_BITS * TRUST_LOG_ONE;
}

/* 2^-(2^-k) in units of 2^-32, k = 1..24, rounded down */
static const uint32_t roots[LOG_BITS] = {
    0xB504F333U, 0xD744FCCAU, 0xEAC0C6E7U, 0xF5257D15U, 0xFA83B2DBU, 0xFD3E0C0CU,
    0xFE9E115CU, 0xFF4ECB59U, 0xFFA75652U, 0xFFD3A751U, 0xFFE9D2B2U, 0xFFF4E91BU,
    0xFFFA747EU, 0xFFFD3A3BU, 0xFFFE9D1CU, 0xFFFF4E8EU, 0xFFFFA747U, 0xFFFFD3A3U,
    0xFFFFE9D1U, 0xFFFFF4E8U, 0xFFFFFA74U, 0xFFFFFD3AU, 0xFFFFFE9DU, 0xFFFFFF4EU};

static void exp2_minus_each(const int64_t *x, uint32_t *out, unsigned n)
{
    uint64_t y[TRUST_LOGS_MAX];
    ASSERT(n >= 1 && n <= TRUST_LOGS_MAX);
    for (unsigned i = 0; i < n; i++) {
        ASSERT(x[i] >= 0);
        y[i] = UINT64_C(1) << 32;
    }
    for (int bit = 0; bit < LOG_BITS; bit++) {
        for (unsigned i = 0; i < n; i++) {
            const uint64_t wanted = (uint64_t)(x[i] >> (LOG_BITS - 1 - bit)) & 1;
            y[i] -= wanted * (y[i] - ((y[i] * roots[bit]) >> 32));
        }
    }
    for (unsigned i = 0; i < n; i++) {
        const int64_t whole = x[i] >> LOG_BITS;
        out[i] = whole > UNIT_BITS ? 0 : (uint32_t)(y[i] >> (32 - UNIT_BITS + whole));
    }
}

uint32_t trust_exp2_minus(int64_t x)
{
    uint32_t y = 0;
    exp2_minus_each(&x, &y, 1);
    return y;
}

static int32_t limited(int64_t log)
{
    return log > TRUST_LOG_MAX ? TRUST_LOG_MAX : log < TRUST_LOG_MIN ? TRUST_LOG_MIN : (int32_t)log;
}

void trust_log2_add_each(const int32_t *a, int32_t b, int32_t *out, unsigned n)
{
    int64_t apart[TRUST_LOGS_MAX];
    uint32_t part[TRUST_LOGS_MAX];
    uint64_t sum[TRUST_LOGS_MAX];
    int32_t log[TRUST_LOGS_MAX];
    ASSERT(n >= 1 && n <= TRUST_LOGS_MAX);
    for (unsigned i = 0; i < n; i++) {
        apart[i] = a[i] > b ? (int64_t)a[i] - b : (int64_t)b - a[i];
    }
    exp2_minus_each(apart, part, n);
    for (unsigned i = 0; i < n; i++) {
        sum[i] = (UINT64_C(1) << UNIT_BITS) + part[i];
    }
    log2_each(sum, log, n);
    for (unsigned i = 0; i < n; i++) {
        out[i] = limited((int64_t)(a[i] > b ? a[i] : b) + log[i]);
    }
}

int32_t trust_log2_add(int32_t a, int32_t b)
{
    int32_t sum = 0;
    trust_log2_add_each(&a, b, &sum, 1);
    return sum;
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
