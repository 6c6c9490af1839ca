/* SPDX-License-Identifier: MIT
 * A gateway that only keeps the promise of exactly once.
 */
#include "sim/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void sim_sink_init(struct sim_sink *s, struct sim_sink_row *rows, size_t cap,
                   const uint8_t public_key[65])
{
    memset(s, 0, sizeof *s);
    s->rows = rows;
    s->cap = cap;
    memcpy(s->public_key, public_key, sizeof s->public_key);
}

/* From the end: what comes again came lately. */
static bool is_known(const struct sim_sink *s, const struct telemetry_reading *r)
{
    for (size_t i = s->n_rows; i > 0; i--) {
        const struct sim_sink_row *row = &s->rows[i - 1];
        if (row->boot_epoch == r->boot_epoch && row->sequence == r->sequence) {
            return true;
        }
    }
    return false;
}

static void keep(struct sim_sink *s, const struct telemetry_reading *r)
{
    struct sim_sink_row *row = &s->rows[s->n_rows++];
    *row = (struct sim_sink_row){
        .boot_epoch = r->boot_epoch, .sequence = r->sequence, .unix_ms = r->unix_ms};
    for (size_t i = 0; i < SIM_SINK_CHANNELS; i++) {
        row->energy_mwh[i] = -1;
    }
    for (size_t i = 0; i < r->n_channels; i++) {
        row->energy_mwh[r->channels[i].kind] = r->channels[i].energy_mwh;
    }
}

size_t sim_sink_take(struct sim_sink *s, const uint8_t *message, size_t len,
                     uint8_t ack[TELEMETRY_ACK_MAX_LEN])
{
    struct telemetry_envelope envelope;
    if (telemetry_reading_decode(message, len, &envelope) != E_OK) {
        s->n_forged++;
        return 0;
    }
    const struct telemetry_reading *r = &envelope.reading;
    struct telemetry_ack_range range = {.boot_epoch = r->boot_epoch,
                                        .first_sequence = r->sequence,
                                        .last_sequence = r->sequence,
                                        .verdict = TELEMETRY_STORED};
    if (telemetry_reading_verify(&envelope, s->public_key) != E_OK) {
        s->n_forged++;
        range.verdict = TELEMETRY_BAD_SIGNATURE;
    } else if (is_known(s, r)) {
        s->n_duplicates++;
    } else if (s->n_rows < s->cap) {
        keep(s, r);
    } else {
        return 0;
    }
    const int ack_len = telemetry_ack_encode(&range, 1, ack, TELEMETRY_ACK_MAX_LEN);
    ASSERT(ack_len > 0);
    return (size_t)ack_len;
}

static int by_name(const void *a, const void *b)
{
    const struct sim_sink_row *x = a;
    const struct sim_sink_row *y = b;
    if (x->boot_epoch != y->boot_epoch) {
        return x->boot_epoch < y->boot_epoch ? -1 : 1;
    }
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static const char *compare(const struct sim_sink_row *before, const struct sim_sink_row *row)
{
    if (before->boot_epoch == row->boot_epoch && row->sequence == before->sequence) {
        return "a reading is there twice";
    }
    if (row->sequence != (before->boot_epoch == row->boot_epoch ? before->sequence + 1 : 1)) {
        return "a reading is missing";
    }
    if (row->unix_ms < before->unix_ms) {
        return "time falls";
    }
    for (size_t i = 0; i < SIM_SINK_CHANNELS; i++) {
        if (row->energy_mwh[i] < before->energy_mwh[i]) {
            return "energy falls";
        }
    }
    return NULL;
}

const char *sim_sink_audit(struct sim_sink *s)
{
    if (s->n_rows == 0) {
        return NULL;
    }
    qsort(s->rows, s->n_rows, sizeof s->rows[0], by_name);
    const char *wrong = s->rows[0].sequence == 1 ? NULL : "a reading is missing";
    for (size_t i = 1; i < s->n_rows && wrong == NULL; i++) {
        wrong = compare(&s->rows[i - 1], &s->rows[i]);
    }
    return wrong;
}
