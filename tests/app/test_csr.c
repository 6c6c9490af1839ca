/* SPDX-License-Identifier: MIT
 * The signing request, read and verified by OpenSSL.
 */
#include "app/csr.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

static uint8_t private_key[32];
static uint8_t public_key[65];

static bool make_key(void)
{
    return CHECK_EQ(crypto_ec_generate(CRYPTO_P256, private_key, public_key), E_OK);
}

static X509_REQ *parse(const uint8_t *der, int len)
{
    const unsigned char *at = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, len);
    CHECK(request != NULL);
    CHECK(at == der + len); /* nothing follows */
    return request;
}

static void a_request_names_the_device_and_its_key_and_is_signed_by_it(void)
{
    /* Every length, so that each form of DER length is used. */
    for (size_t id_len = 1; make_key() && id_len <= 64; id_len++) {
        char id[65] = {0};
        char name[80];
        uint8_t der[CSR_MAX_LEN];
        memset(id, 'a', id_len);
        const int len = csr_write(id, private_key, der, sizeof der);
        if (!CHECK(len > 0)) {
            return;
        }
        X509_REQ *request = parse(der, len);
        EVP_PKEY *key = X509_REQ_get0_pubkey(request);
        unsigned char *spki = NULL;
        const int spki_len = i2d_PUBKEY(key, &spki);
        CHECK_EQ(X509_REQ_verify(request, key), 1);
        CHECK_EQ(X509_REQ_get_version(request), 0);
        CHECK_EQ(X509_NAME_entry_count(X509_REQ_get_subject_name(request)), 1);
        CHECK_EQ(X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, name,
                                           sizeof name),
                 id_len);
        CHECK_STR(name, id);
        CHECK_BYTES(spki + spki_len - 65, 65, public_key, 65);
        /* OpenSSL writes the same bytes again: it is DER. */
        unsigned char *again = NULL;
        const int again_len = i2d_X509_REQ(request, &again);
        CHECK_BYTES(again, (size_t)again_len, der, (size_t)len);
        OPENSSL_free(again);
        OPENSSL_free(spki);
        X509_REQ_free(request);
    }
}

static void a_changed_request_does_not_verify(void)
{
    uint8_t der[CSR_MAX_LEN];
    if (!make_key()) {
        return;
    }
    const int len = csr_write("meter-1", private_key, der, sizeof der);
    uint8_t *name = memmem(der, (size_t)len, "meter-1", 7);
    if (CHECK(name != NULL)) {
        name[6] = '2';
        X509_REQ *request = parse(der, len);
        CHECK(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) != 1);
        X509_REQ_free(request);
        ERR_clear_error();
    }
}

static void names_that_cannot_be_and_buffers_too_small_are_refused(void)
{
    uint8_t der[CSR_MAX_LEN];
    char id[66] = {0};
    if (!make_key()) {
        return;
    }
    CHECK_EQ(csr_write("", private_key, der, sizeof der), E_ARG);
    memset(id, 'x', 65);
    CHECK_EQ(csr_write(id, private_key, der, sizeof der), E_ARG);
    const int len = csr_write("meter-1", private_key, der, sizeof der);
    CHECK(len > 0);
    CHECK_EQ(csr_write("meter-1", private_key, der, 100), E_NOSPACE);
    memset(private_key, 0, sizeof private_key);
    CHECK_EQ(csr_write("meter-1", private_key, der, sizeof der), E_ARG);
}

CHECK_MAIN(TEST(a_request_names_the_device_and_its_key_and_is_signed_by_it),
           TEST(a_changed_request_does_not_verify),
           TEST(names_that_cannot_be_and_buffers_too_small_are_refused))
