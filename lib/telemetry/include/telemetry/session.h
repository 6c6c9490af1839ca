/* SPDX-License-Identifier: MIT
 * What a charger tells of a charging session: a record in signed pieces, each a COSE_Sign1 (RFC
 * 9052, ES256) over a deterministic CBOR map. The bytes are specified in docs/spec/session.md.
 *
 * States, messages and reasons are words, so that whoever keeps and shows a record need not know
 * the charger's numbers for them.
 */
#ifndef TELEMETRY_SESSION_H
#define TELEMETRY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cbor.h"
#include "base/wbuf.h"
#include "telemetry/reading.h"

enum {
    TELEMETRY_PIECE_MAX_LEN = 1000, /* longer messages are refused */
    TELEMETRY_ROWS_MAX_LEN = 768,   /* of the encoded rows of a piece */
    TELEMETRY_ROW_MAX_LEN = 84,
    TELEMETRY_WORD_MAX_LEN = 32, /* printable ASCII but " and backslash */
    TELEMETRY_CAR_ID_MAX_LEN = 8,
    TELEMETRY_PIECES_MAX = 512, /* of a session */
    TELEMETRY_PLUGS_MAX = 16
};

enum telemetry_row_kind {
    TELEMETRY_ROW_SAMPLE = 0,  /* mv, ma, energy_mwh, soc_pct */
    TELEMETRY_ROW_MESSAGE = 1, /* word: of the car, detail: the charger's answer */
    TELEMETRY_ROW_PHASE = 2,   /* word: of the protocol */
    TELEMETRY_ROW_STATE = 3,   /* word: of the power stage */
    TELEMETRY_ROW_FAULT = 4,   /* word */
    TELEMETRY_ROW_CAR = 5,     /* word: the protocol, detail: "AC" or "DC", car_id */
    TELEMETRY_ROW_END = 6,     /* word: how it ended; no sooner than the session's last row */
    TELEMETRY_ROW_KINDS
};

struct telemetry_word {
    const char *text; /* not terminated; a view into the input after decoding */
    size_t len;       /* 1..TELEMETRY_WORD_MAX_LEN */
};

/* What is not of its kind is not written, and 0 after decoding. */
struct telemetry_session_row {
    enum telemetry_row_kind kind;
    uint32_t t_ms; /* since the session began; never falls */
    int32_t mv;    /* >= 0, at the output */
    int32_t ma;
    int64_t energy_mwh; /* >= 0, given in this session so far */
    int8_t soc_pct;     /* 0..100; -1: the car did not say */
    struct telemetry_word word;
    struct telemetry_word detail;
    const uint8_t *car_id; /* EVCCID; may have no bytes */
    size_t car_id_len;
};

struct telemetry_session_piece {
    const char *device_id; /* as in a reading */
    size_t device_id_len;
    uint32_t boot_epoch; /* of the device, as in its readings */
    uint32_t sequence;   /* grows by one with every piece of an epoch, from 1 */
    uint32_t session;    /* grows by one with every session of an epoch, from 1 */
    uint16_t piece;      /* of its session, 0..TELEMETRY_PIECES_MAX - 1, without gaps */
    bool is_last;
    uint8_t plug;          /* 1..TELEMETRY_PLUGS_MAX */
    int64_t start_unix_ms; /* of the session, the same in all its pieces */
    enum telemetry_time_quality time_quality;
    const uint8_t *rows; /* by telemetry_session_put_row(); a view into the input after decoding */
    size_t rows_len;     /* 1..TELEMETRY_ROWS_MAX_LEN */
    uint16_t n_rows;
};

/* Appends a row to those of a piece. E_ARG for a row that breaks a range above, E_NOSPACE (nothing
 * written) when there is no room for it. */
int telemetry_session_put_row(struct wbuf *rows, const struct telemetry_session_row *row) MUST_USE;
/* Returns the length written; E_ARG for a piece that breaks a range above, E_NOSPACE, or what the
 * signer returned. */
int telemetry_session_sign(const struct telemetry_session_piece *piece,
                           const struct telemetry_signer *signer, uint8_t *out,
                           size_t cap) MUST_USE;

/* What a message says before anybody has verified it. Views into `in`. */
struct telemetry_session_envelope {
    struct telemetry_session_piece piece;
    uint8_t digest[32];
    uint8_t signature[64];
};
/* Errors as of telemetry_reading_decode(). A piece that comes back is within the ranges above, its
 * rows too; nothing is verified. */
int telemetry_session_decode(const uint8_t *in, size_t len,
                             struct telemetry_session_envelope *out) MUST_USE;
/* As telemetry_reading_verify(). */
int telemetry_session_verify(const struct telemetry_session_envelope *envelope,
                             const uint8_t public_key[65]) MUST_USE;

/* The rows of a decoded piece, one after the other. */
struct telemetry_session_rows {
    struct cbor c; /* all private */
    uint16_t n_left;
    uint32_t t_ms;
};
struct telemetry_session_rows
telemetry_session_rows_of(const struct telemetry_session_piece *piece);
/* False after the last. */
bool telemetry_session_next_row(struct telemetry_session_rows *rows,
                                struct telemetry_session_row *row);

#endif
