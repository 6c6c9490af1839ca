/* SPDX-License-Identifier: MIT
 * The order of checks: rate, identity, request, issue, remember. Nothing is issued to somebody who
 * is not known, and nothing is handed out that was not remembered.
 */
#include "enrol/attempt.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "posix/log.h"
#include "signer/message.h"

enum { PEER_KEY_CAP = 64 };

static const struct outcome outcomes[] = {
#define EST_OUTCOME_ROW(name, result, reason, status, sentence) {result, reason, status, sentence},
    EST_OUTCOMES(EST_OUTCOME_ROW)
#undef EST_OUTCOME_ROW
};

const struct outcome *outcome_of(enum est_outcome outcome)
{
    ASSERT((unsigned)outcome < EST_OUTCOME_COUNT);
    return &outcomes[outcome];
}

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
    a->enrolment.declared_peak_w = a->declared_peak_w;
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
    return outcome_of(outcome)->status == 400 || outcome_of(outcome)->status == 401;
}

enum est_outcome attempt_run(struct est *e, const struct est_request *q, struct attempt *a)
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
    log_info("enrolment %s: reason=%s device=%s peer=%s", outcome_of(outcome)->result,
             outcome_of(outcome)->reason, a->device_id == NULL ? "-" : a->device_id, q->peer);
    return outcome;
}
