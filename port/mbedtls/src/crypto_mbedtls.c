/* SPDX-License-Identifier: MIT
 * mbedTLS 2.28 backend of lib/crypto: digests, random bytes, memory.
 */
#include "crypto_mbedtls.h"

#include "base/assert.h"
#include "crypto_mbedtls/entropy.h"
#include "mbedtls/hmac_drbg.h"
#include "mbedtls/memory_buffer_alloc.h"
#include "mbedtls/sha256.h"
#include "mbedtls/sha512.h"

_Static_assert(sizeof(mbedtls_sha256_context) <= CRYPTO_HASH_STATE_LEN, "digest state");
_Static_assert(sizeof(mbedtls_sha512_context) <= CRYPTO_HASH_STATE_LEN, "digest state");

/* What one call needs at most, RSA-4096 PSS, besides the generator (README): in units of a pointer.
 */
enum { POOL_LEN = 3072 * (int)sizeof(void *) };

static struct {
    _Alignas(16) unsigned char pool[POOL_LEN];
    mbedtls_hmac_drbg_context drbg;
    bool pool_ready;
    bool drbg_ready;
} backend;

static int entropy(void *context, unsigned char *out, size_t len)
{
    (void)context;
    return crypto_mbedtls_entropy(out, len) == E_OK ? 0
                                                    : MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED;
}

int backend_start(void)
{
    if (!backend.pool_ready) {
        mbedtls_memory_buffer_alloc_init(backend.pool, sizeof backend.pool);
        backend.pool_ready = true;
    }
    if (!backend.drbg_ready) {
        static const unsigned char name[] = "wattward";
        mbedtls_hmac_drbg_init(&backend.drbg);
        if (mbedtls_hmac_drbg_seed(&backend.drbg, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                                   entropy, NULL, name, sizeof name) != 0) {
            mbedtls_hmac_drbg_free(&backend.drbg);
            return E_IO;
        }
        backend.drbg_ready = true;
    }
    return E_OK;
}

int backend_draw(void *context, unsigned char *out, size_t len)
{
    (void)context;
    int result = 0;
    while (len > 0 && result == 0) {
        const size_t n =
            len < MBEDTLS_HMAC_DRBG_MAX_REQUEST ? len : (size_t)MBEDTLS_HMAC_DRBG_MAX_REQUEST;
        result = mbedtls_hmac_drbg_random(&backend.drbg, out, n);
        out += n;
        len -= n;
    }
    return result;
}

int crypto_backend_random(void *out, size_t len)
{
    if (backend_start() != E_OK) {
        return E_IO;
    }
    return backend_draw(NULL, out, len) == 0 ? E_OK : E_IO;
}

static mbedtls_sha256_context *sha256_of(struct crypto_digest *d)
{
    return (void *)d->state;
}

static mbedtls_sha512_context *sha512_of(struct crypto_digest *d)
{
    return (void *)d->state;
}

void crypto_backend_digest_init(struct crypto_digest *d)
{
    int result = 0;
    if (d->hash == CRYPTO_SHA256) {
        mbedtls_sha256_init(sha256_of(d));
        result = mbedtls_sha256_starts_ret(sha256_of(d), 0);
    } else {
        mbedtls_sha512_init(sha512_of(d));
        result = mbedtls_sha512_starts_ret(sha512_of(d), d->hash == CRYPTO_SHA384);
    }
    ASSERT(result == 0); /* without hardware under them these cannot fail */
}

void crypto_backend_digest_update(struct crypto_digest *d, const void *data, size_t len)
{
    const int result = d->hash == CRYPTO_SHA256
                           ? mbedtls_sha256_update_ret(sha256_of(d), data, len)
                           : mbedtls_sha512_update_ret(sha512_of(d), data, len);
    ASSERT(result == 0);
}

void crypto_backend_digest_final(struct crypto_digest *d, uint8_t *out)
{
    if (d->hash == CRYPTO_SHA256) {
        ASSERT(mbedtls_sha256_finish_ret(sha256_of(d), out) == 0);
        return;
    }
    /* mbedTLS writes 64 bytes for SHA-384 too. */
    uint8_t whole[CRYPTO_SHA512_LEN];
    ASSERT(mbedtls_sha512_finish_ret(sha512_of(d), whole) == 0);
    for (size_t i = 0; i < crypto_hash_len(d->hash); i++) {
        out[i] = whole[i];
    }
    crypto_wipe(whole, sizeof whole);
}
