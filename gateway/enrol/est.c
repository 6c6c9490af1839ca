/* SPDX-License-Identifier: MIT
 * The order of checks: rate, identity, request, issue, remember. Nothing is issued to somebody who
 * is not known, and nothing is handed out that was not remembered.
 */
#include "enrol/est.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "enrol/base64.h"
#include "enrol/csr_text.h"
#include "posix/log.h"
#include "signer/message.h"
#include "signer/signer_client.h"

/* Twenty wrong tries at once, then one in three seconds. */
static const struct bucket_rate peer_rate = {.burst = 20, .period_us = 3000000};
/* A device that loses its flash now and then is served; one that enrols in a loop is not. */
static const struct bucket_rate device_rate = {.burst = 8, .period_us = 600000000};

enum { PEER_KEY_CAP = 64, BUNDLE_CAP = SIGNER_CERT_MAX_LEN + 128 };

/* One try to enrol, on its way through the checks. */
struct attempt {
    const char *device_id; /* NULL until somebody is named */
    const char *token;     /* NULL: by certificate */
    struct est_device device;
    uint8_t csr[SIGNER_CSR_MAX_LEN];
    int csr_len; /* negative: what base64 said */
    struct est_enrolment enrolment;
    uint8_t certificate[SIGNER_CERT_MAX_LEN];
    const char *complaint; /* of VALIDATION */
    unsigned retry_after_s;
};

static const struct outcome {
    const char *result;
    const char *reason;
    int status;
    const char *sentence;
} outcomes[] = {
#define EST_OUTCOME_ROW(name, result, reason, status, sentence) {result, reason, status, sentence},
    EST_OUTCOMES(EST_OUTCOME_ROW)
#undef EST_OUTCOME_ROW
};

/* ---- who ---- */

static enum est_outcome check_claim(const struct est_request *q, const struct attempt *a)
{
    static const uint8_t nobody[CLAIM_DIGEST_LEN] = {0};
    uint8_t digest[CLAIM_DIGEST_LEN];
    /* An unknown device costs the same work as a known one. */
    const int result = claim_digest(a->device_id, a->token, digest);
    const uint8_t *wanted = a->device.has_claim ? a->device.claim_digest : nobody;
    const bool same = result == E_OK && crypto_equal(digest, wanted, sizeof digest);
    if (!same || !a->device.has_claim) {
        return EST_TOKEN_INVALID;
    }
    if (q->unix_ms >= a->device.claim_expires_unix_ms) {
        return EST_TOKEN_EXPIRED;
    }
    if (a->device.claim_used) {
        /* The key that used it may ask again, in case the answer was lost on the way; no other. */
        uint8_t key[CERTIFICATE_PUBLIC_LEN];
        const bool again = a->device.has_key && a->csr_len > 0 &&
                           certificate_request_key(a->csr, (size_t)a->csr_len, key) == E_OK &&
                           crypto_equal(key, a->device.public_key, sizeof key);
        return again ? EST_OK : EST_TOKEN_USED;
    }
    return EST_OK;
}

static enum est_outcome check_certificate(const struct est_request *q, const struct attempt *a)
{
    const bool current =
        a->device.has_key &&
        crypto_equal(q->client_public_key, a->device.public_key, CERTIFICATE_PUBLIC_LEN);
    return current ? EST_RENEWED : EST_CERTIFICATE_OLD;
}

/* EST_OK or EST_RENEWED when the peer may have a certificate for a->device_id. */
static enum est_outcome identify(const struct est *e, const struct est_request *q,
                                 struct attempt *a)
{
    if (a->device_id == NULL) {
        return EST_TOKEN_MISSING;
    }
    int found = E_NOTFOUND;
    if (signer_name_ok(a->device_id, strlen(a->device_id))) {
        found = e->registry.find(e->registry.context, a->device_id, &a->device);
    }
    if (found != E_OK && found != E_NOTFOUND) {
        return EST_INTERNAL;
    }
    const enum est_outcome outcome = a->token != NULL ? check_claim(q, a) : check_certificate(q, a);
    return found == E_NOTFOUND ? EST_UNKNOWN_DEVICE : outcome;
}

/* ---- what ---- */

static enum est_outcome issue(struct est *e, struct attempt *a)
{
    const uint64_t wait_ms = limiter_wait_ms(&e->devices, a->device_id, e->now_ms);
    if (wait_ms > 0) {
        a->retry_after_s = (unsigned)(wait_ms / 1000 + 1);
        return EST_RATE_LIMITED;
    }
    const int len = e->issuer.issue(e->issuer.context, a->device_id, a->csr, (size_t)a->csr_len,
                                    a->certificate, sizeof a->certificate);
    if (len == E_LIMIT) {
        a->retry_after_s = 1;
        return EST_RATE_LIMITED;
    }
    if (len == E_MALFORMED) {
        a->complaint = signer_refusal_text(e->issuer.refusal(e->issuer.context));
        return EST_VALIDATION;
    }
    if (len <= 0) {
        log_error("no certificate from the signer: error=%s", err_name(len));
        return EST_CA_UNAVAILABLE;
    }
    const bool taken = limiter_take(&e->devices, a->device_id, e->now_ms);
    ASSERT(taken);
    a->enrolment.certificate_der = a->certificate;
    a->enrolment.certificate_len = (size_t)len;
    return EST_OK;
}

static enum est_outcome remember(const struct est *e, const struct est_request *q,
                                 struct attempt *a)
{
    a->enrolment.device_id = a->device_id;
    a->enrolment.used_claim = a->token != NULL;
    a->enrolment.unix_ms = q->unix_ms;
    if (certificate_read(a->certificate, a->enrolment.certificate_len, &a->enrolment.facts) !=
            E_OK ||
        e->registry.enrolled(e->registry.context, &a->enrolment) != E_OK) {
        log_error("cannot keep the enrolment: device=%s", a->device_id);
        return EST_INTERNAL;
    }
    return EST_OK;
}

static enum est_outcome enrol(struct est *e, const struct est_request *q, struct attempt *a)
{
    const enum est_outcome identity = identify(e, q, a);
    if (identity != EST_OK && identity != EST_RENEWED) {
        return identity;
    }
    if (a->csr_len < 0) {
        a->complaint = a->csr_len == E_NOSPACE
                           ? signer_refusal_text(SIGNER_REFUSED_CSR_SIZE)
                           : "the body is not a certificate request in base 64, PEM or DER";
        return EST_VALIDATION;
    }
    const enum est_outcome issued = issue(e, a);
    if (issued != EST_OK) {
        return issued;
    }
    const enum est_outcome kept = remember(e, q, a);
    return kept == EST_OK ? identity : kept;
}

/* ---- how often ---- */

/* An address as a key. Who has one IPv6 address has 2^64 of them: the network counts. */
static void peer_key(const char *peer, char out[PEER_KEY_CAP])
{
    uint8_t a[16];
    if (inet_pton(AF_INET6, peer, a) == 1 &&
        !(memcmp(a, "\0\0\0\0\0\0\0\0\0\0\377\377", 12) == 0)) {
        snprintf(out, PEER_KEY_CAP, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", a[0], a[1], a[2],
                 a[3], a[4], a[5], a[6], a[7]);
    } else {
        snprintf(out, PEER_KEY_CAP, "%s", peer);
    }
}

/* Whose fault a failure is: a stranger's tries are what the limit is for. */
static bool is_the_peers_fault(enum est_outcome outcome)
{
    return outcomes[outcome].status == 400 || outcomes[outcome].status == 401;
}

static enum est_outcome try(struct est *e, const struct est_request *q, struct attempt *a)
{
    char key[PEER_KEY_CAP];
    peer_key(q->peer, key);
    enum est_outcome outcome = EST_RATE_LIMITED;
    const uint64_t wait_ms = limiter_wait_ms(&e->peers, key, e->now_ms);
    if (wait_ms > 0) {
        a->retry_after_s = (unsigned)(wait_ms / 1000 + 1);
    } else {
        outcome = a->complaint != NULL ? EST_VALIDATION : enrol(e, q, a);
    }
    if (is_the_peers_fault(outcome)) {
        (void)limiter_take(&e->peers, key, e->now_ms);
    }
    e->n_requests++;
    e->n_outcomes[outcome]++;
    log_info("enrolment %s: reason=%s device=%s peer=%s", outcomes[outcome].result,
             outcomes[outcome].reason, a->device_id == NULL ? "-" : a->device_id, q->peer);
    return outcome;
}

/* ---- responses ---- */

static void put_text(struct est_response *r, int status, const char *sentence)
{
    const int len = snprintf((char *)r->body, sizeof r->body, "%s\n", sentence);
    ASSERT(len > 0 && len < EST_RESPONSE_MAX_LEN);
    r->status = status;
    r->content_type = "text/plain; charset=utf-8";
    r->body_len = (size_t)len;
}

static bool put_bundle(struct est_response *r, const uint8_t *der, size_t len)
{
    uint8_t bundle[BUNDLE_CAP];
    const int bundle_len = certificate_bundle(der, len, bundle, sizeof bundle);
    if (bundle_len <= 0) {
        return false;
    }
    struct wbuf w = wbuf_of(r->body, sizeof r->body);
    base64_put(&w, bundle, (size_t)bundle_len);
    ASSERT(wbuf_ok(&w));
    r->status = 200;
    r->content_type = "application/pkcs7-mime; smime-type=certs-only";
    r->content_is_base64 = true;
    r->body_len = wbuf_len(&w);
    return true;
}

static void put_head(struct est_response *r, enum est_outcome outcome, const struct attempt *a)
{
    r->retry_after_s = outcome == EST_CA_UNAVAILABLE ? 30 : a->retry_after_s;
    r->asks_for_password = outcomes[outcome].status == 401;
}

static const char *sentence_of(enum est_outcome outcome, const struct attempt *a)
{
    ASSERT(outcome != EST_VALIDATION || a->complaint != NULL);
    return outcome == EST_VALIDATION ? a->complaint : outcomes[outcome].sentence;
}

static void respond_enrol(struct est *e, const struct est_request *q, struct attempt *a,
                          struct est_response *r)
{
    a->csr_len = csr_text_decode(q->body, q->body_len, a->csr, sizeof a->csr);
    enum est_outcome outcome = try(e, q, a);
    put_head(r, outcome, a);
    if (outcomes[outcome].sentence != NULL || outcome == EST_VALIDATION) {
        put_text(r, outcomes[outcome].status, sentence_of(outcome, a));
    } else if (!put_bundle(r, a->certificate, a->enrolment.certificate_len)) {
        put_text(r, 500, outcomes[EST_INTERNAL].sentence);
    }
}

static void on_cacerts(struct est *e, const struct est_request *q, struct est_response *r)
{
    (void)q;
    const bool put = put_bundle(r, e->ca_der, e->ca_len);
    ASSERT(put); /* est_init() tried */
}

static void on_csrattrs(struct est *e, const struct est_request *q, struct est_response *r)
{
    (void)e;
    (void)q;
    r->status = 204;
}

static void on_simpleenroll(struct est *e, const struct est_request *q, struct est_response *r)
{
    struct attempt a = {.csr_len = 0};
    if (q->username != NULL && q->password != NULL) {
        a.device_id = q->username;
        a.token = q->password;
    }
    respond_enrol(e, q, &a, r);
}

static void on_simplereenroll(struct est *e, const struct est_request *q, struct est_response *r)
{
    struct attempt a = {.csr_len = 0};
    if (q->username != NULL && q->password != NULL) {
        a.device_id = q->username;
        a.token = q->password;
    } else if (q->client_cn != NULL && q->client_public_key != NULL) {
        a.device_id = q->client_cn;
    }
    respond_enrol(e, q, &a, r);
}

/* ---- dispatch ---- */

static const struct route {
    const char *path;
    const char *method;
    void (*respond)(struct est *e, const struct est_request *q, struct est_response *r);
} routes[] = {
    {"/.well-known/est/cacerts", "GET", on_cacerts},
    {"/.well-known/est/csrattrs", "GET", on_csrattrs},
    {"/.well-known/est/simpleenroll", "POST", on_simpleenroll},
    {"/.well-known/est/simplereenroll", "POST", on_simplereenroll},
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(path, routes[i].path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

void est_respond(struct est *e, uint64_t now_ms, const struct est_request *request,
                 struct est_response *response)
{
    ASSERT(now_ms >= e->now_ms);
    ASSERT(request->method != NULL && request->path != NULL && request->peer != NULL);
    e->now_ms = now_ms;
    *response = (struct est_response){.status = 0};
    const struct route *route = find_route(request->path);
    if (route == NULL) {
        put_text(response, 404, "there is nothing at this path");
    } else if (strcmp(request->method, route->method) != 0) {
        response->allow = route->method;
        put_text(response, 405, "this path has another method");
    } else {
        route->respond(e, request, response);
    }
    ASSERT(response->status != 0);
}

int est_init(struct est *e, const struct est_config *config)
{
    uint8_t bundle[BUNDLE_CAP];
    if (config->ca_len > sizeof e->ca_der ||
        certificate_bundle(config->ca_der, config->ca_len, bundle, sizeof bundle) <= 0) {
        return E_ARG;
    }
    memset(e, 0, sizeof *e);
    e->registry = config->registry;
    e->issuer = config->issuer;
    memcpy(e->ca_der, config->ca_der, config->ca_len);
    e->ca_len = config->ca_len;
    const int result = limiter_init(&e->peers, &peer_rate);
    return result == E_OK ? limiter_init(&e->devices, &device_rate) : result;
}

/* ---- counters ---- */

uint64_t est_count(const struct est *e, enum est_outcome outcome)
{
    ASSERT((unsigned)outcome < EST_OUTCOME_COUNT);
    return e->n_outcomes[outcome];
}

void est_put_metrics(const struct est *e, struct wbuf *w)
{
    char line[160];
    wbuf_str(w, "# HELP prov_enrollment_requests_total Requests for a certificate.\n"
                "# TYPE prov_enrollment_requests_total counter\n");
    snprintf(line, sizeof line, "prov_enrollment_requests_total %llu\n",
             (unsigned long long)e->n_requests);
    wbuf_str(w, line);
    wbuf_str(w, "# HELP prov_enrollment_results_total How they ended.\n"
                "# TYPE prov_enrollment_results_total counter\n");
    for (int i = 0; i < EST_OUTCOME_COUNT; i++) {
        snprintf(line, sizeof line,
                 "prov_enrollment_results_total{result=\"%s\",reason=\"%s\"} %llu\n",
                 outcomes[i].result, outcomes[i].reason, (unsigned long long)e->n_outcomes[i]);
        wbuf_str(w, line);
    }
}

/* ---- the signer as an issuer ---- */

static int issue_by_signer(void *context, const char *device_id, const uint8_t *csr_der,
                           size_t csr_len, uint8_t *cert_der, size_t cap)
{
    return signer_issue_device(context, device_id, csr_der, csr_len, cert_der, cap);
}

static enum signer_refusal refusal_of_signer(void *context)
{
    return signer_refusal(context);
}

struct est_issuer est_issuer_of(struct signer_client *signer)
{
    return (struct est_issuer){
        .issue = issue_by_signer, .refusal = refusal_of_signer, .context = signer};
}
