/* SPDX-License-Identifier: MIT
 * The way of a reading from a message to the disk: topic, identity, replay window, signature,
 * database batch, commit, acknowledgement. No sockets: messages in, acknowledgements out through
 * one function, the clock by argument. An acknowledged reading is on disk; when a commit fails, its
 * batch is forgotten and nothing of it is acknowledged. Pieces of charging sessions are few: each
 * is a transaction of its own.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include <stddef.h>
#include <stdint.h>

#include "db/db.h"
#include "ingest/ack_list.h"
#include "ingest/counters.h"
#include "site/fleet.h"
#include "telemetry/session.h"

enum {
    INGEST_BATCH_MAX = 1024,   /* messages of one commit */
    INGEST_BATCH_AGE_MS = 200, /* how long the first of them waits at most */
};

struct ingest_config {
    struct db *db;
    struct fleet *fleet;
    /* Sends an acknowledgement (telemetry/ack.h) to a device. */
    void (*send_ack)(void *context, const char *device_id, const uint8_t *ack, size_t len);
    /* The same for pieces of charging sessions; may be NULL. */
    void (*send_session_ack)(void *context, const char *device_id, const uint8_t *ack, size_t len);
    /* A reading that is on disk now; may be NULL. */
    void (*stored)(void *context, struct fleet_device *device,
                   const struct telemetry_reading *reading, int64_t received_unix_ms);
    void *context;
};

/* A verdict that waits for the commit. */
struct ingest_pending {
    struct fleet_device *device;
    bool stored;       /* a new row; the rest of the fields are its reading */
    bool acknowledged; /* the device wants to hear of it */
    struct ingest_ack ack;
    int64_t unix_ms;     /* its own time */
    int64_t received_ms; /* ours, site clock */
    enum telemetry_time_quality time_quality;
    uint8_t n_channels;
    struct telemetry_channel channels[TELEMETRY_CHANNELS_MAX];
};

struct ingest {
    struct ingest_config config; /* all private but the counters */
    struct ingest_counters counters;
    struct ingest_pending pending[INGEST_BATCH_MAX];
    size_t n_pending;
    uint64_t due_ms; /* of the batch */
    bool failing;    /* the last batch could not be stored */
    struct ingest_ack acks[INGEST_BATCH_MAX];
    struct telemetry_envelope envelope;        /* of the message at hand */
    struct telemetry_session_envelope session; /* the same of a piece of a session */
    uint8_t stored_bytes[TELEMETRY_READING_MAX_LEN];
    struct telemetry_envelope stored_envelope;
};

/* Reads the number of stored readings. E_OK or E_IO. */
int ingest_init(struct ingest *in, const struct ingest_config *config) MUST_USE;

struct ingest_message {
    const char *topic;
    const uint8_t *payload;
    size_t len;
    int64_t unix_ms; /* site clock */
};
/* Takes one message; commits when the batch is full. */
void ingest_message(struct ingest *in, uint64_t now_ms, const struct ingest_message *message);
/* When ingest_tick() is due; NEVER_MS when nothing waits. */
uint64_t ingest_deadline(const struct ingest *in);
/* Commits a batch that is due. */
void ingest_tick(struct ingest *in, uint64_t now_ms);
/* Commits now: before the end, and before a device is removed or changed. */
void ingest_flush(struct ingest *in, uint64_t now_ms);

#endif
