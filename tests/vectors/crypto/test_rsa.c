/* SPDX-License-Identifier: MIT
 * RSA verification against Wycheproof and NIST CAVP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "rsp.h"
#include "wycheproof.h"

struct rsa_input {
    uint8_t modulus[CRYPTO_RSA_MAX_LEN + 1];
    uint8_t digest[CRYPTO_HASH_MAX_LEN];
    uint8_t signature[CRYPTO_RSA_MAX_LEN + 1];
    size_t signature_len;
    struct crypto_rsa_key key;
};

static void read_case(const struct wycheproof *w, struct rsa_input *in)
{
    uint8_t msg[1024];
    uint8_t exponent[4];
    const size_t msg_len = wycheproof_test_bytes(w, "msg", msg, sizeof msg);
    const size_t len =
        wycheproof_group_bytes(w, "publicKey.modulus", in->modulus, sizeof in->modulus);
    const size_t n =
        wycheproof_group_bytes(w, "publicKey.publicExponent", exponent, sizeof exponent);
    const size_t sign = in->modulus[0] == 0; /* the modulus is written as a signed number */
    in->key = (struct crypto_rsa_key){.modulus = in->modulus + sign, .modulus_len = len - sign};
    for (size_t i = 0; i < n; i++) {
        in->key.exponent = in->key.exponent << 8 | exponent[i];
    }
    in->signature_len = wycheproof_test_bytes(w, "sig", in->signature, sizeof in->signature);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, msg, msg_len, in->digest), E_OK);
}

/* The one acceptable case (MissingNull: a legacy encoding of the hash's name) is refused: RFC 8017
 * section 8.2.2 compares with the one right encoding. */
static enum wycheproof_outcome pkcs1_case(const struct wycheproof *w)
{
    struct rsa_input in;
    read_case(w, &in);
    return wycheproof_judge(w, crypto_rsa_pkcs1_verify(&in.key, CRYPTO_SHA256, in.digest,
                                                       in.signature, in.signature_len) == E_OK);
}

static enum wycheproof_outcome pss_case(const struct wycheproof *w)
{
    struct rsa_input in;
    read_case(w, &in);
    const size_t salt_len = (size_t)wycheproof_group_int(w, "sLen");
    return wycheproof_judge(w, crypto_rsa_pss_verify(&in.key, CRYPTO_SHA256, salt_len, in.digest,
                                                     in.signature, in.signature_len) == E_OK);
}

static void wycheproof_rsa_pkcs1(void)
{
    wycheproof_run("rsa_signature_2048_sha256_test.json", 0, pkcs1_case);
}

static void wycheproof_rsa_pss(void)
{
    wycheproof_run("rsa_pss_2048_sha256_mgf1_32_test.json", 0, pss_case);
}

static bool hash_of(const char *name, enum crypto_hash *hash)
{
    static const char *const names[] = {"SHA256", "SHA384", "SHA512"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *hash = (enum crypto_hash)i;
            return true;
        }
    }
    return false;
}

/* One case of the NIST files; false when the facade has not its key length or hash. */
static bool nist_case(const struct rsp *r, bool pss)
{
    struct rsa_input in = {0};
    enum crypto_hash hash = CRYPTO_SHA256;
    const size_t len = strlen(rsp_text(r, "n")) / 2;
    if (len < CRYPTO_RSA_MIN_LEN || !hash_of(rsp_text(r, "SHAAlg"), &hash)) {
        return false;
    }
    uint8_t msg[256];
    uint8_t exponent[4];
    const size_t msg_len = rsp_bytes(r, "Msg", msg, sizeof msg);
    rsp_number(r, "n", in.modulus, len);
    rsp_number(r, "S", in.signature, len);
    rsp_number(r, "e", exponent, sizeof exponent);
    in.key = (struct crypto_rsa_key){
        .modulus = in.modulus,
        .modulus_len = len,
        .exponent = (uint32_t)exponent[0] << 24 | (uint32_t)exponent[1] << 16 |
                    (uint32_t)exponent[2] << 8 | exponent[3],
    };
    CHECK_EQ(crypto_digest(hash, msg, msg_len, in.digest), E_OK);
    const size_t salt_len = strlen(rsp_text(r, "SaltVal")) / 2;
    const int got =
        pss ? crypto_rsa_pss_verify(&in.key, hash, salt_len, in.digest, in.signature, len)
            : crypto_rsa_pkcs1_verify(&in.key, hash, in.digest, in.signature, len);
    const bool passes = *rsp_text(r, "Result") == 'P';
    if (!CHECK_EQ(got, passes ? E_OK : E_AUTH)) {
        printf("    [%s] Msg = %.32s...\n", r->section, rsp_text(r, "Msg"));
    }
    return true;
}

static void nist_run(const char *path, bool pss)
{
    struct rsp r;
    if (!rsp_open(&r, path)) {
        return;
    }
    unsigned ran = 0;
    unsigned other = 0;
    while (rsp_next(&r, "Result")) {
        if (nist_case(&r, pss)) {
            ran++;
        } else {
            other++;
        }
    }
    printf("  %s: %u cases (2048, 3072, 4096 bits; SHA-256, -384, -512), %u with shorter keys or "
           "weaker hashes\n",
           path, ran, other);
    CHECK_EQ(ran, 162);
    CHECK_EQ(ran + other, 450);
    rsp_close(&r);
}

static void nist_rsa_pkcs1(void)
{
    nist_run("nist/SigVer15_186-3.rsp", false);
}

static void nist_rsa_pss(void)
{
    nist_run("nist/SigVerPSS_186-3.rsp", true);
}

CHECK_MAIN(TEST(wycheproof_rsa_pkcs1), TEST(wycheproof_rsa_pss), TEST(nist_rsa_pkcs1),
           TEST(nist_rsa_pss))
