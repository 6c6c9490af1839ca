/* SPDX-License-Identifier: MIT
 * What the database knows of the ledger: entries that wait to be written into it, and which
 * readings are in it. The log itself is beside the database, not inside.
 */
#ifndef DB_LEDGER_ROWS_H
#define DB_LEDGER_ROWS_H

#include "db/db.h"

/* An entry that waits. Its index is that of its queue until the log gives it one. */
int db_ledger_queue(struct db *db, const uint8_t *entry, size_t len) MUST_USE;
/* The first waiting entry after row `after`: its length and *row, or E_NOTFOUND, E_NOSPACE. */
int db_ledger_queue_next(struct db *db, int64_t after, int64_t *row, uint8_t *out,
                         size_t cap) MUST_USE;
/* Takes the first waiting entry away that has these bytes apart from its index. E_OK also when
 * there is none. */
int db_ledger_queue_take(struct db *db, const uint8_t *entry, size_t len) MUST_USE;

/* A reading as the ledger needs it. */
struct db_ledger_reading {
    int64_t row;
    int64_t device; /* row */
    const char *device_id;
    const uint8_t *public_key; /* 65 bytes */
    uint32_t boot_epoch;
    uint32_t sequence;
    int64_t unix_ms;
    int form;
    const uint8_t *bytes;
    size_t len;
};
/* Calls `each` for the readings after row `after` in the order in which they were stored, at most
 * `max`. Stops when it returns other than E_OK, and returns that. */
struct db_ledger_walk {
    int64_t after;
    int max;
    int (*each)(void *context, const struct db_ledger_reading *reading);
    void *context;
};
int db_ledger_readings(struct db *db, const struct db_ledger_walk *walk) MUST_USE;

/* Block `entry` of the log has the readings of a device up to row `last`. */
int db_ledger_block_add(struct db *db, uint64_t entry, int64_t device, int64_t last) MUST_USE;
/* The newest reading of each device that is in the log. */
int db_ledger_block_list(struct db *db, int (*each)(void *context, int64_t device, int64_t last),
                         void *context) MUST_USE;
/* The row of the `count`-th reading of the newest device of this name that is in no block yet;
 * *device is its row. E_NOTFOUND. */
int64_t db_ledger_find_readings(struct db *db, const char *device_id, uint32_t count,
                                int64_t *device) MUST_USE;
/* The entry of the newest block of a device. E_NOTFOUND. */
int db_ledger_block_newest(struct db *db, int64_t device, uint64_t *entry) MUST_USE;
/* The entries of the blocks of a device from the one with this reading on, oldest first: how many,
 * at most `cap`; 0 also when the reading is in none yet. */
struct db_ledger_name {
    int64_t device; /* row */
    int64_t key;    /* row */
    uint32_t boot_epoch;
    uint32_t sequence;
};
int db_ledger_blocks_from(struct db *db, const struct db_ledger_name *reading, uint64_t *entries,
                          size_t cap) MUST_USE;

#endif
