/* SPDX-License-Identifier: MIT
 * Seventeen homes, a day of virtual time, power cuts, broker outages, bad links: every reading
 * arrives once, and the energy adds up to the last milliwatt-hour.
 */
#include "sim/community.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static struct community_config a_bad_day(uint64_t seed)
{
    return (struct community_config){.seed = seed,
                                     .n_homes = COMMUNITY_HOMES_MAX,
                                     .hours = 24,
                                     .send_interval_ms = 60000,
                                     .power_cuts = 12,
                                     .outages = 3,
                                     .loss_permille = 100,
                                     .repeat_permille = 50,
                                     .delay_max_ms = 5000,
                                     .homes_dir = "sim/homes"};
}

static void live_through(const struct community_config *config)
{
    struct community_result r;
    if (!CHECK_EQ(community_run(config, &r), E_OK) || !CHECK(community_holds(&r))) {
        printf("  replay it: build/bin/wattward-sim world --seed %" PRIu64 "\n", config->seed);
        return;
    }
    printf("  seed %" PRIu64 ": %" PRIu64 " readings, %" PRIu32 " power cuts, %" PRIu32
           " outages, %" PRIu64 " lost messages, %" PRIu64 " duplicates\n",
           config->seed, r.n_stored, r.n_cuts, r.n_outages, r.n_lost, r.n_duplicates);
    CHECK(r.n_cuts > 50 && r.n_lost > 1000 && r.n_duplicates > 100);
    CHECK(r.produced_mwh > 100000000); /* 17 roofs in August make more than 100 kWh a day */
}

static void on_a_bad_day_every_reading_arrives_once_and_the_energy_adds_up(void)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        const struct community_config config = a_bad_day(seed);
        live_through(&config);
    }
}

static void on_a_perfect_day_nothing_is_sent_twice(void)
{
    struct community_config config = a_bad_day(4);
    config.power_cuts = config.outages = 0;
    config.loss_permille = config.repeat_permille = config.delay_max_ms = 0;
    struct community_result r;
    CHECK_EQ(community_run(&config, &r), E_OK);
    CHECK(community_holds(&r));
    CHECK_EQ(r.n_duplicates, 0);
    CHECK_EQ(r.n_boots, COMMUNITY_HOMES_MAX);
}

static void the_same_seed_tells_the_same_story(void)
{
    struct community_config config = a_bad_day(5);
    config.hours = 6;
    struct community_result a;
    struct community_result b;
    CHECK_EQ(community_run(&config, &a), E_OK);
    CHECK_EQ(community_run(&config, &b), E_OK);
    CHECK_BYTES(&a, sizeof a, &b, sizeof b);
    config.seed = 6;
    CHECK_EQ(community_run(&config, &b), E_OK);
    CHECK(memcmp(&a, &b, sizeof a) != 0);
}

CHECK_MAIN(TEST(on_a_bad_day_every_reading_arrives_once_and_the_energy_adds_up),
           TEST(on_a_perfect_day_nothing_is_sent_twice), TEST(the_same_seed_tells_the_same_story))
