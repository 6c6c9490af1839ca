/* SPDX-License-Identifier: MIT */
#include "db/ledger_rows.h"

#include "db/statements.h"

int db_ledger_queue(struct db *db, const uint8_t *entry, size_t len)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_QUEUE);
    sqlite3_bind_blob(s, 1, entry, (int)len, SQLITE_STATIC);
    return db_run(db, s);
}

int db_ledger_queue_next(struct db *db, int64_t after, int64_t *row, uint8_t *out, size_t cap)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_QUEUE_NEXT);
    sqlite3_bind_int64(s, 1, after);
    const int step = sqlite3_step(s);
    int result = step == SQLITE_DONE ? E_NOTFOUND : E_IO;
    if (step == SQLITE_ROW) {
        *row = sqlite3_column_int64(s, 0);
        const int len = sqlite3_column_bytes(s, 1);
        result = (size_t)len < cap ? (int)db_column_copy(s, 1, out, cap) : E_NOSPACE;
    } else if (step != SQLITE_DONE) {
        result = db_failed(db);
    }
    sqlite3_reset(s);
    return result;
}

/* Version and type, then the index, then the rest. */
int db_ledger_queue_take(struct db *db, const uint8_t *entry, size_t len)
{
    enum { BEFORE_LEN = 2, INDEX_LEN = 8 };
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_QUEUE_TAKE);
    if (len < BEFORE_LEN + INDEX_LEN) {
        return E_ARG;
    }
    sqlite3_bind_blob(s, 1, entry, BEFORE_LEN, SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, entry + BEFORE_LEN + INDEX_LEN, (int)(len - BEFORE_LEN - INDEX_LEN),
                      SQLITE_STATIC);
    return db_run(db, s);
}

static struct db_ledger_reading reading_of_row(sqlite3_stmt *s)
{
    return (struct db_ledger_reading){
        .row = sqlite3_column_int64(s, 0),
        .device = sqlite3_column_int64(s, 1),
        .device_id = (const char *)sqlite3_column_text(s, 2),
        .public_key = sqlite3_column_blob(s, 3),
        .boot_epoch = (uint32_t)sqlite3_column_int64(s, 4),
        .sequence = (uint32_t)sqlite3_column_int64(s, 5),
        .unix_ms = sqlite3_column_int64(s, 6),
        .form = sqlite3_column_int(s, 7),
        .bytes = sqlite3_column_blob(s, 8),
        .len = (size_t)sqlite3_column_bytes(s, 8),
    };
}

int db_ledger_readings(struct db *db, const struct db_ledger_walk *walk)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_READINGS);
    sqlite3_bind_int64(s, 1, walk->after);
    sqlite3_bind_int(s, 2, walk->max);
    int result = E_OK;
    int step;
    while (result == E_OK && (step = sqlite3_step(s)) != SQLITE_DONE) {
        if (step != SQLITE_ROW) {
            result = db_failed(db);
            break;
        }
        const struct db_ledger_reading reading = reading_of_row(s);
        result = walk->each(walk->context, &reading);
    }
    sqlite3_reset(s);
    return result;
}

int db_ledger_block_add(struct db *db, uint64_t entry, int64_t device, int64_t last)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_BLOCK_ADD);
    sqlite3_bind_int64(s, 1, (int64_t)entry);
    sqlite3_bind_int64(s, 2, device);
    sqlite3_bind_int64(s, 3, last);
    return db_run(db, s);
}

int db_ledger_block_list(struct db *db, int (*each)(void *context, int64_t device, int64_t last),
                         void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_BLOCK_LIST);
    int result = E_OK;
    int step;
    while (result == E_OK && (step = sqlite3_step(s)) != SQLITE_DONE) {
        result = step == SQLITE_ROW
                     ? each(context, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1))
                     : db_failed(db);
    }
    sqlite3_reset(s);
    return result;
}

int64_t db_ledger_find_readings(struct db *db, const char *device_id, uint32_t count,
                                int64_t *device)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_FIND_READINGS);
    sqlite3_bind_text(s, 1, device_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, (int64_t)count - 1);
    const int step = sqlite3_step(s);
    int64_t result = step == SQLITE_DONE ? E_NOTFOUND : E_IO;
    if (step == SQLITE_ROW) {
        result = sqlite3_column_int64(s, 0);
        *device = sqlite3_column_int64(s, 1);
    } else if (step != SQLITE_DONE) {
        result = db_failed(db);
    }
    sqlite3_reset(s);
    return result;
}

int db_ledger_blocks_from(struct db *db, const struct db_ledger_name *reading, uint64_t *entries,
                          size_t cap)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_BLOCKS_FROM);
    int n = 0;
    int step;
    sqlite3_bind_int64(s, 1, reading->device);
    sqlite3_bind_int64(s, 2, reading->key);
    sqlite3_bind_int64(s, 3, reading->boot_epoch);
    sqlite3_bind_int64(s, 4, reading->sequence);
    sqlite3_bind_int64(s, 5, (int64_t)cap);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        entries[n++] = (uint64_t)sqlite3_column_int64(s, 0);
    }
    const int result = step == SQLITE_DONE ? n : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_ledger_block_newest(struct db *db, int64_t device, uint64_t *entry)
{
    sqlite3_stmt *s = db_statement(db, DB_LEDGER_BLOCK_NEWEST);
    sqlite3_bind_int64(s, 1, device);
    const int step = sqlite3_step(s);
    int result = step == SQLITE_DONE ? E_NOTFOUND : E_OK;
    if (step == SQLITE_ROW) {
        *entry = (uint64_t)sqlite3_column_int64(s, 0);
    } else if (step != SQLITE_DONE) {
        result = db_failed(db);
    }
    sqlite3_reset(s);
    return result;
}
