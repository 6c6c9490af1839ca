/* SPDX-License-Identifier: MIT
 * A sticky writer into a buffer the caller lends. A write that does not fit writes nothing, sets
 * the error and makes every later write do nothing; a sequence is checked once, with wbuf_ok().
 */
#ifndef BASE_WBUF_H
#define BASE_WBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct wbuf {
    uint8_t *data; /* all private */
    size_t cap;
    size_t len;
    bool failed;
};

/* `data` may be NULL when `cap` is 0. */
struct wbuf wbuf_of(void *data, size_t cap);

static inline bool wbuf_ok(const struct wbuf *w)
{
    return !w->failed;
}
/* Bytes written so far; 0 after a failure, so that a half-written message is never sent. */
static inline size_t wbuf_len(const struct wbuf *w)
{
    return w->failed ? 0 : w->len;
}
static inline size_t wbuf_left(const struct wbuf *w)
{
    return w->failed ? 0 : w->cap - w->len;
}
void wbuf_fail(struct wbuf *w);

void wbuf_put(struct wbuf *w, const void *bytes, size_t n);
void wbuf_str(struct wbuf *w, const char *text);
/* Room for `n` bytes that the caller fills in before the next write; NULL when they do not fit. */
uint8_t *wbuf_reserve(struct wbuf *w, size_t n);

void wbuf_u8(struct wbuf *w, uint8_t v);
void wbuf_be16(struct wbuf *w, uint16_t v);
void wbuf_be32(struct wbuf *w, uint32_t v);
void wbuf_be64(struct wbuf *w, uint64_t v);
void wbuf_le16(struct wbuf *w, uint16_t v);
void wbuf_le32(struct wbuf *w, uint32_t v);
void wbuf_le64(struct wbuf *w, uint64_t v);

#endif
