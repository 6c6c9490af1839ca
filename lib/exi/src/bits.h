/* SPDX-License-Identifier: MIT
 * Bits, most significant first. The reader looks at a machine word at a time and moves by any
 * number of bits; the writer collects half a word before it stores. Both stick on the first
 * failure.
 */
#ifndef EXI_SRC_BITS_H
#define EXI_SRC_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFFFFFFU
typedef uint64_t exi_word;
#else
typedef uint32_t exi_word;
#endif
enum {
    EXI_WORD_LEN = sizeof(exi_word),
    EXI_WORD_BITS = 8 * EXI_WORD_LEN,
    EXI_PEEK_BITS = EXI_WORD_BITS - 7, /* at least so many of a peek are input */
    EXI_HALF_BITS = EXI_WORD_BITS / 2
};

/* A word from `at` on, with the first byte on top: one load and a byte swap where the machine has
 * them, and compilers see it. */
static inline exi_word exi_load(const uint8_t *at)
{
#if UINTPTR_MAX > 0xFFFFFFFFU
    return (exi_word)at[0] << 56 | (exi_word)at[1] << 48 | (exi_word)at[2] << 40 |
           (exi_word)at[3] << 32 | (exi_word)at[4] << 24 | (exi_word)at[5] << 16 |
           (exi_word)at[6] << 8 | at[7];
#else
    return (exi_word)at[0] << 24 | (exi_word)at[1] << 16 | (exi_word)at[2] << 8 | at[3];
#endif
}

exi_word exi_peek_tail(const uint8_t *data, size_t len, size_t at);

/* The bits from `pos` on, first on top, at least EXI_PEEK_BITS of them; zeros beyond the end. */
static inline exi_word exi_peek_at(const uint8_t *data, size_t len, size_t pos)
{
    const size_t at = pos >> 3;
    const exi_word word =
        at + EXI_WORD_LEN <= len ? exi_load(data + at) : exi_peek_tail(data, len, at);
    return word << (pos & 7);
}

struct exi_reader {
    const uint8_t *data;
    const uint8_t *next; /* the first byte of which not all bits are in `window` */
    const uint8_t *end;
    exi_word window; /* bits not taken yet, first on top; behind `avail`, zeros or bits of *next */
    unsigned avail;
    bool failed;
};

static inline struct exi_reader exi_reader_of(const uint8_t *data, size_t len)
{
    return (struct exi_reader){.data = data, .next = data, .end = data + len};
}
/* Bits taken so far. */
static inline uint32_t exi_reader_pos(const struct exi_reader *r)
{
    return (uint32_t)((size_t)(r->next - r->data) * 8 - r->avail);
}
static inline uint32_t exi_bits_left(const struct exi_reader *r)
{
    return (uint32_t)((size_t)(r->end - r->next) * 8 + r->avail);
}

/* Goes to any position of the input. */
void exi_reader_seek(struct exi_reader *r, uint32_t pos);

unsigned exi_take_refilling(struct exi_reader *r, unsigned n);

/* The next n (1..24) bits. Beyond the end of the input it is zeros, and the reader has failed. */
static inline unsigned exi_take(struct exi_reader *r, unsigned n)
{
    if (r->avail < n) {
        return exi_take_refilling(r, n);
    }
    const unsigned value = (unsigned)(r->window >> (EXI_WORD_BITS - n));
    r->window <<= n;
    r->avail -= n;
    return value;
}

struct exi_writer {
    uint8_t *data;
    size_t cap;
    size_t len;
    exi_word held;   /* bits not stored yet, at the bottom */
    unsigned n_held; /* below EXI_HALF_BITS */
    bool failed;
};

void exi_writer_store(struct exi_writer *w);
/* Stores what is held, with zeros up to the byte. */
void exi_writer_finish(struct exi_writer *w);

/* Writes the lowest n (0..EXI_HALF_BITS) bits of value; the others are zero. */
static inline void exi_put(struct exi_writer *w, exi_word value, unsigned n)
{
    w->held = w->held << n | value;
    w->n_held += n;
    if (w->n_held >= EXI_HALF_BITS) {
        exi_writer_store(w);
    }
}
static inline uint32_t exi_writer_bits(const struct exi_writer *w)
{
    return (uint32_t)(w->len * 8 + w->n_held);
}
/* `n` bytes that begin `shift` bits into at[0]. */
void exi_put_bytes(struct exi_writer *w, const uint8_t *at, size_t n, unsigned shift);

#endif
