/* SPDX-License-Identifier: MIT */
#include "gateway_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "db/statements.h"
#include "site/ban.h"

static void need(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "cannot set up the test: %s\n", what);
        exit(1);
    }
}

static void keep_ack(void *context, const char *device_id, const uint8_t *ack, size_t len)
{
    struct test_site *t = context;
    need(t->n_sent < SENT_ACKS_MAX, "too many acknowledgements");
    struct sent_ack *sent = &t->sent[t->n_sent++];
    (void)snprintf(sent->device_id, sizeof sent->device_id, "%s", device_id);
    sent->n_ranges = telemetry_ack_decode(ack, len, sent->ranges);
    need(sent->n_ranges > 0, "an acknowledgement cannot be read");
}

static void open_database(struct test_site *t)
{
    char why[200];
    t->site.db = db_open(t->path, why, sizeof why);
    need(t->site.db != NULL, why);
    /* No test here cuts the power; the processes that do are in tests/interop. */
    need(sqlite3_exec(t->site.db->handle, "PRAGMA synchronous = OFF", NULL, NULL, NULL) ==
             SQLITE_OK,
         "the database cannot be hurried");
    const struct ingest_config config = {
        .db = t->site.db, .fleet = &t->site.fleet, .send_ack = keep_ack, .context = t};
    fleet_init(&t->site.fleet);
    need(site_load(&t->site) == E_OK, "the fleet cannot be loaded");
    need(ingest_init(&t->ingest, &config) == E_OK, "the ingest cannot start");
}

void test_site_open(struct test_site *t)
{
    memset(t, 0, sizeof *t);
    t->now_ms = 1000000;
    t->site.ingest = &t->ingest;
    t->site.est = &t->est;
    t->api.site = &t->site;
    (void)snprintf(t->directory, sizeof t->directory, "/tmp/wattward-test-XXXXXX");
    need(mkdtemp(t->directory) != NULL, "no directory");
    (void)snprintf(t->path, sizeof t->path, "%s/gateway.db", t->directory);
    (void)snprintf(t->site.name, sizeof t->site.name, "Test");
    (void)snprintf(t->site.ca_path, sizeof t->site.ca_path, "/ca.pem");
    open_database(t);
}

void test_site_reopen(struct test_site *t)
{
    db_close(t->site.db);
    fleet_free(&t->site.fleet);
    open_database(t);
}

void test_site_close(struct test_site *t)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[120];
    db_close(t->site.db);
    fleet_free(&t->site.fleet);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", t->path, suffixes[i]);
        (void)unlink(path);
    }
    (void)rmdir(t->directory);
}

void test_site_add(struct test_site *t, struct test_device *device, const char *id)
{
    struct site_result result;
    const struct est_registry registry = site_registry(&t->site);
    (void)snprintf(device->id, sizeof device->id, "%s", id);
    need(crypto_ec_generate(CRYPTO_P256, device->private_key, device->public_key) == E_OK,
         "no key");
    if (!fleet_find(&t->site.fleet, id)) {
        need(site_device_add(&t->site, id, 4000, &result) == E_OK, result.why);
    }
    struct est_enrolment enrolment = {.device_id = id,
                                      .certificate_der = (const uint8_t *)"certificate",
                                      .certificate_len = 11,
                                      .used_claim = true,
                                      .unix_ms = 1767225600000};
    (void)snprintf(enrolment.facts.serial, sizeof enrolment.facts.serial, "0123ABCD");
    memcpy(enrolment.facts.public_key, device->public_key, 65);
    enrolment.facts.not_after_unix_ms = 1798761600000;
    need(registry.enrolled(registry.context, &enrolment) == E_OK, "the device cannot be enrolled");
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct test_device *device = context;
    return crypto_ecdsa_sign(CRYPTO_P256, device->private_key, digest, 32, signature);
}

size_t test_reading(const struct test_device *device, uint32_t boot_epoch, uint32_t sequence,
                    int32_t power_mw, uint8_t *out, size_t cap)
{
    struct test_device copy = *device;
    const struct telemetry_signer signer = {.sign = sign, .context = &copy};
    const struct telemetry_reading reading = {
        .device_id = device->id,
        .device_id_len = strlen(device->id),
        .boot_epoch = boot_epoch,
        .sequence = sequence,
        .unix_ms = 1767225600000 + sequence * 5000,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 1,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .energy_mwh = sequence, .power_mw = power_mw}}};
    const int len = telemetry_reading_sign(&reading, &signer, out, cap);
    need(len > 0, "a reading cannot be signed");
    return (size_t)len;
}

void test_publish(struct test_site *t, const char *device_id, const uint8_t *bytes, size_t len)
{
    char topic[128];
    const struct ingest_message message = {
        .topic = topic, .payload = bytes, .len = len, .unix_ms = 1767225600000};
    (void)snprintf(topic, sizeof topic, "wattward/readings/%s", device_id);
    ingest_message(&t->ingest, t->now_ms, &message);
}

void test_commit(struct test_site *t)
{
    t->now_ms += INGEST_BATCH_AGE_MS;
    ingest_tick(&t->ingest, t->now_ms);
}

int test_verdict(const struct test_site *t, const char *device_id, uint32_t boot_epoch,
                 uint32_t sequence)
{
    for (size_t i = t->n_sent; i > 0; i--) {
        const struct sent_ack *sent = &t->sent[i - 1];
        for (int k = 0; k < sent->n_ranges && strcmp(sent->device_id, device_id) == 0; k++) {
            const struct telemetry_ack_range *r = &sent->ranges[k];
            if (r->boot_epoch == boot_epoch && sequence >= r->first_sequence &&
                sequence <= r->last_sequence) {
                return (int)r->verdict;
            }
        }
    }
    return -1;
}

int test_judge(struct test_site *t, enum ledger_entry_type type, const char *id, const char *reason,
               struct site_result *result)
{
    const struct ledger_entry order = {.type = type,
                                       .judgement = {.device = ledger_text_of(id),
                                                     .by = ledger_text_of(LEDGER_BY_OPERATOR),
                                                     .reason = ledger_text_of(reason)}};
    return site_judge(&t->site, &order, result);
}
