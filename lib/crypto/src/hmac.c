/* SPDX-License-Identifier: MIT
 * HMAC (RFC 2104) over the running digest.
 */
#include "hmac.h"

#include <string.h>

#include "base/assert.h"

static size_t block_len(enum crypto_hash hash)
{
    return hash == CRYPTO_SHA256 ? 64 : HMAC_BLOCK_MAX_LEN;
}

static void start(struct hmac *h, uint8_t pad)
{
    const enum crypto_hash hash = h->digest.hash;
    uint8_t padded[HMAC_BLOCK_MAX_LEN];
    for (size_t i = 0; i < block_len(hash); i++) {
        padded[i] = h->block[i] ^ pad;
    }
    crypto_digest_init(&h->digest, hash);
    crypto_digest_update(&h->digest, padded, block_len(hash));
    crypto_wipe(padded, sizeof padded);
}

void hmac_init(struct hmac *h, enum crypto_hash hash, struct crypto_bytes key)
{
    ASSERT(key.data != NULL || key.len == 0);
    memset(h->block, 0, sizeof h->block);
    h->digest.hash = hash;
    if (key.len > block_len(hash)) {
        crypto_digest_init(&h->digest, hash);
        crypto_digest_update(&h->digest, key.data, key.len);
        crypto_digest_final(&h->digest, h->block);
    } else if (key.len > 0) {
        memcpy(h->block, key.data, key.len);
    }
    start(h, 0x36);
}

void hmac_update(struct hmac *h, const void *data, size_t len)
{
    crypto_digest_update(&h->digest, data, len);
}

void hmac_final(struct hmac *h, uint8_t *out)
{
    const size_t len = crypto_hash_len(h->digest.hash);
    uint8_t inner[CRYPTO_HASH_MAX_LEN];
    crypto_digest_final(&h->digest, inner);
    start(h, 0x5c);
    crypto_digest_update(&h->digest, inner, len);
    crypto_digest_final(&h->digest, out);
    crypto_wipe(inner, sizeof inner);
    crypto_wipe(h->block, sizeof h->block);
}

int crypto_hmac(enum crypto_hash hash, const void *key, size_t key_len, const void *data,
                size_t len, uint8_t *out)
{
    if ((key == NULL && key_len > 0) || (data == NULL && len > 0)) {
        return E_ARG;
    }
    struct hmac h;
    hmac_init(&h, hash, (struct crypto_bytes){.data = key, .len = key_len});
    hmac_update(&h, data, len);
    hmac_final(&h, out);
    return E_OK;
}
