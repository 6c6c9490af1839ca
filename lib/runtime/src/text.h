/* SPDX-License-Identifier: MIT
 * Numbers as text, for the documents this library writes.
 */
#ifndef RUNTIME_SRC_TEXT_H
#define RUNTIME_SRC_TEXT_H

#include <stdint.h>

#include "base/wbuf.h"

void text_put_uint(struct wbuf *out, uint64_t value);
void text_put_int(struct wbuf *out, int64_t value);
/* value / 10^decimals (0..9) without trailing zeros: 1500 with 3 is 1.5 */
void text_put_decimal(struct wbuf *out, int64_t value, unsigned decimals);

#endif
