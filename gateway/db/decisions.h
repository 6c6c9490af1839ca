/* SPDX-License-Identifier: MIT
 * What was decided about devices, by the engine or by the operator, with reason and evidence, and
 * what days were compared with; kept for ever.
 */
#ifndef DB_DECISIONS_H
#define DB_DECISIONS_H

#include "db/db.h"

#define DB_BY_ENGINE   "engine"
#define DB_BY_OPERATOR "operator"

struct db_decision {
    int64_t device; /* row */
    int64_t unix_ms;
    const char *kind;   /* "action", "armed", "inspect", "fault", "appeal" */
    const char *action; /* what is done about the device from then on */
    const char *before;
    const char *by;
    const char *reason;   /* words */
    const char *evidence; /* a JSON object, or NULL */
};
/* A decision of the engine that is there already is not stored twice; returns 1 when it is new, 0
 * when it was there. */
int db_decision_add(struct db *db, const struct db_decision *decision) MUST_USE;
/* The newest ones first, at most `max`; returns how many. The texts live as long as the call of
 * `each`. */
int db_decision_list(struct db *db, int64_t device, int max,
                     void (*each)(void *context, const struct db_decision *decision),
                     void *context) MUST_USE;

struct db_block {
    int64_t device;
    int32_t day; /* since 1970 on the site's solar clock */
    uint8_t test;
    uint8_t block;
    uint8_t gate;
    uint8_t n_peers;
    int64_t reported_mwh;
    int64_t expected_mwh;
    int64_t log10_milli; /* of the evidence at the day's end */
};
int db_block_put(struct db *db, const struct db_block *block) MUST_USE;
/* The newest `max`, oldest first. */
int db_block_list(struct db *db, int64_t device, int max,
                  void (*each)(void *context, const struct db_block *block),
                  void *context) MUST_USE;

/* The day of the newest comparison, INT32_MIN when there is none. */
int db_block_last_day(struct db *db, int32_t *day) MUST_USE;

/* What the trust engine was told, in the order in which it came: readings, and the operator's
 * bans and unbans. */
struct db_past {
    int64_t place;    /* row of the reading, or of the one before */
    bool is_decision; /* else a reading */
    bool banned;      /* what the operator decided */
    bool time_known;
    int form;       /* enum db_reading_form */
    int64_t device; /* row */
    int64_t key;
    int64_t unix_ms;
    int64_t received_unix_ms;
    bool has_production;
    int64_t energy_mwh;
    int64_t power_mw;
    bool has_consumption;
    int64_t consumption_mwh;
    bool has_grid;
    int64_t import_mwh;
    int64_t export_mwh;
};
int db_past_list(struct db *db, void (*each)(void *context, const struct db_past *past),
                 void *context) MUST_USE;

/* The names that the broker must keep out: banned, or removed and not added again. */
int db_barred_list(struct db *db, void (*each)(void *context, const char *id),
                   void *context) MUST_USE;

#endif
