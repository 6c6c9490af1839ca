/* SPDX-License-Identifier: MIT */
#include "tls_cipher.h"

#include <string.h>

#include "base/assert.h"
#include "base/wbuf.h"

enum { MAC_LEN = 32, IV_LEN = 16, TAG_LEN = 16, GCM_SALT_LEN = 4, GCM_EXPLICIT_LEN = 8 };
enum { KEYS_MAX_LEN = 2 * (MAC_LEN + 32 + 12), SEED_MAX_LEN = 96, INFO_MAX_LEN = 64 };

static const struct tls_suite suites[] = {
    {0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", CRYPTO_SHA256, true, 0, 16},
    {0xC025, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256", CRYPTO_SHA256, true, 0, 16},
    {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", CRYPTO_SHA256, false, CRYPTO_AES_GCM, 16},
    {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CRYPTO_SHA384, false, CRYPTO_AES_GCM, 32},
    {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", CRYPTO_SHA256, false,
     CRYPTO_CHACHA20_POLY1305, 32},
    {0x1301, "TLS_AES_128_GCM_SHA256", CRYPTO_SHA256, false, CRYPTO_AES_GCM, 16},
    {0x1302, "TLS_AES_256_GCM_SHA384", CRYPTO_SHA384, false, CRYPTO_AES_GCM, 32},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", CRYPTO_SHA256, false, CRYPTO_CHACHA20_POLY1305, 32},
};

const struct tls_suite *tls_suite_find(uint16_t id)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (suites[i].id == id) {
            return &suites[i];
        }
    }
    return NULL;
}

/* ---- keys ---- */

/* RFC 5246 section 5: P_hash(secret, label + seed). */
static int expand_12(enum crypto_hash hash, const uint8_t secret[TLS_SECRET_MAX_LEN],
                     struct crypto_bytes seed, uint8_t *out, size_t out_len)
{
    const size_t hash_len = crypto_hash_len(hash);
    uint8_t buffer[CRYPTO_HASH_MAX_LEN + SEED_MAX_LEN];
    uint8_t block[CRYPTO_HASH_MAX_LEN];
    ASSERT(seed.len <= SEED_MAX_LEN);
    int result = crypto_hmac(hash, secret, TLS_SECRET_MAX_LEN, seed.data, seed.len, buffer);
    for (size_t at = 0; at < out_len && result == E_OK; at += hash_len) {
        memcpy(buffer + hash_len, seed.data, seed.len);
        result = crypto_hmac(hash, secret, TLS_SECRET_MAX_LEN, buffer, hash_len + seed.len, block);
        if (result == E_OK) {
            const size_t n = out_len - at < hash_len ? out_len - at : hash_len;
            memcpy(out + at, block, n);
            result = crypto_hmac(hash, secret, TLS_SECRET_MAX_LEN, buffer, hash_len, block);
            memcpy(buffer, block, hash_len);
        }
    }
    return result;
}

static size_t fixed_iv_len(const struct tls_suite *suite)
{
    return suite->cbc ? 0 : suite->aead == CRYPTO_AES_GCM ? GCM_SALT_LEN : CRYPTO_AEAD_NONCE_LEN;
}

int tls_cipher_12(const struct tls_suite *suite, const uint8_t master[TLS_SECRET_MAX_LEN],
                  const uint8_t randoms[2 * TLS_RANDOM_LEN], struct tls_cipher *client,
                  struct tls_cipher *server)
{
    static const char label[] = "key expansion";
    uint8_t seed[sizeof label - 1 + 2 * TLS_RANDOM_LEN];
    uint8_t keys[KEYS_MAX_LEN];
    memcpy(seed, label, sizeof label - 1);
    memcpy(seed + sizeof label - 1, randoms + TLS_RANDOM_LEN, TLS_RANDOM_LEN);
    memcpy(seed + sizeof label - 1 + TLS_RANDOM_LEN, randoms, TLS_RANDOM_LEN);
    const int result =
        expand_12(suite->hash, master, (struct crypto_bytes){seed, sizeof seed}, keys, sizeof keys);
    struct tls_cipher *sides[] = {client, server};
    const size_t mac_len = suite->cbc ? MAC_LEN : 0;
    const size_t iv_len = fixed_iv_len(suite);
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *at = keys;
        *sides[i] = (struct tls_cipher){.suite = suite};
        memcpy(sides[i]->mac_key, at + i * mac_len, mac_len);
        at += 2 * mac_len;
        memcpy(sides[i]->key, at + i * suite->key_len, suite->key_len);
        at += 2 * suite->key_len;
        memcpy(sides[i]->iv, at + i * iv_len, iv_len);
    }
    crypto_wipe(keys, sizeof keys);
    return result;
}

/* RFC 8446 section 7.1: HKDF-Expand-Label with an empty context, of at most one hash. */
static int expand_13(enum crypto_hash hash, const uint8_t *secret, const char *label, uint8_t *out,
                     size_t out_len)
{
    uint8_t info[INFO_MAX_LEN];
    uint8_t block[CRYPTO_HASH_MAX_LEN];
    const size_t hash_len = crypto_hash_len(hash);
    ASSERT(out_len <= hash_len);
    struct wbuf w = wbuf_of(info, sizeof info);
    wbuf_be16(&w, (uint16_t)out_len);
    wbuf_u8(&w, (uint8_t)(6 + strlen(label)));
    wbuf_str(&w, "tls13 ");
    wbuf_str(&w, label);
    wbuf_u8(&w, 0);
    wbuf_u8(&w, 1); /* the block's number */
    ASSERT(wbuf_ok(&w));
    const int result = crypto_hmac(hash, secret, hash_len, info, wbuf_len(&w), block);
    memcpy(out, block, out_len);
    crypto_wipe(block, sizeof block);
    return result;
}

int tls_cipher_13(const struct tls_suite *suite, const uint8_t *secret, struct tls_cipher *out)
{
    *out = (struct tls_cipher){.suite = suite, .is_13 = true};
    const int result = expand_13(suite->hash, secret, "key", out->key, suite->key_len);
    return result == E_OK ? expand_13(suite->hash, secret, "iv", out->iv, sizeof out->iv) : result;
}

int tls_cipher_13_next(const struct tls_suite *suite, uint8_t *secret)
{
    uint8_t next[CRYPTO_HASH_MAX_LEN];
    const size_t len = crypto_hash_len(suite->hash);
    const int result = expand_13(suite->hash, secret, "traffic upd", next, len);
    memcpy(secret, next, len);
    crypto_wipe(next, sizeof next);
    return result;
}

/* ---- records ---- */

/* What is authenticated in TLS 1.2 in front of a text: sequence number, type, version, length. */
static void write_head(const struct tls_cipher *c, const uint8_t *record, size_t len,
                       uint8_t out[13])
{
    struct wbuf w = wbuf_of(out, 13);
    wbuf_be64(&w, c->sequence);
    wbuf_put(&w, record, 3);
    wbuf_be16(&w, (uint16_t)len);
    ASSERT(wbuf_ok(&w));
}

static bool mac_holds(const struct tls_cipher *c, const uint8_t *record, const uint8_t *text,
                      size_t len, const uint8_t *mac)
{
    static uint8_t message[13 + TLS_RECORD_MAX_LEN];
    uint8_t own[MAC_LEN];
    write_head(c, record, len, message);
    memcpy(message + 13, text, len);
    return crypto_hmac(CRYPTO_SHA256, c->mac_key, sizeof c->mac_key, message, 13 + len, own) ==
               E_OK &&
           memcmp(own, mac, MAC_LEN) == 0;
}

/* The length without padding, or -1. */
static int unpad(const uint8_t *text, size_t len)
{
    const size_t padding = (size_t)text[len - 1] + 1;
    if (padding > len) {
        return -1;
    }
    for (size_t i = 1; i <= padding; i++) {
        if (text[len - i] != padding - 1) {
            return -1;
        }
    }
    return (int)(len - padding);
}

static int open_cbc(const struct tls_cipher *c, const uint8_t *record, size_t len, uint8_t *out)
{
    const struct crypto_aes_key key = {.key = c->key, .key_len = c->suite->key_len};
    const uint8_t *body = record + TLS_RECORD_HEAD_LEN;
    size_t body_len = len - TLS_RECORD_HEAD_LEN;
    if (c->encrypt_then_mac) {
        if (body_len < IV_LEN + 16 + MAC_LEN ||
            !mac_holds(c, record, body, body_len - MAC_LEN, body + body_len - MAC_LEN)) {
            return E_AUTH;
        }
        body_len -= MAC_LEN;
    }
    if (body_len < IV_LEN + 16 || body_len % 16 != 0 ||
        crypto_aes_cbc(CRYPTO_DECRYPT, &key, body, body + IV_LEN, body_len - IV_LEN, out) != E_OK) {
        return E_AUTH;
    }
    const int text_len = unpad(out, body_len - IV_LEN);
    if (c->encrypt_then_mac) {
        return text_len < 0 ? E_AUTH : text_len;
    }
    if (text_len < MAC_LEN ||
        !mac_holds(c, record, out, (size_t)text_len - MAC_LEN, out + text_len - MAC_LEN)) {
        return E_AUTH;
    }
    return text_len - MAC_LEN;
}

/* How many bytes of a record's nonce stand in front of its text. */
static size_t explicit_nonce_len(const struct tls_cipher *c)
{
    return !c->is_13 && c->suite->aead == CRYPTO_AES_GCM ? GCM_EXPLICIT_LEN : 0;
}

/* RFC 5288 section 3; RFC 7905 section 2 and RFC 8446 section 5.3. */
static void make_nonce(const struct tls_cipher *c, const uint8_t *body,
                       uint8_t nonce[CRYPTO_AEAD_NONCE_LEN])
{
    memcpy(nonce, c->iv, CRYPTO_AEAD_NONCE_LEN);
    if (explicit_nonce_len(c) > 0) {
        memcpy(nonce + GCM_SALT_LEN, body, GCM_EXPLICIT_LEN);
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        nonce[4 + i] ^= (uint8_t)(c->sequence >> (56 - 8 * i));
    }
}

static int open_aead(const struct tls_cipher *c, const uint8_t *record, size_t len, uint8_t *out)
{
    const struct crypto_aead_key key = {
        .aead = c->suite->aead, .key = c->key, .key_len = c->suite->key_len, .tag_len = TAG_LEN};
    const uint8_t *body = record + TLS_RECORD_HEAD_LEN;
    const size_t body_len = len - TLS_RECORD_HEAD_LEN;
    uint8_t nonce[CRYPTO_AEAD_NONCE_LEN];
    uint8_t head[13];
    const size_t skipped = explicit_nonce_len(c);
    if (body_len < skipped + TAG_LEN) {
        return E_AUTH;
    }
    make_nonce(c, body, nonce);
    const size_t text_len = body_len - skipped - TAG_LEN;
    write_head(c, record, text_len, head);
    const struct crypto_aead_head aead_head = {.nonce = nonce,
                                               .nonce_len = sizeof nonce,
                                               .aad = c->is_13 ? record : head,
                                               .aad_len =
                                                   c->is_13 ? TLS_RECORD_HEAD_LEN : sizeof head};
    const int result = crypto_aead_open(&key, &aead_head, body + skipped, text_len,
                                        body + skipped + text_len, out);
    return result == E_OK ? (int)text_len : E_AUTH;
}

int tls_cipher_open(struct tls_cipher *c, const uint8_t *record, size_t len, uint8_t *out)
{
    ASSERT(len >= TLS_RECORD_HEAD_LEN && len <= TLS_RECORD_HEAD_LEN + TLS_RECORD_MAX_LEN);
    const int result =
        c->suite->cbc ? open_cbc(c, record, len, out) : open_aead(c, record, len, out);
    c->sequence++;
    return result;
}
