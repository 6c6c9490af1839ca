/* SPDX-License-Identifier: MIT
 * HKDF (RFC 5869).
 */
#include <string.h>

#include "base/assert.h"
#include "hmac.h"

enum { HKDF_BLOCKS_MAX = 255 };

/* Section 2.3. `key` is the pseudorandom key of section 2.2. Not inlined: its HMAC would share a
 * frame with that of the extraction, too much for a small stack. */
static __attribute__((noinline)) void expand(enum crypto_hash hash, struct crypto_bytes key,
                                             struct crypto_bytes info, uint8_t *out, size_t out_len)
{
    const size_t len = crypto_hash_len(hash);
    ASSERT(out_len <= HKDF_BLOCKS_MAX * len);
    uint8_t block[CRYPTO_HASH_MAX_LEN];
    size_t block_len = 0; /* T(0) is empty */
    uint8_t counter = 1;
    for (size_t done = 0; done < out_len; counter++) {
        struct hmac h;
        hmac_init(&h, hash, key);
        hmac_update(&h, block, block_len);
        hmac_update(&h, info.data, info.len);
        hmac_update(&h, &counter, 1);
        hmac_final(&h, block);
        block_len = len;
        const size_t n = out_len - done < len ? out_len - done : len;
        memcpy(out + done, block, n);
        done += n;
    }
    crypto_wipe(block, sizeof block);
}

static bool readable(struct crypto_bytes bytes)
{
    return bytes.data != NULL || bytes.len == 0;
}

int crypto_hkdf(enum crypto_hash hash, struct crypto_bytes key, struct crypto_bytes salt,
                struct crypto_bytes info, uint8_t *out, size_t out_len)
{
    const size_t len = crypto_hash_len(hash);
    if (!readable(key) || !readable(salt) || !readable(info)) {
        return E_ARG;
    }
    if (out_len == 0 || out_len > HKDF_BLOCKS_MAX * len) {
        return E_ARG;
    }
    /* Section 2.2. An absent salt is a hash length of zeros, which as an HMAC key equals none. */
    uint8_t extracted[CRYPTO_HASH_MAX_LEN];
    const int result = crypto_hmac(hash, salt.data, salt.len, key.data, key.len, extracted);
    if (result == E_OK) {
        expand(hash, (struct crypto_bytes){.data = extracted, .len = len}, info, out, out_len);
    }
    crypto_wipe(extracted, sizeof extracted);
    return result;
}
