/* SPDX-License-Identifier: MIT
 * A certificate request as clients send it: base 64 with or without line breaks (RFC 7030 4.2.1,
 * RFC 8951), PEM, or plain DER.
 */
#ifndef ENROL_CSR_TEXT_H
#define ENROL_CSR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Returns the length of the DER, which nobody has judged yet; E_MALFORMED, or E_NOSPACE when it is
 * longer than `cap`. */
int csr_text_decode(const uint8_t *body, size_t len, uint8_t *der, size_t cap) MUST_USE;

/* True for base 64 without a line break inside. */
bool csr_text_is_one_line(const uint8_t *body, size_t len);

#endif
