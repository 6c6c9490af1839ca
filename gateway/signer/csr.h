/* SPDX-License-Identifier: MIT
 * Judges a certificate request (PKCS #10, RFC 2986) of a peer nobody trusts yet.
 */
#ifndef SIGNER_CSR_H
#define SIGNER_CSR_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/err.h"
#include "signer/refusal.h"

/* Accepts exactly one DER structure without anything after it, version 1, exactly one common name
 * that equals `name`, an uncompressed P-256 key on a named curve, and a signature by that key with
 * ECDSA and SHA-2. Attributes, extension requests and other parts of the subject are not looked at:
 * the certificate never repeats them. On SIGNER_REFUSED_NONE *key is the request's key, the
 * caller's to free with EVP_PKEY_free(); otherwise it is untouched. */
enum signer_refusal signer_csr_check(const uint8_t *der, size_t len, const char *name,
                                     size_t name_len, EVP_PKEY **key) MUST_USE;

#endif
