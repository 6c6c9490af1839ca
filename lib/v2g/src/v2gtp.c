/* SPDX-License-Identifier: MIT */
#include "v2g/v2gtp.h"

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

enum { VERSION = 0x01, INVERSE_VERSION = 0xFE };

int v2gtp_decode(const uint8_t *bytes, size_t len, struct v2gtp_frame *frame)
{
    ASSERT(bytes != NULL || len == 0);
    /* Two bytes decide whether this is V2GTP at all; no need to wait for the rest. */
    if ((len > 0 && bytes[0] != VERSION) || (len > 1 && bytes[1] != INVERSE_VERSION)) {
        return E_MALFORMED;
    }
    if (len < V2GTP_HEADER_LEN) {
        return 0;
    }
    struct rbuf r = rbuf_of(bytes, len);
    rbuf_skip(&r, 2);
    const uint16_t type = rbuf_be16(&r);
    const uint32_t payload_len = rbuf_be32(&r);
    if (payload_len > V2GTP_MAX_PAYLOAD_LEN) {
        return E_LIMIT;
    }
    if (payload_len > rbuf_left(&r)) {
        return 0;
    }
    frame->type = type;
    frame->len = payload_len;
    frame->payload = rbuf_take(&r, payload_len);
    return (int)(V2GTP_HEADER_LEN + payload_len);
}

void v2gtp_write_header(uint8_t out[V2GTP_HEADER_LEN], uint16_t type, uint32_t payload_len)
{
    ASSERT(payload_len <= V2GTP_MAX_PAYLOAD_LEN);
    struct wbuf w = wbuf_of(out, V2GTP_HEADER_LEN);
    wbuf_u8(&w, VERSION);
    wbuf_u8(&w, INVERSE_VERSION);
    wbuf_be16(&w, type);
    wbuf_be32(&w, payload_len);
    ASSERT(wbuf_ok(&w));
}
