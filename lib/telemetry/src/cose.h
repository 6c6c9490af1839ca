/* SPDX-License-Identifier: MIT
 * COSE_Sign1 (RFC 9052 sections 4.2 and 4.4) as every signed message here has it: tag 18, ES256 in
 * the protected header and nothing else, no unprotected header, no external data.
 */
#ifndef TELEMETRY_COSE_H
#define TELEMETRY_COSE_H

#include "base/err.h"
#include "base/wbuf.h"
#include "telemetry/reading.h"

enum {
    COSE_SIGN1_PAYLOAD_AT = 10, /* with the longest head that is used, of three bytes */
    COSE_SIGN1_MORE_LEN = COSE_SIGN1_PAYLOAD_AT + 2 + 64
};

/* Where the payload is written before the message is sealed. */
struct wbuf cose_sign1_payload(uint8_t *out, size_t cap);
/* Makes the message of the payload that stands there: its length, E_NOSPACE, or what the signer
 * returned. */
int cose_sign1_seal(uint8_t *out, size_t cap, const struct wbuf *payload,
                    const struct telemetry_signer *signer) MUST_USE;

struct cose_sign1 {
    const uint8_t *payload; /* a view into the message, like the next */
    size_t payload_len;
    const uint8_t *item; /* the payload with its head: what is signed */
    size_t item_len;
    uint8_t signature[64]; /* r || s */
};
/* E_TRUNCATED, E_UNSUPPORTED (another tag, algorithm or header), E_LIMIT, E_MALFORMED. */
int cose_sign1_open(const uint8_t *in, size_t len, struct cose_sign1 *out) MUST_USE;
/* Of the Sig_structure over exactly the bytes received. */
void cose_sign1_digest(const struct cose_sign1 *message, uint8_t digest[32]);

#endif
