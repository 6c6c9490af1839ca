/* SPDX-License-Identifier: MIT */
#include "posix/clock_watch.h"

#include "check.h"

#define NOON_MS INT64_C(1767268800000)

static void a_clock_that_runs_is_quiet(void)
{
    struct posix_clock_watch w = {.started = false};
    CHECK_EQ(posix_clock_watch_note(&w, 1000, NOON_MS, 1), 0);
    CHECK_EQ(posix_clock_watch_note(&w, 1250, NOON_MS + 250, 1), 0);
    CHECK_EQ(posix_clock_watch_note(&w, 61250, NOON_MS + 60250 + 4999, 1), 0); /* slewed */
    CHECK_EQ(posix_clock_watch_note(&w, 61500, NOON_MS + 60500, 1), 0);
}

static void a_jump_is_told_once_with_its_size_and_direction(void)
{
    struct posix_clock_watch w = {.started = false};
    CHECK_EQ(posix_clock_watch_note(&w, 0, NOON_MS, 1), 0);
    CHECK_EQ(posix_clock_watch_note(&w, 1000, NOON_MS + 1000 + 86400000, 1), 86400000);
    CHECK_EQ(posix_clock_watch_note(&w, 2000, NOON_MS + 2000 + 86400000, 1), 0);
    CHECK_EQ(posix_clock_watch_note(&w, 3000, NOON_MS + 3000, 1), -86400000);
    CHECK_EQ(posix_clock_watch_note(&w, 4000, NOON_MS + 4000 + 5001, 1), 5001);
}

static void a_site_clock_that_runs_faster_may_be_off_by_as_much_more(void)
{
    struct posix_clock_watch w = {.started = false};
    CHECK_EQ(posix_clock_watch_note(&w, 0, NOON_MS, 300), 0);
    CHECK_EQ(posix_clock_watch_note(&w, 250, NOON_MS + 75000, 300), 0);
    CHECK_EQ(posix_clock_watch_note(&w, 500, NOON_MS + 150000 + 30000, 300), 0); /* a late call */
    CHECK_EQ(posix_clock_watch_note(&w, 750, NOON_MS + 255000 + 1500001, 300), 1500001);
}

CHECK_MAIN(TEST(a_clock_that_runs_is_quiet), TEST(a_jump_is_told_once_with_its_size_and_direction),
           TEST(a_site_clock_that_runs_faster_may_be_off_by_as_much_more))
