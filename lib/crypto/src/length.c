/* SPDX-License-Identifier: MIT
 * Lengths by algorithm.
 */
#include "base/assert.h"
#include "crypto/crypto.h"

size_t crypto_hash_len(enum crypto_hash hash)
{
    static const uint8_t lengths[] = {CRYPTO_SHA256_LEN, CRYPTO_SHA384_LEN, CRYPTO_SHA512_LEN};
    ASSERT((size_t)hash < sizeof lengths);
    return lengths[hash];
}

size_t crypto_private_len(enum crypto_curve curve)
{
    ASSERT(curve == CRYPTO_P256 || curve == CRYPTO_P521);
    return curve == CRYPTO_P256 ? CRYPTO_P256_PRIVATE_LEN : CRYPTO_P521_PRIVATE_LEN;
}

size_t crypto_public_len(enum crypto_curve curve)
{
    return 1 + 2 * crypto_private_len(curve);
}

size_t crypto_signature_len(enum crypto_curve curve)
{
    return 2 * crypto_private_len(curve);
}
