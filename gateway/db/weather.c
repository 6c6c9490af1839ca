/* SPDX-License-Identifier: MIT */
#include "db/weather.h"

#include "db/statements.h"

static void bind_known(sqlite3_stmt *s, int column, int32_t value)
{
    if (value != TRUST_WEATHER_UNKNOWN) {
        sqlite3_bind_int(s, column, value);
    }
}

int db_weather_add(struct db *db, const struct db_weather *w)
{
    sqlite3_stmt *s = db_statement(db, DB_WEATHER_ADD);
    const struct trust_weather_point *p = &w->taken.point;
    sqlite3_bind_int(s, 1, w->taken.cell.latitude_ddeg);
    sqlite3_bind_int(s, 2, w->taken.cell.longitude_ddeg);
    sqlite3_bind_int(s, 3, (int)w->taken.endpoint);
    sqlite3_bind_int64(s, 4, p->end_unix_s);
    sqlite3_bind_int64(s, 5, w->taken.step_s);
    sqlite3_bind_int(s, 6, p->global_mw_m2);
    bind_known(s, 7, p->direct_normal_mw_m2);
    bind_known(s, 8, p->diffuse_mw_m2);
    bind_known(s, 9, p->air_mc);
    sqlite3_bind_int64(s, 10, w->taken_unix_ms);
    sqlite3_bind_blob(s, 11, w->answer_sha256, DB_ANSWER_DIGEST_LEN, SQLITE_STATIC);
    return db_run(db, s);
}

static int32_t known_or_not(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? TRUST_WEATHER_UNKNOWN
                                                         : sqlite3_column_int(s, column);
}

static struct db_weather of_row(sqlite3_stmt *s)
{
    return (struct db_weather){
        .row = sqlite3_column_int64(s, 0),
        .taken = {.cell = {sqlite3_column_int(s, 1), sqlite3_column_int(s, 2)},
                  .endpoint = sqlite3_column_int(s, 3) == 0 ? TRUST_WEATHER_FORECAST
                                                            : TRUST_WEATHER_SATELLITE,
                  .step_s = (uint32_t)sqlite3_column_int64(s, 5),
                  .point = {.end_unix_s = sqlite3_column_int64(s, 4),
                            .global_mw_m2 = sqlite3_column_int(s, 6),
                            .direct_normal_mw_m2 = known_or_not(s, 7),
                            .diffuse_mw_m2 = known_or_not(s, 8),
                            .air_mc = known_or_not(s, 9)}},
        .taken_unix_ms = sqlite3_column_int64(s, 10),
        .after_reading = sqlite3_column_int64(s, 11)};
}

int db_weather_next(struct db *db, int64_t row, struct db_weather *out)
{
    sqlite3_stmt *s = db_statement(db, DB_WEATHER_NEXT);
    sqlite3_bind_int64(s, 1, row);
    const int step = sqlite3_step(s);
    if (step == SQLITE_ROW) {
        *out = of_row(s);
    }
    const int result = step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : db_failed(db);
    sqlite3_reset(s);
    return result;
}
