/* SPDX-License-Identifier: MIT
 * ECDSA signatures in DER: one encoding for each pair of numbers, everything else refused.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

static void numbers(uint8_t signature[64], uint8_t r_first, uint8_t s_first)
{
    memset(signature, 0x11, 64);
    signature[0] = r_first;
    signature[32] = s_first;
}

static void every_pair_comes_back_as_it_was(void)
{
    static const uint8_t firsts[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (size_t i = 0; i < 25; i++) {
        uint8_t signature[64];
        uint8_t again[64];
        uint8_t der[CRYPTO_P256_DER_MAX_LEN];
        numbers(signature, firsts[i / 5], firsts[i % 5]);
        const size_t len = crypto_ecdsa_to_der(signature, der);
        CHECK_EQ(len, 6 + 64 + (firsts[i / 5] >> 7) + (firsts[i % 5] >> 7) - (firsts[i / 5] == 0) -
                          (firsts[i % 5] == 0));
        CHECK_EQ(crypto_ecdsa_from_der(der, len, again), E_OK);
        CHECK_BYTES(again, 64, signature, 64);
    }
}

static void small_numbers_take_few_bytes(void)
{
    static const uint8_t want[] = {0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x00};
    uint8_t signature[64] = {0};
    uint8_t again[64];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    signature[31] = 0x80;
    const size_t len = crypto_ecdsa_to_der(signature, der);
    CHECK_BYTES(der, len, want, sizeof want);
    CHECK_EQ(crypto_ecdsa_from_der(der, len, again), E_OK);
    CHECK_BYTES(again, 64, signature, 64);
}

static void the_longest_form_fits_its_constant(void)
{
    uint8_t signature[64];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    memset(signature, 0xff, sizeof signature);
    CHECK_EQ(crypto_ecdsa_to_der(signature, der), CRYPTO_P256_DER_MAX_LEN);
}

static void every_cut_and_every_addition_is_malformed(void)
{
    uint8_t signature[64];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN + 1] = {0};
    numbers(signature, 0x80, 0x7f);
    const size_t len = crypto_ecdsa_to_der(signature, der);
    for (size_t n = 0; n < len; n++) {
        CHECK_EQ(crypto_ecdsa_from_der(der, n, signature), E_MALFORMED);
    }
    CHECK_EQ(crypto_ecdsa_from_der(der, len + 1, signature), E_MALFORMED);
    der[1]++; /* the byte behind now inside the sequence */
    CHECK_EQ(crypto_ecdsa_from_der(der, len + 1, signature), E_MALFORMED);
    CHECK_EQ(crypto_ecdsa_from_der(NULL, 0, signature), E_MALFORMED);
}

static void encodings_that_are_ber_alone_are_malformed(void)
{
    static const struct {
        const char *what;
        uint8_t len;
        uint8_t der[12];
    } rows[] = {
        {"right, to start from", 8, {0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02}},
        {"length in the long form", 9, {0x30, 0x81, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02}},
        {"indefinite length", 10, {0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02, 0x00, 0x00}},
        {"zero in front", 9, {0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x02}},
        {"negative number", 8, {0x30, 0x06, 0x02, 0x01, 0x81, 0x02, 0x01, 0x02}},
        {"no bytes in a number", 7, {0x30, 0x05, 0x02, 0x00, 0x02, 0x01, 0x02}},
        {"sequence length one less", 8, {0x30, 0x05, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02}},
        {"sequence length one more", 8, {0x30, 0x07, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02}},
        {"a set", 8, {0x31, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02}},
        {"an octet string", 8, {0x30, 0x06, 0x04, 0x01, 0x01, 0x02, 0x01, 0x02}},
        {"one number", 5, {0x30, 0x03, 0x02, 0x01, 0x01}},
        {"three numbers", 11, {0x30, 0x09, 0x02, 1, 1, 0x02, 1, 2, 0x02, 1, 3}},
        {"number longer than its sequence", 8, {0x30, 0x06, 0x02, 1, 1, 0x02, 2, 2}},
    };
    uint8_t signature[64];
    CHECK_EQ(crypto_ecdsa_from_der(rows[0].der, rows[0].len, signature), E_OK);
    for (size_t i = 1; i < sizeof rows / sizeof rows[0]; i++) {
        memset(signature, 0x5a, sizeof signature);
        const int got = crypto_ecdsa_from_der(rows[i].der, rows[i].len, signature);
        if (!CHECK_EQ(got, E_MALFORMED) || !CHECK_EQ(signature[0], 0x5a)) {
            printf("    %s\n", rows[i].what);
        }
    }
}

static void a_number_of_33_bytes_needs_a_reason_for_the_first(void)
{
    uint8_t der[2 + 2 + 33 + 3] = {0x30, 2 + 33 + 3, 0x02, 33};
    uint8_t signature[64];
    memcpy(der + 37, "\x02\x01\x01", 3);
    der[5] = 0x80; /* 00 80 ...: the sign needs the zero */
    CHECK_EQ(crypto_ecdsa_from_der(der, sizeof der, signature), E_OK);
    der[4] = 0x01; /* 2^256 or more */
    CHECK_EQ(crypto_ecdsa_from_der(der, sizeof der, signature), E_MALFORMED);
}

CHECK_MAIN(TEST(every_pair_comes_back_as_it_was), TEST(small_numbers_take_few_bytes),
           TEST(the_longest_form_fits_its_constant),
           TEST(every_cut_and_every_addition_is_malformed),
           TEST(encodings_that_are_ber_alone_are_malformed),
           TEST(a_number_of_33_bytes_needs_a_reason_for_the_first))
