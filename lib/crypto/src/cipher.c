/* SPDX-License-Identifier: MIT
 * AES in CBC and CTR (NIST SP 800-38A): checks in front of the backend, and PKCS #7 padding.
 */
#include <string.h>

#include "base/assert.h"
#include "crypto/backend.h"

static bool usable(const struct crypto_aes_key *key, const uint8_t *in, size_t len,
                   const uint8_t *out)
{
    return key->key != NULL && (key->key_len == 16 || key->key_len == 24 || key->key_len == 32) &&
           len <= CRYPTO_MESSAGE_MAX_LEN && ((in != NULL && out != NULL) || len == 0);
}

int crypto_aes_cbc(enum crypto_direction direction, const struct crypto_aes_key *key,
                   const uint8_t iv[16], const uint8_t *in, size_t len, uint8_t *out)
{
    if (!usable(key, in, len, out) || len % CRYPTO_AES_BLOCK_LEN != 0) {
        return E_ARG;
    }
    return len == 0 ? E_OK : crypto_backend_aes_cbc(direction, key, iv, in, len, out);
}

static int pkcs7_encrypt(const struct crypto_aes_key *key, const uint8_t iv[16], const uint8_t *in,
                         size_t len, uint8_t *out)
{
    const size_t tail_len = len % CRYPTO_AES_BLOCK_LEN;
    const size_t whole_len = len - tail_len;
    const uint8_t padding = (uint8_t)(CRYPTO_AES_BLOCK_LEN - tail_len);
    uint8_t last[CRYPTO_AES_BLOCK_LEN]; /* taken before `out` is written: it may be `in` */
    memset(last, padding, sizeof last);
    if (tail_len > 0) {
        memcpy(last, in + whole_len, tail_len);
    }
    int result = crypto_aes_cbc(CRYPTO_ENCRYPT, key, iv, in, whole_len, out);
    if (result == E_OK) {
        const uint8_t *chain = whole_len > 0 ? out + whole_len - CRYPTO_AES_BLOCK_LEN : iv;
        result =
            crypto_backend_aes_cbc(CRYPTO_ENCRYPT, key, chain, last, sizeof last, out + whole_len);
    }
    crypto_wipe(last, sizeof last);
    return result == E_OK ? (int)(whole_len + CRYPTO_AES_BLOCK_LEN) : result;
}

/* The number of padding bytes at the end of a last block, 0 when they are wrong. Time does not
 * depend on the block: how far a padding was right is what an attacker asks for. */
static unsigned padding_len(const uint8_t block[CRYPTO_AES_BLOCK_LEN])
{
    const unsigned n = block[CRYPTO_AES_BLOCK_LEN - 1];
    unsigned wrong = (n - 1) >> 4; /* 0 for 1..16 */
    for (unsigned i = 0; i < CRYPTO_AES_BLOCK_LEN; i++) {
        const unsigned inside = (i - n) >> 31; /* 1 when i < n */
        wrong |= (0U - inside) & (block[CRYPTO_AES_BLOCK_LEN - 1 - i] ^ n);
    }
    const unsigned right = (wrong - 1) >> 31 & ~(wrong >> 31); /* 1 when wrong == 0 */
    return (0U - right) & n;
}

static int pkcs7_decrypt(const struct crypto_aes_key *key, const uint8_t iv[16], const uint8_t *in,
                         size_t len, uint8_t *out)
{
    if (len == 0) {
        return E_ARG;
    }
    const int result = crypto_aes_cbc(CRYPTO_DECRYPT, key, iv, in, len, out);
    if (result != E_OK) {
        return result;
    }
    const unsigned padding = padding_len(out + len - CRYPTO_AES_BLOCK_LEN);
    if (padding == 0) {
        crypto_wipe(out, len);
        return E_AUTH;
    }
    ASSERT(padding <= CRYPTO_AES_BLOCK_LEN);
    return (int)(len - padding);
}

int crypto_aes_cbc_pkcs7(enum crypto_direction direction, const struct crypto_aes_key *key,
                         const uint8_t iv[16], const uint8_t *in, size_t len, uint8_t *out)
{
    if (!usable(key, in, len, out) || out == NULL) {
        return E_ARG;
    }
    return direction == CRYPTO_ENCRYPT ? pkcs7_encrypt(key, iv, in, len, out)
                                       : pkcs7_decrypt(key, iv, in, len, out);
}

int crypto_aes_ctr(const struct crypto_aes_key *key, const uint8_t iv[16], const uint8_t *in,
                   size_t len, uint8_t *out)
{
    if (!usable(key, in, len, out)) {
        return E_ARG;
    }
    return len == 0 ? E_OK : crypto_backend_aes_ctr(key, iv, in, len, out);
}
