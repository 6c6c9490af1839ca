/* SPDX-License-Identifier: MIT
 * OpenSSL 3 backend of lib/crypto: RSA verification.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* RSA: a key from two numbers, without a lookup by name */
#include <openssl/bn.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>

#include "base/assert.h"
#include "crypto_openssl.h"

static RSA *new_key(const struct crypto_rsa_key *key)
{
    RSA *rsa = RSA_new();
    BIGNUM *n = BN_bin2bn(key->modulus, (int)key->modulus_len, NULL);
    BIGNUM *e = BN_new();
    if (rsa == NULL || n == NULL || e == NULL || BN_set_word(e, key->exponent) != 1 ||
        RSA_set0_key(rsa, n, e, NULL) != 1) {
        BN_free(e);
        BN_free(n);
        RSA_free(rsa);
        return NULL;
    }
    return rsa;
}

int crypto_backend_rsa_pkcs1_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                                    const uint8_t *digest, const uint8_t *signature)
{
    static const int names[] = {NID_sha256, NID_sha384, NID_sha512};
    ASSERT((size_t)hash < sizeof names / sizeof names[0]);
    openssl_enter();
    RSA *rsa = new_key(key);
    int result = E_IO;
    if (rsa != NULL) {
        result = RSA_verify(names[hash], digest, (unsigned)crypto_hash_len(hash), signature,
                            (unsigned)key->modulus_len, rsa) == 1
                     ? E_OK
                     : E_AUTH;
    }
    RSA_free(rsa);
    openssl_leave();
    return result;
}

int crypto_backend_rsa_pss_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                                  size_t salt_len, const uint8_t *digest, const uint8_t *signature)
{
    const EVP_MD *mds[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
    ASSERT((size_t)hash < sizeof mds / sizeof mds[0]);
    openssl_enter();
    RSA *rsa = new_key(key);
    int result = E_IO;
    if (rsa != NULL) {
        uint8_t encoded[CRYPTO_RSA_MAX_LEN];
        const bool opened = RSA_public_decrypt((int)key->modulus_len, signature, encoded, rsa,
                                               RSA_NO_PADDING) == (int)key->modulus_len;
        result = opened && RSA_verify_PKCS1_PSS_mgf1(rsa, digest, mds[hash], mds[hash], encoded,
                                                     (int)salt_len) == 1
                     ? E_OK
                     : E_AUTH;
    }
    RSA_free(rsa);
    openssl_leave();
    return result;
}
