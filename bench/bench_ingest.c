/* bench: gateway_core crypto_openssl OpenSSL::Crypto */
/* SPDX-License-Identifier: MIT
 * The way of a reading in one process: decode, identity, replay window, signature, SQLite on this
 * machine's disk with full synchronisation, acknowledgement. The baseline, in the same run and in
 * turns, is OpenSSL alone verifying the same signatures with keys that it has parsed before. The
 * ratio is ours to theirs in time per reading: 1 would mean that all the rest is free.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"
#include "db/devices.h"
#include "ingest/ingest.h"
#include "posix/log.h"

enum { N_DEVICES = 100, N_READINGS = 20000, ROUNDS = 5, DER_CAP = CRYPTO_P256_DER_MAX_LEN };

struct device {
    char topic[64];
    char id[32];
    uint8_t private_key[32];
    uint8_t public_key[65];
    EVP_PKEY *key;
};

struct message {
    size_t device;
    uint8_t bytes[TELEMETRY_SIGNED_MAX_LEN];
    size_t len;
    uint8_t digest[32];
    uint8_t der[DER_CAP];
    size_t der_len;
};

static struct device devices[N_DEVICES];
static struct message messages[N_READINGS];
static char directory[] = "/var/tmp/wattward-bench-XXXXXX";
static struct fleet fleet;
static struct ingest ingest;
static struct db *db;
static uint64_t n_acks;

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench_ingest: %s\n", what);
        exit(1);
    }
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- devices and readings ---- */

static EVP_PKEY *openssl_key(const uint8_t public_key[65])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    require(key != NULL && EVP_PKEY_set1_encoded_public_key(key, public_key, 65) == 1, "no key");
    return key;
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct device *device = context;
    return crypto_ecdsa_sign(CRYPTO_P256, device->private_key, digest, 32, signature);
}

static void make_message(struct message *m, size_t i)
{
    struct device *device = &devices[i % N_DEVICES];
    const uint32_t sequence = (uint32_t)(i / N_DEVICES) + 1;
    const struct telemetry_signer signer = {.sign = sign, .context = device};
    const struct telemetry_reading reading = {
        .device_id = device->id,
        .device_id_len = strlen(device->id),
        .boot_epoch = 1,
        .sequence = sequence,
        .unix_ms = 1767225600000 + sequence * 5000,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 2,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .energy_mwh = 1234567, .power_mw = 812500},
                     {.kind = TELEMETRY_CONSUMPTION, .energy_mwh = 7654321, .power_mw = 512500}}};
    struct telemetry_envelope envelope;
    const int len = telemetry_reading_sign(&reading, &signer, m->bytes, sizeof m->bytes);
    require(len > 0 && telemetry_reading_decode(m->bytes, (size_t)len, &envelope) == E_OK,
            "no reading");
    m->device = i % N_DEVICES;
    m->len = (size_t)len;
    memcpy(m->digest, envelope.digest, sizeof m->digest);
    m->der_len = crypto_ecdsa_to_der(envelope.signature, m->der);
}

static void make_all(void)
{
    for (size_t i = 0; i < N_DEVICES; i++) {
        struct device *d = &devices[i];
        require(crypto_ec_generate(CRYPTO_P256, d->private_key, d->public_key) == E_OK, "no key");
        snprintf(d->id, sizeof d->id, "meter-%zu", i);
        snprintf(d->topic, sizeof d->topic, "wattward/readings/meter-%zu", i);
        d->key = openssl_key(d->public_key);
    }
    for (size_t i = 0; i < N_READINGS; i++) {
        make_message(&messages[i], i);
    }
}

/* ---- ours ---- */

static void count_ack(void *context, const char *device_id, const uint8_t *ack, size_t len)
{
    (void)context;
    (void)device_id;
    (void)ack;
    n_acks += len > 0;
}

static void remove_database(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[128];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(path, sizeof path, "%s/b.db%s", directory, suffixes[i]);
        unlink(path);
    }
}

static void open_site(void)
{
    char path[128];
    char why[200];
    snprintf(path, sizeof path, "%s/b.db", directory);
    db = db_open(path, why, sizeof why);
    require(db != NULL, why);
    fleet_init(&fleet);
    for (size_t i = 0; i < N_DEVICES; i++) {
        struct fleet_device device = {.peak_power_w = 4000};
        struct fleet_device *added;
        snprintf(device.id, sizeof device.id, "%s", devices[i].id);
        memcpy(device.public_key, devices[i].public_key, 65);
        device.row = db_device_add(db, &device, 1);
        device.key = db_key_add(db, device.row, device.public_key, 1);
        require(device.row > 0 && device.key > 0 && fleet_add(&fleet, &device, &added) == E_OK,
                "no device");
    }
    const struct ingest_config config = {.db = db, .fleet = &fleet, .send_ack = count_ack};
    require(ingest_init(&ingest, &config) == E_OK, "no ingest");
}

static void close_site(void)
{
    require(ingest.counters.stored == N_READINGS, "a reading was not stored");
    db_close(db);
    fleet_free(&fleet);
    remove_database();
}

static void ours(void)
{
    for (size_t i = 0; i < N_READINGS; i++) {
        const struct ingest_message m = {.topic = devices[messages[i].device].topic,
                                         .payload = messages[i].bytes,
                                         .len = messages[i].len,
                                         .unix_ms = 1767225600000};
        ingest_message(&ingest, 1000, &m);
    }
    ingest_flush(&ingest, 1000);
}

/* ---- theirs ---- */

static void theirs(void)
{
    for (size_t i = 0; i < N_READINGS; i++) {
        const struct message *m = &messages[i];
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(devices[m->device].key, NULL);
        require(context != NULL && EVP_PKEY_verify_init(context) == 1 &&
                    EVP_PKEY_verify(context, m->der, m->der_len, m->digest, 32) == 1,
                "OpenSSL refuses a signature");
        EVP_PKEY_CTX_free(context);
    }
}

struct span {
    double wall_s;
    double cpu_s;
};

static struct span measure(void (*run)(void))
{
    const double wall = seconds(CLOCK_MONOTONIC);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    run();
    return (struct span){.wall_s = seconds(CLOCK_MONOTONIC) - wall,
                         .cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

static void keep_best(struct span *best, struct span s)
{
    if (best->cpu_s == 0 || s.cpu_s < best->cpu_s) {
        *best = s;
    }
}

int main(void)
{
    struct span best_ours = {0, 0};
    struct span best_theirs = {0, 0};
    log_open("bench", LOG_LEVEL_ERROR);
    require(mkdtemp(directory) != NULL, "no directory");
    make_all();
    for (int i = 0; i < ROUNDS; i++) {
        open_site();
        keep_best(&best_ours, measure(ours));
        close_site();
        keep_best(&best_theirs, measure(theirs));
    }
    rmdir(directory);
    printf("%d readings of %zu bytes from %d devices, %d rounds, the best of each\n", N_READINGS,
           messages[0].len, N_DEVICES, ROUNDS);
    printf("  %-42s %8.0f /s of one core %8.0f /s by the clock\n",
           "verified, checked, stored, acknowledged", N_READINGS / best_ours.cpu_s,
           N_READINGS / best_ours.wall_s);
    printf("  %-42s %8.0f /s of one core\n", "OpenSSL verify alone (baseline)",
           N_READINGS / best_theirs.cpu_s);
    printf("  %-42s %8.2f\n", "ratio, time of ours to the baseline",
           best_ours.cpu_s / best_theirs.cpu_s);
    return 0;
}
