/* SPDX-License-Identifier: MIT
 * PKCS #10 in DER.
 */
#include "app/csr.h"

#include <string.h>

#include "base/assert.h"
#include "base/wbuf.h"
#include "crypto/crypto.h"
#include "telemetry/reading.h"

enum { DER_BIT_STRING = 0x03, DER_UTF8 = 0x0C, DER_SEQUENCE = 0x30, DER_SET = 0x31 };
enum { HEAD_MAX_LEN = 4 };

static const uint8_t version_0[] = {0x02, 0x01, 0x00};
static const uint8_t oid_common_name[] = {0x06, 0x03, 0x55, 0x04, 0x03}; /* 2.5.4.3 */
/* SEQUENCE { SEQUENCE { ecPublicKey, prime256v1 }, BIT STRING { 0 unused bits, point follows } } */
static const uint8_t spki_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                    0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                    0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t no_attributes[] = {0xA0, 0x00};
/* SEQUENCE { ecdsa-with-SHA256 } */
static const uint8_t algorithm[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                    0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};

static size_t head_len(size_t len)
{
    return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

static void put_head(struct wbuf *w, uint8_t tag, size_t len)
{
    ASSERT(len < 0x10000);
    wbuf_u8(w, tag);
    if (len >= 0x100) {
        wbuf_u8(w, 0x82);
        wbuf_be16(w, (uint16_t)len);
        return;
    }
    if (len >= 0x80) {
        wbuf_u8(w, 0x81);
    }
    wbuf_u8(w, (uint8_t)len);
}

/* CertificationRequestInfo. */
static void put_info(struct wbuf *w, const char *device_id, size_t id_len,
                     const uint8_t public_key[CRYPTO_P256_PUBLIC_LEN])
{
    const size_t attribute_len = sizeof oid_common_name + 2 + id_len;
    const size_t spki_len = sizeof spki_head + CRYPTO_P256_PUBLIC_LEN;
    const size_t name_len = attribute_len + 4; /* inside SET and SEQUENCE */
    put_head(w, DER_SEQUENCE, sizeof version_0 + 2 + name_len + spki_len + sizeof no_attributes);
    wbuf_put(w, version_0, sizeof version_0);
    put_head(w, DER_SEQUENCE, name_len);
    put_head(w, DER_SET, attribute_len + 2);
    put_head(w, DER_SEQUENCE, attribute_len);
    wbuf_put(w, oid_common_name, sizeof oid_common_name);
    put_head(w, DER_UTF8, id_len);
    wbuf_put(w, device_id, id_len);
    wbuf_put(w, spki_head, sizeof spki_head);
    wbuf_put(w, public_key, CRYPTO_P256_PUBLIC_LEN);
    wbuf_put(w, no_attributes, sizeof no_attributes);
}

static int sign(const uint8_t private_key[32], const uint8_t *info, size_t info_len, uint8_t *der,
                size_t *der_len)
{
    uint8_t digest[CRYPTO_SHA256_LEN];
    uint8_t signature[CRYPTO_P256_SIGNATURE_LEN];
    int error = crypto_digest(CRYPTO_SHA256, info, info_len, digest);
    if (error == E_OK) {
        error = crypto_ecdsa_sign(CRYPTO_P256, private_key, digest, sizeof digest, signature);
    }
    if (error == E_OK) {
        *der_len = crypto_ecdsa_to_der(signature, der);
    }
    return error;
}

/* The whole request around an info that already lies HEAD_MAX_LEN bytes into `out`. */
static int wrap(uint8_t *out, size_t cap, size_t info_len, const uint8_t *signature,
                size_t signature_len)
{
    const size_t bits_len = 1 + signature_len;
    const size_t len = info_len + sizeof algorithm + head_len(bits_len) + bits_len;
    memmove(out + head_len(len), out + HEAD_MAX_LEN, info_len);
    struct wbuf w = wbuf_of(out, cap);
    put_head(&w, DER_SEQUENCE, len);
    (void)wbuf_reserve(&w, info_len);
    wbuf_put(&w, algorithm, sizeof algorithm);
    put_head(&w, DER_BIT_STRING, bits_len);
    wbuf_u8(&w, 0); /* no unused bits */
    wbuf_put(&w, signature, signature_len);
    return wbuf_ok(&w) ? (int)wbuf_len(&w) : E_NOSPACE;
}

int csr_write(const char *device_id, const uint8_t private_key[32], uint8_t *out, size_t cap)
{
    uint8_t public_key[CRYPTO_P256_PUBLIC_LEN];
    uint8_t signature[CRYPTO_P256_DER_MAX_LEN];
    size_t signature_len = 0;
    const size_t id_len = strlen(device_id);
    if (id_len == 0 || id_len > TELEMETRY_DEVICE_ID_MAX_LEN) {
        return E_ARG;
    }
    if (cap < HEAD_MAX_LEN) {
        return E_NOSPACE;
    }
    int error = crypto_ec_public(CRYPTO_P256, private_key, public_key);
    if (error != E_OK) {
        return error;
    }
    struct wbuf info = wbuf_of(out + HEAD_MAX_LEN, cap - HEAD_MAX_LEN);
    put_info(&info, device_id, id_len, public_key);
    if (!wbuf_ok(&info)) {
        return E_NOSPACE;
    }
    error = sign(private_key, out + HEAD_MAX_LEN, wbuf_len(&info), signature, &signature_len);
    return error == E_OK ? wrap(out, cap, wbuf_len(&info), signature, signature_len) : error;
}
