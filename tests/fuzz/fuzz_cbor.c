/* fuzz: base */
/* SPDX-License-Identifier: MIT
 * CBOR: an item that is skipped without complaint is, head by head, what the writer writes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Takes one head, with the content of a string, and writes it again. */
static void copy_item(struct cbor *c, struct wbuf *w)
{
    size_t n;
    switch (cbor_peek(c)) {
    case CBOR_UINT:
        cbor_put_uint(w, cbor_uint(c));
        break;
    case CBOR_NINT:
        cbor_put_int(w, cbor_int(c));
        break;
    case CBOR_BYTES: {
        const uint8_t *bytes = cbor_bytes(c, &n);
        cbor_put_bytes(w, bytes, n);
        break;
    }
    case CBOR_TEXT: {
        const char *text = cbor_text(c, &n);
        cbor_put_text(w, text, n);
        break;
    }
    case CBOR_ARRAY:
        cbor_put_array(w, cbor_array(c));
        break;
    case CBOR_MAP:
        cbor_put_map(w, cbor_map(c));
        break;
    case CBOR_TAG:
        cbor_put_tag(w, cbor_tag(c));
        break;
    case CBOR_BOOL:
        cbor_put_bool(w, cbor_bool(c));
        break;
    case CBOR_NULL:
        cbor_null(c);
        cbor_put_null(w);
        break;
    case CBOR_END:
    default:
        break;
    }
}

static void copy_all(const uint8_t *data, size_t size)
{
    static uint8_t copy[1 << 16];
    struct cbor c = cbor_of(data, size);
    struct wbuf w = wbuf_of(copy, sizeof copy);
    while (cbor_peek(&c) != CBOR_END) {
        copy_item(&c, &w);
    }
    /* Integers of CBOR that are none of C's are the only items skipped but not read. */
    require(c.error == E_OK || c.error == E_LIMIT);
    if (c.error == E_OK && wbuf_ok(&w)) {
        require(wbuf_len(&w) == size && memcmp(copy, data, size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cbor c = cbor_of(data, size);
    int64_t last = -1;
    size_t n;
    const uint8_t *item = cbor_skip(&c, &n);
    require((item == NULL) == !cbor_ok(&c));
    if (item != NULL) {
        require(item == data && n > 0 && n <= size);
        copy_all(item, n);
        struct cbor again = cbor_of(item, n);
        require(cbor_skip(&again, &n) == item && cbor_finish(&again) == E_OK);
    } else {
        require(n == 0 && cbor_peek(&c) == CBOR_END && cbor_finish(&c) < 0);
    }
    c = cbor_of(data, size);
    for (size_t pairs = cbor_map(&c); pairs > 0 && cbor_ok(&c); pairs--) {
        const int64_t before = last;
        (void)cbor_key(&c, &last);
        require(cbor_ok(&c) ? last > before : last == before);
        (void)cbor_skip(&c, &n);
    }
    return 0;
}
