/* SPDX-License-Identifier: MIT
 * The weather that readings were compared with, in the order in which it was taken; kept for ever,
 * with the digest of the answer that said so.
 */
#ifndef DB_WEATHER_H
#define DB_WEATHER_H

#include "db/db.h"
#include "weather/cells.h"

enum { DB_ANSWER_DIGEST_LEN = 32 };

struct db_weather {
    int64_t row;
    struct weather_taken taken;
    int64_t taken_unix_ms;
    int64_t after_reading; /* row of the last reading that was stored before it */
    uint8_t answer_sha256[DB_ANSWER_DIGEST_LEN];
};
/* `row` and `after_reading` are set by the database. */
int db_weather_add(struct db *db, const struct db_weather *weather) MUST_USE;
/* The first one after row `row`. 1, or 0 when there is none, or E_IO; without its digest. */
int db_weather_next(struct db *db, int64_t row, struct db_weather *out) MUST_USE;

#endif
