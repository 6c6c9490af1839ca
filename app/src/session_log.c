/* SPDX-License-Identifier: MIT
 * Records of sessions.
 */
#include "app/session_log.h"

#include <string.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "runtime/timer.h"

enum { HEAD_LEN = 8 };
_Static_assert(HEAD_LEN + TELEMETRY_PIECE_MAX_LEN <= OUTBOX_RECORD_MAX_LEN, "a piece fits");
_Static_assert((int)SESSION_LOG_WINDOW <= (int)OUTBOX_WINDOW, "dropped in any order");

void session_log_init(struct session_log *l, const struct session_log_config *config)
{
    ASSERT(config->outbox != NULL && config->boot_epoch >= 1 && config->ack_timeout_ms > 0);
    memset(l, 0, sizeof *l);
    l->config = *config;
}

static void advance(struct session_log *l, uint64_t now_ms)
{
    ASSERT(now_ms >= l->now_ms);
    l->now_ms = now_ms;
}

/* ---- pieces ---- */

/* Signs what was gathered and appends it to the outbox, behind its name. */
static int keep(struct session_log *l, const struct session_log_plug *p, unsigned plug,
                bool is_last)
{
    const struct telemetry_session_piece piece = {.device_id = l->config.device_id,
                                                  .device_id_len = strlen(l->config.device_id),
                                                  .boot_epoch = l->config.boot_epoch,
                                                  .sequence = l->sequence + 1,
                                                  .session = p->session,
                                                  .piece = p->piece,
                                                  .is_last = is_last,
                                                  .plug = (uint8_t)(plug + 1),
                                                  .start_unix_ms = p->start_unix_ms,
                                                  .time_quality = p->time_quality,
                                                  .rows = p->rows,
                                                  .rows_len = p->rows_len,
                                                  .n_rows = p->n_rows};
    struct wbuf w = wbuf_of(l->record, HEAD_LEN);
    wbuf_le32(&w, piece.boot_epoch);
    wbuf_le32(&w, piece.sequence);
    const int len = telemetry_session_sign(&piece, &l->config.signer, l->record + HEAD_LEN,
                                           sizeof l->record - HEAD_LEN);
    return len < 0 ? len : outbox_append(l->config.outbox, l->record, HEAD_LEN + (size_t)len);
}

/* A number is used up once its piece may be on flash. */
static void close_piece(struct session_log *l, unsigned plug, bool is_last)
{
    struct session_log_plug *p = &l->plugs[plug];
    ASSERT(p->n_rows > 0 && p->piece < TELEMETRY_PIECES_MAX);
    if (keep(l, p, plug, is_last) == E_OK) {
        l->counts.n_pieces++;
    } else {
        l->counts.n_lost++;
    }
    l->sequence++;
    l->all_sent = false;
    p->piece++;
    p->n_rows = 0;
    p->rows_len = 0;
}

void session_log_begin(struct session_log *l, unsigned plug, const struct site_time *time)
{
    ASSERT(plug < SESSION_LOG_PLUGS_MAX);
    session_log_end(l, plug, time->now_ms);
    struct session_log_plug *p = &l->plugs[plug];
    memset(p, 0, sizeof *p);
    p->open = true;
    p->session = ++l->session;
    p->start_ms = time->now_ms;
    p->start_unix_ms = time->quality == TELEMETRY_TIME_UNKNOWN ? 0 : time->unix_ms;
    p->time_quality = time->quality;
}

static int put(struct session_log_plug *p, const struct telemetry_session_row *row)
{
    struct wbuf rows = wbuf_of(p->rows + p->rows_len, sizeof p->rows - p->rows_len);
    const int result = telemetry_session_put_row(&rows, row);
    if (result == E_OK) {
        p->rows_len += wbuf_len(&rows);
        p->n_rows++;
    }
    return result;
}

void session_log_add(struct session_log *l, unsigned plug, uint64_t now_ms,
                     const struct telemetry_session_row *row)
{
    ASSERT(plug < SESSION_LOG_PLUGS_MAX);
    struct session_log_plug *p = &l->plugs[plug];
    struct telemetry_session_row dated = *row;
    advance(l, now_ms);
    if (!p->open) {
        return;
    }
    const uint64_t t_ms = now_ms - p->start_ms;
    dated.t_ms = t_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)t_ms;
    /* the last piece is kept for what a session ends with */
    const bool is_urgent = row->kind == TELEMETRY_ROW_FAULT || row->kind == TELEMETRY_ROW_END;
    if (p->piece >= TELEMETRY_PIECES_MAX - (is_urgent ? 0 : 1)) {
        l->counts.n_lost++;
        return;
    }
    int result = put(p, &dated);
    if (result == E_NOSPACE && p->piece + 1 < TELEMETRY_PIECES_MAX) {
        close_piece(l, plug, false);
        result = put(p, &dated);
    }
    if (result != E_OK) {
        l->counts.n_lost++;
        return;
    }
    if (row->kind == TELEMETRY_ROW_FAULT) {
        p->due_ms = now_ms;
    } else if (p->n_rows == 1) {
        p->due_ms = now_ms + SESSION_LOG_HOLD_MS;
    }
}

void session_log_end(struct session_log *l, unsigned plug, uint64_t now_ms)
{
    ASSERT(plug < SESSION_LOG_PLUGS_MAX);
    struct session_log_plug *p = &l->plugs[plug];
    advance(l, now_ms);
    if (p->open && p->n_rows > 0) {
        close_piece(l, plug, true);
    }
    p->open = false;
}

/* When the rows that wait go out; those of the last piece wait for the end. */
static uint64_t due_ms(const struct session_log_plug *p)
{
    const bool waits = p->open && p->n_rows > 0 && p->piece + 1 < TELEMETRY_PIECES_MAX;
    return waits ? p->due_ms : NEVER_MS;
}

void session_log_tick(struct session_log *l, uint64_t now_ms)
{
    advance(l, now_ms);
    for (unsigned i = 0; i < SESSION_LOG_PLUGS_MAX; i++) {
        if (now_ms >= due_ms(&l->plugs[i])) {
            close_piece(l, i, false);
        }
    }
    for (size_t i = 0; i < SESSION_LOG_WINDOW; i++) {
        if (l->flights[i].in_use && l->flights[i].resend_at_ms <= now_ms) {
            l->all_sent = false;
        }
    }
}

uint64_t session_log_deadline(const struct session_log *l)
{
    uint64_t at_ms = NEVER_MS;
    for (unsigned i = 0; i < SESSION_LOG_PLUGS_MAX; i++) {
        const uint64_t plug_ms = due_ms(&l->plugs[i]);
        at_ms = plug_ms < at_ms ? plug_ms : at_ms;
    }
    for (size_t i = 0; i < SESSION_LOG_WINDOW; i++) {
        const struct session_log_flight *flight = &l->flights[i];
        if (flight->in_use && flight->resend_at_ms > l->now_ms && flight->resend_at_ms < at_ms) {
            at_ms = flight->resend_at_ms;
        }
    }
    return at_ms;
}

/* ---- the way to the gateway ---- */

void session_log_set_link(struct session_log *l, uint64_t now_ms, bool is_up)
{
    advance(l, now_ms);
    l->link_is_up = is_up;
    l->all_sent = false;
    memset(l->flights, 0, sizeof l->flights);
}

static struct session_log_flight *find_flight(struct session_log *l, uint32_t boot_epoch,
                                              uint32_t sequence)
{
    for (size_t i = 0; i < SESSION_LOG_WINDOW; i++) {
        struct session_log_flight *flight = &l->flights[i];
        if (flight->in_use && flight->boot_epoch == boot_epoch && flight->sequence == sequence) {
            return flight;
        }
    }
    return NULL;
}

/* Whether the piece goes out now, and the note that it did. */
static bool launch(struct session_log *l, const struct outbox_cursor *cursor, uint32_t boot_epoch,
                   uint32_t sequence)
{
    struct session_log_flight *flight = find_flight(l, boot_epoch, sequence);
    if (flight != NULL && flight->resend_at_ms > l->now_ms) {
        return false;
    }
    for (size_t i = 0; flight == NULL && i < SESSION_LOG_WINDOW; i++) {
        flight = l->flights[i].in_use ? NULL : &l->flights[i];
    }
    if (flight == NULL) {
        return false;
    }
    *flight = (struct session_log_flight){.in_use = true,
                                          .cursor = *cursor,
                                          .boot_epoch = boot_epoch,
                                          .sequence = sequence,
                                          .resend_at_ms = l->now_ms + l->config.ack_timeout_ms};
    return true;
}

int session_log_output(struct session_log *l, uint64_t now_ms, uint8_t *out, size_t cap)
{
    struct outbox_cursor cursor = OUTBOX_START;
    advance(l, now_ms);
    if (!l->link_is_up || l->all_sent) {
        return 0;
    }
    l->all_sent = true;
    for (size_t i = 0; i < SESSION_LOG_WINDOW; i++) {
        const int len = outbox_next(l->config.outbox, &cursor, l->record, sizeof l->record);
        if (len == E_NOTFOUND) {
            break;
        }
        if (len < 0) {
            return len;
        }
        struct rbuf r = rbuf_of(l->record, (size_t)len);
        const uint32_t boot_epoch = rbuf_le32(&r);
        const uint32_t sequence = rbuf_le32(&r);
        const size_t message_len = rbuf_left(&r);
        if (!rbuf_ok(&r) || message_len == 0 || message_len > cap) {
            l->counts.n_lost++; /* not one of ours: it cannot be sent */
            if (outbox_drop(l->config.outbox, &cursor) != E_OK) {
                return E_IO;
            }
        } else if (launch(l, &cursor, boot_epoch, sequence)) {
            l->all_sent = false;
            memcpy(out, l->record + HEAD_LEN, message_len);
            return (int)message_len;
        }
    }
    return 0;
}

static void on_verdict(struct session_log *l, struct session_log_flight *flight,
                       enum telemetry_verdict verdict)
{
    if (outbox_drop(l->config.outbox, &flight->cursor) != E_OK) {
        return; /* still there: it is sent again, and acknowledged again */
    }
    flight->in_use = false;
    l->all_sent = false;
    if (verdict == TELEMETRY_STORED) {
        l->counts.n_stored++;
        return;
    }
    l->counts.n_refused++;
    if (l->n_refused < SESSION_LOG_EVENTS_MAX) {
        l->refused[l->n_refused++] = verdict;
    }
}

int session_log_input(struct session_log *l, uint64_t now_ms, const uint8_t *ack, size_t len)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    advance(l, now_ms);
    const int n = telemetry_ack_decode(ack, len, ranges);
    for (int r = 0; r < n; r++) {
        for (size_t i = 0; i < SESSION_LOG_WINDOW; i++) {
            struct session_log_flight *flight = &l->flights[i];
            if (flight->in_use && flight->boot_epoch == ranges[r].boot_epoch &&
                flight->sequence >= ranges[r].first_sequence &&
                flight->sequence <= ranges[r].last_sequence) {
                on_verdict(l, flight, ranges[r].verdict);
            }
        }
    }
    return n < 0 ? n : E_OK;
}

bool session_log_refusal(struct session_log *l, enum telemetry_verdict *verdict)
{
    if (l->n_refused == 0) {
        return false;
    }
    *verdict = l->refused[--l->n_refused];
    return true;
}

struct session_log_counts session_log_counts(const struct session_log *l)
{
    return l->counts;
}
