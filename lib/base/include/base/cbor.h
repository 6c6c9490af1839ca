/* SPDX-License-Identifier: MIT
 * Deterministic CBOR (RFC 8949 section 4.2): a writer that can only produce it and a reader that
 * refuses everything else. Longer heads than needed, indefinite lengths, map keys out of order or
 * twice and text that is not UTF-8 are E_MALFORMED; floats, undefined and other simple values are
 * E_UNSUPPORTED; an input that ends too early is E_TRUNCATED. Strings are views into the input.
 */
#ifndef BASE_CBOR_H
#define BASE_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

enum { CBOR_MAX_DEPTH = 8 };

enum cbor_type {
    CBOR_UINT,
    CBOR_NINT,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_BOOL,
    CBOR_NULL,
    CBOR_END /* nothing left, the reader has failed, or a float or simple value comes next */
};

/* ---- writing: sticky, into a wbuf; the caller emits map keys in order (checked by tests) ---- */
void cbor_put_uint(struct wbuf *w, uint64_t v);
void cbor_put_int(struct wbuf *w, int64_t v);
void cbor_put_bytes(struct wbuf *w, const void *bytes, size_t n);
/* Only the head of a byte string whose `n` bytes the caller writes next. */
void cbor_put_bytes_head(struct wbuf *w, size_t n);
void cbor_put_text(struct wbuf *w, const char *text, size_t n); /* asserts that it is UTF-8 */
void cbor_put_array(struct wbuf *w, size_t n_items);
void cbor_put_map(struct wbuf *w, size_t n_pairs);
void cbor_put_tag(struct wbuf *w, uint64_t tag);
void cbor_put_bool(struct wbuf *w, bool v);
void cbor_put_null(struct wbuf *w);

/* ---- reading: a sticky pull reader ---- */
struct cbor {
    struct rbuf in; /* all private */
    int error;
};

struct cbor cbor_of(const void *data, size_t len);
/* The type of the next item by its first byte, without consuming it. */
enum cbor_type cbor_peek(const struct cbor *c);
/* Each consumes one item of its type; another type sets E_MALFORMED and yields zero. */
uint64_t cbor_uint(struct cbor *c);
int64_t cbor_int(struct cbor *c); /* E_LIMIT outside int64_t */
bool cbor_bool(struct cbor *c);
void cbor_null(struct cbor *c);
uint64_t cbor_tag(struct cbor *c);
/* Views into the input; *n is 0 and the result NULL on failure. Text is checked to be UTF-8. */
const uint8_t *cbor_bytes(struct cbor *c, size_t *n);
const char *cbor_text(struct cbor *c, size_t *n);
/* Number of items / pairs that follow. Never more than the bytes that are left could hold. The
 * order of a map's keys is checked by cbor_key() and by cbor_skip(), which sees all of them. */
size_t cbor_array(struct cbor *c);
size_t cbor_map(struct cbor *c);
/* Consumes one whole item of any type, checking it. Arrays, maps and tags that are not empty may
 * stand up to CBOR_MAX_DEPTH inside each other, else E_LIMIT. Returns the view of its bytes. */
const uint8_t *cbor_skip(struct cbor *c, size_t *n);
/* For maps whose keys are unsigned and ascending: consumes the next key and fails unless it is
 * greater than *last (start with -1); stores it in *last. E_LIMIT above INT64_MAX. */
uint64_t cbor_key(struct cbor *c, int64_t *last);
/* Marks the reader failed with `error` unless it already is. */
void cbor_fail(struct cbor *c, int error);
static inline bool cbor_ok(const struct cbor *c)
{
    return c->error == E_OK;
}
/* E_OK when everything was read and nothing failed; E_MALFORMED for bytes left over. */
int cbor_finish(const struct cbor *c) MUST_USE;

#endif
