/* SPDX-License-Identifier: MIT
 * X.509 and PKCS #7 by OpenSSL.
 */
#include "enrol/certificate.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "enrol/base64_lines.h"

/* The last 65 bytes of a P-256 SubjectPublicKeyInfo are its point. */
enum { SPKI_LEN = 91 };

static bool take_point(X509_PUBKEY *spki, uint8_t out[CERTIFICATE_PUBLIC_LEN])
{
    uint8_t *der = NULL;
    const int len = i2d_X509_PUBKEY(spki, &der);
    const bool fits = len == SPKI_LEN && der[SPKI_LEN - CERTIFICATE_PUBLIC_LEN] == 4;
    if (fits) {
        memcpy(out, der + SPKI_LEN - CERTIFICATE_PUBLIC_LEN, CERTIFICATE_PUBLIC_LEN);
    }
    OPENSSL_free(der);
    return fits;
}

static bool take_serial(const X509 *certificate, char out[CERTIFICATE_SERIAL_CAP])
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *text = number == NULL ? NULL : BN_bn2hex(number);
    const bool fits = text != NULL && strlen(text) < CERTIFICATE_SERIAL_CAP;
    if (fits) {
        memcpy(out, text, strlen(text) + 1);
    }
    OPENSSL_free(text);
    BN_free(number);
    return fits;
}

static bool take_time(const ASN1_TIME *time, int64_t *unix_ms)
{
    struct tm utc;
    if (ASN1_TIME_to_tm(time, &utc) != 1) {
        return false;
    }
    *unix_ms = (int64_t)timegm(&utc) * 1000;
    return true;
}

static X509 *parse(const uint8_t *der, size_t len)
{
    const uint8_t *end = der;
    X509 *certificate = d2i_X509(NULL, &end, (long)len);
    if (certificate != NULL && end != der + len) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

int certificate_read(const uint8_t *der, size_t len, struct certificate_facts *facts)
{
    X509 *certificate = parse(der, len);
    const bool read = certificate != NULL && take_serial(certificate, facts->serial) &&
                      take_point(X509_get_X509_PUBKEY(certificate), facts->public_key) &&
                      take_time(X509_get0_notBefore(certificate), &facts->not_before_unix_ms) &&
                      take_time(X509_get0_notAfter(certificate), &facts->not_after_unix_ms);
    X509_free(certificate);
    ERR_clear_error();
    return read ? E_OK : E_MALFORMED;
}

int certificate_request_key(const uint8_t *csr_der, size_t len,
                            uint8_t public_key[CERTIFICATE_PUBLIC_LEN])
{
    const uint8_t *end = csr_der;
    X509_REQ *request = d2i_X509_REQ(NULL, &end, (long)len);
    const bool read = request != NULL && take_point(X509_REQ_get_X509_PUBKEY(request), public_key);
    X509_REQ_free(request);
    ERR_clear_error();
    return read ? E_OK : E_MALFORMED;
}

static PKCS7 *wrap(X509 *certificate)
{
    PKCS7 *bundle = PKCS7_new();
    if (bundle != NULL &&
        (PKCS7_set_type(bundle, NID_pkcs7_signed) != 1 ||
         PKCS7_content_new(bundle, NID_pkcs7_data) != 1 || PKCS7_set_detached(bundle, 1) != 1 ||
         PKCS7_add_certificate(bundle, certificate) != 1)) {
        PKCS7_free(bundle);
        bundle = NULL;
    }
    return bundle;
}

int certificate_bundle(const uint8_t *der, size_t len, uint8_t *out, size_t cap)
{
    X509 *certificate = parse(der, len);
    PKCS7 *bundle = certificate == NULL ? NULL : wrap(certificate);
    int result = E_MALFORMED;
    if (bundle != NULL) {
        uint8_t *end = out;
        const int wanted = i2d_PKCS7(bundle, NULL);
        result = wanted <= 0 ? E_MALFORMED : (size_t)wanted > cap ? E_NOSPACE : wanted;
        if (result > 0) {
            i2d_PKCS7(bundle, &end);
        }
    }
    PKCS7_free(bundle);
    X509_free(certificate);
    ERR_clear_error();
    return result;
}

void certificate_put_pem(struct wbuf *w, const uint8_t *der, size_t len)
{
    wbuf_str(w, "-----BEGIN CERTIFICATE-----\n");
    base64_lines_put(w, der, len);
    wbuf_str(w, "-----END CERTIFICATE-----\n");
}
