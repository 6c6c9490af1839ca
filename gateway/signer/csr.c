/* SPDX-License-Identifier: MIT
 * The checks of a certificate request, cheapest first; the signature is the last and dearest.
 */
#include "signer/csr.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "signer/limits.h"

/* The only form of a key that is accepted: SubjectPublicKeyInfo of id-ecPublicKey with the named
 * curve prime256v1 (RFC 5480 2.1.1), a bit string without unused bits, an uncompressed point. */
static const uint8_t p256_prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
enum { P256_SPKI_LEN = sizeof p256_prefix + 64 };

static enum signer_refusal check_subject(X509_REQ *req, const char *name, size_t name_len)
{
    X509_NAME *subject = X509_REQ_get_subject_name(req);
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) {
        return SIGNER_REFUSED_CSR_SUBJECT;
    }
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first));
    const int type = ASN1_STRING_type(text);
    if (type != V_ASN1_UTF8STRING && type != V_ASN1_PRINTABLESTRING && type != V_ASN1_IA5STRING) {
        return SIGNER_REFUSED_CSR_SUBJECT;
    }
    /* By length and bytes: a zero inside the name does not end it. */
    const bool same = (size_t)ASN1_STRING_length(text) == name_len &&
                      memcmp(ASN1_STRING_get0_data(text), name, name_len) == 0;
    return same ? SIGNER_REFUSED_NONE : SIGNER_REFUSED_CSR_NAME;
}

static bool key_is_p256(X509_REQ *req)
{
    uint8_t *spki = NULL;
    const int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(req), &spki);
    const bool same = len == P256_SPKI_LEN && memcmp(spki, p256_prefix, sizeof p256_prefix) == 0;
    OPENSSL_free(spki);
    return same;
}

static bool hash_is_fine(const X509_REQ *req)
{
    const int nid = X509_REQ_get_signature_nid(req);
    return nid == NID_ecdsa_with_SHA256 || nid == NID_ecdsa_with_SHA384 ||
           nid == NID_ecdsa_with_SHA512;
}

static enum signer_refusal check(X509_REQ *req, const char *name, size_t name_len, EVP_PKEY **key)
{
    if (X509_REQ_get_version(req) != X509_REQ_VERSION_1) {
        return SIGNER_REFUSED_CSR_VERSION;
    }
    const enum signer_refusal subject = check_subject(req, name, name_len);
    if (subject != SIGNER_REFUSED_NONE) {
        return subject;
    }
    if (!key_is_p256(req)) {
        return SIGNER_REFUSED_CSR_KEY;
    }
    if (!hash_is_fine(req)) {
        return SIGNER_REFUSED_CSR_HASH;
    }
    EVP_PKEY *found = X509_REQ_get_pubkey(req); /* NULL for a point that is not on the curve */
    if (found == NULL) {
        return SIGNER_REFUSED_CSR_KEY;
    }
    if (X509_REQ_verify(req, found) != 1) {
        EVP_PKEY_free(found);
        return SIGNER_REFUSED_CSR_SIGNATURE;
    }
    *key = found;
    return SIGNER_REFUSED_NONE;
}

enum signer_refusal signer_csr_check(const uint8_t *der, size_t len, const char *name,
                                     size_t name_len, EVP_PKEY **key)
{
    ASSERT(der != NULL && name != NULL && key != NULL);
    if (len == 0 || len > SIGNER_CSR_MAX_LEN) {
        return SIGNER_REFUSED_CSR_SIZE;
    }
    const uint8_t *end = der;
    X509_REQ *req = d2i_X509_REQ(NULL, &end, (long)len);
    enum signer_refusal refusal = SIGNER_REFUSED_CSR_FORM;
    if (req != NULL && end == der + len) {
        refusal = check(req, name, name_len, key);
    }
    X509_REQ_free(req);
    ERR_clear_error();
    return refusal;
}
