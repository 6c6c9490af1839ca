/* fuzz: tls_reader */
/* SPDX-License-Identifier: MIT
 * TLS in a capture, with the key log that comes with it: whatever the bytes, the reader takes whole
 * records and gives back no more than they held.
 *
 * Input: length (2 bytes) and text of a key log, then pieces of a capture: side (bit 0) and hole
 * (bit 1), length (2 bytes), bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rbuf.h"
#include "tls_reader.h"

enum { STREAM_CAP = 1 << 15 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tls_reader reader;
static struct {
    uint8_t bytes[STREAM_CAP];
    size_t len;
} streams[2];

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void read_stream(unsigned side)
{
    size_t at = 0;
    int used = 1;
    while (used > 0 && at < streams[side].len) {
        struct tls_item item;
        const size_t left = streams[side].len - at;
        used = tls_reader_input(&reader, side == 1, streams[side].bytes + at, left, &item);
        require(used >= -1 && used <= (int)left);
        require(item.found != TLS_FOUND_TEXT || (used > 0 && item.len <= (size_t)used));
        require(memchr(item.note, 0, sizeof item.note) != NULL);
        at += used > 0 ? (size_t)used : 0;
    }
    streams[side].len = used < 0 ? 0 : streams[side].len - at;
    memmove(streams[side].bytes, streams[side].bytes + at, streams[side].len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_keylog log = {.n = 0};
    struct rbuf r = rbuf_of(data, size);
    const size_t log_len = rbuf_be16(&r);
    const uint8_t *text = rbuf_take(&r, log_len);
    if (text != NULL) {
        tls_keylog_add(&log, (const char *)text, log_len);
    }
    tls_reader_init(&reader, &log);
    streams[0].len = streams[1].len = 0;
    while (rbuf_left(&r) >= 3) {
        const uint8_t flags = rbuf_u8(&r);
        const size_t len = rbuf_be16(&r);
        const uint8_t *bytes = rbuf_take(&r, len);
        const unsigned side = flags & 1;
        if ((flags & 2) != 0) {
            tls_reader_hole(&reader, side == 1);
        }
        if (bytes == NULL || len > STREAM_CAP - streams[side].len) {
            break;
        }
        memcpy(streams[side].bytes + streams[side].len, bytes, len);
        streams[side].len += len;
        read_stream(side);
    }
    tls_keylog_free(&log);
    return 0;
}
