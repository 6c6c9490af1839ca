/* SPDX-License-Identifier: MIT
 * ECDSA, ECDH and key generation on the NIST curves: round trips and refusals.
 */
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

static const enum crypto_curve curves[] = {CRYPTO_P256, CRYPTO_P521};

/* RFC 6979 A.2.5: the key of its P-256 examples, and the signature of "sample" with SHA-256. */
static const uint8_t rfc_private[32] = {
    0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
    0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};
static const uint8_t rfc_public[65] = {
    0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74,
    0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6,
    0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8,
    0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2,
    0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};
static const uint8_t rfc_signature[64] = {
    0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6,
    0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
    0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65,
    0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8};

/* n of P-256, and n of P-521. */
static const uint8_t p256_order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
static const uint8_t p521_order_end[32] = {
    0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0,
    0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09};

static void p521_order(uint8_t out[66])
{
    memset(out, 0xff, 66);
    out[0] = 0x01;
    out[33] = 0xfa;
    memcpy(out + 34, p521_order_end, 32);
}

static void the_rfc_key_and_signature_hold(void)
{
    uint8_t public_key[65];
    uint8_t digest[32];
    CHECK_EQ(crypto_ec_public(CRYPTO_P256, rfc_private, public_key), E_OK);
    CHECK_BYTES(public_key, sizeof public_key, rfc_public, sizeof rfc_public);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, "sample", 6, digest), E_OK);
    CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, rfc_public, digest, 32, rfc_signature), E_OK);
    digest[31] ^= 1;
    CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, rfc_public, digest, 32, rfc_signature), E_AUTH);
}

static void what_one_key_signs_only_it_verifies(void)
{
    for (size_t c = 0; c < 2; c++) {
        uint8_t private_key[CRYPTO_P521_PRIVATE_LEN];
        uint8_t public_key[2][CRYPTO_P521_PUBLIC_LEN];
        uint8_t signature[CRYPTO_P521_SIGNATURE_LEN];
        uint8_t digest[64] = {1, 2, 3};
        CHECK_EQ(crypto_ec_generate(curves[c], private_key, public_key[1]), E_OK);
        CHECK_EQ(crypto_ec_generate(curves[c], private_key, public_key[0]), E_OK);
        CHECK_EQ(crypto_ecdsa_sign(curves[c], private_key, digest, 64, signature), E_OK);
        CHECK_EQ(crypto_ecdsa_verify(curves[c], public_key[0], digest, 64, signature), E_OK);
        CHECK_EQ(crypto_ecdsa_verify(curves[c], public_key[1], digest, 64, signature), E_AUTH);
        CHECK_EQ(crypto_ecdsa_verify(curves[c], public_key[0], digest, 48, signature),
                 curves[c] == CRYPTO_P256 ? E_OK : E_AUTH); /* the leftmost bits count */
        for (size_t i = 0; i < crypto_signature_len(curves[c]); i += 31) {
            signature[i] ^= 0x10;
            CHECK_EQ(crypto_ecdsa_verify(curves[c], public_key[0], digest, 64, signature), E_AUTH);
            signature[i] ^= 0x10;
        }
    }
}

static void a_scalar_outside_1_to_n_minus_1_is_refused(void)
{
    uint8_t scalar[CRYPTO_P521_PRIVATE_LEN];
    uint8_t out[CRYPTO_P521_PUBLIC_LEN];
    const uint8_t digest[32] = {1};
    for (size_t c = 0; c < 2; c++) {
        const size_t len = crypto_private_len(curves[c]);
        memset(scalar, 0, sizeof scalar);
        CHECK_EQ(crypto_ec_public(curves[c], scalar, out), E_ARG);
        CHECK_EQ(crypto_ecdsa_sign(curves[c], scalar, digest, 32, out), E_ARG);
        scalar[len - 1] = 1;
        CHECK_EQ(crypto_ec_public(curves[c], scalar, out), E_OK);
        if (curves[c] == CRYPTO_P256) {
            memcpy(scalar, p256_order, sizeof p256_order);
        } else {
            p521_order(scalar);
        }
        CHECK_EQ(crypto_ec_public(curves[c], scalar, out), E_ARG);
        scalar[len - 1]--;
        CHECK_EQ(crypto_ec_public(curves[c], scalar, out), E_OK);
        scalar[len - 1] += 2;
        CHECK_EQ(crypto_ec_public(curves[c], scalar, out), E_ARG);
        memset(scalar, 0xff, sizeof scalar);
        CHECK_EQ(crypto_ec_public(curves[c], scalar, out), E_ARG);
    }
}

static void zero_and_n_are_no_signature_parts(void)
{
    uint8_t digest[32];
    uint8_t signature[64];
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, "sample", 6, digest), E_OK);
    for (size_t half = 0; half < 2; half++) {
        memcpy(signature, rfc_signature, sizeof signature);
        memset(signature + 32 * half, 0, 32);
        CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, rfc_public, digest, 32, signature), E_AUTH);
        memcpy(signature + 32 * half, p256_order, 32);
        CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, rfc_public, digest, 32, signature), E_AUTH);
        memset(signature + 32 * half, 0xff, 32);
        CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, rfc_public, digest, 32, signature), E_AUTH);
    }
}

static void a_point_off_the_curve_is_no_key(void)
{
    const uint8_t digest[32] = {1};
    uint8_t shared[32];
    uint8_t point[65];
    memcpy(point, rfc_public, sizeof point);
    point[64] ^= 1;
    CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, point, digest, 32, rfc_signature), E_ARG);
    CHECK_EQ(crypto_ecdh_p256(rfc_private, point, shared), E_ARG);
    memset(point + 1, 0, 64);
    CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, point, digest, 32, rfc_signature), E_ARG);
    CHECK_EQ(crypto_ecdh_p256(rfc_private, point, shared), E_ARG);
    memset(point + 1, 0xff, 64); /* a coordinate not below p */
    CHECK_EQ(crypto_ecdh_p256(rfc_private, point, shared), E_ARG);
}

static void only_uncompressed_points_are_keys(void)
{
    const uint8_t digest[32] = {1};
    uint8_t shared[32];
    uint8_t point[65];
    memcpy(point, rfc_public, sizeof point);
    static const uint8_t forms[] = {0, 2, 3, 5, 6, 7, 0xff};
    for (size_t i = 0; i < sizeof forms; i++) {
        point[0] = forms[i];
        CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, point, digest, 32, rfc_signature), E_ARG);
        CHECK_EQ(crypto_ecdh_p256(rfc_private, point, shared), E_ARG);
    }
}

static void a_digest_has_the_length_of_a_hash(void)
{
    static const uint8_t digest[65];
    uint8_t signature[64];
    for (size_t len = 0; len <= 65; len++) {
        const int want = len == 32 || len == 48 || len == 64 ? E_AUTH : E_ARG;
        CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, rfc_public, digest, len, rfc_signature), want);
        if (want == E_ARG) {
            CHECK_EQ(crypto_ecdsa_sign(CRYPTO_P256, rfc_private, digest, len, signature), E_ARG);
        }
    }
}

static void both_sides_of_ecdh_agree(void)
{
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t a[32];
    uint8_t b[32];
    CHECK_EQ(crypto_ec_generate(CRYPTO_P256, private_key, public_key), E_OK);
    CHECK_EQ(crypto_ecdh_p256(private_key, rfc_public, a), E_OK);
    CHECK_EQ(crypto_ecdh_p256(rfc_private, public_key, b), E_OK);
    CHECK_BYTES(a, sizeof a, b, sizeof b);
}

CHECK_MAIN(TEST(the_rfc_key_and_signature_hold), TEST(what_one_key_signs_only_it_verifies),
           TEST(a_scalar_outside_1_to_n_minus_1_is_refused),
           TEST(zero_and_n_are_no_signature_parts), TEST(a_point_off_the_curve_is_no_key),
           TEST(only_uncompressed_points_are_keys), TEST(a_digest_has_the_length_of_a_hash),
           TEST(both_sides_of_ecdh_agree))
