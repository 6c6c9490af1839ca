/* SPDX-License-Identifier: MIT
 * One connection between a car and a charger, plain or TLS, on a non-blocking descriptor: who uses
 * it need not know which. A process that uses TLS does not die of SIGPIPE (posix_loop_open() sees
 * to that).
 */
#ifndef POSIX_V2G_LINK_H
#define POSIX_V2G_LINK_H

#include <stdbool.h>

#include "posix/v2g_tls.h"

enum {
    V2G_LINK_HANDSHAKE_MS = 10000, /* from the connection to the end of the handshake */
    V2G_LINK_HANDSHAKE_LEN = 16384 /* more bytes than that before its end are no handshake */
};

struct v2g_link {
    int fd;             /* -1: none; may be read */
    struct ssl_st *ssl; /* all private: NULL for plain TCP */
    bool handshaken;
    bool broken; /* nothing may be sent any more */
    bool wants_write;
    uint64_t deadline_ms;
    struct v2g_tls_error error;
};

static inline bool v2g_link_is_open(const struct v2g_link *link)
{
    return link->fd >= 0;
}
static inline bool v2g_link_is_tls(const struct v2g_link *link)
{
    return link->ssl != NULL;
}

/* No connection: before the first, and after each. */
void v2g_link_init(struct v2g_link *link);
/* Takes over a connected descriptor; `tls` NULL: plain. E_NOSPACE, and then `fd` is still the
 * caller's. */
int v2g_link_open(struct v2g_link *link, int fd, struct v2g_tls *tls, uint64_t now_ms) MUST_USE;
/* Goes on with the handshake, when the descriptor is ready or time has passed. E_OK: it is over,
 * or there is none; E_STATE: it goes on; E_TIMEOUT, E_AUTH (the other's certificate), E_LIMIT (too
 * many bytes), E_NOTFOUND (the other left), E_IO: it failed, v2g_link_why() says how. */
int v2g_link_handshake(struct v2g_link *link, uint64_t now_ms) MUST_USE;
/* What to wait for while it goes on: POSIX_LOOP_READ or POSIX_LOOP_WRITE, until this time. */
int v2g_link_waits_for(const struct v2g_link *link);
static inline uint64_t v2g_link_deadline(const struct v2g_link *link)
{
    return link->deadline_ms;
}

/* All of it at once, else E_IO: messages are far smaller than a socket's buffer. */
int v2g_link_send(struct v2g_link *link, const uint8_t *bytes, size_t len) MUST_USE;
/* How many bytes came; 0: none now; E_NOTFOUND: the other closed; E_IO. A caller that has room
 * calls again until 0: what TLS has unpacked no longer makes the descriptor ready. */
int v2g_link_receive(struct v2g_link *link, uint8_t *out, size_t cap) MUST_USE;
/* True when v2g_link_receive() has bytes without anything happening on the descriptor. */
bool v2g_link_pending(const struct v2g_link *link);
/* Why the last call failed; "" when none did. */
const char *v2g_link_why(const struct v2g_link *link);
/* Of TLS after the handshake: "TLSv1.2 ECDHE-ECDSA-AES128-SHA256"; of plain TCP "plain". */
void v2g_link_describe(const struct v2g_link *link, char *out, size_t cap);

/* Says goodbye (close_notify), closes, forgets. Nothing when there is no connection. Stop watching
 * the descriptor before. */
void v2g_link_close(struct v2g_link *link);

#endif
