/* SPDX-License-Identifier: MIT
 * Makes certificate requests, good ones and every kind of bad one.
 */
#ifndef TESTS_REQUESTS_H
#define TESTS_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

enum { REQUEST_CAP = 8192 };

struct request_plan {
    EVP_PKEY *key;            /* NULL: a fresh P-256 key */
    const char *names[3];     /* common names, in this order */
    const char *organisation; /* besides; NULL for none */
    const char *hash;         /* "SHA256" when NULL; "" for the key's own (Ed25519) */
    const char *san;          /* asks for an extension, "URI:x"; NULL for none */
    long version;             /* of the structure; 0 is version 1 */
    size_t extra_len;         /* bytes of an extra organisation unit, to make it long */
};

/* Returns the DER length; ends the program when OpenSSL fails. */
size_t request_make(const struct request_plan *plan, uint8_t der[REQUEST_CAP]);
/* A good one for this name with a fresh key. */
size_t request_for(const char *name, uint8_t der[REQUEST_CAP]);
/* A fresh key by name: "P-256", "P-384", "RSA", "ED25519". */
EVP_PKEY *request_key(const char *kind);

#endif
