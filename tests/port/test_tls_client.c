/* SPDX-License-Identifier: MIT
 * Certificates as the clients read them, and the contexts they connect with. The certificates are
 * made here by OpenSSL.
 */
#include "posix/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "crypto/crypto.h"

struct party {
    EVP_PKEY *key;
    X509 *certificate;
    uint8_t private_key[32];
    uint8_t der[1024];
    size_t der_len;
};

static void keep_private(struct party *p)
{
    BIGNUM *number = NULL;
    CHECK_EQ(EVP_PKEY_get_bn_param(p->key, "priv", &number), 1);
    CHECK_EQ(BN_bn2binpad(number, p->private_key, 32), 32);
    BN_free(number);
}

/* A certificate for `names` (one CN each), signed by `issuer` or by itself. */
static struct party make(const char *curve, const char *const *names, const struct party *issuer)
{
    struct party p = {.key = EVP_EC_gen(curve), .certificate = X509_new()};
    X509_set_version(p.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(p.certificate), 7);
    ASN1_TIME_set_string(X509_getm_notBefore(p.certificate), "20260101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(p.certificate), "20270101000000Z");
    for (; *names != NULL; names++) {
        X509_NAME_add_entry_by_txt(X509_get_subject_name(p.certificate), "CN", MBSTRING_UTF8,
                                   (const unsigned char *)*names, -1, -1, 0);
    }
    X509_set_pubkey(p.certificate, p.key);
    if (issuer == NULL) {
        X509_EXTENSION *is_authority =
            X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(p.certificate, is_authority, -1);
        X509_EXTENSION_free(is_authority);
    }
    X509_set_issuer_name(
        p.certificate, X509_get_subject_name(issuer == NULL ? p.certificate : issuer->certificate));
    X509_sign(p.certificate, issuer == NULL ? p.key : issuer->key, EVP_sha256());
    unsigned char *at = p.der;
    p.der_len = (size_t)i2d_X509(p.certificate, &at);
    if (strcmp(curve, "P-256") == 0) {
        keep_private(&p);
    }
    return p;
}

static void drop(struct party *p)
{
    EVP_PKEY_free(p->key);
    X509_free(p->certificate);
}

#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void write_pem(char path[], const struct party *p)
{
    const int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    CHECK_EQ(PEM_write_X509(file, p->certificate), 1);
    fclose(file);
}

static void a_certificate_says_name_key_and_time(void)
{
    struct party p = make("P-256", NAMES("meter-1"), NULL);
    struct posix_certificate facts;
    uint8_t public_key[65];
    CHECK_EQ(posix_certificate_read(p.der, p.der_len, &facts), E_OK);
    CHECK_STR(facts.common_name, "meter-1");
    CHECK_EQ(facts.not_before_unix_ms, 1767225600000);
    CHECK_EQ(facts.not_after_unix_ms, 1798761600000);
    CHECK_EQ(crypto_ec_public(CRYPTO_P256, p.private_key, public_key), E_OK);
    CHECK_BYTES(facts.public_key, 65, public_key, 65);
    drop(&p);
}

static void what_is_no_device_certificate_is_refused(void)
{
    struct posix_certificate facts;
    struct party two = make("P-256", NAMES("a", "b"), NULL);
    struct party other_curve = make("P-384", NAMES("a"), NULL);
    struct party good = make("P-256", NAMES("a"), NULL);
    CHECK_EQ(posix_certificate_read(two.der, two.der_len, &facts), E_MALFORMED);
    CHECK_EQ(posix_certificate_read(other_curve.der, other_curve.der_len, &facts), E_MALFORMED);
    CHECK_EQ(posix_certificate_read(good.der, good.der_len - 1, &facts), E_MALFORMED);
    CHECK_EQ(posix_certificate_read(good.der, good.der_len + 1, &facts), E_MALFORMED);
    CHECK_EQ(posix_certificate_read(good.der, 0, &facts), E_MALFORMED);
    drop(&two);
    drop(&other_curve);
    drop(&good);
}

static void only_the_pinned_authority_vouches(void)
{
    char path[] = "/tmp/wattward-ca-XXXXXX";
    struct party ca = make("P-256", NAMES("ca"), NULL);
    struct party other = make("P-256", NAMES("ca"), NULL); /* the same name, another key */
    struct party ours = make("P-256", NAMES("m"), &ca);
    struct party theirs = make("P-256", NAMES("m"), &other);
    write_pem(path, &ca);
    CHECK_EQ(posix_certificate_check(ours.der, ours.der_len, path), E_OK);
    CHECK_EQ(posix_certificate_check(theirs.der, theirs.der_len, path), E_AUTH);
    CHECK_EQ(posix_certificate_check(ours.der, ours.der_len, "/nonexistent"), E_AUTH);
    unlink(path);
    drop(&ca);
    drop(&other);
    drop(&ours);
    drop(&theirs);
}

static void a_context_takes_tls_1_3_one_authority_and_the_identity(void)
{
    char path[] = "/tmp/wattward-ca-XXXXXX";
    struct party ca = make("P-256", NAMES("ca"), NULL);
    struct party m = make("P-256", NAMES("m"), &ca);
    struct posix_tls_identity identity = {
        .certificate_der = m.der, .certificate_len = m.der_len, .private_key = m.private_key};
    write_pem(path, &ca);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    CHECK_EQ(posix_tls_client(context, path, "127.0.0.1", &identity), E_OK);
    CHECK_EQ(SSL_CTX_get_min_proto_version(context), TLS1_3_VERSION);
    CHECK_EQ(SSL_CTX_get_verify_mode(context), SSL_VERIFY_PEER);
    CHECK_EQ(posix_tls_client(context, path, "gateway.local", NULL), E_OK);
    CHECK_EQ(posix_tls_client(context, "/nonexistent", "a", NULL), E_NOTFOUND);
    identity.private_key = ca.private_key; /* not the certificate's */
    CHECK_EQ(posix_tls_client(context, path, "127.0.0.1", &identity), E_ARG);
    SSL_CTX_free(context);
    unlink(path);
    drop(&ca);
    drop(&m);
}

CHECK_MAIN(TEST(a_certificate_says_name_key_and_time),
           TEST(what_is_no_device_certificate_is_refused), TEST(only_the_pinned_authority_vouches),
           TEST(a_context_takes_tls_1_3_one_authority_and_the_identity))
