/* SPDX-License-Identifier: MIT
 * The sticky reader.
 */
#include "base/rbuf.h"

#include <string.h>

#include "base/assert.h"

struct rbuf rbuf_of(const void *data, size_t len)
{
    ASSERT(data != NULL || len == 0);
    return (struct rbuf){.data = data, .len = len};
}

const uint8_t *rbuf_take(struct rbuf *r, size_t n)
{
    ASSERT(r->pos <= r->len);
    if (r->failed || n > r->len - r->pos) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *view = r->data == NULL ? NULL : r->data + r->pos;
    r->pos += n;
    return view;
}

void rbuf_copy(struct rbuf *r, void *out, size_t n)
{
    const uint8_t *view = rbuf_take(r, n);
    if (n == 0) {
        return;
    }
    if (view == NULL) {
        memset(out, 0, n);
    } else {
        memcpy(out, view, n);
    }
}

void rbuf_skip(struct rbuf *r, size_t n)
{
    (void)rbuf_take(r, n);
}

void rbuf_fail(struct rbuf *r)
{
    r->failed = true;
}

static uint64_t take_be(struct rbuf *r, size_t n)
{
    const uint8_t *p = rbuf_take(r, n);
    uint64_t v = 0;
    for (size_t i = 0; p != NULL && i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

static uint64_t take_le(struct rbuf *r, size_t n)
{
    const uint8_t *p = rbuf_take(r, n);
    uint64_t v = 0;
    for (size_t i = n; p != NULL && i > 0; i--) {
        v = v << 8 | p[i - 1];
    }
    return v;
}

uint8_t rbuf_u8(struct rbuf *r)
{
    return (uint8_t)take_be(r, 1);
}

uint16_t rbuf_be16(struct rbuf *r)
{
    return (uint16_t)take_be(r, 2);
}

uint32_t rbuf_be32(struct rbuf *r)
{
    return (uint32_t)take_be(r, 4);
}

uint64_t rbuf_be64(struct rbuf *r)
{
    return take_be(r, 8);
}

uint16_t rbuf_le16(struct rbuf *r)
{
    return (uint16_t)take_le(r, 2);
}

uint32_t rbuf_le32(struct rbuf *r)
{
    return (uint32_t)take_le(r, 4);
}

uint64_t rbuf_le64(struct rbuf *r)
{
    return take_le(r, 8);
}
