/* SPDX-License-Identifier: MIT
 * Paths, methods and responses.
 */
#include "enrol/est.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/base64.h"
#include "enrol/attempt.h"
#include "enrol/base64_lines.h"
#include "enrol/csr_text.h"
#include "enrol/seed_form.h"
#include "signer/signer_client.h"

/* Twenty wrong tries at once, then one in three seconds. */
static const struct bucket_rate peer_rate = {.burst = 20, .period_us = 3000000};
/* A device that loses its flash now and then is served; one that enrols in a loop is not. */
static const struct bucket_rate device_rate = {.burst = 8, .period_us = 600000000};

enum { BUNDLE_CAP = SIGNER_CERT_MAX_LEN + 128 };

/* ---- responses ---- */

static void put_text(struct est_response *r, int status, const char *sentence)
{
    const int len = snprintf((char *)r->body, sizeof r->body, "%s\n", sentence);
    ASSERT(len > 0 && len < EST_RESPONSE_MAX_LEN);
    r->status = status;
    r->content_type = "text/plain; charset=utf-8";
    r->body_len = (size_t)len;
}

static bool put_bundle(struct est_response *r, const uint8_t *der, size_t len, bool one_line)
{
    uint8_t bundle[BUNDLE_CAP];
    const int bundle_len = certificate_bundle(der, len, bundle, sizeof bundle);
    if (bundle_len <= 0) {
        return false;
    }
    struct wbuf w = wbuf_of(r->body, sizeof r->body);
    if (one_line) {
        base64_put(&w, bundle, (size_t)bundle_len);
    } else {
        base64_lines_put(&w, bundle, (size_t)bundle_len);
    }
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
    r->asks_for_password = outcome_of(outcome)->status == 401;
}

static const char *sentence_of(enum est_outcome outcome, const struct attempt *a)
{
    ASSERT(outcome != EST_VALIDATION || a->complaint != NULL);
    return outcome == EST_VALIDATION ? a->complaint : outcome_of(outcome)->sentence;
}

static void respond_enrol(struct est *e, const struct est_request *q, struct attempt *a,
                          struct est_response *r)
{
    a->csr_len = csr_text_decode(q->body, q->body_len, a->csr, sizeof a->csr);
    enum est_outcome outcome = attempt_run(e, q, a);
    put_head(r, outcome, a);
    if (outcome_of(outcome)->sentence != NULL || outcome == EST_VALIDATION) {
        put_text(r, outcome_of(outcome)->status, sentence_of(outcome, a));
    } else if (!put_bundle(r, a->certificate, a->enrolment.certificate_len,
                           csr_text_is_one_line(q->body, q->body_len))) {
        put_text(r, 500, outcome_of(EST_INTERNAL)->sentence);
    }
}

static void on_cacerts(struct est *e, const struct est_request *q, struct est_response *r)
{
    const bool put = put_bundle(r, e->ca_der, e->ca_len, q->is_terse);
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

/* ---- the seed's form ---- */

static void respond_seed(struct est *e, const struct est_request *q, struct attempt *a,
                         struct est_response *r)
{
    const enum est_outcome outcome = attempt_run(e, q, a);
    put_head(r, outcome, a);
    r->status = outcome_of(outcome)->status;
    r->content_type = "application/json";
    struct wbuf w = wbuf_of(r->body, sizeof r->body);
    if (r->status == 200) {
        seed_form_put_success(&w, &(struct seed_certificates){
                                      .device_der = a->certificate,
                                      .device_len = a->enrolment.certificate_len,
                                      .ca_der = e->ca_der,
                                      .ca_len = e->ca_len,
                                  });
    } else {
        seed_form_put_error(&w, sentence_of(outcome, a));
    }
    ASSERT(wbuf_ok(&w));
    r->body_len = wbuf_len(&w);
}

static void on_seed_enroll(struct est *e, const struct est_request *q, struct est_response *r)
{
    struct seed_form form;
    struct attempt a = {.csr_len = 0};
    if (seed_form_read(&form, q->body, q->body_len, &a.complaint) == E_OK) {
        a.device_id = form.token[0] == '\0' ? NULL : form.device_id;
        a.token = form.token;
        a.declared_peak_w = form.peak_power_w;
        a.csr_len = form.csr_len;
        memcpy(a.csr, form.csr, sizeof a.csr);
    }
    respond_seed(e, q, &a, r);
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
    {"/enroll", "POST", on_seed_enroll},
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
    ASSERT(request->body != NULL || request->body_len == 0);
    e->now_ms = now_ms;
    *response = (struct est_response){.status = 0};
    const struct route *route = find_route(request->path);
    if (route == NULL) {
        put_text(response, 404, "there is nothing at this path");
    } else if (strcmp(request->method, route->method) != 0) {
        response->allow = route->method;
        put_text(response, 405, "this path has another method");
    } else if (request->body_len > EST_BODY_MAX_LEN) {
        put_text(response, 413, "the body is longer than 8192 bytes");
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
    snprintf(line, sizeof line, "prov_enrollment_requests_total %" PRIu64 "\n", e->n_requests);
    wbuf_str(w, line);
    wbuf_str(w, "# HELP prov_enrollment_results_total How they ended.\n"
                "# TYPE prov_enrollment_results_total counter\n");
    for (unsigned i = 0; i < EST_OUTCOME_COUNT; i++) {
        const struct outcome *row = outcome_of((enum est_outcome)i);
        snprintf(line, sizeof line,
                 "prov_enrollment_results_total{result=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
                 row->result, row->reason, e->n_outcomes[i]);
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
