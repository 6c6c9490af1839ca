/* SPDX-License-Identifier: MIT
 * Decimal numbers as the C2SP texts have them.
 */
#ifndef LEDGER_TEXT_H
#define LEDGER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"

void ledger_put_number(struct wbuf *w, uint64_t v);
/* No leading zeros, no sign. E_MALFORMED, or E_LIMIT above 2^63 - 1. */
int ledger_take_number(const char *text, size_t len, uint64_t *v) MUST_USE;

#endif
