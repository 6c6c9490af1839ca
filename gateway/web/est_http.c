/* SPDX-License-Identifier: MIT */
#include "web/est_http.h"

#include <libwebsockets.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "enrol/certificate.h"
#include "enrol/est.h"
#include "posix/clock.h"
#include "web/basic.h"

/* Who the client is by its certificate. */
struct client {
    bool known;
    char common_name[80];
    uint8_t public_key[CERTIFICATE_PUBLIC_LEN];
};

static bool read_name(X509 *certificate, char *out, size_t cap)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) {
        return false;
    }
    const ASN1_STRING *name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    const int len = ASN1_STRING_length(name);
    if (len < 1 || (size_t)len >= cap ||
        memchr(ASN1_STRING_get0_data(name), 0, (size_t)len) != NULL) {
        return false;
    }
    memcpy(out, ASN1_STRING_get0_data(name), (size_t)len);
    out[len] = 0;
    return true;
}

static bool read_key(X509 *certificate, uint8_t public_key[CERTIFICATE_PUBLIC_LEN])
{
    unsigned char *point = NULL;
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    const size_t len = key ? EVP_PKEY_get1_encoded_public_key(key, &point) : 0;
    const bool is_p256 = len == CERTIFICATE_PUBLIC_LEN;
    if (is_p256) {
        memcpy(public_key, point, len);
    }
    OPENSSL_free(point);
    return is_p256;
}

/* The handshake would have failed on a certificate that does not verify; asked again all the same.
 */
static void identify(struct lws *wsi, struct client *client)
{
    SSL *tls = lws_get_ssl(wsi);
    X509 *certificate = tls ? SSL_get1_peer_certificate(tls) : NULL;
    client->known = certificate && SSL_get_verify_result(tls) == X509_V_OK &&
                    read_name(certificate, client->common_name, sizeof client->common_name) &&
                    read_key(certificate, client->public_key);
    X509_free(certificate);
}

static const char *method_name(enum web_method method)
{
    switch (method) {
    case WEB_GET:
        return "GET";
    case WEB_POST:
        return "POST";
    case WEB_OTHER_METHOD:
        break;
    }
    return "OTHER";
}

static void take_answer(const struct est_response *from, struct web_response *r)
{
    r->status = from->status;
    r->content_type = from->content_type;
    r->allow = from->allow;
    r->content_is_base64 = from->content_is_base64;
    r->retry_after_s = from->retry_after_s;
    if (from->asks_for_password) {
        (void)snprintf(r->authenticate, sizeof r->authenticate, "Basic realm=\"wattward\"");
    }
    struct wbuf w = web_answer_begin(r, from->body_len + 1);
    wbuf_put(&w, from->body, from->body_len);
    web_answer_end(r, &w, from->status, from->content_type);
}

void web_est_respond(struct est *est, struct lws *wsi, const struct web_request *q,
                     struct web_response *r)
{
    static struct est_response answer; /* too large for the stack; one request at a time */
    struct client client = {.known = false};
    char basic[WEB_BASIC_CAP];
    struct est_request request = {.method = method_name(q->method),
                                  .path = q->path,
                                  .body = q->body,
                                  .body_len = q->body_len,
                                  .peer = q->peer,
                                  .is_terse = !q->names_what_it_accepts,
                                  .unix_ms = posix_clock_real_ms()};
    if (!web_basic_read(q->authorization, basic, &request.username, &request.password)) {
        request.username = NULL;
        request.password = NULL;
    }
    identify(wsi, &client);
    if (client.known) {
        request.client_cn = client.common_name;
        request.client_public_key = client.public_key;
    }
    answer = (struct est_response){.status = 0};
    est_respond(est, posix_clock_mono_ms(), &request, &answer);
    ASSERT(answer.status != 0);
    take_answer(&answer, r);
    crypto_wipe(basic, sizeof basic);
}
