/* SPDX-License-Identifier: MIT
 * Requests by OpenSSL's own hand, so that the checker is not tested against itself.
 */
#include "requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static void need(int ok, const char *what)
{
    if (!ok) {
        printf("cannot make a request: %s\n", what);
        exit(1);
    }
}

EVP_PKEY *request_key(const char *kind)
{
    EVP_PKEY *key = NULL;
    if (strcmp(kind, "RSA") == 0) {
        key = EVP_RSA_gen(2048);
    } else if (strncmp(kind, "P-", 2) == 0) {
        key = EVP_EC_gen(kind);
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    }
    need(key != NULL, kind);
    return key;
}

static void add_text(X509_NAME *subject, int nid, const char *text)
{
    need(X509_NAME_add_entry_by_NID(subject, nid, MBSTRING_UTF8, (const unsigned char *)text, -1,
                                    -1, 0) == 1,
         text);
}

static void fill_subject(X509_NAME *subject, const struct request_plan *plan)
{
    for (size_t i = 0; i < sizeof plan->names / sizeof plan->names[0]; i++) {
        if (plan->names[i] != NULL) {
            add_text(subject, NID_commonName, plan->names[i]);
        }
    }
    if (plan->organisation != NULL) {
        add_text(subject, NID_organizationName, plan->organisation);
    }
    for (size_t len = 0; len < plan->extra_len; len += 60) {
        add_text(subject, NID_organizationalUnitName,
                 "sixty bytes that only make the certificate request longer...");
    }
}

static void ask_for_san(X509_REQ *req, const char *san)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    need(e != NULL && X509v3_add_ext(&list, e, -1) != NULL &&
             X509_REQ_add_extensions(req, list) == 1,
         san);
    X509_EXTENSION_free(e);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

size_t request_make(const struct request_plan *plan, uint8_t der[REQUEST_CAP])
{
    X509_REQ *req = X509_REQ_new();
    EVP_PKEY *key = plan->key == NULL ? request_key("P-256") : plan->key;
    need(req != NULL && X509_REQ_set_version(req, plan->version) == 1, "version");
    fill_subject(X509_REQ_get_subject_name(req), plan);
    need(X509_REQ_set_pubkey(req, key) == 1, "key");
    if (plan->san != NULL) {
        ask_for_san(req, plan->san);
    }
    const char *hash = plan->hash == NULL ? "SHA256" : plan->hash;
    need(X509_REQ_sign(req, key, *hash == '\0' ? NULL : EVP_get_digestbyname(hash)) > 0, "sign");
    const int len = i2d_X509_REQ(req, NULL);
    need(len > 0 && len <= REQUEST_CAP, "size");
    uint8_t *end = der;
    i2d_X509_REQ(req, &end);
    X509_REQ_free(req);
    if (plan->key == NULL) {
        EVP_PKEY_free(key);
    }
    return (size_t)len;
}

size_t request_for(const char *name, uint8_t der[REQUEST_CAP])
{
    const struct request_plan plan = {.names = {name}};
    return request_make(&plan, der);
}
