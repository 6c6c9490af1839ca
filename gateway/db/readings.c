/* SPDX-License-Identifier: MIT */
#include "db/readings.h"

#include <string.h>

#include "base/assert.h"
#include "db/statements.h"

enum { FIRST_CHANNEL_PARAMETER = 10 };

/* The four columns that curves are drawn of; the others are in the signed bytes. */
static void bind_channels(sqlite3_stmt *s, const struct telemetry_reading *reading)
{
    for (size_t i = 0; i < reading->n_channels; i++) {
        const struct telemetry_channel *c = &reading->channels[i];
        if (c->kind > TELEMETRY_GRID_EXPORT)
            continue;
        int parameter = FIRST_CHANNEL_PARAMETER + 2 * (int)c->kind;
        sqlite3_bind_int64(s, parameter, c->power_mw);
        sqlite3_bind_int64(s, parameter + 1, c->energy_mwh);
    }
}

int db_reading_add(struct db *db, const struct db_reading *r)
{
    sqlite3_stmt *s = db_statement(db, DB_READING_ADD);
    sqlite3_bind_int64(s, 1, r->device);
    sqlite3_bind_int64(s, 2, r->key);
    sqlite3_bind_int64(s, 3, r->reading->boot_epoch);
    sqlite3_bind_int64(s, 4, r->reading->sequence);
    sqlite3_bind_int64(s, 5, r->reading->unix_ms);
    sqlite3_bind_int64(s, 6, r->received_unix_ms);
    sqlite3_bind_int(s, 7, (int)r->reading->time_quality);
    sqlite3_bind_int(s, 8, (int)r->form);
    sqlite3_bind_blob(s, 9, r->bytes, (int)r->len, SQLITE_STATIC);
    bind_channels(s, r->reading);
    int result = db_run(db, s);
    return result == E_OK ? sqlite3_changes(db->handle) : result;
}

static int copy_signed(sqlite3_stmt *s, uint8_t *out, size_t cap)
{
    size_t len = (size_t)sqlite3_column_bytes(s, 0);
    if (len > cap)
        return E_NOSPACE;
    if (len > 0)
        memcpy(out, sqlite3_column_blob(s, 0), len);
    return (int)len;
}

int db_reading_get(struct db *db, int64_t key, uint32_t boot_epoch, uint32_t sequence, uint8_t *out,
                   size_t cap)
{
    sqlite3_stmt *s = db_statement(db, DB_READING_GET);
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_int64(s, 2, boot_epoch);
    sqlite3_bind_int64(s, 3, sequence);
    int step = sqlite3_step(s);
    int result = step == SQLITE_ROW    ? copy_signed(s, out, cap)
                 : step == SQLITE_DONE ? E_NOTFOUND
                                       : db_failed(db);
    sqlite3_reset(s);
    return result;
}

static int newest_of_row(sqlite3_stmt *s, struct db_newest *out)
{
    int len = copy_signed(s, out->bytes, sizeof out->bytes);
    if (len < 0)
        return len;
    out->len = (size_t)len;
    out->form = sqlite3_column_int(s, 1) == DB_FORM_COSE ? DB_FORM_COSE : DB_FORM_SEED_JSON;
    out->received_unix_ms = sqlite3_column_int64(s, 2);
    out->boot_epoch = (uint32_t)sqlite3_column_int64(s, 3);
    out->sequence = (uint32_t)sqlite3_column_int64(s, 4);
    return E_OK;
}

int db_reading_newest(struct db *db, int64_t key, struct db_newest *out)
{
    sqlite3_stmt *s = db_statement(db, DB_READING_NEWEST);
    sqlite3_bind_int64(s, 1, key);
    int step = sqlite3_step(s);
    int result = step == SQLITE_ROW    ? newest_of_row(s, out)
                 : step == SQLITE_DONE ? E_NOTFOUND
                                       : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int64_t db_reading_total(struct db *db)
{
    sqlite3_stmt *s = db_statement(db, DB_READING_TOTAL);
    int64_t result = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_curve_read(struct db *db, const struct db_curve *curve, int64_t *power_mw)
{
    ASSERT(curve->step_ms > 0 && curve->channel <= TELEMETRY_GRID_EXPORT);
    for (size_t i = 0; i < curve->n_steps; i++)
        power_mw[i] = DB_NO_POWER;
    sqlite3_stmt *s = db_statement(db, DB_CURVE);
    sqlite3_bind_int64(s, 1, curve->device);
    sqlite3_bind_int64(s, 2, curve->from_unix_ms);
    sqlite3_bind_int64(s, 3, curve->from_unix_ms + curve->step_ms * (int64_t)curve->n_steps);
    sqlite3_bind_int64(s, 4, curve->step_ms);
    sqlite3_bind_int(s, 5, (int)curve->channel);
    int step;
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t index = sqlite3_column_int64(s, 0);
        int64_t count = sqlite3_column_int64(s, 2);
        ASSERT(index >= 0 && index < (int64_t)curve->n_steps);
        if (count > 0)
            power_mw[index] = sqlite3_column_int64(s, 1) / count;
    }
    int result = step == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}
