/* SPDX-License-Identifier: MIT
 * Logarithms in fixed point: close to the exact ones and never above.
 */
#include "check.h"
#include "trust/exponent.h"

/* log2 in double by its own way (no C mathematics library on every target): the series of the area
 * tangent. */
static double exact_log2(double x)
{
    double whole = 0;
    for (; x >= 1.5; x /= 2) {
        whole += 1;
    }
    for (; x < 0.75; x *= 2) {
        whole -= 1;
    }
    const double y = (x - 1) / (x + 1);
    double power = y;
    double sum = 0;
    for (int k = 1; k < 60; k += 2, power *= y * y) {
        sum += power / k;
    }
    return whole + 2 * sum / 0.69314718055994530942;
}

static void logarithms_are_never_above_the_exact_ones_and_close(void)
{
    uint64_t x = 88172645463325252U;
    double worst = 0;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        const uint64_t v = (x >> (x & 31)) | 1;
        const double exact = exact_log2((double)v / (double)(1 << 30));
        const double off = exact - (double)trust_log2_q30(v) / TRUST_LOG_ONE;
        worst = off > worst ? off : worst;
        if (off < -1e-12 || off > 1.0 / (1 << 23)) {
            CHECK(off >= -1e-12 && off <= 1.0 / (1 << 23));
            return;
        }
    }
    CHECK(worst > 0);
}

static void powers_of_two_are_exact(void)
{
    for (int bit = 0; bit < 64; bit++) {
        CHECK_EQ(trust_log2_q30(UINT64_C(1) << bit), (bit - 30) * (int64_t)TRUST_LOG_ONE);
        CHECK_EQ(trust_log2_of(UINT64_C(1) << bit), bit * (int64_t)TRUST_LOG_ONE);
    }
}

static void small_powers_of_two_round_down(void)
{
    CHECK_EQ(trust_exp2_minus(0), 1 << 30);
    CHECK_EQ(trust_exp2_minus(TRUST_LOG_ONE), 1 << 29);
    CHECK_EQ(trust_exp2_minus(30 * (int64_t)TRUST_LOG_ONE), 1);
    CHECK_EQ(trust_exp2_minus(31 * (int64_t)TRUST_LOG_ONE), 0);
    for (int64_t log = 0; log < 8 * (int64_t)TRUST_LOG_ONE; log += 7919 * 31) {
        const uint32_t power = trust_exp2_minus(log);
        /* back through the logarithm: below, and within 2^-20 */
        const int64_t back = -(int64_t)trust_log2_q30(power);
        CHECK(back >= log);
        CHECK(back - log <= TRUST_LOG_ONE >> 18);
    }
}

static void sums_and_means_agree_with_arithmetic(void)
{
    CHECK_EQ(trust_log2_add(3 * TRUST_LOG_ONE, 3 * TRUST_LOG_ONE), 4 * TRUST_LOG_ONE);
    const int32_t all[] = {TRUST_LOG_ONE, TRUST_LOG_ONE, TRUST_LOG_ONE, TRUST_LOG_ONE};
    CHECK_EQ(trust_log2_mean(all, 4), TRUST_LOG_ONE);
    const int32_t one[] = {5 * TRUST_LOG_ONE, TRUST_LOG_MIN, TRUST_LOG_MIN, TRUST_LOG_MIN};
    CHECK_EQ(trust_log2_mean(one, 4), 3 * TRUST_LOG_ONE);
    CHECK_EQ(trust_log2_add(TRUST_LOG_MAX, TRUST_LOG_MAX), TRUST_LOG_MAX);
    CHECK_EQ(trust_log2_add(TRUST_LOG_MAX, TRUST_LOG_MIN), TRUST_LOG_MAX);
}

CHECK_MAIN(TEST(logarithms_are_never_above_the_exact_ones_and_close), TEST(powers_of_two_are_exact),
           TEST(small_powers_of_two_round_down), TEST(sums_and_means_agree_with_arithmetic))
