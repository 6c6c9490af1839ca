/* SPDX-License-Identifier: MIT
 * Opening TLS records with a session's secrets (RFC 5246, RFC 7366, RFC 5288, RFC 7905, RFC 8446):
 * for looking into captures, so nothing here runs in constant time.
 */
#ifndef TOOLS_TLS_CIPHER_H
#define TOOLS_TLS_CIPHER_H

#include <stdbool.h>

#include "crypto/crypto.h"
#include "tls_keylog.h"

enum {
    TLS_RECORD_HEAD_LEN = 5,
    TLS_PLAIN_MAX_LEN = 1 << 14,
    TLS_RECORD_MAX_LEN = TLS_PLAIN_MAX_LEN + 2048
};

struct tls_suite {
    uint16_t id;
    const char *name;
    enum crypto_hash hash; /* of the key derivation */
    bool cbc;
    enum crypto_aead aead; /* unless cbc */
    uint8_t key_len;
};

/* NULL for a suite that is not opened here. */
const struct tls_suite *tls_suite_find(uint16_t id);

/* What one side encrypts with. */
struct tls_cipher {
    const struct tls_suite *suite;
    bool is_13, encrypt_then_mac;
    uint8_t mac_key[CRYPTO_SHA256_LEN];
    uint8_t key[32];
    uint8_t iv[12]; /* the fixed part */
    uint64_t sequence;
};

/* Both sides' keys of TLS 1.2. */
int tls_cipher_12(const struct tls_suite *suite, const uint8_t master[TLS_SECRET_MAX_LEN],
                  const uint8_t randoms[2 * TLS_RANDOM_LEN] /* client's, server's */,
                  struct tls_cipher *client, struct tls_cipher *server) MUST_USE;
/* One side's of TLS 1.3, from its traffic secret. */
int tls_cipher_13(const struct tls_suite *suite, const uint8_t *secret,
                  struct tls_cipher *out) MUST_USE;
/* The secret after a KeyUpdate. */
int tls_cipher_13_next(const struct tls_suite *suite, uint8_t *secret) MUST_USE;

/* Opens a whole record (head and body) and counts it. The length of the plain text in `out`, which
 * has room for TLS_RECORD_MAX_LEN; E_AUTH when it does not verify, and then only the count
 * remains. */
int tls_cipher_open(struct tls_cipher *cipher, const uint8_t *record, size_t len,
                    uint8_t *out) MUST_USE;

#endif
