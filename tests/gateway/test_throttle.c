/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "web/throttle.h"

#include <stdio.h>
#include <string.h>

static struct web_throttle t;

static void fresh(void)
{
    memset(&t, 0, sizeof t);
}

/* Each second one try, so that the common limit stays out of the way. */
static uint64_t fail_times(const char *peer, unsigned n, uint64_t now_ms)
{
    for (unsigned i = 0; i < n; i++, now_ms += 1000) {
        CHECK_EQ(web_throttle_wait_s(&t, now_ms, peer), 0);
        web_throttle_failed(&t, now_ms, peer);
    }
    return now_ms - 1000;
}

static void four_wrong_passwords_are_forgiven(void)
{
    fresh();
    const uint64_t last_ms = fail_times("a", WEB_THROTTLE_TRIES - 1, 5000);
    CHECK_EQ(web_throttle_wait_s(&t, last_ms + 1000, "a"), 0);
}

static void the_fifth_means_waiting_and_others_are_not_affected(void)
{
    fresh();
    const uint64_t last_ms = fail_times("a", WEB_THROTTLE_TRIES, 5000);
    CHECK_EQ(web_throttle_wait_s(&t, last_ms, "a"), WEB_THROTTLE_FIRST_S);
    CHECK_EQ(web_throttle_wait_s(&t, last_ms + 29001, "a"), 1);
    CHECK_EQ(web_throttle_wait_s(&t, last_ms, "b"), 0);
    CHECK_EQ(web_throttle_wait_s(&t, last_ms + 30000, "a"), 0);
}

static void each_further_failure_doubles_the_wait_up_to_a_limit(void)
{
    fresh();
    uint64_t now_ms = fail_times("a", WEB_THROTTLE_TRIES, 5000);
    uint32_t want_s = WEB_THROTTLE_FIRST_S;
    for (unsigned i = 0; i < 12; i++) {
        now_ms += want_s * UINT64_C(1000);
        CHECK_EQ(web_throttle_wait_s(&t, now_ms, "a"), 0);
        web_throttle_failed(&t, now_ms, "a");
        want_s = want_s * 2 < WEB_THROTTLE_MAX_S ? want_s * 2 : WEB_THROTTLE_MAX_S;
        CHECK_EQ(web_throttle_wait_s(&t, now_ms, "a"), want_s);
    }
}

static void success_and_a_quiet_hour_start_again(void)
{
    fresh();
    uint64_t now_ms = fail_times("a", WEB_THROTTLE_TRIES - 1, 5000);
    web_throttle_succeeded(&t, "a");
    now_ms = fail_times("a", WEB_THROTTLE_TRIES - 1, now_ms + 1000);
    now_ms += WEB_THROTTLE_FORGET_S * UINT64_C(1000) + 1;
    web_throttle_failed(&t, now_ms, "a");
    CHECK_EQ(web_throttle_wait_s(&t, now_ms + 1000, "a"), 0);
}

static void all_addresses_together_get_a_few_tries_a_second(void)
{
    char peer[8];
    fresh();
    for (unsigned i = 0; i < WEB_THROTTLE_PER_SECOND; i++) {
        (void)snprintf(peer, sizeof peer, "%u", i);
        CHECK_EQ(web_throttle_wait_s(&t, 7000, peer), 0);
    }
    CHECK_EQ(web_throttle_wait_s(&t, 7999, "other"), 1);
    CHECK_EQ(web_throttle_wait_s(&t, 8000, "other"), 0);
}

static void many_addresses_push_out_the_quietest_only(void)
{
    char peer[8];
    fresh();
    uint64_t now_ms = fail_times("loud", WEB_THROTTLE_TRIES, 5000);
    for (unsigned i = 0; i < WEB_THROTTLE_PEERS - 1; i++) {
        (void)snprintf(peer, sizeof peer, "%u", i);
        web_throttle_failed(&t, now_ms + 1 + i, peer);
    }
    CHECK(web_throttle_wait_s(&t, now_ms + 1000, "loud") > 0);
}

CHECK_MAIN(TEST(four_wrong_passwords_are_forgiven),
           TEST(the_fifth_means_waiting_and_others_are_not_affected),
           TEST(each_further_failure_doubles_the_wait_up_to_a_limit),
           TEST(success_and_a_quiet_hour_start_again),
           TEST(all_addresses_together_get_a_few_tries_a_second),
           TEST(many_addresses_push_out_the_quietest_only))
