/* SPDX-License-Identifier: MIT
 * COSE_Sign1. The bytes are those of docs/spec/telemetry.md.
 */
#include "cose.h"

#include <string.h>

#include "base/assert.h"
#include "base/cbor.h"
#include "crypto/crypto.h"

enum { TAG = 18, ITEMS = 4, PREFIX_LEN = 7, DIGEST_LEN = 32, SIGNATURE_LEN = 64 };
_Static_assert(COSE_SIGN1_PAYLOAD_AT == PREFIX_LEN + 3, "the head of a byte string below 64 KiB");

/* The protected header {alg: ES256}. */
static const uint8_t protected_header[] = {0xA1, 0x01, 0x26};

/* A Sig_structure up to its payload: ["Signature1", protected header, no external data, ... */
static const uint8_t signed_prefix[] = {0x84, 0x6A, 'S', 'i',  'g',  'n',  'a',  't', 'u',
                                        'r',  'e',  '1', 0x43, 0xA1, 0x01, 0x26, 0x40};

static void digest_item(const uint8_t *item, size_t len, uint8_t digest[DIGEST_LEN])
{
    struct crypto_digest d;
    crypto_digest_init(&d, CRYPTO_SHA256);
    crypto_digest_update(&d, signed_prefix, sizeof signed_prefix);
    crypto_digest_update(&d, item, len);
    crypto_digest_final(&d, digest);
}

struct wbuf cose_sign1_payload(uint8_t *out, size_t cap)
{
    const size_t at = cap < COSE_SIGN1_PAYLOAD_AT ? cap : COSE_SIGN1_PAYLOAD_AT;
    return wbuf_of(out + at, cap - at);
}

int cose_sign1_seal(uint8_t *out, size_t cap, const struct wbuf *payload,
                    const struct telemetry_signer *signer)
{
    const size_t payload_len = wbuf_len(payload);
    uint8_t digest[DIGEST_LEN];
    uint8_t signature[SIGNATURE_LEN];
    ASSERT(signer->sign != NULL && payload_len <= UINT16_MAX);
    struct wbuf w = wbuf_of(out, cap);
    cbor_put_tag(&w, TAG);
    cbor_put_array(&w, ITEMS);
    cbor_put_bytes(&w, protected_header, sizeof protected_header);
    cbor_put_map(&w, 0);
    if (!wbuf_ok(payload) || !wbuf_ok(&w)) {
        return E_NOSPACE;
    }
    ASSERT(wbuf_len(&w) == PREFIX_LEN);
    cbor_put_bytes_head(&w, payload_len);
    uint8_t *place = wbuf_reserve(&w, payload_len);
    if (place == NULL) {
        return E_NOSPACE;
    }
    /* It was written where the longest head would end. */
    memmove(place, out + COSE_SIGN1_PAYLOAD_AT, payload_len);
    digest_item(out + PREFIX_LEN, wbuf_len(&w) - PREFIX_LEN, digest);
    const int status = signer->sign(signer->context, digest, signature);
    if (status != E_OK) {
        return status;
    }
    cbor_put_bytes(&w, signature, sizeof signature);
    return wbuf_ok(&w) ? (int)wbuf_len(&w) : E_NOSPACE;
}

int cose_sign1_open(const uint8_t *in, size_t len, struct cose_sign1 *out)
{
    struct cbor c = cbor_of(in, len);
    struct cose_sign1 message = {.payload = NULL};
    size_t n;
    if (cbor_tag(&c) != TAG) {
        cbor_fail(&c, E_UNSUPPORTED);
    }
    if (cbor_array(&c) != ITEMS) {
        cbor_fail(&c, E_MALFORMED);
    }
    const uint8_t *header = cbor_bytes(&c, &n);
    if (n != sizeof protected_header || memcmp(header, protected_header, n) != 0) {
        cbor_fail(&c, E_UNSUPPORTED);
    }
    if (cbor_map(&c) != 0) {
        cbor_fail(&c, E_UNSUPPORTED);
    }
    message.item = cbor_skip(&c, &message.item_len);
    const uint8_t *signature = cbor_bytes(&c, &n);
    if (n != SIGNATURE_LEN) {
        cbor_fail(&c, E_MALFORMED);
    }
    const int status = cbor_finish(&c);
    if (status != E_OK) {
        return status;
    }
    memcpy(message.signature, signature, SIGNATURE_LEN);
    struct cbor p = cbor_of(message.item, message.item_len);
    message.payload = cbor_bytes(&p, &message.payload_len);
    *out = message;
    return cbor_finish(&p);
}

void cose_sign1_digest(const struct cose_sign1 *message, uint8_t digest[32])
{
    digest_item(message->item, message->item_len, digest);
}
