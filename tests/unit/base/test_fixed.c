/* SPDX-License-Identifier: MIT */
#include "base/fixed.h"

#include "check.h"

static void products_that_overflow_are_refused_and_leave_the_output_alone(void)
{
    int64_t out = 42;
    CHECK_EQ(fixed_mul(INT64_MAX, 2, &out), E_LIMIT);
    CHECK_EQ(fixed_mul(INT64_MIN, -1, &out), E_LIMIT);
    CHECK_EQ(out, 42);
    CHECK_EQ(fixed_mul(INT64_MIN, 1, &out), E_OK);
    CHECK(out == INT64_MIN);
    CHECK_EQ(fixed_mul(-3000000000, 3000000000, &out), E_OK);
    CHECK_EQ(out, -9000000000000000000);
}

static void mul_div_rounds_half_away_from_zero(void)
{
    int64_t out = 0;
    CHECK_EQ(fixed_mul_div(5, 1, 2, &out), E_OK);
    CHECK_EQ(out, 3);
    CHECK_EQ(fixed_mul_div(-5, 1, 2, &out), E_OK);
    CHECK_EQ(out, -3);
    CHECK_EQ(fixed_mul_div(4, 1, 3, &out), E_OK);
    CHECK_EQ(out, 1);
    CHECK_EQ(fixed_mul_div(7, 3, -2, &out), E_OK);
    CHECK_EQ(out, -11);
}

static void mul_div_keeps_128_bits_between(void)
{
    int64_t out = 0;
    CHECK_EQ(fixed_mul_div(INT64_MAX, INT64_MAX, INT64_MAX, &out), E_OK);
    CHECK(out == INT64_MAX);
    CHECK_EQ(fixed_mul_div(INT64_MIN, INT64_MAX, INT64_MAX, &out), E_OK);
    CHECK(out == INT64_MIN);
    CHECK_EQ(fixed_mul_div(INT64_MAX, 3, 2, &out), E_LIMIT);
    CHECK_EQ(fixed_mul_div(1, 1, 0, &out), E_ARG);
    /* 2^64 - 1/4, which rounds to what no 64 bits hold */
    CHECK_EQ(fixed_mul_div(9, 8198552921648689607, 4, &out), E_LIMIT);
}

static void energy_carries_its_remainder_so_that_none_is_lost(void)
{
    int32_t carry = 0;
    int64_t total = 0;
    for (int i = 0; i < 3600000; i++) {
        total += fixed_energy_mwh(1, 1, &carry); /* 1 mW for 1 ms, an hour long */
    }
    CHECK_EQ(total, 1);
    CHECK_EQ(carry, 0);
    CHECK_EQ(fixed_energy_mwh(-1, 1, &carry), -1);
    CHECK_EQ(carry, 3599999);
}

static void saturating_forms_stop_at_the_ends(void)
{
    CHECK(fixed_add_saturate(INT64_MAX, 1) == INT64_MAX);
    CHECK(fixed_add_saturate(INT64_MIN, -1) == INT64_MIN);
    CHECK(fixed_sub_saturate(INT64_MIN, 1) == INT64_MIN);
    CHECK(fixed_sub_saturate(INT64_MAX, -1) == INT64_MAX);
    CHECK_EQ(fixed_clamp_i32(5000000000), INT32_MAX);
}

static void sums_and_differences_that_overflow_are_refused(void)
{
    int64_t out = 42;
    CHECK_EQ(fixed_add(INT64_MAX, 1, &out), E_LIMIT);
    CHECK_EQ(fixed_add(INT64_MIN, -1, &out), E_LIMIT);
    CHECK_EQ(fixed_sub(INT64_MIN, 1, &out), E_LIMIT);
    CHECK_EQ(fixed_sub(0, INT64_MIN, &out), E_LIMIT);
    CHECK_EQ(out, 42);
    CHECK_EQ(fixed_add(INT64_MAX, INT64_MIN, &out), E_OK);
    CHECK_EQ(out, -1);
    CHECK_EQ(fixed_sub(-1, INT64_MIN, &out), E_OK);
    CHECK(out == INT64_MAX);
}

static void clamps_keep_what_is_inside(void)
{
    CHECK_EQ(fixed_clamp(5, -1, 9), 5);
    CHECK_EQ(fixed_clamp(-1, -1, 9), -1);
    CHECK_EQ(fixed_clamp(9, -1, 9), 9);
    CHECK_EQ(fixed_clamp(-2, -1, 9), -1);
    CHECK_EQ(fixed_clamp(10, -1, 9), 9);
    CHECK_EQ(fixed_clamp(INT64_MAX, 3, 3), 3);
    CHECK_EQ(fixed_clamp_i32(-5000000000), INT32_MIN);
    CHECK_EQ(fixed_clamp_i32(INT32_MIN), INT32_MIN);
}

static void energy_beyond_the_range_saturates(void)
{
    int32_t carry = 5;
    CHECK(fixed_energy_mwh(INT64_MAX, 2, &carry) == INT64_MAX);
    CHECK_EQ(carry, 0);
    carry = 5;
    CHECK(fixed_energy_mwh(INT64_MIN, 2, &carry) == INT64_MIN);
    CHECK_EQ(carry, 0);
    carry = 3599999;
    CHECK_EQ(fixed_energy_mwh(0, UINT32_MAX, &carry), 0);
    CHECK_EQ(carry, 3599999);
    CHECK_EQ(fixed_energy_mwh(-3600000, 1, &carry), -1); /* a whole one down */
    CHECK_EQ(carry, 3599999);
}

#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 wide;

static bool fits(wide v)
{
    return v >= INT64_MIN && v <= INT64_MAX;
}

/* Rounded half away from zero. */
static wide divided(wide a, wide divisor)
{
    const bool negative = (a < 0) != (divisor < 0);
    const wide n = a < 0 ? -a : a;
    const wide d = divisor < 0 ? -divisor : divisor;
    const wide quotient = n / d + (n % d * 2 >= d ? 1 : 0);
    return negative ? -quotient : quotient;
}

static void check_against_wide(int64_t a, int64_t b, int64_t divisor, unsigned *wrong)
{
    int64_t out = 42;
    int status = fixed_mul(a, b, &out);
    const wide product = (wide)a * b;
    *wrong += fits(product) ? status != E_OK || out != product : status != E_LIMIT || out != 42;
    out = 42;
    status = fixed_mul_div(a, b, divisor, &out);
    if (divisor == 0) {
        *wrong += status != E_ARG || out != 42;
        return;
    }
    const wide quotient = divided(product, divisor);
    *wrong += fits(quotient) ? status != E_OK || out != quotient : status != E_LIMIT || out != 42;
}
#endif

static void products_and_quotients_agree_with_128_bit_arithmetic(void)
{
#ifdef __SIZEOF_INT128__
    static const int64_t edges[] = {0,
                                    1,
                                    2,
                                    3,
                                    7,
                                    99,
                                    3600000,
                                    0x7FFFFFFF,
                                    0x80000000,
                                    0xFFFFFFFF,
                                    0x100000000,
                                    0x100000001,
                                    INT64_MAX / 2,
                                    INT64_MAX / 2 + 1,
                                    INT64_MAX - 1,
                                    INT64_MAX};
    enum { N = 2 * sizeof edges / sizeof edges[0] };
    unsigned wrong = 0;
    int64_t v[N];
    for (size_t i = 0; i < N; i++) {
        v[i] = i % 2 == 0 ? edges[i / 2] : -1 - edges[i / 2];
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            for (size_t k = 0; k < N; k++) {
                check_against_wide(v[i], v[j], v[k], &wrong);
            }
        }
    }
    CHECK_EQ(wrong, 0);
#else
    check_skip("this compiler has no 128-bit integers");
#endif
}

CHECK_MAIN(TEST(products_that_overflow_are_refused_and_leave_the_output_alone),
           TEST(sums_and_differences_that_overflow_are_refused),
           TEST(mul_div_rounds_half_away_from_zero), TEST(mul_div_keeps_128_bits_between),
           TEST(energy_carries_its_remainder_so_that_none_is_lost),
           TEST(energy_beyond_the_range_saturates), TEST(saturating_forms_stop_at_the_ends),
           TEST(clamps_keep_what_is_inside),
           TEST(products_and_quotients_agree_with_128_bit_arithmetic))
