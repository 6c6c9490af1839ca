/* SPDX-License-Identifier: MIT
 * Curve25519: X25519 (RFC 7748) and Ed25519 (RFC 8032).
 */
#include "base/assert.h"
#include "crypto/backend.h"

int crypto_x25519_public(const uint8_t private_key[32], uint8_t public_key[32])
{
    static const uint8_t base_u[CRYPTO_X25519_LEN] = {9};
    return crypto_backend_x25519(private_key, base_u, public_key);
}

int crypto_x25519(const uint8_t private_key[32], const uint8_t public_key[32], uint8_t shared[32])
{
    static const uint8_t zero[CRYPTO_X25519_LEN];
    uint8_t out[CRYPTO_X25519_LEN];
    int result = crypto_backend_x25519(private_key, public_key, out);
    ASSERT(result <= E_OK);
    /* RFC 7748 section 6.1: a peer that makes the secret zero contributes nothing to it. */
    if (result == E_OK && crypto_equal(out, zero, sizeof out)) {
        result = E_AUTH;
    }
    for (size_t i = 0; i < sizeof out && result == E_OK; i++) {
        shared[i] = out[i];
    }
    crypto_wipe(out, sizeof out);
    return result;
}

int crypto_ed25519_public(const uint8_t seed[32], uint8_t public_key[32])
{
    return crypto_backend_ed25519_public(seed, public_key);
}

int crypto_ed25519_sign(const uint8_t seed[32], const void *message, size_t len,
                        uint8_t signature[64])
{
    if (message == NULL && len > 0) {
        return E_ARG;
    }
    return crypto_backend_ed25519_sign(seed, message, len, signature);
}

int crypto_ed25519_verify(const uint8_t public_key[32], const void *message, size_t len,
                          const uint8_t signature[64])
{
    if (message == NULL && len > 0) {
        return E_ARG;
    }
    return crypto_backend_ed25519_verify(public_key, message, len, signature);
}
