/* SPDX-License-Identifier: MIT
 * Lengths by algorithm.
 */
#include "check.h"
#include "crypto/crypto.h"

static void lengths_are_those_of_the_constants(void)
{
    CHECK_EQ(crypto_hash_len(CRYPTO_SHA256), CRYPTO_SHA256_LEN);
    CHECK_EQ(crypto_hash_len(CRYPTO_SHA384), CRYPTO_SHA384_LEN);
    CHECK_EQ(crypto_hash_len(CRYPTO_SHA512), CRYPTO_SHA512_LEN);
    CHECK_EQ(crypto_private_len(CRYPTO_P256), CRYPTO_P256_PRIVATE_LEN);
    CHECK_EQ(crypto_public_len(CRYPTO_P256), CRYPTO_P256_PUBLIC_LEN);
    CHECK_EQ(crypto_signature_len(CRYPTO_P256), CRYPTO_P256_SIGNATURE_LEN);
    CHECK_EQ(crypto_private_len(CRYPTO_P521), CRYPTO_P521_PRIVATE_LEN);
    CHECK_EQ(crypto_public_len(CRYPTO_P521), CRYPTO_P521_PUBLIC_LEN);
    CHECK_EQ(crypto_signature_len(CRYPTO_P521), CRYPTO_P521_SIGNATURE_LEN);
}

CHECK_MAIN(TEST(lengths_are_those_of_the_constants))
