/* SPDX-License-Identifier: MIT
 * A test PKI for charging: a V2G root, two sub-CAs of a charge point operator and certificates of
 * chargers, as ISO 15118-2 annex F profiles them (P-256, SHA-256). Not for the road: there an
 * operator's certificate authority signs.
 *
 * In the directory: v2g-root.pem for cars, NAME.pem (the charger's certificate and the sub-CAs')
 * and NAME.key for chargers, and the authorities' own keys. Keys are made here and have mode 0600.
 */
#ifndef POSIX_V2G_PKI_H
#define POSIX_V2G_PKI_H

#include "posix/v2g_tls.h"

struct v2g_pki_charger {
    const char *name;     /* common name and file name: 1..50 of [A-Za-z0-9._-] */
    const char *domain;   /* domain component; "CPO" in every good certificate */
    int64_t not_before_s; /* Unix time */
    int64_t not_after_s;
};

/* Makes the directory and the authorities unless they are there. One sentence in `error`. */
int v2g_pki_make(const char *dir, struct v2g_tls_error *error) MUST_USE;
/* Issues a charger a certificate with a new key, in place of an older one. */
int v2g_pki_issue(const char *dir, const struct v2g_pki_charger *charger,
                  struct v2g_tls_error *error) MUST_USE;

#endif
