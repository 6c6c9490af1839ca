/* SPDX-License-Identifier: MIT
 * Claim tokens: what an operator carries to a new device so that it may enrol, once.
 *
 * 128 random bits and 12 check bits in Crockford's base 32, seven groups of four, for example
 * "3F7K-09AB-QRST-VWXY-Z123-4567-89AB". Case, hyphens and blanks do not matter to a reader; the
 * letters I, L and O are taken for the digits they look like.
 */
#ifndef ENROL_CLAIM_H
#define ENROL_CLAIM_H

#include <stdint.h>

#include "base/err.h"

enum {
    CLAIM_TOKEN_LEN = 34, /* with its hyphens */
    CLAIM_TOKEN_CAP = CLAIM_TOKEN_LEN + 1,
    CLAIM_SECRET_LEN = 16,
    CLAIM_DIGEST_LEN = 32
};

/* Seven days. */
#define CLAIM_LIFE_MS INT64_C(604800000)

/* A fresh token for a person to see once; only claim_digest() of it is ever stored. E_IO when the
 * random source fails. */
int claim_make(char token[CLAIM_TOKEN_CAP]) MUST_USE;

/* SHA-256 over a domain, the device's id and the token's 128 bits: the token of one device says
 * nothing about that of another, and the database that holds digests opens no door. `token` is
 * whatever was typed; E_MALFORMED when it cannot be a token (length, letters, check bits). */
int claim_digest(const char *device_id, const char *token,
                 uint8_t digest[CLAIM_DIGEST_LEN]) MUST_USE;

#endif
