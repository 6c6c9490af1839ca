/* SPDX-License-Identifier: MIT
 * What the mbedTLS backend needs from the machine under it.
 */
#ifndef CRYPTO_MBEDTLS_ENTROPY_H
#define CRYPTO_MBEDTLS_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Supplied by the port: `len` bytes of full entropy from the machine's noise source. They seed an
 * HMAC_DRBG (SP 800-90A) and are asked for again at every reseeding. E_OK, or E_IO: then nothing is
 * drawn, no key is made, and no secret scalar is multiplied (blinding draws too). */
int crypto_mbedtls_entropy(uint8_t *out, size_t len) MUST_USE;

#endif
