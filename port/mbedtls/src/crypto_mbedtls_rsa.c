/* SPDX-License-Identifier: MIT
 * mbedTLS 2.28 backend of lib/crypto: RSA verification.
 */
#include "crypto_mbedtls.h"
#include "mbedtls/rsa.h"

static int load(mbedtls_rsa_context *rsa, const struct crypto_rsa_key *key)
{
    const uint8_t exponent[4] = {(uint8_t)(key->exponent >> 24), (uint8_t)(key->exponent >> 16),
                                 (uint8_t)(key->exponent >> 8), (uint8_t)key->exponent};
    mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V15, 0);
    if (backend_start() != E_OK) {
        return MBEDTLS_ERR_RSA_RNG_FAILED;
    }
    const int result = mbedtls_rsa_import_raw(rsa, key->modulus, key->modulus_len, NULL, 0, NULL, 0,
                                              NULL, 0, exponent, sizeof exponent);
    return result != 0 ? result : mbedtls_rsa_complete(rsa);
}

/* mbedTLS has many names for a signature that does not hold; what is left is memory. */
static int outcome(int result)
{
    const int low = -(-result & 0x7f); /* the number of the module below RSA's */
    if (result == 0) {
        return E_OK;
    }
    return low == MBEDTLS_ERR_MPI_ALLOC_FAILED ? E_IO : E_AUTH;
}

int crypto_backend_rsa_pkcs1_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                                    const uint8_t *digest, const uint8_t *signature)
{
    mbedtls_rsa_context rsa;
    int result = E_IO;
    if (load(&rsa, key) == 0) {
        result = outcome(mbedtls_rsa_rsassa_pkcs1_v15_verify(
            &rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, backend_md(hash), (unsigned)crypto_hash_len(hash),
            digest, signature));
    }
    mbedtls_rsa_free(&rsa);
    return result;
}

int crypto_backend_rsa_pss_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                                  size_t salt_len, const uint8_t *digest, const uint8_t *signature)
{
    mbedtls_rsa_context rsa;
    int result = E_IO;
    if (load(&rsa, key) == 0) {
        result = outcome(mbedtls_rsa_rsassa_pss_verify_ext(
            &rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, backend_md(hash), (unsigned)crypto_hash_len(hash),
            digest, backend_md(hash), (int)salt_len, signature));
    }
    mbedtls_rsa_free(&rsa);
    return result;
}
