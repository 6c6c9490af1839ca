/* SPDX-License-Identifier: MIT
 * Shared by the parts of the OpenSSL 3 backend of lib/crypto.
 *
 * OpenSSL's one-shot EVP calls look an algorithm up by name each time, which costs more than a
 * short message does; so what can be fetched is fetched once. Where 3.0 offers only the slow way
 * beside a deprecated fast one (digest states without pointers, keys from raw points), the
 * deprecated one is used; the figures are in bench/crypto.
 */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto/backend.h"

struct openssl_cache {
    EVP_CIPHER *cbc[3]; /* by key length: 16, 24, 32 */
    EVP_CIPHER *ctr[3];
    EVP_CIPHER *gcm[3];
    EVP_CIPHER *ccm[3];
    EVP_CIPHER *chacha20_poly1305;
    EC_GROUP *groups[2]; /* by enum crypto_curve */
};

/* Filled at the first call, from any thread; NULL when OpenSSL cannot. Lives as long as the
 * process.
 */
const struct openssl_cache *openssl_cache(void);

/* OpenSSL leaves a record of every failure in a queue of the thread, where a TLS connection served
 * next would take it for its own. Between these two, records are dropped. */
void openssl_enter(void);
void openssl_leave(void);

#endif
