/* SPDX-License-Identifier: MIT
 * The parts of bits.h that are not worth inlining.
 */
#include "bits.h"

#include "base/assert.h"

/* Near the end of the input a whole word may not be read: what is missing counts as zero. */
exi_word exi_peek_tail(const uint8_t *data, size_t len, size_t at)
{
    exi_word word = 0;
    for (unsigned i = 0; i < EXI_WORD_LEN; i++) {
        word = word << 8 | (at + i < len ? data[at + i] : 0U);
    }
    return word;
}

/* Fills the window to at least EXI_WORD_BITS - 8 bits, or to what is left. What a load brings
 * beyond `avail` stays there: a later load brings the same. */
static void refill(struct exi_reader *r)
{
    if ((size_t)(r->end - r->next) >= EXI_WORD_LEN) {
        r->window |= exi_load(r->next) >> r->avail;
        r->next += (EXI_WORD_BITS - 1 - r->avail) >> 3;
        r->avail |= EXI_WORD_BITS - 8;
        return;
    }
    while (r->avail <= EXI_WORD_BITS - 8 && r->next != r->end) {
        r->window |= (exi_word)*r->next << (EXI_WORD_BITS - 8 - r->avail);
        r->next++;
        r->avail += 8;
    }
}

unsigned exi_take_refilling(struct exi_reader *r, unsigned n)
{
    refill(r);
    if (r->avail < n) {
        r->failed = true;
        return 0;
    }
    return exi_take(r, n);
}

void exi_reader_seek(struct exi_reader *r, uint32_t pos)
{
    ASSERT(pos <= (size_t)(r->end - r->data) * 8);
    r->next = r->data + (pos >> 3);
    r->window = 0;
    r->avail = 0;
    refill(r);
    r->window <<= pos & 7;
    r->avail -= pos & 7;
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

static void store(uint8_t *to, exi_word word)
{
#if UINTPTR_MAX > 0xFFFFFFFFU
    to[0] = (uint8_t)(word >> 56);
    to[1] = (uint8_t)(word >> 48);
    to[2] = (uint8_t)(word >> 40);
    to[3] = (uint8_t)(word >> 32);
    to += 4;
#endif
    to[0] = (uint8_t)(word >> 24);
    to[1] = (uint8_t)(word >> 16);
    to[2] = (uint8_t)(word >> 8);
    to[3] = (uint8_t)word;
}

static void put_byte(struct exi_writer *w)
{
    if (w->len == w->cap) {
        w->failed = true;
    } else {
        w->data[w->len++] = (uint8_t)(w->held >> (w->n_held - 8));
    }
    w->n_held -= 8;
}

/* All but a byte of each word is output at once: what is held of a byte in front, then the bytes.
 */
void exi_put_bytes(struct exi_writer *w, const uint8_t *at, size_t n, unsigned shift)
{
    const size_t len = n + (shift > 0);
    size_t i = 0;
    while (w->n_held >= 8) {
        put_byte(w);
    }
    exi_word held = w->n_held > 0 ? w->held << (EXI_WORD_BITS - w->n_held) : 0;
    for (; i + EXI_WORD_LEN <= n && w->cap - w->len >= EXI_WORD_LEN; i += EXI_WORD_LEN - 1) {
        held |= (exi_peek_at(at, len, 8 * i + shift) & ~(exi_word)0xFF) >> w->n_held;
        store(w->data + w->len, held);
        w->len += EXI_WORD_LEN - 1;
        held <<= EXI_WORD_BITS - 8;
    }
    w->held = w->n_held > 0 ? held >> (EXI_WORD_BITS - w->n_held) : 0;
    while (i < n && !w->failed) {
        const unsigned some = n - i < EXI_HALF_BITS / 8 ? (unsigned)(n - i) : EXI_HALF_BITS / 8;
        exi_put(w, exi_peek_at(at, len, 8 * i + shift) >> (EXI_WORD_BITS - 8 * some), 8 * some);
        i += some;
    }
}
