/* SPDX-License-Identifier: MIT
 * SDP, how a car finds the charger's TCP port (ISO 15118-2 clause 7.10.1): one datagram to
 * ff02::1, UDP port 15118, and one back.
 */
#ifndef V2G_SDP_H
#define V2G_SDP_H

#include <stdbool.h>

#include "v2g/protocol.h"
#include "v2g/v2gtp.h"

enum {
    V2G_SDP_PORT = 15118,
    V2G_SDP_REQUEST_LEN = V2GTP_HEADER_LEN + 2,
    V2G_SDP_RESPONSE_LEN = V2GTP_HEADER_LEN + 20,
    V2G_SDP_WAIT_MS = 250, /* [V2G2-159] */
    V2G_SDP_MAX_TRIES = 50 /* [V2G2-161] */
};

enum v2g_security { V2G_SECURITY_TLS = 0x00, V2G_SECURITY_NONE = 0x10 };
enum { V2G_TRANSPORT_TCP = 0x00 };

struct v2g_endpoint {
    uint8_t address[16]; /* IPv6 */
    uint16_t port;       /* 0: this charger has no such endpoint */
};

struct v2g_sdp_server {
    struct v2g_endpoint plain;
    struct v2g_endpoint tls;
    bool require_tls; /* answers TLS even to who asks for none */
};

/* The answer to one datagram [V2G2-622, 623]: V2G_SDP_RESPONSE_LEN; 0 when there is nothing to
 * answer (not an SDP request, another transport than TCP, no endpoint at all). A car that asks for
 * TLS where there is none is told so by security 0x10. */
int v2g_sdp_answer(const struct v2g_sdp_server *server, const uint8_t *datagram, size_t len,
                   uint8_t out[V2G_SDP_RESPONSE_LEN]);

enum v2g_sdp_state { V2G_SDP_IDLE, V2G_SDP_ASKING, V2G_SDP_FOUND, V2G_SDP_FAILED };

struct v2g_sdp_client {
    enum v2g_sdp_state state; /* may be read; the rest is private */
    enum v2g_security wanted;
    uint64_t now_ms, deadline_ms;
    uint8_t tries;
    bool send_due;
    struct v2g_endpoint found;
    enum v2g_security found_security;
};

/* Starts asking at once. */
void v2g_sdp_client_init(struct v2g_sdp_client *client, uint64_t now_ms, enum v2g_security wanted);
/* One datagram from the network. E_OK when it was the answer; E_MALFORMED or E_STATE otherwise,
 * which is for the log only: others speak on that port too. */
int v2g_sdp_client_input(struct v2g_sdp_client *client, uint64_t now_ms, const uint8_t *datagram,
                         size_t len);
void v2g_sdp_client_tick(struct v2g_sdp_client *client, uint64_t now_ms);
uint64_t v2g_sdp_client_deadline(const struct v2g_sdp_client *client);
/* The datagram to send to ff02::1; 0 when there is none. */
int v2g_sdp_client_output(struct v2g_sdp_client *client, uint8_t *out, size_t cap);
/* True once the charger answered, with where and how to connect. The caller decides whether an
 * answer without TLS is good enough [V2G2-626]. */
bool v2g_sdp_client_found(const struct v2g_sdp_client *client, struct v2g_endpoint *endpoint,
                          enum v2g_security *security);

#endif
