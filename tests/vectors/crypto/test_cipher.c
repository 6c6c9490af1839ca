/* SPDX-License-Identifier: MIT
 * AES against Wycheproof (CBC with PKCS #7, GCM) and NIST CBCMMT256.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "rsp.h"
#include "wycheproof.h"

static enum wycheproof_outcome cbc_case(const struct wycheproof *w)
{
    uint8_t key[32];
    uint8_t iv[16];
    uint8_t msg[512];
    uint8_t ct[512];
    uint8_t got[512 + 16];
    const struct crypto_aes_key aes = {key, wycheproof_test_bytes(w, "key", key, sizeof key)};
    const size_t msg_len = wycheproof_test_bytes(w, "msg", msg, sizeof msg);
    const size_t ct_len = wycheproof_test_bytes(w, "ct", ct, sizeof ct);
    if (!CHECK_EQ(wycheproof_test_bytes(w, "iv", iv, sizeof iv), sizeof iv)) {
        return CASE_WRONG;
    }
    if (w->result == WYCHEPROOF_VALID) {
        const int n = crypto_aes_cbc_pkcs7(CRYPTO_ENCRYPT, &aes, iv, msg, msg_len, got);
        if (!CHECK_BYTES(got, n < 0 ? 0 : (size_t)n, ct, ct_len)) {
            return CASE_WRONG;
        }
    }
    const int n = crypto_aes_cbc_pkcs7(CRYPTO_DECRYPT, &aes, iv, ct, ct_len, got);
    return wycheproof_judge(w, n >= 0 && (size_t)n == msg_len && memcmp(got, msg, msg_len) == 0);
}

/* The facade's GCM takes nonces of 12 bytes alone (NIST SP 800-38D section 5.2.1.1 recommends it;
 * longer ones cost a hash and a proof). All other lengths must be refused. */
static enum wycheproof_outcome gcm_case(const struct wycheproof *w)
{
    uint8_t key[32];
    uint8_t iv[300];
    uint8_t aad[600];
    uint8_t msg[600];
    uint8_t ct[600];
    uint8_t tag[16];
    uint8_t got[600];
    uint8_t got_tag[16];
    const struct crypto_aead_key aead = {
        CRYPTO_AES_GCM, key, wycheproof_test_bytes(w, "key", key, sizeof key), sizeof tag};
    const struct crypto_aead_head head = {iv, wycheproof_test_bytes(w, "iv", iv, sizeof iv), aad,
                                          wycheproof_test_bytes(w, "aad", aad, sizeof aad)};
    const size_t len = wycheproof_test_bytes(w, "msg", msg, sizeof msg);
    const size_t ct_len = wycheproof_test_bytes(w, "ct", ct, sizeof ct);
    if (!CHECK_EQ(wycheproof_test_bytes(w, "tag", tag, sizeof tag), sizeof tag)) {
        return CASE_WRONG;
    }
    const int sealed = crypto_aead_seal(&aead, &head, msg, len, got, got_tag);
    const int opened = crypto_aead_open(&aead, &head, ct, ct_len, tag, got);
    if (head.nonce_len != CRYPTO_AEAD_NONCE_LEN) {
        return sealed == E_ARG && opened == E_ARG ? CASE_REFUSED : CASE_WRONG;
    }
    const bool opens = opened == E_OK && memcmp(got, msg, len) == 0;
    if (w->result == WYCHEPROOF_VALID &&
        (crypto_aead_seal(&aead, &head, msg, len, got, got_tag) != E_OK || len != ct_len ||
         memcmp(got, ct, len) != 0 || memcmp(got_tag, tag, sizeof tag) != 0)) {
        return CASE_WRONG;
    }
    return wycheproof_judge(w, opens);
}

static void wycheproof_aes_cbc_pkcs7(void)
{
    wycheproof_run("aes_cbc_pkcs5_test.json", 0, cbc_case);
}

static void wycheproof_aes_gcm(void)
{
    wycheproof_run("aes_gcm_test.json", 119, gcm_case);
}

static void nist_cbc_multiblock_messages(void)
{
    struct rsp r;
    if (!rsp_open(&r, "nist/CBCMMT256.rsp")) {
        return;
    }
    unsigned n = 0;
    while (rsp_next(&r, "COUNT")) {
        const bool encrypt = strcmp(r.section, "ENCRYPT") == 0;
        CHECK(encrypt || strcmp(r.section, "DECRYPT") == 0);
        CHECK(rsp_next(&r, encrypt ? "CIPHERTEXT" : "PLAINTEXT"));
        uint8_t key[32];
        uint8_t iv[16];
        uint8_t plain[256];
        uint8_t cipher[256];
        const struct crypto_aes_key aes = {key, rsp_bytes(&r, "KEY", key, sizeof key)};
        const size_t len = rsp_bytes(&r, "PLAINTEXT", plain, sizeof plain);
        CHECK_EQ(rsp_bytes(&r, "IV", iv, sizeof iv), sizeof iv);
        CHECK_EQ(rsp_bytes(&r, "CIPHERTEXT", cipher, sizeof cipher), len);
        uint8_t got[256];
        CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &aes, iv, plain, len, got), E_OK);
        CHECK_BYTES(got, len, cipher, len);
        CHECK_EQ(crypto_aes_cbc(CRYPTO_DECRYPT, &aes, iv, cipher, len, got), E_OK);
        CHECK_BYTES(got, len, plain, len);
        n++;
    }
    printf("  CBCMMT256.rsp: %u cases, both ways\n", n);
    CHECK_EQ(n, 20);
    rsp_close(&r);
}

CHECK_MAIN(TEST(wycheproof_aes_cbc_pkcs7), TEST(wycheproof_aes_gcm),
           TEST(nist_cbc_multiblock_messages))
