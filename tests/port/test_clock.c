/* SPDX-License-Identifier: MIT */
#include "posix/clock.h"

#include <stdio.h>

#include "check.h"

static void without_an_anchor_the_site_clock_is_the_real_one(void)
{
    const int64_t before_ms = posix_clock_real_ms();
    const int64_t site_ms = posix_clock_wall_ms();
    CHECK(before_ms <= site_ms && site_ms <= posix_clock_real_ms());
    CHECK_EQ(posix_clock_rate(), 1);
}

static void a_malformed_anchor_changes_nothing(void)
{
    static const char *const bad[] = {"",
                                      ":",
                                      "1:2",
                                      "1:2:",
                                      "1:2:0",
                                      "1:2:3:4",
                                      "a:2:3",
                                      "1:2:86401",
                                      "-1:2:3",
                                      "1: 2:3",
                                      "1:2:3 ",
                                      "+1:2:3",
                                      "100000000000001:2:3",
                                      "99999999999999999999999:2:3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(posix_clock_parse_site(bad[i]), E_MALFORMED);
    }
    CHECK_EQ(posix_clock_rate(), 1);
}

static void the_site_clock_runs_at_its_rate_from_its_anchor(void)
{
    const int64_t real_ms = posix_clock_real_ms() - 10000;
    char text[80];
    snprintf(text, sizeof text, "%lld:1000000:60", (long long)real_ms);
    CHECK_EQ(posix_clock_parse_site(text), E_OK);
    CHECK_EQ(posix_clock_rate(), 60);
    const int64_t site_ms = posix_clock_wall_ms();
    const int64_t elapsed_ms = posix_clock_real_ms() - real_ms;
    CHECK(site_ms >= 1000000 + 10000 * 60);
    CHECK(site_ms <= 1000000 + elapsed_ms * 60);
}

CHECK_MAIN(TEST(without_an_anchor_the_site_clock_is_the_real_one),
           TEST(a_malformed_anchor_changes_nothing),
           TEST(the_site_clock_runs_at_its_rate_from_its_anchor))
