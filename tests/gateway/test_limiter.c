/* SPDX-License-Identifier: MIT
 * Token buckets, one and many.
 */
#include <stdio.h>

#include "check.h"
#include "enrol/limiter.h"

static const struct bucket_rate rate = {.burst = 3, .period_us = 500000};

static void a_bucket_gives_its_burst_and_then_one_a_period(void)
{
    struct bucket b;
    bucket_fill(&b, &rate, 1000);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(bucket_wait_ms(&b, &rate, 1000), 0);
        CHECK(bucket_take(&b, &rate, 1000));
    }
    CHECK(!bucket_take(&b, &rate, 1000));
    CHECK_EQ(bucket_wait_ms(&b, &rate, 1000), 500);
    CHECK_EQ(bucket_wait_ms(&b, &rate, 1200), 300);
    CHECK(!bucket_take(&b, &rate, 1499));
    CHECK(bucket_take(&b, &rate, 1500));
    CHECK(!bucket_take(&b, &rate, 1500));
}

static void a_bucket_never_holds_more_than_its_burst(void)
{
    struct bucket b;
    int taken = 0;
    bucket_fill(&b, &rate, 0);
    while (bucket_take(&b, &rate, UINT64_MAX / 2)) {
        taken++;
    }
    CHECK_EQ(taken, 3);
}

static void a_bucket_that_is_asked_often_still_fills(void)
{
    struct bucket b;
    bucket_fill(&b, &rate, 0);
    uint64_t taken = 0;
    for (uint64_t now_ms = 0; now_ms < 10000; now_ms++) {
        taken += bucket_take(&b, &rate, now_ms);
    }
    CHECK_EQ(taken, 3 + 9999 / 500);
}

static void keys_do_not_share_a_bucket(void)
{
    static struct limiter l;
    CHECK_EQ(limiter_init(&l, &rate), E_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(limiter_take(&l, "a", 0));
    }
    CHECK(!limiter_take(&l, "a", 0));
    CHECK_EQ(limiter_wait_ms(&l, "a", 0), 500);
    CHECK_EQ(limiter_wait_ms(&l, "b", 0), 0);
    CHECK(limiter_take(&l, "b", 0));
    CHECK(limiter_take(&l, "a", 500));
}

static void a_full_table_forgets_the_quiet_ones_first(void)
{
    /* One key keeps failing while a hundred thousand others pass by once: it stays limited. */
    static struct limiter l;
    char key[32];
    int let_through = 0;
    CHECK_EQ(limiter_init(&l, &(struct bucket_rate){.burst = 3, .period_us = 1000000000}), E_OK);
    for (uint64_t i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "passer-by %d", (int)i);
        CHECK(limiter_take(&l, key, i));
        let_through += limiter_take(&l, "attacker", i);
    }
    CHECK_EQ(let_through, 3);
}

CHECK_MAIN(TEST(a_bucket_gives_its_burst_and_then_one_a_period),
           TEST(a_bucket_never_holds_more_than_its_burst),
           TEST(a_bucket_that_is_asked_often_still_fills), TEST(keys_do_not_share_a_bucket),
           TEST(a_full_table_forgets_the_quiet_ones_first))
