/* SPDX-License-Identifier: MIT
 * OpenSSL 3 backend of lib/crypto: AES modes and authenticated encryption.
 */
#include <string.h>

#include "base/assert.h"
#include "crypto_openssl.h"

static size_t by_key_len(size_t key_len)
{
    ASSERT(key_len == 16 || key_len == 24 || key_len == 32);
    return key_len / 8 - 2;
}

static int run_unpadded(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
    int n = 0;
    int rest = 0;
    if (EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
        EVP_CipherUpdate(ctx, out, &n, in, (int)len) != 1 ||
        EVP_CipherFinal_ex(ctx, out + n, &rest) != 1) {
        return E_IO;
    }
    return (size_t)n + (size_t)rest == len ? E_OK : E_IO;
}

int crypto_backend_aes_cbc(enum crypto_direction direction, const struct crypto_aes_key *key,
                           const uint8_t iv[16], const uint8_t *in, size_t len, uint8_t *out)
{
    const struct openssl_cache *cache = openssl_cache();
    EVP_CIPHER_CTX *ctx = cache == NULL ? NULL : EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return E_IO;
    }
    openssl_enter();
    int result = E_IO;
    if (EVP_CipherInit_ex2(ctx, cache->cbc[by_key_len(key->key_len)], key->key, iv,
                           direction == CRYPTO_ENCRYPT, NULL) == 1) {
        result = run_unpadded(ctx, in, len, out);
    }
    EVP_CIPHER_CTX_free(ctx); /* which wipes it */
    openssl_leave();
    return result;
}

int crypto_backend_aes_ctr(const struct crypto_aes_key *key, const uint8_t iv[16],
                           const uint8_t *in, size_t len, uint8_t *out)
{
    const struct openssl_cache *cache = openssl_cache();
    EVP_CIPHER_CTX *ctx = cache == NULL ? NULL : EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return E_IO;
    }
    openssl_enter();
    int result = E_IO;
    if (EVP_CipherInit_ex2(ctx, cache->ctr[by_key_len(key->key_len)], key->key, iv, 1, NULL) == 1) {
        result = run_unpadded(ctx, in, len, out);
    }
    EVP_CIPHER_CTX_free(ctx);
    openssl_leave();
    return result;
}

static const EVP_CIPHER *cipher_of(const struct crypto_aead_key *key)
{
    const struct openssl_cache *cache = openssl_cache();
    if (cache == NULL) {
        return NULL;
    }
    switch (key->aead) {
    case CRYPTO_AES_GCM:
        return cache->gcm[by_key_len(key->key_len)];
    case CRYPTO_AES_CCM:
        return cache->ccm[by_key_len(key->key_len)];
    case CRYPTO_CHACHA20_POLY1305:
        return cache->chacha20_poly1305;
    default:
        return NULL;
    }
}

/* `tag` is what to check when opening, NULL when sealing. CCM must know it, and its length, before
 * the key; the others do not mind. */
static bool start(EVP_CIPHER_CTX *ctx, const struct crypto_aead_key *key,
                  const struct crypto_aead_head *head, const uint8_t *tag)
{
    const int encrypt = tag == NULL;
    uint8_t copy[CRYPTO_AEAD_TAG_LEN] = {0}; /* OpenSSL's argument is not const */
    if (tag != NULL) {
        memcpy(copy, tag, key->tag_len);
    }
    const EVP_CIPHER *cipher = cipher_of(key);
    if (cipher == NULL || EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)head->nonce_len, NULL) != 1) {
        return false;
    }
    if ((!encrypt || key->aead == CRYPTO_AES_CCM) &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)key->tag_len, encrypt ? NULL : copy) !=
            1) {
        return false;
    }
    return EVP_CipherInit_ex2(ctx, NULL, key->key, head->nonce, encrypt, NULL) == 1;
}

static bool feed_head(EVP_CIPHER_CTX *ctx, const struct crypto_aead_key *key,
                      const struct crypto_aead_head *head, size_t len)
{
    int n = 0;
    if (key->aead == CRYPTO_AES_CCM && EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)len) != 1) {
        return false;
    }
    return head->aad_len == 0 ||
           EVP_CipherUpdate(ctx, NULL, &n, head->aad, (int)head->aad_len) == 1;
}

/* CCM does its work in one update, even of nothing, and checks the tag there. */
static bool feed_message(EVP_CIPHER_CTX *ctx, bool ccm, const uint8_t *in, size_t len, uint8_t *out)
{
    int n = 0;
    if (len == 0) {
        const uint8_t none = 0;
        uint8_t nowhere = 0;
        return !ccm || EVP_CipherUpdate(ctx, &nowhere, &n, &none, 0) == 1;
    }
    return EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 && (size_t)n == len;
}

int crypto_backend_aead_seal(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                             const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return E_IO;
    }
    openssl_enter();
    uint8_t nowhere[CRYPTO_AES_BLOCK_LEN];
    int n = 0;
    const bool ok = start(ctx, key, head, NULL) && feed_head(ctx, key, head, len) &&
                    feed_message(ctx, key->aead == CRYPTO_AES_CCM, in, len, out) &&
                    EVP_CipherFinal_ex(ctx, nowhere, &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)key->tag_len, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    openssl_leave();
    return ok ? E_OK : E_IO;
}

int crypto_backend_aead_open(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                             const uint8_t *in, size_t len, const uint8_t *tag, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return E_IO;
    }
    openssl_enter();
    const bool ccm = key->aead == CRYPTO_AES_CCM;
    int result = E_IO;
    if (start(ctx, key, head, tag) && feed_head(ctx, key, head, len)) {
        uint8_t nowhere[CRYPTO_AES_BLOCK_LEN];
        int n = 0;
        const bool authentic = feed_message(ctx, ccm, in, len, out) &&
                               (ccm || EVP_CipherFinal_ex(ctx, nowhere, &n) == 1);
        result = authentic ? E_OK : E_AUTH;
    }
    EVP_CIPHER_CTX_free(ctx);
    openssl_leave();
    return result;
}
