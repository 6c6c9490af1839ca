/* SPDX-License-Identifier: MIT
 * Order of the checks: the cheap ones first, and the replay window before the signature, so that a
 * flood of repeated messages costs no elliptic curve.
 */
#include "ingest/ingest.h"

#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "db/devices.h"
#include "db/readings.h"
#include "ingest/session.h"
#include "posix/log.h"
#include "runtime/timer.h"

/* For each device: a day's backlog at one reading in five seconds takes half a minute, and one that
 * floods leaves room for the others. */
static const struct bucket_rate message_rate = {.burst = 5000, .period_us = 2000};

/* A piece costs a commit: a backlog of a weekend takes a minute. */
static const struct bucket_rate piece_rate = {.burst = 300, .period_us = 100000};

/* A message on its way through the checks. */
struct arrival {
    const struct ingest_message *message;
    uint64_t now_ms;
    struct ingest_topic topic;
    struct fleet_device *device;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int ingest_init(struct ingest *in, const struct ingest_config *config)
{
    memset(in, 0, sizeof *in);
    in->config = *config;
    const int64_t total = db_reading_total(config->db);
    if (total < 0) {
        return E_IO;
    }
    in->counters.total = (uint64_t)total;
    return E_OK;
}

uint64_t ingest_deadline(const struct ingest *in)
{
    return in->n_pending > 0 ? in->due_ms : NEVER_MS;
}

/* ---- the batch ---- */

static struct ingest_pending *pend(struct ingest *in, const struct arrival *a,
                                   enum telemetry_verdict verdict)
{
    ASSERT(in->n_pending < INGEST_BATCH_MAX);
    if (in->n_pending == 0) {
        in->due_ms = a->now_ms + INGEST_BATCH_AGE_MS;
    }
    struct ingest_pending *p = &in->pending[in->n_pending++];
    p->device = a->device;
    p->stored = false;
    p->acknowledged = a->topic.kind == INGEST_READING;
    p->ack = (struct ingest_ack){.device = a->device->slot,
                                 .boot_epoch = in->envelope.reading.boot_epoch,
                                 .sequence = in->envelope.reading.sequence,
                                 .verdict = verdict};
    return p;
}

static void pend_stored(struct ingest *in, const struct arrival *a)
{
    const struct telemetry_reading *reading = &in->envelope.reading;
    struct ingest_pending *p = pend(in, a, TELEMETRY_STORED);
    p->stored = true;
    p->unix_ms = reading->unix_ms;
    p->received_ms = a->message->unix_ms;
    p->time_quality = reading->time_quality;
    p->n_channels = reading->n_channels;
    ASSERT(reading->n_channels <= TELEMETRY_CHANNELS_MAX);
    memcpy(p->channels, reading->channels, reading->n_channels * sizeof p->channels[0]);
}

/* A refusal that the device hears of, counted for it as well. */
static void refuse(struct ingest *in, const struct arrival *a, enum ingest_refusal why,
                   enum telemetry_verdict verdict)
{
    in->counters.refused[why]++;
    in->counters.malformed_json +=
        why == INGEST_REFUSED_MALFORMED && a->topic.kind != INGEST_READING;
    a->device->refused++;
    (void)pend(in, a, verdict);
}

static void lose_batch(struct ingest *in)
{
    for (size_t i = 0; i < in->n_pending; i++) {
        in->counters.lost += in->pending[i].stored;
    }
    in->n_pending = 0;
    in->counters.commit_failures++;
    if (!in->failing) {
        log_error("readings cannot be stored and are not acknowledged: %s",
                  db_reason(in->config.db));
    }
    in->failing = true;
    db_rollback(in->config.db);
}

static void note_working(struct ingest *in)
{
    in->counters.commits++;
    if (in->failing) {
        log_info("readings are stored again");
    }
    in->failing = false;
}

static void report(struct ingest *in, const struct ingest_pending *p, uint64_t now_ms)
{
    struct fleet_device *device = p->device;
    struct telemetry_reading reading = {.boot_epoch = p->ack.boot_epoch,
                                        .sequence = p->ack.sequence,
                                        .unix_ms = p->unix_ms,
                                        .time_quality = p->time_quality,
                                        .n_channels = p->n_channels};
    memcpy(reading.channels, p->channels, p->n_channels * sizeof p->channels[0]);
    ingest_replay_mark(&device->replay, p->ack.boot_epoch, p->ack.sequence);
    device->stored++;
    fleet_report(in->config.fleet, device, &reading, p->received_ms, now_ms);
    in->counters.stored++;
    in->counters.total++;
    if (in->config.stored) {
        in->config.stored(in->config.context, device, &reading, p->received_ms);
    }
}

static void send_acks(struct ingest *in)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    uint8_t message[TELEMETRY_ACK_MAX_LEN];
    size_t n = 0;
    size_t pos = 0;
    uint32_t slot = 0;
    for (size_t i = 0; i < in->n_pending; i++) {
        if (in->pending[i].acknowledged) {
            in->acks[n++] = in->pending[i].ack;
        }
    }
    ingest_ack_list_sort(in->acks, n);
    for (;;) {
        const size_t n_ranges = ingest_ack_list_next(in->acks, n, &pos, ranges, &slot);
        if (n_ranges == 0) {
            return;
        }
        const int len = telemetry_ack_encode(ranges, n_ranges, message, sizeof message);
        ASSERT(len > 0);
        in->counters.acks++;
        in->config.send_ack(in->config.context, fleet_at(in->config.fleet, slot)->id, message,
                            (size_t)len);
    }
}

/* The per-device counters go with the batch. Entries of one device often follow each other. */
static int add_counts(struct ingest *in)
{
    int result = E_OK;
    for (size_t i = 0; result == E_OK && i < in->n_pending;) {
        struct fleet_device *device = in->pending[i].device;
        uint64_t stored = 0;
        uint64_t refused = 0;
        for (; i < in->n_pending && in->pending[i].device == device; i++) {
            stored += in->pending[i].stored;
            refused += in->pending[i].ack.verdict != TELEMETRY_STORED;
        }
        if (stored + refused > 0) {
            result = db_device_count(in->config.db, device->row, stored, refused);
        }
    }
    return result;
}

static int commit(struct ingest *in)
{
    struct db *db = in->config.db;
    const uint64_t start_ns = now_ns();
    int result = db_in_transaction(db) ? E_OK : db_begin(db);
    if (result == E_OK) {
        result = add_counts(in);
    }
    if (result == E_OK) {
        result = db_commit(db);
    }
    ingest_durations_add(&in->counters.commit, now_ns() - start_ns);
    return result;
}

void ingest_flush(struct ingest *in, uint64_t now_ms)
{
    uint32_t n_stored = 0;
    if (in->n_pending == 0) {
        return;
    }
    if (commit(in) != E_OK) {
        lose_batch(in);
        return;
    }
    note_working(in);
    for (size_t i = 0; i < in->n_pending; i++) {
        if (in->pending[i].stored) {
            report(in, &in->pending[i], now_ms);
            n_stored++;
        }
    }
    ingest_rate_add(&in->counters.rate, now_ms, n_stored);
    send_acks(in);
    in->n_pending = 0;
}

void ingest_tick(struct ingest *in, uint64_t now_ms)
{
    if (now_ms >= ingest_deadline(in)) {
        ingest_flush(in, now_ms);
    }
}

/* ---- one message ---- */

/* The seed's messages have no boot epoch, and its counter restarts with every connection; its time
 * in seconds names them. */
static int decode(struct ingest *in, const struct arrival *a)
{
    struct telemetry_envelope *e = &in->envelope;
    if (a->topic.kind == INGEST_READING) {
        return telemetry_reading_decode(a->message->payload, a->message->len, e);
    }
    const int result = telemetry_seed_decode((const char *)a->message->payload, a->message->len, e);
    if (result == E_OK) {
        e->reading.boot_epoch = 0;
        e->reading.sequence = (uint32_t)(e->reading.unix_ms / 1000);
    }
    return result;
}

static bool same_name(const char *id, const struct telemetry_reading *reading)
{
    return strlen(id) == reading->device_id_len &&
           memcmp(id, reading->device_id, reading->device_id_len) == 0;
}

/* The number is on disk. The same signed content again is a repetition, however it is signed (an
 * ECDSA signature has a twin); other content under the number is refused. */
static bool same_content(struct ingest *in, const struct arrival *a, int stored_len)
{
    struct telemetry_envelope *e = &in->stored_envelope;
    int result = a->topic.kind == INGEST_READING
                     ? telemetry_reading_decode(in->stored_bytes, (size_t)stored_len, e)
                     : telemetry_seed_decode((const char *)in->stored_bytes, (size_t)stored_len, e);
    return result == E_OK && memcmp(e->digest, in->envelope.digest, sizeof e->digest) == 0;
}

static void on_number_taken(struct ingest *in, const struct arrival *a)
{
    const struct telemetry_reading *reading = &in->envelope.reading;
    const int len = db_reading_get(in->config.db, a->device->key, reading->boot_epoch,
                                   reading->sequence, in->stored_bytes, sizeof in->stored_bytes);
    if (len < 0) {
        lose_batch(in);
    } else if (same_content(in, a, len)) {
        in->counters.duplicates++;
        (void)pend(in, a, TELEMETRY_STORED);
    } else {
        refuse(in, a, INGEST_REFUSED_NUMBER_TAKEN, TELEMETRY_TOO_OLD);
    }
}

static void store(struct ingest *in, const struct arrival *a)
{
    struct db *db = in->config.db;
    const struct db_reading row = {.device = a->device->row,
                                   .key = a->device->key,
                                   .received_unix_ms = a->message->unix_ms,
                                   .form = a->topic.kind == INGEST_READING ? DB_FORM_COSE
                                                                           : DB_FORM_SEED_JSON,
                                   .bytes = a->message->payload,
                                   .len = a->message->len,
                                   .reading = &in->envelope.reading};
    int result = db_in_transaction(db) ? E_OK : db_begin(db);
    if (result == E_OK) {
        result = db_reading_add(db, &row);
    }
    if (result > 0) {
        pend_stored(in, a);
    } else if (result == 0) {
        on_number_taken(in, a);
    } else {
        in->counters.lost++;
        lose_batch(in);
    }
}

static int verify(struct ingest *in, const struct arrival *a)
{
    const uint64_t start_ns = now_ns();
    const int result = telemetry_reading_verify(&in->envelope, a->device->public_key);
    ingest_durations_add(&in->counters.verify, now_ns() - start_ns);
    return result;
}

static void judge(struct ingest *in, const struct arrival *a)
{
    const struct telemetry_reading *reading = &in->envelope.reading;
    if (decode(in, a) != E_OK) {
        /* Its number cannot be read; 0 is no reading's. */
        in->envelope.reading = (struct telemetry_reading){.sequence = 0};
        refuse(in, a, INGEST_REFUSED_MALFORMED, TELEMETRY_MALFORMED);
    } else if (!same_name(a->device->id, reading)) {
        refuse(in, a, INGEST_REFUSED_WRONG_IDENTITY, TELEMETRY_WRONG_IDENTITY);
    } else if (a->device->banned) {
        refuse(in, a, INGEST_REFUSED_BANNED, TELEMETRY_BANNED);
    } else if (ingest_replay_seen(&a->device->replay, reading->boot_epoch, reading->sequence)) {
        on_number_taken(in, a);
    } else if (verify(in, a) != E_OK) {
        refuse(in, a, INGEST_REFUSED_BAD_SIGNATURE, TELEMETRY_BAD_SIGNATURE);
    } else {
        store(in, a);
    }
}

/* ---- pieces of charging sessions ---- */

static void acknowledge_piece(struct ingest *in, const struct arrival *a,
                              enum telemetry_verdict verdict)
{
    const struct telemetry_session_piece *piece = &in->session.piece;
    uint8_t message[TELEMETRY_ACK_MAX_LEN];
    const struct telemetry_ack_range range = {.boot_epoch = piece->boot_epoch,
                                              .first_sequence = piece->sequence,
                                              .last_sequence = piece->sequence,
                                              .verdict = verdict};
    const int len = telemetry_ack_encode(&range, 1, message, sizeof message);
    ASSERT(len > 0);
    if (!in->config.send_session_ack) {
        return;
    }
    in->counters.acks++;
    in->config.send_session_ack(in->config.context, a->device->id, message, (size_t)len);
}

static void take_piece(struct ingest *in, const struct arrival *a)
{
    if (!bucket_take(&a->device->pieces, &piece_rate, a->now_ms)) {
        in->counters.refused[INGEST_REFUSED_RATE_LIMITED]++;
        return;
    }
    ingest_flush(in, a->now_ms); /* its transaction is not ours */
    enum ingest_refusal why = INGEST_REFUSED_MALFORMED;
    const int verdict =
        ingest_session_take(in->config.db, a->device, a->message, &in->session, &why);
    if (verdict < 0) {
        log_error("a piece of a charging session cannot be stored: %s", db_reason(in->config.db));
        return; /* not acknowledged: it comes again */
    }
    if (verdict == TELEMETRY_STORED) {
        in->counters.pieces++;
        fleet_changed(in->config.fleet, a->device);
    } else {
        in->counters.refused[why]++;
        a->device->refused++;
    }
    acknowledge_piece(in, a, (enum telemetry_verdict)verdict);
}

void ingest_message(struct ingest *in, uint64_t now_ms, const struct ingest_message *message)
{
    struct arrival a = {.message = message, .now_ms = now_ms};
    const uint64_t start_ns = now_ns();
    in->counters.received++;
    in->counters.received_bytes += message->len;
    if (ingest_topic_parse(message->topic, &a.topic) != E_OK) {
        in->counters.refused[INGEST_REFUSED_MALFORMED]++;
        return;
    }
    a.device = fleet_find(in->config.fleet, a.topic.device_id);
    if (!a.device || a.device->key == 0) {
        in->counters.refused[INGEST_REFUSED_UNKNOWN_DEVICE]++;
        return;
    }
    if (!bucket_take(&a.device->messages, &message_rate, now_ms)) {
        /* Not acknowledged: what is worth it comes again, later. */
        in->counters.refused[INGEST_REFUSED_RATE_LIMITED]++;
        return;
    }
    if (a.topic.kind == INGEST_SESSION) {
        take_piece(in, &a);
    } else {
        judge(in, &a);
    }
    ingest_durations_add(&in->counters.whole, now_ns() - start_ns);
    if (in->n_pending == INGEST_BATCH_MAX) {
        ingest_flush(in, now_ms);
    }
}
