/* SPDX-License-Identifier: MIT
 * The example messages of docs/spec/telemetry.md, made by cbor2 and cryptography with the P-256 key
 * of RFC 6979 section A.2.5, and small helps to take messages apart.
 */
#ifndef TESTS_UNIT_TELEMETRY_EXAMPLES_H
#define TESTS_UNIT_TELEMETRY_EXAMPLES_H

#include <stdint.h>
#include <string.h>

#include "crypto/crypto.h"
#include "telemetry/reading.h"

static inline int nibble_of(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Reads lower-case hexadecimal; returns the number of bytes. */
static inline size_t from_hex(const char *hex, uint8_t *out)
{
    const size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(nibble_of(hex[2 * i]) << 4 | nibble_of(hex[2 * i + 1]));
    }
    return n;
}

#define EXAMPLE_PRIVATE_KEY "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define EXAMPLE_PUBLIC_KEY                                                                         \
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"                           \
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"

#define ONE_CHANNEL_PAYLOAD                                                                        \
    "a7000101646261726e020303182a041b0000019b76daa800050206a100851a0012d6871a000c65d41a000387e819" \
    "0db719c343"
#define ONE_CHANNEL_DIGEST "07537192a491b82297e184198b4ec5b754fc5b9112f589b086bc0b99d9ddea96"
#define ONE_CHANNEL_SIGNATURE                                                                      \
    "de2d63cd6f2e4bed3a5e98cee0f15c5052fdb01f7af9802a004a4609a1aea470"                             \
    "426379d8e74b550bb884f5dfeb3fd272f6b7fc077f07f1903b746ee467fe26ca"
#define ONE_CHANNEL_MESSAGE "d28443a10126a05833" ONE_CHANNEL_PAYLOAD "5840" ONE_CHANNEL_SIGNATURE

#define UNKNOWN_TIME_MESSAGE                                                                       \
    "d28443a10126a05838a7000101636d2d37020103010400050006a20085003904af00000002851b00200000000000" \
    "011a7fffffff1a0003820c1a0001000019c3515840"                                                   \
    "bc45a15bbb19bee1495e6fb2ef3e7d1d87a91aa94b50d1f697d130699144d23e"                             \
    "1c2d431a312cd37d6dc257988944743e8cf1ff3ba5b0b6f655da67fd42aa4612"

#define ACK_MESSAGE "a20001018284031828182a008403182b182b02"

#define SEED_SIGNATURE                                                                             \
    "3046022100b4973025ccd2ffa5fbcf3135948878d1253d80e2c9b87185812b87361b861786"                   \
    "0221009cfaf0fe17ed6c836e165537ff5e0ced72cd473fcef2a0b33aaf07224f69c1b2"
#define SEED_MESSAGE                                                                               \
    "{\"node_id\":\"SimMeter_0001\",\"timestamp\":1767225600,\"production\":1234.50,\"sig\":"      \
    "\"" SEED_SIGNATURE "\"}"
#define SEED_SEQ_MESSAGE                                                                           \
    "{\"node_id\":\"SimMeter_0001\",\"timestamp\":1767225605,\"seq\":7,\"production\":1234.50,"    \
    "\"sig\":\"3046022100d3e6ced80eb446b24dc89a95d6c7a614f84f9faf3a6513a8bcd4bad9772b9e8602"       \
    "2100bd7d7836ef6d7ee5326d6eee5b9618250081a567d6a5ea052391b823b248b217\"}"

/* A telemetry_signer's function with the private key as its context. */
static inline int sign_with_key(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    return crypto_ecdsa_sign(CRYPTO_P256, context, digest, 32, signature);
}

/* The reading of ONE_CHANNEL_MESSAGE. */
static inline struct telemetry_reading one_channel_reading(void)
{
    return (struct telemetry_reading){
        .device_id = "barn",
        .device_id_len = 4,
        .boot_epoch = 3,
        .sequence = 42,
        .unix_ms = 1767225600000,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 1,
        .channels = {{.kind = TELEMETRY_PRODUCTION,
                      .energy_mwh = 1234567,
                      .power_mw = 812500,
                      .voltage_mv = 231400,
                      .current_ma = 3511,
                      .frequency_millihz = 49987}},
    };
}

#endif
