/* SPDX-License-Identifier: MIT
 * A certificate signing request for a P-256 key: PKCS #10 (RFC 2986) in DER, subject CN=device id,
 * no attributes, ecdsa-with-SHA256 (RFC 5758 §3.2).
 */
#ifndef APP_CSR_H
#define APP_CSR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { CSR_MAX_LEN = 288 };

/* Returns the length written. `device_id` has 1..64 characters; E_ARG otherwise or for a key that
 * is none, E_NOSPACE when it does not fit. */
int csr_write(const char *device_id, const uint8_t private_key[32], uint8_t *out,
              size_t cap) MUST_USE;

#endif
