/* SPDX-License-Identifier: MIT
 * RFC 6979 A.2.5, the P-256 key and its signatures. They verify with every backend; a backend whose
 * signatures are deterministic (mbedTLS) must make the same ones. OpenSSL draws its nonces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "check.h"
#include "crypto/crypto.h"
#include "data.h"

enum { TOKENS_MAX = 256 };

static void number(const struct json_reader *json, int object, const char *name, uint8_t out[32])
{
    char text[80];
    const int len = json_string(json, json_member(json, object, name), text, sizeof text);
    CHECK_EQ(len, 64);
    CHECK_EQ(data_hex(text, out, 32), 32);
}

static void signs_like_the_rfc_or_anew(const uint8_t key[32], const uint8_t *digest, size_t len,
                                       const uint8_t want[64])
{
    uint8_t first[64];
    uint8_t second[64];
    CHECK_EQ(crypto_ecdsa_sign(CRYPTO_P256, key, digest, len, first), E_OK);
    CHECK_EQ(crypto_ecdsa_sign(CRYPTO_P256, key, digest, len, second), E_OK);
    if (memcmp(first, second, sizeof first) == 0) {
        CHECK_BYTES(first, sizeof first, want, 64);
    }
}

struct key_pair {
    uint8_t private_key[32];
    uint8_t public_key[65];
};

/* False for the hashes the facade does not have. */
static bool signature_holds(const struct json_reader *json, int test, const struct key_pair *key)
{
    static const char *const names[] = {"SHA256", "SHA384", "SHA512"};
    char name[16];
    char msg[32];
    uint8_t signature[64];
    uint8_t digest[CRYPTO_HASH_MAX_LEN];
    CHECK(json_string(json, json_member(json, test, "hash"), name, sizeof name) > 0);
    const int msg_len = json_string(json, json_member(json, test, "msg"), msg, sizeof msg);
    CHECK(msg_len > 0);
    for (int h = 0; h < 3; h++) {
        if (strcmp(name, names[h]) == 0) {
            const enum crypto_hash hash = (enum crypto_hash)h;
            number(json, test, "r", signature);
            number(json, test, "s", signature + 32);
            CHECK_EQ(crypto_digest(hash, msg, (size_t)msg_len, digest), E_OK);
            const size_t len = crypto_hash_len(hash);
            CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, key->public_key, digest, len, signature),
                     E_OK);
            signs_like_the_rfc_or_anew(key->private_key, digest, len, signature);
            digest[0] ^= 0x80;
            CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, key->public_key, digest, len, signature),
                     E_AUTH);
            return true;
        }
    }
    return false;
}

static void rfc_6979_signatures_hold(void)
{
    static struct json_token tokens[TOKENS_MAX];
    struct json_reader json;
    size_t len = 0;
    char *text = data_read("fota/rfc/rfc6979_p256.json", &len);
    if (text == NULL) {
        return;
    }
    if (CHECK_EQ(json_parse(&json, text, len, tokens, TOKENS_MAX), E_OK)) {
        struct key_pair key;
        uint8_t want[65] = {4};
        number(&json, 0, "d", key.private_key);
        number(&json, 0, "Qx", want + 1);
        number(&json, 0, "Qy", want + 33);
        CHECK_EQ(crypto_ec_public(CRYPTO_P256, key.private_key, key.public_key), E_OK);
        CHECK_BYTES(key.public_key, sizeof key.public_key, want, sizeof want);
        unsigned ran = 0;
        unsigned other = 0;
        const int tests = json_member(&json, 0, "tests");
        for (int t = json_first(&json, tests); t != JSON_ABSENT; t = json_next(&json, t)) {
            if (signature_holds(&json, t, &key)) {
                ran++;
            } else {
                other++;
            }
        }
        printf("  rfc6979_p256.json: %u cases, %u with hashes the facade does not have\n", ran,
               other);
        CHECK_EQ(ran, 6);
        CHECK_EQ(other, 4);
    }
    free(text);
}

CHECK_MAIN(TEST(rfc_6979_signatures_hold))
