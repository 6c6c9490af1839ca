/* SPDX-License-Identifier: MIT
 * The engine on a year of real homes: whom it can judge, whom it must not accuse, how soon it finds
 * theft, and the three cases in which it is known to fail without its gates.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "data.h"
#include "sim/fleet_year.h"

static struct fleet_year year;
static struct fleet_run run;
static struct trust_config config;

static bool load(void)
{
    FILE *there = data_open("pv/citylearn2022/b1.csv");
    if (there == NULL) {
        return false;
    }
    fclose(there);
    char path[1024];
    const char *directory = getenv("WATTWARD_DATA");
    snprintf(path, sizeof path, "%s/pv/citylearn2022",
             directory == NULL ? "../shared/data" : directory);
    trust_config_defaults(&config, FLEET_YEAR_LONGITUDE_UDEG);
    return CHECK(fleet_year_load(&year, path) == E_OK);
}

static enum trust_action worst_action(struct fleet_run *r, size_t home, enum trust_action worst)
{
    struct trust_event event;
    while (trust_engine_event(&r->engine, &event)) {
        if (event.kind == TRUST_EVENT_ACTION && event.device == home && event.action > worst) {
            worst = event.action;
        }
    }
    return worst;
}

static void play(unsigned from_day, unsigned to_day, const struct fleet_lie *lie)
{
    for (unsigned day = from_day; day < to_day; day++) {
        fleet_run_day(&run, &year, day, lie);
    }
}

static void eight_homes_can_be_judged_and_none_is_accused_in_a_year(void)
{
    if (!load()) {
        return;
    }
    fleet_run_init(&run, &year, &config);
    size_t n_armed = 0;
    bool accused = false;
    for (unsigned day = 0; day < FLEET_YEAR_DAYS; day++) {
        fleet_run_day(&run, &year, day, NULL);
        for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
            accused = accused || run.devices[home].action >= TRUST_QUARANTINE;
        }
    }
    for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
        n_armed += run.devices[home].armed;
    }
    CHECK_EQ(n_armed, 8);
    CHECK(!accused);
}

static void ten_percent_is_found_within_a_month(void)
{
    if (!load()) {
        return;
    }
    const struct fleet_lie lie = {
        .report = fleet_lie_gain, .homes = fleet_home(2), .from_day = 60, .per_mille = 1100};
    fleet_run_init(&run, &year, &config);
    play(0, 90, &lie);
    CHECK(run.devices[1].action >= TRUST_QUARANTINE);
    for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
        CHECK(home == 1 || run.devices[home].action < TRUST_SETTLE);
    }
}

static void home_16_has_another_roof_and_stays_unarmed(void)
{
    if (!load()) {
        return;
    }
    fleet_run_init(&run, &year, &config);
    play(0, FLEET_YEAR_DAYS, NULL);
    CHECK(!run.devices[15].armed);
    CHECK_EQ(run.devices[15].action, TRUST_NONE);
    /* With a laxer rule for arming it is accused, though honest: the rule is not optional. */
    config.correlation_ppm = 985000;
    fleet_run_init(&run, &year, &config);
    enum trust_action worst = TRUST_NONE;
    for (unsigned day = 0; day < FLEET_YEAR_DAYS; day++) {
        fleet_run_day(&run, &year, day, NULL);
        worst = worst_action(&run, 15, worst);
    }
    CHECK(run.devices[15].armed);
    CHECK_EQ(worst, TRUST_BAN);
}

static void outages_at_homes_10_and_11_accuse_nobody(void)
{
    if (!load()) {
        return;
    }
    fleet_run_init(&run, &year, &config);
    enum trust_action worst[2] = {TRUST_NONE, TRUST_NONE};
    unsigned n_wild = 0; /* blocks whose ratio is absurd, gated or not */
    for (unsigned day = 0; day < FLEET_YEAR_DAYS; day++) {
        fleet_run_day(&run, &year, day, NULL);
        for (size_t i = 0; i < 2; i++) {
            const struct trust_device *d = &run.devices[9 + i];
            worst[i] = d->action > worst[i] ? d->action : worst[i];
            for (unsigned b = 0; b < config.n_blocks; b++) {
                const struct trust_block *block = &d->blocks[TRUST_BY_PEERS][b];
                n_wild += block->predicted > 0 && block->reported > 2 * block->predicted;
            }
        }
    }
    CHECK(n_wild > 0);
    CHECK(worst[0] < TRUST_QUARANTINE);
    CHECK(worst[1] < TRUST_QUARANTINE);
}

static void theft_from_enrolment_asks_for_an_inspection_not_for_a_ban(void)
{
    if (!load()) {
        return;
    }
    const struct fleet_lie lie = {
        .report = fleet_lie_gain, .homes = fleet_home(2), .from_day = 0, .per_mille = 1400};
    fleet_run_init(&run, &year, &config);
    bool inspect = false;
    enum trust_action worst = TRUST_NONE;
    for (unsigned day = 0; day < 200; day++) {
        fleet_run_day(&run, &year, day, &lie);
        struct trust_event event;
        while (trust_engine_event(&run.engine, &event)) {
            inspect = inspect || (event.kind == TRUST_EVENT_INSPECT && event.device == 1);
        }
        worst = run.devices[1].action > worst ? run.devices[1].action : worst;
    }
    CHECK(run.devices[1].armed);
    CHECK(inspect);
    CHECK(worst < TRUST_QUARANTINE);
}

static void the_same_readings_give_the_same_decisions(void)
{
    if (!load()) {
        return;
    }
    static struct trust_event first[256];
    size_t n[2] = {0, 0};
    bool same = true;
    const struct fleet_lie lie = {
        .report = fleet_lie_gain, .homes = fleet_home(4), .from_day = 90, .per_mille = 1150};
    for (int round = 0; round < 2; round++) {
        fleet_run_init(&run, &year, &config);
        for (unsigned day = 0; day < 200; day++) {
            fleet_run_day(&run, &year, day, &lie);
            struct trust_event event;
            while (trust_engine_event(&run.engine, &event) && n[round] < 256) {
                if (round == 0) {
                    first[n[0]] = event;
                } else {
                    same = same && event.unix_s == first[n[1]].unix_s &&
                           event.log2_e == first[n[1]].log2_e &&
                           event.reported_mwh == first[n[1]].reported_mwh;
                }
                n[round]++;
            }
        }
    }
    CHECK(n[0] > 8);
    CHECK_EQ(n[0], n[1]);
    CHECK(same);
}

CHECK_MAIN(TEST(eight_homes_can_be_judged_and_none_is_accused_in_a_year),
           TEST(ten_percent_is_found_within_a_month),
           TEST(home_16_has_another_roof_and_stays_unarmed),
           TEST(outages_at_homes_10_and_11_accuse_nobody),
           TEST(theft_from_enrolment_asks_for_an_inspection_not_for_a_ban),
           TEST(the_same_readings_give_the_same_decisions))
