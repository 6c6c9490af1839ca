/* SPDX-License-Identifier: MIT */
#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "db/statements.h"

enum { BUSY_TIMEOUT_MS = 500 };

static const char *plain_reason(int code)
{
    switch (code) {
    case SQLITE_FULL:
        return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "the database is locked by another program";
    case SQLITE_READONLY:
        return "the database may not be written";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "the database is damaged";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "the database cannot be opened";
    case SQLITE_IOERR:
        return "the disk failed";
    default:
        return NULL;
    }
}

int db_failed(struct db *db)
{
    const char *plain = plain_reason(sqlite3_errcode(db->handle));
    (void)snprintf(db->reason, sizeof db->reason, "%s", plain ? plain : sqlite3_errmsg(db->handle));
    return E_IO;
}

const char *db_reason(const struct db *db)
{
    return db->reason;
}

static int execute(struct db *db, const char *text)
{
    return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK ? E_OK : db_failed(db);
}

static int user_version(struct db *db, int *version)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK)
        return db_failed(db);
    int result = E_OK;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *version = sqlite3_column_int(statement, 0);
    else
        result = db_failed(db);
    sqlite3_finalize(statement);
    return result;
}

/* Each step and its new version are one transaction: a power cut leaves the old or the new schema.
 */
static int migrate_step(struct db *db, int from)
{
    char version[40];
    (void)snprintf(version, sizeof version, "PRAGMA user_version = %d", from + 1);
    int result = db_begin(db);
    if (result == E_OK)
        result = execute(db, db_migrations[from]);
    if (result == E_OK)
        result = execute(db, version);
    if (result != E_OK) {
        db_rollback(db);
        return result;
    }
    return db_commit(db);
}

static int migrate(struct db *db)
{
    int version = 0;
    int result = user_version(db, &version);
    if (result == E_OK && (version < 0 || version > db_migration_count)) {
        (void)snprintf(db->reason, sizeof db->reason,
                       "the database is of a newer version of Wattward (schema %d)", version);
        return E_UNSUPPORTED;
    }
    for (; result == E_OK && version < db_migration_count; version++)
        result = migrate_step(db, version);
    return result;
}

static int prepare_all(struct db *db)
{
    for (int i = 0; i < DB_STATEMENTS; i++) {
        ASSERT(db_statement_texts[i]);
        if (sqlite3_prepare_v3(db->handle, db_statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &db->statements[i], NULL) != SQLITE_OK)
            return db_failed(db);
    }
    return E_OK;
}

static int set_up(struct db *db, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK)
        return db_failed(db);
    sqlite3_extended_result_codes(db->handle, 0);
    (void)sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    int result = execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                             "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                             "PRAGMA temp_store = MEMORY");
    if (result == E_OK)
        result = migrate(db);
    if (result == E_OK)
        result = prepare_all(db);
    return result;
}

struct db *db_open(const char *path, char *why, size_t cap)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return NULL;
    if (set_up(db, path) == E_OK)
        return db;
    (void)snprintf(why, cap, "%s: %s", path, db->reason);
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (int i = 0; i < DB_STATEMENTS; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
    free(db);
}

sqlite3_stmt *db_statement(struct db *db, enum db_statement which)
{
    sqlite3_stmt *statement = db->statements[which];
    ASSERT(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return statement;
}

int db_run(struct db *db, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement) == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_reset(statement);
    return result;
}

size_t db_column_copy(sqlite3_stmt *statement, int column, void *out, size_t cap)
{
    ASSERT(cap > 0);
    const void *bytes = sqlite3_column_blob(statement, column);
    size_t len = bytes ? (size_t)sqlite3_column_bytes(statement, column) : 0;
    if (len > cap - 1)
        len = cap - 1;
    if (len > 0)
        memcpy(out, bytes, len);
    ((char *)out)[len] = 0;
    return len;
}

/* What follows is synced again with its commit. */
static int end_lazy(struct db *db)
{
    const bool was_lazy = db->is_lazy;
    db->is_lazy = false;
    return was_lazy ? execute(db, "PRAGMA synchronous = FULL") : E_OK;
}

int db_begin(struct db *db)
{
    ASSERT(!db_in_transaction(db));
    return execute(db, "BEGIN IMMEDIATE");
}

int db_begin_lazily(struct db *db)
{
    ASSERT(!db_in_transaction(db));
    int result = execute(db, "PRAGMA synchronous = NORMAL");
    db->is_lazy = true;
    if (result == E_OK)
        result = execute(db, "BEGIN IMMEDIATE");
    if (result != E_OK)
        end_lazy(db);
    return result;
}

int db_commit(struct db *db)
{
    ASSERT(db_in_transaction(db));
    int result = execute(db, "COMMIT");
    if (result != E_OK)
        db_rollback(db);
    return end_lazy(db) == E_OK ? result : E_IO;
}

/* After some failures SQLite has rolled back by itself. */
void db_rollback(struct db *db)
{
    if (db_in_transaction(db))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    (void)end_lazy(db);
    ASSERT(!db_in_transaction(db));
}

bool db_in_transaction(const struct db *db)
{
    return sqlite3_get_autocommit(db->handle) == 0;
}

int db_setting_get(struct db *db, const char *name, char *out, size_t cap)
{
    sqlite3_stmt *s = db_statement(db, DB_SETTING_GET);
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW)
        db_column_copy(s, 0, out, cap);
    int result = step == SQLITE_ROW ? E_OK : step == SQLITE_DONE ? E_NOTFOUND : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_setting_put(struct db *db, const char *name, const char *value)
{
    sqlite3_stmt *s = db_statement(db, DB_SETTING_PUT);
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    return db_run(db, s);
}

int db_check(struct db *db)
{
    sqlite3_stmt *s = db_statement(db, DB_CHECK);
    int result = sqlite3_step(s) == SQLITE_ROW ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}
