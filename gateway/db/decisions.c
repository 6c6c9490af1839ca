/* SPDX-License-Identifier: MIT */
#include "db/decisions.h"

#include "base/assert.h"
#include "db/statements.h"

int db_decision_add(struct db *db, const struct db_decision *d)
{
    sqlite3_stmt *s = db_statement(db, DB_DECISION_ADD);
    const char *const texts[] = {d->kind, d->action, d->before, d->by, d->reason, d->evidence};
    sqlite3_bind_int64(s, 1, d->device);
    sqlite3_bind_int64(s, 2, d->unix_ms);
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++) {
        sqlite3_bind_text(s, 3 + i, texts[i], -1, SQLITE_STATIC); /* NULL stays NULL */
    }
    const int result = db_run(db, s);
    return result == E_OK ? sqlite3_changes(db->handle) : result;
}

static const char *text_of(sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    return text ? (const char *)text : "";
}

int db_decision_list(struct db *db, int64_t device, int max,
                     void (*each)(void *context, const struct db_decision *decision), void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_DECISION_LIST);
    sqlite3_bind_int64(s, 1, device);
    sqlite3_bind_int(s, 2, max);
    int n = 0;
    int step = sqlite3_step(s);
    for (; step == SQLITE_ROW; step = sqlite3_step(s)) {
        const struct db_decision decision = {
            .device = device,
            .unix_ms = sqlite3_column_int64(s, 0),
            .kind = text_of(s, 1),
            .action = text_of(s, 2),
            .before = text_of(s, 3),
            .by = text_of(s, 4),
            .reason = text_of(s, 5),
            .evidence = sqlite3_column_type(s, 6) == SQLITE_NULL ? NULL : text_of(s, 6)};
        each(context, &decision);
        n++;
    }
    const int result = step == SQLITE_DONE ? n : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_block_put(struct db *db, const struct db_block *b)
{
    sqlite3_stmt *s = db_statement(db, DB_BLOCK_PUT);
    const int64_t values[] = {b->device,  b->day,          b->test,         b->block,      b->gate,
                              b->n_peers, b->reported_mwh, b->expected_mwh, b->log10_milli};
    for (int i = 0; i < (int)(sizeof values / sizeof values[0]); i++) {
        sqlite3_bind_int64(s, 1 + i, values[i]);
    }
    return db_run(db, s);
}

int db_block_list(struct db *db, int64_t device, int max,
                  void (*each)(void *context, const struct db_block *block), void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_BLOCK_LIST);
    sqlite3_bind_int64(s, 1, device);
    sqlite3_bind_int(s, 2, max);
    int step = sqlite3_step(s);
    for (; step == SQLITE_ROW; step = sqlite3_step(s)) {
        const struct db_block block = {.device = device,
                                       .day = sqlite3_column_int(s, 0),
                                       .test = (uint8_t)sqlite3_column_int(s, 1),
                                       .block = (uint8_t)sqlite3_column_int(s, 2),
                                       .gate = (uint8_t)sqlite3_column_int(s, 3),
                                       .n_peers = (uint8_t)sqlite3_column_int(s, 4),
                                       .reported_mwh = sqlite3_column_int64(s, 5),
                                       .expected_mwh = sqlite3_column_int64(s, 6),
                                       .log10_milli = sqlite3_column_int64(s, 7)};
        each(context, &block);
    }
    const int result = step == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_block_last_day(struct db *db, int32_t *day)
{
    sqlite3_stmt *s = db_statement(db, DB_BLOCK_LAST_DAY);
    const int step = sqlite3_step(s);
    if (step == SQLITE_ROW) {
        *day = sqlite3_column_type(s, 0) == SQLITE_NULL ? INT32_MIN : sqlite3_column_int(s, 0);
    }
    const int result = step == SQLITE_ROW ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_past_list(struct db *db, void (*each)(void *context, const struct db_past *past),
                 void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_PAST_LIST);
    int step = sqlite3_step(s);
    for (; step == SQLITE_ROW; step = sqlite3_step(s)) {
        const struct db_past past = {.place = sqlite3_column_int64(s, 0),
                                     .is_decision = sqlite3_column_int(s, 1) != 0,
                                     .device = sqlite3_column_int64(s, 2),
                                     .key = sqlite3_column_int64(s, 3),
                                     .unix_ms = sqlite3_column_int64(s, 4),
                                     .received_unix_ms = sqlite3_column_int64(s, 5),
                                     .time_known = sqlite3_column_int(s, 6) != 0,
                                     .form = sqlite3_column_int(s, 7),
                                     .power_mw = sqlite3_column_int64(s, 8),
                                     .energy_mwh = sqlite3_column_int64(s, 9),
                                     .banned = sqlite3_column_int(s, 10) != 0,
                                     .has_production = sqlite3_column_type(s, 8) != SQLITE_NULL,
                                     .has_consumption = sqlite3_column_type(s, 11) != SQLITE_NULL,
                                     .consumption_mwh = sqlite3_column_int64(s, 11),
                                     .has_grid = sqlite3_column_type(s, 12) != SQLITE_NULL &&
                                                 sqlite3_column_type(s, 13) != SQLITE_NULL,
                                     .import_mwh = sqlite3_column_int64(s, 12),
                                     .export_mwh = sqlite3_column_int64(s, 13)};
        each(context, &past);
    }
    const int result = step == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_barred_list(struct db *db, void (*each)(void *context, const char *id), void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_BARRED_LIST);
    int step = sqlite3_step(s);
    for (; step == SQLITE_ROW; step = sqlite3_step(s)) {
        each(context, text_of(s, 0));
    }
    const int result = step == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}
