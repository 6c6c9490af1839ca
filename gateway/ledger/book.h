/* SPDX-License-Identifier: MIT
 * The site's ledger: takes stored readings and waiting entries from the database, writes them into
 * the log in batches, has each batch signed and gives receipts. The database is asked, never told
 * first: whatever is cut off is found there and written again, so nothing is lost or written twice.
 */
#ifndef LEDGER_BOOK_H
#define LEDGER_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/ledger_rows.h"
#include "ingest/counters.h"
#include "ledger/entry.h"
#include "ledger/log.h"
#include "ledger/origin.h"

struct db;
struct ledger_book;

enum {
    LEDGER_TICK_MS = 1000,
    LEDGER_RETRY_MS = 10000,
    LEDGER_CHECKPOINT_CAP = 512,
    LEDGER_VKEY_CAP = 256
};

/* Who signs: the signer's process, or a key in a test. Results are E_OK or negative. */
struct ledger_sealer {
    int (*public_key)(void *context, uint8_t public_key[32]);
    int (*head)(void *context, struct ledger_head *head);
    int (*seal)(void *context, const char *text, size_t text_len, const struct ledger_proof *proof,
                uint8_t signature[64]);
    int (*sign)(void *context, const uint8_t *message, size_t len, uint8_t signature[64]);
    void *context;
};

struct ledger_book_config {
    struct db *db;
    const char *directory; /* of the log; exists */
    const char *site;
    struct ledger_sealer sealer;
    void (*send_receipt)(void *context, const char *device_id, const uint8_t *receipt, size_t len);
    void *context;
};

/* NULL when memory or the files are not to be had; the log may still be closed, see below. */
struct ledger_book *ledger_book_open(const struct ledger_book_config *config);
/* Writes what is open, then closes. NULL is fine. */
void ledger_book_close(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms);
/* Call every LEDGER_TICK_MS, outside of a transaction. unix_ms is the site's clock. */
void ledger_book_tick(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms);
/* The same, and closes every open block. */
void ledger_book_flush(struct ledger_book *book, uint64_t now_ms, int64_t unix_ms);

/* A device asks for the receipts of its blocks from the one with this reading on; they are sent
 * with the next tick, a bounded number a device. Only the newest question of each counts. */
void ledger_book_want(struct ledger_book *book, const struct db_ledger_name *reading);

/* Puts an entry into the queue, as part of the caller's transaction if there is one; its index
 * does not count. */
int ledger_record(struct db *db, const struct ledger_entry *entry) MUST_USE;

/* NULL when the ledger works, else why it does not. */
const char *ledger_book_trouble(const struct ledger_book *book);
/* The log, for reading; NULL while it is closed. */
struct ledger_log *ledger_book_log(struct ledger_book *book);
/* The signed checkpoint, terminated; "" before the first. */
const char *ledger_book_checkpoint(const struct ledger_book *book);
/* Since the start. */
struct ledger_counts {
    uint64_t received;    /* readings and entries taken from the database */
    uint64_t written;     /* entries in the log and signed */
    uint64_t checkpoints; /* signed */
    uint64_t receipts;
    uint64_t failures;  /* batches that could not be written or signed */
    uint64_t sealed_ms; /* when the last checkpoint was signed; 0: not yet */
    struct ingest_durations batch;
};
const struct ledger_counts *ledger_book_counts(const struct ledger_book *book);
/* Entries in the log; 0 while it is closed. */
uint64_t ledger_book_size(const struct ledger_book *book);

/* Whose log it is, terminated; "" as long as that is not known. */
const char *ledger_book_origin(const struct ledger_book *book);
/* "name+id+key", terminated. */
const char *ledger_book_vkey(const struct ledger_book *book);

#endif
