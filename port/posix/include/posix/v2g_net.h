/* SPDX-License-Identifier: MIT
 * The network of a car and a charger: one interface, IPv6 link-local, SDP by multicast on UDP
 * 15118, then TCP. All descriptors are non-blocking and close at exec. On the loopback interface,
 * which has neither link-local addresses nor multicast, everything is at ::1: for programs of one
 * machine.
 */
#ifndef POSIX_V2G_NET_H
#define POSIX_V2G_NET_H

#include <stddef.h>
#include <stdint.h>

#include "v2g/sdp.h"

/* The interface's link-local address, ::1 of the loopback. E_NOTFOUND while it has none: it gets
 * one a moment after it is up. */
int v2g_net_address(const char *interface, uint8_t address[16]) MUST_USE;
int v2g_net_mac(const char *interface, uint8_t mac[6]) MUST_USE;

/* `port` of SDP is V2G_SDP_PORT for every car and charger of this world.
 * The charger: a TCP listener at the interface's own address (endpoint->port 0: one of
 * 49152 to 65535, and is told),
 * and the socket that hears cars ask. The descriptor; E_IO with errno. */
int v2g_net_listen(const char *interface, struct v2g_endpoint *endpoint) MUST_USE;
int v2g_net_sdp_server(const char *interface, uint16_t port) MUST_USE;
/* The next connection: its descriptor and who it is; E_STATE when nobody waits. */
int v2g_net_accept(int fd, struct v2g_endpoint *peer) MUST_USE;
/* Answers what waits on the SDP socket: how many were answered. */
int v2g_net_answer(int fd, const struct v2g_sdp_server *server);

/* The car: a socket for asking, how to ask, and how to connect (which goes on in the background:
 * writable when it ended). */
int v2g_net_sdp_client(const char *interface) MUST_USE;
int v2g_net_ask(int fd, const char *interface, uint16_t port, const uint8_t *datagram,
                size_t len) MUST_USE;
int v2g_net_connect(const char *interface, const struct v2g_endpoint *endpoint) MUST_USE;
/* E_OK when the connection stands, E_IO when it was refused. */
int v2g_net_connected(int fd) MUST_USE;

/* All of it at once, else E_IO: messages are far smaller than a socket's buffer. */
int v2g_net_send(int fd, const uint8_t *bytes, size_t len) MUST_USE;
/* How many bytes came; 0: none now; E_NOTFOUND: the peer closed; E_IO. */
int v2g_net_receive(int fd, uint8_t *out, size_t cap) MUST_USE;

#endif
