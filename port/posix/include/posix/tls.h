/* SPDX-License-Identifier: MIT
 * What every TLS client here does alike: TLS 1.3, one certificate authority (the site's) and nobody
 * else trusted, and the device's own identity from memory, never from a file.
 */
#ifndef POSIX_TLS_H
#define POSIX_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct x509_st;    /* OpenSSL's X509 */

struct posix_tls_identity {
    const uint8_t *certificate_der; /* NULL: anonymous */
    size_t certificate_len;
    const uint8_t *private_key; /* 32 bytes, P-256 */
};

/* Sets up a client's context: the authority in `ca_file` (PEM), the name (or address) that the
 * server's certificate must carry, the identity. E_NOTFOUND: no such authority file; E_ARG: an
 * identity that is none. */
int posix_tls_client(struct ssl_ctx_st *context, const char *ca_file, const char *host,
                     const struct posix_tls_identity *identity) MUST_USE;

/* What a certificate says. */
struct posix_certificate {
    int64_t not_before_unix_ms;
    int64_t not_after_unix_ms;
    char common_name[65];
    uint8_t public_key[65]; /* uncompressed P-256 point */
};
/* E_MALFORMED for what is no certificate of a P-256 key with one common name of 1..64 characters.
 */
int posix_certificate_read(const uint8_t *der, size_t len, struct posix_certificate *out) MUST_USE;
/* E_AUTH unless an authority of `ca_file` signed it. Validity in time is not looked at. */
int posix_certificate_check(const uint8_t *der, size_t len, const char *ca_file) MUST_USE;

#endif
