/* SPDX-License-Identifier: MIT
 * Private to gateway/db: the prepared statements, one row each in statements.c.
 */
#ifndef DB_STATEMENTS_H
#define DB_STATEMENTS_H

#include <sqlite3.h>

#include "db/db.h"

enum db_statement {
    DB_CHECK,
    DB_SETTING_GET,
    DB_SETTING_PUT,
    DB_DEVICE_ADD,
    DB_DEVICE_REMOVE,
    DB_DEVICE_LIST,
    DB_DEVICE_ROWS,
    DB_DEVICE_COUNT,
    DB_DEVICE_BAN,
    DB_TOKEN_PUT,
    DB_TOKEN_GET,
    DB_TOKEN_USE,
    DB_KEY_ADD,
    DB_CERTIFICATE_ADD,
    DB_READING_ADD,
    DB_READING_GET,
    DB_READING_NEWEST,
    DB_LEDGER_QUEUE,
    DB_LEDGER_QUEUE_NEXT,
    DB_LEDGER_QUEUE_TAKE,
    DB_LEDGER_READINGS,
    DB_LEDGER_BLOCK_ADD,
    DB_LEDGER_BLOCK_LIST,
    DB_LEDGER_FIND_READINGS,
    DB_LEDGER_BLOCKS_FROM,
    DB_LEDGER_BLOCK_NEWEST,
    DB_READING_TOTAL,
    DB_DECISION_ADD,
    DB_DECISION_LIST,
    DB_BLOCK_PUT,
    DB_BLOCK_LIST,
    DB_BLOCK_LAST_DAY,
    DB_PAST_LIST,
    DB_WEATHER_ADD,
    DB_WEATHER_NEXT,
    DB_BARRED_LIST,
    DB_CURVE,
    DB_SESSION_PIECE_GET,
    DB_SESSION_FIND,
    DB_SESSION_ADD,
    DB_SESSION_UPDATE,
    DB_SESSION_PIECE_ADD,
    DB_SESSION_PRUNE_PIECES,
    DB_SESSION_PRUNE,
    DB_SESSION_COUNT,
    DB_SESSION_LIST,
    DB_SESSION_PIECES,
    DB_STATEMENTS
};

enum { DB_REASON_CAP = 160 };

struct db {
    sqlite3 *handle;
    sqlite3_stmt *statements[DB_STATEMENTS];
    char reason[DB_REASON_CAP];
    bool is_lazy; /* the transaction at hand */
};

extern const char *const db_statement_texts[DB_STATEMENTS];
/* The schema's steps; step i leads from user_version i to i + 1. */
extern const char *const db_migrations[];
extern const int db_migration_count;

/* The statement, reset and ready to be bound. */
sqlite3_stmt *db_statement(struct db *db, enum db_statement which);
/* Keeps the reason of the last failure and returns E_IO. */
int db_failed(struct db *db);
/* Runs a statement that yields no row, and resets it. E_OK or E_IO. */
int db_run(struct db *db, sqlite3_stmt *statement) MUST_USE;
/* Copies a text or blob column, zero-terminated; cut at cap - 1. Returns the length. */
size_t db_column_copy(sqlite3_stmt *statement, int column, void *out, size_t cap);

#endif
