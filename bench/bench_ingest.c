/* bench: gateway_core crypto_openssl OpenSSL::Crypto */
/* SPDX-License-Identifier: MIT
 * The way of a reading in one process: decode, identity, replay window, signature, SQLite on this
 * machine's disk with full synchronisation, acknowledgement. The baseline, in the same run and in
 * turns, is OpenSSL alone verifying the same signatures with keys that it has parsed before. The
 * ratio is ours to theirs in time per reading: 1 would mean that all the rest is free.
 *
 * And once more with the site's ledger on the same disk, written every second as the gateway does,
 * and signed here with what the signer's process has to sync: what it adds, processor and clock.
 */
#include <fcntl.h>
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
#include "ledger/book.h"
#include "ledger/checkpoint.h"
#include "posix/log.h"

enum {
    N_DEVICES = 300, /* each within its rate */
    N_READINGS = 60000,
    ROUNDS = 3,
    DER_CAP = CRYPTO_P256_DER_MAX_LEN,
    LOOK_READINGS = 64, /* between two looks at the clock */
    SIGNER_SLOT_LEN = 112
};

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
static struct ledger_book *book; /* NULL: without a ledger */
static double in_ledger_s;       /* of the run at hand, by the clock, syncs included */
static uint64_t n_acks;
static uint64_t n_receipts;

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

/* ---- the ledger ---- */

static const uint8_t ledger_seed[32] = {1};
static struct ledger_head signed_head;
static int signer_fd = -1; /* what it signed last */

static int ledger_public_key(void *context, uint8_t public_key[32])
{
    (void)context;
    return crypto_ed25519_public(ledger_seed, public_key);
}

static int ledger_head_of_signer(void *context, struct ledger_head *head)
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

static int ledger_seal(void *context, const char *text, size_t text_len,
                       const struct ledger_proof *proof, uint8_t signature[64])
{
    struct ledger_checkpoint c;
    require(ledger_checkpoint_parse(text, text_len, &c) == E_OK, "no checkpoint");
    const struct ledger_consistency claim = {
        .range = {0, signed_head.size}, .size = c.size, .old = signed_head.root, .root = c.root};
    require(signed_head.size == 0 || ledger_extension_check(&claim, proof) == E_OK, "a fork");
    signed_head = (struct ledger_head){c.size, c.root};
    const uint8_t slot[SIGNER_SLOT_LEN] = {1};
    require(pwrite(signer_fd, slot, sizeof slot, 0) == (ssize_t)sizeof slot &&
                fdatasync(signer_fd) == 0,
            "the signer's memory");
    return ledger_sign(context, (const uint8_t *)text, text_len, signature);
}

static void count_receipt(void *context, const char *device_id, const uint8_t *receipt, size_t len)
{
    (void)context;
    (void)device_id;
    (void)receipt;
    n_receipts += len > 0;
}

static void open_ledger(void)
{
    const struct ledger_book_config config = {.db = db,
                                              .directory = directory,
                                              .site = "bench",
                                              .sealer = {.public_key = ledger_public_key,
                                                         .head = ledger_head_of_signer,
                                                         .seal = ledger_seal,
                                                         .sign = ledger_sign},
                                              .send_receipt = count_receipt};
    signed_head = (struct ledger_head){0};
    n_receipts = 0;
    char path[128];
    snprintf(path, sizeof path, "%s/head", directory);
    signer_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    require(signer_fd >= 0, "no file for the signer");
    book = ledger_book_open(&config);
    require(book != NULL && ledger_book_trouble(book) == NULL, "no ledger");
}

static void close_ledger(void)
{
    static const char *const names[] = {"entries", "bundles", "checkpoint", "key", "head"};
    char path[128];
    require(n_receipts >= N_DEVICES, "readings are not in the ledger");
    ledger_book_close(book, (uint64_t)(seconds(CLOCK_MONOTONIC) * 1000), 1767225600000);
    book = NULL;
    close(signer_fd);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    for (unsigned i = 0; i < LEDGER_TILE_LEVELS_MAX; i++) {
        snprintf(path, sizeof path, "%s/tiles.%u", directory, i);
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

/* As the gateway: once a second. */
static void tick_when_due(double *next_s)
{
    const double now_s = seconds(CLOCK_MONOTONIC);
    if (now_s < *next_s) {
        return;
    }
    *next_s = now_s + LEDGER_TICK_MS / 1000.0;
    ingest_flush(&ingest, 1000);
    const double start_s = seconds(CLOCK_MONOTONIC);
    ledger_book_tick(book, (uint64_t)(now_s * 1000), 1767225600000);
    in_ledger_s += seconds(CLOCK_MONOTONIC) - start_s;
}

static void write_the_rest(void)
{
    const double start_s = seconds(CLOCK_MONOTONIC);
    ledger_book_flush(book, (uint64_t)(start_s * 1000), 1767225600000);
    in_ledger_s += seconds(CLOCK_MONOTONIC) - start_s;
}

static void ours(void)
{
    double next_s = seconds(CLOCK_MONOTONIC) + LEDGER_TICK_MS / 1000.0;
    for (size_t i = 0; i < N_READINGS; i++) {
        const struct ingest_message m = {.topic = devices[messages[i].device].topic,
                                         .payload = messages[i].bytes,
                                         .len = messages[i].len,
                                         .unix_ms = 1767225600000};
        ingest_message(&ingest, 1000, &m);
        if (book != NULL && i % LOOK_READINGS == 0) {
            tick_when_due(&next_s);
        }
    }
    ingest_flush(&ingest, 1000);
    if (book != NULL) {
        write_the_rest();
    }
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

/* Each on its own: what runs beside us disturbs one or the other. */
static void keep_best(struct span *best, struct span s)
{
    best->cpu_s = best->cpu_s == 0 || s.cpu_s < best->cpu_s ? s.cpu_s : best->cpu_s;
    best->wall_s = best->wall_s == 0 || s.wall_s < best->wall_s ? s.wall_s : best->wall_s;
}

int main(void)
{
    struct span best_ours = {0, 0};
    struct span best_with = {0, 0};
    double least_share = 1e9; /* within one run, so that what runs beside us disturbs both parts */
    struct span best_theirs = {0, 0};
    log_open("bench", LOG_LEVEL_ERROR);
    require(mkdtemp(directory) != NULL, "no directory");
    make_all();
    for (int i = 0; i < ROUNDS; i++) {
        open_site();
        keep_best(&best_ours, measure(ours));
        close_site();
        open_site();
        open_ledger();
        in_ledger_s = 0;
        const struct span with = measure(ours);
        keep_best(&best_with, with);
        const double share = in_ledger_s / (with.wall_s - in_ledger_s);
        least_share = share < least_share ? share : least_share;
        close_ledger();
        close_site();
        keep_best(&best_theirs, measure(theirs));
    }
    rmdir(directory);
    printf("%d readings of %zu bytes from %d devices, %d rounds, the best of each\n", N_READINGS,
           messages[0].len, N_DEVICES, ROUNDS);
    printf("  %-42s %8.0f /s of one core %8.0f /s by the clock\n",
           "verified, checked, stored, acknowledged", N_READINGS / best_ours.cpu_s,
           N_READINGS / best_ours.wall_s);
    printf("  %-42s %8.0f /s of one core %8.0f /s by the clock\n", "the same and into the ledger",
           N_READINGS / best_with.cpu_s, N_READINGS / best_with.wall_s);
    printf("  %-42s %8.0f /s of one core\n", "OpenSSL verify alone (baseline)",
           N_READINGS / best_theirs.cpu_s);
    printf("  %-42s %8.2f\n", "ratio, time of ours to the baseline",
           best_ours.cpu_s / best_theirs.cpu_s);
    printf("  %-42s %8.1f %% of the processor %5.1f %% of the clock\n", "what the ledger adds",
           100 * (best_with.cpu_s / best_ours.cpu_s - 1), 100 * least_share);
    return 0;
}
