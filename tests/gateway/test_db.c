/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "gateway_site.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/devices.h"
#include "db/readings.h"
#include "db/statements.h"

static struct test_site t;
static struct test_device meter;
static uint8_t message[TELEMETRY_READING_MAX_LEN];

static char path[128];

static void fresh_file(void)
{
    (void)snprintf(path, sizeof path, "/tmp/wattward-db-%d.db", (int)getpid());
    (void)unlink(path);
}

static void statement(const char *text)
{
    sqlite3 *raw;
    CHECK_EQ(sqlite3_open(path, &raw), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(raw, text, NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_close(raw), SQLITE_OK);
}

static void settings_are_kept(void)
{
    char text[16];
    test_site_open(&t);
    CHECK_EQ(db_setting_get(t.site.db, "x", text, sizeof text), E_NOTFOUND);
    CHECK_EQ(db_setting_put(t.site.db, "x", "one"), E_OK);
    CHECK_EQ(db_setting_put(t.site.db, "x", "two"), E_OK);
    test_site_reopen(&t);
    CHECK_EQ(db_setting_get(t.site.db, "x", text, sizeof text), E_OK);
    CHECK_STR(text, "two");
    test_site_close(&t);
}

static void a_rolled_back_change_is_gone(void)
{
    char text[16];
    test_site_open(&t);
    CHECK_EQ(db_begin(t.site.db), E_OK);
    CHECK_EQ(db_setting_put(t.site.db, "x", "one"), E_OK);
    db_rollback(t.site.db);
    CHECK_EQ(db_setting_get(t.site.db, "x", text, sizeof text), E_NOTFOUND);
    test_site_close(&t);
}

static void what_is_committed_lazily_is_there_and_the_next_commit_is_as_before(void)
{
    char text[16];
    test_site_open(&t);
    CHECK_EQ(db_begin_lazily(t.site.db), E_OK);
    CHECK_EQ(db_setting_put(t.site.db, "x", "one"), E_OK);
    CHECK_EQ(db_commit(t.site.db), E_OK);
    CHECK_EQ(db_begin_lazily(t.site.db), E_OK);
    CHECK_EQ(db_setting_put(t.site.db, "x", "two"), E_OK);
    db_rollback(t.site.db);
    CHECK_EQ(db_begin(t.site.db), E_OK);
    CHECK_EQ(db_setting_put(t.site.db, "y", "three"), E_OK);
    CHECK_EQ(db_commit(t.site.db), E_OK);
    test_site_reopen(&t);
    CHECK_EQ(db_setting_get(t.site.db, "x", text, sizeof text), E_OK);
    CHECK_STR(text, "one");
    CHECK_EQ(db_setting_get(t.site.db, "y", text, sizeof text), E_OK);
    test_site_close(&t);
}

static void a_database_of_a_later_version_is_refused(void)
{
    char why[200] = "";
    fresh_file();
    db_close(db_open(path, why, sizeof why));
    statement("PRAGMA user_version = 99");
    CHECK(db_open(path, why, sizeof why) == NULL);
    CHECK(strstr(why, "newer version of Wattward") != NULL);
    fresh_file();
}

static void what_is_no_database_is_refused(void)
{
    char why[200] = "";
    fresh_file();
    FILE *f = fopen(path, "w");
    CHECK(f != NULL && fputs("this is not a database, but a long enough text to be read", f) > 0);
    CHECK_EQ(fclose(f), 0);
    CHECK(db_open(path, why, sizeof why) == NULL);
    CHECK(strstr(why, "damaged") != NULL);
    CHECK(db_open("/nonexistent/x.db", why, sizeof why) == NULL);
    CHECK(strstr(why, "cannot be opened") != NULL);
    fresh_file();
}

static void a_removed_device_leaves_its_name_and_keeps_its_readings(void)
{
    struct site_result result;
    test_site_open(&t);
    test_site_add(&t, &meter, "meter");
    test_publish(&t, "meter", message, test_reading(&meter, 1, 1, 5, message, sizeof message));
    test_commit(&t);
    CHECK_EQ(site_device_remove(&t.site, "meter", &result), E_OK);
    CHECK_EQ(site_device_remove(&t.site, "meter", &result), E_NOTFOUND);
    CHECK_STR(result.why, "there is no device called meter");
    CHECK_EQ(db_reading_total(t.site.db), 1);
    test_site_add(&t, &meter, "meter");
    test_site_reopen(&t);
    CHECK_EQ(fleet_count(&t.site.fleet), 1);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->stored, 0);
    CHECK(!fleet_find(&t.site.fleet, "meter")->reported);
    test_site_close(&t);
}

static void a_curve_is_the_mean_of_each_step(void)
{
    int64_t power_mw[4];
    test_site_open(&t);
    test_site_add(&t, &meter, "meter");
    /* Reading n is taken 5 n seconds after the start: two of a step, one, none, one. */
    static const uint32_t sequences[] = {1, 2, 7, 19};
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        const size_t len = test_reading(&meter, 1, sequences[i], 1000 * (int32_t)sequences[i],
                                        message, sizeof message);
        test_publish(&t, "meter", message, len);
    }
    test_commit(&t);
    struct db_curve curve = {.device = fleet_find(&t.site.fleet, "meter")->row,
                             .channel = TELEMETRY_PRODUCTION,
                             .from_unix_ms = 1767225600000,
                             .step_ms = 30000,
                             .n_steps = 4};
    CHECK_EQ(db_curve_read(t.site.db, &curve, power_mw), E_OK);
    CHECK_EQ(power_mw[0], 1500);
    CHECK_EQ(power_mw[1], 7000);
    CHECK(power_mw[2] == DB_NO_POWER);
    CHECK_EQ(power_mw[3], 19000);
    curve.channel = TELEMETRY_CONSUMPTION; /* which it does not measure */
    CHECK_EQ(db_curve_read(t.site.db, &curve, power_mw), E_OK);
    CHECK(power_mw[0] == DB_NO_POWER);
    test_site_close(&t);
}

static void a_token_is_kept_as_a_digest_and_replaced_by_the_next(void)
{
    struct site_result first;
    struct site_result second;
    struct db_token token;
    uint8_t digest[CLAIM_DIGEST_LEN];
    test_site_open(&t);
    CHECK_EQ(site_device_add(&t.site, "meter", 4000, &first), E_OK);
    const int64_t row = fleet_find(&t.site.fleet, "meter")->row;
    CHECK_EQ(db_token_get(t.site.db, row, &token), E_OK);
    CHECK_EQ(claim_digest("meter", first.token, digest), E_OK);
    CHECK_BYTES(token.digest, sizeof token.digest, digest, sizeof digest);
    CHECK(!token.used);
    CHECK_EQ(site_device_token(&t.site, "meter", &second), E_OK);
    CHECK_EQ(db_token_get(t.site.db, row, &token), E_OK);
    CHECK(memcmp(token.digest, digest, sizeof digest) != 0);
    CHECK_EQ(db_token_use(t.site.db, row, 1), E_OK);
    CHECK_EQ(db_token_get(t.site.db, row, &token), E_OK);
    CHECK(token.used);
    CHECK_EQ(db_token_get(t.site.db, row + 1, &token), E_NOTFOUND);
    test_site_close(&t);
}

/* An index for every query that the live path and the page make: no scan of the readings. */
static void no_query_scans_the_readings(void)
{
    static const enum db_statement looked_at[] = {DB_READING_GET, DB_READING_NEWEST, DB_CURVE};
    test_site_open(&t);
    for (size_t i = 0; i < sizeof looked_at / sizeof looked_at[0]; i++) {
        char text[1200];
        sqlite3_stmt *s;
        (void)snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s",
                       db_statement_texts[looked_at[i]]);
        CHECK_EQ(sqlite3_prepare_v2(t.site.db->handle, text, -1, &s, NULL), SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW) {
            const char *plan = (const char *)sqlite3_column_text(s, 3);
            CHECK(strstr(plan, "SCAN readings") == NULL);
        }
        CHECK_EQ(sqlite3_finalize(s), SQLITE_OK);
    }
    test_site_close(&t);
}

CHECK_MAIN(TEST(settings_are_kept), TEST(a_rolled_back_change_is_gone),
           TEST(what_is_committed_lazily_is_there_and_the_next_commit_is_as_before),
           TEST(a_database_of_a_later_version_is_refused), TEST(what_is_no_database_is_refused),
           TEST(a_removed_device_leaves_its_name_and_keeps_its_readings),
           TEST(a_curve_is_the_mean_of_each_step),
           TEST(a_token_is_kept_as_a_digest_and_replaced_by_the_next),
           TEST(no_query_scans_the_readings))
