/* SPDX-License-Identifier: MIT
 * Every class of bad certificate request, and the good ones.
 */
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "check.h"
#include "requests.h"
#include "signer/csr.h"
#include "signer/limits.h"

static enum signer_refusal judge(const uint8_t *der, size_t len)
{
    EVP_PKEY *key = NULL;
    const enum signer_refusal refusal = signer_csr_check(der, len, "barn", 4, &key);
    CHECK((refusal == SIGNER_REFUSED_NONE) == (key != NULL));
    EVP_PKEY_free(key);
    return refusal;
}

static enum signer_refusal judge_plan(const struct request_plan *plan)
{
    uint8_t der[REQUEST_CAP];
    return judge(der, request_make(plan, der));
}

static enum signer_refusal judge_key(const char *kind, const char *hash)
{
    struct request_plan plan = {.key = request_key(kind), .names = {"barn"}, .hash = hash};
    const enum signer_refusal refusal = judge_plan(&plan);
    EVP_PKEY_free(plan.key);
    return refusal;
}

static void a_good_request_passes(void)
{
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"barn"}}), SIGNER_REFUSED_NONE);
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"barn"}, .hash = "SHA512"}),
             SIGNER_REFUSED_NONE);
}

static void an_organisation_and_asked_for_names_are_not_looked_at(void)
{
    CHECK_EQ(judge_plan(&(struct request_plan){
                 .names = {"barn"}, .organisation = "ACME", .san = "DNS:bank.example"}),
             SIGNER_REFUSED_NONE);
}

static void another_name_is_refused(void)
{
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"roof"}}), SIGNER_REFUSED_CSR_NAME);
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"barn2"}}), SIGNER_REFUSED_CSR_NAME);
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"BARN"}}), SIGNER_REFUSED_CSR_NAME);
}

static void two_names_are_refused_even_when_one_is_right(void)
{
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"barn", "roof"}}),
             SIGNER_REFUSED_CSR_SUBJECT);
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"barn", "barn"}}),
             SIGNER_REFUSED_CSR_SUBJECT);
}

static void no_name_is_refused(void)
{
    CHECK_EQ(judge_plan(&(struct request_plan){.organisation = "barn"}),
             SIGNER_REFUSED_CSR_SUBJECT);
}

static void other_keys_than_p256_are_refused(void)
{
    CHECK_EQ(judge_key("RSA", "SHA256"), SIGNER_REFUSED_CSR_KEY);
    CHECK_EQ(judge_key("P-384", "SHA256"), SIGNER_REFUSED_CSR_KEY);
    CHECK_EQ(judge_key("ED25519", ""), SIGNER_REFUSED_CSR_KEY);
}

static void a_compressed_point_is_refused(void)
{
    struct request_plan plan = {.key = request_key("P-256"), .names = {"barn"}};
    EVP_PKEY_set_utf8_string_param(plan.key, "point-format", "compressed");
    CHECK_EQ(judge_plan(&plan), SIGNER_REFUSED_CSR_KEY);
    EVP_PKEY_free(plan.key);
}

static void explicit_curve_parameters_are_refused(void)
{
    struct request_plan plan = {.key = request_key("P-256"), .names = {"barn"}};
    EVP_PKEY_set_utf8_string_param(plan.key, "encoding", "explicit");
    CHECK_EQ(judge_plan(&plan), SIGNER_REFUSED_CSR_KEY);
    EVP_PKEY_free(plan.key);
}

static void sha1_is_refused(void)
{
    CHECK_EQ(judge_key("P-256", "SHA1"), SIGNER_REFUSED_CSR_HASH);
}

static void another_version_is_refused(void)
{
    CHECK_EQ(judge_plan(&(struct request_plan){.names = {"barn"}, .version = 1}),
             SIGNER_REFUSED_CSR_VERSION);
}

static void a_request_longer_than_the_bound_is_refused_unread(void)
{
    uint8_t der[REQUEST_CAP];
    const struct request_plan plan = {.names = {"barn"}, .extra_len = 4000};
    const size_t len = request_make(&plan, der);
    CHECK(len > SIGNER_CSR_MAX_LEN);
    CHECK_EQ(judge(der, len), SIGNER_REFUSED_CSR_SIZE);
    CHECK_EQ(judge(der, 0), SIGNER_REFUSED_CSR_SIZE);
}

static void a_request_cut_anywhere_is_refused(void)
{
    uint8_t der[REQUEST_CAP];
    const size_t len = request_for("barn", der);
    for (size_t cut = 1; cut < len; cut++) {
        CHECK_EQ(judge(der, cut), SIGNER_REFUSED_CSR_FORM);
    }
}

static void bytes_after_the_request_are_refused(void)
{
    uint8_t der[REQUEST_CAP];
    const size_t len = request_for("barn", der);
    der[len] = 0;
    CHECK_EQ(judge(der, len + 1), SIGNER_REFUSED_CSR_FORM);
}

static void every_flipped_bit_is_refused(void)
{
    uint8_t der[REQUEST_CAP];
    const size_t len = request_for("barn", der);
    int refused = 0;
    for (size_t bit = 0; bit < len * 8; bit++) {
        der[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        refused += judge(der, len) != SIGNER_REFUSED_NONE;
        der[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    CHECK_EQ(refused, len * 8);
    CHECK_EQ(judge(der, len), SIGNER_REFUSED_NONE);
}

static void the_signature_of_another_key_is_refused(void)
{
    /* The tail of the second request holds its signature; both have the same shape. */
    uint8_t der[REQUEST_CAP];
    uint8_t other[REQUEST_CAP];
    size_t len = 0;
    do {
        len = request_for("barn", der);
    } while (request_for("barn", other) != len || der[len - 72] != other[len - 72]);
    memcpy(der + len - 66, other + len - 66, 66);
    CHECK_EQ(judge(der, len), SIGNER_REFUSED_CSR_SIGNATURE);
}

static void a_point_that_is_not_on_the_curve_is_refused(void)
{
    static const uint8_t before_point[] = {0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
    uint8_t der[REQUEST_CAP];
    const size_t len = request_for("barn", der);
    uint8_t *found = memmem(der, len, before_point, sizeof before_point);
    if (CHECK(found != NULL)) {
        memset(found + sizeof before_point, 0x11, 64);
        const enum signer_refusal refusal = judge(der, len);
        CHECK(refusal == SIGNER_REFUSED_CSR_KEY || refusal == SIGNER_REFUSED_CSR_FORM);
    }
}

static void a_zero_inside_the_name_does_not_end_it(void)
{
    uint8_t der[REQUEST_CAP];
    const size_t len = request_for("barnX", der);
    uint8_t *found = memmem(der, len, "barnX", 5);
    if (CHECK(found != NULL)) {
        found[4] = 0;
        CHECK_EQ(judge(der, len), SIGNER_REFUSED_CSR_NAME);
    }
}

CHECK_MAIN(TEST(a_good_request_passes), TEST(an_organisation_and_asked_for_names_are_not_looked_at),
           TEST(another_name_is_refused), TEST(two_names_are_refused_even_when_one_is_right),
           TEST(no_name_is_refused), TEST(other_keys_than_p256_are_refused),
           TEST(a_compressed_point_is_refused), TEST(explicit_curve_parameters_are_refused),
           TEST(sha1_is_refused), TEST(another_version_is_refused),
           TEST(a_request_longer_than_the_bound_is_refused_unread),
           TEST(a_request_cut_anywhere_is_refused), TEST(bytes_after_the_request_are_refused),
           TEST(every_flipped_bit_is_refused), TEST(the_signature_of_another_key_is_refused),
           TEST(a_point_that_is_not_on_the_curve_is_refused),
           TEST(a_zero_inside_the_name_does_not_end_it))
