/* SPDX-License-Identifier: MIT
 * The e-detector against the same test in double: never above it, and close.
 */
#include "check.h"
#include "trust/detector.h"
#include "trust/fleet_control.h"

static const double bets[TRUST_BETS] = {0.1, 0.2, 0.4, 0.6, 0.8, 0.95};
static const struct trust_scale scale = {
    .tolerated_ppm = 30000, .scale_ppm = 60000, .ceiling_ppm = 1000000};

static uint32_t random_of(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

static void outcomes_are_clipped_and_tolerance_is_not_held_against_anyone(void)
{
    CHECK_EQ(trust_detector_outcome(&scale, 1030000, true), 0);
    CHECK_EQ(trust_detector_outcome(&scale, 1090000, true), 1000000);
    CHECK_EQ(trust_detector_outcome(&scale, INT64_MAX, true), 1000000);
    CHECK_EQ(trust_detector_outcome(&scale, 1060000, true), 500000);
    CHECK_EQ(trust_detector_outcome(&scale, 1000000, true), -500000);
    CHECK_EQ(trust_detector_outcome(&scale, 0, true), -1000000);
    CHECK_EQ(trust_detector_outcome(&scale, 970000, false), 0);
    CHECK_EQ(trust_detector_outcome(&scale, 0, false), 1000000);
    CHECK_EQ(trust_detector_outcome(&scale, 1000001, true), -499984); /* rounded down */
}

static double of_log(int32_t log)
{
    double value = 1;
    int32_t rest = log;
    for (; rest >= TRUST_LOG_ONE; rest -= TRUST_LOG_ONE) {
        value *= 2;
    }
    for (; rest < 0; rest += TRUST_LOG_ONE) {
        value /= 2;
    }
    return value * (1 << 30) / (double)(trust_exp2_minus(rest) == 0 ? 1 : trust_exp2_minus(rest));
}

static void the_integer_test_is_never_above_the_exact_one(void)
{
    uint32_t state = 7;
    struct trust_detector d;
    double exact[TRUST_BETS];
    trust_detector_init(&d);
    for (int i = 0; i < TRUST_BETS; i++) {
        exact[i] = 1;
    }
    bool above = false;
    bool far = false;
    for (int block = 0; block < 3000; block++) {
        const int32_t z =
            (int32_t)(random_of(&state) % 1500000) - (block % 200 < 150 ? 1000000 : 500000);
        trust_detector_update(&d, z > 1000000 ? 1000000 : z);
        double sum = 0;
        for (int i = 0; i < TRUST_BETS; i++) {
            exact[i] = (exact[i] > 1 ? exact[i] : 1) * (1 + bets[i] * (z > 1000000 ? 1 : z / 1e6));
            sum += exact[i];
        }
        const double mean = sum / TRUST_BETS < 1 ? 1 : sum / TRUST_BETS;
        const double ours = of_log(trust_detector_value(&d));
        above = above || ours > mean * (1 + 1e-6); /* what of_log itself may be off */
        far = far || ours < mean * (1 - 1e-3);
    }
    CHECK(!above);
    CHECK(!far);
}

static void a_steady_gain_is_found_and_an_honest_device_is_not(void)
{
    struct trust_detector thief;
    struct trust_detector honest;
    trust_detector_init(&thief);
    trust_detector_init(&honest);
    int found_after = 0;
    for (int block = 1; block <= 60; block++) {
        trust_detector_update(&thief, trust_detector_outcome(&scale, 1100000, true));
        trust_detector_update(&honest, trust_detector_outcome(&scale, 1020000, true));
        if (found_after == 0 && trust_detector_value(&thief) >= trust_log2_of(100000)) {
            found_after = block;
        }
    }
    CHECK(found_after >= 17 && found_after <= 22);
    CHECK_EQ(trust_detector_value(&honest), 0);
    /* and it heals: the same device, honest again */
    for (int block = 0; block < 400; block++) {
        trust_detector_update(&thief, trust_detector_outcome(&scale, 1000000, true));
    }
    CHECK(trust_detector_value(&thief) < trust_log2_of(20));
}

static void the_bound_on_false_alarms_holds_at_the_border_of_honesty(void)
{
    /* z of +1 or -1 with equal chance is the hardest honest case: its mean is 0. The mean time to
     * an alarm at 1/alpha = 50 must be at least 50 blocks. */
    uint32_t state = 1;
    const int runs = 400;
    int64_t blocks = 0;
    int ever = 0;
    for (int run = 0; run < runs; run++) {
        struct trust_detector d;
        trust_detector_init(&d);
        bool lifetime = false;
        int block = 0;
        while (block < 20000 && trust_detector_value(&d) < trust_log2_of(50)) {
            trust_detector_update(&d, random_of(&state) & 1 ? 1000000 : -1000000);
            lifetime = lifetime || trust_detector_lifetime(&d) >= trust_log2_of(50);
            block++;
        }
        blocks += block;
        ever += lifetime;
    }
    CHECK(blocks / runs >= 50);
    CHECK(ever <= runs / 50 + 12); /* at most alpha, plus four standard deviations */
}

static void e_bh_acts_on_those_that_stand_out(void)
{
    int32_t logs[100] = {0};
    CHECK_EQ(trust_fleet_threshold(logs, 0, 50000), INT32_MAX);
    CHECK_EQ(trust_fleet_threshold(logs, 100, 50000), INT32_MAX);
    logs[17] = trust_log2_of(1999); /* n / delta = 2000 */
    CHECK_EQ(trust_fleet_threshold(logs, 100, 50000), INT32_MAX);
    logs[17] = trust_log2_of(2001);
    CHECK(trust_fleet_threshold(logs, 100, 50000) <= logs[17]);
    /* two of them need half as much each */
    logs[17] = trust_log2_of(1001);
    CHECK_EQ(trust_fleet_threshold(logs, 100, 50000), INT32_MAX);
    logs[99] = trust_log2_of(1001);
    CHECK(trust_fleet_threshold(logs, 100, 50000) <= logs[17]);
}

CHECK_MAIN(TEST(outcomes_are_clipped_and_tolerance_is_not_held_against_anyone),
           TEST(the_integer_test_is_never_above_the_exact_one),
           TEST(a_steady_gain_is_found_and_an_honest_device_is_not),
           TEST(the_bound_on_false_alarms_holds_at_the_border_of_honesty),
           TEST(e_bh_acts_on_those_that_stand_out))
