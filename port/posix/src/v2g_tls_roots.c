/* SPDX-License-Identifier: MIT */
#include "v2g_tls_roots.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/rbuf.h"
#include "base/wbuf.h"

enum {
    EXTENSION_TRUSTED_CA_KEYS = 3,
    BY_PRE_AGREEMENT = 0, /* kinds of a named root */
    BY_KEY_SHA1 = 1,
    BY_NAME = 2,
    BY_CERTIFICATE_SHA1 = 3,
    SHA1_LEN = 20,
    NAMES_MAX_LEN = 2 + V2G_TLS_ROOTS_MAX * (1 + SHA1_LEN)
};

/* ---- the car names its roots ---- */

/* The extension lives as long as the context. */
struct names {
    uint8_t bytes[NAMES_MAX_LEN];
    size_t len;
};

static int give_names(SSL *session, unsigned kind, const unsigned char **out, size_t *len,
                      int *alert, void *context)
{
    const struct names *names = context;
    (void)session;
    (void)kind;
    (void)alert;
    *out = names->bytes;
    *len = names->len;
    return 1;
}

static void free_names(void *parent, void *names, CRYPTO_EX_DATA *data, int index, long argument,
                       void *pointer)
{
    (void)parent;
    (void)data;
    (void)index;
    (void)argument;
    (void)pointer;
    OPENSSL_free(names);
}

static void write_names(struct names *names, const SSL_CTX *context)
{
    const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
    struct wbuf w = wbuf_of(names->bytes + 2, sizeof names->bytes - 2);
    for (int i = 0; i < sk_X509_OBJECT_num(objects) && i < V2G_TLS_ROOTS_MAX; i++) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        X509 *root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (root != NULL && X509_digest(root, EVP_sha1(), digest, NULL) == 1) {
            wbuf_u8(&w, BY_CERTIFICATE_SHA1);
            wbuf_put(&w, digest, SHA1_LEN);
        }
    }
    names->len = 2 + wbuf_len(&w);
    names->bytes[0] = (uint8_t)(wbuf_len(&w) >> 8);
    names->bytes[1] = (uint8_t)wbuf_len(&w);
}

int v2g_tls_name_roots(SSL_CTX *context)
{
    static int index = -1;
    struct names *names = OPENSSL_zalloc(sizeof *names);
    if (index < 0) {
        index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_names);
    }
    if (names == NULL || index < 0 || SSL_CTX_set_ex_data(context, index, names) != 1) {
        OPENSSL_free(names);
        return E_NOSPACE;
    }
    write_names(names, context);
    return SSL_CTX_add_client_custom_ext(context, EXTENSION_TRUSTED_CA_KEYS, give_names, NULL,
                                         names, NULL, NULL) == 1
               ? E_OK
               : E_NOSPACE;
}

/* ---- the charger picks ---- */

static bool has_name(const struct v2g_tls_identity *identity, const uint8_t *name, size_t len)
{
    const int n = sk_X509_num(identity->sub_cas);
    X509 *top = n > 0 ? sk_X509_value(identity->sub_cas, n - 1) : identity->certificate;
    unsigned char *own = NULL;
    const int own_len = i2d_X509_NAME(X509_get_issuer_name(top), &own);
    const bool same = own_len >= 0 && (size_t)own_len == len && memcmp(own, name, len) == 0;
    OPENSSL_free(own);
    return same;
}

static bool is_named(const struct v2g_tls_identity *identity, uint8_t kind, const uint8_t *value,
                     size_t len)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (kind == BY_NAME) {
        return has_name(identity, value, len);
    }
    if (identity->root == NULL || len != SHA1_LEN) {
        return false;
    }
    const int ok = kind == BY_KEY_SHA1
                       ? X509_pubkey_digest(identity->root, EVP_sha1(), digest, NULL)
                       : X509_digest(identity->root, EVP_sha1(), digest, NULL);
    return ok == 1 && memcmp(digest, value, SHA1_LEN) == 0;
}

/* The first of the car's roots that one of ours leads to. */
static const struct v2g_tls_identity *find(const struct v2g_tls_identities *identities,
                                           struct rbuf *names)
{
    while (rbuf_left(names) > 0) {
        const uint8_t kind = rbuf_u8(names);
        const size_t len = kind == BY_PRE_AGREEMENT ? 0
                           : kind == BY_NAME        ? rbuf_be16(names)
                                                    : SHA1_LEN;
        const uint8_t *value = rbuf_take(names, len);
        for (unsigned i = 0; value != NULL && len > 0 && i < identities->n; i++) {
            if (is_named(&identities->list[i], kind, value, len)) {
                return &identities->list[i];
            }
        }
    }
    return NULL;
}

static int take_names(SSL *session, unsigned kind, const unsigned char *in, size_t len, int *alert,
                      void *context)
{
    struct rbuf r = rbuf_of(in, len);
    (void)kind;
    if (rbuf_be16(&r) + 2U != len) {
        *alert = SSL_AD_DECODE_ERROR;
        return 0;
    }
    const struct v2g_tls_identity *found = find(context, &r);
    if (!rbuf_ok(&r)) {
        *alert = SSL_AD_DECODE_ERROR;
        return 0;
    }
    SSL_set_app_data(session, (void *)(uintptr_t)found);
    return 1;
}

/* An empty answer says that the names were of use. */
static int answer_names(SSL *session, unsigned kind, const unsigned char **out, size_t *len,
                        int *alert, void *context)
{
    (void)kind;
    (void)alert;
    (void)context;
    *out = NULL;
    *len = 0;
    return SSL_get_app_data(session) != NULL;
}

static int show_certificate(SSL *session, void *context)
{
    const struct v2g_tls_identities *identities = context;
    const struct v2g_tls_identity *picked = SSL_get_app_data(session);
    const struct v2g_tls_identity *i = picked != NULL ? picked : &identities->list[0];
    return SSL_use_cert_and_key(session, i->certificate, i->key, i->sub_cas, 1);
}

int v2g_tls_pick_by_roots(SSL_CTX *context, struct v2g_tls_identities *identities)
{
    SSL_CTX_set_cert_cb(context, show_certificate, identities);
    return SSL_CTX_add_server_custom_ext(context, EXTENSION_TRUSTED_CA_KEYS, answer_names, NULL,
                                         NULL, take_names, identities) == 1
               ? E_OK
               : E_NOSPACE;
}

void v2g_tls_identities_free(struct v2g_tls_identities *identities)
{
    for (unsigned i = 0; i < identities->n; i++) {
        X509_free(identities->list[i].certificate);
        EVP_PKEY_free(identities->list[i].key);
        sk_X509_pop_free(identities->list[i].sub_cas, X509_free);
        X509_free(identities->list[i].root);
    }
    identities->n = 0;
}
