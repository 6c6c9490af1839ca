/* SPDX-License-Identifier: MIT
 * Elliptic curves against Wycheproof, NIST CAVP and RFC 6979.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "rsp.h"
#include "wycheproof.h"

static size_t sha256_of_message(const struct wycheproof *w, uint8_t digest[32])
{
    uint8_t msg[1024];
    const size_t len = wycheproof_test_bytes(w, "msg", msg, sizeof msg);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, msg, len, digest), E_OK);
    return len;
}

/* A signature of another length does not fit the facade's type; its caller checks the length. */
static enum wycheproof_outcome p1363_case(const struct wycheproof *w)
{
    uint8_t key[CRYPTO_P256_PUBLIC_LEN];
    uint8_t signature[128];
    uint8_t digest[32];
    sha256_of_message(w, digest);
    CHECK_EQ(wycheproof_group_bytes(w, "publicKey.uncompressed", key, sizeof key), sizeof key);
    const size_t len = wycheproof_test_bytes(w, "sig", signature, sizeof signature);
    if (len != CRYPTO_P256_SIGNATURE_LEN) {
        return w->result == WYCHEPROOF_INVALID ? CASE_REFUSED : CASE_WRONG;
    }
    return wycheproof_judge(
        w, crypto_ecdsa_verify(CRYPTO_P256, key, digest, sizeof digest, signature) == E_OK);
}

static enum wycheproof_outcome der_case(const struct wycheproof *w)
{
    uint8_t key[CRYPTO_P256_PUBLIC_LEN];
    uint8_t der[5000];
    uint8_t signature[CRYPTO_P256_SIGNATURE_LEN];
    uint8_t digest[32];
    sha256_of_message(w, digest);
    CHECK_EQ(wycheproof_group_bytes(w, "publicKey.uncompressed", key, sizeof key), sizeof key);
    const size_t len = wycheproof_test_bytes(w, "sig", der, sizeof der);
    if (crypto_ecdsa_from_der(der, len, signature) != E_OK) {
        return wycheproof_judge(w, false);
    }
    /* What was read must be written the same way: only one encoding is ever accepted. */
    uint8_t again[CRYPTO_P256_DER_MAX_LEN];
    const size_t again_len = crypto_ecdsa_to_der(signature, again);
    if (!CHECK_BYTES(again, again_len, der, len)) {
        return CASE_WRONG;
    }
    return wycheproof_judge(
        w, crypto_ecdsa_verify(CRYPTO_P256, key, digest, sizeof digest, signature) == E_OK);
}

/* The facade takes uncompressed points of 65 bytes. Other encodings (CompressedPoint, another
 * curve's, nothing) do not fit its type or its first byte: refused; the one "acceptable" case is a
 * compressed point on the right curve. */
static enum wycheproof_outcome ecdh_case(const struct wycheproof *w)
{
    uint8_t public_key[CRYPTO_P256_PUBLIC_LEN] = {0};
    uint8_t bytes[40];
    uint8_t private_key[32] = {0};
    uint8_t want[32];
    uint8_t got[32];
    const size_t public_len = wycheproof_test_bytes(w, "public", public_key, sizeof public_key);
    const size_t n = wycheproof_test_bytes(w, "private", bytes, sizeof bytes);
    const size_t want_len = wycheproof_test_bytes(w, "shared", want, sizeof want);
    for (size_t i = 0; i < n && i < sizeof private_key; i++) { /* a number of any length */
        private_key[sizeof private_key - 1 - i] = bytes[n - 1 - i];
    }
    const int result = crypto_ecdh_p256(private_key, public_key, got);
    if (public_len != CRYPTO_P256_PUBLIC_LEN) {
        return result == E_ARG && w->result != WYCHEPROOF_VALID ? CASE_REFUSED : CASE_WRONG;
    }
    return wycheproof_judge(w, result == E_OK && want_len == 32 && memcmp(got, want, 32) == 0);
}

/* Acceptable means: a library may refuse. By flag: ZeroSharedSecret is refused (RFC 7748 section
 * 6.1), everything else (Twist, NonCanonicalPublic, EdgeCase...) is computed and must be right. */
static enum wycheproof_outcome x25519_case(const struct wycheproof *w)
{
    uint8_t public_key[32];
    uint8_t private_key[32];
    uint8_t want[32];
    uint8_t got[32];
    CHECK_EQ(wycheproof_test_bytes(w, "public", public_key, 32), 32);
    CHECK_EQ(wycheproof_test_bytes(w, "private", private_key, 32), 32);
    CHECK_EQ(wycheproof_test_bytes(w, "shared", want, 32), 32);
    const int result = crypto_x25519(private_key, public_key, got);
    if (wycheproof_has_flag(w, "ZeroSharedSecret")) {
        return result == E_AUTH && w->result == WYCHEPROOF_ACCEPTABLE ? CASE_RIGHT : CASE_WRONG;
    }
    return result == E_OK && w->result != WYCHEPROOF_INVALID && memcmp(got, want, 32) == 0
               ? CASE_RIGHT
               : CASE_WRONG;
}

static enum wycheproof_outcome ed25519_case(const struct wycheproof *w)
{
    uint8_t key[32];
    uint8_t msg[1024];
    uint8_t signature[128];
    CHECK_EQ(wycheproof_group_bytes(w, "publicKey.pk", key, sizeof key), sizeof key);
    const size_t msg_len = wycheproof_test_bytes(w, "msg", msg, sizeof msg);
    const size_t len = wycheproof_test_bytes(w, "sig", signature, sizeof signature);
    if (len != CRYPTO_ED25519_SIGNATURE_LEN) {
        return w->result == WYCHEPROOF_INVALID ? CASE_REFUSED : CASE_WRONG;
    }
    return wycheproof_judge(w, crypto_ed25519_verify(key, msg, msg_len, signature) == E_OK);
}

static void wycheproof_ecdsa_p256_fixed_length(void)
{
    wycheproof_run("ecdsa_secp256r1_sha256_p1363_test.json", 21, p1363_case);
}

static void wycheproof_ecdsa_p256_der(void)
{
    wycheproof_run("ecdsa_secp256r1_sha256_test.json", 0, der_case);
}

static void wycheproof_ecdh_p256(void)
{
    wycheproof_run("ecdh_secp256r1_ecpoint_test.json", 9, ecdh_case);
}

static void wycheproof_x25519(void)
{
    wycheproof_run("x25519_test.json", 0, x25519_case);
}

static void wycheproof_ed25519(void)
{
    uint8_t key[32] = {0};
    if (crypto_ed25519_public(key, key) == E_UNSUPPORTED) {
        check_skip("this backend has no Ed25519");
        return;
    }
    wycheproof_run("ed25519_test.json", 12, ed25519_case);
}

static bool section_names(const char *section, const char *curve, enum crypto_hash *hash)
{
    static const char *const hashes[] = {"SHA-256", "SHA-384", "SHA-512"};
    const size_t n = strlen(curve);
    for (int i = 0; i < 3 && strncmp(section, curve, n) == 0 && section[n] == ','; i++) {
        if (strcmp(section + n + 1, hashes[i]) == 0) {
            *hash = (enum crypto_hash)i;
            return true;
        }
    }
    return false;
}

/* The result of the current case: the facade must agree with the last line. */
static void nist_ecdsa_case(const struct rsp *r, enum crypto_curve curve, enum crypto_hash hash)
{
    const size_t len = crypto_private_len(curve);
    uint8_t key[CRYPTO_P521_PUBLIC_LEN] = {4};
    uint8_t signature[CRYPTO_P521_SIGNATURE_LEN];
    uint8_t msg[256];
    uint8_t digest[CRYPTO_HASH_MAX_LEN];
    rsp_number(r, "Qx", key + 1, len);
    rsp_number(r, "Qy", key + 1 + len, len);
    rsp_number(r, "R", signature, len);
    rsp_number(r, "S", signature + len, len);
    const size_t msg_len = rsp_bytes(r, "Msg", msg, sizeof msg);
    CHECK_EQ(crypto_digest(hash, msg, msg_len, digest), E_OK);
    const int got = crypto_ecdsa_verify(curve, key, digest, crypto_hash_len(hash), signature);
    const bool passes = *rsp_text(r, "Result") == 'P';
    if (!CHECK(passes ? got == E_OK : got != E_OK)) {
        printf("    [%s] Msg = %.32s...\n", r->section, rsp_text(r, "Msg"));
    }
}

static void nist_ecdsa_signature_verification(void)
{
    struct rsp r;
    if (!rsp_open(&r, "nist/ECDSA_FIPS186-3_SigVer.rsp")) {
        return;
    }
    unsigned ran = 0;
    unsigned other = 0;
    while (rsp_next(&r, "Result")) {
        enum crypto_hash hash = CRYPTO_SHA256;
        if (section_names(r.section, "P-256", &hash)) {
            nist_ecdsa_case(&r, CRYPTO_P256, hash);
            ran++;
        } else if (section_names(r.section, "P-521", &hash)) {
            nist_ecdsa_case(&r, CRYPTO_P521, hash);
            ran++;
        } else {
            other++;
        }
    }
    printf("  ECDSA_FIPS186-3_SigVer.rsp: %u cases (P-256, P-521; SHA-256, -384, -512), %u of "
           "curves and hashes the facade does not have\n",
           ran, other);
    CHECK_EQ(ran, 90);
    CHECK_EQ(ran + other, 1125);
    rsp_close(&r);
}

CHECK_MAIN(TEST(wycheproof_ecdsa_p256_fixed_length), TEST(wycheproof_ecdsa_p256_der),
           TEST(wycheproof_ecdh_p256), TEST(wycheproof_x25519), TEST(wycheproof_ed25519),
           TEST(nist_ecdsa_signature_verification))
