/* SPDX-License-Identifier: MIT
 * Claim tokens as people type them.
 */
#include <string.h>

#include "check.h"
#include "enrol/claim.h"

/* The secret of 00 11 22 ... ff, worked out with Python's hashlib. */
static const char known_token[] = "008J-4CT4-ANK7-F24S-NAXW-SQFE-ZZQ4";

static bool same(const char *a_id, const char *a, const char *b_id, const char *b)
{
    uint8_t x[CLAIM_DIGEST_LEN];
    uint8_t y[CLAIM_DIGEST_LEN];
    return claim_digest(a_id, a, x) == E_OK && claim_digest(b_id, b, y) == E_OK &&
           memcmp(x, y, sizeof x) == 0;
}

static void a_token_is_seven_groups_of_four(void)
{
    char token[CLAIM_TOKEN_CAP];
    CHECK_EQ(claim_make(token), E_OK);
    CHECK_EQ(strlen(token), CLAIM_TOKEN_LEN);
    for (size_t i = 0; i < CLAIM_TOKEN_LEN; i++) {
        CHECK((token[i] == '-') == (i % 5 == 4));
        CHECK(i % 5 == 4 || strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", token[i]) != NULL);
    }
}

static void no_two_tokens_are_alike(void)
{
    char tokens[64][CLAIM_TOKEN_CAP];
    for (size_t i = 0; i < 64; i++) {
        CHECK_EQ(claim_make(tokens[i]), E_OK);
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(tokens[i], tokens[k]) != 0);
        }
    }
}

static void every_digit_of_a_token_varies(void)
{
    char first[CLAIM_TOKEN_CAP];
    char next[CLAIM_TOKEN_CAP];
    bool varied[CLAIM_TOKEN_LEN] = {false};
    CHECK_EQ(claim_make(first), E_OK);
    for (int n = 0; n < 64; n++) {
        CHECK_EQ(claim_make(next), E_OK);
        for (size_t i = 0; i < CLAIM_TOKEN_LEN; i++) {
            varied[i] = varied[i] || next[i] != first[i];
        }
    }
    for (size_t i = 0; i < CLAIM_TOKEN_LEN; i++) {
        CHECK(varied[i] == (i % 5 != 4));
    }
}

static void a_known_secret_has_this_token_and_digest(void)
{
    static const uint8_t want[CLAIM_DIGEST_LEN] = {0x0e, 0xa1, 0xb5, 0x01, 0xc1, 0x8b, 0xfe, 0xee,
                                                   0xdb, 0x85, 0xc8, 0x31, 0x69, 0x9b, 0x00, 0x0b,
                                                   0xf9, 0xbf, 0x64, 0x19, 0xd5, 0xde, 0x69, 0x54,
                                                   0x71, 0x2c, 0x2a, 0xd6, 0x9b, 0xd7, 0xe7, 0xc2};
    uint8_t got[CLAIM_DIGEST_LEN] = {0};
    CHECK_EQ(claim_digest("barn", known_token, got), E_OK);
    CHECK_BYTES(got, sizeof got, want, sizeof want);
}

static void case_hyphens_and_look_alikes_do_not_matter(void)
{
    const char *token = known_token;
    char typed[64];
    size_t n = 0;
    for (size_t i = 0; token[i] != '\0'; i++) {
        if (token[i] == '0') {
            typed[n++] = i % 2 == 0 ? 'O' : 'o';
        } else if (token[i] == '1') {
            typed[n++] = i % 2 == 0 ? 'l' : 'I';
        } else if (token[i] == '-') {
            typed[n++] = ' ';
        } else {
            typed[n++] = (char)(token[i] >= 'A' ? token[i] + 32 : token[i]);
        }
    }
    typed[n] = '\0';
    CHECK(same("barn", token, "barn", typed));
}

static void one_mistyped_digit_is_noticed(void)
{
    char token[CLAIM_TOKEN_CAP];
    uint8_t digest[CLAIM_DIGEST_LEN];
    int noticed = 0;
    int tries = 0;
    CHECK_EQ(claim_make(token), E_OK);
    for (size_t i = 0; i < CLAIM_TOKEN_LEN; i++) {
        const char kept = token[i];
        if (kept == '-') {
            continue;
        }
        for (const char *c = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *c != '\0'; c++) {
            token[i] = *c;
            if (*c != kept) {
                tries++;
                noticed += claim_digest("barn", token, digest) == E_MALFORMED;
            }
        }
        token[i] = kept;
    }
    CHECK_EQ(tries, 28 * 31);
    CHECK(noticed > tries - 10); /* one in 4096 slips through */
    CHECK_EQ(claim_digest("barn", token, digest), E_OK);
}

static void the_same_token_means_another_thing_for_another_device(void)
{
    char token[CLAIM_TOKEN_CAP];
    CHECK_EQ(claim_make(token), E_OK);
    CHECK(same("barn", token, "barn", token));
    CHECK(!same("barn", token, "roof", token));
    CHECK(!same("barn", token, "barn2", token));
}

static void what_cannot_be_a_token_is_malformed(void)
{
    uint8_t digest[CLAIM_DIGEST_LEN];
    char longer[CLAIM_TOKEN_CAP + 1];
    char token[CLAIM_TOKEN_CAP];
    char hyphens[400];
    CHECK_EQ(claim_make(token), E_OK);
    CHECK_EQ(claim_digest("barn", "", digest), E_MALFORMED);
    CHECK_EQ(claim_digest("barn", "token-barn", digest), E_MALFORMED);
    strcpy(longer, token);
    strcat(longer, "0");
    CHECK_EQ(claim_digest("barn", longer, digest), E_MALFORMED);
    token[33] = '\0';
    CHECK_EQ(claim_digest("barn", token, digest), E_MALFORMED);
    token[10] = 'U'; /* the one letter that is not there and looks like none that is */
    CHECK_EQ(claim_digest("barn", token, digest), E_MALFORMED);
    memset(hyphens, '-', sizeof hyphens);
    hyphens[sizeof hyphens - 1] = '\0';
    CHECK_EQ(claim_digest("barn", hyphens, digest), E_MALFORMED);
}

CHECK_MAIN(TEST(a_token_is_seven_groups_of_four), TEST(no_two_tokens_are_alike),
           TEST(every_digit_of_a_token_varies), TEST(a_known_secret_has_this_token_and_digest),
           TEST(case_hyphens_and_look_alikes_do_not_matter), TEST(one_mistyped_digit_is_noticed),
           TEST(the_same_token_means_another_thing_for_another_device),
           TEST(what_cannot_be_a_token_is_malformed))
