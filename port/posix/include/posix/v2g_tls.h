/* SPDX-License-Identifier: MIT
 * What TLS a charger or a car speaks on the charging cable: TLS 1.2 as ISO 15118-2 profiles it
 * (clause 7.7.3). One suite, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 on secp256r1; the other one
 * that the standard names has static ECDH, which OpenSSL no longer has. Only the charger shows a
 * certificate; a car proves who pays later, by messages inside.
 *
 * Sessions are not resumed and never renegotiated. ISO 15118-20 (TLS 1.3, both sides show
 * certificates) is another row of the table in v2g_tls.c.
 */
#ifndef POSIX_V2G_TLS_H
#define POSIX_V2G_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    V2G_TLS_WHY_LEN = 200,
    V2G_TLS_CERTIFICATE_MAX_LEN = 800, /* DER, of each certificate */
    V2G_TLS_SUB_CAS_MAX = 2,           /* between the charger's certificate and the root */
    V2G_TLS_ROOTS_MAX = 10,            /* a car names so many at most */
    V2G_TLS_IDENTITIES_MAX = 4         /* certificates of one charger */
};

struct v2g_tls;
struct ssl_st; /* OpenSSL's SSL */

/* One sentence without its full stop, for people. */
struct v2g_tls_error {
    char why[V2G_TLS_WHY_LEN];
};

/* A charger's: `chain_file` has its certificate, then up to two sub-CAs', then, if at all, the
 * root's (PEM), which is not sent; `key_file` the certificate's key, which nobody else may read.
 * NULL with the reason when they cannot be used. Freed by v2g_tls_free(). */
struct v2g_tls *v2g_tls_charger(const char *chain_file, const char *key_file,
                                struct v2g_tls_error *error) MUST_USE;
/* Another certificate, under another root: a car that names the roots it trusts (trusted_ca_keys,
 * RFC 6066) is shown the one it can check. The first is for all others. E_ARG: the charger's TLS is
 * then only good for v2g_tls_free(). */
int v2g_tls_add_identity(struct v2g_tls *tls, const char *chain_file, const char *key_file,
                         struct v2g_tls_error *error) MUST_USE;
/* A car's: trusts the V2G roots in `root_file` (PEM, up to V2G_TLS_ROOTS_MAX) and nobody else. */
struct v2g_tls *v2g_tls_car(const char *root_file, struct v2g_tls_error *error) MUST_USE;
void v2g_tls_free(struct v2g_tls *tls);

/* Appends the secrets of every session from now on to a file (made with mode 0600) in the form of
 * SSLKEYLOGFILE. Whoever reads it reads the sessions: for looking into one's own captures. E_IO
 * with errno. */
int v2g_tls_keylog(struct v2g_tls *tls, const char *path) MUST_USE;

/* For v2g_link.h: a session on a connected descriptor; NULL when there is no memory. */
struct ssl_st *v2g_tls_session(struct v2g_tls *tls, int fd) MUST_USE;
/* Why the handshake of a session failed, in words; looks at OpenSSL's error queue. E_AUTH for a
 * certificate that is not good enough, E_IO for the rest. */
int v2g_tls_explain(struct ssl_st *session, struct v2g_tls_error *error);

#endif
