/* SPDX-License-Identifier: MIT
 * The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1), SHA-256, in fixed memory: only
 * the hashes along the right edge are kept, so a log of 2^63 entries needs 2 KiB.
 */
#ifndef LEDGER_TREE_H
#define LEDGER_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/crypto.h"

enum { LEDGER_HASH_LEN = 32, LEDGER_LEVELS_MAX = 63 };

struct ledger_hash {
    uint8_t bytes[LEDGER_HASH_LEN];
};

/* SHA-256(0x00 || entry) */
struct ledger_hash ledger_leaf_hash(const void *entry, size_t len);
/* The same for an entry that comes in pieces. */
struct ledger_leaf {
    struct crypto_digest digest; /* private */
};
void ledger_leaf_init(struct ledger_leaf *leaf);
void ledger_leaf_update(struct ledger_leaf *leaf, const void *piece, size_t len);
struct ledger_hash ledger_leaf_final(struct ledger_leaf *leaf);
/* SHA-256(0x01 || left || right) */
struct ledger_hash ledger_node_hash(const struct ledger_hash *left,
                                    const struct ledger_hash *right);
/* SHA-256 of nothing: the root of an empty tree. */
struct ledger_hash ledger_empty_root(void);

struct ledger_tree {
    uint64_t size; /* leaves; read it, do not write it */
    /* private: edge[k] is the root of the full subtree of 2^k leaves for each set bit k of size */
    struct ledger_hash edge[LEDGER_LEVELS_MAX];
};

void ledger_tree_init(struct ledger_tree *t);
/* Goes on from a stored edge: `edge` has one hash for each set bit of `size`, largest subtree
 * first. E_ARG when their number is another or the size is over 2^63 - 1. */
int ledger_tree_resume(struct ledger_tree *t, uint64_t size, const struct ledger_hash *edge,
                       size_t n) MUST_USE;

/* Adds one leaf. `complete` is told each hash that became final: the leaf's own (level 0) and that
 * of every subtree it completes, in ascending level; it may be NULL. index counts the subtrees of
 * the level from the left. */
struct ledger_complete {
    void (*hash)(void *context, unsigned level, uint64_t index, const struct ledger_hash *hash);
    void *context;
};
void ledger_tree_append(struct ledger_tree *t, const struct ledger_hash *leaf,
                        const struct ledger_complete *complete);

struct ledger_hash ledger_tree_root(const struct ledger_tree *t);

#endif
