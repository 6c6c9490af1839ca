/* bench: ledger crypto crypto_openssl port_posix OpenSSL::Crypto */
/* SPDX-License-Identifier: MIT
 * Leaves a second into the tree in memory, against SHA-256 alone: the same number of compressions
 * of the same lengths through OpenSSL directly, in the same run. Each leaf of a log costs its own
 * hash and, on average, one node.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/entry.h"
#include "ledger/log.h"
#include "ledger/proof.h"

enum { ROUNDS = 7, LEAVES = 200000, HASH_LEAF_LEN = 32, NODE_LEN = 65 };

static uint8_t entry[400];
static struct ledger_tree tree;
static EVP_MD *sha256;
static EVP_MD_CTX *md;

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Leaves a second, best of the rounds. */
static double measure(void (*run)(size_t len), size_t len)
{
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t start = now_ns();
        run(len);
        const uint64_t took = now_ns() - start;
        best = took < best ? took : best;
    }
    return LEAVES * 1e9 / (double)best;
}

static void append(size_t len)
{
    ledger_tree_init(&tree);
    for (uint32_t i = 0; i < LEAVES; i++) {
        memcpy(entry, &i, sizeof i);
        const struct ledger_hash leaf = ledger_leaf_hash(entry, len);
        ledger_tree_append(&tree, &leaf, NULL);
    }
}

static void digest(const uint8_t *bytes, size_t len, uint8_t out[32])
{
    if (EVP_DigestInit_ex2(md, sha256, NULL) != 1 || EVP_DigestUpdate(md, bytes, len) != 1 ||
        EVP_DigestFinal_ex(md, out, NULL) != 1) {
        exit(1);
    }
}

static void hash_alone(size_t len)
{
    uint8_t out[32];
    uint8_t node[NODE_LEN] = {1};
    for (uint32_t i = 0; i < LEAVES; i++) {
        memcpy(entry, &i, sizeof i);
        digest(entry, len + 1, out);
        memcpy(node + 1, out, sizeof out);
        digest(node, sizeof node, out);
    }
}

int main(void)
{
    static const size_t lengths[] = {HASH_LEAF_LEN, 130, 330};
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    md = EVP_MD_CTX_new();
    printf("%-28s %14s %14s %7s\n", "leaf of", "ledger/s", "SHA-256 alone/s", "ratio");
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const double ours = measure(append, lengths[i]);
        const double alone = measure(hash_alone, lengths[i]);
        printf("%4zu bytes %32.0f %14.0f %7.2f\n", lengths[i], ours, alone, alone / ours);
    }
    EVP_MD_CTX_free(md);
    EVP_MD_free(sha256);
    return 0;
}
