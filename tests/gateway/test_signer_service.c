/* SPDX-License-Identifier: MIT
 * The signer as a function: its limits, its clock, its log. Time is given, nothing waits.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/wbuf.h"
#include "check.h"
#include "ledger/checkpoint.h"
#include "requests.h"
#include "signer/service.h"

static struct signer_service service;
static struct signer_now now;
static char noted[1024];
static int note_result;

static int note(void *context, const char *line, size_t len)
{
    (void)context;
    if (note_result == E_OK) {
        strncat(noted, line, len);
    }
    return note_result;
}

/* A fresh service that issues three certificates at once, then one in ten seconds, and signs two
 * messages, then one a second. */
static void service_open(void)
{
    static EVP_PKEY *ca_key;
    static EVP_PKEY *ledger_key;
    static X509 *ca;
    if (ca == NULL) {
        ca_key = request_key("P-256");
        ledger_key = request_key("ED25519");
        ca = signer_issue_ca(ca_key, 1800000000);
    }
    const struct signer_service_config config = {
        .issuer = {.certificate = ca, .key = ca_key},
        .ledger_key = ledger_key,
        .note = note,
        .issue_rate = {.burst = 3, .period_us = 10000000},
        .sign_rate = {.burst = 2, .period_us = 1000000},
    };
    now = (struct signer_now){.mono_ms = 1000, .unix_s = 1800000000};
    noted[0] = '\0';
    note_result = E_OK;
    CHECK_EQ(signer_service_init(&service, &config, now.mono_ms), E_OK);
}

/* The reply's reason; its body in `body`, when that is wanted. */
static enum signer_refusal ask(const struct signer_request *q, uint8_t *body, size_t *body_len)
{
    uint8_t in[SIGNER_MESSAGE_MAX_LEN];
    static uint8_t out[SIGNER_MESSAGE_MAX_LEN];
    struct signer_reply p = {.refusal = SIGNER_REFUSAL_COUNT};
    const int len = signer_request_encode(q, in, sizeof in);
    const size_t got = signer_service_answer(&service, now, in, (size_t)len, out);
    CHECK_EQ(signer_reply_decode(out, got, &p), E_OK);
    CHECK_EQ(p.id, q->id);
    if (body != NULL) {
        memcpy(body, p.body, p.body_len);
        *body_len = p.body_len;
    }
    return p.refusal;
}

static enum signer_refusal ask_device(const char *name, uint8_t *body, size_t *body_len)
{
    uint8_t csr[REQUEST_CAP];
    const struct signer_request q = {.verb = SIGNER_ISSUE_DEVICE,
                                     .id = 4711,
                                     .name = name,
                                     .name_len = strlen(name),
                                     .body = csr,
                                     .body_len = request_for(name, csr)};
    return ask(&q, body, body_len);
}

static enum signer_refusal ask_signature(const char *message)
{
    const struct signer_request q = {.verb = SIGNER_LEDGER_SIGN,
                                     .id = 4712,
                                     .body = (const uint8_t *)message,
                                     .body_len = strlen(message)};
    return ask(&q, NULL, NULL);
}

static void certificates_come_in_a_burst_and_then_at_their_rate(void)
{
    service_open();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_NONE);
    }
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_RATE);
    now.mono_ms += 9999;
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_RATE);
    now.mono_ms += 1;
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_NONE);
}

static void bad_requests_count_against_the_rate_too(void)
{
    uint8_t csr[REQUEST_CAP];
    const struct signer_request q = {.verb = SIGNER_ISSUE_DEVICE,
                                     .name = "roof",
                                     .name_len = 4,
                                     .body = csr,
                                     .body_len = request_for("barn", csr)};
    service_open();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ask(&q, NULL, NULL), SIGNER_REFUSED_CSR_NAME);
    }
    CHECK_EQ(ask(&q, NULL, NULL), SIGNER_REFUSED_RATE);
}

static void signatures_have_a_rate_of_their_own(void)
{
    service_open();
    CHECK_EQ(ask_signature("wattward/receipt/x\n1\n"), SIGNER_REFUSED_NONE);
    CHECK_EQ(ask_signature("wattward/receipt/1\nx"), SIGNER_REFUSED_NONE);
    CHECK_EQ(ask_signature("wattward/trust/1\nx"), SIGNER_REFUSED_RATE);
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_NONE);
    now.mono_ms += 1000;
    CHECK_EQ(ask_signature("wattward/trust/1\nx"), SIGNER_REFUSED_NONE);
}

static void a_clock_that_was_never_set_issues_nothing(void)
{
    service_open();
    now.unix_s = 86400;
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_CLOCK);
    CHECK_STR(noted, "");
}

static void what_cannot_be_noted_is_not_issued(void)
{
    service_open();
    note_result = E_IO;
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_INTERNAL);
    note_result = E_OK;
    CHECK_EQ(ask_device("barn", NULL, NULL), SIGNER_REFUSED_NONE);
    CHECK(strncmp(noted, "1800000000 device barn ", 23) == 0);
    CHECK(strchr(noted, '\n') == noted + strlen(noted) - 1);
}

static void a_certificate_never_outlives_the_ca(void)
{
    uint8_t der[SIGNER_BODY_MAX_LEN];
    size_t len = 0;
    service_open();
    now.unix_s += (int64_t)(SIGNER_CA_DAYS - 100) * 86400;
    CHECK_EQ(ask_device("barn", der, &len), SIGNER_REFUSED_NONE);
    const uint8_t *end = der;
    X509 *leaf = d2i_X509(NULL, &end, (long)len);
    CHECK_EQ(ASN1_TIME_compare(X509_get0_notAfter(leaf),
                               X509_get0_notAfter(service.config.issuer.certificate)),
             0);
    X509_free(leaf);
}

/* A log of three entries, and requests to sign what becomes of it. */
static struct ledger_hash leaf_of(uint8_t n)
{
    return ledger_leaf_hash(&n, 1);
}

static enum signer_refusal ask_checkpoint(const char *origin, const struct ledger_head *head,
                                          const struct ledger_hash *proof, size_t n)
{
    uint8_t body[1024];
    char text[256];
    struct wbuf t = wbuf_of(text, sizeof text);
    const struct ledger_checkpoint c = {
        .origin = origin, .origin_len = strlen(origin), .size = head->size, .root = head->root};
    ledger_checkpoint_put(&t, &c);
    struct wbuf w = wbuf_of(body, sizeof body);
    wbuf_be16(&w, (uint16_t)wbuf_len(&t));
    wbuf_put(&w, text, wbuf_len(&t));
    for (size_t i = 0; i < n; i++) {
        wbuf_put(&w, proof[i].bytes, 32);
    }
    const struct signer_request q = {
        .verb = SIGNER_CHECKPOINT_SIGN, .body = body, .body_len = wbuf_len(&w)};
    return ask(&q, NULL, NULL);
}

static void a_checkpoint_is_signed_only_as_an_extension_of_the_last(void)
{
    static const char origin[] = "wattward/ledger/x";
    const struct ledger_hash leaves[3] = {leaf_of(0), leaf_of(1), leaf_of(2)};
    const struct ledger_hash two = ledger_node_hash(&leaves[0], &leaves[1]);
    const struct ledger_head one_head = {1, leaves[0]};
    const struct ledger_head three_head = {3, ledger_node_hash(&two, &leaves[2])};
    const struct ledger_head forked = {3, ledger_node_hash(&two, &leaves[1])};
    const struct ledger_hash proof[2] = {leaves[1], leaves[2]};
    service_open();
    service.config.sign_rate.burst = 100;
    bucket_fill(&service.signs, &service.config.sign_rate, now.mono_ms);
    CHECK_EQ(ask_checkpoint("wattward/receipt/x", &one_head, NULL, 0), SIGNER_REFUSED_CHECKPOINT);
    CHECK_EQ(ask_checkpoint(origin, &one_head, NULL, 0), SIGNER_REFUSED_NONE);
    CHECK_EQ(ask_checkpoint(origin, &one_head, NULL, 0), SIGNER_REFUSED_NONE);
    CHECK_EQ(ask_checkpoint(origin, &forked, proof, 2), SIGNER_REFUSED_FORK);
    CHECK_EQ(ask_checkpoint(origin, &three_head, proof, 1), SIGNER_REFUSED_FORK);
    CHECK_EQ(ask_checkpoint("wattward/ledger/y", &three_head, proof, 2), SIGNER_REFUSED_FORK);
    CHECK_EQ(ask_checkpoint(origin, &three_head, proof, 2), SIGNER_REFUSED_NONE);
    CHECK_EQ(ask_checkpoint(origin, &one_head, NULL, 0), SIGNER_REFUSED_FORK);
    uint8_t body[SIGNER_BODY_MAX_LEN];
    size_t len = 0;
    const struct signer_request head = {.verb = SIGNER_LEDGER_HEAD};
    CHECK_EQ(ask(&head, body, &len), SIGNER_REFUSED_NONE);
    CHECK_EQ(len, 40);
    CHECK_EQ(body[7], 3);
    CHECK_BYTES(body + 8, 32, three_head.root.bytes, 32);
}

static int forget(void *context, struct signer_log_head *head)
{
    (void)context;
    (void)head;
    return E_IO;
}

static void what_cannot_be_remembered_is_not_signed(void)
{
    const struct ledger_head head = {1, leaf_of(0)};
    service_open();
    service.config.remember = forget;
    CHECK_EQ(ask_checkpoint("wattward/ledger/x", &head, NULL, 0), SIGNER_REFUSED_INTERNAL);
    CHECK_EQ(service.log_head.signed_head.size, 0);
}

static void of_two_slots_the_newer_whole_one_counts(void)
{
    uint8_t file[SIGNER_LOG_HEAD_LEN];
    struct signer_log_head head;
    signer_log_head_format(file);
    CHECK_EQ(signer_log_head_read(file, &head), E_OK);
    CHECK_EQ(head.generation, 0);
    char path[] = "/tmp/ledger_head_XXXXXX";
    const int fd = mkstemp(path);
    CHECK_EQ(write(fd, file, sizeof file), sizeof file);
    for (uint64_t size = 1; size <= 4; size++) {
        head.signed_head.size = size;
        CHECK_EQ(signer_log_head_write(fd, &head), E_OK);
        CHECK_EQ(pread(fd, file, sizeof file, 0), sizeof file);
        CHECK_EQ(signer_log_head_read(file, &head), E_OK);
        CHECK_EQ(head.signed_head.size, size);
        file[size % 2 * 512 + 20] ^= 1; /* torn */
        CHECK_EQ(signer_log_head_read(file, &head), E_OK);
        CHECK_EQ(head.signed_head.size, size - 1);
        head.signed_head.size = size;
        head.generation = size;
    }
    memset(file, 0, sizeof file);
    CHECK_EQ(signer_log_head_read(file, &head), E_CORRUPT);
    close(fd);
    unlink(path);
}

static void a_message_that_cannot_be_read_gets_no_answer(void)
{
    static uint8_t out[SIGNER_MESSAGE_MAX_LEN];
    service_open();
    CHECK_EQ(signer_service_answer(&service, now, (const uint8_t *)"hello", 5, out), 0);
    CHECK_EQ(signer_service_answer(&service, now, NULL, 0, out), 0);
}

static void keys_of_another_kind_make_no_service(void)
{
    service_open();
    struct signer_service_config config = service.config;
    config.ledger_key = config.issuer.key;
    CHECK_EQ(signer_service_init(&service, &config, 0), E_ARG);
}

CHECK_MAIN(TEST(certificates_come_in_a_burst_and_then_at_their_rate),
           TEST(bad_requests_count_against_the_rate_too), TEST(signatures_have_a_rate_of_their_own),
           TEST(a_clock_that_was_never_set_issues_nothing),
           TEST(what_cannot_be_noted_is_not_issued), TEST(a_certificate_never_outlives_the_ca),
           TEST(a_checkpoint_is_signed_only_as_an_extension_of_the_last),
           TEST(what_cannot_be_remembered_is_not_signed),
           TEST(of_two_slots_the_newer_whole_one_counts),
           TEST(a_message_that_cannot_be_read_gets_no_answer),
           TEST(keys_of_another_kind_make_no_service))
