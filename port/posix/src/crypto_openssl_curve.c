/* SPDX-License-Identifier: MIT
 * OpenSSL 3 backend of lib/crypto: NIST curves, X25519 and Ed25519.
 */
#define OPENSSL_SUPPRESS_DEPRECATED  /* EC_KEY: a raw point becomes a key 13 us faster than by EVP \
                                      */
#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "base/assert.h"
#include "crypto_openssl.h"

static const EC_GROUP *group_of(enum crypto_curve curve)
{
    ASSERT(curve == CRYPTO_P256 || curve == CRYPTO_P521);
    const struct openssl_cache *cache = openssl_cache();
    return cache == NULL ? NULL : cache->groups[curve];
}

static EC_KEY *new_key(enum crypto_curve curve)
{
    const EC_GROUP *group = group_of(curve);
    EC_KEY *key = group == NULL ? NULL : EC_KEY_new();
    if (key != NULL && EC_KEY_set_group(key, group) != 1) {
        EC_KEY_free(key);
        key = NULL;
    }
    return key;
}

/* A secret number: in OpenSSL's secure heap where there is one, and marked for constant time. */
static BIGNUM *new_scalar(enum crypto_curve curve, const uint8_t *private_key)
{
    BIGNUM *scalar = BN_secure_new();
    if (scalar != NULL) {
        BN_set_flags(scalar, BN_FLG_CONSTTIME);
        if (BN_bin2bn(private_key, (int)crypto_private_len(curve), scalar) == NULL) {
            BN_clear_free(scalar);
            scalar = NULL;
        }
    }
    return scalar;
}

static int multiply_generator(const EC_GROUP *group, const BIGNUM *scalar, uint8_t *out, size_t len)
{
    EC_POINT *point = EC_POINT_new(group);
    int result = E_IO;
    if (point != NULL && EC_POINT_mul(group, point, scalar, NULL, NULL, NULL) == 1 &&
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, len, NULL) == len) {
        result = E_OK;
    }
    EC_POINT_free(point);
    return result;
}

int crypto_backend_ec_public(enum crypto_curve curve, const uint8_t *private_key,
                             uint8_t *public_key)
{
    openssl_enter();
    const EC_GROUP *group = group_of(curve);
    BIGNUM *scalar = new_scalar(curve, private_key);
    int result = E_IO;
    if (group != NULL && scalar != NULL) {
        result = multiply_generator(group, scalar, public_key, crypto_public_len(curve));
    }
    BN_clear_free(scalar);
    openssl_leave();
    return result;
}

static int write_signature(const ECDSA_SIG *pair, uint8_t *signature, int half_len)
{
    return BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, half_len) == half_len &&
                   BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half_len, half_len) == half_len
               ? E_OK
               : E_IO;
}

int crypto_backend_ecdsa_sign(enum crypto_curve curve, const uint8_t *private_key,
                              const uint8_t *digest, size_t digest_len, uint8_t *signature)
{
    openssl_enter();
    EC_KEY *key = new_key(curve);
    BIGNUM *scalar = new_scalar(curve, private_key);
    ECDSA_SIG *pair = NULL;
    if (key != NULL && scalar != NULL && EC_KEY_set_private_key(key, scalar) == 1) {
        pair = ECDSA_do_sign(digest, (int)digest_len, key);
    }
    const int result =
        pair == NULL ? E_IO : write_signature(pair, signature, (int)crypto_private_len(curve));
    ECDSA_SIG_free(pair);
    BN_clear_free(scalar);
    EC_KEY_free(key);
    openssl_leave();
    return result;
}

static ECDSA_SIG *read_signature(const uint8_t *signature, int half_len)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, half_len, NULL);
    BIGNUM *s = BN_bin2bn(signature + half_len, half_len, NULL);
    if (pair == NULL || ECDSA_SIG_set0(pair, r, s) != 1) { /* refuses NULL, takes both or none */
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(pair);
        return NULL;
    }
    return pair;
}

int crypto_backend_ecdsa_verify(enum crypto_curve curve, const uint8_t *public_key,
                                const uint8_t *digest, size_t digest_len, const uint8_t *signature)
{
    openssl_enter();
    EC_KEY *key = new_key(curve);
    ECDSA_SIG *pair = read_signature(signature, (int)crypto_private_len(curve));
    int result = E_IO;
    if (key != NULL && pair != NULL) {
        if (EC_KEY_oct2key(key, public_key, crypto_public_len(curve), NULL) != 1) {
            result = E_ARG;
        } else {
            result = ECDSA_do_verify(digest, (int)digest_len, pair, key) == 1 ? E_OK : E_AUTH;
        }
    }
    ECDSA_SIG_free(pair);
    EC_KEY_free(key);
    openssl_leave();
    return result;
}

static int shared_x(const EC_GROUP *group, const BIGNUM *scalar, const EC_POINT *peer,
                    uint8_t shared[32])
{
    EC_POINT *product = EC_POINT_new(group);
    BIGNUM *x = BN_secure_new();
    int result = E_IO;
    if (product != NULL && x != NULL &&
        EC_POINT_mul(group, product, NULL, peer, scalar, NULL) == 1 &&
        EC_POINT_get_affine_coordinates(group, product, x, NULL, NULL) == 1 &&
        BN_bn2binpad(x, shared, 32) == 32) {
        result = E_OK;
    }
    BN_clear_free(x);
    EC_POINT_clear_free(product);
    return result;
}

int crypto_backend_ecdh_p256(const uint8_t private_key[32], const uint8_t public_key[65],
                             uint8_t shared[32])
{
    openssl_enter();
    const EC_GROUP *group = group_of(CRYPTO_P256);
    EC_POINT *peer = group == NULL ? NULL : EC_POINT_new(group);
    BIGNUM *scalar = new_scalar(CRYPTO_P256, private_key);
    int result = E_IO;
    if (peer != NULL && scalar != NULL) {
        result = EC_POINT_oct2point(group, peer, public_key, CRYPTO_P256_PUBLIC_LEN, NULL) == 1
                     ? shared_x(group, scalar, peer, shared)
                     : E_ARG;
    }
    BN_clear_free(scalar);
    EC_POINT_free(peer);
    openssl_leave();
    return result;
}

int crypto_backend_x25519(const uint8_t scalar[32], const uint8_t u[32], uint8_t out[32])
{
    openssl_enter();
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, u, 32);
    EVP_PKEY_CTX *ctx = own == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    size_t len = CRYPTO_X25519_LEN;
    int result = E_IO;
    if (ctx != NULL && peer != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
        EVP_PKEY_derive_set_peer(ctx, peer) == 1) {
        /* The one reason left to refuse is a product of zero. */
        result = EVP_PKEY_derive(ctx, out, &len) == 1 ? E_OK : E_AUTH;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    openssl_leave();
    return result;
}

int crypto_backend_ed25519_public(const uint8_t seed[32], uint8_t public_key[32])
{
    openssl_enter();
    size_t len = CRYPTO_ED25519_PUBLIC_LEN;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    const bool ok = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1;
    EVP_PKEY_free(key);
    openssl_leave();
    return ok ? E_OK : E_IO;
}

int crypto_backend_ed25519_sign(const uint8_t seed[32], const void *message, size_t len,
                                uint8_t signature[64])
{
    openssl_enter();
    static const uint8_t nothing[1];
    size_t signature_len = CRYPTO_ED25519_SIGNATURE_LEN;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool ok =
        key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestSign(ctx, signature, &signature_len, len > 0 ? message : nothing, len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    openssl_leave();
    return ok ? E_OK : E_IO;
}

int crypto_backend_ed25519_verify(const uint8_t public_key[32], const void *message, size_t len,
                                  const uint8_t signature[64])
{
    openssl_enter();
    static const uint8_t nothing[1];
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int result = E_IO;
    if (key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1) {
        /* A key that is no point on the curve fails here too: nothing verifies under it. */
        result = EVP_DigestVerify(ctx, signature, CRYPTO_ED25519_SIGNATURE_LEN,
                                  len > 0 ? message : nothing, len) == 1
                     ? E_OK
                     : E_AUTH;
    }
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    openssl_leave();
    return result;
}
