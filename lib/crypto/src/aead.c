/* SPDX-License-Identifier: MIT
 * Authenticated encryption: AES-GCM (NIST SP 800-38D), AES-CCM (RFC 3610), ChaCha20-Poly1305
 * (RFC 8439). Lengths are checked here, once for every backend.
 */
#include "base/assert.h"
#include "crypto/backend.h"

static bool aes_key_len(size_t len)
{
    return len == 16 || len == 24 || len == 32;
}

/* RFC 3610 section 2: the message length is written in 15 - nonce_len bytes. */
static bool ccm_message_fits(size_t nonce_len, size_t len)
{
    const size_t length_bits = 8 * (15 - nonce_len);
    return length_bits >= 32 || (len >> length_bits) == 0;
}

static bool key_usable(const struct crypto_aead_key *key)
{
    switch (key->aead) {
    case CRYPTO_AES_GCM:
        return aes_key_len(key->key_len) && key->tag_len >= 12 && key->tag_len <= 16;
    case CRYPTO_AES_CCM:
        return aes_key_len(key->key_len) && key->tag_len >= 4 && key->tag_len <= 16 &&
               key->tag_len % 2 == 0;
    case CRYPTO_CHACHA20_POLY1305:
        return key->key_len == 32 && key->tag_len == CRYPTO_AEAD_TAG_LEN;
    default:
        return false;
    }
}

static bool nonce_usable(enum crypto_aead aead, size_t nonce_len, size_t len)
{
    if (aead == CRYPTO_AES_CCM) {
        return nonce_len >= 7 && nonce_len <= 13 && ccm_message_fits(nonce_len, len);
    }
    return nonce_len == CRYPTO_AEAD_NONCE_LEN;
}

static bool usable(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                   const uint8_t *in, size_t len, const uint8_t *out)
{
    if (key->key == NULL || head->nonce == NULL || (head->aad == NULL && head->aad_len > 0)) {
        return false;
    }
    if (len > CRYPTO_MESSAGE_MAX_LEN || head->aad_len > CRYPTO_MESSAGE_MAX_LEN) {
        return false;
    }
    if ((in == NULL || out == NULL) && len > 0) {
        return false;
    }
    return key_usable(key) && nonce_usable(key->aead, head->nonce_len, len);
}

int crypto_aead_seal(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                     const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag)
{
    if (!usable(key, head, in, len, out) || tag == NULL) {
        return E_ARG;
    }
    return crypto_backend_aead_seal(key, head, in, len, out, tag);
}

int crypto_aead_open(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                     const uint8_t *in, size_t len, const uint8_t *tag, uint8_t *out)
{
    if (!usable(key, head, in, len, out) || tag == NULL) {
        return E_ARG;
    }
    const int result = crypto_backend_aead_open(key, head, in, len, tag, out);
    ASSERT(result <= E_OK);
    if (result != E_OK) {
        crypto_wipe(out, len);
    }
    return result;
}
