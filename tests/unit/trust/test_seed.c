/* SPDX-License-Identifier: MIT
 * The original rule.
 */
#include "check.h"
#include "trust/seed.h"

static struct trust_seed_config config;
static struct trust_seed device;

static enum trust_seed_verdict judge(int64_t reported_w, int64_t expected_w)
{
    const struct trust_seed_reading r = {reported_w * 1000, expected_w * 1000};
    return trust_seed_judge(&config, &device, &r);
}

static void begin(void)
{
    trust_seed_defaults(&config);
    trust_seed_init(&device);
}

static void defaults_are_those_of_the_text(void)
{
    begin();
    CHECK_EQ(config.tolerance_ppm, 250000);
    CHECK_EQ(config.night_margin_mw, 100000);
    CHECK_EQ(config.penalty_milli, 10000);
    CHECK_EQ(config.bonus_milli, 500);
    CHECK_EQ(config.ban_milli, 20000);
    CHECK_EQ(config.forecast_cache_ms, 300000);
}

static void by_day_a_quarter_is_tolerated(void)
{
    begin();
    CHECK_EQ(judge(1250, 1000), TRUST_SEED_VALID);
    CHECK_EQ(judge(750, 1000), TRUST_SEED_VALID);
    CHECK_EQ(device.score_milli, 100000);
    CHECK_EQ(judge(1251, 1000), TRUST_SEED_DEVIATES);
    CHECK_EQ(device.score_milli, 89960); /* 1.004 tolerances */
    CHECK_EQ(judge(1000, 1000), TRUST_SEED_VALID);
    CHECK_EQ(device.score_milli, 90460);
}

static void below_fifty_watts_the_margin_is_absolute(void)
{
    begin();
    CHECK_EQ(judge(149, 49), TRUST_SEED_VALID);
    CHECK_EQ(judge(150, 49), TRUST_SEED_DEVIATES);
    CHECK_EQ(judge(62, 50), TRUST_SEED_VALID);
    CHECK_EQ(judge(63, 50), TRUST_SEED_DEVIATES);
}

static void the_penalty_grows_with_the_deviation_to_threefold(void)
{
    begin();
    judge(1500, 1000);
    CHECK_EQ(device.score_milli, 80000);
    judge(9000, 1000);
    CHECK_EQ(device.score_milli, 50000);
}

static void below_the_threshold_a_device_is_banned_for_good(void)
{
    begin();
    CHECK_EQ(judge(9000, 1000), TRUST_SEED_DEVIATES);
    CHECK_EQ(judge(9000, 1000), TRUST_SEED_DEVIATES);
    CHECK_EQ(judge(9000, 1000), TRUST_SEED_BANNED);
    CHECK_EQ(judge(1000, 1000), TRUST_SEED_BANNED);
}

static void keys_are_set_by_their_own_names(void)
{
    begin();
    CHECK_EQ(trust_seed_set(&config, "TOLERANCE_PERCENTAGE", "0.3"), E_OK);
    CHECK_EQ(config.tolerance_ppm, 300000);
    CHECK_EQ(trust_seed_set(&config, "TRUST_PENALTY", "15"), E_OK);
    CHECK_EQ(config.penalty_milli, 15000);
    CHECK_EQ(trust_seed_set(&config, "TRUST_PENALTY", "-1"), E_MALFORMED);
    CHECK_EQ(trust_seed_set(&config, "TRUST_PENALTY", "101"), E_LIMIT);
    CHECK_EQ(trust_seed_set(&config, "TRUST_PENALTY", ""), E_MALFORMED);
    CHECK_EQ(trust_seed_set(&config, "TRUST_PENALTY", "1.2345"), E_MALFORMED);
    CHECK_EQ(trust_seed_set(&config, "K_FACTOR", "1"), E_NOTFOUND);
    CHECK_EQ(config.penalty_milli, 15000);
}

CHECK_MAIN(TEST(defaults_are_those_of_the_text), TEST(by_day_a_quarter_is_tolerated),
           TEST(below_fifty_watts_the_margin_is_absolute),
           TEST(the_penalty_grows_with_the_deviation_to_threefold),
           TEST(below_the_threshold_a_device_is_banned_for_good),
           TEST(keys_are_set_by_their_own_names))
