/* SPDX-License-Identifier: MIT
 * NIST curves (SP 800-186): key generation, and checks in front of ECDSA and ECDH.
 */
#include <string.h>

#include "base/assert.h"
#include "crypto/backend.h"

/* Group orders n, SP 800-186 section 3.2.1. */
static const uint8_t p256_order[CRYPTO_P256_PRIVATE_LEN] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
static const uint8_t p521_order[CRYPTO_P521_PRIVATE_LEN] = {
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b,
    0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c,
    0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09};

/* A draw of P-256 is refused once in 2^32, one of P-521 once in 2^257. */
enum { DRAWS_MAX = 16 };

static const uint8_t *order_of(enum crypto_curve curve)
{
    return curve == CRYPTO_P256 ? p256_order : p521_order;
}

/* 0 < scalar < n, in time that does not depend on the scalar. */
static bool in_range(enum crypto_curve curve, const uint8_t *scalar)
{
    const uint8_t *order = order_of(curve);
    unsigned borrow = 0;
    unsigned any = 0;
    for (size_t i = crypto_private_len(curve); i > 0; i--) {
        borrow = ((unsigned)scalar[i - 1] - order[i - 1] - borrow) >> 31;
        any |= scalar[i - 1];
    }
    return (borrow & (0U - any) >> 31) != 0;
}

static bool uncompressed(const uint8_t *public_key)
{
    return public_key != NULL && public_key[0] == 4;
}

static bool hash_sized(size_t digest_len)
{
    return digest_len == CRYPTO_SHA256_LEN || digest_len == CRYPTO_SHA384_LEN ||
           digest_len == CRYPTO_SHA512_LEN;
}

int crypto_ec_generate(enum crypto_curve curve, uint8_t *private_key, uint8_t *public_key)
{
    const size_t len = crypto_private_len(curve);
    uint8_t scalar[CRYPTO_P521_PRIVATE_LEN];
    int result = E_IO;
    for (int draw = 0; draw < DRAWS_MAX; draw++) { /* FIPS 186-5 A.2.2: draw again, no bias */
        result = crypto_backend_random(scalar, len);
        if (curve == CRYPTO_P521) {
            scalar[0] &= 1;
        }
        if (result != E_OK || in_range(curve, scalar)) {
            break;
        }
        result = E_IO; /* a generator that does this to the end is broken */
    }
    if (result == E_OK) {
        result = crypto_backend_ec_public(curve, scalar, public_key);
    }
    if (result == E_OK) {
        memcpy(private_key, scalar, len);
    }
    crypto_wipe(scalar, sizeof scalar);
    return result;
}

int crypto_ec_public(enum crypto_curve curve, const uint8_t *private_key, uint8_t *public_key)
{
    if (!in_range(curve, private_key)) {
        return E_ARG;
    }
    return crypto_backend_ec_public(curve, private_key, public_key);
}

int crypto_ecdsa_sign(enum crypto_curve curve, const uint8_t *private_key, const uint8_t *digest,
                      size_t digest_len, uint8_t *signature)
{
    if (!in_range(curve, private_key) || !hash_sized(digest_len)) {
        return E_ARG;
    }
    return crypto_backend_ecdsa_sign(curve, private_key, digest, digest_len, signature);
}

int crypto_ecdsa_verify(enum crypto_curve curve, const uint8_t *public_key, const uint8_t *digest,
                        size_t digest_len, const uint8_t *signature)
{
    ASSERT(curve == CRYPTO_P256 || curve == CRYPTO_P521);
    if (!uncompressed(public_key) || !hash_sized(digest_len)) {
        return E_ARG;
    }
    return crypto_backend_ecdsa_verify(curve, public_key, digest, digest_len, signature);
}

int crypto_ecdh_p256(const uint8_t private_key[32], const uint8_t public_key[65],
                     uint8_t shared[32])
{
    if (!in_range(CRYPTO_P256, private_key) || !uncompressed(public_key)) {
        return E_ARG;
    }
    return crypto_backend_ecdh_p256(private_key, public_key, shared);
}
