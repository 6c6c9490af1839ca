/* SPDX-License-Identifier: MIT
 * Reading and writing proofs as JSON.
 */
#include "ledger/proof_json.h"

#include <string.h>

#include "base/assert.h"
#include "base/base64.h"

enum { BASE64_HASH_LEN = BASE64_LEN(LEDGER_HASH_LEN) };

const char *ledger_proof_kind_name(enum ledger_proof_kind kind)
{
    static const char *const names[] = {"nothing", "inclusion", "inclusion in a subtree",
                                        "consistency", "consistency of a subtree"};
    ASSERT((unsigned)kind < sizeof names / sizeof names[0]);
    return names[kind];
}

/* ---- reading ---- */

static bool has(const struct ledger_proof_reader *r, const char *name)
{
    return json_member(&r->json, 0, name) != JSON_ABSENT;
}

static uint64_t number(struct ledger_proof_reader *r, const char *name)
{
    int64_t v = 0;
    if (json_int(&r->json, json_member(&r->json, 0, name), &v) != E_OK || v < 0) {
        r->odd = true;
    }
    return (uint64_t)v;
}

/* A text of another length than a hash stands for something that equals nothing but itself. */
static void read_hash(struct ledger_proof_reader *r, int value, struct ledger_hash *hash)
{
    const int len = json_string(&r->json, value, r->text, sizeof r->text);
    const int n = len < 0 ? len : base64_decode(r->text, (size_t)len, r->bytes, sizeof r->bytes);
    if (n == LEDGER_HASH_LEN) {
        memcpy(hash->bytes, r->bytes, LEDGER_HASH_LEN);
        return;
    }
    r->odd |= n <= 0;
    *hash = ledger_leaf_hash(r->bytes, n < 0 ? 0 : (size_t)n);
}

static struct ledger_proof read_proof(struct ledger_proof_reader *r)
{
    size_t n = 0;
    const int list = json_member(&r->json, 0, "proof");
    for (int v = json_first(&r->json, list); v != JSON_ABSENT; v = json_next(&r->json, v)) {
        if (n == LEDGER_PROOF_MAX) {
            r->odd = true;
            break;
        }
        read_hash(r, v, &r->hashes[n++]);
    }
    return (struct ledger_proof){.hashes = r->hashes, .n = n};
}

/* The members that make a kind of proof; the first row whose members are all there decides. */
static const struct {
    enum ledger_proof_kind kind;
    const char *members[5];
} kinds[] = {
    {LEDGER_PROOF_SUBTREE_INCLUSION, {"leafIdx", "leafHash", "root", "start", "end"}},
    {LEDGER_PROOF_INCLUSION, {"leafIdx", "leafHash", "root", "treeSize"}},
    {LEDGER_PROOF_SUBTREE_CONSISTENCY, {"root1", "root2", "start", "end", "size"}},
    {LEDGER_PROOF_CONSISTENCY, {"root1", "root2", "size1", "size2"}},
};

static bool has_all(const struct ledger_proof_reader *r, const char *const members[5])
{
    for (size_t i = 0; i < 5 && members[i] != NULL; i++) {
        if (!has(r, members[i])) {
            return false;
        }
    }
    return true;
}

static enum ledger_proof_kind kind_of(const struct ledger_proof_reader *r)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (has_all(r, kinds[i].members)) {
            return kinds[i].kind;
        }
    }
    return LEDGER_PROOF_NONE;
}

/* Whether "entry", where there is one, is what has this leaf hash. */
static bool is_entrys_leaf(struct ledger_proof_reader *r)
{
    const int value = json_member(&r->json, 0, "entry");
    if (value == JSON_ABSENT) {
        return true;
    }
    const int len = json_string(&r->json, value, r->text, sizeof r->text);
    const int n = len < 0 ? len : base64_decode(r->text, (size_t)len, r->bytes, sizeof r->bytes);
    if (n < 0) {
        return false;
    }
    const struct ledger_hash leaf = ledger_leaf_hash(r->bytes, (size_t)n);
    return memcmp(leaf.bytes, r->leaf.bytes, sizeof leaf.bytes) == 0;
}

static int judge_inclusion(struct ledger_proof_reader *r)
{
    struct ledger_range range = {0, 0};
    if (r->kind == LEDGER_PROOF_INCLUSION) {
        range.end = number(r, "treeSize");
    } else {
        range = (struct ledger_range){number(r, "start"), number(r, "end")};
    }
    r->index = number(r, "leafIdx");
    r->size = range.end;
    read_hash(r, json_member(&r->json, 0, "leafHash"), &r->leaf);
    read_hash(r, json_member(&r->json, 0, "root"), &r->root);
    const struct ledger_proof proof = read_proof(r);
    if (r->odd || !is_entrys_leaf(r)) {
        return E_AUTH;
    }
    return ledger_inclusion_check(r->index, &range, &r->leaf, &proof, &r->root);
}

static int judge_consistency(struct ledger_proof_reader *r)
{
    struct ledger_consistency claim = {.size = 0};
    const bool whole = r->kind == LEDGER_PROOF_CONSISTENCY;
    claim.range.start = whole ? 0 : number(r, "start");
    claim.range.end = number(r, whole ? "size1" : "end");
    claim.size = r->size = number(r, whole ? "size2" : "size");
    read_hash(r, json_member(&r->json, 0, "root1"), &claim.old);
    read_hash(r, json_member(&r->json, 0, "root2"), &claim.root);
    r->root = claim.root;
    const struct ledger_proof proof = read_proof(r);
    if (r->odd) {
        return E_AUTH;
    }
    return whole ? ledger_extension_check(&claim, &proof)
                 : ledger_consistency_check(&claim, &proof);
}

int ledger_proof_judge(struct ledger_proof_reader *reader, const char *text, size_t len)
{
    reader->kind = LEDGER_PROOF_NONE;
    reader->odd = false;
    const int parsed = json_parse(&reader->json, text, len, reader->tokens,
                                  sizeof reader->tokens / sizeof reader->tokens[0]);
    if (parsed != E_OK) {
        return parsed;
    }
    reader->kind = kind_of(reader);
    if (reader->kind == LEDGER_PROOF_NONE) {
        return E_UNSUPPORTED;
    }
    const bool is_inclusion =
        reader->kind == LEDGER_PROOF_INCLUSION || reader->kind == LEDGER_PROOF_SUBTREE_INCLUSION;
    const int result = is_inclusion ? judge_inclusion(reader) : judge_consistency(reader);
    return result == E_OK ? E_OK : E_AUTH;
}

int ledger_proof_checkpoint(const struct ledger_proof_reader *reader, char *out, size_t cap)
{
    return json_string(&reader->json, json_member(&reader->json, 0, "checkpoint"), out, cap);
}

/* ---- writing ---- */

static void put_hash(struct json_writer *w, const struct ledger_hash *hash)
{
    char text[BASE64_HASH_LEN];
    struct wbuf b = wbuf_of(text, sizeof text);
    base64_put(&b, hash->bytes, sizeof hash->bytes);
    json_put_text(w, text, wbuf_len(&b));
}

static void put_proof(struct json_writer *w, const struct ledger_proof *proof)
{
    json_key(w, "proof");
    json_begin_array(w);
    for (size_t i = 0; i < proof->n; i++) {
        put_hash(w, &proof->hashes[i]);
    }
    json_end(w);
}

/* For texts of up to an entry's length; on a microcontroller nobody writes proofs. */
static void put_entry(struct json_writer *w, const uint8_t *entry, size_t len, char *text,
                      size_t cap)
{
    struct wbuf b = wbuf_of(text, cap);
    base64_put(&b, entry, len);
    json_put_text(w, text, wbuf_len(&b));
    if (!wbuf_ok(&b)) {
        wbuf_fail(w->out);
    }
}

void ledger_inclusion_put_json(struct json_writer *w, const struct ledger_inclusion *inclusion)
{
    const struct ledger_hash leaf = ledger_leaf_hash(inclusion->entry, inclusion->entry_len);
    json_begin_object(w);
    json_key(w, "leafIdx");
    json_put_uint(w, inclusion->index);
    json_key(w, "treeSize");
    json_put_uint(w, inclusion->size);
    json_key(w, "root");
    put_hash(w, &inclusion->root);
    json_key(w, "leafHash");
    put_hash(w, &leaf);
    put_proof(w, &inclusion->proof);
    json_key(w, "entry");
    put_entry(w, inclusion->entry, inclusion->entry_len, inclusion->scratch,
              inclusion->scratch_cap);
    if (inclusion->checkpoint != NULL) {
        json_field_string(w, "checkpoint", inclusion->checkpoint);
    }
    json_end(w);
}

void ledger_extension_put_json(struct json_writer *w, const struct ledger_extension *extension)
{
    json_begin_object(w);
    json_key(w, "size1");
    json_put_uint(w, extension->old_size);
    json_key(w, "size2");
    json_put_uint(w, extension->size);
    json_key(w, "root1");
    put_hash(w, &extension->old);
    json_key(w, "root2");
    put_hash(w, &extension->root);
    put_proof(w, &extension->proof);
    json_end(w);
}
