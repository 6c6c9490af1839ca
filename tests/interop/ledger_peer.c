/* SPDX-License-Identifier: MIT
 * Writes a site's log for tests, as the gateway would: enrolments, a tariff, and blocks of readings
 * of three homes, with a checkpoint signed by a key of the test: ledger_peer DIR BLOCKS [terms].
 * With `terms` some readings are missing, and tariffs, shares, transfers and corrections follow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/crypto.h"
#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/files.h"
#include "ledger/log.h"
#include "ledger/note.h"
#include "telemetry/reading.h"

#define ORIGIN   "wattward/ledger/test"
#define START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
enum { HOMES = 3, QUARTER_MS = 900000 };

static struct home {
    const char *name;
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint32_t sequence;
    int64_t produced_mwh;
    int64_t consumed_mwh;
} homes[HOMES] = {{.name = "barn"}, {.name = "flat"}, {.name = "mill"}};

static struct ledger_log ledger;
static const uint8_t seed[32] = {1, 2, 3};

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "ledger_peer: %s\n", what);
        exit(1);
    }
}

static void append(struct ledger_entry *e)
{
    uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    e->index = ledger_log_head(&ledger).size;
    ledger_entry_put(&w, e);
    need(ledger_log_append(&ledger, bytes, wbuf_len(&w)) == E_OK, "append");
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct home *h = context;
    return crypto_ecdsa_sign(CRYPTO_P256, h->private_key, digest, 32, signature);
}

/* What is missing was metered, and never came. */
static void append_block(struct home *h, unsigned quarter, bool is_missing)
{
    uint8_t message[LEDGER_READING_MAX_LEN];
    const int64_t interval_ms = START_MS + quarter * INT64_C(900000);
    struct ledger_entry e = {.type = LEDGER_READINGS, .unix_ms = interval_ms + QUARTER_MS};
    const struct telemetry_signer signer = {.sign = sign, .context = h};
    h->produced_mwh += h == &homes[1] ? 0 : (quarter % 96 - 30 < 40 ? 150123 : 0);
    h->consumed_mwh += 50777 + (quarter * 7919) % 31000;
    const struct telemetry_reading reading = {
        .device_id = h->name,
        .device_id_len = strlen(h->name),
        .boot_epoch = 1,
        .sequence = ++h->sequence,
        .unix_ms = interval_ms + QUARTER_MS - 5000,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 2,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .energy_mwh = h->produced_mwh},
                     {.kind = TELEMETRY_CONSUMPTION, .energy_mwh = h->consumed_mwh}}};
    const int len = telemetry_reading_sign(&reading, &signer, message, sizeof message);
    need(len > 0, "sign a reading");
    e.readings = (struct ledger_readings){.device = ledger_text_of(h->name),
                                          .interval_unix_ms = interval_ms,
                                          .interval_s = 900,
                                          .count = 1,
                                          .root = ledger_leaf_hash(message, (size_t)len),
                                          .n_ranges = 1,
                                          .ranges = {{1, h->sequence, h->sequence}},
                                          .last = message,
                                          .last_len = (size_t)len};
    need(crypto_digest(CRYPTO_SHA256, h->public_key, 65, e.readings.key_digest) == E_OK, "digest");
    if (!is_missing) {
        append(&e);
    }
}

static void append_beginning(void)
{
    struct ledger_entry e = {.type = LEDGER_START, .unix_ms = START_MS};
    e.origin = ledger_text_of(ORIGIN);
    append(&e);
    for (size_t i = 0; i < HOMES; i++) {
        struct home *h = &homes[i];
        need(crypto_ec_generate(CRYPTO_P256, h->private_key, h->public_key) == E_OK, "make a key");
        e = (struct ledger_entry){.type = LEDGER_ENROLMENT, .unix_ms = START_MS};
        e.enrolment.device = ledger_text_of(h->name);
        e.enrolment.peak_power_w = 4000;
        memcpy(e.enrolment.public_key, h->public_key, 65);
        append(&e);
    }
    e = (struct ledger_entry){.type = LEDGER_TARIFF, .unix_ms = START_MS};
    e.tariff = (struct ledger_tariff){.name = ledger_text_of("2026"),
                                      .sharing = LEDGER_SHARE_DYNAMIC,
                                      .import_price = 31234567,
                                      .export_price = 8111111,
                                      .community_price = 18765432,
                                      .grid_fee = 2500001};
    append(&e);
}

/* ---- terms ---- */

enum { DAY_QUARTERS = 96 };

static int64_t quarter_ms(int64_t quarter)
{
    return START_MS + quarter * QUARTER_MS;
}

static void append_tariff(const char *name, int64_t quarter, enum ledger_sharing sharing)
{
    struct ledger_entry e = {.type = LEDGER_TARIFF, .unix_ms = quarter_ms(4000)};
    e.tariff = (struct ledger_tariff){.name = ledger_text_of(name),
                                      .from_unix_ms = quarter_ms(quarter),
                                      .sharing = sharing,
                                      .import_price = 29999999,
                                      .export_price = 7777777,
                                      .community_price = 17171717,
                                      .grid_fee = 1234567};
    append(&e);
}

static void append_member(const char *name, int64_t quarter, uint32_t weight,
                          const int64_t prices[2])
{
    struct ledger_entry e = {.type = LEDGER_MEMBER, .unix_ms = quarter_ms(4000)};
    e.member = (struct ledger_member){.device = ledger_text_of(name),
                                      .from_unix_ms = quarter_ms(quarter),
                                      .weight = weight,
                                      .bid_price = prices[0],
                                      .ask_price = prices[1]};
    append(&e);
}

static void append_transfer(const char *from, const char *to, int64_t quarter, uint32_t quarters,
                            int64_t energy_wh)
{
    struct ledger_entry e = {.type = LEDGER_TRANSFER, .unix_ms = quarter_ms(4000)};
    e.transfer = (struct ledger_transfer){.from = ledger_text_of(from),
                                          .to = ledger_text_of(to),
                                          .interval_unix_ms = quarter_ms(quarter),
                                          .interval_s = quarters * 900,
                                          .energy_wh = energy_wh,
                                          .price_microcent_per_kwh = 11111111};
    append(&e);
}

static void append_correction(uint64_t index, enum ledger_channel channel, int64_t delta_mwh)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry e = {.type = LEDGER_CORRECTION, .unix_ms = quarter_ms(4000)};
    const int len = ledger_log_entry(&ledger, index, bytes, sizeof bytes);
    need(len > 0, "read a block");
    e.correction = (struct ledger_correction){.corrected = index,
                                              .leaf = ledger_leaf_hash(bytes, (size_t)len),
                                              .channel = channel,
                                              .delta_mwh = delta_mwh,
                                              .by = ledger_text_of("operator"),
                                              .reason = ledger_text_of("a clamp was turned")};
    append(&e);
}

static void append_terms(void)
{
    append_tariff("static", 2 * DAY_QUARTERS, LEDGER_SHARE_STATIC);
    append_tariff("auction", 4 * DAY_QUARTERS, LEDGER_SHARE_AUCTION);
    append_member("barn", 3 * DAY_QUARTERS, 3, (const int64_t[]){20000001, 9000000});
    append_member("flat", 3 * DAY_QUARTERS, 2, (const int64_t[]){21000000, 0});
    append_member("mill", 5 * DAY_QUARTERS, 0, (const int64_t[]){8500000, 9000000});
    append_transfer("barn", "flat", 40, 8, 301);
    append_transfer("mill", "flat", 42, 3, 1000);
    append_transfer("mill", "barn", 5 * DAY_QUARTERS + 40, 30, 2999);
    append_correction(10, LEDGER_PRODUCTION, 750500);
    append_correction(200, LEDGER_CONSUMPTION, -333333);
    append_correction(201, LEDGER_PRODUCTION, -90001);
}

static void write_text(const char *directory, const char *name, const char *text, size_t len)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "wb");
    need(out != NULL && fwrite(text, 1, len, out) == len && fclose(out) == 0, path);
}

static void write_checkpoint(const char *directory)
{
    char text[1024];
    char vkey[256];
    uint8_t signature[64];
    struct ledger_key key = {.name = ORIGIN, .type = LEDGER_ED25519};
    const struct ledger_head head = ledger_log_head(&ledger);
    const struct ledger_checkpoint c = {
        .origin = ORIGIN, .origin_len = strlen(ORIGIN), .size = head.size, .root = head.root};
    struct wbuf w = wbuf_of(text, sizeof text);
    struct wbuf k = wbuf_of(vkey, sizeof vkey);
    need(crypto_ed25519_public(seed, key.public_key) == E_OK, "public key");
    ledger_checkpoint_put(&w, &c);
    need(crypto_ed25519_sign(seed, text, wbuf_len(&w), signature) == E_OK, "sign");
    wbuf_u8(&w, '\n');
    ledger_note_put_signature(&w, &key, 0, signature);
    ledger_key_put(&k, &key);
    write_text(directory, "checkpoint", text, wbuf_len(&w));
    write_text(directory, "key", vkey, wbuf_len(&k));
}

int main(int argc, char **argv)
{
    static struct ledger_files files;
    const struct ledger_head nothing = {0};
    need(argc == 3 || argc == 4, "usage: ledger_peer DIR BLOCKS [terms]");
    const unsigned blocks = (unsigned)strtoul(argv[2], NULL, 10);
    need(mkdir(argv[1], 0700) == 0 && ledger_files_open(&files, argv[1], true) == E_OK, argv[1]);
    const struct ledger_disk disk = ledger_files_disk(&files);
    need(ledger_log_open(&ledger, &disk, &nothing) == E_OK, "open");
    append_beginning();
    for (unsigned i = 0; i < blocks; i++) {
        const bool is_missing = argc == 4 && i % 53 < 2;
        append_block(&homes[i % HOMES], i / HOMES, is_missing);
    }
    if (argc == 4) {
        append_terms();
    }
    need(ledger_log_sync(&ledger) == E_OK, "sync");
    write_checkpoint(argv[1]);
    ledger_files_close(&files);
    return 0;
}
