/* SPDX-License-Identifier: MIT
 * Enrolment over secure transport (RFC 7030) as a function: a request in, a response out. The
 * caller speaks HTTP and TLS; the registry remembers; the issuer signs.
 *
 *   GET  /.well-known/est/cacerts         the CA's certificate
 *   GET  /.well-known/est/csrattrs        204: nothing special is asked for
 *   POST /.well-known/est/simpleenroll    HTTP Basic: device id and claim token
 *   POST /.well-known/est/simplereenroll  the device's current certificate, or a claim token
 *   POST /enroll                          the same as JSON, for devices of the older gateway
 */
#ifndef ENROL_EST_H
#define ENROL_EST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"
#include "enrol/certificate.h"
#include "enrol/claim.h"
#include "enrol/limiter.h"
#include "signer/limits.h"
#include "signer/refusal.h"

enum { EST_BODY_MAX_LEN = 8192, EST_RESPONSE_MAX_LEN = 8192 };

/* Strings are terminated; what is absent is NULL. Everything is lent for the call. */
struct est_request {
    const char *method;   /* "GET" */
    const char *path;     /* without its query */
    const char *username; /* of HTTP Basic, decoded */
    const char *password;
    /* Of the client certificate, which TLS has verified against our CA; both or none. */
    const char *client_cn;
    const uint8_t *client_public_key; /* CERTIFICATE_PUBLIC_LEN bytes */
    const uint8_t *body;
    size_t body_len;
    const char *peer; /* numeric address, for the rate limit */
    bool is_terse;    /* has no header Accept; see est_respond() */
    int64_t unix_ms;  /* real time, for the expiry of tokens */
};

struct est_response {
    int status;
    const char *content_type; /* NULL when there is no body */
    const char *allow;        /* of 405 */
    bool content_is_base64;   /* add "Content-Transfer-Encoding: base64" */
    bool asks_for_password;   /* add "WWW-Authenticate: Basic realm=\"wattward\"" */
    unsigned retry_after_s;   /* 0: none */
    uint8_t body[EST_RESPONSE_MAX_LEN];
    size_t body_len;
};

/* ---- what remembers ---- */

/* What is known of a device. */
struct est_device {
    bool has_claim;
    bool claim_used;
    uint8_t claim_digest[CLAIM_DIGEST_LEN];
    int64_t claim_expires_unix_ms;
    bool has_key; /* enrolled before */
    uint8_t public_key[CERTIFICATE_PUBLIC_LEN];
};

struct est_enrolment {
    const char *device_id;
    const uint8_t *certificate_der;
    size_t certificate_len;
    struct certificate_facts facts;
    bool used_claim;         /* else it was the device's own certificate */
    int64_t declared_peak_w; /* what the device says of itself (POST /enroll), 0: nothing */
    int64_t unix_ms;
};

struct est_registry {
    /* E_OK, E_NOTFOUND for a device nobody added, or E_IO. */
    int (*find)(void *context, const char *device_id, struct est_device *out);
    /* In one transaction: marks the claim used when it was, makes the key the device's current one
     * and keeps the certificate. Bans, counters and history stay. E_OK, or E_IO and nothing
     * happened: the certificate is then not handed out. */
    int (*enrolled)(void *context, const struct est_enrolment *enrolment);
    void *context;
};

/* ---- what signs ---- */

struct est_issuer {
    /* As signer_issue_device(). */
    int (*issue)(void *context, const char *device_id, const uint8_t *csr_der, size_t csr_len,
                 uint8_t *cert_der, size_t cap);
    /* As signer_refusal(). */
    enum signer_refusal (*refusal)(void *context);
    void *context;
};

struct signer_client;
struct est_issuer est_issuer_of(struct signer_client *signer);

/* ---- outcomes ---- */

/* name, result label, reason label, status, the sentence that the client gets (NULL: its own) */
#define EST_OUTCOMES(X)                                                                            \
    X(OK, "success", "ok", 200, NULL)                                                              \
    X(RENEWED, "success", "renewed", 200, NULL)                                                    \
    X(VALIDATION, "failure", "validation_error", 400, NULL)                                        \
    X(TOKEN_MISSING, "failure", "token_missing", 401,                                              \
      "a device id and its claim token are needed")                                                \
    X(UNKNOWN_DEVICE, "failure", "unknown_device", 401, "the device id or its token is wrong")     \
    X(TOKEN_INVALID, "failure", "token_invalid", 401, "the device id or its token is wrong")       \
    X(TOKEN_EXPIRED, "failure", "token_expired", 401, "the token has expired; ask for a new one")  \
    X(TOKEN_USED, "failure", "token_used", 401, "the token was used already; ask for a new one")   \
    X(CERTIFICATE_OLD, "failure", "certificate_superseded", 401,                                   \
      "the certificate is not the device's current one")                                           \
    X(RATE_LIMITED, "failure", "rate_limited", 429, "too many tries; wait a moment")               \
    X(CA_UNAVAILABLE, "failure", "ca_unavailable", 503,                                            \
      "the certificate authority does not answer")                                                 \
    X(INTERNAL, "failure", "internal_error", 500, "the gateway failed; its log has more")

enum est_outcome {
#define EST_OUTCOME_ROW(name, result, reason, status, sentence) EST_##name,
    EST_OUTCOMES(EST_OUTCOME_ROW)
#undef EST_OUTCOME_ROW
        EST_OUTCOME_COUNT
};

/* ---- the machine ---- */

struct est_config {
    struct est_registry registry;
    struct est_issuer issuer;
    const uint8_t *ca_der; /* the CA's certificate; copied */
    size_t ca_len;
};

struct est {
    struct est_registry registry; /* all private */
    struct est_issuer issuer;
    uint8_t ca_der[SIGNER_CERT_MAX_LEN];
    size_t ca_len;
    struct limiter peers;   /* failed tries, by address */
    struct limiter devices; /* certificates, by device */
    uint64_t now_ms;
    uint64_t n_requests;
    uint64_t n_outcomes[EST_OUTCOME_COUNT];
};

/* E_ARG when the CA's certificate is none, E_IO when the random source fails. */
int est_init(struct est *e, const struct est_config *config) MUST_USE;

/* `now_ms` is monotonic and never goes back. Every response is complete: a status, and for errors
 * one sentence as text (as {"error": ...} for /enroll).
 *
 * A peer that fails too often gets 429 before anything is looked at; one that never fails is not
 * limited, whatever the number of devices behind its address. A device gets a few certificates at
 * once and then one in ten minutes. Failed tries do not count against the device they name: nobody
 * can lock another one out.
 *
 * Base 64 goes out in lines of 64 to a client that sent lines, PEM or DER, and in one line to one
 * that sent one line: strongSwan sends one line and can read no more, libest and `openssl base64`
 * read lines alone, and RFC 8951 allows both. For cacerts there is no body to go by, but strongSwan
 * has no header Accept and the others have. */
void est_respond(struct est *e, uint64_t now_ms, const struct est_request *request,
                 struct est_response *response);

uint64_t est_count(const struct est *e, enum est_outcome outcome);
/* prov_enrollment_requests_total and prov_enrollment_results_total{result,reason} in Prometheus'
 * text format. */
void est_put_metrics(const struct est *e, struct wbuf *w);

#endif
