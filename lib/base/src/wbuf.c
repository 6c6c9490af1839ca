/* SPDX-License-Identifier: MIT
 * The sticky writer.
 */
#include "base/wbuf.h"

#include <string.h>

#include "base/assert.h"

struct wbuf wbuf_of(void *data, size_t cap)
{
    ASSERT(data != NULL || cap == 0);
    return (struct wbuf){.data = data, .cap = cap};
}

void wbuf_fail(struct wbuf *w)
{
    w->failed = true;
}

uint8_t *wbuf_reserve(struct wbuf *w, size_t n)
{
    ASSERT(w->len <= w->cap);
    if (w->failed || n > w->cap - w->len) {
        w->failed = true;
        return NULL;
    }
    uint8_t *room = w->data == NULL ? NULL : w->data + w->len;
    w->len += n;
    return room;
}

void wbuf_put(struct wbuf *w, const void *bytes, size_t n)
{
    uint8_t *room = wbuf_reserve(w, n);
    if (room != NULL && n > 0) {
        memcpy(room, bytes, n);
    }
}

void wbuf_str(struct wbuf *w, const char *text)
{
    wbuf_put(w, text, strlen(text));
}

static void put_be(struct wbuf *w, uint64_t v, size_t n)
{
    uint8_t *p = wbuf_reserve(w, n);
    for (size_t i = n; p != NULL && i > 0; i--) {
        p[i - 1] = (uint8_t)v;
        v >>= 8;
    }
}

static void put_le(struct wbuf *w, uint64_t v, size_t n)
{
    uint8_t *p = wbuf_reserve(w, n);
    for (size_t i = 0; p != NULL && i < n; i++) {
        p[i] = (uint8_t)v;
        v >>= 8;
    }
}

void wbuf_u8(struct wbuf *w, uint8_t v)
{
    put_be(w, v, 1);
}

void wbuf_be16(struct wbuf *w, uint16_t v)
{
    put_be(w, v, 2);
}

void wbuf_be32(struct wbuf *w, uint32_t v)
{
    put_be(w, v, 4);
}

void wbuf_be64(struct wbuf *w, uint64_t v)
{
    put_be(w, v, 8);
}

void wbuf_le16(struct wbuf *w, uint16_t v)
{
    put_le(w, v, 2);
}

void wbuf_le32(struct wbuf *w, uint32_t v)
{
    put_le(w, v, 4);
}

void wbuf_le64(struct wbuf *w, uint64_t v)
{
    put_le(w, v, 8);
}
