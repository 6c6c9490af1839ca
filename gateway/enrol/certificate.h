/* SPDX-License-Identifier: MIT
 * What the gateway needs to know of certificates that its own CA made, and the envelopes they
 * travel in.
 */
#ifndef ENROL_CERTIFICATE_H
#define ENROL_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"

enum { CERTIFICATE_SERIAL_CAP = 41, CERTIFICATE_PUBLIC_LEN = 65 };

struct certificate_facts {
    char serial[CERTIFICATE_SERIAL_CAP];        /* upper-case hexadecimal, as openssl prints it */
    uint8_t public_key[CERTIFICATE_PUBLIC_LEN]; /* uncompressed P-256 point */
    int64_t not_before_unix_ms;
    int64_t not_after_unix_ms;
};

/* E_MALFORMED for anything but one certificate with a P-256 key. */
int certificate_read(const uint8_t *der, size_t len, struct certificate_facts *facts) MUST_USE;
/* The key a request asks for, not yet judged: E_MALFORMED when there is none of our kind. */
int certificate_request_key(const uint8_t *csr_der, size_t len,
                            uint8_t public_key[CERTIFICATE_PUBLIC_LEN]) MUST_USE;
/* A PKCS #7 structure that holds this certificate and nothing else (RFC 7030 4.1.3). Returns the
 * length or E_MALFORMED, E_NOSPACE. */
int certificate_bundle(const uint8_t *der, size_t len, uint8_t *out, size_t cap) MUST_USE;
/* With its BEGIN and END lines. */
void certificate_put_pem(struct wbuf *w, const uint8_t *der, size_t len);

#endif
