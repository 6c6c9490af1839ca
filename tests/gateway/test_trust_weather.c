/* SPDX-License-Identifier: MIT
 * Evidence by weather and by the sun, live: what is taken, what it leads to, what is stored.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "db/decisions.h"
#include "db/readings.h"
#include "gateway_site.h"
#include "site/site.h"
#include "trust/trust_site.h"

enum { HOUR_S = 3600, DAY_S = 86400, STEP_S = 900 };
/* 2026-05-01, and a roof in Calabria */
static const int64_t first_day_s = INT64_C(1777593600);
static const struct weather_place roof_place = {.known = true,
                                                .latitude_udeg = 39360000,
                                                .longitude_udeg = 16220000,
                                                .has_plane = true,
                                                .tilt_mdeg = 30000,
                                                .azimuth_mdeg = 180000};

static struct test_site t;
static struct test_device roof;
static int64_t counter_mwh;
static uint32_t sequence;

static void open_trust(enum trust_rule rule, bool has_weather)
{
    const struct trust_site_config config = {
        .site = &t.site, .rule = rule, .has_weather = has_weather};
    t.site.trust = trust_site_open(&config);
    CHECK(t.site.trust != NULL);
}

static void set_up(enum trust_rule rule, bool has_weather)
{
    struct site_result result = {.why = ""};
    test_site_open(&t);
    counter_mwh = 0;
    sequence = 0;
    CHECK_EQ(site_device_add_at(&t.site, "roof", 4000, &roof_place, &result), E_OK);
    test_site_add(&t, &roof, "roof");
    open_trust(rule, has_weather);
}

static void tear_down(void)
{
    trust_site_close(t.site.trust);
    t.site.trust = NULL;
    test_site_close(&t);
}

static struct fleet_device *device(void)
{
    return fleet_find(&t.site.fleet, "roof");
}

/* A reading as the meter would have sent it: on disk, and then judged. */
static void store(int64_t unix_s, int64_t power_mw)
{
    static uint8_t bytes[4];
    struct telemetry_reading reading = {
        .device_id = "roof",
        .device_id_len = 4,
        .boot_epoch = 1,
        .sequence = ++sequence,
        .unix_ms = unix_s * 1000,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 1,
        .channels = {{.energy_mwh = counter_mwh, .power_mw = (int32_t)power_mw}}};
    const struct db_reading row = {.device = device()->row,
                                   .key = device()->key,
                                   .received_unix_ms = unix_s * 1000,
                                   .form = DB_FORM_COSE,
                                   .bytes = bytes,
                                   .len = sizeof bytes,
                                   .reading = &reading};
    const struct trust_reading r = {.key = device()->key,
                                    .unix_ms = reading.unix_ms,
                                    .received_unix_ms = row.received_unix_ms,
                                    .time_known = true,
                                    .has_energy = true,
                                    .has_production = true,
                                    .energy_mwh = counter_mwh,
                                    .power_mw = power_mw};
    CHECK_EQ(db_reading_add(t.site.db, &row), 1);
    trust_site_reading(t.site.trust, device(), &r);
}

/* ---- a service whose sky is a little different each day ---- */

static struct trust_weather_point points[DAY_S / STEP_S];

static int32_t radiation_mw_m2(int64_t end_unix_s)
{
    const int64_t second = (end_unix_s - STEP_S / 2 + HOUR_S) % DAY_S; /* near solar time */
    const int64_t day = (end_unix_s - STEP_S) / DAY_S;
    const int64_t from_noon = second < DAY_S / 2 ? DAY_S / 2 - second : second - DAY_S / 2;
    const int64_t height = from_noon >= 6 * HOUR_S ? 0 : 6 * HOUR_S - from_noon;
    return (int32_t)(height * (20 + day * 7 % 11) * 1000 / 864);
}

static struct trust_weather_series day_of_weather(int64_t from_unix_s)
{
    struct trust_weather_series s = {
        .points = points, .cap = DAY_S / STEP_S, .n = DAY_S / STEP_S, .step_s = STEP_S};
    for (size_t i = 0; i < s.n; i++) {
        const int64_t end = from_unix_s + (int64_t)(i + 1) * STEP_S;
        points[i] = (struct trust_weather_point){.end_unix_s = end,
                                                 .global_mw_m2 = radiation_mw_m2(end),
                                                 .direct_normal_mw_m2 = TRUST_WEATHER_UNKNOWN,
                                                 .diffuse_mw_m2 = TRUST_WEATHER_UNKNOWN,
                                                 .air_mc = 20000};
    }
    return s;
}

static int answer(enum trust_weather_endpoint endpoint, const struct trust_weather_series *series,
                  int64_t now_s)
{
    const struct trust_weather_answer a = {
        .cell = trust_weather_cell_of(roof_place.latitude_udeg, roof_place.longitude_udeg),
        .endpoint = endpoint,
        .series = series,
        .sha256 = {1, 2, 3}};
    return trust_site_weather(t.site.trust, &a, now_s * 1000);
}

/* Days of hourly readings of what the weather gives, times `percent`; the satellite tells a day
 * when it is over. Hours of `unseen` (a mask) are missing in its answers. */
static void live_through(int first, int last, int percent, uint32_t unseen)
{
    const struct solar_roof physics = weather_roof_of(&roof_place, 4000);
    for (int day = first; day < last; day++) {
        const int64_t from = first_day_s + (int64_t)day * DAY_S;
        struct trust_weather_series s = day_of_weather(from);
        for (int hour = 0; hour < 24; hour++) {
            int64_t power_mw = 0;
            CHECK(weather_hour_mw(&s, &physics, from + hour * HOUR_S, &power_mw));
            counter_mwh += power_mw * percent / 100;
            store(from + (hour + 1) * HOUR_S, power_mw * percent / 100);
        }
        for (size_t i = 0; i < s.n; i++) {
            if ((unseen >> (i * STEP_S / HOUR_S) & 1) != 0) {
                points[i].global_mw_m2 = TRUST_WEATHER_UNKNOWN;
            }
        }
        CHECK(answer(TRUST_WEATHER_SATELLITE, &s, from + DAY_S) >= 0);
    }
}

/* ---- what was decided ---- */

static char newest_evidence[2048];
static char newest_action[32];

static void keep_newest(void *context, const struct db_decision *d)
{
    (void)context;
    (void)snprintf(newest_evidence, sizeof newest_evidence, "%s", d->evidence ? d->evidence : "");
    (void)snprintf(newest_action, sizeof newest_action, "%s", d->action);
}

static int n_decisions(void)
{
    newest_evidence[0] = newest_action[0] = '\0';
    int n = 0;
    n = db_decision_list(t.site.db, device()->row, 1, keep_newest, NULL);
    CHECK(n >= 0);
    return n;
}

static bool evidence_says(const char *text)
{
    return n_decisions() == 1 && strstr(newest_evidence, text) != NULL;
}

static void a_roof_without_neighbours_is_judged_by_weather_and_never_banned_by_it(void)
{
    set_up(TRUST_RULE_TE2, true);
    live_through(0, 30, 100, 0);
    CHECK_EQ(n_decisions(), 0);
    live_through(30, 70, 140, 0);
    CHECK(evidence_says("\"layer\":\"weather\""));
    CHECK_STR(newest_action, "quarantine");
    CHECK(!device()->banned);
    tear_down();
}

static void what_is_read_again_meets_the_same_weather(void)
{
    set_up(TRUST_RULE_TE2, true);
    live_through(0, 45, 100, 0);
    live_through(45, 55, 140, 0);
    const struct trust_view live = trust_site_view(t.site.trust, device());
    const uint64_t hours = trust_site_counts(t.site.trust)->weather_hours;
    CHECK(live.log10_milli > 1000);
    CHECK(hours > 1200);
    trust_site_close(t.site.trust);
    open_trust(TRUST_RULE_TE2, true);
    const struct trust_view again = trust_site_view(t.site.trust, device());
    CHECK_EQ(again.log10_milli, live.log10_milli);
    CHECK_EQ(again.reputation_permille, live.reputation_permille);
    CHECK_EQ(again.action, live.action);
    CHECK_EQ(trust_site_counts(t.site.trust)->weather_hours, hours);
    tear_down();
}

static void hours_that_the_satellite_missed_are_unknown_and_accuse_nobody(void)
{
    set_up(TRUST_RULE_TE2, true);
    live_through(0, 30, 100, 0);
    live_through(30, 70, 100, 0x3ff << 9); /* of the light hours only the edges are seen */
    CHECK_EQ(n_decisions(), 0);
    CHECK_EQ(trust_site_view(t.site.trust, device()).action, TRUST_NONE);
    tear_down();
}

static void the_same_answer_again_is_nothing_new(void)
{
    set_up(TRUST_RULE_TE2, true);
    struct trust_weather_series s = day_of_weather(first_day_s);
    const int64_t noon = first_day_s + 12 * HOUR_S;
    /* a forecast is taken when its moment begins, an observation when it is over */
    CHECK_EQ(answer(TRUST_WEATHER_FORECAST, &s, noon), 49);
    CHECK_EQ(answer(TRUST_WEATHER_FORECAST, &s, noon), 0);
    CHECK_EQ(answer(TRUST_WEATHER_SATELLITE, &s, noon), 48);
    CHECK_EQ(answer(TRUST_WEATHER_SATELLITE, &s, noon + STEP_S), 1);
    tear_down();
}

/* ---- the original rule ---- */

static void claim(int64_t from_s, int minutes, int64_t power_mw)
{
    for (int i = 0; i < minutes; i++) {
        counter_mwh += power_mw / 60;
        store(from_s + 60 * i, power_mw);
    }
}

static void under_the_seeds_rule_the_forecast_judges(void)
{
    set_up(TRUST_RULE_SEED, true);
    struct trust_weather_series s = day_of_weather(first_day_s);
    for (size_t i = 0; i < s.n; i++) {
        points[i].global_mw_m2 = 250000; /* a quarter of full sun: 1000 W of 4000 W */
    }
    const int64_t noon = first_day_s + 12 * HOUR_S;
    CHECK_EQ(answer(TRUST_WEATHER_FORECAST, &s, noon), 49);
    claim(noon, 10, 1249000); /* within a quarter more */
    CHECK_EQ(trust_site_counts(t.site.trust)->seed_deviations, 0);
    claim(noon + 600, 4, 2000000); /* four tolerances away: thrice ten points each */
    CHECK(device()->banned);
    CHECK_EQ(n_decisions(), 1);
    tear_down();
}

static void where_the_forecast_is_missing_the_seeds_rule_judges_nobody(void)
{
    set_up(TRUST_RULE_SEED, true);
    claim(first_day_s + 12 * HOUR_S, 30, 3900000);
    CHECK_EQ(trust_site_counts(t.site.trust)->seed_deviations, 0);
    CHECK(!device()->banned);
    tear_down();
}

static void without_a_service_the_seeds_rule_takes_half_a_sine(void)
{
    set_up(TRUST_RULE_SEED, false);
    claim(first_day_s + 11 * HOUR_S, 10, 3900000); /* near solar noon: 4000 W are expected */
    CHECK_EQ(trust_site_counts(t.site.trust)->seed_deviations, 0);
    claim(first_day_s + 23 * HOUR_S, 10, 900000); /* at night: nothing, and 100 W of tolerance */
    CHECK(device()->banned);
    tear_down();
}

static void the_seeds_keys_change_its_verdict(void)
{
    struct trust_seed_config keys;
    set_up(TRUST_RULE_TE2, true);
    trust_site_close(t.site.trust);
    trust_seed_defaults(&keys);
    CHECK_EQ(trust_seed_set(&keys, "TOLERANCE_PERCENTAGE", "2.0"), E_OK);
    const struct trust_site_config config = {
        .site = &t.site, .rule = TRUST_RULE_SEED, .seed = &keys, .has_weather = false};
    t.site.trust = trust_site_open(&config);
    claim(first_day_s + 7 * HOUR_S, 10, 2500000); /* about 1 kW is expected then */
    CHECK_EQ(trust_site_counts(t.site.trust)->seed_deviations, 0);
    tear_down();
}

/* ---- what cannot be ---- */

static const int64_t noon_s = INT64_C(1777593600) + 11 * HOUR_S;

static void a_counter_that_runs_back_is_stored_as_evidence(void)
{
    set_up(TRUST_RULE_TE2, false);
    counter_mwh = 500000;
    store(noon_s, 0);
    counter_mwh = 400000;
    store(noon_s + 60, 0);
    CHECK(evidence_says("the energy counter went back"));
    CHECK(evidence_says("\"energy_wh\":-100.000"));
    tear_down();
}

static void power_that_contradicts_energy_is_stored_as_evidence(void)
{
    set_up(TRUST_RULE_TE2, false);
    for (int i = 0; i <= 70; i++) {
        store(noon_s + 60 * i, 1000000); /* 1 kW by its power, half of it by its counter */
        counter_mwh += 500000 / 60;
    }
    CHECK(evidence_says("power and energy contradict each other"));
    tear_down();
}

static void more_than_the_panels_give_is_stored_as_evidence(void)
{
    set_up(TRUST_RULE_TE2, false);
    store(noon_s, 0);
    counter_mwh += INT64_C(6000000) * 900 / 3600;
    store(noon_s + 900, 6000000);
    CHECK(evidence_says("more than the panels can give"));
    tear_down();
}

static void more_than_a_clear_sky_gives_is_stored_as_evidence(void)
{
    set_up(TRUST_RULE_TE2, false);
    const int64_t dawn_s = first_day_s + 4 * HOUR_S; /* the sun stands a few degrees high */
    store(dawn_s, 0);
    counter_mwh += INT64_C(4000000) * 900 / 3600;
    store(dawn_s + 900, 4000000);
    CHECK(evidence_says("more than a clear sky can give"));
    tear_down();
}

static void light_at_night_is_stored_as_evidence_and_three_times_quarantined(void)
{
    set_up(TRUST_RULE_TE2, false);
    const int64_t midnight_s = first_day_s + 23 * HOUR_S;
    store(midnight_s, 100000);
    counter_mwh += 100000 / 4;
    store(midnight_s + 900, 100000);
    CHECK(evidence_says("production while the sun is down"));
    CHECK_STR(newest_action, "watch");
    for (int i = 2; i <= 4; i++) {
        counter_mwh += 100000 / 4;
        store(midnight_s + 900 * i, 100000);
    }
    CHECK(evidence_says("production while the sun is down"));
    CHECK_STR(newest_action, "quarantine");
    tear_down();
}

static void an_honest_dawn_day_and_dusk_are_possible(void)
{
    set_up(TRUST_RULE_TE2, false);
    live_through(0, 3, 100, 0);
    CHECK_EQ(n_decisions(), 0);
    CHECK_EQ(trust_site_counts(t.site.trust)->intervals, 71);
    tear_down();
}

/* ---- a clock that jumps ---- */

static void a_clock_that_jumps_loses_nothing_and_accuses_nobody(void)
{
    set_up(TRUST_RULE_TE2, true);
    live_through(0, 30, 100, 0);
    const uint64_t before = trust_site_counts(t.site.trust)->intervals;
    /* the gateway's clock runs a month ahead, and comes back */
    trust_site_tick(t.site.trust, (first_day_s + 60 * (int64_t)DAY_S) * 1000);
    trust_site_tick(t.site.trust, (first_day_s + 30 * (int64_t)DAY_S) * 1000);
    live_through(30, 62, 100, 0);
    const struct trust_counts *c = trust_site_counts(t.site.trust);
    CHECK_EQ(db_reading_total(t.site.db), 62 * 24);
    CHECK_EQ(c->intervals + c->late, before + 32 * 24); /* each is judged or counted as too late */
    CHECK(c->late >= 29 * 24);
    CHECK_EQ(n_decisions(), 0);
    tear_down();
}

CHECK_MAIN(TEST(a_roof_without_neighbours_is_judged_by_weather_and_never_banned_by_it),
           TEST(what_is_read_again_meets_the_same_weather),
           TEST(hours_that_the_satellite_missed_are_unknown_and_accuse_nobody),
           TEST(the_same_answer_again_is_nothing_new),
           TEST(under_the_seeds_rule_the_forecast_judges),
           TEST(where_the_forecast_is_missing_the_seeds_rule_judges_nobody),
           TEST(without_a_service_the_seeds_rule_takes_half_a_sine),
           TEST(the_seeds_keys_change_its_verdict),
           TEST(a_counter_that_runs_back_is_stored_as_evidence),
           TEST(power_that_contradicts_energy_is_stored_as_evidence),
           TEST(more_than_the_panels_give_is_stored_as_evidence),
           TEST(more_than_a_clear_sky_gives_is_stored_as_evidence),
           TEST(light_at_night_is_stored_as_evidence_and_three_times_quarantined),
           TEST(an_honest_dawn_day_and_dusk_are_possible),
           TEST(a_clock_that_jumps_loses_nothing_and_accuses_nobody))
