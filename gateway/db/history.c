/* SPDX-License-Identifier: MIT */
#include "db/history.h"

#include <stdio.h>
#include <unistd.h>

#include "db/statements.h"

/* The bytes that were signed are not needed, and most of the file. */
static const char copy[] =
    "DELETE FROM settings; INSERT INTO settings SELECT * FROM live.settings;"
    "INSERT INTO devices SELECT * FROM live.devices; UPDATE devices SET banned = 0;"
    "INSERT INTO keys SELECT * FROM live.keys;"
    "INSERT INTO weather_points SELECT * FROM live.weather_points;"
    "INSERT INTO readings SELECT reading, device, key, boot_epoch, sequence, unix_ms,"
    " received_unix_ms, time_quality, form, x'', production_mw, production_mwh, NULL,"
    " consumption_mwh, NULL, grid_import_mwh, NULL, grid_export_mwh FROM live.readings;"
    "INSERT INTO trust_decisions SELECT * FROM live.trust_decisions WHERE by = 'operator';"
    "CREATE TABLE judged_before AS SELECT device, unix_ms, kind, action, reason"
    " FROM live.trust_decisions WHERE by = 'engine';";

static int run(struct db *db, const char *text)
{
    return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK ? E_OK : db_failed(db);
}

static int attach(struct db *db, const char *path)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, "ATTACH ?1 AS live", -1, &s, NULL) != SQLITE_OK) {
        return db_failed(db);
    }
    sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
    const int step = sqlite3_step(s);
    sqlite3_finalize(s);
    return step == SQLITE_DONE ? E_OK : db_failed(db);
}

/* One snapshot, also while the gateway writes. */
static int copy_all(struct db *db)
{
    int result = db_begin(db);
    if (result == E_OK) {
        result = run(db, copy);
    }
    if (result == E_OK) {
        return db_commit(db);
    }
    db_rollback(db);
    return result;
}

struct db *db_history_open(const char *path, char *why, size_t cap)
{
    if (access(path, R_OK) != 0) {
        (void)snprintf(why, cap, "%s cannot be read", path);
        return NULL;
    }
    struct db *db = db_open(":memory:", why, cap);
    if (!db) {
        return NULL;
    }
    if (attach(db, path) != E_OK || copy_all(db) != E_OK || run(db, "DETACH live") != E_OK) {
        (void)snprintf(why, cap, "%s: %s", path, db_reason(db));
        db_close(db);
        return NULL;
    }
    return db;
}

int db_history_inject(struct db *db, const char *device, int64_t factor_ppm, int64_t from_unix_ms)
{
    static const char text[] =
        "UPDATE readings AS r SET production_mw = production_mw * ?2 / 1000000,"
        " production_mwh = b.base + (production_mwh - b.base) * ?2 / 1000000"
        " FROM (SELECT key, coalesce("
        "   (SELECT production_mwh FROM readings x WHERE x.key = k.key AND x.unix_ms <= ?3"
        "    ORDER BY unix_ms DESC LIMIT 1),"
        "   (SELECT min(production_mwh) FROM readings x WHERE x.key = k.key)) AS base"
        "  FROM keys k JOIN devices d ON d.device = k.device WHERE d.id = ?1) AS b"
        " WHERE r.key = b.key AND r.unix_ms > ?3";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, text, -1, &s, NULL) != SQLITE_OK) {
        return db_failed(db);
    }
    sqlite3_bind_text(s, 1, device, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, factor_ppm);
    sqlite3_bind_int64(s, 3, from_unix_ms);
    const int step = sqlite3_step(s);
    sqlite3_finalize(s);
    if (step != SQLITE_DONE) {
        return db_failed(db);
    }
    return sqlite3_changes(db->handle) > 0 ? E_OK : E_NOTFOUND;
}

int db_history_decisions(struct db *db,
                         void (*each)(void *context, const struct db_history_decision *decision),
                         void *context)
{
    static const char text[] =
        "SELECT d.id, t.unix_ms, t.kind, t.action, t.reason, t.evidence FROM trust_decisions t"
        " JOIN devices d ON d.device = t.device WHERE t.by = 'engine' ORDER BY t.decision";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, text, -1, &s, NULL) != SQLITE_OK) {
        return db_failed(db);
    }
    int step = sqlite3_step(s);
    for (; step == SQLITE_ROW; step = sqlite3_step(s)) {
        const struct db_history_decision d = {.device = (const char *)sqlite3_column_text(s, 0),
                                              .unix_ms = sqlite3_column_int64(s, 1),
                                              .kind = (const char *)sqlite3_column_text(s, 2),
                                              .action = (const char *)sqlite3_column_text(s, 3),
                                              .reason = (const char *)sqlite3_column_text(s, 4),
                                              .evidence = (const char *)sqlite3_column_text(s, 5)};
        each(context, &d);
    }
    const int result = step == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_finalize(s);
    return result;
}

#define AGAIN                                                                                      \
    "SELECT device, unix_ms, kind, action, reason FROM trust_decisions WHERE by = 'engine'"
/* Devices that were removed are not judged again. */
#define BEFORE                                                                                     \
    "SELECT * FROM judged_before WHERE device IN"                                                  \
    " (SELECT device FROM devices WHERE removed_unix_ms IS NULL)"

static int count(struct db *db, const char *text, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, text, -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW) {
        sqlite3_finalize(s);
        return db_failed(db);
    }
    *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return E_OK;
}

int db_history_until(struct db *db, int64_t *unix_ms)
{
    return count(db, "SELECT coalesce(max(unix_ms), 0) FROM judged_before", unix_ms);
}

int db_history_compare(struct db *db, struct db_history_difference *d)
{
    const struct {
        const char *text;
        int64_t *out;
    } rows[] = {
        {"SELECT count(*) FROM (" BEFORE ")", &d->stored},
        {"SELECT count(*) FROM (" AGAIN ")", &d->again},
        {"SELECT count(*) FROM (" BEFORE " EXCEPT " AGAIN ")", &d->missing},
        {"SELECT count(*) FROM (" AGAIN " EXCEPT " BEFORE ")", &d->added},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int result = count(db, rows[i].text, rows[i].out);
        if (result != E_OK) {
            return result;
        }
    }
    return E_OK;
}
