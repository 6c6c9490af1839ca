/* SPDX-License-Identifier: MIT */
#include "db/devices.h"

#include <stdlib.h>
#include <string.h>

#include "db/statements.h"

static void bind_place(sqlite3_stmt *s, int first, const struct weather_place *place)
{
    if (place->known) {
        sqlite3_bind_int(s, first, place->latitude_udeg);
        sqlite3_bind_int(s, first + 1, place->longitude_udeg);
    }
    if (place->known && place->has_plane) {
        sqlite3_bind_int(s, first + 2, place->tilt_mdeg);
        sqlite3_bind_int(s, first + 3, place->azimuth_mdeg);
    }
}

int64_t db_device_add(struct db *db, const struct fleet_device *device, int64_t unix_ms)
{
    sqlite3_stmt *s = db_statement(db, DB_DEVICE_ADD);
    sqlite3_bind_text(s, 1, device->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, device->peak_power_w);
    sqlite3_bind_int64(s, 3, unix_ms);
    bind_place(s, 4, &device->place);
    int step = sqlite3_step(s);
    sqlite3_reset(s);
    if (step == SQLITE_CONSTRAINT)
        return E_STATE;
    return step == SQLITE_DONE ? sqlite3_last_insert_rowid(db->handle) : db_failed(db);
}

int db_device_remove(struct db *db, int64_t row, int64_t unix_ms)
{
    sqlite3_stmt *s = db_statement(db, DB_DEVICE_REMOVE);
    sqlite3_bind_int64(s, 1, row);
    sqlite3_bind_int64(s, 2, unix_ms);
    return db_run(db, s);
}

int db_device_ban(struct db *db, int64_t row, bool banned)
{
    sqlite3_stmt *s = db_statement(db, DB_DEVICE_BAN);
    sqlite3_bind_int64(s, 1, row);
    sqlite3_bind_int(s, 2, banned);
    return db_run(db, s);
}

int db_device_count(struct db *db, int64_t row, uint64_t stored, uint64_t refused)
{
    sqlite3_stmt *s = db_statement(db, DB_DEVICE_COUNT);
    sqlite3_bind_int64(s, 1, row);
    sqlite3_bind_int64(s, 2, (int64_t)stored);
    sqlite3_bind_int64(s, 3, (int64_t)refused);
    return db_run(db, s);
}

static struct weather_place place_of_row(sqlite3_stmt *s, int first)
{
    return (struct weather_place){.known = sqlite3_column_type(s, first) != SQLITE_NULL,
                                  .latitude_udeg = sqlite3_column_int(s, first),
                                  .longitude_udeg = sqlite3_column_int(s, first + 1),
                                  .has_plane = sqlite3_column_type(s, first + 2) != SQLITE_NULL,
                                  .tilt_mdeg = sqlite3_column_int(s, first + 2),
                                  .azimuth_mdeg = sqlite3_column_int(s, first + 3)};
}

static struct fleet_device device_of_row(sqlite3_stmt *s)
{
    struct fleet_device device = {.row = sqlite3_column_int64(s, 0),
                                  .peak_power_w = (uint32_t)sqlite3_column_int64(s, 2),
                                  .banned = sqlite3_column_int(s, 3) != 0,
                                  .stored = (uint64_t)sqlite3_column_int64(s, 4),
                                  .refused = (uint64_t)sqlite3_column_int64(s, 5),
                                  .not_after_unix_ms = sqlite3_column_int64(s, 9),
                                  .place = place_of_row(s, 10)};
    char key[sizeof device.public_key + 1];
    db_column_copy(s, 1, device.id, sizeof device.id);
    db_column_copy(s, 8, device.serial, sizeof device.serial);
    if (db_column_copy(s, 7, key, sizeof key) == sizeof device.public_key) {
        device.key = sqlite3_column_int64(s, 6);
        memcpy(device.public_key, key, sizeof device.public_key);
    }
    return device;
}

int db_device_list(struct db *db, int (*each)(void *context, const struct fleet_device *device),
                   void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_DEVICE_LIST);
    int result = E_OK;
    int step = SQLITE_DONE;
    while (result == E_OK && (step = sqlite3_step(s)) == SQLITE_ROW) {
        struct fleet_device device = device_of_row(s);
        result = each(context, &device);
    }
    if (result == E_OK && step != SQLITE_DONE)
        result = db_failed(db);
    sqlite3_reset(s);
    return result;
}

static int push_row(struct db_rows *rows, size_t *cap, int64_t row)
{
    if (rows->n == *cap) {
        const size_t more = *cap ? *cap * 2 : 16;
        int64_t *list = realloc(rows->list, more * sizeof list[0]);
        if (!list) {
            return E_NOSPACE;
        }
        rows->list = list;
        *cap = more;
    }
    rows->list[rows->n++] = row;
    return E_OK;
}

int db_device_rows(struct db *db, int64_t row, const char *without, struct db_rows *out)
{
    size_t cap = 0;
    struct db_rows rows = {.list = NULL};
    sqlite3_stmt *s = db_statement(db, DB_DEVICE_ROWS);
    sqlite3_bind_int64(s, 1, row);
    sqlite3_bind_text(s, 2, without, -1, SQLITE_STATIC);
    int result = E_OK;
    int step = SQLITE_DONE;
    while (result == E_OK && (step = sqlite3_step(s)) == SQLITE_ROW) {
        result = push_row(&rows, &cap, sqlite3_column_int64(s, 0));
    }
    if (result == E_OK && step != SQLITE_DONE) {
        result = db_failed(db);
    }
    sqlite3_reset(s);
    if (result != E_OK) {
        free(rows.list);
        return result;
    }
    *out = rows;
    return E_OK;
}

int db_token_put(struct db *db, int64_t row, const uint8_t digest[DB_TOKEN_DIGEST_LEN],
                 int64_t expires_unix_ms)
{
    sqlite3_stmt *s = db_statement(db, DB_TOKEN_PUT);
    sqlite3_bind_int64(s, 1, row);
    sqlite3_bind_blob(s, 2, digest, DB_TOKEN_DIGEST_LEN, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, expires_unix_ms);
    return db_run(db, s);
}

static int token_of_row(sqlite3_stmt *s, struct db_token *out)
{
    if (sqlite3_column_bytes(s, 0) != DB_TOKEN_DIGEST_LEN)
        return E_CORRUPT;
    memcpy(out->digest, sqlite3_column_blob(s, 0), DB_TOKEN_DIGEST_LEN);
    out->expires_unix_ms = sqlite3_column_int64(s, 1);
    out->used = sqlite3_column_type(s, 2) != SQLITE_NULL;
    return E_OK;
}

int db_token_get(struct db *db, int64_t row, struct db_token *out)
{
    sqlite3_stmt *s = db_statement(db, DB_TOKEN_GET);
    sqlite3_bind_int64(s, 1, row);
    int result = E_NOTFOUND;
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW)
        result = token_of_row(s, out);
    else if (step != SQLITE_DONE)
        result = db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_token_use(struct db *db, int64_t row, int64_t unix_ms)
{
    sqlite3_stmt *s = db_statement(db, DB_TOKEN_USE);
    sqlite3_bind_int64(s, 1, row);
    sqlite3_bind_int64(s, 2, unix_ms);
    return db_run(db, s);
}

int64_t db_key_add(struct db *db, int64_t device_row, const uint8_t public_key[65], int64_t unix_ms)
{
    sqlite3_stmt *s = db_statement(db, DB_KEY_ADD);
    sqlite3_bind_int64(s, 1, device_row);
    sqlite3_bind_blob(s, 2, public_key, 65, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, unix_ms);
    int result = db_run(db, s);
    return result == E_OK ? sqlite3_last_insert_rowid(db->handle) : result;
}

int db_certificate_add(struct db *db, int64_t key, const struct db_certificate *certificate,
                       int64_t unix_ms)
{
    sqlite3_stmt *s = db_statement(db, DB_CERTIFICATE_ADD);
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_text(s, 2, certificate->serial, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, certificate->not_after_unix_ms);
    sqlite3_bind_int64(s, 4, unix_ms);
    sqlite3_bind_blob(s, 5, certificate->der, (int)certificate->der_len, SQLITE_STATIC);
    return db_run(db, s);
}
