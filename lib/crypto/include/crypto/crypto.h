/* SPDX-License-Identifier: MIT
 * The one narrow door to cryptography. The port supplies the other side (crypto/backend.h): OpenSSL
 * 3 in port/posix, mbedTLS in port/mbedtls.
 *
 * Rules of the facade: keys and outputs are byte arrays in their standard encodings, nothing is
 * allocated by the caller's hand, every verification is yes or no (E_OK or E_AUTH), E_ARG is a
 * length or key that cannot be, E_UNSUPPORTED an algorithm this backend lacks, E_IO a backend or
 * entropy failure. Secrets given stay the caller's to wipe. A pointer to no bytes may be NULL. An
 * output is the input itself or does not overlap it.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum crypto_hash { CRYPTO_SHA256, CRYPTO_SHA384, CRYPTO_SHA512 };

enum {
    CRYPTO_SHA256_LEN = 32,
    CRYPTO_SHA384_LEN = 48,
    CRYPTO_SHA512_LEN = 64,
    CRYPTO_HASH_MAX_LEN = 64,
    CRYPTO_P256_PRIVATE_LEN = 32,
    CRYPTO_P256_PUBLIC_LEN = 65,    /* 04 || X || Y (SEC 1, uncompressed) */
    CRYPTO_P256_SIGNATURE_LEN = 64, /* r || s, fixed length (IEEE P1363) */
    CRYPTO_P521_PRIVATE_LEN = 66,
    CRYPTO_P521_PUBLIC_LEN = 133,
    CRYPTO_P521_SIGNATURE_LEN = 132,
    CRYPTO_P256_DER_MAX_LEN = 72,
    CRYPTO_X25519_LEN = 32,
    CRYPTO_ED25519_SEED_LEN = 32,
    CRYPTO_ED25519_PUBLIC_LEN = 32,
    CRYPTO_ED25519_SIGNATURE_LEN = 64,
    CRYPTO_AES_BLOCK_LEN = 16,
    CRYPTO_AEAD_NONCE_LEN = 12,
    CRYPTO_AEAD_TAG_LEN = 16,
    CRYPTO_HASH_STATE_LEN = 224, /* what the largest backend state needs, rounded up */
    CRYPTO_RSA_MIN_LEN = 256,
    CRYPTO_RSA_MAX_LEN = 512
};

/* Bytes somebody else owns. */
struct crypto_bytes {
    const void *data;
    size_t len;
};

/* One message of encryption: at most this many bytes. */
#define CRYPTO_MESSAGE_MAX_LEN ((size_t)0x7fffff00)

size_t crypto_hash_len(enum crypto_hash hash);

/* ---- digests. One-shot, and a streaming form whose state the caller owns. ---- */
int crypto_digest(enum crypto_hash hash, const void *data, size_t len, uint8_t *out) MUST_USE;

/* A running digest. The state is opaque, copyable (to fork a digest) and holds no pointers. */
struct crypto_digest {
    _Alignas(16) uint8_t state[CRYPTO_HASH_STATE_LEN]; /* all private */
    enum crypto_hash hash;
};
void crypto_digest_init(struct crypto_digest *d, enum crypto_hash hash);
void crypto_digest_update(struct crypto_digest *d, const void *data, size_t len);
/* Writes crypto_hash_len() bytes and wipes the state. */
void crypto_digest_final(struct crypto_digest *d, uint8_t *out);

/* ---- keyed digests and derivation ---- */
int crypto_hmac(enum crypto_hash hash, const void *key, size_t key_len, const void *data,
                size_t len, uint8_t *out) MUST_USE;
/* RFC 5869, both steps. `salt` and `info` may be empty. out_len is 1..255 hash lengths. */
int crypto_hkdf(enum crypto_hash hash, struct crypto_bytes key, struct crypto_bytes salt,
                struct crypto_bytes info, uint8_t *out, size_t out_len) MUST_USE;

/* ---- AES. Output as long as the input unless stated. ---- */
enum crypto_direction { CRYPTO_ENCRYPT, CRYPTO_DECRYPT };
struct crypto_aes_key {
    const uint8_t *key;
    size_t key_len; /* 16, 24 or 32 */
};
/* No padding: len is a multiple of 16. */
int crypto_aes_cbc(enum crypto_direction direction, const struct crypto_aes_key *key,
                   const uint8_t iv[16], const uint8_t *in, size_t len, uint8_t *out) MUST_USE;
/* PKCS #7 padding (RFC 5652 section 6.3). Returns the length written: encrypting that is len +
 * 1..16, decrypting len - 1..16, but `out` must have room for len. A wrong padding is E_AUTH and
 * `out` is wiped; do not tell a peer that it was the padding. */
int crypto_aes_cbc_pkcs7(enum crypto_direction direction, const struct crypto_aes_key *key,
                         const uint8_t iv[16], const uint8_t *in, size_t len,
                         uint8_t *out) MUST_USE;
/* The whole block counts up, big endian, starting at `iv`. Encrypts and decrypts. */
int crypto_aes_ctr(const struct crypto_aes_key *key, const uint8_t iv[16], const uint8_t *in,
                   size_t len, uint8_t *out) MUST_USE;

/* ---- authenticated encryption ---- */
enum crypto_aead { CRYPTO_AES_GCM, CRYPTO_AES_CCM, CRYPTO_CHACHA20_POLY1305 };
struct crypto_aead_key {
    enum crypto_aead aead;
    const uint8_t *key;
    size_t key_len; /* AES: 16, 24 or 32; ChaCha20: 32 */
    size_t tag_len; /* 16, or for CCM an even number 4..16, for GCM 12..16 */
};
/* What stands in front of a message and is authenticated with it. A nonce never comes twice under
 * one key. */
struct crypto_aead_head {
    const uint8_t *nonce;
    size_t
        nonce_len; /* 12; CCM: 7..13, and then the message is shorter than 256^(15 - nonce_len) */
    const void *aad;
    size_t aad_len;
};
/* `out` is as long as the input; `tag` gets key->tag_len bytes. */
int crypto_aead_seal(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                     const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag) MUST_USE;
/* E_AUTH when the tag does not hold; `out` is then wiped. */
int crypto_aead_open(const struct crypto_aead_key *key, const struct crypto_aead_head *head,
                     const uint8_t *in, size_t len, const uint8_t *tag, uint8_t *out) MUST_USE;

/* ---- elliptic curves ---- */
enum crypto_curve { CRYPTO_P256, CRYPTO_P521 };
size_t crypto_private_len(enum crypto_curve curve);
size_t crypto_public_len(enum crypto_curve curve);
size_t crypto_signature_len(enum crypto_curve curve);

/* A fresh key pair from the backend's random source. */
int crypto_ec_generate(enum crypto_curve curve, uint8_t *private_key, uint8_t *public_key) MUST_USE;
/* E_ARG when the scalar is not in 1..n-1. */
int crypto_ec_public(enum crypto_curve curve, const uint8_t *private_key,
                     uint8_t *public_key) MUST_USE;
/* ECDSA over an already computed digest of 32, 48 or 64 bytes; the signature is r || s. */
int crypto_ecdsa_sign(enum crypto_curve curve, const uint8_t *private_key, const uint8_t *digest,
                      size_t digest_len, uint8_t *signature) MUST_USE;
/* E_ARG for a point that is not on the curve. */
int crypto_ecdsa_verify(enum crypto_curve curve, const uint8_t *public_key, const uint8_t *digest,
                        size_t digest_len, const uint8_t *signature) MUST_USE;
/* The DER form of P-256 signatures, strict (BER variations are E_MALFORMED). */
int crypto_ecdsa_from_der(const uint8_t *der, size_t len,
                          uint8_t signature[CRYPTO_P256_SIGNATURE_LEN]) MUST_USE;
/* Returns the length written, at most CRYPTO_P256_DER_MAX_LEN. */
size_t crypto_ecdsa_to_der(const uint8_t signature[CRYPTO_P256_SIGNATURE_LEN], uint8_t *der);
/* The X coordinate of the shared point, 32 bytes. */
int crypto_ecdh_p256(const uint8_t private_key[32], const uint8_t public_key[65],
                     uint8_t shared[32]) MUST_USE;
int crypto_x25519_public(const uint8_t private_key[32], uint8_t public_key[32]) MUST_USE;
/* E_AUTH for an all-zero shared secret (low-order point). */
int crypto_x25519(const uint8_t private_key[32], const uint8_t public_key[32],
                  uint8_t shared[32]) MUST_USE;
int crypto_ed25519_public(const uint8_t seed[32], uint8_t public_key[32]) MUST_USE;
int crypto_ed25519_sign(const uint8_t seed[32], const void *message, size_t len,
                        uint8_t signature[64]) MUST_USE;
int crypto_ed25519_verify(const uint8_t public_key[32], const void *message, size_t len,
                          const uint8_t signature[64]) MUST_USE;

/* ---- RSA of 2048 to 4096 bits, verification only; signature_len must equal modulus_len ---- */
struct crypto_rsa_key {
    const uint8_t *modulus; /* big endian, first and last bit set */
    size_t modulus_len;     /* CRYPTO_RSA_MIN_LEN..CRYPTO_RSA_MAX_LEN */
    uint32_t exponent;      /* odd, >= 3 */
};
int crypto_rsa_pkcs1_verify(const struct crypto_rsa_key *key, enum crypto_hash hash,
                            const uint8_t *digest, const uint8_t *signature,
                            size_t signature_len) MUST_USE;
/* Mask function MGF1 with the same hash; the salt has exactly `salt_len` bytes. */
int crypto_rsa_pss_verify(const struct crypto_rsa_key *key, enum crypto_hash hash, size_t salt_len,
                          const uint8_t *digest, const uint8_t *signature,
                          size_t signature_len) MUST_USE;

/* ---- odds and ends that must not be done by hand ---- */
/* Time depends on `len` alone. */
bool crypto_equal(const void *a, const void *b, size_t len);
/* Not optimised away. */
void crypto_wipe(void *secret, size_t len);
int crypto_random(void *out, size_t len) MUST_USE;

#endif
