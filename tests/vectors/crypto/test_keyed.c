/* SPDX-License-Identifier: MIT
 * HMAC and HKDF against Wycheproof, RFC 4231 and RFC 5869.
 */
#include <string.h>

#include "crypto/crypto.h"
#include "rsp.h"
#include "wycheproof.h"

#include <stdio.h>
#include <stdlib.h>

static enum wycheproof_outcome hmac_case(const struct wycheproof *w)
{
    uint8_t key[128];
    uint8_t msg[4096];
    uint8_t tag[CRYPTO_SHA256_LEN];
    uint8_t got[CRYPTO_SHA256_LEN];
    const size_t key_len = wycheproof_test_bytes(w, "key", key, sizeof key);
    const size_t msg_len = wycheproof_test_bytes(w, "msg", msg, sizeof msg);
    const size_t tag_len = wycheproof_test_bytes(w, "tag", tag, sizeof tag);
    /* Truncated tags (tagSize 128) are a use of HMAC: the leftmost bytes. */
    if (!CHECK_EQ(8 * (int64_t)tag_len, wycheproof_group_int(w, "tagSize"))) {
        return CASE_WRONG;
    }
    const int result = crypto_hmac(CRYPTO_SHA256, key, key_len, msg, msg_len, got);
    return wycheproof_judge(w, result == E_OK && crypto_equal(got, tag, tag_len));
}

static enum wycheproof_outcome hkdf_case(const struct wycheproof *w)
{
    static uint8_t okm[255 * 32 + 1];
    static uint8_t got[sizeof okm];
    uint8_t ikm[256];
    uint8_t salt[256];
    uint8_t info[256];
    const struct crypto_bytes key = {ikm, wycheproof_test_bytes(w, "ikm", ikm, sizeof ikm)};
    const struct crypto_bytes with = {salt, wycheproof_test_bytes(w, "salt", salt, sizeof salt)};
    const struct crypto_bytes about = {info, wycheproof_test_bytes(w, "info", info, sizeof info)};
    const size_t size = (size_t)wycheproof_test_int(w, "size");
    const size_t okm_len = wycheproof_test_bytes(w, "okm", okm, sizeof okm);
    if (!CHECK(size <= sizeof got)) {
        return CASE_WRONG;
    }
    const int result = crypto_hkdf(CRYPTO_SHA256, key, with, about, got, size);
    return wycheproof_judge(w, result == E_OK && okm_len == size && memcmp(got, okm, size) == 0);
}

static void wycheproof_hmac_sha256(void)
{
    wycheproof_run("hmac_sha256_test.json", 0, hmac_case);
}

static void wycheproof_hkdf_sha256(void)
{
    wycheproof_run("hkdf_sha256_test.json", 0, hkdf_case);
}

static void rfc_4231_hmac_sha256(void)
{
    struct rsp r;
    if (!rsp_open(&r, "nist/rfc-4231-sha256.txt")) {
        return;
    }
    unsigned n = 0;
    while (rsp_next(&r, "MD")) {
        uint8_t key[256];
        uint8_t msg[256];
        uint8_t md[32];
        uint8_t got[32];
        const size_t key_len = rsp_bytes(&r, "Key", key, sizeof key);
        const size_t msg_len = rsp_bytes(&r, "Msg", msg, sizeof msg);
        CHECK_EQ(rsp_bytes(&r, "MD", md, sizeof md), sizeof md);
        CHECK_EQ(crypto_hmac(CRYPTO_SHA256, key, key_len, msg, msg_len, got), E_OK);
        CHECK_BYTES(got, sizeof got, md, sizeof md);
        n++;
    }
    printf("  rfc-4231-sha256.txt: %u cases\n", n);
    CHECK_EQ(n, 6);
    rsp_close(&r);
}

static void rfc_5869_hkdf_sha256(void)
{
    struct rsp r;
    if (!rsp_open(&r, "nist/rfc-5869-HKDF-SHA256.txt")) {
        return;
    }
    unsigned n = 0;
    while (rsp_next(&r, "OKM")) {
        uint8_t ikm[128];
        uint8_t salt[128];
        uint8_t info[128];
        uint8_t okm[128];
        uint8_t got[128];
        const struct crypto_bytes key = {ikm, rsp_bytes(&r, "IKM", ikm, sizeof ikm)};
        const struct crypto_bytes with = {salt, rsp_bytes(&r, "salt", salt, sizeof salt)};
        const struct crypto_bytes about = {info, rsp_bytes(&r, "info", info, sizeof info)};
        const size_t okm_len = rsp_bytes(&r, "OKM", okm, sizeof okm);
        CHECK_EQ(strtoul(rsp_text(&r, "L"), NULL, 10), okm_len);
        CHECK_EQ(crypto_hkdf(CRYPTO_SHA256, key, with, about, got, okm_len), E_OK);
        CHECK_BYTES(got, okm_len, okm, okm_len);
        n++;
    }
    printf("  rfc-5869-HKDF-SHA256.txt: %u cases\n", n);
    CHECK_EQ(n, 3);
    rsp_close(&r);
}

CHECK_MAIN(TEST(wycheproof_hmac_sha256), TEST(wycheproof_hkdf_sha256), TEST(rfc_4231_hmac_sha256),
           TEST(rfc_5869_hkdf_sha256))
