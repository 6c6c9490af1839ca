/* SPDX-License-Identifier: MIT
 * The site's database: one SQLite file in WAL mode with full synchronisation, so that what was
 * committed survives a power cut. One connection, prepared statements, migrations by user_version.
 * Every function that can fail returns a negative E_* and leaves the reason in db_reason().
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;

/* Opens or creates. NULL when that is not possible; the reason (one sentence) is then in `why`. */
struct db *db_open(const char *path, char *why, size_t cap);
/* NULL is fine. An open transaction is rolled back. */
void db_close(struct db *db);
/* Why the last call failed: "the disk is full", "the database is locked by another program", ... */
const char *db_reason(const struct db *db);

/* A transaction; without one every statement is its own. */
int db_begin(struct db *db) MUST_USE;
/* For what can be found out again: a power cut (not a crash) may take back the commit, and with it
 * nothing that was committed before by db_begin(). */
int db_begin_lazily(struct db *db) MUST_USE;
/* On failure nothing of the transaction is stored and it has ended. */
int db_commit(struct db *db) MUST_USE;
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/* A name and a text of the table "settings". E_NOTFOUND when absent. */
int db_setting_get(struct db *db, const char *name, char *out, size_t cap) MUST_USE;
int db_setting_put(struct db *db, const char *name, const char *value) MUST_USE;

/* E_OK when the database answers: for the health check. */
int db_check(struct db *db) MUST_USE;

#endif
