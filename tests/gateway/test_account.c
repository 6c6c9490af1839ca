/* SPDX-License-Identifier: MIT
 * From the entries of a log to a month's statement. Readings are really signed; the expected
 * numbers are worked out by hand.
 */
#include "market/account.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"
#include "ledger/entry.h"
#include "telemetry/reading.h"

/* 2026-01-01T00:00:00Z, and a quarter of an hour. */
#define START_MS INT64_C(1767225600000)
enum { QUARTER_MS = 900000, NANO = 1000000000 };

struct home {
    const char *name;
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint32_t sequence;
    bool is_feeder; /* what it measures is the grid's */
};

static struct home roof = {.name = "roof"};
static struct home flat = {.name = "flat"};
static struct home feeder = {.name = "transformer", .is_feeder = true};
static struct market_account *account;
static uint64_t n_entries;

static void feed(struct ledger_entry *e)
{
    uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    e->index = n_entries++;
    ledger_entry_put(&w, e);
    CHECK_EQ(market_account_feed(account, bytes, wbuf_len(&w)), E_OK);
}

static void enrol(struct home *h)
{
    struct ledger_entry e = {.type = LEDGER_ENROLMENT, .unix_ms = START_MS};
    CHECK_EQ(crypto_ec_generate(CRYPTO_P256, h->private_key, h->public_key), E_OK);
    h->sequence = 0;
    e.enrolment.device = ledger_text_of(h->name);
    memcpy(e.enrolment.public_key, h->public_key, 65);
    feed(&e);
}

static void set_up(void)
{
    account = market_account_make(true);
    n_entries = 0;
    struct ledger_entry start = {.type = LEDGER_START, .unix_ms = START_MS};
    start.origin = ledger_text_of("wattward/ledger/test");
    feed(&start);
    enrol(&roof);
    enrol(&flat);
}

static void tear_down(void)
{
    market_account_free(account);
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct home *h = context;
    return crypto_ecdsa_sign(CRYPTO_P256, h->private_key, digest, 32, signature);
}

/* A block of one reading, in the middle of quarter `quarter` of January 2026. */
static void read_meters(struct home *h, int quarter, int64_t produced_wh, int64_t consumed_wh)
{
    uint8_t message[LEDGER_READING_MAX_LEN];
    struct ledger_entry e = {.type = LEDGER_READINGS, .unix_ms = START_MS};
    const struct telemetry_signer signer = {.sign = sign, .context = h};
    const struct telemetry_reading reading = {
        .device_id = h->name,
        .device_id_len = strlen(h->name),
        .boot_epoch = 1,
        .sequence = ++h->sequence,
        .unix_ms = START_MS + quarter * INT64_C(900000) + QUARTER_MS / 2,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 2,
        .channels = {{.kind = h->is_feeder ? TELEMETRY_GRID_IMPORT : TELEMETRY_PRODUCTION,
                      .energy_mwh = produced_wh * 1000},
                     {.kind = h->is_feeder ? TELEMETRY_GRID_EXPORT : TELEMETRY_CONSUMPTION,
                      .energy_mwh = consumed_wh * 1000}}};
    const int len = telemetry_reading_sign(&reading, &signer, message, sizeof message);
    CHECK(len > 0);
    e.readings = (struct ledger_readings){.device = ledger_text_of(h->name),
                                          .interval_unix_ms = START_MS + quarter * INT64_C(900000),
                                          .interval_s = 900,
                                          .count = 1,
                                          .root = ledger_leaf_hash(message, (size_t)len),
                                          .n_ranges = 1,
                                          .ranges = {{1, h->sequence, h->sequence}},
                                          .last = message,
                                          .last_len = (size_t)len};
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, h->public_key, 65, e.readings.key_digest), E_OK);
    feed(&e);
}

static void set_tariff(enum ledger_sharing sharing)
{
    struct ledger_entry e = {.type = LEDGER_TARIFF, .unix_ms = START_MS};
    e.tariff = (struct ledger_tariff){.name = ledger_text_of("test"),
                                      .sharing = sharing,
                                      .import_price = 30000000,
                                      .export_price = 8000000,
                                      .community_price = 18000000,
                                      .grid_fee = 3000000};
    feed(&e);
}

static const struct market_sums *sums_of(const struct market_statement *s, const char *name)
{
    static const struct market_sums none;
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->lines[i].member, name) == 0) {
            return &s->lines[i].sums;
        }
    }
    return &none;
}

static void a_roof_sells_to_a_flat_and_the_cents_add_up(void)
{
    struct market_statement s;
    set_up();
    set_tariff(LEDGER_SHARE_DYNAMIC);
    read_meters(&roof, 0, 5000, 100);
    read_meters(&flat, 0, 0, 7000);
    read_meters(&roof, 1, 6000, 300); /* 1000 produced, 200 used: 800 over */
    read_meters(&flat, 1, 0, 7500);   /* 500 */
    read_meters(&roof, 2, 6000, 400); /* 100 from the grid */
    read_meters(&flat, 2, 0, 7501);   /* 1 */
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    const struct market_sums *r = sums_of(&s, "roof");
    const struct market_sums *f = sums_of(&s, "flat");
    CHECK_EQ(s.n, 2);
    CHECK_STR(s.lines[0].member, "flat");
    CHECK_EQ(r->production_wh, 1000);
    CHECK_EQ(r->consumption_wh, 300);
    CHECK_EQ(r->self_wh, 200);
    CHECK_EQ(r->sold_wh, 500);
    CHECK_EQ(r->export_wh, 300);
    CHECK_EQ(r->import_wh, 100);
    CHECK_EQ(f->bought_wh, 500);
    CHECK_EQ(f->import_wh, 1);
    CHECK_EQ(r->total, 500 * 18000000LL + 300 * 8000000LL - 100 * 30000000LL);
    CHECK_EQ(f->total, -500 * 21000000LL - 30000000LL);
    /* 8.4 and -10.53 make -2.13: -2, of which the roof has 8 and the flat -10. */
    CHECK_EQ(s.sum.total_cent, -2);
    CHECK_EQ(r->total_cent + f->total_cent, s.sum.total_cent);
    CHECK_EQ(r->total_cent, 8);
    market_statement_free(&s);
    tear_down();
}

/* It measures grid import and export only; what it says is in the log, and settles nothing. */
static void the_meter_at_the_transformer_is_no_member(void)
{
    struct market_statement s;
    set_up();
    enrol(&feeder);
    set_tariff(LEDGER_SHARE_STATIC);
    for (int quarter = 0; quarter < 2; quarter++) {
        read_meters(&roof, quarter, 1000 * quarter, 200 * quarter);
        read_meters(&flat, quarter, 0, 500 * quarter);
        read_meters(&feeder, quarter, 0, 300 * quarter); /* import, export */
    }
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.n, 2);
    CHECK_STR(s.lines[0].member, "flat");
    CHECK_STR(s.lines[1].member, "roof");
    CHECK_EQ(s.unsigned_blocks, 0);
    CHECK_EQ(sums_of(&s, "roof")->sold_wh, 500);
    CHECK_EQ(s.sum.production_wh, 1000);
    CHECK_EQ(s.sum.export_wh, 300);
    market_statement_free(&s);
    tear_down();
}

static void energy_of_a_gap_is_spread_and_none_is_lost(void)
{
    struct market_statement january;
    struct market_statement february;
    set_up();
    /* Half a second of energy left over in each quarter; February starts at quarter 2976. */
    read_meters(&flat, 2974, 0, 0);
    read_meters(&flat, 2979, 0, 1001);
    CHECK_EQ(market_account_settle(account, "2026-01", &january), E_OK);
    CHECK_EQ(market_account_settle(account, "2026-02", &february), E_OK);
    CHECK_EQ(january.sum.consumption_wh, 200);
    CHECK_EQ(february.sum.consumption_wh, 801);
    market_statement_free(&january);
    market_statement_free(&february);
    tear_down();
}

static void late_blocks_change_nothing(void)
{
    struct market_statement s;
    set_up();
    read_meters(&flat, 3, 0, 400);
    read_meters(&flat, 0, 0, 100);
    read_meters(&flat, 2, 0, 250);
    read_meters(&flat, 1, 0, 200);
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.sum.import_wh, 300);
    CHECK_EQ(s.lines[0].jumps, 0);
    market_statement_free(&s);
    tear_down();
}

static void a_counter_that_falls_is_told_and_not_counted(void)
{
    struct market_statement s;
    set_up();
    read_meters(&flat, 0, 0, 1000);
    read_meters(&flat, 1, 0, 1100);
    read_meters(&flat, 2, 0, 5); /* another meter */
    read_meters(&flat, 3, 0, 55);
    read_meters(&flat, 4, 0, 900000000);
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.sum.consumption_wh, 150);
    CHECK_EQ(s.lines[0].jumps, 2);
    market_statement_free(&s);
    tear_down();
}

static void correct(uint64_t index, int64_t delta_mwh)
{
    struct ledger_entry e = {.type = LEDGER_CORRECTION, .unix_ms = START_MS};
    e.correction = (struct ledger_correction){.corrected = index,
                                              .channel = LEDGER_CONSUMPTION,
                                              .delta_mwh = delta_mwh,
                                              .by = ledger_text_of("ann"),
                                              .reason = ledger_text_of("wrong ratio")};
    feed(&e);
}

static void a_correction_counts_and_the_block_stays(void)
{
    struct market_statement s;
    set_up();
    read_meters(&flat, 0, 0, 1000);
    read_meters(&flat, 1, 0, 1100);
    const uint64_t second = n_entries - 1;
    read_meters(&flat, 2, 0, 1300);
    correct(second, 40000);
    correct(second, -10000);
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.sum.consumption_wh, 330);
    market_statement_free(&s);
    correct(second, -330000); /* more than the quarter had: the rest is the next one's */
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.sum.consumption_wh, 0);
    market_statement_free(&s);
    tear_down();
}

static void a_block_that_the_device_did_not_sign_is_left_out(void)
{
    struct market_statement s;
    set_up();
    read_meters(&flat, 0, 0, 1000);
    read_meters(&flat, 1, 0, 1100);
    flat.private_key[31] ^= 1;
    read_meters(&flat, 2, 0, 9000);
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.sum.consumption_wh, 100);
    CHECK_EQ(s.unsigned_blocks, 1);
    market_statement_free(&s);
    tear_down();
}

static void a_tariff_counts_from_its_time_and_a_later_one_replaces_it(void)
{
    struct market_statement s;
    struct ledger_entry e = {.type = LEDGER_TARIFF, .unix_ms = START_MS};
    set_up();
    read_meters(&flat, 0, 0, 0);
    read_meters(&flat, 4, 0, 4000);
    e.tariff = (struct ledger_tariff){.name = ledger_text_of("a"), .import_price = 10000000};
    feed(&e);
    e.tariff = (struct ledger_tariff){.name = ledger_text_of("b"),
                                      .import_price = 20000000,
                                      .from_unix_ms = START_MS + 3 * QUARTER_MS};
    feed(&e);
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(s.sum.total_cent, -60); /* two hours' quarters at 10, two at 20 */
    CHECK_STR(s.tariff, "b");
    market_statement_free(&s);
    tear_down();
}

static void transfer(const char *from, const char *to, int quarter, uint32_t interval_s,
                     int64_t energy_wh)
{
    struct ledger_entry e = {.type = LEDGER_TRANSFER, .unix_ms = START_MS};
    e.transfer = (struct ledger_transfer){.from = ledger_text_of(from),
                                          .to = ledger_text_of(to),
                                          .interval_unix_ms = START_MS + quarter * INT64_C(900000),
                                          .interval_s = interval_s,
                                          .energy_wh = energy_wh,
                                          .price_microcent_per_kwh = 10000000};
    feed(&e);
}

static void a_transfer_counts_before_the_key_and_only_as_far_as_energy_flowed(void)
{
    struct market_statement s;
    set_up();
    set_tariff(LEDGER_SHARE_DYNAMIC);
    read_meters(&roof, 0, 5000, 100);
    read_meters(&flat, 0, 0, 7000);
    read_meters(&roof, 1, 6000, 300);       /* 800 over */
    read_meters(&flat, 1, 0, 7500);         /* 500 */
    read_meters(&roof, 2, 6100, 300);       /* 100 over */
    read_meters(&flat, 2, 0, 7600);         /* 100 */
    transfer("roof", "flat", 1, 1800, 401); /* 201 and 200: of which only 100 are there */
    transfer("flat", "roof", 1, 900, 50);   /* has nothing to give */
    transfer("roof", "nobody", 1, 900, 50); /* has no readings */
    transfer("roof", "roof", 1, 900, 50);   /* to itself */
    transfer("roof", "flat", 1, 901, 50);   /* not of whole intervals */
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    const struct market_sums *r = sums_of(&s, "roof");
    const struct market_sums *f = sums_of(&s, "flat");
    CHECK_EQ(s.n, 2);
    CHECK_EQ(f->bought_wh, 600);
    CHECK_EQ(f->bought_cost, 301 * 10000000LL + 299 * 18000000LL);
    CHECK_EQ(f->fee_cost, 600 * 3000000LL);
    CHECK_EQ(r->sold_credit, f->bought_cost);
    CHECK_EQ(r->export_wh, 300);
    market_statement_free(&s);
    tear_down();
}

static void a_members_rows_add_up_to_its_line(void)
{
    struct market_statement s;
    struct market_detail month;
    struct market_detail day;
    const struct market_question of_month = {"2026-01", "flat", 0};
    const struct market_question of_day = {"2026-01", "flat", 2};
    set_up();
    set_tariff(LEDGER_SHARE_DYNAMIC);
    for (int quarter = 0; quarter < 150; quarter++) {
        read_meters(&roof, quarter, 5000 + quarter * 90, 100);
        read_meters(&flat, quarter, 0, 7000 + quarter * 100);
    }
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK_EQ(market_account_detail(account, &of_month, &month), E_OK);
    CHECK_EQ(market_account_detail(account, &of_day, &day), E_OK);
    CHECK_EQ(month.n, 31);
    CHECK_EQ(memcmp(&month.sum, sums_of(&s, "flat"), sizeof month.sum), 0);
    CHECK(month.rows[0].metered && month.rows[1].metered && !month.rows[2].metered);
    CHECK_EQ(day.n, 96);
    CHECK_EQ(day.from_unix_ms, START_MS + 86400000);
    CHECK(day.rows[0].metered && day.rows[53].metered && !day.rows[54].metered);
    CHECK_EQ(day.rows[5].sums.consumption_wh, 100);
    CHECK_EQ(day.rows[5].sums.bought_wh, 90);
    CHECK_EQ(day.sum.total, month.rows[1].sums.total);
    CHECK_EQ(day.sum.consumption_wh, 5400);
    market_detail_free(&month);
    market_detail_free(&day);
    market_statement_free(&s);
    tear_down();
}

static void a_member_or_day_that_is_not_there_is_told(void)
{
    struct market_detail d;
    set_up();
    read_meters(&flat, 0, 0, 7000);
    CHECK_EQ(market_account_detail(account, &(struct market_question){"2026-01", "roof", 0}, &d),
             E_NOTFOUND);
    CHECK_EQ(market_account_detail(account, &(struct market_question){"2026-02", "flat", 29}, &d),
             E_ARG);
    CHECK_EQ(market_account_detail(account, &(struct market_question){"2026-02-1", "flat", 1}, &d),
             E_ARG);
    CHECK_EQ(market_account_detail(account, &(struct market_question){"2026-02", "flat", 28}, &d),
             E_OK);
    CHECK_EQ(d.n, 96);
    market_detail_free(&d);
    tear_down();
}

static void months_are_months(void)
{
    struct market_statement s;
    char month[MARKET_MONTH_CAP];
    static const char *const wrong[] = {"",      "2026-13",    "2026-00", "2026-1",
                                        "26-01", "2026-01-01", "1969-12"};
    set_up();
    market_account_last_month(account, month);
    CHECK_STR(month, "");
    read_meters(&flat, 2975, 0, 1);
    market_account_last_month(account, month);
    CHECK_STR(month, "2026-01");
    read_meters(&flat, 2976, 0, 1);
    market_account_last_month(account, month);
    CHECK_STR(month, "2026-02");
    read_meters(&flat, 365 * 96 - 1, 0, 1);
    market_account_last_month(account, month);
    CHECK_STR(month, "2026-12");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(market_account_settle(account, wrong[i], &s), E_ARG);
    }
    tear_down();
}

static void the_forms_say_the_same(void)
{
    struct market_statement s;
    static char text[65536];
    set_up();
    set_tariff(LEDGER_SHARE_STATIC);
    read_meters(&flat, 0, 0, 0);
    read_meters(&flat, 1, 0, 1234);
    CHECK_EQ(market_account_settle(account, "2026-01", &s), E_OK);
    CHECK(market_statement_cap(&s) <= sizeof text);
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    market_statement_put_csv(&w, &s);
    text[wbuf_len(&w)] = 0;
    CHECK(strstr(text, "\r\nflat,0,1234,0,0,0,1234,0,0,0,37020000000,0,0,-37020000000,-37\r\n"));
    CHECK(strstr(text, "\r\nsum,0,1234,"));
    w = wbuf_of(text, sizeof text - 1);
    market_statement_put_html(&w, &s);
    text[wbuf_len(&w)] = 0;
    CHECK(strstr(text, "<td>1.234</td>"));
    CHECK(strstr(text, "<td>-0.37</td>"));
    struct json_writer j;
    w = wbuf_of(text, sizeof text - 1);
    json_writer_init(&j, &w);
    market_statement_put_json(&j, &s);
    text[wbuf_len(&w)] = 0;
    CHECK(strstr(text, "\"total_cent\":-37"));
    market_statement_free(&s);
    tear_down();
}

CHECK_MAIN(TEST(a_roof_sells_to_a_flat_and_the_cents_add_up),
           TEST(the_meter_at_the_transformer_is_no_member),
           TEST(energy_of_a_gap_is_spread_and_none_is_lost), TEST(late_blocks_change_nothing),
           TEST(a_counter_that_falls_is_told_and_not_counted),
           TEST(a_correction_counts_and_the_block_stays),
           TEST(a_block_that_the_device_did_not_sign_is_left_out),
           TEST(a_tariff_counts_from_its_time_and_a_later_one_replaces_it),
           TEST(a_transfer_counts_before_the_key_and_only_as_far_as_energy_flowed),
           TEST(a_members_rows_add_up_to_its_line), TEST(a_member_or_day_that_is_not_there_is_told),
           TEST(months_are_months), TEST(the_forms_say_the_same))
