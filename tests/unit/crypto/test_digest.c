/* SPDX-License-Identifier: MIT
 * Digests, HMAC and HKDF: known answers, streaming, limits.
 */
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

static const enum crypto_hash hashes[] = {CRYPTO_SHA256, CRYPTO_SHA384, CRYPTO_SHA512};

/* FIPS 180-4 examples: the digest of "abc" begins so. */
static void digests_of_abc_are_those_of_the_standard(void)
{
    static const uint8_t want[3][8] = {{0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea},
                                       {0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b},
                                       {0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba}};
    uint8_t got[CRYPTO_HASH_MAX_LEN];
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(crypto_digest(hashes[i], "abc", 3, got), E_OK);
        CHECK_BYTES(got, 8, want[i], 8);
    }
}

static void a_digest_of_nothing_needs_no_pointer(void)
{
    static const uint8_t want[4] = {0xe3, 0xb0, 0xc4, 0x42};
    uint8_t got[32];
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, NULL, 0, got), E_OK);
    CHECK_BYTES(got, 4, want, 4);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, NULL, 1, got), E_ARG);
}

static void a_running_digest_does_not_depend_on_how_it_is_cut(void)
{
    uint8_t data[400];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t h = 0; h < 3; h++) {
        uint8_t whole[CRYPTO_HASH_MAX_LEN];
        CHECK_EQ(crypto_digest(hashes[h], data, sizeof data, whole), E_OK);
        for (size_t cut = 0; cut <= sizeof data; cut += 13) {
            struct crypto_digest d;
            uint8_t got[CRYPTO_HASH_MAX_LEN];
            crypto_digest_init(&d, hashes[h]);
            crypto_digest_update(&d, data, cut);
            crypto_digest_update(&d, data + cut, sizeof data - cut);
            crypto_digest_final(&d, got);
            CHECK_BYTES(got, crypto_hash_len(hashes[h]), whole, crypto_hash_len(hashes[h]));
        }
    }
}

static void a_copied_digest_goes_its_own_way(void)
{
    for (size_t h = 0; h < 3; h++) {
        struct crypto_digest d;
        uint8_t a[CRYPTO_HASH_MAX_LEN];
        uint8_t b[CRYPTO_HASH_MAX_LEN];
        crypto_digest_init(&d, hashes[h]);
        crypto_digest_update(&d, "ab", 2);
        struct crypto_digest fork;
        memcpy(&fork, &d, sizeof d);
        crypto_digest_update(&d, "x", 1);
        crypto_digest_final(&d, a);
        crypto_digest_update(&fork, "c", 1);
        crypto_digest_final(&fork, b);
        CHECK_EQ(crypto_digest(hashes[h], "abc", 3, a), E_OK);
        CHECK_BYTES(b, crypto_hash_len(hashes[h]), a, crypto_hash_len(hashes[h]));
    }
}

static void a_finished_digest_is_wiped(void)
{
    static const uint8_t zero[CRYPTO_HASH_STATE_LEN];
    struct crypto_digest d;
    uint8_t out[CRYPTO_HASH_MAX_LEN];
    crypto_digest_init(&d, CRYPTO_SHA512);
    crypto_digest_update(&d, "secret", 6);
    crypto_digest_final(&d, out);
    CHECK_BYTES(d.state, sizeof d.state, zero, sizeof zero);
}

/* RFC 4231 test case 2, and case 6 whose key is longer than a block. */
static void hmac_takes_short_and_long_keys(void)
{
    static const uint8_t want2[8] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
    static const uint8_t want6[8] = {0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f};
    static const uint8_t want6_512[8] = {0x80, 0xb2, 0x42, 0x63, 0xc7, 0xc1, 0xa3, 0xeb};
    static const char text6[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    const char *text2 = "what do ya want for nothing?";
    uint8_t key[131];
    uint8_t got[CRYPTO_HASH_MAX_LEN];
    memset(key, 0xaa, sizeof key);
    CHECK_EQ(crypto_hmac(CRYPTO_SHA256, "Jefe", 4, text2, strlen(text2), got), E_OK);
    CHECK_BYTES(got, 8, want2, 8);
    CHECK_EQ(crypto_hmac(CRYPTO_SHA256, key, sizeof key, text6, strlen(text6), got), E_OK);
    CHECK_BYTES(got, 8, want6, 8);
    CHECK_EQ(crypto_hmac(CRYPTO_SHA512, key, sizeof key, text6, strlen(text6), got), E_OK);
    CHECK_BYTES(got, 8, want6_512, 8);
}

/* RFC 2104 section 2: 64 bytes a block with SHA-256, 128 with the others. */
static void an_hmac_key_is_hashed_when_it_is_longer_than_a_block(void)
{
    static const size_t blocks[] = {64, 128, 128};
    uint8_t key[129];
    memset(key, 0x42, sizeof key);
    for (size_t h = 0; h < 3; h++) {
        for (size_t key_len = 60; key_len <= sizeof key; key_len++) {
            uint8_t hashed[CRYPTO_HASH_MAX_LEN];
            uint8_t with_key[CRYPTO_HASH_MAX_LEN];
            uint8_t with_hash[CRYPTO_HASH_MAX_LEN];
            const size_t len = crypto_hash_len(hashes[h]);
            CHECK_EQ(crypto_digest(hashes[h], key, key_len, hashed), E_OK);
            CHECK_EQ(crypto_hmac(hashes[h], key, key_len, "m", 1, with_key), E_OK);
            CHECK_EQ(crypto_hmac(hashes[h], hashed, len, "m", 1, with_hash), E_OK);
            CHECK_EQ(crypto_equal(with_key, with_hash, len), key_len > blocks[h]);
        }
    }
}

static void hmac_output_may_be_its_input(void)
{
    uint8_t data[32] = {1, 2, 3};
    uint8_t want[32];
    CHECK_EQ(crypto_hmac(CRYPTO_SHA256, "k", 1, data, sizeof data, want), E_OK);
    CHECK_EQ(crypto_hmac(CRYPTO_SHA256, "k", 1, data, sizeof data, data), E_OK);
    CHECK_BYTES(data, sizeof data, want, sizeof want);
}

static void hkdf_lengths_are_1_to_255_hashes(void)
{
    static uint8_t out[255 * 32 + 1];
    static uint8_t shorter[33];
    const struct crypto_bytes key = {.data = "key", .len = 3};
    const struct crypto_bytes none = {.data = NULL, .len = 0};
    CHECK_EQ(crypto_hkdf(CRYPTO_SHA256, key, none, none, out, 0), E_ARG);
    CHECK_EQ(crypto_hkdf(CRYPTO_SHA256, key, none, none, out, sizeof out), E_ARG);
    CHECK_EQ(crypto_hkdf(CRYPTO_SHA256, key, none, none, out, sizeof out - 1), E_OK);
    CHECK_EQ(crypto_hkdf(CRYPTO_SHA256, key, none, none, shorter, sizeof shorter), E_OK);
    CHECK_BYTES(out, sizeof shorter, shorter, sizeof shorter);
    CHECK_EQ(crypto_hkdf(CRYPTO_SHA256, (struct crypto_bytes){.data = NULL, .len = 1}, none, none,
                         out, 1),
             E_ARG);
}

static void an_empty_salt_is_a_hash_of_zeros(void)
{
    static const uint8_t zeros[64] = {0};
    for (size_t h = 0; h < 3; h++) {
        uint8_t a[40];
        uint8_t b[40];
        const struct crypto_bytes key = {.data = "key", .len = 3};
        const struct crypto_bytes none = {.data = NULL, .len = 0};
        const struct crypto_bytes salt = {.data = zeros, .len = crypto_hash_len(hashes[h])};
        CHECK_EQ(crypto_hkdf(hashes[h], key, none, key, a, sizeof a), E_OK);
        CHECK_EQ(crypto_hkdf(hashes[h], key, salt, key, b, sizeof b), E_OK);
        CHECK_BYTES(a, sizeof a, b, sizeof b);
    }
}

static void equal_looks_at_every_byte(void)
{
    uint8_t a[33] = {0};
    uint8_t b[33] = {0};
    CHECK(crypto_equal(a, b, sizeof a));
    CHECK(crypto_equal(a, b, 0));
    for (size_t i = 0; i < 8 * sizeof a; i++) {
        memcpy(b, a, sizeof b);
        b[i / 8] = (uint8_t)(1U << i % 8);
        CHECK(!crypto_equal(a, b, sizeof a));
    }
}

static void wipe_leaves_zeros_and_nothing_else(void)
{
    uint8_t a[5] = {1, 2, 3, 4, 5};
    static const uint8_t want[5] = {1, 0, 0, 0, 5};
    crypto_wipe(a + 1, 3);
    crypto_wipe(a, 0);
    CHECK_BYTES(a, sizeof a, want, sizeof want);
}

static void random_bytes_differ(void)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    static const uint8_t zero[32];
    CHECK_EQ(crypto_random(a, sizeof a), E_OK);
    CHECK_EQ(crypto_random(b, sizeof b), E_OK);
    CHECK(!crypto_equal(a, b, sizeof a));
    CHECK(!crypto_equal(a, zero, sizeof a));
    CHECK_EQ(crypto_random(NULL, 0), E_OK);
}

CHECK_MAIN(TEST(digests_of_abc_are_those_of_the_standard),
           TEST(a_digest_of_nothing_needs_no_pointer),
           TEST(a_running_digest_does_not_depend_on_how_it_is_cut),
           TEST(a_copied_digest_goes_its_own_way), TEST(a_finished_digest_is_wiped),
           TEST(hmac_takes_short_and_long_keys),
           TEST(an_hmac_key_is_hashed_when_it_is_longer_than_a_block),
           TEST(hmac_output_may_be_its_input), TEST(hkdf_lengths_are_1_to_255_hashes),
           TEST(an_empty_salt_is_a_hash_of_zeros), TEST(equal_looks_at_every_byte),
           TEST(wipe_leaves_zeros_and_nothing_else), TEST(random_bytes_differ))
