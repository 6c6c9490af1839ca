/* SPDX-License-Identifier: MIT
 * Proofs as JSON, in the form of transparency-dev/merkle's test data; hashes are Base64:
 *   inclusion     {"leafIdx","treeSize","root","leafHash","proof":[..]}
 *   in a subtree  {"leafIdx","start","end","root","leafHash","proof":[..]}
 *   consistency   {"size1","size2","root1","root2","proof":[..]}
 *   of a subtree  {"start","end","size","root1","root2","proof":[..]}
 * Ours have two members more: "entry" (Base64), whose leaf hash must be the one given, and
 * "checkpoint", the signed note that the root is from (docs/spec/ledger.md).
 */
#ifndef LEDGER_PROOF_JSON_H
#define LEDGER_PROOF_JSON_H

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/proof.h"

enum ledger_proof_kind {
    LEDGER_PROOF_NONE, /* the members of no kind are there */
    LEDGER_PROOF_INCLUSION,
    LEDGER_PROOF_SUBTREE_INCLUSION,
    LEDGER_PROOF_CONSISTENCY,
    LEDGER_PROOF_SUBTREE_CONSISTENCY
};
const char *ledger_proof_kind_name(enum ledger_proof_kind kind);

enum { LEDGER_PROOF_TOKENS_MAX = 2 * LEDGER_PROOF_MAX, LEDGER_PROOF_JSON_CAP = 65536 };

/* What reading a proof needs: some 12 KiB, so it is lent. */
struct ledger_proof_reader {
    enum ledger_proof_kind kind; /* of the last proof */
    uint64_t index;              /* of an inclusion */
    uint64_t size;
    struct ledger_hash leaf;
    struct ledger_hash root;
    struct json_reader json; /* the rest is private */
    struct json_token tokens[LEDGER_PROOF_TOKENS_MAX];
    struct ledger_hash hashes[LEDGER_PROOF_MAX];
    char text[4 * LEDGER_ENTRY_MAX_LEN / 3 + 8];
    uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    bool odd; /* a number no log can have, a missing hash */
};

/* E_OK: the proof holds. E_AUTH: it is one and does not. Else it is none: the JSON's error, or
 * E_UNSUPPORTED when it lacks the members of any kind. Does not look at "checkpoint". */
int ledger_proof_judge(struct ledger_proof_reader *reader, const char *text, size_t len) MUST_USE;
/* The text of "checkpoint" of the last proof: its length, or E_NOTFOUND. */
int ledger_proof_checkpoint(const struct ledger_proof_reader *reader, char *out,
                            size_t cap) MUST_USE;

/* ---- writing ---- */

struct ledger_inclusion {
    uint64_t index;
    uint64_t size;
    struct ledger_hash root;
    struct ledger_proof proof;
    const uint8_t *entry;
    size_t entry_len;
    const char *checkpoint; /* terminated; NULL: none */
    char *scratch;          /* room for the entry in Base64 */
    size_t scratch_cap;
};
/* One object. */
void ledger_inclusion_put_json(struct json_writer *w, const struct ledger_inclusion *inclusion);
struct ledger_extension {
    uint64_t old_size;
    uint64_t size;
    struct ledger_hash old;
    struct ledger_hash root;
    struct ledger_proof proof;
};
void ledger_extension_put_json(struct json_writer *w, const struct ledger_extension *extension);
/* The members of an entry, into an object that is open: "index", "type", "unix_ms" and what the
 * type has. Digests and messages are hexadecimal. */
void ledger_entry_put_json(struct json_writer *w, const struct ledger_entry *entry);

#endif
