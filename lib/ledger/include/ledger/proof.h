/* SPDX-License-Identifier: MIT
 * Inclusion and consistency proofs: checking them (RFC 9162 sections 2.1.3 and 2.1.4, and their
 * generalisation to subtrees) and making them from stored hashes.
 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/tree.h"

/* No proof is longer: one hash a level on either side. */
enum { LEDGER_PROOF_MAX = 2 * LEDGER_LEVELS_MAX };

struct ledger_proof {
    const struct ledger_hash *hashes;
    size_t n;
};

/* A run of leaves [start, end) that is a subtree of the tree: start is a multiple of the smallest
 * power of two >= end - start. The whole tree is [0, size). */
struct ledger_range {
    uint64_t start;
    uint64_t end; /* exclusive */
};
bool ledger_range_check(const struct ledger_range *range);

/* E_OK: the leaf with that index is in the (sub)tree with that root. E_AUTH: it is not, or the
 * proof does not show it. E_ARG: index outside the range, or a range that is no subtree. */
int ledger_inclusion_check(uint64_t index, const struct ledger_range *range,
                           const struct ledger_hash *leaf, const struct ledger_proof *proof,
                           const struct ledger_hash *root) MUST_USE;

/* E_OK: the tree of `size` leaves and `root` has the subtree `range` with the root `old`. An empty
 * range at or before `size` is a subtree whose root is that of the empty tree. E_AUTH: it has not,
 * or the proof does not show it. E_ARG for an impossible range. */
struct ledger_consistency {
    struct ledger_range range;
    uint64_t size;
    struct ledger_hash old;
    struct ledger_hash root;
};
int ledger_consistency_check(const struct ledger_consistency *claim,
                             const struct ledger_proof *proof) MUST_USE;
/* The same for a log that was only appended to: range is [0, old size). E_ARG for an old size of 0,
 * from which nothing follows. */
int ledger_extension_check(const struct ledger_consistency *claim,
                           const struct ledger_proof *proof) MUST_USE;

/* Where hashes of complete subtrees are kept: subtree `index` of 2^level leaves. Returns E_OK or an
 * error that the functions below hand on. */
struct ledger_hashes {
    int (*read)(void *context, unsigned level, uint64_t index, struct ledger_hash *out);
    void *context;
};

/* The root of the tree of `size` leaves. */
int ledger_root_read(const struct ledger_hashes *hashes, uint64_t size,
                     struct ledger_hash *root) MUST_USE;
/* Writes the proof and returns its length; E_ARG for an index or size outside the tree. */
int ledger_inclusion_make(const struct ledger_hashes *hashes, uint64_t index, uint64_t size,
                          struct ledger_hash out[LEDGER_PROOF_MAX]) MUST_USE;
int ledger_consistency_make(const struct ledger_hashes *hashes, uint64_t old_size, uint64_t size,
                            struct ledger_hash out[LEDGER_PROOF_MAX]) MUST_USE;

#endif
