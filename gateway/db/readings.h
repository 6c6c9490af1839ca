/* SPDX-License-Identifier: MIT
 * Readings on disk: the exact bytes that were signed, and what they say in columns.
 */
#ifndef DB_READINGS_H
#define DB_READINGS_H

#include "db/db.h"
#include "telemetry/reading.h"

enum db_reading_form { DB_FORM_COSE = 0, DB_FORM_SEED_JSON = 1 };

struct db_reading {
    int64_t device; /* row */
    int64_t key;    /* row */
    int64_t received_unix_ms;
    enum db_reading_form form;
    const uint8_t *bytes; /* as received */
    size_t len;
    const struct telemetry_reading *reading;
};

/* 1 when stored, 0 when its number is taken already, E_IO. Durable once committed. */
int db_reading_add(struct db *db, const struct db_reading *reading) MUST_USE;
/* The bytes stored under a number: the length, or E_NOTFOUND, E_NOSPACE, E_IO. */
int db_reading_get(struct db *db, int64_t key, uint32_t boot_epoch, uint32_t sequence, uint8_t *out,
                   size_t cap) MUST_USE;

struct db_newest {
    uint8_t bytes[TELEMETRY_READING_MAX_LEN];
    size_t len;
    enum db_reading_form form;
    int64_t received_unix_ms;
    uint32_t boot_epoch;
    uint32_t sequence;
};
/* The reading with the highest number of a key. E_NOTFOUND when there is none. */
int db_reading_newest(struct db *db, int64_t key, struct db_newest *out) MUST_USE;
/* How many readings are stored, or E_IO. */
int64_t db_reading_total(struct db *db) MUST_USE;

/* Mean power of a device, in steps of `step_ms` from `from_unix_ms` on. */
struct db_curve {
    int64_t device;                      /* row */
    enum telemetry_channel_kind channel; /* up to TELEMETRY_GRID_EXPORT */
    int64_t from_unix_ms;
    int64_t step_ms; /* > 0 */
    size_t n_steps;
};
/* Marks a step without readings. */
#define DB_NO_POWER INT64_MIN
int db_curve_read(struct db *db, const struct db_curve *curve, int64_t *power_mw) MUST_USE;

#endif
