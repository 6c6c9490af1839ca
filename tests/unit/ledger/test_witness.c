/* SPDX-License-Identifier: MIT */
#include "ledger/witness.h"

#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

enum { LEAVES = 20, NOTE_CAP = 1024, BODY_CAP = 8192 };

static const uint8_t log_seed[32] = {3};
static const uint8_t other_seed[32] = {4};
static struct ledger_witness_case witness;
static struct ledger_note note;
static struct ledger_checkpoint seen;
static char text[NOTE_CAP];

/* A tree of numbered leaves; a fork has another leaf 3. */
static struct ledger_hash leaf_of(uint64_t i, bool fork)
{
    const uint8_t byte = (uint8_t)(fork && i == 3 ? 0xff : i);
    return ledger_leaf_hash(&byte, 1);
}

static bool is_fork;

static int read_hash(void *context, unsigned level, uint64_t index, struct ledger_hash *out)
{
    struct ledger_tree t;
    (void)context;
    ledger_tree_init(&t);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        const struct ledger_hash leaf = leaf_of(i, is_fork);
        ledger_tree_append(&t, &leaf, NULL);
    }
    *out = ledger_tree_root(&t);
    return E_OK;
}

static struct ledger_hash root_of(uint64_t size, bool fork)
{
    struct ledger_tree t;
    ledger_tree_init(&t);
    for (uint64_t i = 0; i < size; i++) {
        const struct ledger_hash leaf = leaf_of(i, fork);
        ledger_tree_append(&t, &leaf, NULL);
    }
    return ledger_tree_root(&t);
}

static bool has_ed25519(void)
{
    memset(&witness, 0, sizeof witness);
    witness.log.type = LEDGER_ED25519;
    memcpy(witness.log.name, "example.com/log", sizeof "example.com/log");
    is_fork = false;
    if (crypto_ed25519_public(log_seed, witness.log.public_key) == E_UNSUPPORTED) {
        check_skip("this backend has no Ed25519");
        return false;
    }
    return true;
}

/* A request for a checkpoint of `size`, with the proof from `old_size`. */
static struct ledger_witness_request ask(uint64_t old_size, uint64_t size, const uint8_t seed[32])
{
    static uint8_t signature[64];
    static struct ledger_hash proof[LEDGER_PROOF_MAX];
    struct ledger_witness_request q = {.old_size = old_size, .note = text};
    struct wbuf w = wbuf_of(text, sizeof text);
    const struct ledger_checkpoint c = {.origin = witness.log.name,
                                        .origin_len = strlen(witness.log.name),
                                        .size = size,
                                        .root = root_of(size, is_fork)};
    ledger_checkpoint_put(&w, &c);
    CHECK_EQ(crypto_ed25519_sign(seed, text, wbuf_len(&w), signature), E_OK);
    wbuf_u8(&w, '\n');
    ledger_note_put_signature(&w, &witness.log, 0, signature);
    q.note_len = wbuf_len(&w);
    const struct ledger_hashes hashes = {read_hash, NULL};
    if (old_size > 0 && old_size <= size) {
        const int n = ledger_consistency_make(&hashes, old_size, size, proof);
        CHECK(n >= 0);
        q.n_hashes = (size_t)n;
        memcpy(q.hashes, proof, q.n_hashes * sizeof *proof);
    }
    return q;
}

static enum ledger_witness_answer judge(const struct ledger_witness_request *q)
{
    const enum ledger_witness_answer answer = ledger_witness_judge(&witness, q, &note, &seen);
    if (answer == LEDGER_WITNESS_COSIGNS) {
        witness.known = (struct ledger_head){seen.size, seen.root};
    }
    return answer;
}

static void a_log_that_grows_is_cosigned_at_every_size(void)
{
    if (!has_ed25519()) {
        return;
    }
    for (uint64_t size = 0; size <= LEAVES; size++) {
        struct ledger_witness_request q = ask(witness.known.size, size, log_seed);
        CHECK_EQ(judge(&q), LEDGER_WITNESS_COSIGNS);
        CHECK_EQ(witness.known.size, size);
        q = ask(size, size, log_seed); /* the same once more */
        CHECK_EQ(judge(&q), LEDGER_WITNESS_COSIGNS);
    }
}

static void a_log_that_went_back_or_forked_is_not(void)
{
    if (!has_ed25519()) {
        return;
    }
    struct ledger_witness_request q = ask(0, 10, log_seed);
    CHECK_EQ(judge(&q), LEDGER_WITNESS_COSIGNS);
    q = ask(8, 9, log_seed); /* back */
    CHECK_EQ(judge(&q), LEDGER_WITNESS_CONFLICT);
    q = ask(0, 12, log_seed); /* as if it were new here */
    CHECK_EQ(judge(&q), LEDGER_WITNESS_CONFLICT);
    is_fork = true;
    q = ask(10, 12, log_seed);
    CHECK_EQ(judge(&q), LEDGER_WITNESS_INCONSISTENT);
    q = ask(10, 10, log_seed); /* the same size, another root */
    CHECK_EQ(judge(&q), LEDGER_WITNESS_INCONSISTENT);
    is_fork = false;
    q = ask(10, 12, log_seed);
    q.n_hashes--;
    CHECK_EQ(judge(&q), LEDGER_WITNESS_INCONSISTENT);
    q.n_hashes++;
    CHECK_EQ(judge(&q), LEDGER_WITNESS_COSIGNS);
    CHECK_EQ(witness.known.size, 12);
}

static void only_the_logs_own_key_counts(void)
{
    if (!has_ed25519()) {
        return;
    }
    struct ledger_witness_request q = ask(0, 5, other_seed);
    CHECK_EQ(judge(&q), LEDGER_WITNESS_NOT_SIGNED);
    memcpy(witness.log.name, "example.com/own", sizeof "example.com/own");
    q = ask(0, 5, log_seed);
    memcpy(witness.log.name, "example.com/log", sizeof "example.com/log");
    CHECK_EQ(judge(&q), LEDGER_WITNESS_UNKNOWN);
    q = ask(0, 5, log_seed);
    q.note_len--;
    CHECK_EQ(judge(&q), LEDGER_WITNESS_MALFORMED);
    q = ask(6, 5, log_seed);
    CHECK_EQ(judge(&q), LEDGER_WITNESS_MALFORMED);
    q = ask(0, 5, log_seed);
    q.n_hashes = 1; /* nothing to prove */
    CHECK_EQ(judge(&q), LEDGER_WITNESS_INCONSISTENT);
    q = ask(0, 5, log_seed);
    CHECK_EQ(judge(&q), LEDGER_WITNESS_COSIGNS);
}

static void a_request_is_read_as_it_was_written(void)
{
    static char body[BODY_CAP];
    struct ledger_witness_request read;
    if (!has_ed25519()) {
        return;
    }
    const struct ledger_witness_request q = ask(7, 13, log_seed);
    struct wbuf w = wbuf_of(body, sizeof body);
    ledger_witness_request_put(&w, &q);
    CHECK(wbuf_ok(&w) && q.n_hashes > 0);
    CHECK_EQ(ledger_witness_request_parse(body, wbuf_len(&w), &read), E_OK);
    CHECK_EQ(read.old_size, 7);
    CHECK_EQ(read.n_hashes, q.n_hashes);
    CHECK_BYTES((const uint8_t *)read.hashes, q.n_hashes * LEDGER_HASH_LEN,
                (const uint8_t *)q.hashes, q.n_hashes * LEDGER_HASH_LEN);
    CHECK_BYTES(read.note, read.note_len, q.note, q.note_len);
}

static void requests_that_are_none_are_refused(void)
{
    static const char hash[] = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    static char body[LEDGER_WITNESS_REQUEST_MAX_LEN];
    struct ledger_witness_request read;
    static const char *const wrong[] = {
        "",           "old",   "old \n\nx",  "old 01\n\nx", "new 1\n\n",
        "old 1\nx\n", "old 1", "old -1\n\n", "old 1\n",     "old 1\nPlRN\n\nx"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(ledger_witness_request_parse(wrong[i], strlen(wrong[i]), &read), E_MALFORMED);
    }
    struct wbuf w = wbuf_of(body, sizeof body);
    wbuf_str(&w, "old 1\n");
    for (int i = 0; i < LEDGER_WITNESS_HASHES_MAX; i++) {
        wbuf_str(&w, hash);
    }
    const size_t len = wbuf_len(&w);
    wbuf_str(&w, "\nx");
    CHECK_EQ(ledger_witness_request_parse(body, wbuf_len(&w), &read), E_OK);
    w = wbuf_of(body, sizeof body);
    (void)wbuf_reserve(&w, len);
    wbuf_str(&w, hash);
    wbuf_str(&w, "\nx");
    CHECK_EQ(ledger_witness_request_parse(body, wbuf_len(&w), &read), E_LIMIT);
}

CHECK_MAIN(TEST(a_log_that_grows_is_cosigned_at_every_size),
           TEST(a_log_that_went_back_or_forked_is_not), TEST(only_the_logs_own_key_counts),
           TEST(a_request_is_read_as_it_was_written), TEST(requests_that_are_none_are_refused))
