/* SPDX-License-Identifier: MIT
 * Where cars that speak TLS come in: each shakes hands beside the session that may go on, so that a
 * silent or slow one keeps nobody out. Who is through becomes the plug's connection.
 */
#ifndef EVSE_DOOR_H
#define EVSE_DOOR_H

#include "posix/loop.h"
#include "posix/v2g_link.h"
#include "posix/v2g_net.h"

enum { EVSE_DOOR_GUESTS_MAX = 4 };

struct evse_door;

struct evse_guest {
    struct v2g_link link;
    struct v2g_endpoint car;
    struct runtime_timer timer;
    struct evse_door *door;
    uint64_t number; /* in the order of coming */
};

struct evse_door {
    struct posix_loop *loop; /* the caller's: */
    const char *plug;        /* its name in the log */
    struct v2g_tls *tls;
    /* The handshake is over: the callee takes the link over. */
    void (*admit)(void *context, struct v2g_link *link, const struct v2g_endpoint *car);
    void *context;
    int listen_fd; /* all private; -1: none */
    uint64_t n_guests;
    struct evse_guest guests[EVSE_DOOR_GUESTS_MAX];
};

/* Waits for connections at `listen_fd`, which it takes over. The five fields of the caller are set;
 * the door stays where it is. */
int evse_door_open(struct evse_door *door, int listen_fd) MUST_USE;
/* Also of a door that was never opened but is zeroed. */
void evse_door_close(struct evse_door *door);

#endif
