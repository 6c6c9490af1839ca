/* SPDX-License-Identifier: MIT
 * Every proof of transparency-dev/merkle's test data (inclusion, consistency, both for subtrees;
 * sound ones and forged ones), from ../shared/data/ledger/merkle.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json_reader.h"
#include "check.h"
#include "data.h"
#include "ledger/proof.h"

enum { FILES = 397, HASHES_MAX = 32 };

static struct {
    int n;
    int n_sound;
} seen;

struct file {
    struct json_token tokens[256];
    struct json_reader json;
    struct ledger_hash hashes[HASHES_MAX];
    struct ledger_proof proof;
    bool malformed; /* a number no log can have, a missing hash: refused before any proof is looked
                       at */
};

static uint64_t number(struct file *f, const char *name)
{
    int64_t v = 0;
    if (json_int(&f->json, json_member(&f->json, 0, name), &v) != E_OK || v < 0) {
        f->malformed = true;
    }
    return (uint64_t)v;
}

/* Some files have texts of another length in place of hashes. They stand for hashes that equal
 * nothing but themselves. */
static void read_hash(struct file *f, int value, struct ledger_hash *hash)
{
    char text[256] = "";
    uint8_t bytes[160] = "odd";
    const int len = json_string(&f->json, value, text, sizeof text);
    const int n = len < 0 ? 0 : base64_decode(text, (size_t)len, bytes + 3, sizeof bytes - 3);
    CHECK(n >= 0);
    if (n == LEDGER_HASH_LEN) {
        memcpy(hash->bytes, bytes + 3, LEDGER_HASH_LEN);
    } else {
        *hash = ledger_leaf_hash(bytes, 3 + (size_t)n);
        f->malformed |= n == 0;
    }
}

static void read_proof(struct file *f)
{
    const int list = json_member(&f->json, 0, "proof");
    f->proof = (struct ledger_proof){.hashes = f->hashes};
    for (int v = json_first(&f->json, list); v != JSON_ABSENT; v = json_next(&f->json, v)) {
        if (!CHECK(f->proof.n < HASHES_MAX)) {
            return;
        }
        read_hash(f, v, &f->hashes[f->proof.n++]);
    }
}

static bool inclusion_holds(struct file *f, const struct ledger_range *range)
{
    struct ledger_hash leaf;
    struct ledger_hash root;
    read_hash(f, json_member(&f->json, 0, "leafHash"), &leaf);
    read_hash(f, json_member(&f->json, 0, "root"), &root);
    const uint64_t index = number(f, "leafIdx");
    return !f->malformed && ledger_inclusion_check(index, range, &leaf, &f->proof, &root) == E_OK;
}

static struct ledger_consistency read_claim(struct file *f)
{
    struct ledger_consistency claim = {.size = 0};
    read_hash(f, json_member(&f->json, 0, "root1"), &claim.old);
    read_hash(f, json_member(&f->json, 0, "root2"), &claim.root);
    return claim;
}

static bool holds(struct file *f, const char *path)
{
    if (strstr(path, "/subtreeinclusion/") != NULL) {
        const struct ledger_range range = {number(f, "start"), number(f, "end")};
        return inclusion_holds(f, &range);
    }
    if (strstr(path, "/inclusion/") != NULL) {
        const struct ledger_range range = {0, number(f, "treeSize")};
        return inclusion_holds(f, &range);
    }
    struct ledger_consistency claim = read_claim(f);
    if (strstr(path, "/subtreeconsistency/") != NULL) {
        claim.range = (struct ledger_range){number(f, "start"), number(f, "end")};
        claim.size = number(f, "size");
        return !f->malformed && ledger_consistency_check(&claim, &f->proof) == E_OK;
    }
    claim.range = (struct ledger_range){0, number(f, "size1")};
    claim.size = number(f, "size2");
    return !f->malformed && ledger_extension_check(&claim, &f->proof) == E_OK;
}

static int run_file(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)place;
    const size_t path_len = strlen(path);
    if (kind != FTW_F || path_len < 5 || strcmp(path + path_len - 5, ".json") != 0) {
        return 0;
    }
    char text[8192];
    FILE *in = fopen(path, "rb");
    const size_t len = in == NULL ? 0 : fread(text, 1, sizeof text, in);
    if (in != NULL) {
        fclose(in);
    }
    struct file *f = calloc(1, sizeof *f);
    bool want_error = false;
    if (f != NULL && CHECK_EQ(json_parse(&f->json, text, len, f->tokens, 256), E_OK)) {
        read_proof(f);
        CHECK_EQ(json_bool(&f->json, json_member(&f->json, 0, "wantErr"), &want_error), E_OK);
        if (!CHECK_EQ(holds(f, path), !want_error)) {
            printf("    %s\n", path);
        }
        seen.n++;
        seen.n_sound += want_error ? 0 : 1;
    }
    free(f);
    return 0;
}

static void every_sound_proof_holds_and_every_forged_one_is_refused(void)
{
    const char *directory = getenv("WATTWARD_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/ledger/merkle",
             directory == NULL ? "../shared/data" : directory);
    if (nftw(path, run_file, 16, FTW_PHYS) != 0) {
        check_skip("the Merkle proofs of ../shared/data/ledger are not here");
        return;
    }
    printf("  %d proofs, %d of them sound\n", seen.n, seen.n_sound);
    CHECK_EQ(seen.n, FILES);
    CHECK(seen.n_sound > 10);
}

CHECK_MAIN(TEST(every_sound_proof_holds_and_every_forged_one_is_refused))
