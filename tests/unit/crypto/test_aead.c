/* SPDX-License-Identifier: MIT
 * Authenticated encryption: known answers, lengths, wiping, in place.
 */
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

enum { TEXT_MAX_LEN = 114 };

/* RFC 3610 section 8, packet vector #1. */
static const uint8_t ccm_key[16] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
                                    0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf};
static const uint8_t ccm_nonce[13] = {0x00, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00,
                                      0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5};
static const uint8_t ccm_sealed[31] = {
    0x58, 0x8c, 0x97, 0x9a, 0x61, 0xc6, 0x63, 0xd2, 0xf0, 0x66, 0xd0, 0xc2, 0xc0, 0xf9, 0x89, 0x80,
    0x6d, 0x5f, 0x6b, 0x61, 0xda, 0xc3, 0x84, 0x17, 0xe8, 0xd1, 0x2c, 0xfd, 0xf9, 0x26, 0xe0};
/* RFC 8439 section 2.8.2. */
static const char chacha_text[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
static const uint8_t chacha_nonce[12] = {0x07, 0,    0,    0,    0x40, 0x41,
                                         0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
static const uint8_t chacha_aad[12] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1,
                                       0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
static const uint8_t chacha_begin[8] = {0xd3, 0x1a, 0x8d, 0x34, 0x64, 0x8e, 0x60, 0xdb};
static const uint8_t chacha_tag[16] = {0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a,
                                       0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91};

static void count_up(uint8_t *out, size_t n, uint8_t first)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(first + i);
    }
}

static void ccm_gives_the_answer_of_rfc_3610(void)
{
    uint8_t aad[8];
    uint8_t text[23];
    uint8_t out[23];
    uint8_t tag[8];
    const struct crypto_aead_key key = {CRYPTO_AES_CCM, ccm_key, sizeof ccm_key, sizeof tag};
    const struct crypto_aead_head head = {ccm_nonce, sizeof ccm_nonce, aad, sizeof aad};
    count_up(aad, sizeof aad, 0);
    count_up(text, sizeof text, 8);
    CHECK_EQ(crypto_aead_seal(&key, &head, text, sizeof text, out, tag), E_OK);
    CHECK_BYTES(out, sizeof out, ccm_sealed, sizeof out);
    CHECK_BYTES(tag, sizeof tag, ccm_sealed + sizeof out, sizeof tag);
    CHECK_EQ(crypto_aead_open(&key, &head, out, sizeof out, tag, out), E_OK);
    CHECK_BYTES(out, sizeof out, text, sizeof text);
}

static void chacha20_poly1305_gives_the_answer_of_rfc_8439(void)
{
    uint8_t key_bytes[32];
    uint8_t out[TEXT_MAX_LEN];
    uint8_t tag[16];
    const struct crypto_aead_key key = {CRYPTO_CHACHA20_POLY1305, key_bytes, sizeof key_bytes,
                                        sizeof tag};
    const struct crypto_aead_head head = {chacha_nonce, sizeof chacha_nonce, chacha_aad,
                                          sizeof chacha_aad};
    count_up(key_bytes, sizeof key_bytes, 0x80);
    memcpy(out, chacha_text, sizeof out);
    CHECK_EQ(crypto_aead_seal(&key, &head, out, sizeof out, out, tag), E_OK);
    CHECK_BYTES(out, sizeof chacha_begin, chacha_begin, sizeof chacha_begin);
    CHECK_BYTES(tag, sizeof tag, chacha_tag, sizeof chacha_tag);
    CHECK_EQ(crypto_aead_open(&key, &head, out, sizeof out, tag, out), E_OK);
    CHECK_BYTES(out, sizeof out, chacha_text, sizeof out);
}

/* The GCM specification (McGrew, Viega), test cases 1 and 2: zeros everywhere. */
static void gcm_gives_the_answers_of_its_specification(void)
{
    static const uint8_t zeros[16];
    static const uint8_t tag1[16] = {0x58, 0xe2, 0xfc, 0xce, 0xfa, 0x7e, 0x30, 0x61,
                                     0x36, 0x7f, 0x1d, 0x57, 0xa4, 0xe7, 0x45, 0x5a};
    static const uint8_t text2[16] = {0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92,
                                      0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78};
    static const uint8_t tag2[16] = {0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec, 0x13, 0xbd,
                                     0xf5, 0x3a, 0x67, 0xb2, 0x12, 0x57, 0xbd, 0xdf};
    uint8_t out[16];
    uint8_t tag[16];
    const struct crypto_aead_key key = {CRYPTO_AES_GCM, zeros, 16, 16};
    const struct crypto_aead_head head = {zeros, 12, NULL, 0};
    CHECK_EQ(crypto_aead_seal(&key, &head, NULL, 0, NULL, tag), E_OK);
    CHECK_BYTES(tag, 16, tag1, 16);
    CHECK_EQ(crypto_aead_open(&key, &head, NULL, 0, tag, NULL), E_OK);
    CHECK_EQ(crypto_aead_seal(&key, &head, zeros, 16, out, tag), E_OK);
    CHECK_BYTES(out, 16, text2, 16);
    CHECK_BYTES(tag, 16, tag2, 16);
}

/* One row for each algorithm, with its shortest tag and nonce too. */
static const struct {
    enum crypto_aead aead;
    size_t key_len;
    size_t tag_len;
    size_t nonce_len;
} shapes[] = {
    {CRYPTO_AES_GCM, 16, 16, 12}, {CRYPTO_AES_GCM, 32, 12, 12},
    {CRYPTO_AES_CCM, 16, 4, 7},   {CRYPTO_AES_CCM, 24, 8, 13},
    {CRYPTO_AES_CCM, 32, 16, 12}, {CRYPTO_CHACHA20_POLY1305, 32, 16, 12},
};

static void what_was_sealed_opens_unless_a_bit_changes(void)
{
    static const uint8_t zeros[40];
    uint8_t key_bytes[32];
    uint8_t text[40];
    count_up(key_bytes, sizeof key_bytes, 1);
    count_up(text, sizeof text, 50);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct crypto_aead_key key = {shapes[i].aead, key_bytes, shapes[i].key_len,
                                            shapes[i].tag_len};
        const struct crypto_aead_head head = {text, shapes[i].nonce_len, text, 21};
        for (size_t len = 0; len <= sizeof text; len += 8) {
            uint8_t sealed[40];
            uint8_t out[40];
            uint8_t tag[17] = {0};
            tag[shapes[i].tag_len] = 0x5a;
            CHECK_EQ(crypto_aead_seal(&key, &head, text, len, sealed, tag), E_OK);
            CHECK_EQ(tag[shapes[i].tag_len], 0x5a);
            CHECK_EQ(crypto_aead_open(&key, &head, sealed, len, tag, out), E_OK);
            CHECK_BYTES(out, len, text, len);
            tag[shapes[i].tag_len - 1] ^= 1;
            CHECK_EQ(crypto_aead_open(&key, &head, sealed, len, tag, out), E_AUTH);
            CHECK_BYTES(out, len, zeros, len);
            tag[shapes[i].tag_len - 1] ^= 1;
            const struct crypto_aead_head other = {text, shapes[i].nonce_len, text, 20};
            memset(out, 0xee, sizeof out);
            CHECK_EQ(crypto_aead_open(&key, &other, sealed, len, tag, out), E_AUTH);
            CHECK_BYTES(out, len, zeros, len);
            if (len > 0) {
                sealed[len - 1] ^= 0x80;
                CHECK_EQ(crypto_aead_open(&key, &head, sealed, len, tag, sealed), E_AUTH);
                CHECK_BYTES(sealed, len, zeros, len);
            }
        }
    }
}

static bool key_may_be(enum crypto_aead aead, size_t key_len, size_t tag_len)
{
    const bool aes = key_len == 16 || key_len == 24 || key_len == 32;
    switch (aead) {
    case CRYPTO_AES_GCM:
        return aes && tag_len >= 12 && tag_len <= 16;
    case CRYPTO_AES_CCM:
        return aes && tag_len >= 4 && tag_len <= 16 && tag_len % 2 == 0;
    case CRYPTO_CHACHA20_POLY1305:
        return key_len == 32 && tag_len == 16;
    default:
        return false;
    }
}

static void lengths_that_cannot_be_are_refused(void)
{
    static const uint8_t bytes[64] = {1};
    static const enum crypto_aead aeads[] = {CRYPTO_AES_GCM, CRYPTO_AES_CCM,
                                             CRYPTO_CHACHA20_POLY1305};
    uint8_t out[4];
    uint8_t tag[32];
    for (size_t a = 0; a < 3; a++) {
        const struct crypto_aead_head head = {bytes, 12, NULL, 0};
        for (size_t n = 0; n <= 40 * 24; n++) {
            const struct crypto_aead_key key = {aeads[a], bytes, n / 24, n % 24};
            const int want = key_may_be(aeads[a], n / 24, n % 24) ? E_OK : E_ARG;
            CHECK_EQ(crypto_aead_seal(&key, &head, bytes, 4, out, tag), want);
        }
        const struct crypto_aead_key key = {aeads[a], bytes, 32, 16};
        for (size_t n = 0; n <= 20; n++) {
            const struct crypto_aead_head other = {bytes, n, NULL, 0};
            const bool fits = n == 12 || (aeads[a] == CRYPTO_AES_CCM && n >= 7 && n <= 13);
            CHECK_EQ(crypto_aead_seal(&key, &other, bytes, 4, out, tag), fits ? E_OK : E_ARG);
            CHECK_EQ(crypto_aead_open(&key, &other, bytes, 4, tag, out), fits ? E_AUTH : E_ARG);
        }
    }
}

/* RFC 3610: with a nonce of 13 bytes two are left to write the length. */
static void a_ccm_message_fits_its_length_field(void)
{
    static uint8_t text[65536];
    uint8_t tag[16];
    const struct crypto_aead_key key = {CRYPTO_AES_CCM, ccm_key, 16, 16};
    const struct crypto_aead_head head = {ccm_nonce, 13, NULL, 0};
    const struct crypto_aead_head shorter = {ccm_nonce, 12, NULL, 0};
    CHECK_EQ(crypto_aead_seal(&key, &head, text, 65535, text, tag), E_OK);
    CHECK_EQ(crypto_aead_open(&key, &head, text, 65535, tag, text), E_OK);
    CHECK_EQ(crypto_aead_seal(&key, &head, text, 65536, text, tag), E_ARG);
    CHECK_EQ(crypto_aead_seal(&key, &shorter, text, 65536, text, tag), E_OK);
}

static void missing_pointers_are_refused(void)
{
    static const uint8_t bytes[32] = {1};
    uint8_t out[4];
    uint8_t tag[16];
    const struct crypto_aead_key key = {CRYPTO_AES_GCM, bytes, 16, 16};
    const struct crypto_aead_key no_key = {CRYPTO_AES_GCM, NULL, 16, 16};
    const struct crypto_aead_head head = {bytes, 12, NULL, 0};
    const struct crypto_aead_head no_nonce = {NULL, 12, NULL, 0};
    const struct crypto_aead_head no_aad = {bytes, 12, NULL, 1};
    CHECK_EQ(crypto_aead_seal(&no_key, &head, bytes, 4, out, tag), E_ARG);
    CHECK_EQ(crypto_aead_seal(&key, &no_nonce, bytes, 4, out, tag), E_ARG);
    CHECK_EQ(crypto_aead_seal(&key, &no_aad, bytes, 4, out, tag), E_ARG);
    CHECK_EQ(crypto_aead_seal(&key, &head, NULL, 4, out, tag), E_ARG);
    CHECK_EQ(crypto_aead_seal(&key, &head, bytes, 4, NULL, tag), E_ARG);
    CHECK_EQ(crypto_aead_seal(&key, &head, bytes, 4, out, NULL), E_ARG);
    CHECK_EQ(crypto_aead_open(&key, &head, bytes, 4, NULL, out), E_ARG);
}

CHECK_MAIN(TEST(ccm_gives_the_answer_of_rfc_3610),
           TEST(chacha20_poly1305_gives_the_answer_of_rfc_8439),
           TEST(gcm_gives_the_answers_of_its_specification),
           TEST(what_was_sealed_opens_unless_a_bit_changes),
           TEST(lengths_that_cannot_be_are_refused), TEST(a_ccm_message_fits_its_length_field),
           TEST(missing_pointers_are_refused))
