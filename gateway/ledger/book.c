/* SPDX-License-Identifier: MIT
 * One way back from every failure: close the log, ask the signer what he signed last, open the log
 * at that, tell the database which of its rows are in it, and go on.
 */
#include "ledger/book.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "db/db.h"
#include "db/ledger_rows.h"
#include "ledger/blocks.h"
#include "ledger/checkpoint.h"
#include "ledger/files.h"
#include "ledger/note.h"
#include "posix/log.h"
#include "site/state.h"

enum {
    ROWS_A_TICK = 20000,
    WHY_CAP = 160,
    PATH_CAP = 600,
    INDEX_AT = 2,
    WANTED_A_DEVICE = 64, /* receipts once more, a tick */
    WANTED_A_TICK = 256
};
#define SIZE_SETTING "ledger_size" /* entries whose rows the database knows */
#define LOW_SETTING  "ledger_low"  /* readings up to this row are in the log */

/* What is known of a device, by its row. */
struct slot {
    struct ledger_block *block; /* NULL: none is open */
    int64_t logged;             /* newest reading in the log */
    struct db_ledger_name want; /* key 0: no receipt is wanted */
};

/* A block that is in the log but not yet signed. */
struct closed {
    int64_t device;
    int64_t last_row;
    char device_id[65];
    struct ledger_receipt receipt;
};

struct ledger_book {
    struct ledger_book_config config;
    struct ledger_files files;
    struct ledger_log log;
    bool is_open;
    uint64_t retry_ms;
    char why[WHY_CAP];
    char origin[LEDGER_ORIGIN_CAP];
    char vkey[LEDGER_VKEY_CAP];
    char checkpoint[LEDGER_CHECKPOINT_CAP];
    struct slot *slots;
    size_t n_slots;
    int64_t seen; /* newest row taken from the database */
    struct closed *closed;
    size_t n_closed;
    size_t closed_cap;
    uint8_t entry[LEDGER_ENTRY_MAX_LEN + 1];
    struct ledger_counts counts;
    uint64_t now_ms; /* of the call at hand */
    int64_t unix_ms;
};

static int fail(struct ledger_book *book, int error, const char *why)
{
    if (strcmp(book->why, why) != 0) {
        log_error("the ledger stands still: %s (%s)", why, err_name(error));
    }
    (void)snprintf(book->why, sizeof book->why, "%s", why);
    return error;
}

/* ---- slots ---- */

static struct slot *slot_of(struct ledger_book *book, int64_t device)
{
    ASSERT(device > 0);
    const size_t at = (size_t)device;
    if (at >= book->n_slots) {
        const size_t n = at + at / 2 + 16;
        struct slot *more = realloc(book->slots, n * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        memset(more + book->n_slots, 0, (n - book->n_slots) * sizeof *more);
        book->slots = more;
        book->n_slots = n;
    }
    return &book->slots[at];
}

static void forget(struct ledger_book *book)
{
    for (size_t i = 0; i < book->n_slots; i++) {
        free(book->slots[i].block);
        book->slots[i] = (struct slot){.logged = 0};
    }
    book->n_closed = 0;
}

static int note_logged(void *context, int64_t device, int64_t last)
{
    struct slot *slot = slot_of(context, device);
    if (slot == NULL) {
        return E_NOSPACE;
    }
    slot->logged = last;
    return E_OK;
}

static int64_t setting_number(struct db *db, const char *name)
{
    char text[24];
    return db_setting_get(db, name, text, sizeof text) == E_OK ? strtoll(text, NULL, 10) : 0;
}

static int put_number(struct db *db, const char *name, int64_t v)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, v);
    return db_setting_put(db, name, text);
}

/* ---- sealing ---- */

static int make_proof(struct ledger_book *book, struct ledger_hash hashes[LEDGER_PROOF_MAX],
                      struct ledger_proof *proof)
{
    const struct ledger_hashes stored = ledger_log_hashes(&book->log);
    const int n = ledger_consistency_make(&stored, ledger_log_kept(&book->log).size,
                                          ledger_log_head(&book->log).size, hashes);
    *proof = (struct ledger_proof){hashes, n > 0 ? (size_t)n : 0};
    return n < 0 ? n : E_OK;
}

/* Has the head signed and keeps the checkpoint in its file. */
static int seal(struct ledger_book *book)
{
    struct ledger_hash hashes[LEDGER_PROOF_MAX];
    struct ledger_proof proof;
    struct ledger_key key;
    char path[PATH_CAP];
    uint8_t signature[64];
    const struct ledger_head head = ledger_log_head(&book->log);
    const struct ledger_checkpoint c = {.origin = book->origin,
                                        .origin_len = strlen(book->origin),
                                        .size = head.size,
                                        .root = head.root};
    struct wbuf w = wbuf_of(book->checkpoint, sizeof book->checkpoint - 1);
    ledger_checkpoint_put(&w, &c);
    int result = make_proof(book, hashes, &proof);
    if (result == E_OK) {
        result = book->config.sealer.seal(book->config.sealer.context, book->checkpoint,
                                          wbuf_len(&w), &proof, signature);
    }
    if (result != E_OK || ledger_key_parse(book->vkey, strlen(book->vkey), &key) != E_OK) {
        book->checkpoint[0] = 0;
        return fail(book, result, "the signer did not sign its checkpoint");
    }
    wbuf_u8(&w, '\n');
    ledger_note_put_signature(&w, &key, 0, signature);
    ASSERT(wbuf_ok(&w));
    book->checkpoint[wbuf_len(&w)] = 0;
    book->counts.checkpoints++;
    book->counts.sealed_ms = book->now_ms;
    if (state_path(book->config.directory, "checkpoint", path, sizeof path) != E_OK ||
        state_write(path, book->checkpoint, wbuf_len(&w)) != E_OK) {
        return fail(book, E_IO, "its checkpoint cannot be written");
    }
    return E_OK;
}

/* ---- opening ---- */

static int find_origin(struct ledger_book *book)
{
    struct ledger_entry start;
    if (ledger_log_head(&book->log).size == 0) {
        ledger_origin_of(book->config.site, book->origin);
        return E_OK;
    }
    const int len = ledger_log_entry(&book->log, 0, book->entry, sizeof book->entry);
    if (len < 0 || ledger_entry_decode(book->entry, (size_t)len, &start) != E_OK ||
        start.type != LEDGER_START || start.origin.len >= sizeof book->origin) {
        return fail(book, E_CORRUPT, "its first entry does not say whose log it is");
    }
    memcpy(book->origin, start.origin.at, start.origin.len);
    book->origin[start.origin.len] = 0;
    return E_OK;
}

/* The key under the log's name, also into a file for whoever verifies. */
static int make_vkey(struct ledger_book *book)
{
    struct ledger_key key = {.type = LEDGER_ED25519};
    char path[PATH_CAP];
    (void)snprintf(key.name, sizeof key.name, "%s", book->origin);
    const int result = book->config.sealer.public_key(book->config.sealer.context, key.public_key);
    if (result != E_OK) {
        return fail(book, result, "the signer did not give its key");
    }
    struct wbuf w = wbuf_of(book->vkey, sizeof book->vkey - 1);
    ledger_key_put(&w, &key);
    ASSERT(wbuf_ok(&w));
    book->vkey[wbuf_len(&w)] = 0;
    if (state_path(book->config.directory, "key", path, sizeof path) != E_OK ||
        state_write(path, book->vkey, wbuf_len(&w)) != E_OK) {
        return fail(book, E_IO, "its key cannot be written to a file");
    }
    return E_OK;
}

/* The rows of an entry that was signed, but of which the database does not know. */
static int settle_entry(struct ledger_book *book, uint64_t index)
{
    struct db *db = book->config.db;
    struct ledger_entry e;
    char device_id[65];
    const int len = ledger_log_entry(&book->log, index, book->entry, sizeof book->entry);
    if (len < 0 || ledger_entry_decode(book->entry, (size_t)len, &e) != E_OK) {
        return E_CORRUPT;
    }
    if (e.type != LEDGER_READINGS) {
        return db_ledger_queue_take(db, book->entry, (size_t)len);
    }
    if (e.readings.device.len >= sizeof device_id) {
        return E_CORRUPT;
    }
    memcpy(device_id, e.readings.device.at, e.readings.device.len);
    device_id[e.readings.device.len] = 0;
    int64_t device = 0;
    const int64_t last = db_ledger_find_readings(db, device_id, e.readings.count, &device);
    if (last == E_NOTFOUND) {
        log_warn("the ledger has readings of %s that the database has not: entry %" PRIu64,
                 device_id, index);
        return E_OK;
    }
    return last < 0 ? (int)last : db_ledger_block_add(db, index, device, last);
}

/* Tells the database of every signed entry it does not know. */
static int settle(struct ledger_book *book)
{
    struct db *db = book->config.db;
    const uint64_t size = ledger_log_head(&book->log).size;
    const uint64_t known = (uint64_t)setting_number(db, SIZE_SETTING);
    if (known > size) {
        return fail(book, E_CORRUPT,
                    "the signer has signed less than the database knows; restore "
                    "both from the same backup");
    }
    if (known == size) {
        return E_OK;
    }
    int result = db_begin(db);
    for (uint64_t i = known; result == E_OK && i < size; i++) {
        result = settle_entry(book, i);
    }
    if (result == E_OK) {
        result = put_number(db, SIZE_SETTING, (int64_t)size);
    }
    if (result == E_OK) {
        result = db_commit(db);
    }
    if (result != E_OK) {
        db_rollback(db);
        return fail(book, result, "the database cannot note what is in it");
    }
    return E_OK;
}

static int open_log(struct ledger_book *book)
{
    const struct ledger_disk disk = ledger_files_disk(&book->files);
    struct ledger_head head;
    forget(book);
    int result = book->config.sealer.head(book->config.sealer.context, &head);
    if (result != E_OK) {
        return fail(book, result, "the signer does not answer");
    }
    result = ledger_log_open(&book->log, &disk, &head);
    if (result != E_OK) {
        return fail(book, result,
                    "its files do not hold what was signed; restore them from a "
                    "backup");
    }
    result = find_origin(book);
    if (result == E_OK) {
        result = make_vkey(book);
    }
    if (result == E_OK && head.size > 0) {
        result = seal(book);
    }
    if (result == E_OK) {
        result = settle(book);
    }
    if (result == E_OK && db_ledger_block_list(book->config.db, note_logged, book) != E_OK) {
        result = fail(book, E_IO, "the database cannot be read");
    }
    book->seen = setting_number(book->config.db, LOW_SETTING);
    book->is_open = result == E_OK;
    if (book->is_open && book->why[0] != 0) {
        log_info("the ledger goes on");
        book->why[0] = 0;
    }
    return result;
}

/* ---- a batch ---- */

static int append(struct ledger_book *book, struct ledger_entry *e)
{
    struct wbuf w = wbuf_of(book->entry, sizeof book->entry);
    e->index = ledger_log_head(&book->log).size;
    ledger_entry_put(&w, e);
    ASSERT(wbuf_ok(&w));
    return ledger_log_append(&book->log, book->entry, wbuf_len(&w));
}

static struct closed *new_closed(struct ledger_book *book)
{
    if (book->n_closed == book->closed_cap) {
        const size_t cap = book->closed_cap * 2 + 64;
        struct closed *more = realloc(book->closed, cap * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        book->closed = more;
        book->closed_cap = cap;
    }
    return &book->closed[book->n_closed++];
}

/* Without the names; those are views. */
static struct ledger_receipt receipt_of(const struct ledger_entry *e)
{
    struct ledger_receipt receipt = {.index = e->index,
                                     .unix_ms = e->unix_ms,
                                     .count = e->readings.count,
                                     .root = e->readings.root,
                                     .n_ranges = e->readings.n_ranges};
    memcpy(receipt.ranges, e->readings.ranges, sizeof receipt.ranges);
    return receipt;
}

/* The open block goes into the log. */
static int close_block(struct ledger_book *book, struct slot *slot)
{
    struct ledger_block *b = slot->block;
    struct ledger_entry e = ledger_block_entry(b, book->unix_ms);
    struct closed *c = new_closed(book);
    const int result = c == NULL ? E_NOSPACE : append(book, &e);
    if (result != E_OK) {
        return result;
    }
    c->device = b->device;
    c->last_row = b->last_row;
    memcpy(c->device_id, b->device_id, sizeof c->device_id);
    c->receipt = receipt_of(&e);
    slot->logged = b->last_row;
    free(b);
    slot->block = NULL;
    return E_OK;
}

static int take_reading(void *context, const struct db_ledger_reading *reading)
{
    struct ledger_book *book = context;
    struct slot *slot = slot_of(book, reading->device);
    book->seen = reading->row;
    book->counts.received++;
    if (slot == NULL) {
        return E_NOSPACE;
    }
    if (reading->row <= slot->logged) {
        return E_OK;
    }
    if (slot->block != NULL && ledger_block_fits(slot->block, reading)) {
        ledger_block_add(slot->block, reading);
        return E_OK;
    }
    const int result = slot->block == NULL ? E_OK : close_block(book, slot);
    if (result != E_OK) {
        return result;
    }
    slot->block = malloc(sizeof *slot->block);
    if (slot->block == NULL) {
        return E_NOSPACE;
    }
    ledger_block_begin(slot->block, book->now_ms, reading);
    return E_OK;
}

static int take_readings(struct ledger_book *book)
{
    const struct db_ledger_walk walk = {
        .after = book->seen, .max = ROWS_A_TICK, .each = take_reading, .context = book};
    return db_ledger_readings(book->config.db, &walk);
}

static int close_old_blocks(struct ledger_book *book, uint64_t age_ms)
{
    int result = E_OK;
    for (size_t i = 0; result == E_OK && i < book->n_slots; i++) {
        struct slot *slot = &book->slots[i];
        if (slot->block != NULL && book->now_ms - slot->block->since_ms >= age_ms) {
            result = close_block(book, slot);
        }
    }
    return result;
}

/* Waiting entries get their index and go into the log; *last is the row of the last of them. */
static int take_queue(struct ledger_book *book)
{
    int64_t row = 0;
    for (;;) {
        const int len =
            db_ledger_queue_next(book->config.db, row, &row, book->entry, sizeof book->entry);
        if (len < 0) {
            return len == E_NOTFOUND ? E_OK : len;
        }
        struct wbuf w = wbuf_of(book->entry + INDEX_AT, sizeof(uint64_t));
        wbuf_be64(&w, ledger_log_head(&book->log).size);
        book->counts.received++;
        const int result = ledger_log_append(&book->log, book->entry, (size_t)len);
        if (result != E_OK) {
            return result;
        }
    }
}

/* Readings up to this row are in the log, or will be read again. */
static int64_t low_of(const struct ledger_book *book)
{
    int64_t low = book->seen;
    for (size_t i = 0; i < book->n_slots; i++) {
        const struct ledger_block *b = book->slots[i].block;
        if (b != NULL && b->first_row <= low) {
            low = b->first_row - 1;
        }
    }
    return low;
}

static int note_rows(struct ledger_book *book, uint64_t first)
{
    struct db *db = book->config.db;
    const uint64_t size = ledger_log_head(&book->log).size;
    int result = db_begin_lazily(db); /* settle() finds what a power cut takes back */
    for (size_t i = 0; result == E_OK && i < book->n_closed; i++) {
        const struct closed *c = &book->closed[i];
        result = db_ledger_block_add(db, c->receipt.index, c->device, c->last_row);
    }
    for (uint64_t i = first; result == E_OK && i < size; i++) {
        const int len = ledger_log_entry(&book->log, i, book->entry, sizeof book->entry);
        result = len < 0 ? len : E_OK;
        if (len > 1 && book->entry[1] != LEDGER_READINGS) {
            result = db_ledger_queue_take(db, book->entry, (size_t)len);
        }
    }
    if (result == E_OK) {
        result = put_number(db, SIZE_SETTING, (int64_t)size);
    }
    if (result == E_OK) {
        result = put_number(db, LOW_SETTING, low_of(book));
    }
    if (result == E_OK) {
        return db_commit(db);
    }
    db_rollback(db);
    return result;
}

static void send_receipt(struct ledger_book *book, const char *device_id,
                         struct ledger_receipt *receipt)
{
    uint8_t bytes[LEDGER_RECEIPT_MAX_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes - 64);
    receipt->origin = ledger_text_of(book->origin);
    receipt->device = ledger_text_of(device_id);
    ledger_receipt_put(&w, receipt);
    const size_t len = wbuf_len(&w);
    ASSERT(len > 0);
    if (book->config.sealer.sign(book->config.sealer.context, bytes, len, bytes + len) == E_OK) {
        book->config.send_receipt(book->config.context, device_id, bytes, len + 64);
        book->counts.receipts++;
    }
}

static void send_receipts(struct ledger_book *book)
{
    for (size_t i = 0; i < book->n_closed; i++) {
        send_receipt(book, book->closed[i].device_id, &book->closed[i].receipt);
    }
    book->n_closed = 0;
}

/* The receipt of a block once more, from its entry. */
static void send_receipt_again(struct ledger_book *book, uint64_t index)
{
    struct ledger_entry e;
    char device_id[65];
    const int len = ledger_log_entry(&book->log, index, book->entry, sizeof book->entry);
    if (len < 0 || ledger_entry_decode(book->entry, (size_t)len, &e) != E_OK ||
        e.type != LEDGER_READINGS || e.readings.device.len >= sizeof device_id) {
        return;
    }
    memcpy(device_id, e.readings.device.at, e.readings.device.len);
    device_id[e.readings.device.len] = 0;
    struct ledger_receipt receipt = receipt_of(&e);
    send_receipt(book, device_id, &receipt);
}

static void send_wanted(struct ledger_book *book)
{
    size_t n_sent = 0;
    for (size_t i = 0; i < book->n_slots && n_sent < WANTED_A_TICK; i++) {
        struct db_ledger_name *want = &book->slots[i].want;
        uint64_t entries[WANTED_A_DEVICE];
        if (want->key == 0) {
            continue;
        }
        const int n = db_ledger_blocks_from(book->config.db, want, entries, WANTED_A_DEVICE);
        for (int k = 0; k < n; k++) {
            send_receipt_again(book, entries[k]);
        }
        n_sent += n > 0 ? (size_t)n : 0;
        want->key = 0;
    }
}

void ledger_book_want(struct ledger_book *book, const struct db_ledger_name *reading)
{
    struct slot *slot = slot_of(book, reading->device);
    if (slot != NULL) {
        slot->want = *reading;
    }
}

static int commit(struct ledger_book *book)
{
    const uint64_t first = ledger_log_kept(&book->log).size;
    if (ledger_log_head(&book->log).size == first) {
        return E_OK;
    }
    int result = ledger_log_sync(&book->log);
    if (result != E_OK) {
        return fail(book, result, "the disk does not take its entries");
    }
    result = seal(book);
    if (result != E_OK) {
        return result;
    }
    ledger_log_keep(&book->log);
    book->counts.written += ledger_log_kept(&book->log).size - first;
    result = note_rows(book, first);
    if (result != E_OK) {
        return fail(book, result, "the database cannot note what is in it");
    }
    send_receipts(book);
    return E_OK;
}

static int write_batch(struct ledger_book *book, uint64_t age_ms)
{
    int result = E_OK;
    if (ledger_log_head(&book->log).size == 0) {
        struct ledger_entry start = {.type = LEDGER_START, .unix_ms = book->unix_ms};
        start.origin = ledger_text_of(book->origin);
        result = append(book, &start);
    }
    if (result == E_OK) {
        result = take_queue(book); /* first: whose readings these are has to stand before them */
    }
    if (result == E_OK) {
        result = take_readings(book);
    }
    if (result == E_OK) {
        result = close_old_blocks(book, age_ms);
    }
    if (result != E_OK) {
        return fail(book, result, "a batch cannot be written");
    }
    return commit(book);
}

static uint64_t clock_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void work(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms, uint64_t age_ms)
{
    ASSERT(!db_in_transaction(book->config.db));
    book->now_ms = now_ms;
    book->unix_ms = unix_ms > 0 ? unix_ms : 0;
    if (!book->is_open && now_ms < book->retry_ms) {
        return;
    }
    const uint64_t start_ns = clock_ns();
    const uint64_t written = book->counts.written;
    const bool wrote =
        (book->is_open || open_log(book) == E_OK) && write_batch(book, age_ms) == E_OK;
    if (book->counts.written > written) {
        ingest_durations_add(&book->counts.batch, clock_ns() - start_ns);
    }
    book->is_open = wrote;
    book->counts.failures += !wrote;
    if (book->is_open) {
        send_wanted(book);
    }
    book->retry_ms = now_ms + LEDGER_RETRY_MS;
}

void ledger_book_tick(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms)
{
    work(book, now_ms, unix_ms, LEDGER_BLOCK_AGE_MS);
}

void ledger_book_flush(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms)
{
    work(book, now_ms, unix_ms, 0);
}

/* ---- life ---- */

struct ledger_book *ledger_book_open(const struct ledger_book_config *config)
{
    struct ledger_book *book = calloc(1, sizeof *book);
    if (book == NULL) {
        return NULL;
    }
    book->config = *config;
    if (ledger_files_open(&book->files, config->directory, true) != E_OK) {
        log_error("the files of the ledger in %s cannot be opened: %s", config->directory,
                  strerror(errno));
        free(book);
        return NULL;
    }
    (void)open_log(book); /* tried again with each tick */
    return book;
}

void ledger_book_close(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms)
{
    if (book == NULL) {
        return;
    }
    if (book->is_open) {
        ledger_book_flush(book, now_ms, unix_ms);
    }
    forget(book);
    ledger_files_close(&book->files);
    free(book->slots);
    free(book->closed);
    free(book);
}

int ledger_record(struct db *db, const struct ledger_entry *entry)
{
    uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry queued = *entry;
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    queued.index = UINT64_MAX;
    ledger_entry_put(&w, &queued);
    ASSERT(wbuf_ok(&w));
    return db_ledger_queue(db, bytes, wbuf_len(&w));
}

const char *ledger_book_trouble(const struct ledger_book *book)
{
    return book->why[0] == 0 ? NULL : book->why;
}

struct ledger_log *ledger_book_log(struct ledger_book *book)
{
    return book->is_open ? &book->log : NULL;
}

const char *ledger_book_checkpoint(const struct ledger_book *book)
{
    return book->checkpoint;
}

const char *ledger_book_vkey(const struct ledger_book *book)
{
    return book->vkey;
}

const struct ledger_counts *ledger_book_counts(const struct ledger_book *book)
{
    return &book->counts;
}

uint64_t ledger_book_size(const struct ledger_book *book)
{
    return book->is_open ? ledger_log_kept(&book->log).size : 0;
}

const char *ledger_book_origin(const struct ledger_book *book)
{
    return book->origin;
}
