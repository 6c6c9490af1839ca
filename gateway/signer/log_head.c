/* SPDX-License-Identifier: MIT
 * The slots, 512 bytes apart, and the rule that the past does not change.
 */
#include "signer/log_head.h"

#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "signer/domain.h"

enum { SLOT_STEP = 512, FIELDS_LEN = 8 + 8 + 32 + 32, SLOT_LEN = FIELDS_LEN + 32 };

static bool digest_of(const void *bytes, size_t len, uint8_t out[32])
{
    return EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1;
}

static bool encode_slot(const struct signer_log_head *head, uint8_t slot[SLOT_LEN])
{
    struct wbuf w = wbuf_of(slot, FIELDS_LEN);
    wbuf_be64(&w, head->generation);
    wbuf_be64(&w, head->signed_head.size);
    wbuf_put(&w, head->signed_head.root.bytes, LEDGER_HASH_LEN);
    wbuf_put(&w, head->origin_digest, sizeof head->origin_digest);
    ASSERT(wbuf_ok(&w));
    return digest_of(slot, FIELDS_LEN, slot + FIELDS_LEN);
}

static bool decode_slot(const uint8_t *slot, struct signer_log_head *head)
{
    uint8_t digest[32];
    struct rbuf r = rbuf_of(slot, FIELDS_LEN);
    if (!digest_of(slot, FIELDS_LEN, digest) ||
        memcmp(digest, slot + FIELDS_LEN, sizeof digest) != 0) {
        return false;
    }
    head->generation = rbuf_be64(&r);
    head->signed_head.size = rbuf_be64(&r);
    rbuf_copy(&r, head->signed_head.root.bytes, LEDGER_HASH_LEN);
    rbuf_copy(&r, head->origin_digest, sizeof head->origin_digest);
    return true;
}

static size_t slot_of(uint64_t generation)
{
    return (size_t)(generation % 2) * SLOT_STEP;
}

void signer_log_head_format(uint8_t out[SIGNER_LOG_HEAD_LEN])
{
    const struct signer_log_head none = {.generation = 0};
    memset(out, 0, SIGNER_LOG_HEAD_LEN);
    (void)encode_slot(&none, out + slot_of(0));
}

int signer_log_head_read(const uint8_t in[SIGNER_LOG_HEAD_LEN], struct signer_log_head *head)
{
    struct signer_log_head even = {.generation = 0};
    struct signer_log_head odd = {.generation = 0};
    const bool even_ok = decode_slot(in + slot_of(0), &even);
    const bool odd_ok = decode_slot(in + slot_of(1), &odd);
    if (!even_ok && !odd_ok) {
        return E_CORRUPT;
    }
    *head = !even_ok || (odd_ok && odd.generation > even.generation) ? odd : even;
    return E_OK;
}

int signer_log_head_write(int fd, struct signer_log_head *head)
{
    uint8_t slot[SLOT_LEN];
    struct signer_log_head next = *head;
    next.generation++;
    if (!encode_slot(&next, slot) ||
        pwrite(fd, slot, sizeof slot, (off_t)slot_of(next.generation)) != (ssize_t)sizeof slot ||
        fdatasync(fd) != 0) {
        return E_IO;
    }
    *head = next;
    return E_OK;
}

/* ---- the rule ---- */

struct signer_checkpoint_request signer_checkpoint_request_of(const uint8_t *body, size_t len)
{
    struct rbuf r = rbuf_of(body, len);
    struct signer_checkpoint_request q = {.text_len = rbuf_be16(&r)};
    q.text = (const char *)rbuf_take(&r, q.text_len);
    q.n_hashes = rbuf_left(&r) / LEDGER_HASH_LEN;
    q.proof = rbuf_take(&r, q.n_hashes * LEDGER_HASH_LEN);
    if (!rbuf_done(&r) || q.n_hashes > LEDGER_PROOF_MAX) {
        return (struct signer_checkpoint_request){.text_len = 0};
    }
    return q;
}

static int check_extension(const struct signer_log_head *head, const struct ledger_checkpoint *c,
                           const struct signer_checkpoint_request *q)
{
    struct ledger_hash hashes[LEDGER_PROOF_MAX];
    const struct ledger_head *old = &head->signed_head;
    if (old->size == 0) {
        return q->n_hashes == 0 ? E_OK : E_AUTH;
    }
    for (size_t i = 0; i < q->n_hashes; i++) {
        memcpy(hashes[i].bytes, q->proof + i * LEDGER_HASH_LEN, LEDGER_HASH_LEN);
    }
    const struct ledger_proof proof = {hashes, q->n_hashes};
    const struct ledger_consistency claim = {
        .range = {0, old->size}, .size = c->size, .old = old->root, .root = c->root};
    return ledger_extension_check(&claim, &proof) == E_OK ? E_OK : E_AUTH;
}

int signer_log_head_extend(struct signer_log_head *head, const uint8_t *body, size_t len)
{
    static const uint8_t none[32];
    const struct signer_checkpoint_request q = signer_checkpoint_request_of(body, len);
    struct ledger_checkpoint c;
    struct signer_log_head next = *head;
    if (q.text_len == 0 || ledger_checkpoint_parse(q.text, q.text_len, &c) != E_OK ||
        !signer_domain_is_checkpoint(c.origin, c.origin_len) || c.size == 0 ||
        !digest_of(c.origin, c.origin_len, next.origin_digest)) {
        return E_MALFORMED;
    }
    if (memcmp(head->origin_digest, none, sizeof none) != 0 &&
        memcmp(head->origin_digest, next.origin_digest, sizeof none) != 0) {
        return E_AUTH;
    }
    const int result = check_extension(head, &c, &q);
    if (result == E_OK) {
        next.signed_head = (struct ledger_head){c.size, c.root};
        *head = next;
    }
    return result;
}
