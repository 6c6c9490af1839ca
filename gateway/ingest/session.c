/* SPDX-License-Identifier: MIT */
#include "ingest/session.h"

#include <string.h>

#include "base/assert.h"
#include "db/sessions.h"

/* The same name is on disk: the same signed content again is a repetition, however it is signed. */
static int on_name_taken(const uint8_t *stored, size_t len,
                         const struct telemetry_session_envelope *e, enum ingest_refusal *why)
{
    struct telemetry_session_envelope there;
    if (telemetry_session_decode(stored, len, &there) == E_OK &&
        memcmp(there.digest, e->digest, sizeof e->digest) == 0) {
        return TELEMETRY_STORED;
    }
    *why = INGEST_REFUSED_NUMBER_TAKEN;
    return TELEMETRY_TOO_OLD;
}

static int store(struct db *db, struct fleet_device *device, const struct ingest_message *message,
                 const struct telemetry_session_envelope *e, enum ingest_refusal *why)
{
    const struct db_session_piece row = {.device = device->row,
                                         .key = device->key,
                                         .piece = &e->piece,
                                         .bytes = message->payload,
                                         .len = message->len};
    int result = db_begin(db);
    if (result == E_OK) {
        result = db_session_piece_add(db, &row);
    }
    const int64_t n = result == E_OK ? db_session_count(db, device->row) : 0;
    if (result == E_OK) {
        result = n < 0 ? (int)n : db_commit(db);
    }
    if (db_in_transaction(db)) {
        db_rollback(db);
    }
    if (result == E_STATE) {
        *why = INGEST_REFUSED_NUMBER_TAKEN;
        return TELEMETRY_TOO_OLD;
    }
    if (result == E_OK) {
        device->n_sessions = (uint64_t)n;
        return TELEMETRY_STORED;
    }
    ASSERT(result < 0);
    return result;
}

int ingest_session_take(struct db *db, struct fleet_device *device,
                        const struct ingest_message *message, struct telemetry_session_envelope *e,
                        enum ingest_refusal *why)
{
    uint8_t stored[TELEMETRY_PIECE_MAX_LEN];
    const struct telemetry_session_piece *piece = &e->piece;
    if (telemetry_session_decode(message->payload, message->len, e) != E_OK) {
        e->piece = (struct telemetry_session_piece){.sequence = 0}; /* no piece's */
        *why = INGEST_REFUSED_MALFORMED;
        return TELEMETRY_MALFORMED;
    }
    if (strlen(device->id) != piece->device_id_len ||
        memcmp(device->id, piece->device_id, piece->device_id_len) != 0) {
        *why = INGEST_REFUSED_WRONG_IDENTITY;
        return TELEMETRY_WRONG_IDENTITY;
    }
    if (device->banned) {
        *why = INGEST_REFUSED_BANNED;
        return TELEMETRY_BANNED;
    }
    const int len = db_session_piece_get(db, device->key, piece->boot_epoch, piece->sequence,
                                         stored, sizeof stored);
    if (len >= 0) {
        return on_name_taken(stored, (size_t)len, e, why);
    }
    if (len != E_NOTFOUND) {
        return len;
    }
    if (telemetry_session_verify(e, device->public_key) != E_OK) {
        *why = INGEST_REFUSED_BAD_SIGNATURE;
        return TELEMETRY_BAD_SIGNATURE;
    }
    return store(db, device, message, e, why);
}
