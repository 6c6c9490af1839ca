/* SPDX-License-Identifier: MIT
 * Deterministic CBOR, RFC 8949 section 4.2.1. Encoded items begin with a head (section 3): three
 * bits of major type, five of additional information, and up to eight bytes of argument.
 */
#include "base/cbor.h"

#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"

enum major {
    MAJOR_UINT = 0,
    MAJOR_NINT = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_TAG = 6,
    MAJOR_SIMPLE = 7
};

enum {
    INFO_ONE_BYTE = 24, /* below it the information is the argument itself */
    INFO_TWO_BYTES = 25,
    INFO_FOUR_BYTES = 26,
    INFO_EIGHT_BYTES = 27,
    SIMPLE_FALSE = 20,
    SIMPLE_TRUE = 21,
    SIMPLE_NULL = 22,
    SIMPLE_FIRST_IN_TWO_BYTES = 32
};

/* ---- writing ---- */

/* The shortest head that holds the argument. */
static void put_head(struct wbuf *w, enum major major, uint64_t argument)
{
    unsigned info = (unsigned)argument;
    size_t n = 0; /* bytes of the argument behind the first */
    if (argument > UINT32_MAX) {
        info = INFO_EIGHT_BYTES;
        n = 8;
    } else if (argument > UINT16_MAX) {
        info = INFO_FOUR_BYTES;
        n = 4;
    } else if (argument > UINT8_MAX) {
        info = INFO_TWO_BYTES;
        n = 2;
    } else if (argument >= INFO_ONE_BYTE) {
        info = INFO_ONE_BYTE;
        n = 1;
    }
    uint8_t *head = wbuf_reserve(w, 1 + n);
    if (head == NULL) {
        return;
    }
    head[0] = (uint8_t)((unsigned)major << 5 | info);
    for (size_t i = n; i > 0; i--) {
        head[i] = (uint8_t)argument;
        argument >>= 8;
    }
}

void cbor_put_uint(struct wbuf *w, uint64_t v)
{
    put_head(w, MAJOR_UINT, v);
}

void cbor_put_int(struct wbuf *w, int64_t v)
{
    if (v >= 0) {
        put_head(w, MAJOR_UINT, (uint64_t)v);
    } else {
        put_head(w, MAJOR_NINT, ~(uint64_t)v); /* -1 - v, without overflow */
    }
}

void cbor_put_bytes_head(struct wbuf *w, size_t n)
{
    put_head(w, MAJOR_BYTES, n);
}

void cbor_put_bytes(struct wbuf *w, const void *bytes, size_t n)
{
    ASSERT(bytes != NULL || n == 0);
    put_head(w, MAJOR_BYTES, n);
    wbuf_put(w, bytes, n);
}

void cbor_put_text(struct wbuf *w, const char *text, size_t n)
{
    ASSERT(n == 0 || (text != NULL && utf8_valid(text, n)));
    put_head(w, MAJOR_TEXT, n);
    wbuf_put(w, text, n);
}

void cbor_put_array(struct wbuf *w, size_t n_items)
{
    put_head(w, MAJOR_ARRAY, n_items);
}

void cbor_put_map(struct wbuf *w, size_t n_pairs)
{
    put_head(w, MAJOR_MAP, n_pairs);
}

void cbor_put_tag(struct wbuf *w, uint64_t tag)
{
    put_head(w, MAJOR_TAG, tag);
}

void cbor_put_bool(struct wbuf *w, bool v)
{
    put_head(w, MAJOR_SIMPLE, v ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_put_null(struct wbuf *w)
{
    put_head(w, MAJOR_SIMPLE, SIMPLE_NULL);
}

/* ---- reading ---- */

struct head {
    enum major major;
    uint64_t argument; /* 0 after a failure */
};

struct cbor cbor_of(const void *data, size_t len)
{
    return (struct cbor){.in = rbuf_of(data, len), .error = E_OK};
}

void cbor_fail(struct cbor *c, int error)
{
    ASSERT(error < 0);
    if (c->error == E_OK) {
        c->error = error;
        rbuf_fail(&c->in);
    }
}

/* The bytes of an argument, refused where a shorter head would have done (section 4.2.1). */
static uint64_t take_argument(struct cbor *c, uint8_t info)
{
    static const uint64_t least[] = {INFO_ONE_BYTE, UINT64_C(1) << 8, UINT64_C(1) << 16,
                                     UINT64_C(1) << 32};
    const unsigned size = (unsigned)info - INFO_ONE_BYTE; /* log2 of the bytes */
    const uint8_t *p = rbuf_take(&c->in, (size_t)1 << size);
    if (p == NULL) {
        cbor_fail(c, E_TRUNCATED);
        return 0;
    }
    uint64_t argument = 0;
    for (size_t i = 0; i < (size_t)1 << size; i++) {
        argument = argument << 8 | p[i];
    }
    if (argument < least[size]) {
        cbor_fail(c, E_MALFORMED);
        return 0;
    }
    return argument;
}

/* Major type 7: false, true and null are ours; floats and the other simple values are not. */
static uint64_t take_simple(struct cbor *c, uint8_t info)
{
    if (info >= SIMPLE_FALSE && info <= SIMPLE_NULL) {
        return info;
    }
    if (info == INFO_ONE_BYTE) {
        const uint8_t value = rbuf_u8(&c->in);
        if (!rbuf_ok(&c->in)) {
            cbor_fail(c, E_TRUNCATED);
        } else {
            cbor_fail(c, value < SIMPLE_FIRST_IN_TWO_BYTES ? E_MALFORMED : E_UNSUPPORTED);
        }
    } else {
        cbor_fail(c, info > INFO_EIGHT_BYTES ? E_MALFORMED : E_UNSUPPORTED);
    }
    return 0;
}

static struct head take_head(struct cbor *c)
{
    struct head head = {.major = MAJOR_UINT, .argument = 0};
    if (!cbor_ok(c)) {
        return head;
    }
    const uint8_t *first = rbuf_take(&c->in, 1);
    if (first == NULL) {
        cbor_fail(c, E_TRUNCATED);
        return head;
    }
    const uint8_t info = *first & 0x1F;
    head.major = (enum major)(*first >> 5);
    if (head.major == MAJOR_SIMPLE) {
        head.argument = take_simple(c, info);
    } else if (info < INFO_ONE_BYTE) {
        head.argument = info;
    } else if (info <= INFO_EIGHT_BYTES) {
        head.argument = take_argument(c, info);
    } else {
        cbor_fail(c, E_MALFORMED); /* reserved, or an indefinite length */
    }
    return head;
}

/* The argument of a head that must be of this major type. */
static uint64_t take_major(struct cbor *c, enum major major)
{
    const struct head head = take_head(c);
    if (cbor_ok(c) && head.major != major) {
        cbor_fail(c, E_MALFORMED);
    }
    return cbor_ok(c) ? head.argument : 0;
}

enum cbor_type cbor_peek(const struct cbor *c)
{
    static const enum cbor_type types[] = {CBOR_UINT,  CBOR_NINT, CBOR_BYTES, CBOR_TEXT,
                                           CBOR_ARRAY, CBOR_MAP,  CBOR_TAG};
    if (!cbor_ok(c) || rbuf_left(&c->in) == 0) {
        return CBOR_END;
    }
    const uint8_t first = c->in.data[rbuf_pos(&c->in)];
    if (first >> 5 != MAJOR_SIMPLE) {
        return types[first >> 5];
    }
    switch (first & 0x1F) {
    case SIMPLE_FALSE:
    case SIMPLE_TRUE:
        return CBOR_BOOL;
    case SIMPLE_NULL:
        return CBOR_NULL;
    default:
        return CBOR_END;
    }
}

uint64_t cbor_uint(struct cbor *c)
{
    return take_major(c, MAJOR_UINT);
}

int64_t cbor_int(struct cbor *c)
{
    const struct head head = take_head(c);
    if (!cbor_ok(c)) {
        return 0;
    }
    if (head.major != MAJOR_UINT && head.major != MAJOR_NINT) {
        cbor_fail(c, E_MALFORMED);
        return 0;
    }
    if (head.argument > INT64_MAX) {
        cbor_fail(c, E_LIMIT);
        return 0;
    }
    const int64_t v = (int64_t)head.argument;
    return head.major == MAJOR_UINT ? v : -1 - v;
}

bool cbor_bool(struct cbor *c)
{
    const uint64_t v = take_major(c, MAJOR_SIMPLE);
    if (cbor_ok(c) && v == SIMPLE_NULL) {
        cbor_fail(c, E_MALFORMED);
    }
    return v == SIMPLE_TRUE;
}

void cbor_null(struct cbor *c)
{
    const uint64_t v = take_major(c, MAJOR_SIMPLE);
    if (cbor_ok(c) && v != SIMPLE_NULL) {
        cbor_fail(c, E_MALFORMED);
    }
}

uint64_t cbor_tag(struct cbor *c)
{
    return take_major(c, MAJOR_TAG);
}

/* The content of a string whose head was read. */
static const uint8_t *take_string(struct cbor *c, uint64_t len, bool is_text)
{
    if (!cbor_ok(c) || len > rbuf_left(&c->in)) {
        cbor_fail(c, E_TRUNCATED);
        return NULL;
    }
    const uint8_t *p = rbuf_take(&c->in, (size_t)len);
    if (is_text && !utf8_valid(p, (size_t)len)) {
        cbor_fail(c, E_MALFORMED);
        return NULL;
    }
    return p;
}

const uint8_t *cbor_bytes(struct cbor *c, size_t *n)
{
    const uint64_t len = take_major(c, MAJOR_BYTES);
    const uint8_t *p = take_string(c, len, false);
    *n = cbor_ok(c) ? (size_t)len : 0;
    return p;
}

const char *cbor_text(struct cbor *c, size_t *n)
{
    const uint64_t len = take_major(c, MAJOR_TEXT);
    const uint8_t *p = take_string(c, len, true);
    *n = cbor_ok(c) ? (size_t)len : 0;
    return (const char *)p;
}

/* Every item takes a byte at least, so a larger count can never be satisfied. */
static size_t check_count(struct cbor *c, uint64_t count, size_t items_each)
{
    if (count > rbuf_left(&c->in) / items_each) {
        cbor_fail(c, E_TRUNCATED);
        return 0;
    }
    return (size_t)count;
}

size_t cbor_array(struct cbor *c)
{
    return check_count(c, take_major(c, MAJOR_ARRAY), 1);
}

size_t cbor_map(struct cbor *c)
{
    return check_count(c, take_major(c, MAJOR_MAP), 2);
}

/* One container that cbor_skip() is inside of. */
struct level {
    size_t items_left; /* a pair of a map counts as two; even before a key */
    size_t key_pos;    /* where the key being read, or read last, starts */
    size_t last_key_pos;
    size_t last_key_len; /* 0 before the first key */
    bool is_map;
};

/* Consumes one head and the content of a string. Returns how many items belong inside it. */
static size_t take_item(struct cbor *c, bool *is_map)
{
    const struct head head = take_head(c);
    *is_map = head.major == MAJOR_MAP;
    switch (head.major) {
    case MAJOR_BYTES:
    case MAJOR_TEXT:
        (void)take_string(c, head.argument, head.major == MAJOR_TEXT);
        return 0;
    case MAJOR_ARRAY:
        return check_count(c, head.argument, 1);
    case MAJOR_MAP:
        return 2 * check_count(c, head.argument, 2);
    case MAJOR_TAG:
        return 1;
    case MAJOR_UINT:
    case MAJOR_NINT:
    case MAJOR_SIMPLE:
    default:
        return 0;
    }
}

/* Keys ascend in the bytewise order of their encodings (section 4.2.1); equal ones are refused. No
 * encoded item is the beginning of another, so the shorter length decides. */
static void check_key(struct cbor *c, struct level *level)
{
    const size_t len = rbuf_pos(&c->in) - level->key_pos;
    const size_t last_len = level->last_key_len;
    if (last_len > 0 && memcmp(c->in.data + level->last_key_pos, c->in.data + level->key_pos,
                               last_len < len ? last_len : len) >= 0) {
        cbor_fail(c, E_MALFORMED);
    }
    level->last_key_pos = level->key_pos;
    level->last_key_len = len;
}

/* An item ended: so does every container it was the last item of. Returns the depth left. */
static size_t close_item(struct cbor *c, struct level *levels, size_t depth)
{
    while (depth > 0) {
        struct level *level = &levels[depth - 1];
        ASSERT(level->items_left > 0);
        level->items_left--;
        if (level->is_map && level->items_left % 2 == 1) {
            check_key(c, level);
        }
        if (level->items_left > 0) {
            break;
        }
        depth--;
    }
    return depth;
}

const uint8_t *cbor_skip(struct cbor *c, size_t *n)
{
    struct level levels[CBOR_MAX_DEPTH];
    size_t depth = 0;
    const size_t start = rbuf_pos(&c->in);
    do {
        bool is_map;
        if (depth > 0 && levels[depth - 1].is_map && levels[depth - 1].items_left % 2 == 0) {
            levels[depth - 1].key_pos = rbuf_pos(&c->in);
        }
        const size_t items = take_item(c, &is_map);
        if (cbor_ok(c) && items > 0) {
            if (depth == CBOR_MAX_DEPTH) {
                cbor_fail(c, E_LIMIT);
                break;
            }
            levels[depth++] = (struct level){.items_left = items, .is_map = is_map};
        } else if (cbor_ok(c)) {
            depth = close_item(c, levels, depth);
        }
    } while (cbor_ok(c) && depth > 0);
    *n = cbor_ok(c) ? rbuf_pos(&c->in) - start : 0;
    return cbor_ok(c) ? c->in.data + start : NULL;
}

uint64_t cbor_key(struct cbor *c, int64_t *last)
{
    ASSERT(*last >= -1);
    const uint64_t key = cbor_uint(c);
    if (key > INT64_MAX) {
        cbor_fail(c, E_LIMIT);
    } else if (cbor_ok(c) && (int64_t)key <= *last) {
        cbor_fail(c, E_MALFORMED);
    }
    if (!cbor_ok(c)) {
        return 0;
    }
    *last = (int64_t)key;
    return key;
}

int cbor_finish(const struct cbor *c)
{
    if (!cbor_ok(c)) {
        return c->error;
    }
    return rbuf_done(&c->in) ? E_OK : E_MALFORMED;
}
