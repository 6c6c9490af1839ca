/* SPDX-License-Identifier: MIT
 * Records of charging sessions. The bytes are those of docs/spec/session.md.
 */
#include "telemetry/session.h"

#include <string.h>

#include "base/assert.h"
#include "cose.h"
#include "crypto/crypto.h"

enum { FORMAT_VERSION = 1, HEAD_MAX_LEN = 2 + 2 + 1 + 66 + 3 * 6 + 4 + 2 + 2 + 10 + 2 + 1 + 3 };

/* Keys of the payload's map. */
enum key {
    KEY_VERSION,
    KEY_DEVICE_ID,
    KEY_BOOT_EPOCH,
    KEY_SEQUENCE,
    KEY_SESSION,
    KEY_PIECE,
    KEY_LAST,
    KEY_PLUG,
    KEY_START_UNIX_MS,
    KEY_TIME_QUALITY,
    KEY_ROWS,
    N_KEYS
};

_Static_assert(TELEMETRY_PIECE_MAX_LEN >=
                   HEAD_MAX_LEN + TELEMETRY_ROWS_MAX_LEN + COSE_SIGN1_MORE_LEN,
               "the longest piece fits");

/* Items of a row, the time and the kind included. */
static const uint8_t n_items[TELEMETRY_ROW_KINDS] = {
    [TELEMETRY_ROW_SAMPLE] = 6, [TELEMETRY_ROW_MESSAGE] = 4, [TELEMETRY_ROW_PHASE] = 3,
    [TELEMETRY_ROW_STATE] = 3,  [TELEMETRY_ROW_FAULT] = 3,   [TELEMETRY_ROW_CAR] = 5,
    [TELEMETRY_ROW_END] = 3};

static bool has_detail(enum telemetry_row_kind kind)
{
    return kind == TELEMETRY_ROW_MESSAGE || kind == TELEMETRY_ROW_CAR;
}

/* ---- ranges, the same for what is written and what is read ---- */

static bool word_in_range(const struct telemetry_word *word)
{
    bool ok = word->len >= 1 && word->len <= TELEMETRY_WORD_MAX_LEN;
    for (size_t i = 0; ok && i < word->len; i++) {
        const char c = word->text[i];
        ok = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    }
    return ok;
}

static bool row_in_range(const struct telemetry_session_row *row)
{
    if (row->kind == TELEMETRY_ROW_SAMPLE) {
        return row->mv >= 0 && row->energy_mwh >= 0 && row->soc_pct >= -1 && row->soc_pct <= 100;
    }
    return row->kind < TELEMETRY_ROW_KINDS && word_in_range(&row->word) &&
           (!has_detail(row->kind) || word_in_range(&row->detail)) &&
           row->car_id_len <= TELEMETRY_CAR_ID_MAX_LEN;
}

static bool time_in_range(const struct telemetry_session_piece *p)
{
    if (p->time_quality == TELEMETRY_TIME_UNKNOWN) {
        return p->start_unix_ms == 0;
    }
    return p->time_quality <= TELEMETRY_TIME_SYNCED && p->start_unix_ms > 0 &&
           p->start_unix_ms <= TELEMETRY_UNIX_MS_MAX;
}

static bool piece_in_range(const struct telemetry_session_piece *p)
{
    return p->device_id != NULL && telemetry_device_id_valid(p->device_id, p->device_id_len) &&
           p->boot_epoch >= 1 && p->sequence >= 1 && p->session >= 1 &&
           p->piece < TELEMETRY_PIECES_MAX && p->plug >= 1 && p->plug <= TELEMETRY_PLUGS_MAX &&
           time_in_range(p) && p->n_rows >= 1 && p->rows_len <= TELEMETRY_ROWS_MAX_LEN;
}

/* ---- writing ---- */

int telemetry_session_put_row(struct wbuf *rows, const struct telemetry_session_row *row)
{
    uint8_t bytes[TELEMETRY_ROW_MAX_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    if (!row_in_range(row)) {
        return E_ARG;
    }
    cbor_put_array(&w, n_items[row->kind]);
    cbor_put_uint(&w, row->t_ms);
    cbor_put_uint(&w, (uint64_t)row->kind);
    if (row->kind == TELEMETRY_ROW_SAMPLE) {
        cbor_put_int(&w, row->mv);
        cbor_put_int(&w, row->ma);
        cbor_put_int(&w, row->energy_mwh);
        cbor_put_int(&w, row->soc_pct);
    } else {
        cbor_put_text(&w, row->word.text, row->word.len);
    }
    if (has_detail(row->kind)) {
        cbor_put_text(&w, row->detail.text, row->detail.len);
    }
    if (row->kind == TELEMETRY_ROW_CAR) {
        cbor_put_bytes(&w, row->car_id, row->car_id_len);
    }
    ASSERT(wbuf_ok(&w));
    if (!wbuf_ok(rows) || wbuf_left(rows) < wbuf_len(&w)) {
        return E_NOSPACE;
    }
    wbuf_put(rows, bytes, wbuf_len(&w));
    return E_OK;
}

static void put_uint(struct wbuf *w, enum key key, uint64_t value)
{
    cbor_put_uint(w, (uint64_t)key);
    cbor_put_uint(w, value);
}

int telemetry_session_sign(const struct telemetry_session_piece *piece,
                           const struct telemetry_signer *signer, uint8_t *out, size_t cap)
{
    if (!piece_in_range(piece)) {
        return E_ARG;
    }
    struct wbuf w = cose_sign1_payload(out, cap);
    cbor_put_map(&w, N_KEYS);
    put_uint(&w, KEY_VERSION, FORMAT_VERSION);
    cbor_put_uint(&w, KEY_DEVICE_ID);
    cbor_put_text(&w, piece->device_id, piece->device_id_len);
    put_uint(&w, KEY_BOOT_EPOCH, piece->boot_epoch);
    put_uint(&w, KEY_SEQUENCE, piece->sequence);
    put_uint(&w, KEY_SESSION, piece->session);
    put_uint(&w, KEY_PIECE, piece->piece);
    put_uint(&w, KEY_LAST, piece->is_last);
    put_uint(&w, KEY_PLUG, piece->plug);
    put_uint(&w, KEY_START_UNIX_MS, (uint64_t)piece->start_unix_ms);
    put_uint(&w, KEY_TIME_QUALITY, (uint64_t)piece->time_quality);
    cbor_put_uint(&w, KEY_ROWS);
    cbor_put_array(&w, piece->n_rows);
    wbuf_put(&w, piece->rows, piece->rows_len);
    return cose_sign1_seal(out, cap, &w, signer);
}

/* ---- reading ---- */

/* An unsigned value of at most `max`. */
static uint64_t take_uint(struct cbor *c, uint64_t max)
{
    const uint64_t v = cbor_uint(c);
    if (v > max) {
        cbor_fail(c, E_LIMIT);
    }
    return cbor_ok(c) ? v : 0;
}

static int32_t take_i32(struct cbor *c)
{
    const int64_t v = cbor_int(c);
    if (v < INT32_MIN || v > INT32_MAX) {
        cbor_fail(c, E_LIMIT);
    }
    return cbor_ok(c) ? (int32_t)v : 0;
}

static void take_sample(struct cbor *c, struct telemetry_session_row *row)
{
    row->mv = take_i32(c);
    row->ma = take_i32(c);
    row->energy_mwh = cbor_int(c);
    const int32_t soc_pct = take_i32(c);
    if (soc_pct < -1 || soc_pct > 100) {
        cbor_fail(c, E_MALFORMED);
    }
    row->soc_pct = cbor_ok(c) ? (int8_t)soc_pct : -1;
}

static void take_row(struct cbor *c, struct telemetry_session_row *row)
{
    const size_t n = cbor_array(c);
    *row = (struct telemetry_session_row){.t_ms = (uint32_t)take_uint(c, UINT32_MAX)};
    const uint64_t kind = cbor_uint(c);
    if (cbor_ok(c) && kind >= TELEMETRY_ROW_KINDS) {
        cbor_fail(c, E_UNSUPPORTED);
    }
    if (!cbor_ok(c)) {
        return;
    }
    row->kind = (enum telemetry_row_kind)kind;
    if (n != n_items[kind]) {
        cbor_fail(c, E_MALFORMED);
    }
    if (row->kind == TELEMETRY_ROW_SAMPLE) {
        take_sample(c, row);
    } else {
        row->word.text = cbor_text(c, &row->word.len);
    }
    if (has_detail(row->kind)) {
        row->detail.text = cbor_text(c, &row->detail.len);
    }
    if (row->kind == TELEMETRY_ROW_CAR) {
        row->car_id = cbor_bytes(c, &row->car_id_len);
    }
    if (cbor_ok(c) && !row_in_range(row)) {
        cbor_fail(c, E_MALFORMED);
    }
}

static size_t head_len(size_t n_items_of_array)
{
    return n_items_of_array < 24 ? 1 : n_items_of_array < 256 ? 2 : 3;
}

/* Reads them all once, so that nobody later finds a bad one. */
static void take_rows(struct cbor *c, struct telemetry_session_piece *p)
{
    size_t item_len = 0;
    uint32_t t_ms = 0;
    const uint8_t *item = cbor_skip(c, &item_len);
    struct cbor rows = cbor_of(item, item_len);
    const size_t n = cbor_array(&rows);
    if (n > TELEMETRY_ROWS_MAX_LEN) {
        cbor_fail(&rows, E_LIMIT);
    }
    for (size_t i = 0; cbor_ok(&rows) && i < n; i++) {
        struct telemetry_session_row row;
        take_row(&rows, &row);
        if (cbor_ok(&rows) && row.t_ms < t_ms) {
            cbor_fail(&rows, E_MALFORMED);
        }
        t_ms = row.t_ms;
    }
    if (cbor_ok(c) && !cbor_ok(&rows)) {
        cbor_fail(c, cbor_finish(&rows));
    }
    if (cbor_ok(c)) {
        p->n_rows = (uint16_t)n;
        p->rows = item + head_len(n);
        p->rows_len = item_len - head_len(n);
    }
}

/* The next key must be this one: all are there, in order. */
static void expect_key(struct cbor *c, enum key key)
{
    if (cbor_uint(c) != (uint64_t)key) {
        cbor_fail(c, E_MALFORMED);
    }
}

static uint64_t take_key(struct cbor *c, enum key key, uint64_t max)
{
    expect_key(c, key);
    return take_uint(c, max);
}

static int take_payload(const uint8_t *payload, size_t len, struct telemetry_session_piece *p)
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
    p->device_id = cbor_text(&c, &p->device_id_len);
    p->boot_epoch = (uint32_t)take_key(&c, KEY_BOOT_EPOCH, UINT32_MAX);
    p->sequence = (uint32_t)take_key(&c, KEY_SEQUENCE, UINT32_MAX);
    p->session = (uint32_t)take_key(&c, KEY_SESSION, UINT32_MAX);
    p->piece = (uint16_t)take_key(&c, KEY_PIECE, UINT16_MAX);
    p->is_last = take_key(&c, KEY_LAST, 1) != 0;
    p->plug = (uint8_t)take_key(&c, KEY_PLUG, UINT8_MAX);
    p->start_unix_ms = (int64_t)take_key(&c, KEY_START_UNIX_MS, INT64_MAX);
    p->time_quality =
        (enum telemetry_time_quality)take_key(&c, KEY_TIME_QUALITY, TELEMETRY_TIME_SYNCED);
    expect_key(&c, KEY_ROWS);
    take_rows(&c, p);
    const int status = cbor_finish(&c);
    if (status == E_OK) {
        return piece_in_range(p) ? E_OK : E_MALFORMED;
    }
    return status == E_TRUNCATED ? E_MALFORMED : status; /* more bytes would not help */
}

int telemetry_session_decode(const uint8_t *in, size_t len, struct telemetry_session_envelope *out)
{
    struct cose_sign1 message;
    struct telemetry_session_piece piece = {.n_rows = 0};
    if (len > TELEMETRY_PIECE_MAX_LEN) {
        return E_LIMIT;
    }
    int status = cose_sign1_open(in, len, &message);
    if (status == E_OK) {
        status = take_payload(message.payload, message.payload_len, &piece);
    }
    if (status != E_OK) {
        return status;
    }
    out->piece = piece;
    cose_sign1_digest(&message, out->digest);
    memcpy(out->signature, message.signature, sizeof out->signature);
    return E_OK;
}

int telemetry_session_verify(const struct telemetry_session_envelope *envelope,
                             const uint8_t public_key[65])
{
    return crypto_ecdsa_verify(CRYPTO_P256, public_key, envelope->digest, sizeof envelope->digest,
                               envelope->signature);
}

struct telemetry_session_rows telemetry_session_rows_of(const struct telemetry_session_piece *piece)
{
    ASSERT(piece->rows != NULL);
    return (struct telemetry_session_rows){.c = cbor_of(piece->rows, piece->rows_len),
                                           .n_left = piece->n_rows};
}

bool telemetry_session_next_row(struct telemetry_session_rows *rows,
                                struct telemetry_session_row *row)
{
    if (rows->n_left == 0) {
        return false;
    }
    rows->n_left--;
    take_row(&rows->c, row);
    ASSERT(cbor_ok(&rows->c)); /* a decoded piece has only good ones */
    ASSERT(row->t_ms >= rows->t_ms);
    rows->t_ms = row->t_ms;
    return true;
}
