/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/assert.h"
#include "v2g/sdp.h"

static void advance(struct v2g_sdp_client *c, uint64_t now_ms)
{
    ASSERT(now_ms >= c->now_ms);
    c->now_ms = now_ms;
}

static void ask(struct v2g_sdp_client *c)
{
    c->tries++;
    c->send_due = true;
    c->deadline_ms = c->now_ms + V2G_SDP_WAIT_MS;
}

void v2g_sdp_client_init(struct v2g_sdp_client *c, uint64_t now_ms, enum v2g_security wanted)
{
    memset(c, 0, sizeof *c);
    c->state = V2G_SDP_ASKING;
    c->wanted = wanted;
    c->now_ms = now_ms;
    ask(c);
}

int v2g_sdp_client_input(struct v2g_sdp_client *c, uint64_t now_ms, const uint8_t *datagram,
                         size_t len)
{
    advance(c, now_ms);
    if (c->state != V2G_SDP_ASKING) {
        return E_STATE;
    }
    struct v2gtp_frame frame;
    const int used = v2gtp_decode(datagram, len, &frame);
    if (used <= 0 || frame.type != V2GTP_SDP_RESPONSE ||
        frame.len != V2G_SDP_RESPONSE_LEN - V2GTP_HEADER_LEN) {
        return E_MALFORMED;
    }
    const uint8_t *p = frame.payload;
    const uint16_t port = (uint16_t)(p[16] << 8 | p[17]);
    const bool known = p[18] == V2G_SECURITY_TLS || p[18] == V2G_SECURITY_NONE;
    if (port == 0 || !known || p[19] != V2G_TRANSPORT_TCP) {
        return E_MALFORMED;
    }
    memcpy(c->found.address, p, sizeof c->found.address);
    c->found.port = port;
    c->found_security = (enum v2g_security)p[18];
    c->state = V2G_SDP_FOUND;
    c->deadline_ms = V2G_NEVER_MS;
    c->send_due = false;
    return E_OK;
}

void v2g_sdp_client_tick(struct v2g_sdp_client *c, uint64_t now_ms)
{
    advance(c, now_ms);
    if (c->state != V2G_SDP_ASKING || now_ms < c->deadline_ms) {
        return;
    }
    if (c->tries == V2G_SDP_MAX_TRIES) {
        c->state = V2G_SDP_FAILED;
        c->deadline_ms = V2G_NEVER_MS;
        c->send_due = false;
        return;
    }
    ask(c);
}

uint64_t v2g_sdp_client_deadline(const struct v2g_sdp_client *c)
{
    return c->deadline_ms;
}

int v2g_sdp_client_output(struct v2g_sdp_client *c, uint8_t *out, size_t cap)
{
    if (!c->send_due || cap < V2G_SDP_REQUEST_LEN) {
        return 0;
    }
    c->send_due = false;
    v2gtp_write_header(out, V2GTP_SDP_REQUEST, 2);
    out[V2GTP_HEADER_LEN] = (uint8_t)c->wanted;
    out[V2GTP_HEADER_LEN + 1] = V2G_TRANSPORT_TCP;
    return V2G_SDP_REQUEST_LEN;
}

bool v2g_sdp_client_found(const struct v2g_sdp_client *c, struct v2g_endpoint *endpoint,
                          enum v2g_security *security)
{
    if (c->state != V2G_SDP_FOUND) {
        return false;
    }
    *endpoint = c->found;
    *security = c->found_security;
    return true;
}
