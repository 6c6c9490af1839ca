/* SPDX-License-Identifier: MIT
 * A sticky reader over bytes somebody else owns. Reads past the end yield zeros and set the error;
 * a sequence of reads is checked once, with rbuf_ok(). Nothing is copied: rbuf_take() returns a
 * view into the input, valid as long as the input is.
 */
#ifndef BASE_RBUF_H
#define BASE_RBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rbuf {
    const uint8_t *data; /* all private */
    size_t len;
    size_t pos;
    bool failed;
};

/* `data` may be NULL when `len` is 0. */
struct rbuf rbuf_of(const void *data, size_t len);

static inline bool rbuf_ok(const struct rbuf *r)
{
    return !r->failed;
}
static inline size_t rbuf_left(const struct rbuf *r)
{
    return r->failed ? 0 : r->len - r->pos;
}
static inline size_t rbuf_pos(const struct rbuf *r)
{
    return r->pos;
}
/* True when everything was read and nothing failed. */
static inline bool rbuf_done(const struct rbuf *r)
{
    return !r->failed && r->pos == r->len;
}

/* `n` bytes as a view, or NULL (and the error is set) when fewer are left. A view of 0 bytes is
 * not NULL unless the input itself was. */
const uint8_t *rbuf_take(struct rbuf *r, size_t n);
/* Copies `n` bytes to `out`; zeros when fewer are left. */
void rbuf_copy(struct rbuf *r, void *out, size_t n);
void rbuf_skip(struct rbuf *r, size_t n);
/* Marks the reader failed, for a caller that found the content wrong. */
void rbuf_fail(struct rbuf *r);

uint8_t rbuf_u8(struct rbuf *r);
uint16_t rbuf_be16(struct rbuf *r);
uint32_t rbuf_be32(struct rbuf *r);
uint64_t rbuf_be64(struct rbuf *r);
uint16_t rbuf_le16(struct rbuf *r);
uint32_t rbuf_le32(struct rbuf *r);
uint64_t rbuf_le64(struct rbuf *r);

#endif
