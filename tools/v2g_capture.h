/* SPDX-License-Identifier: MIT
 * Capture files of charging sessions: Ethernet, IPv6, UDP and TCP, down to V2GTP frames in their
 * order. TCP bytes that came twice are taken once; a hole in the capture is reported. TLS is opened
 * with a key log.
 */
#ifndef TOOLS_V2G_CAPTURE_H
#define TOOLS_V2G_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_keylog.h"

enum capture_kind {
    CAPTURE_FRAME,  /* a V2GTP frame */
    CAPTURE_OPENED, /* the first data of a connection */
    CAPTURE_CLOSED, /* FIN or RST of one side */
    CAPTURE_HOLE,   /* `len` bytes are missing */
    CAPTURE_TLS,    /* `text`: about TLS: its session, an alert */
    CAPTURE_DAMAGE, /* `text`: a record of TLS that is left out */
    CAPTURE_GARBAGE /* not V2GTP: the rest of this direction is given up */
};

struct capture_item {
    enum capture_kind kind;
    int64_t unix_us;
    unsigned connection; /* 0: UDP (SDP); else counted from 1 */
    bool from_car;       /* who opened the connection, or asked by SDP */
    uint16_t type;       /* enum v2gtp_type */
    const uint8_t *payload;
    size_t len;
    const char *address; /* of who sent it */
    uint16_t port;
    const char *text; /* of TLS and DAMAGE */
};

typedef void capture_take(void *context, const struct capture_item *item);

struct capture_source {
    const char *path;
    const struct tls_keylog *log; /* opens what is TLS; may be empty */
};

/* Reads a whole file; 0, or -1 with one sentence in `error`. */
int capture_read(const struct capture_source *source, capture_take *take, void *context,
                 char *error, size_t error_cap);

#endif
