/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/crypto.h"
#include "db/decisions.h"
#include "db/readings.h"
#include "gateway_site.h"
#include "ledger/book.h"
#include "ledger/checkpoint.h"
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
                                    .has_production = true,
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

/* ---- a ledger, signed here ---- */

static const uint8_t ledger_seed[32] = {42};
static struct ledger_head signed_head;
static char ledger_directory[128];

static int ledger_public_key(void *context, uint8_t key[32])
{
    (void)context;
    return crypto_ed25519_public(ledger_seed, key);
}

static int ledger_head_of(void *context, struct ledger_head *head)
{
    (void)context;
    *head = signed_head;
    return E_OK;
}

static int ledger_sign(void *context, const uint8_t *message, size_t len, uint8_t signature[64])
{
    (void)context;
    return crypto_ed25519_sign(ledger_seed, message, len, signature);
}

static int ledger_seal(void *context, const char *text, size_t len,
                       const struct ledger_proof *proof, uint8_t signature[64])
{
    struct ledger_checkpoint c;
    (void)proof;
    CHECK_EQ(ledger_checkpoint_parse(text, len, &c), E_OK);
    signed_head = (struct ledger_head){c.size, c.root};
    return ledger_sign(context, (const uint8_t *)text, len, signature);
}

static void no_receipt(void *context, const char *device_id, const uint8_t *receipt, size_t len)
{
    (void)context;
    (void)device_id;
    (void)receipt;
    CHECK(len > 0);
}

static void open_ledger(void)
{
    const struct ledger_book_config config = {.db = t.site.db,
                                              .directory = ledger_directory,
                                              .site = "Test site",
                                              .sealer = {.public_key = ledger_public_key,
                                                         .head = ledger_head_of,
                                                         .seal = ledger_seal,
                                                         .sign = ledger_sign},
                                              .send_receipt = no_receipt};
    (void)snprintf(ledger_directory, sizeof ledger_directory, "%s/ledger", t.directory);
    CHECK_EQ(mkdir(ledger_directory, 0700), 0);
    signed_head = (struct ledger_head){0};
    t.site.ledger = ledger_book_open(&config);
    CHECK(t.site.ledger != NULL);
}

static void flush_ledger(int day)
{
    t.now_ms += LEDGER_RETRY_MS;
    ledger_book_flush(t.site.ledger, t.now_ms, (first_day_s + day * INT64_C(86400)) * 1000);
    CHECK(ledger_book_trouble(t.site.ledger) == NULL);
}

static void close_ledger(void)
{
    char command[200];
    ledger_book_close(t.site.ledger, t.now_ms, 0);
    t.site.ledger = NULL;
    (void)snprintf(command, sizeof command, "rm -r '%s'", ledger_directory);
    CHECK_EQ(system(command), 0);
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

/* Of whom the production was corrected, how often and by how much. */
struct taken {
    int n;
    int64_t first_mwh;
    int64_t sum_mwh;
};

static struct taken taken_back(const char *device)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_log *log = ledger_book_log(t.site.ledger);
    struct taken taken = {0};
    for (uint64_t i = 0; i < ledger_log_kept(log).size; i++) {
        struct ledger_entry e = {.type = LEDGER_START};
        int len = ledger_log_entry(log, i, bytes, sizeof bytes);
        CHECK(len > 0 && ledger_entry_decode(bytes, (size_t)len, &e) == E_OK);
        if (e.type != LEDGER_CORRECTION) {
            continue;
        }
        const struct ledger_correction c = e.correction;
        CHECK(c.delta_mwh < 0 && c.channel == LEDGER_PRODUCTION && c.corrected < i);
        CHECK(c.by.len == strlen(DB_BY_ENGINE) && memcmp(c.by.at, DB_BY_ENGINE, c.by.len) == 0);
        len = ledger_log_entry(log, c.corrected, bytes, sizeof bytes);
        CHECK(len > 0 && ledger_entry_decode(bytes, (size_t)len, &e) == E_OK);
        const struct ledger_hash leaf = ledger_leaf_hash(bytes, (size_t)len);
        CHECK_BYTES(c.leaf.bytes, 32, leaf.bytes, 32);
        if (e.type == LEDGER_READINGS && e.readings.device.len == strlen(device) &&
            memcmp(e.readings.device.at, device, e.readings.device.len) == 0) {
            taken.first_mwh = taken.n == 0 ? c.delta_mwh : taken.first_mwh;
            taken.sum_mwh += c.delta_mwh;
            taken.n++;
        }
    }
    return taken;
}

static void what_a_suspect_claims_too_much_is_taken_back_in_the_ledger(void)
{
    int64_t day_mwh = 0;
    set_up();
    live_through(0, 35, 99, 100);
    open_ledger();
    for (int day = 35; day < 55; day++) {
        flush_ledger(day);
        live_through(day, day + 1, 35, 112);
        if (thief()->banned) {
            break;
        }
    }
    flush_ledger(55);
    for (int hour = 0; hour < HOURS; hour++) {
        day_mwh += energy_mwh(45, hour, THIEF);
    }
    const struct taken stolen = taken_back(roofs[THIEF].id);
    CHECK(stolen.n >= 1);
    CHECK(-stolen.first_mwh < day_mwh / 5); /* settled at what was expected: the rest is credited */
    CHECK(stolen.sum_mwh <= stolen.first_mwh);
    CHECK_EQ(taken_back(roofs[0].id).n, 0);
    CHECK_EQ(taken_back(roofs[4].id).n, 0);
    close_ledger();
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
                              .has_energy = true,
                              .has_production = true};
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
           TEST(what_a_suspect_claims_too_much_is_taken_back_in_the_ledger),
           TEST(what_is_read_again_leads_to_the_same_decisions),
           TEST(an_unban_starts_the_evidence_anew),
           TEST(readings_from_the_future_and_without_time_are_not_judged),
           TEST(a_repeated_or_older_reading_never_hurts), TEST(a_device_is_told_once_what_holds))
