/* SPDX-License-Identifier: MIT
 * Making proofs from stored hashes. The proofs of RFC 9162 are defined by recursion; here the same
 * hashes are found by walking down from the root once.
 */
#include "base/assert.h"
#include "ledger/proof.h"

/* The largest power of two below n, as a level; n >= 2. */
static unsigned split_level(uint64_t n)
{
    unsigned level = 0;
    while ((UINT64_C(2) << level) < n) {
        level++;
    }
    return level;
}

/* The root of leaves [start, start + len): start is aligned as in any subtree of RFC 6962. */
static int read_range(const struct ledger_hashes *hashes, uint64_t start, uint64_t len,
                      struct ledger_hash *out)
{
    ASSERT(len > 0);
    bool started = false;
    /* From the smallest complete subtree at the right end to the largest at the left. */
    for (unsigned level = 0; level < LEDGER_LEVELS_MAX; level++) {
        if ((len >> level & 1) == 0) {
            continue;
        }
        const uint64_t left_of_it = len >> (level + 1) << (level + 1);
        struct ledger_hash hash;
        const int result =
            hashes->read(hashes->context, level, (start + left_of_it) >> level, &hash);
        if (result != E_OK) {
            return result;
        }
        *out = started ? ledger_node_hash(&hash, out) : hash;
        started = true;
    }
    return E_OK;
}

int ledger_root_read(const struct ledger_hashes *hashes, uint64_t size, struct ledger_hash *root)
{
    if (size == 0) {
        *root = ledger_empty_root();
        return E_OK;
    }
    return size >> LEDGER_LEVELS_MAX != 0 ? E_ARG : read_range(hashes, 0, size, root);
}

/* Found from the root down, wanted from the leaf up. */
static void reverse(struct ledger_hash *hashes, size_t n)
{
    for (size_t i = 0; i + i + 1 < n; i++) {
        const struct ledger_hash other = hashes[n - 1 - i];
        hashes[n - 1 - i] = hashes[i];
        hashes[i] = other;
    }
}

/* Where the walk stands: the subtree [start, start + len). */
struct place {
    uint64_t start;
    uint64_t len;
};

/* Goes to the half that holds leaf `index` and reads the root of the other one. */
static int descend(const struct ledger_hashes *hashes, struct place *p, uint64_t index,
                   struct ledger_hash *other)
{
    const uint64_t left = UINT64_C(1) << split_level(p->len);
    if (index - p->start < left) {
        const int result = read_range(hashes, p->start + left, p->len - left, other);
        p->len = left;
        return result;
    }
    const int result = read_range(hashes, p->start, left, other);
    p->start += left;
    p->len -= left;
    return result;
}

int ledger_inclusion_make(const struct ledger_hashes *hashes, uint64_t index, uint64_t size,
                          struct ledger_hash out[LEDGER_PROOF_MAX])
{
    if (index >= size || size >> LEDGER_LEVELS_MAX != 0) {
        return E_ARG;
    }
    struct place p = {.len = size};
    size_t n = 0;
    while (p.len > 1) {
        const int result = descend(hashes, &p, index, &out[n]);
        if (result != E_OK) {
            return result;
        }
        n++;
    }
    reverse(out, n);
    return (int)n;
}

int ledger_consistency_make(const struct ledger_hashes *hashes, uint64_t old_size, uint64_t size,
                            struct ledger_hash out[LEDGER_PROOF_MAX])
{
    if (old_size > size || size >> LEDGER_LEVELS_MAX != 0) {
        return E_ARG;
    }
    if (old_size == 0 || old_size == size) {
        return 0;
    }
    /* Down to the subtree that ends where the old tree did. */
    struct place p = {.len = size};
    size_t n = 0;
    while (p.start + p.len != old_size) {
        const int result = descend(hashes, &p, old_size - 1, &out[n]);
        if (result != E_OK) {
            return result;
        }
        n++;
    }
    /* The old root itself is known to who asks; any smaller subtree is not. */
    if (p.start != 0) {
        const int result = read_range(hashes, p.start, p.len, &out[n]);
        if (result != E_OK) {
            return result;
        }
        n++;
    }
    reverse(out, n);
    return (int)n;
}
