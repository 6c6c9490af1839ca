/* fuzz: telemetry */
/* SPDX-License-Identifier: MIT
 * Readings, acknowledgements, the seed's JSON and records of charging sessions, chosen by the
 * first byte. What is accepted is
 * within its ranges, and the binary forms are exactly the bytes that we would write.
 */
#include <stdlib.h>
#include <string.h>

#include "telemetry/ack.h"
#include "telemetry/reading.h"
#include "telemetry/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* "Signs" with the signature that was read. */
static int put_signature(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct telemetry_envelope *e = context;
    require(memcmp(digest, e->digest, 32) == 0);
    memcpy(signature, e->signature, 64);
    return E_OK;
}

static void fuzz_reading(const uint8_t *in, size_t len)
{
    uint8_t again[TELEMETRY_SIGNED_MAX_LEN];
    struct telemetry_envelope e;
    if (telemetry_reading_decode(in, len, &e) != E_OK) {
        return;
    }
    const struct telemetry_signer signer = {.sign = put_signature, .context = &e};
    require(telemetry_reading_sign(&e.reading, &signer, again, sizeof again) == (int)len);
    require(memcmp(again, in, len) == 0);
}

static void fuzz_ack(const uint8_t *in, size_t len)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    uint8_t again[TELEMETRY_ACK_MAX_LEN];
    const int n = telemetry_ack_decode(in, len, ranges);
    if (n < 0) {
        return;
    }
    require(n >= 1 && n <= TELEMETRY_ACK_RANGES_MAX);
    require(telemetry_ack_encode(ranges, (size_t)n, again, sizeof again) == (int)len);
    require(memcmp(again, in, len) == 0);
}

static void fuzz_seed(const char *in, size_t len)
{
    struct telemetry_envelope e;
    if (telemetry_seed_decode(in, len, &e) != E_OK) {
        return;
    }
    const struct telemetry_reading *r = &e.reading;
    require(telemetry_device_id_valid(r->device_id, r->device_id_len));
    require(r->device_id > in && r->device_id + r->device_id_len < in + len);
    require(r->unix_ms > 0 && r->unix_ms <= TELEMETRY_UNIX_MS_MAX && r->boot_epoch == 0);
    require(r->n_channels == 1 && r->channels[0].kind == TELEMETRY_PRODUCTION);
}

static int put_session_signature(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct telemetry_session_envelope *e = context;
    require(memcmp(digest, e->digest, 32) == 0);
    memcpy(signature, e->signature, 64);
    return E_OK;
}

static void fuzz_session(const uint8_t *in, size_t len)
{
    uint8_t again[TELEMETRY_PIECE_MAX_LEN];
    uint8_t bytes[TELEMETRY_PIECE_MAX_LEN];
    struct telemetry_session_envelope e;
    struct telemetry_session_row row;
    if (telemetry_session_decode(in, len, &e) != E_OK) {
        return;
    }
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    struct telemetry_session_rows rows = telemetry_session_rows_of(&e.piece);
    while (telemetry_session_next_row(&rows, &row)) {
        require(telemetry_session_put_row(&w, &row) == E_OK);
    }
    e.piece.rows = bytes;
    e.piece.rows_len = wbuf_len(&w);
    const struct telemetry_signer signer = {.sign = put_session_signature, .context = &e};
    require(telemetry_session_sign(&e.piece, &signer, again, sizeof again) == (int)len);
    require(memcmp(again, in, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    switch (data[0] % 4) {
    case 0:
        fuzz_reading(data + 1, size - 1);
        break;
    case 1:
        fuzz_ack(data + 1, size - 1);
        break;
    case 2:
        fuzz_seed((const char *)data + 1, size - 1);
        break;
    default:
        fuzz_session(data + 1, size - 1);
        break;
    }
    return 0;
}
