/* SPDX-License-Identifier: MIT
 * A reading in the outbox: its name (boot epoch and sequence, so that finding it needs no
 * decoding), its number in the meter's life (so that its place in the queue is known) and the
 * signed message. Also what the two halves of the meter share.
 */
#ifndef APP_METER_RECORD_H
#define APP_METER_RECORD_H

#include "app/meter.h"

enum { METER_RECORD_HEAD_LEN = 12 };
_Static_assert(METER_RECORD_HEAD_LEN + TELEMETRY_READING_MAX_LEN <= OUTBOX_RECORD_MAX_LEN,
               "a reading fits into a record");

struct meter_record {
    uint32_t boot_epoch; /* 0: not one of ours */
    uint32_t sequence;
    uint32_t ordinal;       /* grows by one from record to record; wraps */
    const uint8_t *message; /* a view into the record */
    size_t message_len;
};

void meter_record_head(uint8_t *record, const struct telemetry_reading *reading, uint32_t ordinal);
struct meter_record meter_record_read(const uint8_t *record, size_t len);
bool meter_record_is_newer(const struct meter_record *record, uint32_t boot_epoch,
                           uint32_t sequence);

/* meter.c */
void meter_note(struct meter *m, const struct meter_event *event);
void meter_advance(struct meter *m, uint64_t now_ms);
/* meter_send.c */
void meter_send_tick(struct meter *m);
uint64_t meter_send_deadline(const struct meter *m);

#endif
