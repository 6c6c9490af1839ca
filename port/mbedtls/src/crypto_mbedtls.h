/* SPDX-License-Identifier: MIT
 * Shared by the parts of the mbedTLS backend of lib/crypto.
 */
#ifndef CRYPTO_MBEDTLS_H
#define CRYPTO_MBEDTLS_H

#include "crypto/backend.h"
#include "mbedtls/md.h"

/* Every function that lets mbedTLS allocate or draw calls this first: the pool and the generator
 * are set up at the first call. Returns E_IO when the machine gives no entropy. */
int backend_start(void) MUST_USE;

/* The generator in the form mbedTLS asks for; `context` is ignored. 0 on success. */
int backend_draw(void *context, unsigned char *out, size_t len);

static inline mbedtls_md_type_t backend_md(enum crypto_hash hash)
{
    return hash == CRYPTO_SHA256   ? MBEDTLS_MD_SHA256
           : hash == CRYPTO_SHA384 ? MBEDTLS_MD_SHA384
                                   : MBEDTLS_MD_SHA512;
}

#endif
