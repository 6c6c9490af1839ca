/* SPDX-License-Identifier: MIT
 * TLS between cars and chargers by OpenSSL 3.
 */
#include "posix/v2g_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "v2g_tls_roots.h"

enum { FRAGMENT_LEN = 4096, FLIGHT_LEN = 16384 };

/* What a standard asks of TLS. */
struct profile {
    int version;
    const char *suites;
    char groups[24], signatures[24];
    bool resumes;
};
static const struct profile iso2 = {.version = TLS1_2_VERSION,
                                    .suites = "ECDHE-ECDSA-AES128-SHA256",
                                    .groups = "P-256",
                                    .signatures = "ECDSA+SHA256",
                                    .resumes = false};

struct v2g_tls {
    SSL_CTX *context;
    bool is_charger;
    int keylog_fd;                        /* -1: none */
    struct v2g_tls_identities identities; /* of a charger */
};

static int give_up(struct v2g_tls_error *error, const char *file, const char *why)
{
    snprintf(error->why, sizeof error->why, "%.120s %s", file, why);
    return E_ARG;
}

static int cannot_read(struct v2g_tls_error *error, const char *file, int why)
{
    snprintf(error->why, sizeof error->why, "%.120s cannot be read: %s", file, strerror(why));
    return E_NOTFOUND;
}

static int apply(SSL_CTX *context, const struct profile *p)
{
    char groups[sizeof p->groups]; /* OpenSSL's macros take no constants */
    char signatures[sizeof p->signatures];
    strcpy(groups, p->groups);
    strcpy(signatures, p->signatures);
    const uint64_t always =
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;
    SSL_CTX_set_options(context, always | (p->resumes ? 0 : SSL_OP_NO_TICKET));
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, FLIGHT_LEN);
    const bool ok = SSL_CTX_set_min_proto_version(context, p->version) == 1 &&
                    SSL_CTX_set_max_proto_version(context, p->version) == 1 &&
                    SSL_CTX_set_cipher_list(context, p->suites) == 1 &&
                    SSL_CTX_set1_groups_list(context, groups) == 1 &&
                    SSL_CTX_set1_sigalgs_list(context, signatures) == 1 &&
                    SSL_CTX_set_max_send_fragment(context, FRAGMENT_LEN) == 1;
    return ok ? E_OK : E_UNSUPPORTED;
}

static struct v2g_tls *make(const SSL_METHOD *method, bool is_charger, struct v2g_tls_error *error)
{
    struct v2g_tls *tls = calloc(1, sizeof *tls);
    if (tls != NULL) {
        tls->keylog_fd = -1;
        tls->is_charger = is_charger;
        tls->context = SSL_CTX_new(method);
        if (tls->context != NULL && apply(tls->context, &iso2) == E_OK) {
            SSL_CTX_set_app_data(tls->context, tls);
            return tls;
        }
    }
    v2g_tls_free(tls);
    (void)give_up(error, "OpenSSL", "does not have what ISO 15118-2 asks for");
    return NULL;
}

static bool is_root(X509 *certificate)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) ==
           0;
}

/* Takes over the next certificate of a chain: the charger's own, then sub-CAs', then the root's. */
static int add_certificate(struct v2g_tls_identity *i, X509 *certificate, const char *file,
                           struct v2g_tls_error *error)
{
    if (i2d_X509(certificate, NULL) > V2G_TLS_CERTIFICATE_MAX_LEN) {
        X509_free(certificate);
        return give_up(error, file, "has a certificate of more than 800 bytes");
    }
    if (i->certificate == NULL) {
        i->certificate = certificate;
        return E_OK;
    }
    if (is_root(certificate) && i->root == NULL) {
        i->root = certificate;
        return E_OK;
    }
    if (i->root == NULL && sk_X509_num(i->sub_cas) < V2G_TLS_SUB_CAS_MAX &&
        sk_X509_push(i->sub_cas, certificate) > 0) {
        return E_OK;
    }
    X509_free(certificate);
    return give_up(error, file, "has more certificates than one, two sub-CAs and the root");
}

static int read_chain(struct v2g_tls_identity *i, const char *file, struct v2g_tls_error *error)
{
    int result = E_OK;
    FILE *in = fopen(file, "re");
    if (in == NULL) {
        return cannot_read(error, file, errno);
    }
    while (result == E_OK) {
        X509 *certificate = PEM_read_X509(in, NULL, NULL, NULL);
        if (certificate == NULL) {
            break;
        }
        result = add_certificate(i, certificate, file, error);
    }
    fclose(in);
    ERR_clear_error(); /* the end of the file is an error to OpenSSL */
    return result == E_OK && i->certificate == NULL ? give_up(error, file, "has no certificate")
                                                    : result;
}

static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static int read_key(struct v2g_tls_identity *i, const char *file, struct v2g_tls_error *error)
{
    struct stat status;
    FILE *in = fopen(file, "re");
    if (in == NULL || fstat(fileno(in), &status) != 0) {
        const int why = errno;
        if (in != NULL) {
            fclose(in);
        }
        return cannot_read(error, file, why);
    }
    const bool is_private = (status.st_mode & 077) == 0;
    i->key = is_private ? PEM_read_PrivateKey(in, NULL, no_password, NULL) : NULL;
    fclose(in);
    if (!is_private) {
        return give_up(error, file, "can be read by others, chmod 600 would be right");
    }
    if (i->key == NULL) {
        return give_up(error, file, "has no private key without a password");
    }
    return X509_check_private_key(i->certificate, i->key) == 1
               ? E_OK
               : give_up(error, file, "is not the key of the charger's certificate");
}

/* Elliptic curves only, and that one: what else would the suite do with it? */
static int check_curve(const struct v2g_tls_identity *i, const char *file,
                       struct v2g_tls_error *error)
{
    char group[32] = "";
    EVP_PKEY *key = X509_get0_pubkey(i->certificate);
    const bool is_p256 = key != NULL &&
                         EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
                         strcmp(group, SN_X9_62_prime256v1) == 0;
    return is_p256 ? E_OK : give_up(error, file, "is not about a key on secp256r1");
}

int v2g_tls_add_identity(struct v2g_tls *tls, const char *chain_file, const char *key_file,
                         struct v2g_tls_error *error)
{
    if (tls->identities.n == V2G_TLS_IDENTITIES_MAX) {
        return give_up(error, chain_file, "is one certificate more than four");
    }
    struct v2g_tls_identity *i = &tls->identities.list[tls->identities.n++];
    *i = (struct v2g_tls_identity){.sub_cas = sk_X509_new_null()};
    if (i->sub_cas == NULL || read_chain(i, chain_file, error) != E_OK ||
        check_curve(i, chain_file, error) != E_OK || read_key(i, key_file, error) != E_OK) {
        ERR_clear_error();
        return E_ARG;
    }
    return E_OK;
}

struct v2g_tls *v2g_tls_charger(const char *chain_file, const char *key_file,
                                struct v2g_tls_error *error)
{
    struct v2g_tls *tls = make(TLS_server_method(), true, error);
    if (tls == NULL) {
        return NULL;
    }
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_NONE, NULL);
    if (v2g_tls_add_identity(tls, chain_file, key_file, error) != E_OK ||
        v2g_tls_pick_by_roots(tls->context, &tls->identities) != E_OK) {
        v2g_tls_free(tls);
        return NULL;
    }
    return tls;
}

/* "CPO" among the domain components: the certificate is a charging station operator's. */
static bool is_of_an_operator(X509 *certificate)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    int at = -1;
    while ((at = X509_NAME_get_index_by_NID(name, NID_domainComponent, at)) >= 0) {
        const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
        if (ASN1_STRING_length(text) == 3 && memcmp(ASN1_STRING_get0_data(text), "CPO", 3) == 0) {
            return true;
        }
    }
    return false;
}

/* The chain is good; is it also a charger's? */
static int on_certificate(int good, X509_STORE_CTX *check)
{
    if (good != 1 || X509_STORE_CTX_get_error_depth(check) != 0) {
        return good;
    }
    if (!is_of_an_operator(X509_STORE_CTX_get_current_cert(check))) {
        X509_STORE_CTX_set_error(check, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    return 1;
}

static int trust(struct v2g_tls *tls, const char *file, struct v2g_tls_error *error)
{
    if (access(file, R_OK) != 0) {
        return cannot_read(error, file, errno);
    }
    if (SSL_CTX_load_verify_file(tls->context, file) != 1) {
        return give_up(error, file, "has no V2G root certificate");
    }
    const X509_STORE *store = SSL_CTX_get_cert_store(tls->context);
    const int n = sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
    return n <= V2G_TLS_ROOTS_MAX ? E_OK : give_up(error, file, "has more than ten roots");
}

struct v2g_tls *v2g_tls_car(const char *root_file, struct v2g_tls_error *error)
{
    struct v2g_tls *tls = make(TLS_client_method(), false, error);
    if (tls == NULL) {
        return NULL;
    }
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, on_certificate);
    SSL_CTX_set_verify_depth(tls->context, V2G_TLS_SUB_CAS_MAX);
    if (trust(tls, root_file, error) != E_OK || v2g_tls_name_roots(tls->context) != E_OK) {
        v2g_tls_free(tls);
        ERR_clear_error();
        return NULL;
    }
    return tls;
}

void v2g_tls_free(struct v2g_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_CTX_free(tls->context);
    v2g_tls_identities_free(&tls->identities);
    if (tls->keylog_fd >= 0) {
        close(tls->keylog_fd);
    }
    free(tls);
}

static void write_secret(const SSL *session, const char *line)
{
    const struct v2g_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(session));
    char text[512];
    const int len = snprintf(text, sizeof text, "%s\n", line);
    if (len > 0 && (size_t)len < sizeof text) { /* one write: lines of two processes never mix */
        (void)!write(tls->keylog_fd, text, (size_t)len);
    }
    OPENSSL_cleanse(text, sizeof text);
}

int v2g_tls_keylog(struct v2g_tls *tls, const char *path)
{
    ASSERT(tls->keylog_fd < 0);
    tls->keylog_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (tls->keylog_fd < 0) {
        return E_IO;
    }
    SSL_CTX_set_keylog_callback(tls->context, write_secret);
    return E_OK;
}

struct ssl_st *v2g_tls_session(struct v2g_tls *tls, int fd)
{
    SSL *session = SSL_new(tls->context);
    if (session == NULL || SSL_set_fd(session, fd) != 1) {
        SSL_free(session);
        return NULL;
    }
    if (tls->is_charger) {
        SSL_set_accept_state(session);
    } else {
        SSL_set_connect_state(session);
    }
    return session;
}

/* What a car says about a charger's certificate. */
static const char *verdict(long code)
{
    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "a certificate of the charger has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "a certificate of the charger is not valid yet";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "the charger's certificate leads to no V2G root that this car knows";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        return "more than two sub-CAs stand between the charger's certificate and the root";
    case X509_V_ERR_APPLICATION_VERIFICATION:
        return "the charger's certificate is not a charge point operator's (no DC=CPO)";
    default:
        return NULL;
    }
}

int v2g_tls_explain(struct ssl_st *session, struct v2g_tls_error *error)
{
    const unsigned long first = ERR_peek_error();
    const long code = SSL_get_verify_result(session);
    if (ERR_GET_REASON(first) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        const char *words = verdict(code);
        if (words != NULL) {
            snprintf(error->why, sizeof error->why, "%s", words);
        } else {
            snprintf(error->why, sizeof error->why, "the charger's certificate is refused: %s",
                     X509_verify_cert_error_string(code));
        }
        return E_AUTH;
    }
    const char *reason = first != 0 ? ERR_reason_error_string(first) : NULL;
    snprintf(error->why, sizeof error->why, "the TLS handshake failed: %s",
             reason != NULL ? reason : "the connection broke");
    return E_IO;
}
