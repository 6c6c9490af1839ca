/* SPDX-License-Identifier: MIT
 * Signed notes (C2SP signed-note): a text, an empty line, signature lines. Ed25519 keys only: plain
 * signatures (type 0x01) and timestamped witness cosignatures (type 0x04, C2SP tlog-cosignature).
 */
#ifndef LEDGER_NOTE_H
#define LEDGER_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"

enum {
    LEDGER_NOTE_SIGNATURES_MAX = 16,
    LEDGER_NOTE_MAX_LEN = 8192,
    LEDGER_KEY_NAME_MAX_LEN = 128,
    LEDGER_SIGNATURE_MAX_LEN = 72 /* a timestamp and an Ed25519 signature */
};

enum ledger_key_type { LEDGER_ED25519 = 0x01, LEDGER_COSIGNATURE = 0x04 };

/* A key that verifies. */
struct ledger_key {
    char name[LEDGER_KEY_NAME_MAX_LEN + 1]; /* terminated; no space, no '+' */
    enum ledger_key_type type;
    uint8_t public_key[32];
};

/* The first four bytes of SHA-256(name || 0x0A || type || public key). */
uint32_t ledger_key_id(const struct ledger_key *key);
/* "name+id+base64": E_MALFORMED, E_UNSUPPORTED (another algorithm), E_AUTH (the id is another
 * key's). */
int ledger_key_parse(const char *text, size_t len, struct ledger_key *key) MUST_USE;
void ledger_key_put(struct wbuf *w, const struct ledger_key *key);

struct ledger_note_signature {
    const char *name; /* a view */
    size_t name_len;
    uint32_t key_id;
    /* What follows the id: 64 bytes of Ed25519, or 8 of time and 64 of Ed25519. 0 bytes: of an
     * algorithm that we do not speak. */
    uint8_t bytes[LEDGER_SIGNATURE_MAX_LEN];
    size_t len;
};

struct ledger_note {
    const char *text; /* a view, with its last line end, without the empty line */
    size_t text_len;
    struct ledger_note_signature signatures[LEDGER_NOTE_SIGNATURES_MAX];
    size_t n_signatures;
};

/* Takes a note apart; verifies nothing. E_MALFORMED, E_LIMIT (too long, too many signatures). */
int ledger_note_parse(const char *note, size_t len, struct ledger_note *out) MUST_USE;
/* E_OK when a signature of that key holds (and *unix_s is the time of a cosignature, else 0; may be
 * NULL); E_NOTFOUND when the key has not signed; E_AUTH when it has, wrongly. */
int ledger_note_verify(const struct ledger_note *note, const struct ledger_key *key,
                       uint64_t *unix_s) MUST_USE;

/* The bytes that Ed25519 signs: the text itself, or for a cosignature a header with the time before
 * it. */
void ledger_note_put_message(struct wbuf *w, const struct ledger_key *key, uint64_t unix_s,
                             const char *text, size_t text_len);
/* One signature line. `unix_s` is ignored for a plain signature. */
void ledger_note_put_signature(struct wbuf *w, const struct ledger_key *key, uint64_t unix_s,
                               const uint8_t signature[64]);

#endif
