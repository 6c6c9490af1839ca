/* SPDX-License-Identifier: MIT
 * Charging sessions on disk: the signed pieces as they came, and what a list shows of each session.
 */
#ifndef DB_SESSIONS_H
#define DB_SESSIONS_H

#include "db/db.h"
#include "telemetry/session.h"

enum { DB_SESSIONS_KEPT = 200 /* of a device; older ones make room */ };

/* The stored piece of this name: its length, E_NOTFOUND, E_NOSPACE, E_IO. */
int db_session_piece_get(struct db *db, int64_t key, uint32_t boot_epoch, uint32_t sequence,
                         uint8_t *out, size_t cap) MUST_USE;

struct db_session_piece {
    int64_t device; /* row */
    int64_t key;    /* row */
    const struct telemetry_session_piece *piece;
    const uint8_t *bytes; /* the message */
    size_t len;
};
/* Inside a transaction. E_OK, E_STATE when the place in its session is taken by another piece,
 * E_IO. */
int db_session_piece_add(struct db *db, const struct db_session_piece *piece) MUST_USE;

/* How many sessions of the device are kept; negative on failure. */
int64_t db_session_count(struct db *db, int64_t device) MUST_USE;

struct db_session {
    int64_t session;
    int plug;
    int64_t start_unix_ms, duration_ms;
    const char *protocol, *energy; /* NULL: not known; texts live as long as the call of `each` */
    const uint8_t *car;            /* EVCCID */
    size_t car_len;
    int64_t energy_mwh, peak_mw;
    int soc_first_pct, soc_last_pct; /* -1: not known */
    const char *ended, *fault;       /* NULL: not */
    bool complete;                   /* all pieces are here */
};
/* The newest first, at most `max`; with a `session` that one alone. How many; negative on failure.
 */
int db_session_list(struct db *db, int64_t device, int64_t session, int max,
                    void (*each)(void *context, const struct db_session *session),
                    void *context) MUST_USE;
/* The pieces of a session, in their order. */
int db_session_pieces(struct db *db, int64_t session,
                      void (*each)(void *context, const uint8_t *bytes, size_t len),
                      void *context) MUST_USE;

#endif
