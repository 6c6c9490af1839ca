/* SPDX-License-Identifier: MIT
 * A gateway's history in memory, to be judged again: readings, weather, devices and the operator's
 * word are copied, what the engine decided is kept aside to be compared with. The file is only
 * read; a gateway may be at work on it.
 */
#ifndef DB_HISTORY_H
#define DB_HISTORY_H

#include "db/db.h"

/* NULL with a sentence in `why`. */
struct db *db_history_open(const char *path, char *why, size_t cap);

/* A theft that is added: what a device's meter counted after a time grows by a factor. E_NOTFOUND
 * when there is no such device. */
int db_history_inject(struct db *db, const char *device, int64_t factor_ppm,
                      int64_t from_unix_ms) MUST_USE;

struct db_history_decision {
    const char *device;
    int64_t unix_ms;
    const char *kind;
    const char *action;
    const char *reason;
    const char *evidence; /* a JSON object, or NULL */
};
/* What the engine has decided since, in order; the texts live as long as the call. */
int db_history_decisions(struct db *db,
                         void (*each)(void *context, const struct db_history_decision *decision),
                         void *context) MUST_USE;

/* How what was decided again differs from what had been stored. */
struct db_history_difference {
    int64_t stored;
    int64_t again;
    int64_t missing; /* stored and not decided again */
    int64_t added;   /* decided now and not stored */
};
/* When the last of what had been stored was decided; 0 when nothing was. */
int db_history_until(struct db *db, int64_t *unix_ms) MUST_USE;
int db_history_compare(struct db *db, struct db_history_difference *difference) MUST_USE;

#endif
