/* SPDX-License-Identifier: MIT
 * Checking proofs.
 */
#include "base/assert.h"
#include "crypto/crypto.h"
#include "ledger/proof.h"

bool ledger_range_check(const struct ledger_range *range)
{
    if (range->start >= range->end || range->end >> LEDGER_LEVELS_MAX != 0) {
        return false;
    }
    const uint64_t len = range->end - range->start;
    uint64_t span = 1;
    while (span < len) {
        span <<= 1;
    }
    return (range->start & (span - 1)) == 0;
}

static bool same(const struct ledger_hash *a, const struct ledger_hash *b)
{
    return crypto_equal(a->bytes, b->bytes, LEDGER_HASH_LEN);
}

int ledger_inclusion_check(uint64_t index, const struct ledger_range *range,
                           const struct ledger_hash *leaf, const struct ledger_proof *proof,
                           const struct ledger_hash *root)
{
    if (!ledger_range_check(range) || index < range->start || index >= range->end) {
        return E_ARG;
    }
    /* RFC 9162, 2.1.3.2, in the subtree's own coordinates. */
    uint64_t fn = index - range->start;
    uint64_t sn = range->end - range->start - 1;
    struct ledger_hash r = *leaf;
    for (size_t i = 0; i < proof->n; i++) {
        if (sn == 0) {
            return E_AUTH;
        }
        if ((fn & 1) != 0 || fn == sn) {
            r = ledger_node_hash(&proof->hashes[i], &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = ledger_node_hash(&r, &proof->hashes[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&r, root) ? E_OK : E_AUTH;
}

/* Positions of the subtree's first and last leaf and of the tree's last one, shifted together. */
struct edge {
    uint64_t first;
    uint64_t last;
    uint64_t tree_last;
};

static void shift(struct edge *e)
{
    e->first >>= 1;
    e->last >>= 1;
    e->tree_last >>= 1;
}

/* Up to the largest complete node that both the subtree and the proof can start from. */
static void climb(struct edge *e)
{
    if (e->last == e->tree_last) {
        while (e->first != e->last) {
            shift(e);
        }
        return;
    }
    while (e->first != e->last && (e->last & 1) != 0) {
        shift(e);
    }
}

/* Takes one hash of the proof on the way up; false when the top is already reached. */
static bool take(struct edge *e, const struct ledger_hash *c, struct ledger_hash *old,
                 struct ledger_hash *root)
{
    if (e->tree_last == 0) {
        return false;
    }
    if ((e->last & 1) == 0 && e->last != e->tree_last) {
        *root = ledger_node_hash(root, c);
        shift(e);
        return true;
    }
    if (e->first < e->last) {
        *old = ledger_node_hash(c, old);
    }
    *root = ledger_node_hash(c, root);
    while ((e->last & 1) == 0 && e->last != 0) {
        shift(e);
    }
    shift(e);
    return true;
}

static int walk(struct edge *e, const struct ledger_consistency *claim,
                const struct ledger_proof *proof)
{
    size_t next = 0;
    struct ledger_hash old = claim->old;
    if (e->first != e->last) {
        if (proof->n == 0) {
            return E_AUTH;
        }
        old = proof->hashes[next++];
    }
    struct ledger_hash root = old;
    for (; next < proof->n; next++) {
        if (!take(e, &proof->hashes[next], &old, &root)) {
            return E_AUTH;
        }
    }
    return e->tree_last == 0 && same(&old, &claim->old) && same(&root, &claim->root) ? E_OK
                                                                                     : E_AUTH;
}

int ledger_consistency_check(const struct ledger_consistency *claim,
                             const struct ledger_proof *proof)
{
    const struct ledger_range *range = &claim->range;
    if (range->start == range->end && range->end <= claim->size) {
        const struct ledger_hash empty = ledger_empty_root();
        return proof->n == 0 && same(&claim->old, &empty) ? E_OK : E_AUTH;
    }
    if (!ledger_range_check(range) || range->end > claim->size ||
        claim->size >> LEDGER_LEVELS_MAX != 0) {
        return E_ARG;
    }
    struct edge e = {.first = range->start, .last = range->end - 1, .tree_last = claim->size - 1};
    climb(&e);
    return walk(&e, claim, proof);
}

int ledger_extension_check(const struct ledger_consistency *claim, const struct ledger_proof *proof)
{
    return claim->range.start != 0 || claim->range.end == 0
               ? E_ARG
               : ledger_consistency_check(claim, proof);
}
