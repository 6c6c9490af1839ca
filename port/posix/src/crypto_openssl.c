/* SPDX-License-Identifier: MIT
 * OpenSSL 3 backend of lib/crypto: digests, random bytes, and what the other parts share.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_CTX and SHA512_CTX: copyable, without pointers */
#include "crypto_openssl.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "base/assert.h"

_Static_assert(sizeof(SHA256_CTX) <= CRYPTO_HASH_STATE_LEN, "digest state");
_Static_assert(sizeof(SHA512_CTX) <= CRYPTO_HASH_STATE_LEN, "digest state");

static struct openssl_cache cache;
static bool cache_filled;
static CRYPTO_ONCE cache_once = CRYPTO_ONCE_STATIC_INIT;

static bool fetch_aes(EVP_CIPHER *ciphers[3], const char *mode)
{
    bool all = true;
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "AES-%d-%s", 128 + 64 * i, mode);
        ciphers[i] = EVP_CIPHER_fetch(NULL, name, NULL);
        all = all && ciphers[i] != NULL;
    }
    return all;
}

static void fill_cache(void)
{
    cache.chacha20_poly1305 = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    cache.groups[CRYPTO_P256] = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    cache.groups[CRYPTO_P521] = EC_GROUP_new_by_curve_name(NID_secp521r1);
    cache_filled = fetch_aes(cache.cbc, "CBC") && fetch_aes(cache.ctr, "CTR") &&
                   fetch_aes(cache.gcm, "GCM") && fetch_aes(cache.ccm, "CCM") &&
                   cache.chacha20_poly1305 != NULL && cache.groups[CRYPTO_P256] != NULL &&
                   cache.groups[CRYPTO_P521] != NULL;
}

const struct openssl_cache *openssl_cache(void)
{
    return CRYPTO_THREAD_run_once(&cache_once, fill_cache) == 1 && cache_filled ? &cache : NULL;
}

void openssl_enter(void)
{
    ERR_set_mark();
}

void openssl_leave(void)
{
    ERR_pop_to_mark();
}

/* The state is aligned by its declaration. */
static void *state_of(struct crypto_digest *d)
{
    return d->state;
}

void crypto_backend_digest_init(struct crypto_digest *d)
{
    int ok = 0;
    switch (d->hash) {
    case CRYPTO_SHA256:
        ok = SHA256_Init(state_of(d));
        break;
    case CRYPTO_SHA384:
        ok = SHA384_Init(state_of(d));
        break;
    case CRYPTO_SHA512:
        ok = SHA512_Init(state_of(d));
        break;
    }
    ASSERT(ok == 1); /* these cannot fail: no allocation, no lookup */
}

void crypto_backend_digest_update(struct crypto_digest *d, const void *data, size_t len)
{
    const int ok = d->hash == CRYPTO_SHA256   ? SHA256_Update(state_of(d), data, len)
                   : d->hash == CRYPTO_SHA384 ? SHA384_Update(state_of(d), data, len)
                                              : SHA512_Update(state_of(d), data, len);
    ASSERT(ok == 1);
}

void crypto_backend_digest_final(struct crypto_digest *d, uint8_t *out)
{
    const int ok = d->hash == CRYPTO_SHA256   ? SHA256_Final(out, state_of(d))
                   : d->hash == CRYPTO_SHA384 ? SHA384_Final(out, state_of(d))
                                              : SHA512_Final(out, state_of(d));
    ASSERT(ok == 1);
}

/* The private generator of OpenSSL for all of it: what is drawn here becomes keys and nonces. */
int crypto_backend_random(void *out, size_t len)
{
    uint8_t *at = out;
    openssl_enter();
    while (len > 0) {
        const int n = len < INT_MAX ? (int)len : INT_MAX;
        if (RAND_priv_bytes(at, n) != 1) {
            break;
        }
        at += n;
        len -= (size_t)n;
    }
    openssl_leave();
    return len == 0 ? E_OK : E_IO;
}
