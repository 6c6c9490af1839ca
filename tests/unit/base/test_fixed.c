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

CHECK_MAIN(TEST(products_that_overflow_are_refused_and_leave_the_output_alone),
           TEST(mul_div_rounds_half_away_from_zero), TEST(mul_div_keeps_128_bits_between),
           TEST(energy_carries_its_remainder_so_that_none_is_lost),
           TEST(saturating_forms_stop_at_the_ends))
