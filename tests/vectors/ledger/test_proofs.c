/* SPDX-License-Identifier: MIT
 * Every proof of transparency-dev/merkle's test data (inclusion, consistency, both for subtrees;
 * sound ones and forged ones), from ../shared/data/ledger/merkle.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "data.h"
#include "ledger/proof_json.h"

enum { FILES = 397 };

static struct {
    int n;
    int n_sound;
} seen;

static struct ledger_proof_reader reader;

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
    bool want_error = false;
    const int judged = ledger_proof_judge(&reader, text, len);
    CHECK_EQ(json_bool(&reader.json, json_member(&reader.json, 0, "wantErr"), &want_error), E_OK);
    if (!CHECK_EQ(judged, want_error ? E_AUTH : E_OK)) {
        printf("    %s\n", path);
    }
    seen.n++;
    seen.n_sound += want_error ? 0 : 1;
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
