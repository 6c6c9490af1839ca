/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "db/decisions.h"
#include "db/readings.h"
#include "gateway_site.h"
#include "trust/trust_site.h"

enum { ROOFS = 5, HOURS = 24, THIEF = 2 };
/* 2026-05-01 */
static const int64_t first_day_s = INT64_C(1777593600);

static struct test_site t;
static struct test_device roofs[ROOFS];
static int64_t counters_mwh[ROOFS];
static char told[2048];
static unsigned n_told;

static bool keep_told(void *context, const char *device_id, const char *text, size_t len)
{
    (void)context;
    (void)device_id;
    CHECK(len < sizeof told);
    memcpy(told, text, len);
    told[len] = '\0';
    n_told++;
    return true;
}

static void open_trust(enum trust_rule rule)
{
    const struct trust_site_config config = {.site = &t.site, .rule = rule, .tell = keep_told};
    t.site.trust = trust_site_open(&config);
    CHECK(t.site.trust != NULL);
}

static void set_up(void)
{
    static const char *const names[ROOFS] = {"a", "b", "c", "d", "e"};
    test_site_open(&t);
    n_told = 0;
    for (int i = 0; i < ROOFS; i++) {
        test_site_add(&t, &roofs[i], names[i]);
        counters_mwh[i] = 0;
    }
    open_trust(TRUST_RULE_TE2);
}

static void tear_down(void)
{
    trust_site_close(t.site.trust);
    t.site.trust = NULL;
    test_site_close(&t);
}

/* A day's weather, the same for all, and a little of its own for each roof. */
static int64_t energy_mwh(int day, int hour, int roof)
{
    const int64_t height = hour <= 6 || hour >= 19 ? 0 : (hour - 6) * (19 - hour);
    const int64_t sky = 500 + day * 7919 % 11 * 50;
    const int64_t own = 995 + (day * 31 + hour * 17 + roof * 7) % 11;
    return height * sky * own * (10 + roof) / 250;
}

static void store(int roof, int64_t unix_s)
{
    static uint8_t bytes[4];
    struct fleet_device *device = fleet_find(&t.site.fleet, roofs[roof].id);
    struct telemetry_reading reading = {.device_id = device->id,
                                        .device_id_len = strlen(device->id),
                                        .boot_epoch = 1,
                                        .sequence = (uint32_t)((unix_s - first_day_s) / 3600),
                                        .unix_ms = unix_s * 1000,
                                        .time_quality = TELEMETRY_TIME_SYNCED,
                                        .n_channels = 1,
                                        .channels = {{.energy_mwh = counters_mwh[roof]}}};
    const struct db_reading row = {.device = device->row,
                                   .key = device->key,
                                   .received_unix_ms = unix_s * 1000,
                                   .form = DB_FORM_COSE,
                                   .bytes = bytes,
                                   .len = sizeof bytes,
                                   .reading = &reading};
    const struct trust_reading r = {.key = device->key,
                                    .unix_ms = reading.unix_ms,
                                    .received_unix_ms = row.received_unix_ms,
                                    .time_known = true,
                                    .has_energy = true,
                                    .energy_mwh = counters_mwh[roof]};
    CHECK_EQ(db_reading_add(t.site.db, &row), 1);
    trust_site_reading(t.site.trust, device, &r);
}

/* Hourly readings; from day `from` on the thief claims `percent` of what it makes. */
static void live_through(int first, int last, int from, int percent)
{
    for (int day = first; day < last; day++) {
        for (int hour = 0; hour < HOURS; hour++) {
            for (int roof = 0; roof < ROOFS; roof++) {
                const int64_t made = energy_mwh(day, hour, roof);
                const bool lies = roof == THIEF && day >= from;
                counters_mwh[roof] += lies ? made * percent / 100 : made;
                store(roof, first_day_s + day * INT64_C(86400) + (hour + 1) * 3600);
            }
        }
    }
}

static struct fleet_device *thief(void)
{
    return fleet_find(&t.site.fleet, roofs[THIEF].id);
}

static int n_decisions;
static char newest_action[32];
static char newest_by[16];

static void note(void *context, const struct db_decision *decision)
{
    (void)context;
    if (n_decisions++ == 0) {
        (void)snprintf(newest_action, sizeof newest_action, "%s", decision->action);
        (void)snprintf(newest_by, sizeof newest_by, "%s", decision->by);
    }
}

static int decisions(int roof)
{
    n_decisions = 0;
    const int64_t row = fleet_find(&t.site.fleet, roofs[roof].id)->row;
    const int n = db_decision_list(t.site.db, row, 1000, note, NULL);
    CHECK_EQ(n, n_decisions);
    return n_decisions;
}

static void count_block(void *context, const struct db_block *block)
{
    int *n = context;
    *n += block->expected_mwh > 0;
}

static void a_roof_that_claims_thirty_percent_more_is_banned_and_the_others_are_not(void)
{
    set_up();
    live_through(0, 35, 99, 100);
    CHECK(!thief()->banned);
    CHECK(trust_site_view(t.site.trust, thief()).armed);
    live_through(35, 75, 35, 130);
    CHECK(thief()->banned);
    (void)decisions(THIEF);
    CHECK(strcmp(newest_action, "ban") == 0 && strcmp(newest_by, DB_BY_ENGINE) == 0);
    for (int i = 0; i < ROOFS; i++) {
        const struct fleet_device *device = fleet_find(&t.site.fleet, roofs[i].id);
        CHECK(device->banned == (i == THIEF));
        CHECK(i == THIEF || trust_site_view(t.site.trust, device).action == TRUST_NONE);
    }
    int n_blocks = 0;
    CHECK_EQ(db_block_list(t.site.db, thief()->row, 400, count_block, &n_blocks), E_OK);
    CHECK(n_blocks > 20);
    tear_down();
}

static void what_is_read_again_leads_to_the_same_decisions(void)
{
    set_up();
    live_through(0, 60, 35, 130);
    const int before = decisions(THIEF);
    const struct trust_view live = trust_site_view(t.site.trust, thief());
    trust_site_close(t.site.trust);
    open_trust(TRUST_RULE_TE2);
    const struct trust_view again = trust_site_view(t.site.trust, thief());
    CHECK_EQ(again.log10_milli, live.log10_milli);
    CHECK_EQ(again.reputation_permille, live.reputation_permille);
    CHECK_EQ(again.action, live.action);
    CHECK_EQ(decisions(THIEF), before);
    tear_down();
}

static void an_unban_starts_the_evidence_anew(void)
{
    struct site_result result = {.why = ""};
    set_up();
    live_through(0, 60, 35, 130);
    CHECK(thief()->banned);
    CHECK_EQ(test_judge(&t, LEDGER_UNBAN, thief()->id, "the meter was replaced", &result), E_OK);
    CHECK(!thief()->banned);
    CHECK_EQ(trust_site_view(t.site.trust, thief()).log10_milli, 0);
    CHECK_EQ(trust_site_view(t.site.trust, thief()).action, TRUST_NONE);
    CHECK_EQ(test_judge(&t, LEDGER_UNBAN, thief()->id, "again", &result), E_STATE);
    tear_down();
}

static void readings_from_the_future_and_without_time_are_not_judged(void)
{
    set_up();
    struct trust_reading r = {.key = thief()->key,
                              .unix_ms = first_day_s * 1000 + 400000,
                              .received_unix_ms = first_day_s * 1000,
                              .time_known = true,
                              .has_energy = true};
    trust_site_reading(t.site.trust, thief(), &r);
    r.unix_ms = first_day_s * 1000;
    r.time_known = false;
    trust_site_reading(t.site.trust, thief(), &r);
    CHECK_EQ(thief()->trust_place, 0);
    CHECK_EQ(trust_site_counts(t.site.trust)->intervals, 0);
    tear_down();
}

static void a_repeated_or_older_reading_never_hurts(void)
{
    set_up();
    counters_mwh[THIEF] = 500000;
    store(THIEF, first_day_s + 3600);
    counters_mwh[THIEF] = 100000; /* of an earlier start, delivered late */
    store(THIEF, first_day_s + 1800);
    counters_mwh[THIEF] = 600000;
    store(THIEF, first_day_s + 7200);
    trust_site_tick(t.site.trust, (first_day_s + 7200) * 1000);
    CHECK_EQ(decisions(THIEF), 0);
    CHECK_EQ(trust_site_counts(t.site.trust)->intervals, 1);
    tear_down();
}

static void a_device_is_told_once_what_holds(void)
{
    set_up();
    store(THIEF, first_day_s + 3600);
    trust_site_tick(t.site.trust, (first_day_s + 3600) * 1000);
    trust_site_tick(t.site.trust, (first_day_s + 3601) * 1000);
    CHECK_EQ(n_told, 1);
    CHECK(strcmp(told, "{\"v\":1,\"id\":\"c\",\"unix_ms\":1777597200000,\"action\":\"none\","
                       "\"score\":null,\"log10_e\":0.000,\"reasons\":[]}") == 0);
    trust_site_tell_all(t.site.trust);
    trust_site_tick(t.site.trust, (first_day_s + 3602) * 1000);
    CHECK_EQ(n_told, 2);
    tear_down();
}

CHECK_MAIN(TEST(a_roof_that_claims_thirty_percent_more_is_banned_and_the_others_are_not),
           TEST(what_is_read_again_leads_to_the_same_decisions),
           TEST(an_unban_starts_the_evidence_anew),
           TEST(readings_from_the_future_and_without_time_are_not_judged),
           TEST(a_repeated_or_older_reading_never_hurts), TEST(a_device_is_told_once_what_holds))
