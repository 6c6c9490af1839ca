/* SPDX-License-Identifier: MIT
 * Attacks on the protocol, against the gateway's own ingest and database in this process. What the
 * broker refuses before (a topic that is not the certificate's, an expired certificate) is let
 * through here, so that the second line is seen alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "ingest/ingest.h"
#include "site/site.h"
#include "telemetry/reading.h"
#include "trust/seed.h"

enum { TRIES = 100, FLOOD = 20000 };
#define SITE_TIME_MS INT64_C(1767225600000)

struct target_device {
    const char *id;
    uint8_t private_key[32];
    uint8_t public_key[65];
};

struct target {
    char directory[64];
    char path[96];
    struct site site;
    struct ingest ingest;
    uint64_t now_ms;
    struct target_device victim;
    struct target_device thief;
    uint8_t message[TELEMETRY_READING_MAX_LEN];
};

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "wattward-sim attack: %s\n", what);
        exit(1);
    }
}

static void drop_ack(void *context, const char *device_id, const uint8_t *ack, size_t len)
{
    (void)context;
    (void)device_id;
    (void)ack;
    (void)len;
}

static void enrol(struct target *t, struct target_device *device, const char *id)
{
    struct site_result result;
    const struct est_registry registry = site_registry(&t->site);
    device->id = id;
    need(crypto_ec_generate(CRYPTO_P256, device->private_key, device->public_key) == E_OK,
         "a key cannot be made");
    if (fleet_find(&t->site.fleet, id) == NULL) {
        need(site_device_add(&t->site, id, 4000, &result) == E_OK, "a device cannot be added");
    }
    struct est_enrolment enrolment = {.device_id = id,
                                      .certificate_der = (const uint8_t *)"certificate",
                                      .certificate_len = 11,
                                      .used_claim = true,
                                      .unix_ms = SITE_TIME_MS};
    snprintf(enrolment.facts.serial, sizeof enrolment.facts.serial, "01");
    memcpy(enrolment.facts.public_key, device->public_key, sizeof device->public_key);
    enrolment.facts.not_after_unix_ms = SITE_TIME_MS + INT64_C(31536000000);
    need(registry.enrolled(registry.context, &enrolment) == E_OK, "a device cannot be enrolled");
}

static struct target *target_open(void)
{
    char why[200] = "";
    struct target *t = calloc(1, sizeof *t);
    need(t != NULL, "out of memory");
    snprintf(t->directory, sizeof t->directory, "/tmp/wattward-attack-XXXXXX");
    need(mkdtemp(t->directory) != NULL, "there is no room in /tmp");
    snprintf(t->path, sizeof t->path, "%s/gateway.db", t->directory);
    t->site.db = db_open(t->path, why, sizeof why);
    need(t->site.db != NULL, why);
    t->site.ingest = &t->ingest;
    t->now_ms = 1000000;
    const struct ingest_config config = {
        .db = t->site.db, .fleet = &t->site.fleet, .send_ack = drop_ack, .context = t};
    fleet_init(&t->site.fleet);
    need(site_load(&t->site) == E_OK && ingest_init(&t->ingest, &config) == E_OK,
         "the gateway's ingest cannot start");
    enrol(t, &t->victim, "victim");
    enrol(t, &t->thief, "thief");
    return t;
}

static void target_close(struct target *t)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    db_close(t->site.db);
    fleet_free(&t->site.fleet);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", t->path, suffixes[i]);
        unlink(path);
    }
    rmdir(t->directory);
    free(t);
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct target_device *device = context;
    return crypto_ecdsa_sign(CRYPTO_P256, device->private_key, digest, 32, signature);
}

/* Signs a reading that says it is of `id` with the key of `device`. */
static size_t forge(struct target *t, struct target_device *device, const char *id,
                    uint32_t boot_epoch, uint32_t sequence)
{
    const struct telemetry_signer signer = {.sign = sign, .context = device};
    const struct telemetry_reading reading = {
        .device_id = id,
        .device_id_len = strlen(id),
        .boot_epoch = boot_epoch,
        .sequence = sequence,
        .unix_ms = SITE_TIME_MS + 5000 * (int64_t)sequence,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 1,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .energy_mwh = sequence, .power_mw = 1000000}}};
    const int len = telemetry_reading_sign(&reading, &signer, t->message, sizeof t->message);
    need(len > 0, "a reading cannot be signed");
    return (size_t)len;
}

static void publish(struct target *t, const char *topic, size_t len)
{
    const struct ingest_message m = {
        .topic = topic, .payload = t->message, .len = len, .unix_ms = SITE_TIME_MS + 600000};
    ingest_message(&t->ingest, t->now_ms, &m);
    t->now_ms += 5;
}

static const char of_victim[] = "wattward/readings/victim";
static const char of_thief[] = "wattward/readings/thief";

/* What came of it. `before` is how many readings were stored before the attack. */
static void conclude(struct target *t, uint64_t before, unsigned tries, const char *why,
                     struct attack_outcome *out)
{
    ingest_flush(&t->ingest, t->now_ms + INGEST_BATCH_AGE_MS);
    const uint64_t taken = t->ingest.counters.total - before;
    const struct fleet_device *victim = fleet_find(&t->site.fleet, "victim");
    const bool unhurt = victim != NULL && !victim->banned;
    snprintf(out->detected, sizeof out->detected, "at once: %llu of %u taken; %s%s",
             (unsigned long long)taken, tries, why, unhurt ? "; the victim is unhurt" : "");
    snprintf(out->earned, sizeof out->earned, "nothing");
    out->defended = taken == 0 && unhurt;
    target_close(t);
}

/* The original rule: no numbers, and an old message costs its sender a penalty of deviation. */
static void seed_says(struct attack_outcome *out, const char *detected, const char *earned)
{
    snprintf(out->seed_detected, sizeof out->seed_detected, "%s", detected);
    snprintf(out->seed_earned, sizeof out->seed_earned, "%s", earned);
}

static void run_replay(const struct attack *a, const struct fleet_year *year,
                       struct attack_outcome *out)
{
    struct trust_seed_config config;
    struct trust_seed seed;
    struct target *t = target_open();
    (void)a;
    (void)year;
    const size_t len = forge(t, &t->victim, "victim", 1, 1);
    publish(t, of_victim, len);
    ingest_flush(&t->ingest, t->now_ms);
    const uint64_t before = t->ingest.counters.total;
    for (unsigned i = 0; i < TRIES; i++) {
        publish(t, of_victim, len);
    }
    const uint64_t refused = fleet_find(&t->site.fleet, "victim")->refused;
    conclude(t, before, TRIES, refused == 0 ? "known again, nothing is held against it" : "refused",
             out);
    out->defended = out->defended && refused == 0;
    trust_seed_defaults(&config);
    trust_seed_init(&seed);
    unsigned replays = 0;
    for (; !seed.banned && replays < TRIES; replays++) {
        const struct trust_seed_reading stale = {.reported_mw = 1300000, .expected_mw = 1000000};
        trust_seed_judge(&config, &seed, &stale);
    }
    char text[ATTACK_TEXT_CAP];
    snprintf(text, sizeof text, "taken again for 60 s; then %u replays ban the victim", replays);
    seed_says(out, text, "the victim's ban");
}

static void run_clone(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    struct target *t = target_open();
    (void)a;
    (void)year;
    const uint64_t before = t->ingest.counters.total;
    for (unsigned i = 0; i < TRIES; i++) {
        publish(t, of_victim, forge(t, &t->thief, "victim", 1, i + 1));
    }
    conclude(t, before, TRIES, "bad signature", out);
    seed_says(out, "invalid_signature", "nothing");
}

static void run_rollback(const struct attack *a, const struct fleet_year *year,
                         struct attack_outcome *out)
{
    struct target *t = target_open();
    (void)a;
    (void)year;
    for (unsigned i = 0; i < TRIES; i++) {
        publish(t, of_thief, forge(t, &t->thief, "thief", 1, i + 1));
    }
    ingest_flush(&t->ingest, t->now_ms);
    const uint64_t before = t->ingest.counters.total;
    /* The same numbers again with other content: sold energy sold twice. */
    struct target_device *thief = &t->thief;
    for (unsigned i = 0; i < TRIES; i++) {
        size_t len = forge(t, thief, "thief", 1, i + 1);
        struct telemetry_envelope e;
        if (telemetry_reading_decode(t->message, len, &e) == E_OK) {
            struct telemetry_reading other = e.reading;
            const struct telemetry_signer signer = {.sign = sign, .context = thief};
            other.device_id = "thief";
            other.channels[0].energy_mwh += 1000;
            const int again =
                telemetry_reading_sign(&other, &signer, t->message, sizeof t->message);
            len = again > 0 ? (size_t)again : 0;
        }
        publish(t, of_thief, len);
    }
    conclude(t, before, TRIES, "the number is taken", out);
    seed_says(out, "not checked: there is no number", "each message, again");
}

static void run_identity(const struct attack *a, const struct fleet_year *year,
                         struct attack_outcome *out)
{
    struct target *t = target_open();
    (void)a;
    (void)year;
    const uint64_t before = t->ingest.counters.total;
    for (unsigned i = 0; i < TRIES; i++) {
        publish(t, of_thief, forge(t, &t->victim, "victim", 1, i + 1));
    }
    conclude(t, before, TRIES, "name and topic differ", out);
    seed_says(out, "not checked: any device may publish on any topic", "depends on the key");
}

static void run_topic(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    static const char *const topics[] = {"wattward/acks/victim", "wattward/readings/",
                                         "wattward/readings/victim/x", "microgrid/transfers"};
    struct target *t = target_open();
    (void)a;
    (void)year;
    const uint64_t before = t->ingest.counters.total;
    for (unsigned i = 0; i < TRIES; i++) {
        publish(t, topics[i % 4], forge(t, &t->victim, "victim", 1, i + 1));
    }
    conclude(t, before, TRIES, "no topic of a device", out);
    seed_says(out, "depends on the broker's list", "nothing");
}

static void run_transfer(const struct attack *a, const struct fleet_year *year,
                         struct attack_outcome *out)
{
    static const char text[] = "{\"from_node\":\"victim\",\"to_node\":\"thief\",\"wh_amount\":5000,"
                               "\"timestamp\":1767225600,\"signature\":\"aa\"}";
    struct target *t = target_open();
    (void)a;
    (void)year;
    const uint64_t before = t->ingest.counters.total;
    for (unsigned i = 0; i < TRIES; i++) {
        memcpy(t->message, text, sizeof text - 1);
        publish(t, i % 2 == 0 ? "microgrid/transactions" : of_thief, sizeof text - 1);
    }
    conclude(t, before, TRIES, "devices cannot write transfers: only readings are taken", out);
    seed_says(out, "the signature is checked, the balance is not", "as much as its key signs");
}

static void run_malformed(const struct attack *a, const struct fleet_year *year,
                          struct attack_outcome *out)
{
    struct target *t = target_open();
    (void)a;
    (void)year;
    const uint64_t before = t->ingest.counters.total;
    uint32_t state = 1;
    for (unsigned i = 0; i < TRIES; i++) {
        size_t len = forge(t, &t->thief, "thief", 1, i + 1);
        state = state * 1664525U + 1013904223U;
        if (i % 2 == 0) {
            t->message[state % len] ^= (uint8_t)(1U << (state >> 29));
        } else {
            len = state % len;
        }
        publish(t, of_thief, len);
    }
    conclude(t, before, TRIES, "malformed or badly signed", out);
    seed_says(out, "malformed_payload, invalid_signature", "nothing");
}

static void run_flood(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    struct target *t = target_open();
    (void)a;
    (void)year;
    const uint64_t began = t->now_ms;
    memset(t->message, 0xd2, sizeof t->message);
    for (unsigned i = 0; i < FLOOD; i++) {
        publish(t, of_thief, sizeof t->message);
        t->now_ms = began; /* all in one moment */
    }
    const size_t len = forge(t, &t->victim, "victim", 1, 1);
    publish(t, of_victim, len);
    ingest_flush(&t->ingest, t->now_ms + INGEST_BATCH_AGE_MS);
    const uint64_t limited = t->ingest.counters.refused[INGEST_REFUSED_RATE_LIMITED];
    const bool heard = t->ingest.counters.total == 1;
    snprintf(out->detected, sizeof out->detected,
             "at once: %llu of %u cut off before they are read; the victim is %s",
             (unsigned long long)limited, (unsigned)FLOOD, heard ? "heard" : "NOT heard");
    snprintf(out->earned, sizeof out->earned, "nothing");
    out->defended = heard && limited > FLOOD / 2;
    target_close(t);
    seed_says(out, "no limit of rate", "the service stands still");
}

static void run_stale(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    struct target *t = target_open();
    (void)a;
    (void)year;
    struct target_device old = t->victim;
    enrol(t, &t->victim, "victim"); /* a new key; the old one was stolen */
    const uint64_t before = t->ingest.counters.total;
    for (unsigned i = 0; i < TRIES; i++) {
        publish(t, of_victim, forge(t, &old, "victim", 1, i + 1));
    }
    conclude(t, before, TRIES, "bad signature: the key is not the enrolled one", out);
    seed_says(out, "no revocation: a certificate is good for its year", "what it reports");
}

const struct attack attack_protocol[] = {
    {.name = "replay", .what = "a stored message is sent again", .run = run_replay},
    {.name = "clone", .what = "the victim's name with another key", .run = run_clone},
    {.name = "rollback", .what = "used numbers with new content", .run = run_rollback},
    {.name = "identity", .what = "another's reading on the own topic", .run = run_identity},
    {.name = "topic", .what = "topics that are none of a device", .run = run_topic},
    {.name = "transfer", .what = "a forged transfer of credits", .run = run_transfer},
    {.name = "malformed", .what = "flipped bits and cut messages", .run = run_malformed},
    {.name = "flood", .what = "20000 messages in a moment", .run = run_flood},
    {.name = "stale", .what = "the key of a certificate that was replaced", .run = run_stale},
};
const size_t attack_protocol_count = sizeof attack_protocol / sizeof attack_protocol[0];
