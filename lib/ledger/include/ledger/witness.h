/* SPDX-License-Identifier: MIT
 * A witness's judgement (C2SP tlog-witness, add-checkpoint): somebody else who remembers the last
 * checkpoint of a log that he saw, and cosigns only one that extends it. Whoever asks for his
 * cosignature cannot be shown another past than he was. HTTP and memory are the caller's.
 */
#ifndef LEDGER_WITNESS_H
#define LEDGER_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"
#include "ledger/checkpoint.h"
#include "ledger/log.h"
#include "ledger/note.h"
#include "ledger/proof.h"

enum {
    LEDGER_WITNESS_HASHES_MAX = 63,
    LEDGER_WITNESS_REQUEST_MAX_LEN = LEDGER_NOTE_MAX_LEN + LEDGER_WITNESS_HASHES_MAX * 45 + 32
};

/* What is asked: the size that the witness is thought to know, the proof from there, the signed
 * checkpoint. `note` is a view. */
struct ledger_witness_request {
    uint64_t old_size;
    size_t n_hashes;
    struct ledger_hash hashes[LEDGER_WITNESS_HASHES_MAX];
    const char *note;
    size_t note_len;
};

/* Precondition: n_hashes within its range. Check wbuf_ok(). */
void ledger_witness_request_put(struct wbuf *w, const struct ledger_witness_request *request);
/* E_MALFORMED, E_LIMIT (size, too many hashes). */
int ledger_witness_request_parse(const char *body, size_t len,
                                 struct ledger_witness_request *out) MUST_USE;

/* The answers, by their HTTP status. */
enum ledger_witness_answer {
    LEDGER_WITNESS_COSIGNS = 200,
    LEDGER_WITNESS_MALFORMED = 400,
    LEDGER_WITNESS_NOT_SIGNED = 403, /* by the log's key */
    LEDGER_WITNESS_UNKNOWN = 404,    /* another log */
    LEDGER_WITNESS_CONFLICT = 409,   /* the witness knows another size; the answer names it */
    LEDGER_WITNESS_INCONSISTENT = 422
};

struct ledger_witness_case {
    struct ledger_key log;    /* whose checkpoints are cosigned; its name is the origin */
    struct ledger_head known; /* the last that was; {0} for none */
};

/* Judges a request. After LEDGER_WITNESS_COSIGNS *c is the checkpoint, a view into the request, and
 * *note its note: remember the head on disk, then sign the note's text. Else they say nothing. */
enum ledger_witness_answer ledger_witness_judge(const struct ledger_witness_case *w,
                                                const struct ledger_witness_request *request,
                                                struct ledger_note *note,
                                                struct ledger_checkpoint *c);

#endif
