/* SPDX-License-Identifier: MIT
 * The wire between gateway and signer.
 */
#include <string.h>

#include "check.h"
#include "signer/message.h"

static const struct signer_request device = {.verb = SIGNER_ISSUE_DEVICE,
                                             .id = 0x01020304,
                                             .name = "barn",
                                             .name_len = 4,
                                             .body = (const uint8_t *)"csr",
                                             .body_len = 3};

static void a_request_has_the_bytes_of_its_description(void)
{
    static const uint8_t want[] = {1, 2, 1,   2,   3,   4,   0,   4,   0,  0,
                                   0, 3, 'b', 'a', 'r', 'n', 'c', 's', 'r'};
    uint8_t out[64];
    const int len = signer_request_encode(&device, out, sizeof out);
    CHECK_BYTES(out, (size_t)len, want, sizeof want);
}

static void a_request_comes_back_as_it_was(void)
{
    const struct signer_request server = {.verb = SIGNER_ISSUE_SERVER,
                                          .id = 7,
                                          .name = "gw",
                                          .name_len = 2,
                                          .san = "DNS:gw",
                                          .san_len = 6,
                                          .body = (const uint8_t *)"x",
                                          .body_len = 1};
    uint8_t out[64];
    struct signer_request got;
    const int len = signer_request_encode(&server, out, sizeof out);
    CHECK_EQ(signer_request_decode(out, (size_t)len, &got), E_OK);
    CHECK_EQ(got.verb, SIGNER_ISSUE_SERVER);
    CHECK_EQ(got.id, 7);
    CHECK_BYTES(got.name, got.name_len, "gw", 2);
    CHECK_BYTES(got.san, got.san_len, "DNS:gw", 6);
    CHECK_BYTES(got.body, got.body_len, "x", 1);
}

static void a_request_cut_anywhere_is_truncated(void)
{
    uint8_t out[64];
    struct signer_request got;
    const int len = signer_request_encode(&device, out, sizeof out);
    for (int cut = 0; cut < len; cut++) {
        CHECK_EQ(signer_request_decode(out, (size_t)cut, &got), E_TRUNCATED);
    }
}

static void a_byte_too_many_is_malformed(void)
{
    uint8_t out[64] = {0};
    struct signer_request got;
    const int len = signer_request_encode(&device, out, sizeof out);
    CHECK_EQ(signer_request_decode(out, (size_t)len + 1, &got), E_MALFORMED);
}

static void another_version_or_verb_is_not_spoken(void)
{
    uint8_t out[64];
    struct signer_request got;
    const int len = signer_request_encode(&device, out, sizeof out);
    out[0] = 2;
    CHECK_EQ(signer_request_decode(out, (size_t)len, &got), E_UNSUPPORTED);
    out[0] = 1;
    out[1] = 0;
    CHECK_EQ(signer_request_decode(out, (size_t)len, &got), E_UNSUPPORTED);
    out[1] = SIGNER_LEDGER_HEAD + 1;
    CHECK_EQ(signer_request_decode(out, (size_t)len, &got), E_UNSUPPORTED);
}

static void a_field_that_the_verb_does_not_have_is_malformed(void)
{
    uint8_t out[64];
    struct signer_request q = device;
    q.san = "DNS:a";
    q.san_len = 5;
    CHECK_EQ(signer_request_encode(&q, out, sizeof out), E_MALFORMED);
    q = device;
    q.body_len = 0;
    CHECK_EQ(signer_request_encode(&q, out, sizeof out), E_MALFORMED);
    q = device;
    q.verb = SIGNER_CA_CERTIFICATE;
    CHECK_EQ(signer_request_encode(&q, out, sizeof out), E_MALFORMED);
}

static void a_field_at_its_bound_passes_and_beyond_it_is_a_limit(void)
{
    static uint8_t body[SIGNER_BODY_MAX_LEN + 1];
    static uint8_t out[SIGNER_MESSAGE_MAX_LEN];
    char name[SIGNER_NAME_MAX_LEN + 1];
    memset(name, 'a', sizeof name);
    struct signer_request q = device;
    q.name = name;
    q.name_len = SIGNER_NAME_MAX_LEN;
    q.body = body;
    q.body_len = SIGNER_BODY_MAX_LEN;
    CHECK(signer_request_encode(&q, out, sizeof out) > SIGNER_BODY_MAX_LEN);
    q.body_len++;
    CHECK_EQ(signer_request_encode(&q, out, sizeof out), E_LIMIT);
    q.body_len--;
    q.name_len++;
    CHECK_EQ(signer_request_encode(&q, out, sizeof out), E_LIMIT);
}

static void a_request_that_does_not_fit_writes_nothing(void)
{
    uint8_t out[18];
    CHECK_EQ(signer_request_encode(&device, out, sizeof out), E_NOSPACE);
}

static void a_reply_comes_back_as_it_was(void)
{
    const struct signer_reply done = {
        .verb = SIGNER_LEDGER_SIGN, .id = 9, .body = (const uint8_t *)"sig", .body_len = 3};
    const struct signer_reply refused = {
        .verb = SIGNER_ISSUE_DEVICE, .id = 10, .refusal = SIGNER_REFUSED_CSR_KEY};
    uint8_t out[64];
    struct signer_reply got;
    int len = signer_reply_encode(&done, out, sizeof out);
    CHECK_EQ(signer_reply_decode(out, (size_t)len, &got), E_OK);
    CHECK_EQ(got.id, 9);
    CHECK_EQ(got.refusal, SIGNER_REFUSED_NONE);
    CHECK_BYTES(got.body, got.body_len, "sig", 3);
    len = signer_reply_encode(&refused, out, sizeof out);
    CHECK_EQ(signer_reply_decode(out, (size_t)len, &got), E_OK);
    CHECK_EQ(got.refusal, SIGNER_REFUSED_CSR_KEY);
    CHECK_EQ(got.body_len, 0);
}

static void a_reply_that_contradicts_itself_is_malformed(void)
{
    uint8_t out[64];
    struct signer_reply got;
    const struct signer_reply refused = {
        .verb = SIGNER_ISSUE_DEVICE, .id = 10, .refusal = SIGNER_REFUSED_CSR_KEY};
    const int len = signer_reply_encode(&refused, out, sizeof out);
    out[6] = 0; /* "done", with a reason */
    CHECK_EQ(signer_reply_decode(out, (size_t)len, &got), E_MALFORMED);
    out[6] = 1;
    out[7] = SIGNER_REFUSAL_COUNT;
    CHECK_EQ(signer_reply_decode(out, (size_t)len, &got), E_MALFORMED);
    out[7] = SIGNER_REFUSED_NONE; /* "refused", without one */
    CHECK_EQ(signer_reply_decode(out, (size_t)len, &got), E_MALFORMED);
}

static void names_are_letters_digits_and_three_marks(void)
{
    CHECK(signer_name_ok("barn", 4));
    CHECK(signer_name_ok("SimMeter_0001", 13));
    CHECK(signer_name_ok("7.a-b_c", 7));
    CHECK(!signer_name_ok("", 0));
    CHECK(!signer_name_ok("..", 2));
    CHECK(!signer_name_ok("-x", 2));
    CHECK(!signer_name_ok("a/b", 3));
    CHECK(!signer_name_ok("a b", 3));
    CHECK(!signer_name_ok("a\0b", 3));
    CHECK(!signer_name_ok("caf\xc3\xa9", 5));
}

static void every_refusal_has_a_sentence(void)
{
    for (int i = 0; i < SIGNER_REFUSAL_COUNT; i++) {
        CHECK(strlen(signer_refusal_text((enum signer_refusal)i)) > 10);
    }
    CHECK_STR(signer_refusal_text(SIGNER_REFUSAL_COUNT), "refused");
}

CHECK_MAIN(TEST(a_request_has_the_bytes_of_its_description), TEST(a_request_comes_back_as_it_was),
           TEST(a_request_cut_anywhere_is_truncated), TEST(a_byte_too_many_is_malformed),
           TEST(another_version_or_verb_is_not_spoken),
           TEST(a_field_that_the_verb_does_not_have_is_malformed),
           TEST(a_field_at_its_bound_passes_and_beyond_it_is_a_limit),
           TEST(a_request_that_does_not_fit_writes_nothing), TEST(a_reply_comes_back_as_it_was),
           TEST(a_reply_that_contradicts_itself_is_malformed),
           TEST(names_are_letters_digits_and_three_marks), TEST(every_refusal_has_a_sentence))
