/* SPDX-License-Identifier: MIT
 * A set-associative table, as a processor's cache is one.
 */
#include "enrol/limiter.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"

int limiter_init(struct limiter *l, const struct bucket_rate *rate)
{
    *l = (struct limiter){.rate = *rate};
    return crypto_random(l->secret, sizeof l->secret) == E_OK ? E_OK : E_IO;
}

static uint64_t hash(const struct limiter *l, const char *key)
{
    uint8_t digest[CRYPTO_SHA256_LEN];
    uint64_t value = 0;
    const int result =
        crypto_hmac(CRYPTO_SHA256, l->secret, sizeof l->secret, key, strlen(key), digest);
    if (result == E_OK) {
        memcpy(&value, digest, sizeof value);
    }
    return value == 0 ? 1 : value; /* 0 marks a free entry */
}

static struct bucket *find(struct limiter *l, const char *key, uint64_t now_ms)
{
    const uint64_t wanted = hash(l, key);
    struct limiter_entry *row = l->entries[wanted % LIMITER_ROWS];
    struct limiter_entry *quietest = &row[0];
    for (size_t i = 0; i < LIMITER_WAYS; i++) {
        if (row[i].key == wanted) {
            return &row[i].bucket;
        }
        if (quietest->key != 0 &&
            (row[i].key == 0 || row[i].bucket.last_ms < quietest->bucket.last_ms)) {
            quietest = &row[i];
        }
    }
    quietest->key = wanted;
    bucket_fill(&quietest->bucket, &l->rate, now_ms);
    return &quietest->bucket;
}

uint64_t limiter_wait_ms(struct limiter *l, const char *key, uint64_t now_ms)
{
    return bucket_wait_ms(find(l, key, now_ms), &l->rate, now_ms);
}

bool limiter_take(struct limiter *l, const char *key, uint64_t now_ms)
{
    return bucket_take(find(l, key, now_ms), &l->rate, now_ms);
}
