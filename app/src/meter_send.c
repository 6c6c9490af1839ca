/* SPDX-License-Identifier: MIT
 * The meter: sending what the outbox holds, and dropping what the gateway has.
 *
 * Only the oldest `window` records can be in flight, so looking for the next one to send, or to
 * send again, never reads more than that many.
 */
#include <string.h>

#include "app/trace_ids.h"
#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "meter_counters.h"
#include "meter_record.h"
#include "runtime/timer.h"

enum { RESEND_DOUBLINGS_MAX = 5, REACH = OUTBOX_WINDOW / 2 };
_Static_assert((int)METER_WINDOW_MAX <= (int)REACH, "a full window can be dropped in any order");

void meter_record_head(uint8_t *record, const struct telemetry_reading *reading, uint32_t ordinal)
{
    struct wbuf w = wbuf_of(record, METER_RECORD_HEAD_LEN);
    wbuf_le32(&w, reading->boot_epoch);
    wbuf_le32(&w, reading->sequence);
    wbuf_le32(&w, ordinal);
    ASSERT(wbuf_len(&w) == METER_RECORD_HEAD_LEN);
}

struct meter_record meter_record_read(const uint8_t *record, size_t len)
{
    struct meter_record read = {0};
    if (len > METER_RECORD_HEAD_LEN) {
        struct rbuf r = rbuf_of(record, len);
        read.boot_epoch = rbuf_le32(&r);
        read.sequence = rbuf_le32(&r);
        read.ordinal = rbuf_le32(&r);
        read.message_len = rbuf_left(&r);
        read.message = rbuf_take(&r, read.message_len);
    }
    return read;
}

bool meter_record_is_newer(const struct meter_record *record, uint32_t boot_epoch,
                           uint32_t sequence)
{
    return record->boot_epoch > boot_epoch ||
           (record->boot_epoch == boot_epoch && record->sequence > sequence);
}

static bool is_due(const struct meter *m, const struct meter_flight *flight)
{
    return flight->resend_at_ms <= m->time.now_ms;
}

void meter_send_tick(struct meter *m)
{
    for (size_t i = 0; i < m->config.window; i++) {
        if (m->flights[i].in_use && is_due(m, &m->flights[i])) {
            m->all_sent = false;
        }
    }
}

/* The next time something has to be sent again. What is due already waits for the link's owner to
 * take it, not for time. */
uint64_t meter_send_deadline(const struct meter *m)
{
    uint64_t at_ms = NEVER_MS;
    for (size_t i = 0; i < m->config.window; i++) {
        const struct meter_flight *flight = &m->flights[i];
        if (flight->in_use && !is_due(m, flight) && flight->resend_at_ms < at_ms) {
            at_ms = flight->resend_at_ms;
        }
    }
    return at_ms;
}

void meter_set_link(struct meter *m, uint64_t now_ms, bool is_up)
{
    meter_advance(m, now_ms);
    m->link_is_up = is_up;
    m->all_sent = false;
    memset(m->flights, 0, sizeof m->flights);
    trace(&m->config.trace, now_ms, APP_TRACE_METER_LINK, is_up, outbox_count(m->config.outbox));
}

static struct meter_flight *find_flight(struct meter *m, const struct meter_record *record)
{
    for (size_t i = 0; i < m->config.window; i++) {
        struct meter_flight *flight = &m->flights[i];
        if (flight->in_use && flight->boot_epoch == record->boot_epoch &&
            flight->sequence == record->sequence) {
            return flight;
        }
    }
    return NULL;
}

static struct meter_flight *free_flight(struct meter *m)
{
    for (size_t i = 0; i < m->config.window; i++) {
        if (!m->flights[i].in_use) {
            return &m->flights[i];
        }
    }
    return NULL;
}

/* Whether the record goes out now, and the note that it did. */
static bool launch(struct meter *m, const struct outbox_cursor *cursor,
                   const struct meter_record *record)
{
    struct meter_flight *flight = find_flight(m, record);
    if (flight != NULL && !is_due(m, flight)) {
        return false;
    }
    if (flight == NULL) {
        flight = free_flight(m);
        if (flight == NULL) {
            return false;
        }
        *flight = (struct meter_flight){.cursor = *cursor,
                                        .boot_epoch = record->boot_epoch,
                                        .sequence = record->sequence,
                                        .in_use = true};
    } else {
        m->counts.n_resent++;
    }
    flight->resend_at_ms = m->time.now_ms + ((uint64_t)m->config.ack_timeout_ms << flight->n_sent);
    if (flight->n_sent < RESEND_DOUBLINGS_MAX) {
        flight->n_sent++;
    }
    m->counts.n_sent++;
    return true;
}

static void on_flash_failure(struct meter *m, int error)
{
    m->all_sent = true; /* until something changes: no busy loop over a broken flash */
    meter_note(m, &(struct meter_event){.kind = METER_FLASH_FAILED, .error = error});
}

/* Not one of ours: whoever wrote it, it cannot be sent. The queue goes on behind it. */
static void drop_foreign(struct meter *m, const struct outbox_cursor *cursor)
{
    const int error = outbox_drop(m->config.outbox, cursor);
    if (error != E_OK) {
        on_flash_failure(m, error);
    }
}

/* The next record within reach: its length; E_NOTFOUND when there is none to look at. */
static int next_record(struct meter *m, struct outbox_cursor *cursor, struct meter_record *record)
{
    const int len = outbox_next(m->config.outbox, cursor, m->record, sizeof m->record);
    if (len >= 0) {
        *record = meter_record_read(m->record, (size_t)len);
    } else if (len != E_NOTFOUND) {
        on_flash_failure(m, len);
    }
    return len;
}

int meter_output(struct meter *m, uint64_t now_ms, uint8_t *out, size_t cap)
{
    struct outbox_cursor cursor = OUTBOX_START;
    struct meter_record record;
    uint32_t oldest = 0;
    meter_advance(m, now_ms);
    if (!m->link_is_up || m->all_sent) {
        return 0;
    }
    for (size_t i = 0; i < m->config.window && next_record(m, &cursor, &record) >= 0; i++) {
        if (i == 0) {
            oldest = record.ordinal;
        }
        if (record.ordinal - oldest >= REACH) {
            break; /* the outbox could not drop it before the oldest one */
        }
        if (record.message_len > cap) {
            return E_NOSPACE;
        }
        if (record.message_len == 0) {
            drop_foreign(m, &cursor);
        } else if (launch(m, &cursor, &record)) {
            memcpy(out, record.message, record.message_len);
            return (int)record.message_len;
        }
    }
    m->all_sent = true;
    return 0;
}

static bool covers(const struct telemetry_ack_range *range, const struct meter_flight *flight)
{
    return flight->in_use && flight->boot_epoch == range->boot_epoch &&
           flight->sequence >= range->first_sequence && flight->sequence <= range->last_sequence;
}

/* A cut between the drop and the count of a refusal makes it count as stored. */
static void on_verdict(struct meter *m, struct meter_flight *flight, enum telemetry_verdict verdict)
{
    const int error = outbox_drop(m->config.outbox, &flight->cursor);
    if (error != E_OK) {
        meter_note(m, &(struct meter_event){.kind = METER_FLASH_FAILED, .error = error});
        return; /* still there: it is sent again, and acknowledged again */
    }
    flight->in_use = false;
    m->all_sent = false;
    if (verdict == TELEMETRY_STORED) {
        return;
    }
    m->counters.n_refused++;
    meter_note(m, &(struct meter_event){.kind = METER_REFUSED,
                                        .verdict = verdict,
                                        .boot_epoch = flight->boot_epoch,
                                        .sequence = flight->sequence});
    const int save_error = meter_counters_save(&m->counters, m->config.store);
    if (save_error != E_OK) {
        meter_note(m, &(struct meter_event){.kind = METER_FLASH_FAILED, .error = save_error});
    }
}

int meter_input(struct meter *m, uint64_t now_ms, const uint8_t *ack, size_t len)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    meter_advance(m, now_ms);
    const int n = telemetry_ack_decode(ack, len, ranges);
    if (n < 0) {
        m->counts.n_bad_acks++;
        return n;
    }
    for (size_t r = 0; r < (size_t)n; r++) {
        for (size_t i = 0; i < m->config.window; i++) {
            if (covers(&ranges[r], &m->flights[i])) {
                on_verdict(m, &m->flights[i], ranges[r].verdict);
            }
        }
    }
    return E_OK;
}
