/* bench: crypto crypto_openssl port_posix OpenSSL::Crypto */
/* SPDX-License-Identifier: MIT
 * What the facade costs over OpenSSL called directly, as well as one can with everything prepared
 * outside of the loop: fetched algorithms, a living context, a parsed key. Both sides run in turns,
 * the best round of each counts. The ratio is facade to direct, above 1 the facade is slower.
 */
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/crypto.h"

enum { ROUNDS = 15, MESSAGE_LEN = 200 };

static struct {
    uint8_t message[MESSAGE_LEN];
    uint8_t out[MESSAGE_LEN];
    uint8_t tag[16];
    uint8_t digest[32];
    uint8_t symmetric[32];
    uint8_t nonce[12];
    uint8_t p256_private[32];
    uint8_t p256_public[65];
    uint8_t p256_signature[64];
    uint8_t p256_der[CRYPTO_P256_DER_MAX_LEN];
    size_t p256_der_len;
    uint8_t ed25519_seed[32];
    uint8_t ed25519_public[32];
    uint8_t ed25519_signature[64];
    EVP_PKEY *p256;
    EVP_PKEY *ed25519;
    EVP_PKEY_CTX *p256_verify;
    EVP_PKEY_CTX *p256_sign;
    EVP_MD *sha256;
    EVP_MD_CTX *md;
    EVP_CIPHER *gcm;
    EVP_CIPHER_CTX *cipher;
} bench;

static void require(bool holds)
{
    if (!holds) {
        fprintf(stderr, "bench_crypto: a call failed\n");
        exit(1);
    }
}

/* ---- the pairs ---- */
static void facade_sha256(void)
{
    require(crypto_digest(CRYPTO_SHA256, bench.message, MESSAGE_LEN, bench.out) == E_OK);
}
static void direct_sha256(void)
{
    require(EVP_DigestInit_ex2(bench.md, bench.sha256, NULL) == 1 &&
            EVP_DigestUpdate(bench.md, bench.message, MESSAGE_LEN) == 1 &&
            EVP_DigestFinal_ex(bench.md, bench.out, NULL) == 1);
}

static void facade_gcm(void)
{
    const struct crypto_aead_key key = {CRYPTO_AES_GCM, bench.symmetric, 16, 16};
    const struct crypto_aead_head head = {bench.nonce, 12, NULL, 0};
    require(crypto_aead_seal(&key, &head, bench.message, MESSAGE_LEN, bench.out, bench.tag) ==
            E_OK);
}
static void direct_gcm(void)
{
    int n = 0;
    require(EVP_EncryptInit_ex2(bench.cipher, bench.gcm, bench.symmetric, bench.nonce, NULL) == 1 &&
            EVP_EncryptUpdate(bench.cipher, bench.out, &n, bench.message, MESSAGE_LEN) == 1 &&
            EVP_EncryptFinal_ex(bench.cipher, bench.out + n, &n) == 1 &&
            EVP_CIPHER_CTX_ctrl(bench.cipher, EVP_CTRL_AEAD_GET_TAG, 16, bench.tag) == 1);
}

static void facade_p256_verify(void)
{
    require(crypto_ecdsa_verify(CRYPTO_P256, bench.p256_public, bench.digest, 32,
                                bench.p256_signature) == E_OK);
}
static void direct_p256_verify(void)
{
    require(EVP_PKEY_verify(bench.p256_verify, bench.p256_der, bench.p256_der_len, bench.digest,
                            32) == 1);
}

static void facade_p256_sign(void)
{
    require(crypto_ecdsa_sign(CRYPTO_P256, bench.p256_private, bench.digest, 32, bench.out) ==
            E_OK);
}
static void direct_p256_sign(void)
{
    size_t len = sizeof bench.out;
    require(EVP_PKEY_sign(bench.p256_sign, bench.out, &len, bench.digest, 32) == 1);
}

static void facade_ed25519_verify(void)
{
    require(crypto_ed25519_verify(bench.ed25519_public, bench.message, MESSAGE_LEN,
                                  bench.ed25519_signature) == E_OK);
}
static void direct_ed25519_verify(void)
{
    require(EVP_DigestVerifyInit(bench.md, NULL, NULL, NULL, bench.ed25519) == 1 &&
            EVP_DigestVerify(bench.md, bench.ed25519_signature, 64, bench.message, MESSAGE_LEN) ==
                1);
}

/* ---- setting up ---- */
static EVP_PKEY *p256_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char group[] = "P-256";
    /* The private scalar as OpenSSL's parameters want it: in the machine's byte order. */
    uint8_t scalar[32];
    for (size_t i = 0; i < sizeof scalar; i++) {
        scalar[i] = bench.p256_private[sizeof scalar - 1 - i];
    }
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bench.p256_public, 65),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar, sizeof scalar),
        OSSL_PARAM_construct_end()};
    require(EVP_PKEY_fromdata_init(ctx) == 1 &&
            EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void set_up(void)
{
    require(crypto_random(bench.message, MESSAGE_LEN) == E_OK);
    require(crypto_digest(CRYPTO_SHA256, bench.message, MESSAGE_LEN, bench.digest) == E_OK);
    require(crypto_ec_generate(CRYPTO_P256, bench.p256_private, bench.p256_public) == E_OK);
    require(crypto_ecdsa_sign(CRYPTO_P256, bench.p256_private, bench.digest, 32,
                              bench.p256_signature) == E_OK);
    bench.p256_der_len = crypto_ecdsa_to_der(bench.p256_signature, bench.p256_der);
    require(crypto_ed25519_public(bench.ed25519_seed, bench.ed25519_public) == E_OK);
    require(crypto_ed25519_sign(bench.ed25519_seed, bench.message, MESSAGE_LEN,
                                bench.ed25519_signature) == E_OK);
    bench.p256 = p256_key();
    bench.p256_verify = EVP_PKEY_CTX_new_from_pkey(NULL, bench.p256, NULL);
    bench.p256_sign = EVP_PKEY_CTX_new_from_pkey(NULL, bench.p256, NULL);
    require(EVP_PKEY_verify_init(bench.p256_verify) == 1 &&
            EVP_PKEY_sign_init(bench.p256_sign) == 1);
    bench.ed25519 = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bench.ed25519_public, 32);
    bench.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    bench.md = EVP_MD_CTX_new();
    bench.gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    bench.cipher = EVP_CIPHER_CTX_new();
}

/* ---- measuring ---- */
static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double round_s(void (*run)(void), unsigned n)
{
    const double start = cpu_s();
    for (unsigned i = 0; i < n; i++) {
        run();
    }
    return (cpu_s() - start) / n;
}

static void compare(const char *name, unsigned n, void (*facade)(void), void (*direct)(void))
{
    double best_facade_s = 1e9;
    double best_direct_s = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        const double f = round_s(facade, n);
        const double d = round_s(direct, n);
        best_facade_s = f < best_facade_s ? f : best_facade_s;
        best_direct_s = d < best_direct_s ? d : best_direct_s;
    }
    printf("%-28s facade %9.0f/s  direct %9.0f/s  ratio %.2f\n", name, 1 / best_facade_s,
           1 / best_direct_s, best_facade_s / best_direct_s);
}

int main(void)
{
    set_up();
    compare("SHA-256, 200 B", 20000, facade_sha256, direct_sha256);
    compare("AES-128-GCM seal, 200 B", 20000, facade_gcm, direct_gcm);
    compare("ECDSA P-256 verify", 1000, facade_p256_verify, direct_p256_verify);
    compare("ECDSA P-256 sign", 2000, facade_p256_sign, direct_p256_sign);
    compare("Ed25519 verify, 200 B", 1000, facade_ed25519_verify, direct_ed25519_verify);
    return 0;
}
