/* SPDX-License-Identifier: MIT
 * wattward ledger export: the entries as JSON lines, the seed's table with its hash chain, or the
 * tiles as files. And the other way round for the seed's table: is its chain whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/proof_json.h"
#include "ledger/seed_chain.h"
#include "ledger/tile.h"
#include "ledger_place.h"
#include "telemetry/reading.h"

enum { LINE_CAP = 8192, SIGNATURE_LEN = 64, FIELDS = 8, PATH_CAP = 700 };
#define SEED_HEADER "id,block_hash,prev_hash,from_node,to_node,wh_amount,timestamp,signature"

/* What was last seen of a device's counter. */
struct meter {
    char device[LEDGER_TEXT_MAX_LEN + 1];
    int64_t produced_mwh;
};

struct export
{
    const struct invocation *invocation;
    struct ledger_place_of_log place;
    struct ledger_log log;
    struct meter *meters;
    size_t n_meters;
    uint64_t n_blocks;
    char hash[LEDGER_SEED_HASH_LEN];
    uint8_t entry[LEDGER_ENTRY_CAP];
};

/* ---- entries ---- */

static int print_entry(struct export *x, const struct ledger_entry *e)
{
    static char line[LINE_CAP];
    struct wbuf w = wbuf_of(line, sizeof line);
    struct json_writer j;
    (void)x;
    json_writer_init(&j, &w);
    json_begin_object(&j);
    ledger_entry_put_json(&j, e);
    json_end(&j);
    printf("%.*s\n", (int)wbuf_len(&w), line);
    return COMMAND_DONE;
}

/* ---- the seed's table ---- */

static struct meter *meter_of(struct export *x, struct ledger_text device)
{
    for (size_t i = 0; i < x->n_meters; i++) {
        if (strlen(x->meters[i].device) == device.len &&
            memcmp(x->meters[i].device, device.at, device.len) == 0) {
            return &x->meters[i];
        }
    }
    struct meter *more = realloc(x->meters, (x->n_meters + 1) * sizeof *more);
    if (more == NULL) {
        return NULL;
    }
    x->meters = more;
    struct meter *meter = &more[x->n_meters++];
    *meter = (struct meter){.produced_mwh = -1};
    memcpy(meter->device, device.at, device.len);
    return meter;
}

static void print_block(struct export *x, const struct ledger_seed_block *b)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    char hash[LEDGER_SEED_HASH_LEN];
    const char *prev = x->n_blocks == 0 ? zeros : x->hash;
    ledger_seed_hash(prev, b, hash);
    printf("%" PRIu64 ",%.64s,%.64s,%.*s,%.*s,%.*s,%.*s,%.*s\n", ++x->n_blocks, hash, prev,
           (int)b->from.len, b->from.at, (int)b->to.len, b->to.at, (int)b->wh_amount.len,
           b->wh_amount.at, (int)b->timestamp.len, b->timestamp.at, (int)b->signature.len,
           b->signature.at);
    memcpy(x->hash, hash, sizeof x->hash);
}

static void print_seed_row(struct export *x, struct ledger_text from, struct ledger_text to,
                           const int64_t mwh_and_unix_s[2], struct ledger_text signature)
{
    char wh[32];
    char seconds[24];
    struct wbuf w = wbuf_of(wh, sizeof wh);
    ledger_seed_put_wh(&w, mwh_and_unix_s[0]);
    (void)snprintf(seconds, sizeof seconds, "%" PRId64, mwh_and_unix_s[1]);
    const struct ledger_seed_block block = {.from = from,
                                            .to = to,
                                            .wh_amount = {wh, wbuf_len(&w)},
                                            .timestamp = ledger_text_of(seconds),
                                            .signature = signature};
    print_block(x, &block);
}

static int64_t production_of(const struct telemetry_reading *reading)
{
    for (uint8_t i = 0; i < reading->n_channels; i++) {
        if (reading->channels[i].kind == TELEMETRY_PRODUCTION) {
            return reading->channels[i].energy_mwh;
        }
    }
    return -1;
}

/* What a device produced since its last block, under the signature of its newest reading. */
static int print_readings(struct export *x, const struct ledger_readings *b)
{
    struct telemetry_envelope envelope;
    char signature[2 * SIGNATURE_LEN + 1];
    struct meter *meter = meter_of(x, b->device);
    if (meter == NULL) {
        return command_fail(x->invocation, "out of memory");
    }
    if (b->form != LEDGER_FORM_COSE ||
        telemetry_reading_decode(b->last, b->last_len, &envelope) != E_OK) {
        return COMMAND_DONE; /* the seed's own readings have no counters */
    }
    const int64_t produced_mwh = production_of(&envelope.reading);
    const bool grew = meter->produced_mwh >= 0 && produced_mwh > meter->produced_mwh;
    const int64_t row[2] = {grew ? produced_mwh - meter->produced_mwh : 0,
                            envelope.reading.unix_ms / 1000};
    if (produced_mwh >= 0) {
        meter->produced_mwh = produced_mwh;
        for (size_t i = 0; i < SIGNATURE_LEN; i++) {
            (void)snprintf(signature + 2 * i, 3, "%02x", envelope.signature[i]);
        }
        print_seed_row(x, b->device, ledger_text_of("grid"), row, ledger_text_of(signature));
    }
    return COMMAND_DONE;
}

static int print_seed(struct export *x, const struct ledger_entry *e)
{
    if (e->type == LEDGER_TRANSFER) {
        const struct ledger_transfer *t = &e->transfer;
        const int64_t row[2] = {t->energy_wh * 1000, t->interval_unix_ms / 1000 + t->interval_s};
        print_seed_row(x, t->from, t->to, row, ledger_text_of(""));
    }
    return e->type == LEDGER_READINGS ? print_readings(x, &e->readings) : COMMAND_DONE;
}

/* ---- walking ---- */

static int walk(struct export *x, int (*print)(struct export *x, const struct ledger_entry *e))
{
    const uint64_t size = ledger_log_head(&x->log).size;
    for (uint64_t i = 0; i < size; i++) {
        struct ledger_entry e;
        const int len = ledger_log_entry(&x->log, i, x->entry, sizeof x->entry);
        const int decoded = len < 0 ? len : ledger_entry_decode(x->entry, (size_t)len, &e);
        if (decoded != E_OK && decoded != E_UNSUPPORTED) {
            return command_fail(x->invocation, "entry %" PRIu64 " cannot be read", i);
        }
        if (decoded == E_OK && print(x, &e) != COMMAND_DONE) {
            return COMMAND_FAILED;
        }
    }
    return COMMAND_DONE;
}

/* ---- tiles ---- */

static bool make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        const bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made) {
            return false;
        }
    }
    return true;
}

static bool write_out(const struct export *x, const char *name, const void *bytes, size_t len)
{
    char path[PATH_CAP];
    const char *out = invocation_option(x->invocation, "--out");
    if (snprintf(path, sizeof path, "%s/%s", out, name) >= (int)sizeof path ||
        !make_parents(path)) {
        return false;
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    const bool written = fwrite(bytes, 1, len, file) == len;
    return fclose(file) == 0 && written;
}

/* One tile; false when it cannot be read or written. */
static bool write_tile(struct export *x, const struct ledger_tile *tile)
{
    char name[96];
    struct ledger_place place = {.at = tile->index * LEDGER_TILE_WIDTH * LEDGER_HASH_LEN,
                                 .len = (uint64_t)tile->width * LEDGER_HASH_LEN};
    unsigned file = LEDGER_FILE_TILES + tile->level;
    struct wbuf w = wbuf_of(name, sizeof name - 1);
    ledger_tile_put_path(&w, tile);
    name[wbuf_len(&w)] = 0;
    if (tile->entries) {
        file = LEDGER_FILE_ENTRIES;
        if (ledger_log_bundle(&x->log, tile->index, tile->width, &place) != E_OK) {
            return false;
        }
    }
    uint8_t *bytes = malloc((size_t)place.len + 1);
    const bool done = bytes != NULL &&
                      x->place.disk.read(x->place.disk.context, file, place.at, bytes,
                                         (size_t)place.len) == E_OK &&
                      write_out(x, name, bytes, (size_t)place.len);
    free(bytes);
    return done;
}

static bool write_level(struct export *x, unsigned level, bool entries)
{
    const uint64_t size = ledger_log_head(&x->log).size;
    for (uint64_t index = 0;; index++) {
        const struct ledger_tile tile = {.level = level,
                                         .index = index,
                                         .width = ledger_tile_width(level, index, size),
                                         .entries = entries};
        if (tile.width == 0) {
            return true;
        }
        if (!write_tile(x, &tile)) {
            return false;
        }
    }
}

static int write_tiles(struct export *x)
{
    const char *out = invocation_option(x->invocation, "--out");
    if (out == NULL) {
        return command_fail(x->invocation, "tiles need --out DIR");
    }
    bool done = write_level(x, 0, true);
    for (unsigned level = 0; done && level < LEDGER_TILE_LEVELS_MAX; level++) {
        done = write_level(x, level, false);
    }
    done = done && write_out(x, "checkpoint", x->place.note_text, strlen(x->place.note_text));
    return done ? COMMAND_DONE
                : command_fail(x->invocation, "the tiles cannot be written below %s: %s", out,
                               strerror(errno));
}

int ledger_export_run(const struct invocation *i)
{
    static struct export x;
    const char *format = invocation_option(i, "--format");
    x.invocation = i;
    int status = ledger_place_open(&x.place, i);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct ledger_head head = {x.place.checkpoint.size, x.place.checkpoint.root};
    if (ledger_log_open(&x.log, &x.place.disk, &head) != E_OK) {
        status = command_fail(i, "the ledger is damaged; `wattward ledger verify` says where");
    } else if (strcmp(format, "entries") == 0) {
        status = walk(&x, print_entry);
    } else if (strcmp(format, "seed") == 0) {
        printf(SEED_HEADER "\n");
        status = walk(&x, print_seed);
    } else if (strcmp(format, "tiles") == 0) {
        status = write_tiles(&x);
    } else {
        status = command_fail(i, "--format is entries, seed or tiles");
    }
    free(x.meters);
    ledger_place_close(&x.place);
    return status;
}

/* ---- the chain of a table ---- */

static size_t split(char *line, char *fields[FIELDS])
{
    size_t n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at != NULL && n < FIELDS; n++) {
        fields[n] = at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = 0;
        }
    }
    return n;
}

/* NULL, or what is wrong with the row. `prev` becomes its hash. */
static const char *judge_row(char *fields[FIELDS], char prev[LEDGER_SEED_HASH_LEN])
{
    const struct ledger_seed_block block = {
        .from = ledger_text_of(fields[3]),
        .to = ledger_text_of(fields[4]),
        .wh_amount = ledger_text_of(fields[5]),
        .timestamp = ledger_text_of(fields[6]),
        .signature = ledger_text_of(fields[7]),
    };
    if (strlen(fields[2]) != LEDGER_SEED_HASH_LEN ||
        memcmp(fields[2], prev, LEDGER_SEED_HASH_LEN) != 0) {
        return "its prev_hash is not the hash of the row before; rows were dropped, added or moved";
    }
    ledger_seed_hash(prev, &block, prev);
    if (strlen(fields[1]) != LEDGER_SEED_HASH_LEN ||
        memcmp(fields[1], prev, LEDGER_SEED_HASH_LEN) != 0) {
        return "its block_hash is not that of its content";
    }
    return NULL;
}

int ledger_verify_seed(const struct invocation *i, const char *path)
{
    char line[LINE_CAP];
    char prev[LEDGER_SEED_HASH_LEN];
    uint64_t rows = 0;
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        return command_fail(i, "%s: %s", path, strerror(errno));
    }
    memset(prev, '0', sizeof prev);
    int status = COMMAND_DONE;
    if (fgets(line, sizeof line, in) == NULL ||
        strncmp(line, SEED_HEADER, strlen(SEED_HEADER)) != 0) {
        status = command_fail(i, "%s does not start with the line " SEED_HEADER, path);
    }
    while (status == COMMAND_DONE && fgets(line, sizeof line, in) != NULL) {
        char *fields[FIELDS];
        const char *wrong = split(line, fields) == FIELDS ? judge_row(fields, prev)
                                                          : "it does not have eight fields";
        rows++;
        if (wrong != NULL) {
            status = command_fail(i, "row %" PRIu64 " is the first that is wrong: %s", rows, wrong);
        }
    }
    (void)fclose(in);
    if (status == COMMAND_DONE) {
        printf(i->json ? "{\"ok\":true,\"rows\":%" PRIu64 "}\n"
                       : "The chain of %" PRIu64
                         " rows is whole; a chain cannot tell whether rows are missing at its "
                         "end.\n",
               rows);
    }
    return status;
}
