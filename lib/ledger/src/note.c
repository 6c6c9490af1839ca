/* SPDX-License-Identifier: MIT
 * Signed notes.
 */
#include "ledger/note.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/base64.h"
#include "base/rbuf.h"
#include "base/utf8.h"
#include "crypto/crypto.h"
#include "ledger_text.h"

/* An em dash (U+2014) and a space begin a signature line. */
static const char dash[] = "\xe2\x80\x94 ";
enum { DASH_LEN = sizeof dash - 1, ID_LEN = 4, TIME_LEN = 8, ED25519_LEN = 64 };

/* Only line ends of all control characters, and valid UTF-8. */
static bool is_text(const char *note, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)note[i] < 0x20 && note[i] != '\n') {
            return false;
        }
    }
    return utf8_valid(note, len);
}

/* Where the signatures begin: after the last empty line. 0 when there is none. */
static size_t find_signatures(const char *note, size_t len)
{
    for (size_t i = len; i >= 2; i--) {
        if (note[i - 1] == '\n' && note[i - 2] == '\n') {
            return i;
        }
    }
    return 0;
}

static int take_signature(const char *line, size_t len, struct ledger_note_signature *s)
{
    if (len <= DASH_LEN || memcmp(line, dash, DASH_LEN) != 0) {
        return E_MALFORMED;
    }
    line += DASH_LEN;
    len -= DASH_LEN;
    const char *space = memchr(line, ' ', len);
    if (space == NULL || space == line || memchr(line, '+', (size_t)(space - line)) != NULL) {
        return E_MALFORMED;
    }
    s->name = line;
    s->name_len = (size_t)(space - line);
    /* A post-quantum signature is longer than we hold: its line is checked and then ignored. */
    uint8_t blob[ID_LEN + LEDGER_SIGNATURE_MAX_LEN];
    const char *text = space + 1;
    const size_t text_len = len - s->name_len - 1;
    const int n = base64_decode(text, text_len, blob, sizeof blob);
    s->len = 0;
    if (n == E_NOSPACE) {
        return E_OK;
    }
    if (n <= ID_LEN) {
        return E_MALFORMED;
    }
    s->key_id =
        (uint32_t)blob[0] << 24 | (uint32_t)blob[1] << 16 | (uint32_t)blob[2] << 8 | blob[3];
    s->len = (size_t)n - ID_LEN;
    memcpy(s->bytes, blob + ID_LEN, s->len);
    return E_OK;
}

int ledger_note_parse(const char *note, size_t len, struct ledger_note *out)
{
    if (len > LEDGER_NOTE_MAX_LEN) {
        return E_LIMIT;
    }
    const size_t at = find_signatures(note, len);
    if (at < 2 || at == len || note[len - 1] != '\n' || !is_text(note, len)) {
        return E_MALFORMED;
    }
    out->text = note;
    out->text_len = at - 1;
    out->n_signatures = 0;
    for (size_t start = at; start < len;) {
        const char *end = memchr(note + start, '\n', len - start);
        ASSERT(end != NULL); /* the note ends with one */
        if (out->n_signatures == LEDGER_NOTE_SIGNATURES_MAX) {
            return E_LIMIT;
        }
        const size_t line_len = (size_t)(end - note) - start;
        const int result =
            take_signature(note + start, line_len, &out->signatures[out->n_signatures]);
        if (result != E_OK) {
            return result;
        }
        out->n_signatures++;
        start += line_len + 1;
    }
    return E_OK;
}

static bool is_of(const struct ledger_note_signature *s, const struct ledger_key *key)
{
    return s->len > 0 && s->name_len == strlen(key->name) &&
           memcmp(s->name, key->name, s->name_len) == 0 && s->key_id == ledger_key_id(key);
}

/* Ed25519 takes a message in one piece; a cosignature's header has to be put before the text. */
static int verify_cosignature(const struct ledger_note *note, const struct ledger_key *key,
                              const struct ledger_note_signature *s, uint64_t *unix_s)
{
    enum { CHECKPOINT_MAX_LEN = 384 };
    uint8_t message[CHECKPOINT_MAX_LEN];
    struct rbuf time = rbuf_of(s->bytes, TIME_LEN);
    const uint64_t at_s = rbuf_be64(&time);
    struct wbuf w = wbuf_of(message, sizeof message);
    ledger_note_put_message(&w, key, at_s, note->text, note->text_len);
    if (!wbuf_ok(&w)) {
        return E_LIMIT;
    }
    *unix_s = at_s;
    return crypto_ed25519_verify(key->public_key, message, wbuf_len(&w), s->bytes + TIME_LEN);
}

static int verify_one(const struct ledger_note *note, const struct ledger_key *key,
                      const struct ledger_note_signature *s, uint64_t *unix_s)
{
    *unix_s = 0;
    if (key->type == LEDGER_COSIGNATURE) {
        return s->len == TIME_LEN + ED25519_LEN ? verify_cosignature(note, key, s, unix_s) : E_AUTH;
    }
    return s->len == ED25519_LEN
               ? crypto_ed25519_verify(key->public_key, note->text, note->text_len, s->bytes)
               : E_AUTH;
}

int ledger_note_verify(const struct ledger_note *note, const struct ledger_key *key,
                       uint64_t *unix_s)
{
    for (size_t i = 0; i < note->n_signatures; i++) {
        uint64_t at_s = 0;
        if (!is_of(&note->signatures[i], key)) {
            continue;
        }
        const int result = verify_one(note, key, &note->signatures[i], &at_s);
        if (result == E_OK && unix_s != NULL) {
            *unix_s = at_s;
        }
        return result;
    }
    return E_NOTFOUND;
}

void ledger_note_put_message(struct wbuf *w, const struct ledger_key *key, uint64_t unix_s,
                             const char *text, size_t text_len)
{
    if (key->type == LEDGER_COSIGNATURE) {
        wbuf_str(w, "cosignature/v1\ntime ");
        ledger_put_number(w, unix_s);
        wbuf_u8(w, '\n');
    }
    wbuf_put(w, text, text_len);
}

void ledger_note_put_signature(struct wbuf *w, const struct ledger_key *key, uint64_t unix_s,
                               const uint8_t signature[64])
{
    uint8_t blob[ID_LEN + LEDGER_SIGNATURE_MAX_LEN];
    struct wbuf b = wbuf_of(blob, sizeof blob);
    wbuf_be32(&b, ledger_key_id(key));
    if (key->type == LEDGER_COSIGNATURE) {
        wbuf_be64(&b, unix_s);
    }
    wbuf_put(&b, signature, ED25519_LEN);
    wbuf_str(w, dash);
    wbuf_str(w, key->name);
    wbuf_u8(w, ' ');
    base64_put(w, blob, wbuf_len(&b));
    wbuf_u8(w, '\n');
}
