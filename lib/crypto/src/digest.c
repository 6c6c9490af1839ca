/* SPDX-License-Identifier: MIT
 * FIPS 180-4 digests over the backend, and random bytes.
 */
#include "base/assert.h"
#include "crypto/backend.h"

void crypto_digest_init(struct crypto_digest *d, enum crypto_hash hash)
{
    ASSERT(crypto_hash_len(hash) <= CRYPTO_HASH_MAX_LEN);
    d->hash = hash;
    crypto_backend_digest_init(d);
}

void crypto_digest_update(struct crypto_digest *d, const void *data, size_t len)
{
    ASSERT(data != NULL || len == 0);
    if (len > 0) {
        crypto_backend_digest_update(d, data, len);
    }
}

void crypto_digest_final(struct crypto_digest *d, uint8_t *out)
{
    ASSERT(out != NULL);
    crypto_backend_digest_final(d, out);
    crypto_wipe(d->state, sizeof d->state);
}

int crypto_digest(enum crypto_hash hash, const void *data, size_t len, uint8_t *out)
{
    if (data == NULL && len > 0) {
        return E_ARG;
    }
    struct crypto_digest d;
    crypto_digest_init(&d, hash);
    crypto_digest_update(&d, data, len);
    crypto_digest_final(&d, out);
    return E_OK;
}

int crypto_random(void *out, size_t len)
{
    return len == 0 ? E_OK : crypto_backend_random(out, len);
}
