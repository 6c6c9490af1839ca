/* SPDX-License-Identifier: MIT
 * RSA signature verification (RFC 8017): checks in front of the backend.
 */
#include "base/assert.h"
#include "crypto/backend.h"

static bool usable(const struct crypto_rsa_key *key)
{
    const size_t len = key->modulus_len;
    if (key->modulus == NULL || len < CRYPTO_RSA_MIN_LEN || len > CRYPTO_RSA_MAX_LEN) {
        return false;
    }
    return (key->modulus[0] & 0x80) != 0 && (key->modulus[len - 1] & 1) != 0 &&
           key->exponent >= 3 && key->exponent % 2 == 1;
}

int crypto_rsa_pkcs1_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                            const uint8_t *digest, const uint8_t *signature, size_t signature_len)
{
    ASSERT(digest != NULL);
    if (!usable(key)) {
        return E_ARG;
    }
    if (signature_len != key->modulus_len) {
        return E_AUTH; /* RFC 8017 section 8.2.2 step 1: an invalid signature */
    }
    return crypto_backend_rsa_pkcs1_verify(key, hash, digest, signature);
}

int crypto_rsa_pss_verify(const struct crypto_rsa_key *key, enum crypto_hash hash, size_t salt_len,
                          const uint8_t *digest, const uint8_t *signature, size_t signature_len)
{
    ASSERT(digest != NULL);
    /* RFC 8017 section 9.1.2 step 3: hash, salt and two bytes must fit. */
    if (!usable(key) || salt_len > key->modulus_len ||
        crypto_hash_len(hash) + salt_len + 2 > key->modulus_len) {
        return E_ARG;
    }
    if (signature_len != key->modulus_len) {
        return E_AUTH;
    }
    return crypto_backend_rsa_pss_verify(key, hash, salt_len, digest, signature);
}
