/* SPDX-License-Identifier: MIT
 * AES in CBC and CTR: known answers, padding, lengths, in place.
 */
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

/* NIST SP 800-38A, F.2.1 and F.5.1: one key and plain text for all its examples. */
static const uint8_t nist_key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                     0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
static const uint8_t nist_plain[32] = {
    0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
    0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51};
static const uint8_t cbc_cipher[32] = {
    0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
    0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee, 0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2};
static const uint8_t ctr_cipher[32] = {
    0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26, 0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
    0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70, 0xfd, 0xff, 0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff};
static const struct crypto_aes_key aes = {.key = nist_key, .key_len = sizeof nist_key};

static void iv_from(uint8_t iv[16], uint8_t first)
{
    for (unsigned i = 0; i < 16; i++) {
        iv[i] = (uint8_t)(first + i);
    }
}

static void cbc_gives_the_standards_answers(void)
{
    uint8_t iv[16];
    uint8_t out[32];
    iv_from(iv, 0);
    CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &aes, iv, nist_plain, 32, out), E_OK);
    CHECK_BYTES(out, 32, cbc_cipher, 32);
    CHECK_EQ(crypto_aes_cbc(CRYPTO_DECRYPT, &aes, iv, cbc_cipher, 32, out), E_OK);
    CHECK_BYTES(out, 32, nist_plain, 32);
}

static void ctr_gives_the_standards_answers_at_every_length(void)
{
    uint8_t iv[16];
    uint8_t out[33];
    iv_from(iv, 0xf0);
    for (size_t len = 0; len <= 32; len++) {
        memset(out, 0x5a, sizeof out);
        CHECK_EQ(crypto_aes_ctr(&aes, iv, nist_plain, len, out), E_OK);
        CHECK_BYTES(out, len, ctr_cipher, len);
        CHECK_EQ(out[len], 0x5a);
    }
}

static void the_counter_of_ctr_carries_through_all_16_bytes(void)
{
    uint8_t iv[16];
    uint8_t whole[48];
    uint8_t last[16];
    static const uint8_t zeros[48];
    memset(iv, 0xff, sizeof iv);
    CHECK_EQ(crypto_aes_ctr(&aes, iv, zeros, sizeof zeros, whole), E_OK);
    memset(iv, 0, sizeof iv);
    CHECK_EQ(crypto_aes_ctr(&aes, iv, zeros, sizeof last, last), E_OK);
    CHECK_BYTES(whole + 16, 16, last, 16);
    iv[15] = 1;
    CHECK_EQ(crypto_aes_ctr(&aes, iv, zeros, sizeof last, last), E_OK);
    CHECK_BYTES(whole + 32, 16, last, 16);
}

static void ciphers_work_in_place(void)
{
    uint8_t iv[16];
    uint8_t data[48];
    iv_from(iv, 0);
    memcpy(data, nist_plain, 32);
    CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &aes, iv, data, 32, data), E_OK);
    CHECK_BYTES(data, 32, cbc_cipher, 32);
    CHECK_EQ(crypto_aes_cbc(CRYPTO_DECRYPT, &aes, iv, data, 32, data), E_OK);
    CHECK_BYTES(data, 32, nist_plain, 32);
    iv_from(iv, 0xf0);
    CHECK_EQ(crypto_aes_ctr(&aes, iv, data, 32, data), E_OK);
    CHECK_BYTES(data, 32, ctr_cipher, 32);
    memcpy(data, nist_plain, 32);
    const int n = crypto_aes_cbc_pkcs7(CRYPTO_ENCRYPT, &aes, iv, data, 29, data);
    CHECK_EQ(n, 32);
    CHECK_EQ(crypto_aes_cbc_pkcs7(CRYPTO_DECRYPT, &aes, iv, data, 32, data), 29);
    CHECK_BYTES(data, 29, nist_plain, 29);
}

static void padding_comes_back_off_at_every_length_and_key_size(void)
{
    static const uint8_t key[32] = {7};
    uint8_t iv[16];
    uint8_t sealed[48];
    uint8_t out[48];
    iv_from(iv, 3);
    for (size_t key_len = 16; key_len <= 32; key_len += 8) {
        const struct crypto_aes_key k = {.key = key, .key_len = key_len};
        for (size_t len = 0; len <= 32; len++) {
            const int n = crypto_aes_cbc_pkcs7(CRYPTO_ENCRYPT, &k, iv, nist_plain, len, sealed);
            CHECK_EQ(n, len / 16 * 16 + 16);
            CHECK_EQ(crypto_aes_cbc_pkcs7(CRYPTO_DECRYPT, &k, iv, sealed, (size_t)n, out), len);
            CHECK_BYTES(out, len, nist_plain, len);
        }
    }
}

/* Every last block a padding check could get wrong: n bytes of value n, one of them changed. */
static void a_wrong_padding_is_refused_and_the_output_wiped(void)
{
    static const uint8_t zeros[32];
    uint8_t iv[16];
    iv_from(iv, 9);
    for (unsigned n = 0; n <= 17; n++) {
        for (unsigned at = 0; at < 16; at++) {
            uint8_t plain[32];
            uint8_t sealed[32];
            uint8_t out[32];
            memset(plain, 0xee, sizeof plain);
            memset(plain + 32 - (n < 16 ? n : 16), (int)n, n < 16 ? n : 16);
            plain[31] = (uint8_t)n;
            plain[16 + at] ^= 0x01;
            const unsigned last = plain[31];
            bool right = last >= 1 && last <= 16;
            for (unsigned i = 0; i < last && right; i++) {
                right = plain[31 - i] == last;
            }
            CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &aes, iv, plain, 32, sealed), E_OK);
            const int got = crypto_aes_cbc_pkcs7(CRYPTO_DECRYPT, &aes, iv, sealed, 32, out);
            CHECK_EQ(got, right ? 32 - (int)last : E_AUTH);
            if (!right) {
                CHECK_BYTES(out, 32, zeros, 32);
            }
        }
    }
}

static void a_padding_is_1_to_16_bytes(void)
{
    uint8_t iv[16];
    uint8_t plain[32];
    uint8_t sealed[32];
    uint8_t out[32];
    iv_from(iv, 9);
    for (int n = 0; n < 256; n++) {
        memset(plain, n, sizeof plain);
        CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &aes, iv, plain, 32, sealed), E_OK);
        CHECK_EQ(crypto_aes_cbc_pkcs7(CRYPTO_DECRYPT, &aes, iv, sealed, 32, out),
                 n >= 1 && n <= 16 ? 32 - n : E_AUTH);
    }
}

static void lengths_that_cannot_be_are_refused(void)
{
    uint8_t iv[16] = {0};
    uint8_t out[64];
    for (size_t key_len = 0; key_len <= 40; key_len++) {
        static const uint8_t key[40] = {1};
        const struct crypto_aes_key k = {.key = key, .key_len = key_len};
        const int want = key_len == 16 || key_len == 24 || key_len == 32 ? E_OK : E_ARG;
        CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &k, iv, nist_plain, 16, out), want);
        CHECK_EQ(crypto_aes_ctr(&k, iv, nist_plain, 5, out), want);
        CHECK_EQ(crypto_aes_cbc_pkcs7(CRYPTO_ENCRYPT, &k, iv, nist_plain, 5, out),
                 want == E_OK ? 16 : want);
    }
    for (size_t len = 0; len <= 32; len++) {
        CHECK_EQ(crypto_aes_cbc(CRYPTO_ENCRYPT, &aes, iv, nist_plain, len, out),
                 len % 16 == 0 ? E_OK : E_ARG);
        if (len % 16 != 0 || len == 0) {
            CHECK_EQ(crypto_aes_cbc_pkcs7(CRYPTO_DECRYPT, &aes, iv, nist_plain, len, out), E_ARG);
        }
    }
    CHECK_EQ(crypto_aes_ctr(&aes, iv, NULL, 1, out), E_ARG);
    CHECK_EQ(crypto_aes_ctr(&aes, iv, nist_plain, CRYPTO_MESSAGE_MAX_LEN + 1, out), E_ARG);
    const struct crypto_aes_key no_key = {.key = NULL, .key_len = 16};
    CHECK_EQ(crypto_aes_ctr(&no_key, iv, nist_plain, 1, out), E_ARG);
}

CHECK_MAIN(TEST(cbc_gives_the_standards_answers),
           TEST(ctr_gives_the_standards_answers_at_every_length),
           TEST(the_counter_of_ctr_carries_through_all_16_bytes), TEST(ciphers_work_in_place),
           TEST(padding_comes_back_off_at_every_length_and_key_size),
           TEST(a_wrong_padding_is_refused_and_the_output_wiped), TEST(a_padding_is_1_to_16_bytes),
           TEST(lengths_that_cannot_be_are_refused))
