/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "gateway_site.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "db/devices.h"
#include "db/readings.h"
#include "db/statements.h"
#include "runtime/timer.h"

static struct test_site t;
static struct test_device meter;
static uint8_t message[TELEMETRY_READING_MAX_LEN + 16];

static void set_up(void)
{
    test_site_open(&t);
    test_site_add(&t, &meter, "meter");
}

static size_t reading(uint32_t epoch, uint32_t sequence)
{
    return test_reading(&meter, epoch, sequence, 1500, message, sizeof message);
}

static void publish(uint32_t epoch, uint32_t sequence)
{
    test_publish(&t, "meter", message, reading(epoch, sequence));
}

static int verdict(uint32_t epoch, uint32_t sequence)
{
    return test_verdict(&t, "meter", epoch, sequence);
}

static uint64_t refused(enum ingest_refusal why)
{
    return t.ingest.counters.refused[why];
}

static void nothing_is_acknowledged_before_the_commit(void)
{
    set_up();
    CHECK(ingest_deadline(&t.ingest) == NEVER_MS);
    publish(1, 1);
    CHECK_EQ(ingest_deadline(&t.ingest), t.now_ms + INGEST_BATCH_AGE_MS);
    ingest_tick(&t.ingest, t.now_ms + INGEST_BATCH_AGE_MS - 1);
    CHECK_EQ(t.n_sent, 0);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->stored, 0);
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_STORED);
    CHECK(ingest_deadline(&t.ingest) == NEVER_MS);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->stored, 1);
    test_site_close(&t);
}

static void the_exact_bytes_are_kept(void)
{
    uint8_t stored[TELEMETRY_READING_MAX_LEN];
    set_up();
    const size_t len = reading(2, 9);
    test_publish(&t, "meter", message, len);
    test_commit(&t);
    const int stored_len = db_reading_get(t.site.db, fleet_find(&t.site.fleet, "meter")->key, 2, 9,
                                          stored, sizeof stored);
    CHECK_BYTES(stored, (size_t)stored_len, message, len);
    test_site_close(&t);
}

static void a_repetition_is_acknowledged_and_stored_once(void)
{
    set_up();
    const size_t len = reading(1, 1);
    test_publish(&t, "meter", message, len);
    test_publish(&t, "meter", message, len); /* in the same batch */
    test_commit(&t);
    test_publish(&t, "meter", message, len); /* seen by the window */
    test_commit(&t);
    test_site_reopen(&t);
    test_publish(&t, "meter", message, len); /* known to the database */
    test_commit(&t);
    CHECK_EQ(t.n_sent, 3);
    CHECK_EQ(verdict(1, 1), TELEMETRY_STORED);
    CHECK_EQ(t.ingest.counters.total, 1);
    CHECK_EQ(t.ingest.counters.duplicates, 1); /* counted since the restart */
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->stored, 1);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->refused, 0);
    test_site_close(&t);
}

/* A repetition never costs a signature: the counter of verifications stands still. */
static void a_flood_of_repetitions_is_not_verified(void)
{
    set_up();
    const size_t len = reading(1, 1);
    test_publish(&t, "meter", message, len);
    test_commit(&t);
    uint64_t before_ns = t.ingest.counters.verify.sum_ns;
    for (int i = 0; i < 100; i++) {
        test_publish(&t, "meter", message, len);
    }
    CHECK_EQ(t.ingest.counters.verify.sum_ns, before_ns);
    CHECK_EQ(t.ingest.counters.duplicates, 100);
    test_site_close(&t);
}

static void the_backlog_of_an_earlier_epoch_is_stored_once(void)
{
    set_up();
    publish(7, 1);
    publish(6, 100);
    publish(6, 99);
    test_commit(&t);
    publish(6, 100);
    publish(5, 1);
    test_commit(&t);
    CHECK_EQ(t.ingest.counters.total, 4);
    CHECK_EQ(verdict(6, 99), TELEMETRY_STORED);
    CHECK_EQ(verdict(5, 1), TELEMETRY_STORED);
    CHECK_EQ(t.ingest.counters.duplicates, 1);
    /* The newest reading is that of the newest epoch, whatever came last. */
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->boot_epoch, 7);
    test_site_close(&t);
}

static void readings_far_behind_the_window_are_stored_once(void)
{
    set_up();
    publish(1, 5000);
    test_commit(&t);
    publish(1, 3);
    publish(1, 3);
    test_commit(&t);
    publish(1, 3);
    test_commit(&t);
    CHECK_EQ(t.ingest.counters.total, 2);
    CHECK_EQ(t.ingest.counters.duplicates, 2);
    test_site_close(&t);
}

static void a_number_used_for_something_else_is_refused(void)
{
    set_up();
    publish(1, 1);
    test_commit(&t);
    test_publish(&t, "meter", message, test_reading(&meter, 1, 1, 999999, message, sizeof message));
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_TOO_OLD);
    CHECK_EQ(refused(INGEST_REFUSED_NUMBER_TAKEN), 1);
    CHECK_EQ(t.ingest.counters.total, 1);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->channels[TELEMETRY_PRODUCTION].power_mw, 1500);
    test_site_close(&t);
}

/* (r, s) and (r, n - s) sign the same: the twin of a stored reading is a repetition. */
static void the_twin_of_a_signature_is_no_new_reading(void)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                      0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    set_up();
    const size_t len = reading(1, 1);
    test_publish(&t, "meter", message, len);
    test_commit(&t);
    int borrow = 0;
    for (size_t i = 0; i < 32; i++) {
        const int d = order[31 - i] - message[len - 1 - i] - borrow;
        borrow = d < 0;
        message[len - 1 - i] = (uint8_t)d;
    }
    test_publish(&t, "meter", message, len);
    test_commit(&t);
    CHECK_EQ(t.ingest.counters.duplicates, 1);
    CHECK_EQ(t.ingest.counters.total, 1);
    test_site_close(&t);
}

static void a_changed_byte_is_a_bad_signature(void)
{
    set_up();
    const size_t len = reading(1, 1);
    message[len - 1] ^= 1;
    test_publish(&t, "meter", message, len);
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_BAD_SIGNATURE);
    CHECK_EQ(refused(INGEST_REFUSED_BAD_SIGNATURE), 1);
    CHECK_EQ(t.ingest.counters.total, 0);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->refused, 1);
    /* The number is not burnt: the honest reading is taken. */
    publish(1, 1);
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_STORED);
    test_site_close(&t);
}

static void another_devices_reading_is_a_wrong_identity(void)
{
    struct test_device other;
    set_up();
    test_site_add(&t, &other, "other");
    test_publish(&t, "meter", message, test_reading(&other, 1, 1, 5, message, sizeof message));
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_WRONG_IDENTITY);
    CHECK_EQ(test_verdict(&t, "other", 1, 1), -1);
    CHECK_EQ(refused(INGEST_REFUSED_WRONG_IDENTITY), 1);
    CHECK_EQ(fleet_find(&t.site.fleet, "other")->refused, 0);
    test_site_close(&t);
}

static void garbage_is_malformed_and_the_device_hears_it(void)
{
    set_up();
    test_publish(&t, "meter", (const uint8_t *)"garbage", 7);
    test_publish(&t, "meter", NULL, 0);
    memset(message, 0xd2, sizeof message);
    test_publish(&t, "meter", message, sizeof message);
    test_commit(&t);
    CHECK_EQ(refused(INGEST_REFUSED_MALFORMED), 3);
    CHECK_EQ(verdict(0, 0), TELEMETRY_MALFORMED);
    CHECK_EQ(t.n_sent, 1);
    test_site_close(&t);
}

static void strangers_and_devices_that_wait_are_counted_only(void)
{
    struct site_result result;
    set_up();
    CHECK_EQ(site_device_add(&t.site, "waiting", 1000, &result), E_OK);
    const size_t len = reading(1, 1);
    test_publish(&t, "nobody", message, len);
    test_publish(&t, "waiting", message, len);
    const struct ingest_message odd = {.topic = "some/topic", .payload = message, .len = len};
    ingest_message(&t.ingest, t.now_ms, &odd);
    test_commit(&t);
    CHECK_EQ(t.n_sent, 0);
    CHECK_EQ(refused(INGEST_REFUSED_UNKNOWN_DEVICE), 2);
    CHECK_EQ(refused(INGEST_REFUSED_MALFORMED), 1);
    test_site_close(&t);
}

static void a_banned_device_is_told_so(void)
{
    set_up();
    CHECK_EQ(db_device_ban(t.site.db, fleet_find(&t.site.fleet, "meter")->row, true), E_OK);
    test_site_reopen(&t);
    publish(1, 1);
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_BANNED);
    CHECK_EQ(t.ingest.counters.total, 0);
    test_site_close(&t);
}

static void a_new_key_starts_new_numbers_and_ends_the_old_ones(void)
{
    struct test_device old;
    set_up();
    old = meter;
    publish(1, 1);
    test_commit(&t);
    test_site_add(&t, &meter, "meter"); /* enrols again, after losing its memory */
    publish(1, 1);
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_STORED);
    CHECK_EQ(t.ingest.counters.total, 2);
    test_publish(&t, "meter", message, test_reading(&old, 1, 2, 5, message, sizeof message));
    test_commit(&t);
    CHECK_EQ(verdict(1, 2), TELEMETRY_BAD_SIGNATURE);
    test_site_close(&t);
}

static void a_full_batch_is_committed_at_once(void)
{
    set_up();
    for (uint32_t i = 1; i <= INGEST_BATCH_MAX; i++) {
        publish(1, i);
    }
    CHECK_EQ(t.n_sent, 1);
    CHECK_EQ(verdict(1, INGEST_BATCH_MAX), TELEMETRY_STORED);
    CHECK_EQ(t.ingest.counters.commits, 1);
    test_site_close(&t);
}

static void a_flood_is_cut_off_and_others_are_heard(void)
{
    struct test_device other;
    set_up();
    test_site_add(&t, &other, "other");
    const size_t len = reading(1, 1);
    for (int i = 0; i < 6000; i++) {
        test_publish(&t, "meter", message, len);
    }
    CHECK_EQ(refused(INGEST_REFUSED_RATE_LIMITED), 1000);
    t.n_sent = 0;
    test_publish(&t, "other", message, test_reading(&other, 1, 1, 5, message, sizeof message));
    test_commit(&t);
    CHECK_EQ(test_verdict(&t, "other", 1, 1), TELEMETRY_STORED);
    t.now_ms += 1000; /* 500 more, and 100 of the last commit */
    for (int i = 0; i < 700; i++) {
        test_publish(&t, "meter", (const uint8_t *)"x", 1);
    }
    CHECK_EQ(refused(INGEST_REFUSED_RATE_LIMITED), 1100);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->refused, 600);
    test_site_close(&t);
}

/* The seed's JSON, signed over the text without its "sig". */
static size_t seed_message(const char *head, char *out, size_t cap)
{
    uint8_t digest[32];
    uint8_t signature[64];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    char text[200];
    (void)snprintf(text, sizeof text, "%s}", head);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, text, strlen(text), digest), E_OK);
    CHECK_EQ(crypto_ecdsa_sign(CRYPTO_P256, meter.private_key, digest, 32, signature), E_OK);
    const size_t der_len = crypto_ecdsa_to_der(signature, der);
    int n = snprintf(out, cap, "%s,\"sig\":\"", head);
    for (size_t i = 0; i < der_len; i++) {
        n += snprintf(out + n, cap - (size_t)n, "%02x", der[i]);
    }
    n += snprintf(out + n, cap - (size_t)n, "\"}");
    return (size_t)n;
}

static void publish_seed(const char *head)
{
    char text[512];
    const size_t len = seed_message(head, text, sizeof text);
    const struct ingest_message m = {.topic = "microgrid/production/meter",
                                     .payload = (const uint8_t *)text,
                                     .len = len,
                                     .unix_ms = 1767225600000};
    ingest_message(&t.ingest, t.now_ms, &m);
    test_commit(&t);
}

static void the_seeds_json_is_stored_once_and_not_acknowledged(void)
{
    set_up();
    publish_seed("{\"node_id\":\"meter\",\"timestamp\":1767225600,\"production\":1234.50");
    publish_seed("{\"node_id\":\"meter\",\"timestamp\":1767225600,\"production\":1234.50");
    CHECK_EQ(t.ingest.counters.total, 1);
    CHECK_EQ(t.ingest.counters.duplicates, 1);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->channels[TELEMETRY_PRODUCTION].power_mw, 1234500);
    publish_seed("{\"node_id\":\"meter\",\"timestamp\":1767225605,\"seq\":1,\"production\":2.00");
    CHECK_EQ(t.ingest.counters.total, 2);
    publish_seed("{\"node_id\":\"other\",\"timestamp\":1767225606,\"production\":2.00");
    CHECK_EQ(refused(INGEST_REFUSED_WRONG_IDENTITY), 1);
    CHECK_EQ(t.n_sent, 0);
    test_site_reopen(&t);
    CHECK_EQ(fleet_find(&t.site.fleet, "meter")->channels[TELEMETRY_PRODUCTION].power_mw, 2000);
    test_site_close(&t);
}

/* Another connection holds the write lock, as a forgotten shell does. */
static void a_locked_database_means_no_acknowledgement_and_no_loss(void)
{
    sqlite3 *other;
    set_up();
    CHECK_EQ(sqlite3_open(t.path, &other), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    publish(1, 1);
    test_commit(&t);
    CHECK_EQ(t.n_sent, 0);
    CHECK(t.ingest.failing);
    CHECK_STR(db_reason(t.site.db), "the database is locked by another program");
    CHECK_EQ(t.ingest.counters.lost, 1);
    CHECK_EQ(t.ingest.counters.total, 0);
    CHECK_EQ(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_close(other), SQLITE_OK);
    publish(1, 1); /* the device sends it again */
    test_commit(&t);
    CHECK_EQ(verdict(1, 1), TELEMETRY_STORED);
    CHECK(!t.ingest.failing);
    CHECK_EQ(t.ingest.counters.total, 1);
    test_site_close(&t);
}

/* Lets the file grow no further than to `pages` (or to what it is). */
static void limit_pages(int pages)
{
    char text[48];
    (void)snprintf(text, sizeof text, "PRAGMA max_page_count = %d", pages);
    CHECK_EQ(sqlite3_exec(t.site.db->handle, text, NULL, NULL, NULL), SQLITE_OK);
}

static void a_full_disk_means_no_acknowledgement_and_no_loss(void)
{
    set_up();
    limit_pages(1);
    uint32_t sequence = 1;
    for (; sequence < 5000 && !t.ingest.failing; sequence++) {
        publish(1, sequence);
        if (sequence % 16 == 0) {
            t.n_sent = 0;
            test_commit(&t);
        }
    }
    CHECK(t.ingest.failing);
    CHECK_STR(db_reason(t.site.db), "the disk is full");
    const uint64_t on_disk = t.ingest.counters.total;
    CHECK_EQ(db_reading_total(t.site.db), on_disk);
    CHECK_EQ(verdict(1, sequence - 1), -1);
    limit_pages(100000);
    publish(1, sequence - 1);
    test_commit(&t);
    CHECK_EQ(verdict(1, sequence - 1), TELEMETRY_STORED);
    CHECK_EQ(db_reading_total(t.site.db), on_disk + 1);
    test_site_close(&t);
}

static void counters_and_the_newest_reading_survive_a_restart(void)
{
    set_up();
    publish(3, 1);
    publish(3, 2);
    test_publish(&t, "meter", (const uint8_t *)"x", 1);
    test_commit(&t);
    test_site_reopen(&t);
    const struct fleet_device *d = fleet_find(&t.site.fleet, "meter");
    CHECK_EQ(d->stored, 2);
    CHECK_EQ(d->refused, 1);
    CHECK(d->reported);
    CHECK_EQ(d->boot_epoch, 3);
    CHECK_EQ(d->sequence, 2);
    CHECK_EQ(d->channels[TELEMETRY_PRODUCTION].power_mw, 1500);
    CHECK(!fleet_online(d, t.now_ms));
    CHECK_EQ(t.ingest.counters.total, 2);
    test_site_close(&t);
}

static void the_rate_forgets_after_a_minute(void)
{
    struct ingest_rate r = {.second = 0};
    ingest_rate_add(&r, 100000, 5);
    ingest_rate_add(&r, 130000, 2);
    CHECK_EQ(ingest_rate_per_minute(&r, 130000), 7);
    CHECK_EQ(ingest_rate_per_minute(&r, 159999), 7);
    CHECK_EQ(ingest_rate_per_minute(&r, 160000), 2);
    CHECK_EQ(ingest_rate_per_minute(&r, 900000), 0);
}

static void durations_fall_into_their_bucket(void)
{
    struct ingest_durations d = {.sum_ns = 0};
    ingest_durations_add(&d, 10000);
    ingest_durations_add(&d, 10001);
    ingest_durations_add(&d, UINT64_C(6000000000));
    CHECK_EQ(d.counts[0], 1);
    CHECK_EQ(d.counts[1], 1);
    CHECK_EQ(d.counts[INGEST_DURATION_BOUNDS], 1);
    CHECK_EQ(d.sum_ns, UINT64_C(6000020001));
}

CHECK_MAIN(TEST(nothing_is_acknowledged_before_the_commit), TEST(the_exact_bytes_are_kept),
           TEST(a_repetition_is_acknowledged_and_stored_once),
           TEST(a_flood_of_repetitions_is_not_verified),
           TEST(the_backlog_of_an_earlier_epoch_is_stored_once),
           TEST(readings_far_behind_the_window_are_stored_once),
           TEST(a_number_used_for_something_else_is_refused),
           TEST(the_twin_of_a_signature_is_no_new_reading), TEST(a_changed_byte_is_a_bad_signature),
           TEST(another_devices_reading_is_a_wrong_identity),
           TEST(garbage_is_malformed_and_the_device_hears_it),
           TEST(strangers_and_devices_that_wait_are_counted_only), TEST(a_banned_device_is_told_so),
           TEST(a_new_key_starts_new_numbers_and_ends_the_old_ones),
           TEST(a_full_batch_is_committed_at_once), TEST(a_flood_is_cut_off_and_others_are_heard),
           TEST(the_seeds_json_is_stored_once_and_not_acknowledged),
           TEST(a_locked_database_means_no_acknowledgement_and_no_loss),
           TEST(a_full_disk_means_no_acknowledgement_and_no_loss),
           TEST(counters_and_the_newest_reading_survive_a_restart),
           TEST(the_rate_forgets_after_a_minute), TEST(durations_fall_into_their_bucket))
