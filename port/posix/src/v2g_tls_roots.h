/* SPDX-License-Identifier: MIT
 * The V2G roots that a car names in its hello (`trusted_ca_keys`, RFC 6066 section 6, as ISO
 * 15118-2 asks): a charger with certificates under several roots shows the one that the car can
 * check.
 */
#ifndef V2G_TLS_ROOTS_H
#define V2G_TLS_ROOTS_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "posix/v2g_tls.h"

/* What a charger may show. */
struct v2g_tls_identity {
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) * sub_cas;
    X509 *root; /* to recognise it, never sent; NULL: known by its name only */
};
struct v2g_tls_identities {
    struct v2g_tls_identity list[V2G_TLS_IDENTITIES_MAX];
    unsigned n;
};

/* Of a car: names every root of the context's store. E_NOSPACE. */
int v2g_tls_name_roots(SSL_CTX *context) MUST_USE;
/* Of a charger: picks by what the car names; the first when it names none of ours. `identities`
 * outlives the context. E_NOSPACE. */
int v2g_tls_pick_by_roots(SSL_CTX *context, struct v2g_tls_identities *identities) MUST_USE;
void v2g_tls_identities_free(struct v2g_tls_identities *identities);

#endif
