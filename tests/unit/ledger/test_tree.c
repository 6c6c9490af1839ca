/* SPDX-License-Identifier: MIT */
#include "ledger/tree.h"

#include <string.h>

#include "check.h"
#include "ledger/proof.h"

/* The reference tree of RFC 6962's test data: eight entries and the root after each. */
static const struct {
    const char *entry;
    size_t len;
} entries[8] = {
    {"", 0},
    {"\x00", 1},
    {"\x10", 1},
    {"\x20\x21", 2},
    {"\x30\x31", 2},
    {"\x40\x41\x42\x43", 4},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
};
/* The first four bytes of each root are enough to tell them apart. */
static const uint32_t roots[9] = {0xe3b0c442, 0x6e340b9c, 0xfac54203, 0xaeb6bcfe, 0xd37ee418,
                                  0x4e3bbb1f, 0x76e67dad, 0xddb89be4, 0x5dc9da79};

static uint32_t head(const struct ledger_hash *hash)
{
    return (uint32_t)hash->bytes[0] << 24 | (uint32_t)hash->bytes[1] << 16 |
           (uint32_t)hash->bytes[2] << 8 | hash->bytes[3];
}

static void the_reference_tree_has_its_roots(void)
{
    struct ledger_tree t;
    ledger_tree_init(&t);
    struct ledger_hash root = ledger_tree_root(&t);
    CHECK_EQ(head(&root), roots[0]);
    for (size_t i = 0; i < 8; i++) {
        const struct ledger_hash leaf = ledger_leaf_hash(entries[i].entry, entries[i].len);
        ledger_tree_append(&t, &leaf, NULL);
        root = ledger_tree_root(&t);
        CHECK_EQ(head(&root), roots[i + 1]);
    }
    static const uint8_t last[] = {0x5d, 0xc9, 0xda, 0x79, 0xa7, 0x06, 0x59, 0xa9, 0xad, 0x55, 0x9c,
                                   0xb7, 0x01, 0xde, 0xd9, 0xa2, 0xab, 0x9d, 0x82, 0x3a, 0xad, 0x2f,
                                   0x49, 0x60, 0xcf, 0xe3, 0x70, 0xef, 0xf4, 0x60, 0x43, 0x28};
    CHECK_BYTES(root.bytes, sizeof root.bytes, last, sizeof last);
}

/* A log small enough for a microcontroller's RAM, with every complete hash kept. */
enum { SMALL = 33, LEVELS = 6 };
static struct {
    struct ledger_hash hashes[LEVELS][SMALL];
    struct ledger_hash roots[SMALL + 1];
} kept;

static void keep(void *context, unsigned level, uint64_t index, const struct ledger_hash *hash)
{
    (void)context;
    kept.hashes[level][index] = *hash;
}

static int read_kept(void *context, unsigned level, uint64_t index, struct ledger_hash *out)
{
    (void)context;
    if (level >= LEVELS || index >= SMALL) {
        return E_NOTFOUND;
    }
    *out = kept.hashes[level][index];
    return E_OK;
}

static const struct ledger_hashes small_log = {.read = read_kept};
static const struct ledger_complete keep_all = {.hash = keep};

static void fill_small_log(void)
{
    struct ledger_tree t;
    ledger_tree_init(&t);
    kept.roots[0] = ledger_tree_root(&t);
    for (uint8_t i = 0; i < SMALL; i++) {
        const struct ledger_hash leaf = ledger_leaf_hash(&i, 1);
        ledger_tree_append(&t, &leaf, &keep_all);
        kept.roots[i + 1] = ledger_tree_root(&t);
    }
}

static void a_resumed_tree_goes_on_as_if_it_had_never_stopped(void)
{
    fill_small_log();
    struct ledger_hash edge[LEVELS];
    size_t n = 0;
    const uint64_t size = 29; /* 16 + 8 + 4 + 1 */
    uint64_t start = 0;
    for (unsigned level = LEVELS; level-- > 0;) {
        if ((size >> level & 1) != 0) {
            edge[n++] = kept.hashes[level][start >> level];
            start += UINT64_C(1) << level;
        }
    }
    struct ledger_tree t;
    CHECK_EQ(ledger_tree_resume(&t, size, edge, n - 1), E_ARG);
    CHECK_EQ(ledger_tree_resume(&t, size, edge, n + 1), E_ARG);
    CHECK_EQ(ledger_tree_resume(&t, UINT64_MAX, edge, n), E_ARG);
    CHECK_EQ(ledger_tree_resume(&t, size, edge, n), E_OK);
    for (uint8_t i = (uint8_t)size; i < SMALL; i++) {
        const struct ledger_hash leaf = ledger_leaf_hash(&i, 1);
        ledger_tree_append(&t, &leaf, NULL);
    }
    const struct ledger_hash root = ledger_tree_root(&t);
    CHECK_BYTES(root.bytes, 32, kept.roots[SMALL].bytes, 32);
}

static void every_leaf_of_every_size_is_proved_and_no_other(void)
{
    fill_small_log();
    for (uint64_t size = 1; size <= SMALL; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct ledger_hash hashes[LEDGER_PROOF_MAX];
            const int n = ledger_inclusion_make(&small_log, index, size, hashes);
            CHECK(n >= 0);
            const struct ledger_proof proof = {hashes, (size_t)n};
            const struct ledger_range whole = {0, size};
            const struct ledger_hash *leaf = &kept.hashes[0][index];
            CHECK_EQ(ledger_inclusion_check(index, &whole, leaf, &proof, &kept.roots[size]), E_OK);
            const uint64_t other = (index + 1) % size;
            if (other != index) {
                CHECK_EQ(ledger_inclusion_check(other, &whole, leaf, &proof, &kept.roots[size]),
                         E_AUTH);
            }
            CHECK_EQ(ledger_inclusion_check(index, &whole, leaf, &proof, &kept.roots[size - 1]),
                     E_AUTH);
        }
    }
}

static void every_pair_of_sizes_is_consistent_and_a_changed_past_is_not(void)
{
    fill_small_log();
    for (uint64_t size = 1; size <= SMALL; size++) {
        for (uint64_t old = 1; old <= size; old++) {
            struct ledger_hash hashes[LEDGER_PROOF_MAX];
            const int n = ledger_consistency_make(&small_log, old, size, hashes);
            CHECK(n >= 0);
            const struct ledger_proof proof = {hashes, (size_t)n};
            struct ledger_consistency claim = {
                .range = {0, old}, .size = size, .old = kept.roots[old], .root = kept.roots[size]};
            CHECK_EQ(ledger_consistency_check(&claim, &proof), E_OK);
            claim.old.bytes[31] ^= 1;
            CHECK_EQ(ledger_consistency_check(&claim, &proof), E_AUTH);
        }
    }
}

static void a_store_that_fails_is_heard(void)
{
    struct ledger_hash hashes[LEDGER_PROOF_MAX];
    CHECK_EQ(ledger_inclusion_make(&small_log, 0, 4 * SMALL, hashes), E_NOTFOUND);
    CHECK_EQ(ledger_inclusion_make(&small_log, 5, 5, hashes), E_ARG);
    CHECK_EQ(ledger_consistency_make(&small_log, 6, 5, hashes), E_ARG);
    struct ledger_hash root;
    CHECK_EQ(ledger_root_read(&small_log, SMALL, &root), E_OK);
    CHECK_BYTES(root.bytes, 32, kept.roots[SMALL].bytes, 32);
    CHECK_EQ(ledger_root_read(&small_log, 0, &root), E_OK);
    CHECK_EQ(head(&root), roots[0]);
}

CHECK_MAIN(TEST(the_reference_tree_has_its_roots),
           TEST(a_resumed_tree_goes_on_as_if_it_had_never_stopped),
           TEST(every_leaf_of_every_size_is_proved_and_no_other),
           TEST(every_pair_of_sizes_is_consistent_and_a_changed_past_is_not),
           TEST(a_store_that_fails_is_heard))
