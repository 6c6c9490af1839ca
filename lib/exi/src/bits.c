/* SPDX-License-Identifier: MIT
 * The parts of bits.h that are not worth inlining.
 */
#include "bits.h"

#include <string.h>

/* Near the end of the input a whole word may not be read: what is missing counts as zero. */
exi_word exi_peek_tail(const uint8_t *data, size_t len, size_t at)
{
    exi_word word = 0;
    for (unsigned i = 0; i < EXI_WORD_LEN; i++) {
        word = word << 8 | (at + i < len ? data[at + i] : 0U);
    }
    return word;
}

void exi_writer_store(struct exi_writer *w)
{
    const unsigned n = EXI_HALF_BITS / 8;
    w->n_held -= EXI_HALF_BITS;
    if (w->cap - w->len < n) {
        w->failed = true;
        return;
    }
    const exi_word half = w->held >> w->n_held;
    for (unsigned i = 0; i < n; i++) {
        w->data[w->len + i] = (uint8_t)(half >> (EXI_HALF_BITS - 8 - 8 * i));
    }
    w->len += n;
}

void exi_writer_finish(struct exi_writer *w)
{
    while (w->n_held > 0 && !w->failed) {
        if (w->len == w->cap) {
            w->failed = true;
            return;
        }
        const exi_word byte =
            w->n_held >= 8 ? w->held >> (w->n_held - 8) : w->held << (8 - w->n_held);
        w->data[w->len++] = (uint8_t)byte;
        w->n_held -= w->n_held >= 8 ? 8 : w->n_held;
    }
}

void exi_put_bytes(struct exi_writer *w, const uint8_t *at, size_t n, unsigned shift)
{
    const size_t len = n + (shift > 0);
    size_t i = 0;
    if (w->cap - w->len < n) {
        w->failed = true;
        return;
    }
    for (; i + EXI_HALF_BITS / 8 <= n; i += EXI_HALF_BITS / 8) {
        const exi_word word = exi_peek_at(at, len, 8 * i + shift);
        w->held = w->held << EXI_HALF_BITS | word >> EXI_HALF_BITS;
        w->n_held += EXI_HALF_BITS;
        exi_writer_store(w);
    }
    for (; i < n; i++) {
        exi_put(w, exi_peek_at(at, len, 8 * i + shift) >> (EXI_WORD_BITS - 8), 8);
    }
}
