/* SPDX-License-Identifier: MIT
 * TLS clients and certificates by OpenSSL 3.
 */
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "posix/tls.h"

static X509 *parse_certificate(const uint8_t *der, size_t len)
{
    const unsigned char *at = der;
    X509 *certificate = len > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)len);
    if (certificate != NULL && at != der + len) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

/* RFC 5915 ECPrivateKey with the curve named: SEQUENCE { 1, key, [0] { prime256v1 } }. */
static EVP_PKEY *parse_private_key(const uint8_t key[32])
{
    static const uint8_t head[] = {0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20};
    static const uint8_t tail[] = {0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                   0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    uint8_t der[sizeof head + 32 + sizeof tail];
    memcpy(der, head, sizeof head);
    memcpy(der + sizeof head, key, 32);
    memcpy(der + sizeof head + 32, tail, sizeof tail);
    const unsigned char *at = der;
    EVP_PKEY *parsed = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)sizeof der);
    crypto_wipe(der, sizeof der);
    return parsed;
}

static int use_identity(SSL_CTX *context, const struct posix_tls_identity *identity)
{
    if (identity == NULL || identity->certificate_der == NULL) {
        return E_OK;
    }
    EVP_PKEY *key = parse_private_key(identity->private_key);
    const bool ok = key != NULL && identity->certificate_len <= INT_MAX &&
                    SSL_CTX_use_certificate_ASN1(context, (int)identity->certificate_len,
                                                 identity->certificate_der) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key) == 1 &&
                    SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    return ok ? E_OK : E_ARG;
}

int posix_tls_client(SSL_CTX *context, const char *ca_file, const char *host,
                     const struct posix_tls_identity *identity)
{
    X509_VERIFY_PARAM *expected = SSL_CTX_get0_param(context);
    if (SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1) {
        return E_NOTFOUND;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, host) != 1 &&
        X509_VERIFY_PARAM_set1_host(expected, host, 0) != 1) {
        return E_ARG;
    }
    return use_identity(context, identity);
}

/* Milliseconds since 1970, or INT64_MIN. */
static int64_t unix_ms_of(const ASN1_TIME *time)
{
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) {
        return INT64_MIN;
    }
    return (int64_t)timegm(&parts) * 1000;
}

static bool read_common_name(X509 *certificate, char out[65])
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, index) >= 0) {
        return false;
    }
    const ASN1_STRING *name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
    const int len = ASN1_STRING_length(name);
    if (len < 1 || len > 64 || memchr(ASN1_STRING_get0_data(name), 0, (size_t)len) != NULL) {
        return false;
    }
    memcpy(out, ASN1_STRING_get0_data(name), (size_t)len);
    out[len] = '\0';
    return true;
}

static bool read_public_key(X509 *certificate, uint8_t out[65])
{
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate);
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    char group[32];
    if (bits == NULL || key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1 ||
        strcmp(group, "prime256v1") != 0 || ASN1_STRING_length(bits) != 65) {
        return false;
    }
    memcpy(out, ASN1_STRING_get0_data(bits), 65);
    return out[0] == 0x04;
}

int posix_certificate_read(const uint8_t *der, size_t len, struct posix_certificate *out)
{
    struct posix_certificate read;
    X509 *certificate = parse_certificate(der, len);
    if (certificate == NULL) {
        return E_MALFORMED;
    }
    read.not_before_unix_ms = unix_ms_of(X509_get0_notBefore(certificate));
    read.not_after_unix_ms = unix_ms_of(X509_get0_notAfter(certificate));
    const bool ok = read_common_name(certificate, read.common_name) &&
                    read_public_key(certificate, read.public_key) &&
                    read.not_before_unix_ms > INT64_MIN &&
                    read.not_after_unix_ms > read.not_before_unix_ms;
    X509_free(certificate);
    if (!ok) {
        return E_MALFORMED;
    }
    *out = read;
    return E_OK;
}

int posix_certificate_check(const uint8_t *der, size_t len, const char *ca_file)
{
    X509 *certificate = parse_certificate(der, len);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    bool ok = certificate != NULL && store != NULL && check != NULL &&
              X509_STORE_load_file(store, ca_file) == 1 &&
              X509_STORE_CTX_init(check, store, certificate, NULL) == 1;
    if (ok) {
        /* The device's clock may be wrong; the gateway checks validity in time. */
        X509_STORE_CTX_set_flags(check, X509_V_FLAG_NO_CHECK_TIME);
        ok = X509_verify_cert(check) == 1;
    }
    X509_STORE_CTX_free(check);
    X509_STORE_free(store);
    X509_free(certificate);
    return ok ? E_OK : E_AUTH;
}
