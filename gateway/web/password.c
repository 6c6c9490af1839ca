/* SPDX-License-Identifier: MIT */
#include "web/password.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "web/hex.h"

enum { SALT_LEN = 16, HASH_LEN = 32, COST_N = 16384, COST_R = 8, COST_P = 1, GROUPS = 4 };
/* Another cost would be another prefix. */
#define PREFIX     "scrypt$16384$8$1$"
#define MEMORY_MAX (64u * 1024u * 1024u)

int web_password_make(char out[WEB_PASSWORD_CAP])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* without l, o, 0, 1 */
    _Static_assert(sizeof letters == 33, "5 bits a character");
    uint8_t bytes[GROUPS * 5];
    size_t n = 0;
    if (crypto_random(bytes, sizeof bytes) != E_OK) {
        return E_IO;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i > 0 && i % 5 == 0) {
            out[n++] = '-';
        }
        out[n++] = letters[bytes[i] % 32];
    }
    ASSERT(n < WEB_PASSWORD_CAP);
    out[n] = 0;
    crypto_wipe(bytes, sizeof bytes);
    return E_OK;
}

static int derive(const char *password, const uint8_t salt[SALT_LEN], uint8_t hash[HASH_LEN])
{
    return EVP_PBE_scrypt(password, strlen(password), salt, SALT_LEN, COST_N, COST_R, COST_P,
                          MEMORY_MAX, hash, HASH_LEN) == 1
               ? E_OK
               : E_IO;
}

int web_password_hash(const char *password, char out[WEB_PASSWORD_HASH_CAP])
{
    uint8_t salt[SALT_LEN];
    uint8_t hash[HASH_LEN];
    char *at = out + strlen(PREFIX);
    _Static_assert(sizeof PREFIX + 2 * (SALT_LEN + HASH_LEN) + 1 <= WEB_PASSWORD_HASH_CAP,
                   "the hash fits");
    if (crypto_random(salt, sizeof salt) != E_OK || derive(password, salt, hash) != E_OK) {
        return E_IO;
    }
    (void)snprintf(out, WEB_PASSWORD_HASH_CAP, "%s", PREFIX);
    web_hex_write(salt, sizeof salt, at);
    at[2 * SALT_LEN] = '$';
    web_hex_write(hash, sizeof hash, at + 2 * SALT_LEN + 1);
    return E_OK;
}

/* The parts of a hash; false unless it is one of ours. */
static bool split(const char *text, uint8_t salt[SALT_LEN], uint8_t hash[HASH_LEN])
{
    const char *at = text + strlen(PREFIX);
    return strlen(text) == strlen(PREFIX) + 2 * SALT_LEN + 1 + 2 * HASH_LEN &&
           strncmp(text, PREFIX, strlen(PREFIX)) == 0 && web_hex_read(at, salt, SALT_LEN) &&
           at[2 * SALT_LEN] == '$' && web_hex_read(at + 2 * SALT_LEN + 1, hash, HASH_LEN);
}

bool web_password_matches(const char *password, const char *hash)
{
    uint8_t salt[SALT_LEN];
    uint8_t want[HASH_LEN];
    uint8_t got[HASH_LEN];
    if (!split(hash, salt, want) || derive(password, salt, got) != E_OK) {
        return false;
    }
    const bool same = crypto_equal(got, want, sizeof got);
    crypto_wipe(got, sizeof got);
    return same;
}
