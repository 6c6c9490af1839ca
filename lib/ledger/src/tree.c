/* SPDX-License-Identifier: MIT
 * The right edge of a Merkle tree.
 */
#include "ledger/tree.h"

#include <stdbool.h>

#include "base/assert.h"

_Static_assert(sizeof(struct ledger_tree) <= 2048 + 8, "RAM budget");

void ledger_leaf_init(struct ledger_leaf *leaf)
{
    static const uint8_t prefix = 0x00;
    crypto_digest_init(&leaf->digest, CRYPTO_SHA256);
    crypto_digest_update(&leaf->digest, &prefix, 1);
}

void ledger_leaf_update(struct ledger_leaf *leaf, const void *piece, size_t len)
{
    crypto_digest_update(&leaf->digest, piece, len);
}

struct ledger_hash ledger_leaf_final(struct ledger_leaf *leaf)
{
    struct ledger_hash hash = {{0}};
    crypto_digest_final(&leaf->digest, hash.bytes);
    return hash;
}

struct ledger_hash ledger_leaf_hash(const void *entry, size_t len)
{
    struct ledger_leaf leaf;
    ledger_leaf_init(&leaf);
    ledger_leaf_update(&leaf, entry, len);
    return ledger_leaf_final(&leaf);
}

struct ledger_hash ledger_node_hash(const struct ledger_hash *left, const struct ledger_hash *right)
{
    static const uint8_t prefix = 0x01;
    struct ledger_hash hash = {{0}};
    struct crypto_digest d;
    crypto_digest_init(&d, CRYPTO_SHA256);
    crypto_digest_update(&d, &prefix, 1);
    crypto_digest_update(&d, left->bytes, LEDGER_HASH_LEN);
    crypto_digest_update(&d, right->bytes, LEDGER_HASH_LEN);
    crypto_digest_final(&d, hash.bytes);
    return hash;
}

struct ledger_hash ledger_empty_root(void)
{
    struct ledger_hash hash = {{0}};
    struct crypto_digest d;
    crypto_digest_init(&d, CRYPTO_SHA256);
    crypto_digest_final(&d, hash.bytes);
    return hash;
}

void ledger_tree_init(struct ledger_tree *t)
{
    t->size = 0;
}

int ledger_tree_resume(struct ledger_tree *t, uint64_t size, const struct ledger_hash *edge,
                       size_t n)
{
    if (size >> LEDGER_LEVELS_MAX != 0) {
        return E_ARG;
    }
    size_t taken = 0;
    for (unsigned level = LEDGER_LEVELS_MAX; level-- > 0;) {
        if ((size >> level & 1) != 0) {
            if (taken == n) {
                return E_ARG;
            }
            t->edge[level] = edge[taken++];
        }
    }
    if (taken != n) {
        return E_ARG;
    }
    t->size = size;
    return E_OK;
}

void ledger_tree_append(struct ledger_tree *t, const struct ledger_hash *leaf,
                        const struct ledger_complete *complete)
{
    ASSERT(t->size < UINT64_MAX >> 1);
    struct ledger_hash hash = *leaf;
    unsigned level = 0;
    for (;; level++) {
        if (complete != NULL) {
            complete->hash(complete->context, level, t->size >> level, &hash);
        }
        if ((t->size >> level & 1) == 0) {
            break;
        }
        hash = ledger_node_hash(&t->edge[level], &hash);
    }
    t->edge[level] = hash;
    t->size++;
}

struct ledger_hash ledger_tree_root(const struct ledger_tree *t)
{
    if (t->size == 0) {
        return ledger_empty_root();
    }
    struct ledger_hash root = {{0}};
    bool started = false;
    for (unsigned level = 0; level < LEDGER_LEVELS_MAX; level++) {
        if ((t->size >> level & 1) != 0) {
            root = started ? ledger_node_hash(&t->edge[level], &root) : t->edge[level];
            started = true;
        }
    }
    return root;
}
