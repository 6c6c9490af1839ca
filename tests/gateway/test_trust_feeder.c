/* SPDX-License-Identifier: MIT
 * The meter at the transformer, live: what all report together against what went through it.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "db/decisions.h"
#include "db/readings.h"
#include "gateway_site.h"
#include "trust/trust_site.h"

enum { HOMES = 3, FEEDER = HOMES, METERS, LIAR = 1 };
/* 2026-05-01 */
static const int64_t first_day_s = INT64_C(1777593600);

static struct test_site t;
static struct test_device meters[METERS];
static struct totals {
    int64_t produced_mwh;
    int64_t consumed_mwh;
    int64_t import_mwh;
    int64_t export_mwh;
} totals[METERS];

static void open_trust(void)
{
    const struct trust_site_config config = {.site = &t.site, .rule = TRUST_RULE_TE2};
    fleet_set_feeder(&t.site.fleet, "transformer");
    t.site.trust = trust_site_open(&config);
    CHECK(t.site.trust != NULL);
}

static void set_up(void)
{
    static const char *const names[METERS] = {"a", "b", "c", "transformer"};
    test_site_open(&t);
    memset(totals, 0, sizeof totals);
    for (int i = 0; i < METERS; i++) {
        test_site_add(&t, &meters[i], names[i]);
    }
    open_trust();
}

static void tear_down(void)
{
    trust_site_close(t.site.trust);
    t.site.trust = NULL;
    test_site_close(&t);
}

static void put_row(const struct fleet_device *device, int64_t unix_s, bool is_feeder,
                    const struct totals *m)
{
    static uint8_t bytes[4];
    struct telemetry_reading reading = {.device_id = device->id,
                                        .device_id_len = strlen(device->id),
                                        .boot_epoch = 1,
                                        .sequence = (uint32_t)((unix_s - first_day_s) / 3600),
                                        .unix_ms = unix_s * 1000,
                                        .time_quality = TELEMETRY_TIME_SYNCED,
                                        .n_channels = 2};
    reading.channels[0] =
        (struct telemetry_channel){.kind = is_feeder ? TELEMETRY_GRID_IMPORT : TELEMETRY_PRODUCTION,
                                   .energy_mwh = is_feeder ? m->import_mwh : m->produced_mwh};
    reading.channels[1] = (struct telemetry_channel){
        .kind = is_feeder ? TELEMETRY_GRID_EXPORT : TELEMETRY_CONSUMPTION,
        .energy_mwh = is_feeder ? m->export_mwh : m->consumed_mwh};
    const struct db_reading row = {.device = device->row,
                                   .key = device->key,
                                   .received_unix_ms = unix_s * 1000,
                                   .form = DB_FORM_COSE,
                                   .bytes = bytes,
                                   .len = sizeof bytes,
                                   .reading = &reading};
    CHECK_EQ(db_reading_add(t.site.db, &row), 1);
}

static void store(int meter, int64_t unix_s)
{
    struct fleet_device *device = fleet_find(&t.site.fleet, meters[meter].id);
    const struct totals *m = &totals[meter];
    const bool is_feeder = meter == FEEDER;
    put_row(device, unix_s, is_feeder, m);
    const struct trust_reading r = {.key = device->key,
                                    .unix_ms = unix_s * 1000,
                                    .received_unix_ms = unix_s * 1000,
                                    .time_known = true,
                                    .has_energy = true,
                                    .has_production = !is_feeder,
                                    .energy_mwh = m->produced_mwh,
                                    .has_consumption = !is_feeder,
                                    .consumption_mwh = m->consumed_mwh,
                                    .has_grid = is_feeder,
                                    .import_mwh = m->import_mwh,
                                    .export_mwh = m->export_mwh};
    trust_site_reading(t.site.trust, device, &r);
}

/* What the homes make and use by the hour; one of them claims `percent` of what it makes. What is
 * left over goes through the transformer. `absent` sends nothing, but lives on. */
static void live_an_hour(int day, int hour, int percent, int absent)
{
    const int64_t end_s = first_day_s + day * INT64_C(86400) + (hour + 1) * 3600;
    const int64_t height = hour < 6 || hour >= 18 ? 0 : (hour - 5) * (18 - hour);
    int64_t net_mwh = 0;
    for (int home = 0; home < HOMES; home++) {
        const int64_t made_mwh = height * (400 + day * 7919 % 11 * 60) * (10 + home);
        const int64_t used_mwh = (300 + (hour * 37 + home * 11) % 200) * INT64_C(1000);
        totals[home].produced_mwh += home == LIAR ? made_mwh * percent / 100 : made_mwh;
        totals[home].consumed_mwh += used_mwh;
        net_mwh += used_mwh - made_mwh;
        if (home != absent) {
            store(home, end_s);
        }
    }
    totals[FEEDER].import_mwh += net_mwh > 0 ? net_mwh : 0;
    totals[FEEDER].export_mwh += net_mwh < 0 ? -net_mwh : 0;
    store(FEEDER, end_s);
}

static void live_through(int first, int last, int percent, int absent)
{
    for (int day = first; day < last; day++) {
        for (int hour = 0; hour < 24; hour++) {
            live_an_hour(day, hour, percent, absent);
        }
    }
}

static char kind[16];
static char action[16];
static char evidence[512];

static void keep_newest(void *context, const struct db_decision *d)
{
    (void)context;
    (void)snprintf(kind, sizeof kind, "%s", d->kind);
    (void)snprintf(action, sizeof action, "%s", d->action);
    (void)snprintf(evidence, sizeof evidence, "%s", d->evidence ? d->evidence : "");
}

static int n_decisions(void)
{
    const int n = db_decision_list(t.site.db, fleet_find(&t.site.fleet, "transformer")->row, 1,
                                   keep_newest, NULL);
    CHECK(n >= 0);
    return n;
}

static void honest_homes_and_their_transformer_agree(void)
{
    set_up();
    live_through(0, 40, 100, -1);
    CHECK_EQ(n_decisions(), 0);
    tear_down();
}

static void a_lie_from_the_first_day_on_contradicts_the_transformer(void)
{
    set_up();
    live_through(0, 25, 140, -1);
    CHECK_EQ(n_decisions(), 1);
    CHECK(strcmp(kind, "feeder") == 0 && strcmp(action, "inspect") == 0);
    CHECK(strstr(evidence, "\"layer\":\"feeder\"") != NULL);
    CHECK(strstr(evidence, "\"excess_wh\":") != NULL);
    trust_site_close(t.site.trust);
    open_trust(); /* again from the database: it is known already */
    CHECK_EQ(n_decisions(), 1);
    live_through(25, 75, 100, -1); /* honest again */
    CHECK_EQ(n_decisions(), 1);
    CHECK(strcmp(action, "none") == 0);
    tear_down();
}

static void a_home_that_is_silent_makes_nobody_a_liar(void)
{
    set_up();
    live_through(0, 5, 100, -1);
    live_through(5, 30, 100, 2); /* neither its production nor its consumption is known */
    CHECK_EQ(n_decisions(), 0);
    live_through(30, 40, 100, -1);
    CHECK_EQ(n_decisions(), 0);
    tear_down();
}

CHECK_MAIN(TEST(honest_homes_and_their_transformer_agree),
           TEST(a_lie_from_the_first_day_on_contradicts_the_transformer),
           TEST(a_home_that_is_silent_makes_nobody_a_liar))
