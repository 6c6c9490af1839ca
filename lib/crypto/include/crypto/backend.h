/* SPDX-License-Identifier: MIT
 * What a port supplies under crypto/crypto.h. Only lib/crypto/src calls these, after it has checked
 * every length and range its own header states, so a backend checks nothing twice; what it must
 * find itself is said here. A backend never keeps a pointer it was given.
 *
 * All return E_OK, E_IO (allocation, entropy, or a library that refuses for no reason of ours) or
 * E_UNSUPPORTED (an algorithm it does not have), besides what stands at the function.
 */
#ifndef CRYPTO_BACKEND_H
#define CRYPTO_BACKEND_H

#include "crypto/crypto.h"

/* The state lives in d->state: no pointer in it, nothing to release. d->hash is set. */
void crypto_backend_digest_init(struct crypto_digest *d);
void crypto_backend_digest_update(struct crypto_digest *d, const void *data, size_t len);
/* The state may be left in any condition; the caller wipes it. */
void crypto_backend_digest_final(struct crypto_digest *d, uint8_t *out);

/* len is a positive multiple of 16; in place is asked for. */
int crypto_backend_aes_cbc(enum crypto_direction direction, const struct crypto_aes_key *key,
                           const uint8_t iv[16], const uint8_t *in, size_t len,
                           uint8_t *out) MUST_USE;
int crypto_backend_aes_ctr(const struct crypto_aes_key *key, const uint8_t iv[16],
                           const uint8_t *in, size_t len, uint8_t *out) MUST_USE;

/* len and aad_len may be 0, in place is asked for. */
int crypto_backend_aead_seal(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                             const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag) MUST_USE;
/* E_AUTH for a wrong tag; the caller wipes `out` after any failure. */
int crypto_backend_aead_open(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                             const uint8_t *in, size_t len, const uint8_t *tag,
                             uint8_t *out) MUST_USE;

/* Private scalars are in 1..n-1, public points have the right length and begin with 4. Whether a
 * point is on the curve is the backend's to find: E_ARG. */
int crypto_backend_ec_public(enum crypto_curve curve, const uint8_t *private_key,
                             uint8_t *public_key) MUST_USE;
int crypto_backend_ecdsa_sign(enum crypto_curve curve, const uint8_t *private_key,
                              const uint8_t *digest, size_t digest_len,
                              uint8_t *signature) MUST_USE;
/* r and s may be anything, zero included: E_AUTH. */
int crypto_backend_ecdsa_verify(enum crypto_curve curve, const uint8_t *public_key,
                                const uint8_t *digest, size_t digest_len,
                                const uint8_t *signature) MUST_USE;
int crypto_backend_ecdh_p256(const uint8_t private_key[32], const uint8_t public_key[65],
                             uint8_t shared[32]) MUST_USE;

/* RFC 7748 section 5 with any 32 bytes as scalar and u. The result may be zero, or the backend may
 * say E_AUTH for that. */
int crypto_backend_x25519(const uint8_t scalar[32], const uint8_t u[32], uint8_t out[32]) MUST_USE;

/* RFC 8032 section 5.1, the pure form; S must be below the group order: E_AUTH. */
int crypto_backend_ed25519_public(const uint8_t seed[32], uint8_t public_key[32]) MUST_USE;
int crypto_backend_ed25519_sign(const uint8_t seed[32], const void *message, size_t len,
                                uint8_t signature[64]) MUST_USE;
int crypto_backend_ed25519_verify(const uint8_t public_key[32], const void *message, size_t len,
                                  const uint8_t signature[64]) MUST_USE;

/* RFC 8017 sections 8.2.2 and 8.1.2; the signature is as long as the modulus. */
int crypto_backend_rsa_pkcs1_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                                    const uint8_t *digest, const uint8_t *signature) MUST_USE;
int crypto_backend_rsa_pss_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                                  size_t salt_len, const uint8_t *digest,
                                  const uint8_t *signature) MUST_USE;

/* From a generator fit for long-term keys. */
int crypto_backend_random(void *out, size_t len) MUST_USE;

#endif
