/* SPDX-License-Identifier: MIT */
#include "web/password.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"
#include "crypto/crypto.h"

enum { SALT_LEN = 16, HASH_LEN = 32, COST_N = 16384, COST_R = 8, COST_P = 1, GROUPS = 4 };
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

static void to_hex(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

static bool from_hex(const char *text, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned value;
        if (sscanf(text + 2 * i, "%2x", &value) != 1) {
            return false;
        }
        bytes[i] = (uint8_t)value;
    }
    return true;
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
    char salt_text[2 * SALT_LEN + 1];
    char hash_text[2 * HASH_LEN + 1];
    if (crypto_random(salt, sizeof salt) != E_OK || derive(password, salt, hash) != E_OK) {
        return E_IO;
    }
    to_hex(salt, sizeof salt, salt_text);
    to_hex(hash, sizeof hash, hash_text);
    const int n = snprintf(out, WEB_PASSWORD_HASH_CAP, "scrypt$%d$%d$%d$%s$%s", COST_N, COST_R,
                           COST_P, salt_text, hash_text);
    ASSERT(n > 0 && n < WEB_PASSWORD_HASH_CAP);
    return E_OK;
}

bool web_password_matches(const char *password, const char *hash)
{
    char salt_text[2 * SALT_LEN + 1];
    char hash_text[2 * HASH_LEN + 1];
    uint8_t salt[SALT_LEN];
    uint8_t want[HASH_LEN];
    uint8_t got[HASH_LEN];
    int n;
    int r;
    int p;
    if (sscanf(hash, "scrypt$%d$%d$%d$%32[0-9a-f]$%64[0-9a-f]", &n, &r, &p, salt_text, hash_text) !=
            5 ||
        n != COST_N || r != COST_R || p != COST_P || strlen(salt_text) != 2 * SALT_LEN ||
        strlen(hash_text) != 2 * HASH_LEN) {
        return false;
    }
    if (!from_hex(salt_text, salt, sizeof salt) || !from_hex(hash_text, want, sizeof want) ||
        derive(password, salt, got) != E_OK) {
        return false;
    }
    const bool same = crypto_equal(got, want, sizeof got);
    crypto_wipe(got, sizeof got);
    return same;
}
