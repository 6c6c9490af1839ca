/* SPDX-License-Identifier: MIT
 * Signed readings: COSE_Sign1 (RFC 9052 sections 4.2 and 4.4) over a deterministic CBOR map. The
 * bytes are those of docs/spec/telemetry.md.
 */
#include "telemetry/reading.h"

#include <string.h>

#include "base/assert.h"
#include "base/cbor.h"
#include "cose.h"
#include "crypto/crypto.h"

enum {
    FORMAT_VERSION = 1,
    CHANNEL_VALUES = 5,
    PAYLOAD_MAX_LEN = 96 + TELEMETRY_CHANNELS_MAX * 31 /* with every number at its longest */
};

/* Keys of the payload's map. */
enum key {
    KEY_VERSION = 0,
    KEY_DEVICE_ID = 1,
    KEY_BOOT_EPOCH = 2,
    KEY_SEQUENCE = 3,
    KEY_UNIX_MS = 4,
    KEY_TIME_QUALITY = 5,
    KEY_CHANNELS = 6,
    N_KEYS = 7
};

_Static_assert((int)TELEMETRY_CHANNELS_MAX == (int)TELEMETRY_CHANNEL_KINDS, "one of each kind");
_Static_assert(TELEMETRY_SIGNED_MAX_LEN == COSE_SIGN1_MORE_LEN + PAYLOAD_MAX_LEN,
               "the longest reading fits exactly");

/* ---- ranges, the same for what is written and what is read ---- */

static bool channel_in_range(const struct telemetry_channel *c)
{
    return c->energy_mwh >= 0 && c->voltage_mv >= 0 && c->current_ma >= 0 &&
           c->frequency_millihz >= 0;
}

static bool time_in_range(const struct telemetry_reading *r)
{
    if (r->time_quality == TELEMETRY_TIME_UNKNOWN) {
        return r->unix_ms == 0;
    }
    return r->unix_ms > 0 && r->unix_ms <= TELEMETRY_UNIX_MS_MAX;
}

static bool reading_in_range(const struct telemetry_reading *r)
{
    bool ok = r->device_id != NULL && telemetry_device_id_valid(r->device_id, r->device_id_len) &&
              r->boot_epoch >= 1 && r->sequence >= 1 && time_in_range(r) && r->n_channels >= 1 &&
              r->n_channels <= TELEMETRY_CHANNELS_MAX;
    for (size_t i = 0; ok && i < r->n_channels; i++) {
        ok = channel_in_range(&r->channels[i]);
    }
    return ok;
}

/* ---- writing ---- */

/* Kinds ascend, so that they can be the keys of a map. */
static bool kinds_ascend(const struct telemetry_reading *r)
{
    for (size_t i = 0; i < r->n_channels; i++) {
        const int last = i == 0 ? -1 : (int)r->channels[i - 1].kind;
        const int kind = (int)r->channels[i].kind;
        if (kind <= last || kind >= TELEMETRY_CHANNEL_KINDS) {
            return false;
        }
    }
    return true;
}

static void put_channel(struct wbuf *w, const struct telemetry_channel *c)
{
    cbor_put_uint(w, (uint64_t)c->kind);
    cbor_put_array(w, CHANNEL_VALUES);
    cbor_put_int(w, c->energy_mwh);
    cbor_put_int(w, c->power_mw);
    cbor_put_int(w, c->voltage_mv);
    cbor_put_int(w, c->current_ma);
    cbor_put_int(w, c->frequency_millihz);
}

static void put_payload(struct wbuf *w, const struct telemetry_reading *r)
{
    cbor_put_map(w, N_KEYS);
    cbor_put_uint(w, KEY_VERSION);
    cbor_put_uint(w, FORMAT_VERSION);
    cbor_put_uint(w, KEY_DEVICE_ID);
    cbor_put_text(w, r->device_id, r->device_id_len);
    cbor_put_uint(w, KEY_BOOT_EPOCH);
    cbor_put_uint(w, r->boot_epoch);
    cbor_put_uint(w, KEY_SEQUENCE);
    cbor_put_uint(w, r->sequence);
    cbor_put_uint(w, KEY_UNIX_MS);
    cbor_put_int(w, r->unix_ms);
    cbor_put_uint(w, KEY_TIME_QUALITY);
    cbor_put_uint(w, (uint64_t)r->time_quality);
    cbor_put_uint(w, KEY_CHANNELS);
    cbor_put_map(w, r->n_channels);
    for (size_t i = 0; i < r->n_channels; i++) {
        put_channel(w, &r->channels[i]);
    }
}

int telemetry_reading_sign(const struct telemetry_reading *reading,
                           const struct telemetry_signer *signer, uint8_t *out, size_t cap)
{
    ASSERT(signer->sign != NULL);
    if (!reading_in_range(reading) || !kinds_ascend(reading) ||
        reading->time_quality > TELEMETRY_TIME_SYNCED) {
        return E_ARG;
    }
    struct wbuf payload = cose_sign1_payload(out, cap);
    put_payload(&payload, reading);
    ASSERT(wbuf_len(&payload) <= PAYLOAD_MAX_LEN);
    return cose_sign1_seal(out, cap, &payload, signer);
}

/* ---- reading ---- */

/* An unsigned value of at most `max`. */
static uint32_t take_u32(struct cbor *c, uint32_t max)
{
    const uint64_t v = cbor_uint(c);
    if (v > max) {
        cbor_fail(c, E_LIMIT);
    }
    return cbor_ok(c) ? (uint32_t)v : 0;
}

static int32_t take_i32(struct cbor *c)
{
    const int64_t v = cbor_int(c);
    if (v < INT32_MIN || v > INT32_MAX) {
        cbor_fail(c, E_LIMIT);
    }
    return cbor_ok(c) ? (int32_t)v : 0;
}

static void take_channel(struct cbor *c, struct telemetry_channel *channel)
{
    if (cbor_array(c) != CHANNEL_VALUES) {
        cbor_fail(c, E_MALFORMED);
    }
    channel->energy_mwh = cbor_int(c);
    channel->power_mw = take_i32(c);
    channel->voltage_mv = take_i32(c);
    channel->current_ma = take_i32(c);
    channel->frequency_millihz = take_i32(c);
}

static void take_channels(struct cbor *c, struct telemetry_reading *r)
{
    int64_t last_kind = -1;
    const size_t n = cbor_map(c);
    if (n > TELEMETRY_CHANNELS_MAX) {
        cbor_fail(c, E_UNSUPPORTED); /* one of them is of a kind that came later */
    }
    for (size_t i = 0; cbor_ok(c) && i < n; i++) {
        const uint64_t kind = cbor_key(c, &last_kind);
        if (kind >= TELEMETRY_CHANNEL_KINDS) {
            cbor_fail(c, E_UNSUPPORTED);
            return;
        }
        r->channels[i].kind = (enum telemetry_channel_kind)kind;
        take_channel(c, &r->channels[i]);
    }
    r->n_channels = (uint8_t)n;
}

/* The next key must be this one: all are there, in order. */
static void expect_key(struct cbor *c, enum key key)
{
    if (cbor_uint(c) != (uint64_t)key) {
        cbor_fail(c, E_MALFORMED);
    }
}

static int take_payload(const uint8_t *payload, size_t len, struct telemetry_reading *r)
{
    struct cbor c = cbor_of(payload, len);
    const size_t n_keys = cbor_map(&c);
    expect_key(&c, KEY_VERSION);
    if (cbor_uint(&c) != FORMAT_VERSION) {
        cbor_fail(&c, E_UNSUPPORTED);
    }
    if (n_keys != N_KEYS) {
        cbor_fail(&c, E_MALFORMED);
    }
    expect_key(&c, KEY_DEVICE_ID);
    r->device_id = cbor_text(&c, &r->device_id_len);
    expect_key(&c, KEY_BOOT_EPOCH);
    r->boot_epoch = take_u32(&c, UINT32_MAX);
    expect_key(&c, KEY_SEQUENCE);
    r->sequence = take_u32(&c, UINT32_MAX);
    expect_key(&c, KEY_UNIX_MS);
    r->unix_ms = cbor_int(&c);
    expect_key(&c, KEY_TIME_QUALITY);
    r->time_quality = (enum telemetry_time_quality)take_u32(&c, TELEMETRY_TIME_SYNCED);
    expect_key(&c, KEY_CHANNELS);
    take_channels(&c, r);
    const int status = cbor_finish(&c);
    if (status == E_OK) {
        return reading_in_range(r) ? E_OK : E_MALFORMED;
    }
    return status == E_TRUNCATED ? E_MALFORMED : status; /* more bytes would not help */
}

int telemetry_reading_decode(const uint8_t *in, size_t len, struct telemetry_envelope *out)
{
    if (len > TELEMETRY_READING_MAX_LEN) {
        return E_LIMIT;
    }
    struct cose_sign1 message;
    int status = cose_sign1_open(in, len, &message);
    struct telemetry_reading reading = {.n_channels = 0};
    if (status == E_OK) {
        status = take_payload(message.payload, message.payload_len, &reading);
    }
    if (status != E_OK) {
        return status;
    }
    ASSERT(reading.n_channels >= 1 && reading.n_channels <= TELEMETRY_CHANNELS_MAX);
    out->reading = reading;
    cose_sign1_digest(&message, out->digest);
    memcpy(out->signature, message.signature, sizeof out->signature);
    return E_OK;
}

int telemetry_reading_verify(const struct telemetry_envelope *envelope,
                             const uint8_t public_key[65])
{
    return crypto_ecdsa_verify(CRYPTO_P256, public_key, envelope->digest, sizeof envelope->digest,
                               envelope->signature);
}
