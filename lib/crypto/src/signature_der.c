/* SPDX-License-Identifier: MIT
 * ECDSA-Sig-Value (RFC 3279 section 2.2.3) in strict DER (X.690 sections 8.3 and 10) and r || s.
 */
#include <string.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "crypto/crypto.h"

enum { TAG_SEQUENCE = 0x30, TAG_INTEGER = 0x02, PART_LEN = CRYPTO_P256_SIGNATURE_LEN / 2 };

/* One non-negative INTEGER in the fewest bytes, into PART_LEN bytes. */
static void read_integer(struct rbuf *r, uint8_t out[PART_LEN])
{
    const uint8_t tag = rbuf_u8(r);
    size_t len = rbuf_u8(r);
    const uint8_t *bytes = rbuf_take(r, len);
    if (bytes == NULL || tag != TAG_INTEGER || len == 0 || len > PART_LEN + 1 ||
        (bytes[0] & 0x80) != 0) {
        rbuf_fail(r);
        return;
    }
    if (bytes[0] == 0 && len > 1) {
        if ((bytes[1] & 0x80) == 0) { /* a zero in front that no sign needs */
            rbuf_fail(r);
            return;
        }
        bytes++;
        len--;
    }
    if (len > PART_LEN) {
        rbuf_fail(r);
        return;
    }
    memset(out, 0, PART_LEN - len);
    memcpy(out + PART_LEN - len, bytes, len);
}

int crypto_ecdsa_from_der(const uint8_t *der, size_t len,
                          uint8_t signature[CRYPTO_P256_SIGNATURE_LEN])
{
    struct rbuf r = rbuf_of(der, len);
    const uint8_t tag = rbuf_u8(&r);
    const size_t content_len = rbuf_u8(&r); /* long forms cannot be: 70 bytes at most */
    if (tag != TAG_SEQUENCE || content_len != rbuf_left(&r)) {
        return E_MALFORMED;
    }
    uint8_t out[CRYPTO_P256_SIGNATURE_LEN] = {0};
    read_integer(&r, out);
    read_integer(&r, out + PART_LEN);
    if (!rbuf_done(&r)) {
        return E_MALFORMED;
    }
    memcpy(signature, out, sizeof out);
    return E_OK;
}

static void write_integer(struct wbuf *w, const uint8_t bytes[PART_LEN])
{
    size_t skip = 0;
    while (skip < PART_LEN - 1 && bytes[skip] == 0) {
        skip++;
    }
    const uint8_t sign = bytes[skip] >> 7;
    wbuf_u8(w, TAG_INTEGER);
    wbuf_u8(w, (uint8_t)(PART_LEN - skip + sign));
    if (sign != 0) {
        wbuf_u8(w, 0);
    }
    wbuf_put(w, bytes + skip, PART_LEN - skip);
}

size_t crypto_ecdsa_to_der(const uint8_t signature[CRYPTO_P256_SIGNATURE_LEN], uint8_t *der)
{
    struct wbuf w = wbuf_of(der, CRYPTO_P256_DER_MAX_LEN);
    uint8_t *head = wbuf_reserve(&w, 2);
    write_integer(&w, signature);
    write_integer(&w, signature + PART_LEN);
    ASSERT(wbuf_ok(&w) && head != NULL);
    head[0] = TAG_SEQUENCE;
    head[1] = (uint8_t)(wbuf_len(&w) - 2);
    return wbuf_len(&w);
}
