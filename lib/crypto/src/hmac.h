/* SPDX-License-Identifier: MIT
 * A running HMAC, for messages that come in parts.
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "crypto/crypto.h"

enum { HMAC_BLOCK_MAX_LEN = 128 };

/* The key is kept (as one block) until the end, so that only one digest is alive at a time. */
struct hmac {
    struct crypto_digest digest;
    uint8_t block[HMAC_BLOCK_MAX_LEN];
};

void hmac_init(struct hmac *h, enum crypto_hash hash, struct crypto_bytes key);
void hmac_update(struct hmac *h, const void *data, size_t len);
/* Writes crypto_hash_len() bytes and wipes the state. */
void hmac_final(struct hmac *h, uint8_t *out);

#endif
