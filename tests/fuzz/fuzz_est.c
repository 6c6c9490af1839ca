/* fuzz: enrol signer_core */
/* SPDX-License-Identifier: MIT
 * Any body to any enrolment path, from somebody who is known or not: a whole response, and no
 * certificate for a stranger. The first byte chooses path and method, the second the credentials.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "enrol/est.h"
#include "posix/log.h"
#include "signer/csr.h"
#include "signer/issue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* ---- a signer and a registry without a process or a disk ---- */

static struct signer_issuer ca;
static enum signer_refusal last_refusal;
static char token[CLAIM_TOKEN_CAP];
static struct est_device barn = {.has_claim = true, .claim_expires_unix_ms = INT64_MAX};

static int issue(void *context, const char *device_id, const uint8_t *csr_der, size_t csr_len,
                 uint8_t *cert_der, size_t cap)
{
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    (void)context;
    last_refusal = signer_csr_check(csr_der, csr_len, device_id, strlen(device_id), &key);
    if (last_refusal != SIGNER_REFUSED_NONE) {
        return E_MALFORMED;
    }
    const struct signer_subject subject = {.use = SIGNER_FOR_DEVICE, .name = device_id, .key = key};
    require(signer_issue(&ca, &subject, 1800000000, &certificate) == SIGNER_REFUSED_NONE);
    const int len = i2d_X509(certificate, NULL);
    require(len > 0 && (size_t)len <= cap);
    i2d_X509(certificate, &cert_der);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return len;
}

static enum signer_refusal refusal(void *context)
{
    (void)context;
    return last_refusal;
}

static int find(void *context, const char *device_id, struct est_device *out)
{
    (void)context;
    if (strcmp(device_id, "barn") != 0) {
        return E_NOTFOUND;
    }
    *out = barn;
    return E_OK;
}

static int enrolled(void *context, const struct est_enrolment *enrolment)
{
    (void)context;
    require(strcmp(enrolment->device_id, "barn") == 0 && enrolment->certificate_len > 0);
    barn.has_key = true;
    memcpy(barn.public_key, enrolment->facts.public_key, sizeof barn.public_key);
    return E_OK;
}

static struct est *est(void)
{
    static struct est one;
    uint8_t der[SIGNER_CERT_MAX_LEN];
    uint8_t *end = der;
    if (ca.key == NULL) {
        log_open("fuzz", LOG_LEVEL_ERROR);
        ca.key = EVP_EC_gen("P-256");
        ca.certificate = signer_issue_ca(ca.key, 1800000000);
        require(claim_make(token) == E_OK);
        require(claim_digest("barn", token, barn.claim_digest) == E_OK);
        const struct est_config config = {
            .registry = {.find = find, .enrolled = enrolled},
            .issuer = {.issue = issue, .refusal = refusal},
            .ca_der = der,
            .ca_len = (size_t)i2d_X509(ca.certificate, &end),
        };
        require(est_init(&one, &config) == E_OK);
    }
    return &one;
}

/* ---- a request ---- */

static const char *const paths[] = {"/.well-known/est/cacerts",
                                    "/.well-known/est/csrattrs",
                                    "/.well-known/est/simpleenroll",
                                    "/.well-known/est/simplereenroll",
                                    "/enroll",
                                    "/.well-known/est/fullcmc"};
enum { N_PATHS = sizeof paths / sizeof paths[0], GOOD_TOKEN = 1, GOOD_CERTIFICATE = 2, OLD = 4 };

static struct est_request request_of(uint8_t where, uint8_t who, const uint8_t *body, size_t len)
{
    static const uint8_t old_key[CERTIFICATE_PUBLIC_LEN] = {4};
    struct est_request q = {.method = (where & 0x80) != 0 ? "GET" : "POST",
                            .path = paths[where % N_PATHS],
                            .body = body,
                            .body_len = len,
                            .peer = "192.0.2.1",
                            .unix_ms = 1800000000000};
    q.is_terse = (who & 0x40) != 0;
    if ((who & 0x10) != 0) {
        q.username = (who & 0x20) != 0 ? "barn" : "roof";
        q.password = (who & GOOD_TOKEN) != 0 ? token : "0000";
    }
    if ((who & GOOD_CERTIFICATE) != 0) {
        q.client_cn = "barn";
        q.client_public_key = (who & OLD) != 0 ? old_key : barn.public_key;
    }
    return q;
}

static bool is_known(const struct est_request *q)
{
    if (q->username != NULL) {
        return strcmp(q->username, "barn") == 0 && q->password == token;
    }
    return q->client_public_key == barn.public_key && barn.has_key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct est_response r;
    static uint64_t now_ms;
    if (size < 2) {
        return 0;
    }
    struct est *e = est();
    const struct est_request q = request_of(data[0], data[1], data + 2, size - 2);
    const bool known = is_known(&q);
    now_ms += 3600000; /* nobody is limited */
    est_respond(e, now_ms, &q, &r);
    require(r.status >= 200 && r.status <= 503 && r.status != 500 && r.status != 429);
    require(r.body_len <= sizeof r.body);
    require((r.content_type == NULL) == (r.body_len == 0));
    require(r.asks_for_password == (r.status == 401));
    if (r.status == 200 && strstr(q.path, "cacerts") == NULL) {
        /* The token is a member of the form there, and no input can guess it. */
        require(known && strcmp(q.path, "/enroll") != 0);
    }
    return 0;
}
