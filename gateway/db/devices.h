/* SPDX-License-Identifier: MIT
 * Devices, their claim tokens, keys and certificates on disk.
 */
#ifndef DB_DEVICES_H
#define DB_DEVICES_H

#include "db/db.h"
#include "site/fleet.h"

enum { DB_TOKEN_DIGEST_LEN = 32 };

/* Returns the new row, or E_STATE when the id is taken, E_IO. */
int64_t db_device_add(struct db *db, const struct fleet_device *device, int64_t unix_ms) MUST_USE;
int db_device_remove(struct db *db, int64_t row, int64_t unix_ms) MUST_USE;
int db_device_ban(struct db *db, int64_t row, bool banned) MUST_USE;
/* Adds to the device's counters. */
int db_device_count(struct db *db, int64_t row, uint64_t stored, uint64_t refused) MUST_USE;
/* Calls `each` for every device that was not removed, as the database knows it (no readings). */
int db_device_list(struct db *db, int (*each)(void *context, const struct fleet_device *device),
                   void *context) MUST_USE;

struct db_rows {
    int64_t *list; /* from malloc, the caller's to free */
    size_t n;
};
/* The row `row` if there is one, or with 0 those of all devices there ever were but those called
 * `without`. */
int db_device_rows(struct db *db, int64_t row, const char *without, struct db_rows *out) MUST_USE;

/* A device has at most one claim token; a new one replaces it. */
int db_token_put(struct db *db, int64_t row, const uint8_t digest[DB_TOKEN_DIGEST_LEN],
                 int64_t expires_unix_ms) MUST_USE;
struct db_token {
    uint8_t digest[DB_TOKEN_DIGEST_LEN];
    int64_t expires_unix_ms;
    bool used;
};
int db_token_get(struct db *db, int64_t row, struct db_token *out) MUST_USE;
int db_token_use(struct db *db, int64_t row, int64_t unix_ms) MUST_USE;

/* Returns the new key's row, or E_IO. */
int64_t db_key_add(struct db *db, int64_t device_row, const uint8_t public_key[65],
                   int64_t unix_ms) MUST_USE;
struct db_certificate {
    const char *serial; /* hexadecimal */
    int64_t not_after_unix_ms;
    const uint8_t *der;
    size_t der_len;
};
int db_certificate_add(struct db *db, int64_t key, const struct db_certificate *certificate,
                       int64_t unix_ms) MUST_USE;

#endif
