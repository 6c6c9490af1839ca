/* SPDX-License-Identifier: MIT
 * Makes certificates: the CA's own, and those of devices and servers (RFC 5280).
 */
#ifndef SIGNER_ISSUE_H
#define SIGNER_ISSUE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/err.h"
#include "signer/refusal.h"

struct signer_issuer {
    X509 *certificate; /* of the CA */
    EVP_PKEY *key;
};

enum signer_use { SIGNER_FOR_DEVICE, SIGNER_FOR_SERVER, SIGNER_FOR_GATEWAY };

struct signer_subject {
    enum signer_use use;
    const char *name; /* common name, terminated, checked by signer_name_ok() */
    const char *san;  /* of servers: "DNS:a.b,IP:1.2.3.4", terminated; NULL for devices */
    EVP_PKEY *key;    /* the subject's public key */
};

/* A self-signed CA certificate for `key`, valid from `unix_s` for ten years, named after its key.
 * NULL when OpenSSL fails. The caller's to free. */
X509 *signer_issue_ca(EVP_PKEY *key, int64_t unix_s);

/* A certificate for the subject, not valid beyond the issuer's own. A device gets the URI
 * wattward:device:<id> as alternative name. SIGNER_REFUSED_SAN, SIGNER_REFUSED_INTERNAL, or NONE
 * with *certificate the caller's to free. */
enum signer_refusal signer_issue(const struct signer_issuer *issuer,
                                 const struct signer_subject *subject, int64_t unix_s,
                                 X509 **certificate) MUST_USE;

#endif
