/* SPDX-License-Identifier: MIT
 * Dispatch: one function a verb. A refusal is a reason; only our own failure is INTERNAL.
 */
#include "signer/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "base/wbuf.h"
#include "signer/csr.h"
#include "signer/domain.h"

enum { ED25519_LEN = 64, NOTE_CAP = 256 };

/* Where a reply's body is put together. */
struct answer {
    uint8_t body[SIGNER_BODY_MAX_LEN];
    size_t len;
};

/* Before this the clock was certainly never set; a certificate of 1970 would help nobody. */
static const int64_t clock_floor_s = 1735689600; /* 2025-01-01 */

static enum signer_refusal put(struct answer *a, const void *data, size_t len)
{
    ASSERT(len <= sizeof a->body);
    memcpy(a->body, data, len);
    a->len = len;
    return SIGNER_REFUSED_NONE;
}

/* ---- certificates ---- */

static enum signer_refusal note(const struct signer_service *s,
                                const struct signer_subject *subject, const X509 *certificate)
{
    static const char *const uses[] = {
        [SIGNER_FOR_DEVICE] = "device",
        [SIGNER_FOR_SERVER] = "server",
        [SIGNER_FOR_GATEWAY] = "gateway",
    };
    if (s->config.note == NULL) {
        return SIGNER_REFUSED_NONE;
    }
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *serial = number == NULL ? NULL : BN_bn2hex(number);
    enum signer_refusal refusal = SIGNER_REFUSED_INTERNAL;
    if (serial != NULL) {
        char line[NOTE_CAP];
        const int len = snprintf(line, sizeof line, "%" PRId64 " %s %s %s\n", s->now.unix_s,
                                 uses[subject->use], subject->name, serial);
        ASSERT(len > 0 && len < NOTE_CAP);
        if (s->config.note(s->config.context, line, (size_t)len) == E_OK) {
            refusal = SIGNER_REFUSED_NONE;
        }
    }
    OPENSSL_free(serial);
    BN_free(number);
    return refusal;
}

static enum signer_refusal put_certificate(struct answer *a, X509 *certificate)
{
    uint8_t *der = NULL;
    const int len = i2d_X509(certificate, &der);
    enum signer_refusal refusal = SIGNER_REFUSED_INTERNAL;
    if (len > 0 && len <= SIGNER_CERT_MAX_LEN) {
        refusal = put(a, der, (size_t)len);
    }
    OPENSSL_free(der);
    return refusal;
}

static enum signer_refusal issue(struct signer_service *s, const struct signer_request *q,
                                 struct signer_subject *subject, struct answer *a)
{
    if (!bucket_take(&s->issues, &s->config.issue_rate, s->now.mono_ms)) {
        return SIGNER_REFUSED_RATE;
    }
    if (s->now.unix_s < clock_floor_s) {
        return SIGNER_REFUSED_CLOCK;
    }
    enum signer_refusal refusal =
        signer_csr_check(q->body, q->body_len, q->name, q->name_len, &subject->key);
    if (refusal != SIGNER_REFUSED_NONE) {
        return refusal;
    }
    X509 *certificate = NULL;
    refusal = signer_issue(&s->config.issuer, subject, s->now.unix_s, &certificate);
    if (refusal == SIGNER_REFUSED_NONE) {
        refusal = note(s, subject, certificate);
    }
    if (refusal == SIGNER_REFUSED_NONE) {
        refusal = put_certificate(a, certificate);
    }
    X509_free(certificate);
    EVP_PKEY_free(subject->key);
    return refusal;
}

/* Copies a view of the request into a terminated string. */
static const char *terminate(char *out, size_t cap, const char *text, size_t len)
{
    ASSERT(len < cap);
    memcpy(out, text, len);
    out[len] = '\0';
    return out;
}

static enum signer_refusal issue_device(struct signer_service *s, const struct signer_request *q,
                                        struct answer *a)
{
    char name[SIGNER_NAME_MAX_LEN + 1];
    if (!signer_name_ok(q->name, q->name_len)) {
        return SIGNER_REFUSED_NAME;
    }
    terminate(name, sizeof name, q->name, q->name_len);
    if (strcmp(name, SIGNER_GATEWAY_NAME) == 0) {
        return SIGNER_REFUSED_NAME_RESERVED;
    }
    struct signer_subject subject = {.use = SIGNER_FOR_DEVICE, .name = name};
    return issue(s, q, &subject, a);
}

static enum signer_refusal issue_server(struct signer_service *s, const struct signer_request *q,
                                        struct answer *a)
{
    char name[SIGNER_NAME_MAX_LEN + 1];
    char san[SIGNER_SAN_MAX_LEN + 1];
    if (!signer_name_ok(q->name, q->name_len)) {
        return SIGNER_REFUSED_NAME;
    }
    if (memchr(q->san, '\0', q->san_len) != NULL) {
        return SIGNER_REFUSED_SAN;
    }
    struct signer_subject subject = {
        .use = SIGNER_FOR_SERVER,
        .name = terminate(name, sizeof name, q->name, q->name_len),
        .san = terminate(san, sizeof san, q->san, q->san_len),
    };
    if (strcmp(name, SIGNER_GATEWAY_NAME) == 0) {
        subject.use = SIGNER_FOR_GATEWAY;
    }
    return issue(s, q, &subject, a);
}

/* ---- the ledger key ---- */

static enum signer_refusal sign(const struct signer_service *s, const void *message, size_t len,
                                struct answer *a)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t signature_len = ED25519_LEN;
    const bool done = context != NULL &&
                      EVP_DigestSignInit(context, NULL, NULL, NULL, s->config.ledger_key) == 1 &&
                      EVP_DigestSign(context, a->body, &signature_len, message, len) == 1 &&
                      signature_len == ED25519_LEN;
    EVP_MD_CTX_free(context);
    a->len = done ? ED25519_LEN : 0;
    return done ? SIGNER_REFUSED_NONE : SIGNER_REFUSED_INTERNAL;
}

/* Remembered first: a signature that nobody received harms nobody. */
static enum signer_refusal checkpoint_sign(struct signer_service *s, const struct signer_request *q,
                                           struct answer *a)
{
    struct signer_log_head next = s->log_head;
    if (!bucket_take(&s->signs, &s->config.sign_rate, s->now.mono_ms)) {
        return SIGNER_REFUSED_RATE;
    }
    const int result = signer_log_head_extend(&next, q->body, q->body_len);
    if (result != E_OK) {
        return result == E_AUTH ? SIGNER_REFUSED_FORK : SIGNER_REFUSED_CHECKPOINT;
    }
    if (s->config.remember != NULL && s->config.remember(s->config.context, &next) != E_OK) {
        return SIGNER_REFUSED_INTERNAL;
    }
    s->log_head = next;
    const struct signer_checkpoint_request request =
        signer_checkpoint_request_of(q->body, q->body_len);
    return sign(s, request.text, request.text_len, a);
}

static enum signer_refusal put_log_head(const struct signer_service *s, struct answer *a)
{
    struct wbuf w = wbuf_of(a->body, sizeof a->body);
    wbuf_be64(&w, s->log_head.signed_head.size);
    wbuf_put(&w, s->log_head.signed_head.root.bytes, LEDGER_HASH_LEN);
    a->len = wbuf_len(&w);
    return SIGNER_REFUSED_NONE;
}

static enum signer_refusal ledger_sign(struct signer_service *s, const struct signer_request *q,
                                       struct answer *a)
{
    if (!signer_domain_known(q->body, q->body_len)) {
        return SIGNER_REFUSED_MESSAGE_DOMAIN;
    }
    if (!bucket_take(&s->signs, &s->config.sign_rate, s->now.mono_ms)) {
        return SIGNER_REFUSED_RATE;
    }
    return sign(s, q->body, q->body_len, a);
}

/* ---- messages ---- */

static enum signer_refusal dispatch(struct signer_service *s, const struct signer_request *q,
                                    struct answer *a)
{
    switch (q->verb) {
    case SIGNER_CA_CERTIFICATE:
        return put(a, s->ca_der, s->ca_len);
    case SIGNER_ISSUE_DEVICE:
        return issue_device(s, q, a);
    case SIGNER_ISSUE_SERVER:
        return issue_server(s, q, a);
    case SIGNER_LEDGER_PUBLIC:
        return put(a, s->ledger_public, sizeof s->ledger_public);
    case SIGNER_LEDGER_SIGN:
        return ledger_sign(s, q, a);
    case SIGNER_CHECKPOINT_SIGN:
        return checkpoint_sign(s, q, a);
    case SIGNER_LEDGER_HEAD:
        return put_log_head(s, a);
    }
    return SIGNER_REFUSED_MESSAGE;
}

int signer_service_init(struct signer_service *s, const struct signer_service_config *config,
                        uint64_t mono_ms)
{
    *s = (struct signer_service){
        .config = *config, .log_head = config->log_head, .now = {.mono_ms = mono_ms}};
    bucket_fill(&s->issues, &config->issue_rate, mono_ms);
    bucket_fill(&s->signs, &config->sign_rate, mono_ms);
    uint8_t *der = NULL;
    const int len = i2d_X509(config->issuer.certificate, &der);
    const bool fits = len > 0 && len <= SIGNER_CERT_MAX_LEN;
    if (fits) {
        memcpy(s->ca_der, der, (size_t)len);
        s->ca_len = (size_t)len;
    }
    OPENSSL_free(der);
    size_t public_len = sizeof s->ledger_public;
    const bool has_key =
        EVP_PKEY_get_raw_public_key(config->ledger_key, s->ledger_public, &public_len) == 1 &&
        public_len == sizeof s->ledger_public;
    return fits && has_key ? E_OK : E_ARG;
}

size_t signer_service_answer(struct signer_service *s, struct signer_now now, const uint8_t *in,
                             size_t len, uint8_t out[SIGNER_MESSAGE_MAX_LEN])
{
    ASSERT(now.mono_ms >= s->now.mono_ms);
    s->now = now;
    struct signer_request q;
    if (signer_request_decode(in, len, &q) != E_OK) {
        return 0;
    }
    struct answer a = {.len = 0};
    const enum signer_refusal refusal = dispatch(s, &q, &a);
    ERR_clear_error();
    const struct signer_reply reply = {
        .verb = q.verb,
        .id = q.id,
        .refusal = refusal,
        .body = a.body,
        .body_len = refusal == SIGNER_REFUSED_NONE ? a.len : 0,
    };
    const int written = signer_reply_encode(&reply, out, SIGNER_MESSAGE_MAX_LEN);
    ASSERT(written > 0);
    return (size_t)written;
}
