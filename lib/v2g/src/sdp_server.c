/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/assert.h"
#include "v2g/sdp.h"

int v2g_sdp_answer(const struct v2g_sdp_server *server, const uint8_t *datagram, size_t len,
                   uint8_t out[V2G_SDP_RESPONSE_LEN])
{
    struct v2gtp_frame frame;
    const int used = v2gtp_decode(datagram, len, &frame);
    if (used <= 0 || frame.type != V2GTP_SDP_REQUEST || frame.len != 2) {
        return 0; /* not a request, no answer */
    }
    if (frame.payload[1] != V2G_TRANSPORT_TCP) {
        return 0;
    }
    const bool has_tls = server->tls.port != 0;
    const bool has_plain = server->plain.port != 0;
    const bool wants_tls = frame.payload[0] == V2G_SECURITY_TLS;
    if (!has_tls && !has_plain) {
        return 0;
    }
    /* [V2G2-625..628]: TLS only where both can; a charger of -20 insists [V2G20-1238]. */
    const bool tls = has_tls && (wants_tls || server->require_tls || !has_plain);
    const struct v2g_endpoint *at = tls ? &server->tls : &server->plain;
    ASSERT(at->port != 0);
    v2gtp_write_header(out, V2GTP_SDP_RESPONSE, V2G_SDP_RESPONSE_LEN - V2GTP_HEADER_LEN);
    uint8_t *payload = out + V2GTP_HEADER_LEN;
    memcpy(payload, at->address, sizeof at->address);
    payload[16] = (uint8_t)(at->port >> 8);
    payload[17] = (uint8_t)at->port;
    payload[18] = (uint8_t)(tls ? V2G_SECURITY_TLS : V2G_SECURITY_NONE);
    payload[19] = V2G_TRANSPORT_TCP;
    return V2G_SDP_RESPONSE_LEN;
}
