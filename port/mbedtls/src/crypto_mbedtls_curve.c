/* SPDX-License-Identifier: MIT
 * mbedTLS 2.28 backend of lib/crypto: NIST curves and X25519. It has no Ed25519.
 */
#include "base/assert.h"
#include "crypto_mbedtls.h"
#include "mbedtls/ecdsa.h"
#include "mbedtls/ecp.h"

/* Everything one operation works with; all of it is wiped at the end. */
struct work {
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_mpi scalar;
    mbedtls_mpi r;
    mbedtls_mpi s;
};

static int begin(struct work *w, mbedtls_ecp_group_id id)
{
    mbedtls_ecp_group_init(&w->group);
    mbedtls_ecp_point_init(&w->point);
    mbedtls_mpi_init(&w->scalar);
    mbedtls_mpi_init(&w->r);
    mbedtls_mpi_init(&w->s);
    if (backend_start() != E_OK) {
        return MBEDTLS_ERR_ECP_RANDOM_FAILED;
    }
    return mbedtls_ecp_group_load(&w->group, id);
}

static void end(struct work *w)
{
    mbedtls_mpi_free(&w->s);
    mbedtls_mpi_free(&w->r);
    mbedtls_mpi_free(&w->scalar);
    mbedtls_ecp_point_free(&w->point);
    mbedtls_ecp_group_free(&w->group);
}

static mbedtls_ecp_group_id id_of(enum crypto_curve curve)
{
    ASSERT(curve == CRYPTO_P256 || curve == CRYPTO_P521);
    return curve == CRYPTO_P256 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP521R1;
}

static int read_point(struct work *w, const uint8_t *bytes, size_t len)
{
    const int result = mbedtls_ecp_point_read_binary(&w->group, &w->point, bytes, len);
    return result != 0 ? result : mbedtls_ecp_check_pubkey(&w->group, &w->point);
}

int crypto_backend_ec_public(enum crypto_curve curve, const uint8_t *private_key,
                             uint8_t *public_key)
{
    struct work w;
    size_t written = 0;
    const size_t len = crypto_public_len(curve);
    int result = begin(&w, id_of(curve));
    if (result == 0) {
        result = mbedtls_mpi_read_binary(&w.scalar, private_key, crypto_private_len(curve));
    }
    if (result == 0) {
        result = mbedtls_ecp_mul(&w.group, &w.point, &w.scalar, &w.group.G, backend_draw, NULL);
    }
    if (result == 0) {
        result = mbedtls_ecp_point_write_binary(&w.group, &w.point, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                                &written, public_key, len);
    }
    end(&w);
    return result == 0 && written == len ? E_OK : E_IO;
}

/* The nonce is RFC 6979's: a device whose generator is weak still does not lose its key. */
int crypto_backend_ecdsa_sign(enum crypto_curve curve, const uint8_t *private_key,
                              const uint8_t *digest, size_t digest_len, uint8_t *signature)
{
    struct work w;
    const size_t half = crypto_private_len(curve);
    const enum crypto_hash hash = digest_len == CRYPTO_SHA256_LEN   ? CRYPTO_SHA256
                                  : digest_len == CRYPTO_SHA384_LEN ? CRYPTO_SHA384
                                                                    : CRYPTO_SHA512;
    int result = begin(&w, id_of(curve));
    if (result == 0) {
        result = mbedtls_mpi_read_binary(&w.scalar, private_key, half);
    }
    if (result == 0) {
        result = mbedtls_ecdsa_sign_det_ext(&w.group, &w.r, &w.s, &w.scalar, digest, digest_len,
                                            backend_md(hash), backend_draw, NULL);
    }
    if (result == 0) {
        result = mbedtls_mpi_write_binary(&w.r, signature, half);
    }
    if (result == 0) {
        result = mbedtls_mpi_write_binary(&w.s, signature + half, half);
    }
    end(&w);
    return result == 0 ? E_OK : E_IO;
}

static int verify(struct work *w, const uint8_t *digest, size_t digest_len,
                  const uint8_t *signature, size_t half)
{
    int result = mbedtls_mpi_read_binary(&w->r, signature, half);
    if (result == 0) {
        result = mbedtls_mpi_read_binary(&w->s, signature + half, half);
    }
    if (result == 0) {
        result = mbedtls_ecdsa_verify(&w->group, digest, digest_len, &w->point, &w->r, &w->s);
    }
    return result == 0 ? E_OK : result == MBEDTLS_ERR_ECP_VERIFY_FAILED ? E_AUTH : E_IO;
}

/* mbedTLS says bad input for coordinates not below p, invalid key for a point off the curve. */
static int point_error(int result)
{
    return result == MBEDTLS_ERR_ECP_BAD_INPUT_DATA || result == MBEDTLS_ERR_ECP_INVALID_KEY ? E_ARG
                                                                                             : E_IO;
}

int crypto_backend_ecdsa_verify(enum crypto_curve curve, const uint8_t *public_key,
                                const uint8_t *digest, size_t digest_len, const uint8_t *signature)
{
    struct work w;
    int result = begin(&w, id_of(curve));
    if (result == 0) {
        result = read_point(&w, public_key, crypto_public_len(curve));
    }
    const int outcome = result != 0
                            ? point_error(result)
                            : verify(&w, digest, digest_len, signature, crypto_private_len(curve));
    end(&w);
    return outcome;
}

int crypto_backend_ecdh_p256(const uint8_t private_key[32], const uint8_t public_key[65],
                             uint8_t shared[32])
{
    struct work w;
    int outcome = E_IO;
    int result = begin(&w, MBEDTLS_ECP_DP_SECP256R1);
    if (result == 0) {
        result = read_point(&w, public_key, CRYPTO_P256_PUBLIC_LEN);
        outcome = point_error(result);
    }
    if (result == 0 && mbedtls_mpi_read_binary(&w.scalar, private_key, 32) == 0 &&
        mbedtls_ecp_mul(&w.group, &w.point, &w.scalar, &w.point, backend_draw, NULL) == 0) {
        outcome = mbedtls_mpi_write_binary(&w.point.X, shared, 32) == 0 ? E_OK : E_IO;
    }
    end(&w);
    return outcome;
}

/* RFC 7748 section 5: the scalar is clamped, the highest bit of u ignored. */
static int load_x25519(struct work *w, const uint8_t scalar[32], const uint8_t u[32])
{
    uint8_t bytes[CRYPTO_X25519_LEN];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = scalar[i];
    }
    bytes[0] &= 0xf8;
    bytes[31] = (uint8_t)((bytes[31] & 0x7f) | 0x40);
    int result = mbedtls_mpi_read_binary_le(&w->scalar, bytes, sizeof bytes);
    crypto_wipe(bytes, sizeof bytes);
    if (result == 0) {
        result = mbedtls_ecp_point_read_binary(&w->group, &w->point, u, CRYPTO_X25519_LEN);
    }
    if (result == 0) { /* a u of p or more stands for its remainder */
        result = mbedtls_mpi_mod_mpi(&w->point.X, &w->point.X, &w->group.P);
    }
    return result;
}

int crypto_backend_x25519(const uint8_t scalar[32], const uint8_t u[32], uint8_t out[32])
{
    struct work w;
    int outcome = E_IO;
    if (begin(&w, MBEDTLS_ECP_DP_CURVE25519) == 0 && load_x25519(&w, scalar, u) == 0) {
        const int result =
            mbedtls_ecp_mul(&w.group, &w.point, &w.scalar, &w.point, backend_draw, NULL);
        if (result == MBEDTLS_ERR_ECP_INVALID_KEY) { /* a point of low order */
            outcome = E_AUTH;
        } else if (result == 0) {
            outcome =
                mbedtls_mpi_write_binary_le(&w.point.X, out, CRYPTO_X25519_LEN) == 0 ? E_OK : E_IO;
        }
    }
    end(&w);
    return outcome;
}

int crypto_backend_ed25519_public(const uint8_t seed[32], uint8_t public_key[32])
{
    (void)seed;
    (void)public_key;
    return E_UNSUPPORTED;
}

int crypto_backend_ed25519_sign(const uint8_t seed[32], const void *message, size_t len,
                                uint8_t signature[64])
{
    (void)seed;
    (void)message;
    (void)len;
    (void)signature;
    return E_UNSUPPORTED;
}

int crypto_backend_ed25519_verify(const uint8_t public_key[32], const void *message, size_t len,
                                  const uint8_t signature[64])
{
    (void)public_key;
    (void)message;
    (void)len;
    (void)signature;
    return E_UNSUPPORTED;
}
