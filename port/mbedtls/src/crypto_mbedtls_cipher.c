/* SPDX-License-Identifier: MIT
 * mbedTLS 2.28 backend of lib/crypto: AES modes and authenticated encryption.
 */
#include <string.h>

#include "crypto_mbedtls.h"
#include "mbedtls/aes.h"
#include "mbedtls/ccm.h"
#include "mbedtls/chachapoly.h"
#include "mbedtls/gcm.h"

/* RFC 3610 writes longer additional data in a form that mbedTLS 2.28 does not have. */
enum { CCM_AAD_MAX_LEN = 0xfeff };

static int outcome(int result, int wrong_tag)
{
    return result == 0 ? E_OK : result == wrong_tag ? E_AUTH : E_IO;
}

int crypto_backend_aes_cbc(enum crypto_direction direction, const struct crypto_aes_key *key,
                           const uint8_t iv[16], const uint8_t *in, size_t len, uint8_t *out)
{
    mbedtls_aes_context aes;
    uint8_t chain[CRYPTO_AES_BLOCK_LEN];
    memcpy(chain, iv, sizeof chain);
    mbedtls_aes_init(&aes);
    const bool encrypt = direction == CRYPTO_ENCRYPT;
    const unsigned bits = (unsigned)key->key_len * 8;
    int result = encrypt ? mbedtls_aes_setkey_enc(&aes, key->key, bits)
                         : mbedtls_aes_setkey_dec(&aes, key->key, bits);
    if (result == 0) {
        result = mbedtls_aes_crypt_cbc(&aes, encrypt ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT,
                                       len, chain, in, out);
    }
    mbedtls_aes_free(&aes);
    return outcome(result, 0);
}

int crypto_backend_aes_ctr(const struct crypto_aes_key *key, const uint8_t iv[16],
                           const uint8_t *in, size_t len, uint8_t *out)
{
    mbedtls_aes_context aes;
    uint8_t counter[CRYPTO_AES_BLOCK_LEN];
    uint8_t stream[CRYPTO_AES_BLOCK_LEN];
    size_t offset = 0;
    memcpy(counter, iv, sizeof counter);
    mbedtls_aes_init(&aes);
    int result = mbedtls_aes_setkey_enc(&aes, key->key, (unsigned)key->key_len * 8);
    if (result == 0) {
        result = mbedtls_aes_crypt_ctr(&aes, len, &offset, counter, stream, in, out);
    }
    crypto_wipe(stream, sizeof stream);
    mbedtls_aes_free(&aes);
    return outcome(result, 0);
}

/* One message; `tag` is written when sealing and read when opening. */
struct message {
    const struct crypto_aead_key *key;
    const struct crypto_aead_head *head;
    const uint8_t *in;
    size_t len;
    uint8_t *out;
};

static int gcm(const struct message *m, uint8_t *seal, const uint8_t *open)
{
    const struct crypto_aead_head *head = m->head;
    const size_t tag_len = m->key->tag_len;
    mbedtls_gcm_context ctx;
    mbedtls_gcm_init(&ctx);
    int result =
        mbedtls_gcm_setkey(&ctx, MBEDTLS_CIPHER_ID_AES, m->key->key, (unsigned)m->key->key_len * 8);
    if (result == 0) {
        result =
            seal != NULL
                ? mbedtls_gcm_crypt_and_tag(&ctx, MBEDTLS_GCM_ENCRYPT, m->len, head->nonce,
                                            head->nonce_len, head->aad, head->aad_len, m->in,
                                            m->out, tag_len, seal)
                : mbedtls_gcm_auth_decrypt(&ctx, m->len, head->nonce, head->nonce_len, head->aad,
                                           head->aad_len, open, tag_len, m->in, m->out);
    }
    mbedtls_gcm_free(&ctx);
    return outcome(result, MBEDTLS_ERR_GCM_AUTH_FAILED);
}

static int ccm(const struct message *m, uint8_t *seal, const uint8_t *open)
{
    const struct crypto_aead_head *head = m->head;
    const size_t tag_len = m->key->tag_len;
    if (head->aad_len > CCM_AAD_MAX_LEN) {
        return E_UNSUPPORTED;
    }
    mbedtls_ccm_context ctx;
    mbedtls_ccm_init(&ctx);
    int result =
        mbedtls_ccm_setkey(&ctx, MBEDTLS_CIPHER_ID_AES, m->key->key, (unsigned)m->key->key_len * 8);
    if (result == 0) {
        result =
            seal != NULL
                ? mbedtls_ccm_encrypt_and_tag(&ctx, m->len, head->nonce, head->nonce_len, head->aad,
                                              head->aad_len, m->in, m->out, seal, tag_len)
                : mbedtls_ccm_auth_decrypt(&ctx, m->len, head->nonce, head->nonce_len, head->aad,
                                           head->aad_len, m->in, m->out, open, tag_len);
    }
    mbedtls_ccm_free(&ctx);
    return outcome(result, MBEDTLS_ERR_CCM_AUTH_FAILED);
}

static int chachapoly(const struct message *m, uint8_t *seal, const uint8_t *open)
{
    const struct crypto_aead_head *head = m->head;
    mbedtls_chachapoly_context ctx;
    mbedtls_chachapoly_init(&ctx);
    int result = mbedtls_chachapoly_setkey(&ctx, m->key->key);
    if (result == 0) {
        result = seal != NULL
                     ? mbedtls_chachapoly_encrypt_and_tag(&ctx, m->len, head->nonce, head->aad,
                                                          head->aad_len, m->in, m->out, seal)
                     : mbedtls_chachapoly_auth_decrypt(&ctx, m->len, head->nonce, head->aad,
                                                       head->aad_len, open, m->in, m->out);
    }
    mbedtls_chachapoly_free(&ctx);
    return outcome(result, MBEDTLS_ERR_CHACHAPOLY_AUTH_FAILED);
}

static int run(const struct message *m, uint8_t *seal, const uint8_t *open)
{
    if (backend_start() != E_OK) {
        return E_IO;
    }
    switch (m->key->aead) {
    case CRYPTO_AES_GCM:
        return gcm(m, seal, open);
    case CRYPTO_AES_CCM:
        return ccm(m, seal, open);
    case CRYPTO_CHACHA20_POLY1305:
        return chachapoly(m, seal, open);
    default:
        return E_UNSUPPORTED;
    }
}

int crypto_backend_aead_seal(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                             const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag)
{
    const struct message m = {.key = key, .head = head, .in = in, .len = len, .out = out};
    return run(&m, tag, NULL);
}

int crypto_backend_aead_open(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                             const uint8_t *in, size_t len, const uint8_t *tag, uint8_t *out)
{
    const struct message m = {.key = key, .head = head, .in = in, .len = len, .out = out};
    return run(&m, NULL, tag);
}
