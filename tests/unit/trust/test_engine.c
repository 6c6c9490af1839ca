/* SPDX-License-Identifier: MIT
 * The engine on a made fleet: six homes under the same sky, whose days are a triangle.
 */
#include "check.h"
#include "trust/engine.h"
#include "trust/explain.h"

#include <string.h>

enum { HOMES = 6, HOUR_S = 3600, DAY_S = 86400 };
#define BEGIN INT64_C(1767225600) /* a midnight */

static struct trust_device devices[HOMES];
static int32_t evidence[HOMES];
static struct trust_engine engine;
static struct trust_config config;

static int64_t produced_mwh(unsigned day, unsigned hour, unsigned home)
{
    const unsigned height = hour < 6 || hour >= 18 ? 0 : hour < 12 ? hour - 5 : 18 - hour;
    const unsigned cloud = 40 + (day * 37 + hour * 11) % 60;
    return (int64_t)(3000 + 500 * home) * height * cloud;
}

static void begin(void)
{
    trust_config_defaults(&config, 0);
    trust_engine_init(&engine, &config, devices, evidence, HOMES);
    for (unsigned home = 0; home < HOMES; home++) {
        trust_engine_add(&engine, home, 3000 + 500 * home);
    }
    trust_engine_tick(&engine, BEGIN);
}

static int report(size_t home, int64_t end_unix_s, uint32_t span_s, int64_t energy_mwh)
{
    const struct trust_interval interval = {
        .end_unix_s = end_unix_s, .span_s = span_s, .energy_mwh = energy_mwh};
    return trust_engine_interval(&engine, home, &interval);
}

/* Plays days; home 2 reports `permille` of what it produced. */
static void play(unsigned from, unsigned to, int64_t permille)
{
    for (unsigned day = from; day < to; day++) {
        for (unsigned hour = 0; hour < 24; hour++) {
            const int64_t end = BEGIN + (int64_t)day * DAY_S + (hour + 1) * HOUR_S;
            trust_engine_tick(&engine, end);
            for (unsigned home = 0; home < HOMES; home++) {
                const int64_t energy =
                    produced_mwh(day, hour, home) * (home == 2 ? permille : 1000) / 1000;
                CHECK_EQ(report(home, end, HOUR_S, energy), E_OK);
            }
        }
    }
    trust_engine_tick(&engine, BEGIN + (int64_t)to * DAY_S + config.grace_s);
}

static void a_fleet_is_armed_after_its_commissioning(void)
{
    begin();
    play(0, 30, 1000);
    for (size_t home = 0; home < HOMES; home++) {
        CHECK(!devices[home].armed);
    }
    play(30, 32, 1000);
    struct trust_event event;
    unsigned n = 0;
    while (trust_engine_event(&engine, &event)) {
        CHECK_EQ(event.kind, TRUST_EVENT_ARMED);
        CHECK_EQ(event.n_peers, HOMES - 1);
        n++;
    }
    CHECK_EQ(n, HOMES);
    CHECK(!trust_engine_event(&engine, &event));
}

static void theft_goes_through_all_actions_and_is_healed_by_an_operator(void)
{
    begin();
    play(0, 40, 1000);
    play(40, 60, 1200);
    CHECK_EQ(devices[2].action, TRUST_BAN);
    CHECK_EQ(trust_engine_credit(&engine, 2, 1000000), 0);
    for (size_t home = 0; home < HOMES; home++) {
        CHECK(home == 2 || devices[home].action == TRUST_NONE);
    }
    play(60, 90, 1000);
    CHECK_EQ(devices[2].action, TRUST_BAN); /* it does not end by itself */
    CHECK_EQ(trust_engine_unban(&engine, 2), E_OK);
    CHECK_EQ(trust_engine_unban(&engine, 2), E_STATE);
    play(90, 100, 1000);
    CHECK_EQ(devices[2].action, TRUST_NONE);
    CHECK_EQ(trust_device_evidence(&devices[2]), 0);
}

static void settle_at_expected_caps_the_credit_and_fades(void)
{
    begin();
    play(0, 40, 1000);
    unsigned day = 40;
    while (day < 60 && devices[2].action < TRUST_SETTLE) {
        play(day, day + 1, 1200);
        day++;
    }
    CHECK_EQ(devices[2].action, TRUST_SETTLE);
    int64_t produced = 0;
    for (unsigned hour = 0; hour < 24; hour++) {
        produced += produced_mwh(day - 1, hour, 2);
    }
    const int64_t credit = trust_engine_credit(&engine, 2, produced * 12 / 10);
    CHECK(credit >= produced);
    CHECK(credit <= produced * 104 / 100);
    CHECK_EQ(trust_engine_credit(&engine, 2, produced / 2), produced / 2);
    play(day, day + 60, 1000);
    CHECK_EQ(devices[2].action, TRUST_NONE);
}

static void what_is_impossible_is_judged_at_once(void)
{
    begin();
    CHECK_EQ(report(0, BEGIN + 5, 5, -1), E_OK); /* once: a glitch */
    CHECK_EQ(devices[0].action, TRUST_WATCH);
    CHECK_EQ(report(0, BEGIN + 10, 5, -1), E_OK);
    CHECK_EQ(report(0, BEGIN + 15, 5, -1), E_OK);
    CHECK_EQ(devices[0].action, TRUST_BAN);
    struct trust_event event;
    char text[TRUST_REASON_CAP];
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    CHECK(trust_engine_event(&engine, &event));
    CHECK_EQ(event.impossible, TRUST_COUNTER_BACK);
    trust_explain(&config, &event, &out);
    text[wbuf_len(&out)] = '\0';
    CHECK(strstr(text, "the energy counter went back") != NULL);
}

static void light_at_night_quarantines_because_clocks_are_wrong_too(void)
{
    begin();
    for (int i = 1; i <= 5; i++) {
        const struct trust_interval night = {.end_unix_s = BEGIN + i * 900,
                                             .span_s = 900,
                                             .energy_mwh = 25000,
                                             .has_sky = true,
                                             .night = true};
        CHECK_EQ(trust_engine_interval(&engine, 1, &night), E_OK);
    }
    CHECK_EQ(devices[1].action, TRUST_QUARANTINE);
    CHECK_EQ(devices[1].impossible, TRUST_AT_NIGHT);
}

static void power_and_energy_must_agree_over_an_hour(void)
{
    begin();
    for (int i = 1; i <= 3 * 720; i++) {
        const struct trust_interval r = {.end_unix_s = BEGIN + i * 5,
                                         .span_s = 5,
                                         .energy_mwh = 1500, /* 1080 W */
                                         .has_power = true,
                                         .power_mw = 900000}; /* 900 W */
        CHECK_EQ(trust_engine_interval(&engine, 1, &r), E_OK);
    }
    CHECK_EQ(devices[1].impossible, TRUST_POWER_ENERGY);
    CHECK_EQ(devices[1].action, TRUST_BAN);
}

static void gaps_are_unknown_and_late_readings_are_said_so(void)
{
    begin();
    play(0, 40, 1000);
    /* Home 2 is silent for a day: nothing is judged, and nobody suffers. */
    for (unsigned hour = 0; hour < 24; hour++) {
        const int64_t end = BEGIN + 40LL * DAY_S + (hour + 1) * HOUR_S;
        trust_engine_tick(&engine, end);
        for (unsigned home = 0; home < HOMES; home++) {
            CHECK_EQ(home == 2 ? E_OK : report(home, end, HOUR_S, produced_mwh(40, hour, home)),
                     E_OK);
        }
    }
    trust_engine_tick(&engine, BEGIN + 41LL * DAY_S + config.grace_s);
    CHECK_EQ(devices[2].blocks[TRUST_BY_PEERS][1].gate, TRUST_BLOCK_MISSING);
    CHECK_EQ(devices[3].blocks[TRUST_BY_PEERS][1].gate, TRUST_BLOCK_JUDGED);
    CHECK_EQ(devices[3].blocks[TRUST_BY_PEERS][1].n_peers, HOMES - 2);
    CHECK_EQ(report(2, BEGIN + 40LL * DAY_S + HOUR_S, HOUR_S, 5), E_STATE);
    CHECK_EQ(devices[2].n_late, 1);
    CHECK_EQ(report(2, BEGIN + 50LL * DAY_S, HOUR_S, 5), E_ARG); /* a clock ahead */
    CHECK_EQ(report(2, BEGIN + 41LL * DAY_S + HOUR_S, 0, 5), E_ARG);
    CHECK_EQ(report(2, BEGIN + 41LL * DAY_S + HOUR_S, HOUR_S + 1, 5), E_ARG);
}

static void most_neighbours_silent_means_no_judgement(void)
{
    begin();
    play(0, 40, 1000);
    for (unsigned hour = 0; hour < 24; hour++) {
        const int64_t end = BEGIN + 40LL * DAY_S + (hour + 1) * HOUR_S;
        trust_engine_tick(&engine, end);
        for (unsigned home = 0; home < HOMES; home++) {
            /* four of six report nothing produced: an outage */
            CHECK_EQ(report(home, end, HOUR_S, home < 4 ? 0 : produced_mwh(40, hour, home)), E_OK);
        }
    }
    trust_engine_tick(&engine, BEGIN + 41LL * DAY_S + config.grace_s);
    CHECK(devices[5].blocks[TRUST_BY_PEERS][1].gate != TRUST_BLOCK_JUDGED);
    CHECK_EQ(trust_device_evidence(&devices[5]), 0);
}

static void energy_is_not_lost_between_hours(void)
{
    begin();
    /* 7 mWh every 7 s, across the hours' borders */
    int64_t sent = 0;
    for (int64_t at = 7; at <= 4 * HOUR_S; at += 7) {
        CHECK_EQ(report(0, BEGIN + at, 7, 11), E_OK);
        sent += 11;
    }
    int64_t kept = 0;
    for (unsigned parity = 0; parity < 2; parity++) {
        for (unsigned hour = 0; hour < TRUST_HOURS; hour++) {
            kept += devices[0].open_mwh[parity][hour];
        }
    }
    CHECK_EQ(kept, sent);
}

static void a_long_silence_of_the_site_forgets_hours_not_judgements(void)
{
    begin();
    play(0, 40, 1000);
    play(40, 60, 1200);
    CHECK_EQ(devices[2].action, TRUST_BAN);
    trust_engine_tick(&engine, BEGIN + 4000LL * DAY_S);
    trust_engine_tick(&engine, BEGIN + 10LL * DAY_S); /* back in time: ignored */
    CHECK_EQ(devices[2].action, TRUST_BAN);
    CHECK(devices[3].armed);
    CHECK_EQ(report(3, BEGIN + 4000LL * DAY_S, HOUR_S, 5), E_OK);
}

static void a_removed_device_is_nobodys_neighbour(void)
{
    begin();
    play(0, 40, 1000);
    trust_engine_remove(&engine, 5);
    trust_engine_add(&engine, 5, 9000);
    play(40, 41, 1000);
    CHECK_EQ(devices[0].blocks[TRUST_BY_PEERS][1].n_peers, HOMES - 2);
    CHECK(!devices[5].armed);
}

static void a_wrong_configuration_names_its_field(void)
{
    const char *field = NULL;
    trust_config_defaults(&config, -117400000);
    CHECK_EQ(config.solar_offset_s, -8 * HOUR_S);
    CHECK_EQ(trust_config_check(&config, &field), E_OK);
    config.settle = 5;
    CHECK_EQ(trust_config_check(&config, &field), E_ARG);
    CHECK_STR(field, "thresholds");
    trust_config_defaults(&config, 16200000);
    CHECK_EQ(config.solar_offset_s, HOUR_S);
    config.n_blocks = 2;
    CHECK_EQ(trust_config_check(&config, &field), E_ARG);
    CHECK_STR(field, "n_blocks");
}

CHECK_MAIN(TEST(a_fleet_is_armed_after_its_commissioning),
           TEST(theft_goes_through_all_actions_and_is_healed_by_an_operator),
           TEST(settle_at_expected_caps_the_credit_and_fades),
           TEST(what_is_impossible_is_judged_at_once),
           TEST(light_at_night_quarantines_because_clocks_are_wrong_too),
           TEST(power_and_energy_must_agree_over_an_hour),
           TEST(gaps_are_unknown_and_late_readings_are_said_so),
           TEST(most_neighbours_silent_means_no_judgement), TEST(energy_is_not_lost_between_hours),
           TEST(a_long_silence_of_the_site_forgets_hours_not_judgements),
           TEST(a_removed_device_is_nobodys_neighbour), TEST(a_wrong_configuration_names_its_field))
