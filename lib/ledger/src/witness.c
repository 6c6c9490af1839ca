/* SPDX-License-Identifier: MIT
 * Witness.
 */
#include "ledger/witness.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/base64.h"
#include "ledger_text.h"

#define OLD "old "

void ledger_witness_request_put(struct wbuf *w, const struct ledger_witness_request *request)
{
    ASSERT(request->n_hashes <= LEDGER_WITNESS_HASHES_MAX);
    wbuf_str(w, OLD);
    ledger_put_number(w, request->old_size);
    wbuf_u8(w, '\n');
    for (size_t i = 0; i < request->n_hashes; i++) {
        base64_put(w, request->hashes[i].bytes, LEDGER_HASH_LEN);
        wbuf_u8(w, '\n');
    }
    wbuf_u8(w, '\n');
    wbuf_put(w, request->note, request->note_len);
}

/* The length of the line at `at`, without its end; SIZE_MAX when it has none. */
static size_t line_len(const char *at, size_t left)
{
    const char *end = left == 0 ? NULL : memchr(at, '\n', left);
    return end == NULL ? SIZE_MAX : (size_t)(end - at);
}

static int take_hashes(const char *at, size_t left, struct ledger_witness_request *out)
{
    out->n_hashes = 0;
    for (;;) {
        const size_t len = line_len(at, left);
        if (len == SIZE_MAX) {
            return E_MALFORMED;
        }
        if (len == 0) {
            out->note = at + 1;
            out->note_len = left - 1;
            return E_OK;
        }
        if (out->n_hashes == LEDGER_WITNESS_HASHES_MAX) {
            return E_LIMIT;
        }
        if (base64_decode(at, len, out->hashes[out->n_hashes].bytes, LEDGER_HASH_LEN) !=
            LEDGER_HASH_LEN) {
            return E_MALFORMED;
        }
        out->n_hashes++;
        at += len + 1;
        left -= len + 1;
    }
}

int ledger_witness_request_parse(const char *body, size_t len, struct ledger_witness_request *out)
{
    const size_t prefix_len = sizeof OLD - 1;
    const size_t first_len = line_len(body, len);
    if (first_len == SIZE_MAX || first_len <= prefix_len || memcmp(body, OLD, prefix_len) != 0) {
        return E_MALFORMED;
    }
    const int result =
        ledger_take_number(body + prefix_len, first_len - prefix_len, &out->old_size);
    return result == E_OK ? take_hashes(body + first_len + 1, len - first_len - 1, out) : result;
}

/* ---- judging ---- */

static bool is_of(const struct ledger_checkpoint *c, const struct ledger_key *log)
{
    return c->origin_len == strlen(log->name) && memcmp(c->origin, log->name, c->origin_len) == 0;
}

static bool is_consistent(const struct ledger_head *known, const struct ledger_checkpoint *c,
                          const struct ledger_witness_request *q)
{
    const struct ledger_hash empty = ledger_empty_root();
    if (c->size == 0) {
        return q->n_hashes == 0 && memcmp(c->root.bytes, empty.bytes, LEDGER_HASH_LEN) == 0;
    }
    if (known->size == 0) {
        return q->n_hashes == 0;
    }
    const struct ledger_proof proof = {q->hashes, q->n_hashes};
    const struct ledger_consistency claim = {
        .range = {0, known->size}, .size = c->size, .old = known->root, .root = c->root};
    return ledger_extension_check(&claim, &proof) == E_OK;
}

enum ledger_witness_answer ledger_witness_judge(const struct ledger_witness_case *w,
                                                const struct ledger_witness_request *request,
                                                struct ledger_note *note,
                                                struct ledger_checkpoint *c)
{
    struct ledger_checkpoint read;
    if (ledger_note_parse(request->note, request->note_len, note) != E_OK ||
        ledger_checkpoint_parse(note->text, note->text_len, &read) != E_OK) {
        return LEDGER_WITNESS_MALFORMED;
    }
    if (!is_of(&read, &w->log)) {
        return LEDGER_WITNESS_UNKNOWN;
    }
    if (ledger_note_verify(note, &w->log, NULL) != E_OK) {
        return LEDGER_WITNESS_NOT_SIGNED;
    }
    if (request->old_size > read.size) {
        return LEDGER_WITNESS_MALFORMED;
    }
    if (request->old_size != w->known.size) {
        return LEDGER_WITNESS_CONFLICT;
    }
    if (!is_consistent(&w->known, &read, request)) {
        return LEDGER_WITNESS_INCONSISTENT;
    }
    *c = read;
    return LEDGER_WITNESS_COSIGNS;
}
