/* SPDX-License-Identifier: MIT
 * The records of a charger's sessions on their way to the gateway: rows are gathered into pieces
 * (telemetry/session.h), a piece is signed, appended to an outbox in flash and sent until the
 * gateway says that it is on disk. Several plugs, one queue.
 *
 * What does not fit is lost and counted: rows beyond TELEMETRY_PIECES_MAX pieces of a session, and
 * pieces while the outbox is full. Charging never waits for any of this.
 */
#ifndef APP_SESSION_LOG_H
#define APP_SESSION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/site_time.h"
#include "base/err.h"
#include "store/outbox.h"
#include "telemetry/ack.h"
#include "telemetry/session.h"

enum {
    SESSION_LOG_PLUGS_MAX = 4,
    SESSION_LOG_WINDOW = 8,     /* pieces sent and not acknowledged */
    SESSION_LOG_HOLD_MS = 4000, /* how long a row waits for others */
    SESSION_LOG_EVENTS_MAX = 8
};

struct session_log_config {
    const char *device_id;   /* outlives the log */
    uint32_t boot_epoch;     /* the device's, as in its readings */
    uint32_t ack_timeout_ms; /* > 0; a piece that is not acknowledged in this time is sent again */
    struct telemetry_signer signer;
    struct outbox *outbox; /* mounted; for pieces alone; lent for the log's life */
};

struct session_log_counts {
    uint32_t n_pieces;  /* appended */
    uint32_t n_stored;  /* of any run, acknowledged in this one */
    uint32_t n_refused; /* for good */
    uint32_t n_lost;    /* rows that found no room, pieces that could not be signed or kept */
};

struct session_log_plug {
    bool open;
    uint32_t session;
    uint16_t piece;
    uint64_t start_ms;
    int64_t start_unix_ms;
    enum telemetry_time_quality time_quality;
    uint16_t n_rows;
    uint64_t due_ms; /* when the rows that wait go out */
    uint32_t t_ms;   /* of the newest */
    size_t rows_len;
    uint8_t rows[TELEMETRY_ROWS_MAX_LEN];
};

struct session_log_flight {
    bool in_use;
    struct outbox_cursor cursor;
    uint32_t boot_epoch, sequence;
    uint64_t resend_at_ms;
};

struct session_log {
    struct session_log_config config; /* all private */
    struct session_log_plug plugs[SESSION_LOG_PLUGS_MAX];
    struct session_log_flight flights[SESSION_LOG_WINDOW];
    struct session_log_counts counts;
    uint32_t sequence, session; /* the last ones given */
    uint64_t now_ms;
    bool link_is_up;
    bool all_sent;                                          /* until something changes */
    enum telemetry_verdict refused[SESSION_LOG_EVENTS_MAX]; /* not yet told */
    uint8_t n_refused;
    uint8_t record[OUTBOX_RECORD_MAX_LEN]; /* scratch */
};

/* Times never go back. */
void session_log_init(struct session_log *l, const struct session_log_config *config);

/* `plug` from 0. A session that is open there ends without a last row. */
void session_log_begin(struct session_log *l, unsigned plug, const struct site_time *time);
/* The row's t_ms is filled in; without a session nothing happens. A fault goes out at once. */
void session_log_add(struct session_log *l, unsigned plug, uint64_t now_ms,
                     const struct telemetry_session_row *row);
/* The last piece of a session goes out. */
void session_log_end(struct session_log *l, unsigned plug, uint64_t now_ms);
static inline bool session_log_is_open(const struct session_log *l, unsigned plug)
{
    return plug < SESSION_LOG_PLUGS_MAX && l->plugs[plug].open;
}

/* Call at the deadline. */
void session_log_tick(struct session_log *l, uint64_t now_ms);
uint64_t session_log_deadline(const struct session_log *l);
/* The connection to the gateway came or went; what was sent before is sent again. */
void session_log_set_link(struct session_log *l, uint64_t now_ms, bool is_up);
/* The next piece to publish: its length, 0 when there is none now; an error of the outbox. */
int session_log_output(struct session_log *l, uint64_t now_ms, uint8_t *out, size_t cap) MUST_USE;
/* An acknowledgement (telemetry/ack.h, of sequences of pieces). */
int session_log_input(struct session_log *l, uint64_t now_ms, const uint8_t *ack, size_t len);
/* True while there is a refusal to tell. */
bool session_log_refusal(struct session_log *l, enum telemetry_verdict *verdict);
struct session_log_counts session_log_counts(const struct session_log *l);

#endif
