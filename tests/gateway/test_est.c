/* SPDX-License-Identifier: MIT
 * Enrolment from request to response, with the real signer and a registry in memory. The responses
 * are taken apart by OpenSSL alone.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "check.h"
#include "enrol/est.h"
#include "memory_registry.h"
#include "requests.h"
#include "signer/signer_client.h"

static const int64_t start_unix_ms = 1800000000000;
static const char simpleenroll[] = "/.well-known/est/simpleenroll";
static const char simplereenroll[] = "/.well-known/est/simplereenroll";

/* One signer for all tests; each test has its own gateway. */
static struct {
    char dir[64];
    struct signer_client signer;
    uint8_t ca_der[SIGNER_CERT_MAX_LEN];
    int ca_len;
} site;

static struct gateway {
    struct memory_registry registry;
    struct est est;
    struct est_request request;
    struct est_response response;
    uint64_t now_ms;
} gw;

static void site_close(void)
{
    char command[128];
    signer_stop(&site.signer);
    snprintf(command, sizeof command, "rm -r '%s'", site.dir);
    if (system(command) != 0) {
        printf("cannot remove %s\n", site.dir);
    }
}

static void site_open(void)
{
    snprintf(site.dir, sizeof site.dir, "/tmp/wattward-est-XXXXXX");
    if (mkdtemp(site.dir) == NULL ||
        signer_start_program(&site.signer, SIGNER_PROGRAM, site.dir) != E_OK) {
        printf("cannot start %s\n", SIGNER_PROGRAM);
        exit(1);
    }
    site.ca_len = signer_ca_certificate(&site.signer, site.ca_der, sizeof site.ca_der);
    atexit(site_close);
}

static void gateway_open(void)
{
    if (site.ca_len == 0) {
        site_open();
    }
    memset(&gw, 0, sizeof gw);
    gw.now_ms = 5000;
    const struct est_config config = {.registry = memory_registry_of(&gw.registry),
                                      .issuer = est_issuer_of(&site.signer),
                                      .ca_der = site.ca_der,
                                      .ca_len = (size_t)site.ca_len};
    CHECK_EQ(est_init(&gw.est, &config), E_OK);
    gw.request = (struct est_request){
        .method = "POST", .path = simpleenroll, .peer = "192.0.2.7", .unix_ms = start_unix_ms};
}

static int ask(void)
{
    est_respond(&gw.est, gw.now_ms, &gw.request, &gw.response);
    CHECK((gw.response.content_type == NULL) == (gw.response.body_len == 0));
    CHECK(gw.response.asks_for_password == (gw.response.status == 401));
    CHECK((gw.response.status == 429) <= (gw.response.retry_after_s > 0));
    return gw.response.status;
}

/* A request of this device with a body of base 64. */
static int enrol_with(EVP_PKEY *key, const char *id, const char *token)
{
    static uint8_t text[REQUEST_CAP * 2];
    uint8_t der[REQUEST_CAP];
    const struct request_plan plan = {.key = key, .names = {id}};
    const int len = EVP_EncodeBlock(text, der, (int)request_make(&plan, der));
    gw.request.username = id;
    gw.request.password = token;
    gw.request.body = text;
    gw.request.body_len = (size_t)len;
    return ask();
}

static int enrol(const char *id, const char *token)
{
    return enrol_with(NULL, id, token);
}

static bool response_is_one_line(void)
{
    return memchr(gw.response.body, '\n', gw.response.body_len) == NULL;
}

/* The one certificate of a certs-only response. */
static X509 *certificate_of_response(void)
{
    BIO *text = BIO_new_mem_buf(gw.response.body, (int)gw.response.body_len);
    BIO *base64 = BIO_push(BIO_new(BIO_f_base64()), text);
    BIO_set_flags(base64, response_is_one_line() ? BIO_FLAGS_BASE64_NO_NL : 0);
    PKCS7 *bundle = d2i_PKCS7_bio(base64, NULL);
    X509 *certificate = NULL;
    if (CHECK(bundle != NULL && PKCS7_type_is_signed(bundle))) {
        CHECK_EQ(sk_X509_num(bundle->d.sign->cert), 1);
        CHECK_EQ(sk_PKCS7_SIGNER_INFO_num(PKCS7_get_signer_info(bundle)), 0);
        certificate = X509_dup(sk_X509_value(bundle->d.sign->cert, 0));
    }
    PKCS7_free(bundle);
    BIO_free_all(base64);
    return certificate;
}

static bool signed_by_ca(X509 *certificate)
{
    const uint8_t *end = site.ca_der;
    X509 *ca = d2i_X509(NULL, &end, site.ca_len);
    const bool good = X509_verify(certificate, X509_get0_pubkey(ca)) == 1;
    X509_free(ca);
    return good;
}

static void body_says(const char *sentence)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)gw.response.body_len, (const char *)gw.response.body);
    CHECK_STR(gw.response.content_type, "text/plain; charset=utf-8");
    CHECK_STR(text, sentence);
}

/* ---- the CA ---- */

static void cacerts_is_a_bundle_with_the_ca(void)
{
    gateway_open();
    gw.request.method = "GET";
    gw.request.path = "/.well-known/est/cacerts";
    CHECK_EQ(ask(), 200);
    CHECK_STR(gw.response.content_type, "application/pkcs7-mime; smime-type=certs-only");
    CHECK(gw.response.content_is_base64);
    X509 *ca = certificate_of_response();
    uint8_t *der = NULL;
    const int len = i2d_X509(ca, &der);
    CHECK_BYTES(der, (size_t)len, site.ca_der, (size_t)site.ca_len);
    OPENSSL_free(der);
    X509_free(ca);
}

static void cacerts_is_one_line_for_a_client_that_is_terse(void)
{
    gateway_open();
    gw.request.method = "GET";
    gw.request.path = "/.well-known/est/cacerts";
    CHECK_EQ(ask(), 200);
    CHECK(!response_is_one_line());
    gw.request.is_terse = true;
    CHECK_EQ(ask(), 200);
    CHECK(response_is_one_line());
    X509 *ca = certificate_of_response();
    CHECK(ca != NULL);
    X509_free(ca);
}

static void nothing_special_is_asked_of_a_request(void)
{
    gateway_open();
    gw.request.method = "GET";
    gw.request.path = "/.well-known/est/csrattrs";
    CHECK_EQ(ask(), 204);
    CHECK_EQ(gw.response.body_len, 0);
}

static void other_paths_are_404_and_other_methods_405(void)
{
    gateway_open();
    gw.request.path = "/.well-known/est/serverkeygen";
    CHECK_EQ(ask(), 404);
    gw.request.path = "/.well-known/est/simpleenroll/";
    CHECK_EQ(ask(), 404);
    gw.request.path = simpleenroll;
    gw.request.method = "GET";
    CHECK_EQ(ask(), 405);
    CHECK_STR(gw.response.allow, "POST");
    gw.request.path = "/.well-known/est/cacerts";
    gw.request.method = "POST";
    CHECK_EQ(ask(), 405);
    CHECK_STR(gw.response.allow, "GET");
}

/* ---- tokens ---- */

static void a_token_gets_a_certificate_in_the_devices_name(void)
{
    char token[CLAIM_TOKEN_CAP];
    char name[80] = "";
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    EVP_PKEY *key = request_key("P-256");
    CHECK_EQ(enrol_with(key, "barn", token), 200);
    CHECK_STR(gw.response.content_type, "application/pkcs7-mime; smime-type=certs-only");
    CHECK(response_is_one_line()); /* as the request was */
    X509 *certificate = certificate_of_response();
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
    CHECK_STR(name, "barn");
    CHECK(signed_by_ca(certificate));
    CHECK_EQ(EVP_PKEY_eq(X509_get0_pubkey(certificate), key), 1);
    EVP_PKEY_free(key);
    X509_free(certificate);
}

static void what_is_remembered_is_what_was_issued(void)
{
    char token[CLAIM_TOKEN_CAP];
    uint8_t point[80];
    size_t point_len = 0;
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    CHECK_EQ(enrol("barn", token), 200);
    const struct memory_device *d = memory_registry_find(&gw.registry, "barn");
    X509 *certificate = certificate_of_response();
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *serial = BN_bn2hex(number);
    CHECK_STR(d->last.facts.serial, serial);
    EVP_PKEY_get_octet_string_param(X509_get0_pubkey(certificate), "encoded-pub-key", point,
                                    sizeof point, &point_len);
    CHECK_BYTES(d->last.facts.public_key, CERTIFICATE_PUBLIC_LEN, point, point_len);
    CHECK(d->last.used_claim);
    CHECK_EQ(d->n_certificates, 1);
    ASN1_TIME *end = ASN1_TIME_set(NULL, (time_t)(d->last.facts.not_after_unix_ms / 1000));
    CHECK_EQ(ASN1_TIME_compare(end, X509_get0_notAfter(certificate)), 0);
    ASN1_TIME_free(end);
    OPENSSL_free(serial);
    BN_free(number);
    X509_free(certificate);
}

static void a_token_works_once(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    CHECK_EQ(enrol("barn", token), 200);
    CHECK_EQ(enrol("barn", token), 401);
    body_says("the token was used already; ask for a new one\n");
    CHECK_EQ(est_count(&gw.est, EST_TOKEN_USED), 1);
    CHECK_EQ(memory_registry_find(&gw.registry, "barn")->n_certificates, 1);
}

static void the_same_key_may_ask_again_when_the_answer_was_lost(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    EVP_PKEY *key = request_key("P-256");
    CHECK_EQ(enrol_with(key, "barn", token), 200);
    CHECK_EQ(enrol_with(key, "barn", token), 200);
    EVP_PKEY_free(key);
    CHECK_EQ(enrol("barn", token), 401);
}

static void a_token_expires_after_seven_days(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    gw.request.unix_ms = start_unix_ms + INT64_C(7) * 86400 * 1000;
    CHECK_EQ(enrol("barn", token), 401);
    body_says("the token has expired; ask for a new one\n");
    gw.request.unix_ms--;
    CHECK_EQ(enrol("barn", token), 200);
}

static void a_wrong_token_an_unknown_device_and_none_at_all_are_401(void)
{
    char token[CLAIM_TOKEN_CAP];
    char other[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    CHECK_EQ(claim_make(other), E_OK);
    CHECK_EQ(enrol("barn", other), 401);
    body_says("the device id or its token is wrong\n");
    CHECK_EQ(enrol("roof", token), 401);
    body_says("the device id or its token is wrong\n"); /* and not which of the two */
    CHECK_EQ(enrol("barn", ""), 401);
    CHECK_EQ(enrol("../barn", token), 401);
    CHECK_EQ(enrol("barn", NULL), 401);
    body_says("a device id and its claim token are needed\n");
    CHECK_EQ(est_count(&gw.est, EST_TOKEN_INVALID), 2);
    CHECK_EQ(est_count(&gw.est, EST_UNKNOWN_DEVICE), 2);
    CHECK_EQ(est_count(&gw.est, EST_TOKEN_MISSING), 1);
    CHECK_EQ(enrol("barn", token), 200);
}

static void a_device_without_a_claim_cannot_enrol(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token)->facts.has_claim = false;
    CHECK_EQ(enrol("barn", token), 401);
    memset(gw.registry.devices[0].facts.claim_digest, 0, CLAIM_DIGEST_LEN);
    CHECK_EQ(enrol("barn", token), 401);
}

static void a_new_token_replaces_the_old_one_and_keeps_the_ban(void)
{
    char old[CLAIM_TOKEN_CAP];
    char fresh[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, old)->banned = true;
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, fresh);
    CHECK_EQ(enrol("barn", old), 401);
    CHECK_EQ(enrol("barn", fresh), 200);
    CHECK(memory_registry_find(&gw.registry, "barn")->banned);
}

/* ---- requests ---- */

static void a_bad_request_is_400_with_its_reason_and_keeps_the_token(void)
{
    char token[CLAIM_TOKEN_CAP];
    uint8_t der[REQUEST_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    gw.request.username = "barn";
    gw.request.password = token;
    gw.request.body = (const uint8_t *)"hello!";
    gw.request.body_len = 6;
    CHECK_EQ(ask(), 400);
    body_says("the body is not a certificate request in base 64, PEM or DER\n");
    gw.request.body_len = 0;
    CHECK_EQ(ask(), 400);
    gw.request.body = der;
    gw.request.body_len = request_for("roof", der);
    CHECK_EQ(ask(), 400);
    body_says("the common name of the certificate request is not the device's id\n");
    CHECK_EQ(est_count(&gw.est, EST_VALIDATION), 3);
    CHECK_EQ(enrol("barn", token), 200);
}

static void a_request_that_is_too_long_is_400(void)
{
    char token[CLAIM_TOKEN_CAP];
    uint8_t der[REQUEST_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    const struct request_plan plan = {.names = {"barn"}, .extra_len = 4000};
    gw.request.username = "barn";
    gw.request.password = token;
    gw.request.body = der;
    gw.request.body_len = request_make(&plan, der);
    CHECK_EQ(ask(), 400);
    body_says("the certificate request is empty or longer than 4096 bytes\n");
}

static void pem_and_der_are_taken_too(void)
{
    char token[CLAIM_TOKEN_CAP];
    uint8_t der[REQUEST_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    gw.request.username = "barn";
    gw.request.password = token;
    gw.request.body = der;
    gw.request.body_len = request_for("barn", der);
    CHECK_EQ(ask(), 200);
    CHECK(!response_is_one_line());
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    const uint8_t *end = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &end, (long)gw.request.body_len);
    BIO *pem = BIO_new(BIO_s_mem());
    char *text = NULL;
    PEM_write_bio_X509_REQ(pem, request);
    gw.request.body_len = (size_t)BIO_get_mem_data(pem, &text);
    gw.request.body = (const uint8_t *)text;
    CHECK_EQ(ask(), 200);
    CHECK(!response_is_one_line());
    BIO_free(pem);
    X509_REQ_free(request);
}

/* ---- renewal ---- */

/* Enrols and then presents the certificate, as a TLS server sees it. */
static void enrol_and_present(const char *id)
{
    static char name[80];
    static uint8_t point[CERTIFICATE_PUBLIC_LEN];
    char token[CLAIM_TOKEN_CAP];
    memory_registry_claim(&gw.registry, id, start_unix_ms, token);
    CHECK_EQ(enrol(id, token), 200);
    const struct memory_device *d = memory_registry_find(&gw.registry, id);
    snprintf(name, sizeof name, "%s", id);
    memcpy(point, d->facts.public_key, sizeof point);
    gw.request.path = simplereenroll;
    gw.request.client_cn = name;
    gw.request.client_public_key = point;
}

static void the_current_certificate_gets_the_next_one(void)
{
    gateway_open();
    enrol_and_present("barn");
    const struct memory_device *d = memory_registry_find(&gw.registry, "barn");
    EVP_PKEY *next_key = request_key("P-256");
    uint8_t der[REQUEST_CAP];
    const struct request_plan plan = {.key = next_key, .names = {"barn"}};
    gw.request.username = NULL;
    gw.request.password = NULL;
    gw.request.body = der;
    gw.request.body_len = request_make(&plan, der);
    CHECK_EQ(ask(), 200);
    CHECK_EQ(d->n_certificates, 2);
    CHECK(!d->last.used_claim);
    CHECK_EQ(est_count(&gw.est, EST_RENEWED), 1);
    X509 *certificate = certificate_of_response();
    CHECK_EQ(EVP_PKEY_eq(X509_get0_pubkey(certificate), next_key), 1);
    X509_free(certificate);
    EVP_PKEY_free(next_key);
    /* The key that was replaced is worth nothing any more. */
    CHECK_EQ(ask(), 401);
    body_says("the certificate is not the device's current one\n");
}

static void a_certificate_renews_its_own_name_only(void)
{
    uint8_t der[REQUEST_CAP];
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "roof", start_unix_ms, token);
    enrol_and_present("barn");
    gw.request.username = NULL;
    gw.request.password = NULL;
    gw.request.body = der;
    gw.request.body_len = request_for("roof", der);
    CHECK_EQ(ask(), 400);
    CHECK_EQ(memory_registry_find(&gw.registry, "roof")->n_certificates, 0);
}

static void a_certificate_does_not_enrol_and_none_does_not_renew(void)
{
    uint8_t der[REQUEST_CAP];
    gateway_open();
    enrol_and_present("barn");
    gw.request.username = NULL;
    gw.request.password = NULL;
    gw.request.body = der;
    gw.request.body_len = request_for("barn", der);
    gw.request.path = simpleenroll;
    CHECK_EQ(ask(), 401);
    gw.request.path = simplereenroll;
    gw.request.client_cn = NULL;
    gw.request.client_public_key = NULL;
    CHECK_EQ(ask(), 401);
}

static void a_removed_device_does_not_renew(void)
{
    uint8_t der[REQUEST_CAP];
    gateway_open();
    enrol_and_present("barn");
    gw.registry.n_devices = 0;
    gw.request.username = NULL;
    gw.request.password = NULL;
    gw.request.body = der;
    gw.request.body_len = request_for("barn", der);
    CHECK_EQ(ask(), 401);
    CHECK_EQ(est_count(&gw.est, EST_UNKNOWN_DEVICE), 1);
}

static void a_fresh_token_renews_where_the_key_was_lost(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    enrol_and_present("barn");
    gw.request.client_cn = NULL;
    gw.request.client_public_key = NULL;
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    CHECK_EQ(enrol("barn", token), 200);
    CHECK_EQ(memory_registry_find(&gw.registry, "barn")->n_certificates, 2);
}

/* ---- limits and failures ---- */

static void a_peer_that_guesses_is_shut_out_and_let_in_again(void)
{
    char token[CLAIM_TOKEN_CAP];
    char guess[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    int tries = 0;
    do {
        CHECK_EQ(claim_make(guess), E_OK);
        tries++;
    } while (enrol("barn", guess) == 401 && tries < 100);
    CHECK_EQ(gw.response.status, 429);
    CHECK_EQ(tries, 21);
    CHECK(gw.response.retry_after_s >= 3);
    CHECK_EQ(enrol("barn", token), 429);
    gw.request.peer = "192.0.2.8"; /* the device itself is not shut out */
    CHECK_EQ(enrol("barn", token), 200);
    gw.request.peer = "192.0.2.7";
    gw.now_ms += 1000 * (uint64_t)gw.response.retry_after_s + 4000;
    CHECK_EQ(enrol("barn", guess), 401);
}

static void peers_of_one_ipv6_network_count_as_one(void)
{
    char guess[CLAIM_TOKEN_CAP];
    gateway_open();
    CHECK_EQ(claim_make(guess), E_OK);
    for (int i = 0; i < 20; i++) {
        char peer[64];
        snprintf(peer, sizeof peer, "2001:db8:1:2::%x", i);
        gw.request.peer = peer;
        CHECK_EQ(enrol("barn", guess), 401);
    }
    gw.request.peer = "2001:db8:1:2:ffff::1";
    CHECK_EQ(enrol("barn", guess), 429);
    gw.request.peer = "2001:db8:1:3::1";
    CHECK_EQ(enrol("barn", guess), 401);
    gw.request.peer = "::ffff:192.0.2.1";
    CHECK_EQ(enrol("barn", guess), 401);
}

static void a_device_that_enrols_in_a_loop_is_slowed_down(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    EVP_PKEY *key = request_key("P-256");
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(enrol_with(key, "barn", token), 200);
    }
    CHECK_EQ(enrol_with(key, "barn", token), 429);
    CHECK(gw.response.retry_after_s >= 600);
    gw.now_ms += 601000;
    CHECK_EQ(enrol_with(key, "barn", token), 200);
    EVP_PKEY_free(key);
}

static void a_database_that_fails_hands_out_nothing(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    gw.registry.fails = true;
    CHECK_EQ(enrol("barn", token), 500);
    body_says("the gateway failed; its log has more\n");
    gw.registry.fails = false;
    gw.registry.disk_is_full = true;
    CHECK_EQ(enrol("barn", token), 500);
    gw.registry.disk_is_full = false;
    CHECK_EQ(enrol("barn", token), 200);
}

static int no_answer(void *context, const char *device_id, const uint8_t *csr_der, size_t csr_len,
                     uint8_t *cert_der, size_t cap)
{
    (void)device_id;
    (void)csr_der;
    (void)csr_len;
    (void)cert_der;
    (void)cap;
    return *(int *)context;
}

static void a_signer_that_is_gone_is_503_and_a_busy_one_429(void)
{
    char token[CLAIM_TOKEN_CAP];
    int errors[] = {E_IO, E_TIMEOUT, E_LIMIT};
    gateway_open();
    gw.est.issuer.issue = no_answer;
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    for (size_t i = 0; i < 3; i++) {
        gw.est.issuer.context = &errors[i];
        CHECK_EQ(enrol("barn", token), errors[i] == E_LIMIT ? 429 : 503);
        CHECK(gw.response.retry_after_s > 0);
    }
    CHECK_EQ(memory_registry_find(&gw.registry, "barn")->n_certificates, 0);
    CHECK_EQ(est_count(&gw.est, EST_CA_UNAVAILABLE), 2);
}

/* ---- the seed's form ---- */

/* Sends {"device_id":id, ..., extra}; `csr` of a fresh key for `name`. */
static int send_form(const char *id, const char *name, const char *extra)
{
    static char body[EST_BODY_MAX_LEN];
    uint8_t der[REQUEST_CAP];
    char text[REQUEST_CAP * 2];
    EVP_EncodeBlock((uint8_t *)text, der, (int)request_for(name, der));
    const int len =
        snprintf(body, sizeof body,
                 "{\"device_id\":\"%s\",\"csr\":\"-----BEGIN CERTIFICATE REQUEST-----\\n%s\\n"
                 "-----END CERTIFICATE REQUEST-----\\n\"%s}",
                 id, text, extra);
    gw.request.path = "/enroll";
    gw.request.body = (const uint8_t *)body;
    gw.request.body_len = (size_t)len;
    return ask();
}

static bool body_has(const char *text)
{
    return memmem(gw.response.body, gw.response.body_len, text, strlen(text)) != NULL;
}

/* The certificate of a member, its \\n unescaped as any JSON reader does. */
static X509 *certificate_of_member(const char *name)
{
    char text[EST_RESPONSE_MAX_LEN + 1];
    char pem[EST_RESPONSE_MAX_LEN];
    snprintf(text, sizeof text, "%.*s", (int)gw.response.body_len, (const char *)gw.response.body);
    const char *from = strstr(text, name);
    size_t len = 0;
    for (from = from == NULL ? "" : strstr(from, "-----BEGIN"); *from != '\0' && *from != '"';
         from++) {
        if (from[0] == '\\' && from[1] == 'n') {
            pem[len++] = '\n';
            from++;
        } else {
            pem[len++] = *from;
        }
    }
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return certificate;
}

static void the_seeds_form_gets_both_certificates(void)
{
    char token[CLAIM_TOKEN_CAP];
    char extra[128];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    snprintf(extra, sizeof extra, ",\"peak_power\":3000.5,\"bootstrap_token\":\"%s\"", token);
    CHECK_EQ(send_form(" barn\\n", "barn", extra), 200);
    CHECK_STR(gw.response.content_type, "application/json");
    CHECK(body_has("\"status\":\"success\""));
    X509 *certificate = certificate_of_member("\"certificate\"");
    X509 *ca = certificate_of_member("\"ca_certificate\"");
    if (CHECK(certificate != NULL && ca != NULL)) {
        CHECK_EQ(X509_verify(certificate, X509_get0_pubkey(ca)), 1);
        CHECK(signed_by_ca(certificate));
    }
    CHECK_EQ(memory_registry_find(&gw.registry, "barn")->last.declared_peak_w, 3001);
    X509_free(certificate);
    X509_free(ca);
}

static void the_seeds_form_needs_a_token_too(void)
{
    char token[CLAIM_TOKEN_CAP];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    CHECK_EQ(send_form("barn", "barn", ",\"peak_power\":3000"), 401);
    CHECK(body_has("{\"error\":\"a device id and its claim token are needed\"}"));
    CHECK_EQ(send_form("barn", "barn", ",\"peak_power\":3000,\"bootstrap_token\":\"token-barn\""),
             401);
    CHECK_EQ(memory_registry_find(&gw.registry, "barn")->n_certificates, 0);
}

static void a_wrong_form_is_400_and_says_what_is_wrong(void)
{
    static const struct {
        const char *id;
        const char *extra;
        const char *sentence;
    } wrong[] = {
        {"barn", "", "peak_power must be a number of watts above zero"},
        {"barn", ",\"peak_power\":0", "peak_power must be a number of watts above zero"},
        {"barn", ",\"peak_power\":-3", "peak_power must be a number of watts above zero"},
        {"barn", ",\"peak_power\":\"3\"", "peak_power must be a number of watts above zero"},
        {"barn", ",\"peak_power\":1e99", "peak_power must be a number of watts above zero"},
        {"barn", ",\"peak_power\":99999999999999999999",
         "peak_power must be a number of watts above zero"},
        {"  ", ",\"peak_power\":1", "device_id must have 1 to 64 characters"},
        {"a\\u0000b", ",\"peak_power\":1", "device_id must be a text"},
        {"barn", ",\"peak_power\":1,\"bootstrap_token\":7",
         "bootstrap_token must be a text of a claim token's length"},
        {"barn", ",\"peak_power\":1,\"peak_power\":2", "the body is not a JSON object"},
        {"barn", ",", "the body is not a JSON object"},
    };
    gateway_open();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char want[128];
        CHECK_EQ(send_form(wrong[i].id, "barn", wrong[i].extra), 400);
        snprintf(want, sizeof want, "{\"error\":\"%s\"}", wrong[i].sentence);
        CHECK_BYTES(gw.response.body, gw.response.body_len, want, strlen(want));
    }
    gw.request.body = NULL;
    gw.request.body_len = 0;
    CHECK_EQ(ask(), 400);
}

static void a_body_beyond_the_bound_is_413(void)
{
    static uint8_t body[EST_BODY_MAX_LEN + 1];
    gateway_open();
    gw.request.body = body;
    gw.request.body_len = sizeof body;
    CHECK_EQ(ask(), 413);
    gw.request.body_len--;
    CHECK_EQ(ask(), 401);
}

static void the_counters_have_the_names_that_dashboards_know(void)
{
    char token[CLAIM_TOKEN_CAP];
    char text[4096];
    gateway_open();
    memory_registry_claim(&gw.registry, "barn", start_unix_ms, token);
    CHECK_EQ(enrol("barn", token), 200);
    CHECK_EQ(enrol("roof", token), 401);
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    est_put_metrics(&gw.est, &w);
    CHECK(wbuf_ok(&w));
    text[wbuf_len(&w)] = '\0';
    CHECK(strstr(text, "\nprov_enrollment_requests_total 2\n") != NULL);
    CHECK(strstr(text, "\nprov_enrollment_results_total{result=\"success\",reason=\"ok\"} 1\n") !=
          NULL);
    CHECK(strstr(text, "{result=\"failure\",reason=\"unknown_device\"} 1\n") != NULL);
    CHECK(strstr(text, "{result=\"failure\",reason=\"internal_error\"} 0\n") != NULL);
}

CHECK_MAIN(TEST(cacerts_is_a_bundle_with_the_ca),
           TEST(cacerts_is_one_line_for_a_client_that_is_terse),
           TEST(nothing_special_is_asked_of_a_request),
           TEST(other_paths_are_404_and_other_methods_405),
           TEST(a_token_gets_a_certificate_in_the_devices_name),
           TEST(what_is_remembered_is_what_was_issued), TEST(a_token_works_once),
           TEST(the_same_key_may_ask_again_when_the_answer_was_lost),
           TEST(a_token_expires_after_seven_days),
           TEST(a_wrong_token_an_unknown_device_and_none_at_all_are_401),
           TEST(a_device_without_a_claim_cannot_enrol),
           TEST(a_new_token_replaces_the_old_one_and_keeps_the_ban),
           TEST(a_bad_request_is_400_with_its_reason_and_keeps_the_token),
           TEST(a_request_that_is_too_long_is_400), TEST(pem_and_der_are_taken_too),
           TEST(the_current_certificate_gets_the_next_one),
           TEST(a_certificate_renews_its_own_name_only),
           TEST(a_certificate_does_not_enrol_and_none_does_not_renew),
           TEST(a_removed_device_does_not_renew), TEST(a_fresh_token_renews_where_the_key_was_lost),
           TEST(a_peer_that_guesses_is_shut_out_and_let_in_again),
           TEST(peers_of_one_ipv6_network_count_as_one),
           TEST(a_device_that_enrols_in_a_loop_is_slowed_down),
           TEST(a_database_that_fails_hands_out_nothing),
           TEST(a_signer_that_is_gone_is_503_and_a_busy_one_429),
           TEST(the_seeds_form_gets_both_certificates), TEST(the_seeds_form_needs_a_token_too),
           TEST(a_wrong_form_is_400_and_says_what_is_wrong), TEST(a_body_beyond_the_bound_is_413),
           TEST(the_counters_have_the_names_that_dashboards_know))
