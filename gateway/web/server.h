/* SPDX-License-Identifier: MIT
 * HTTP and HTTPS: libwebsockets inside our event loop. The page and its API on one port, enrolment
 * over TLS on another. libwebsockets runs on a libuv loop, whose one descriptor and one deadline
 * our loop watches.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdint.h>

#include "base/err.h"
#include "web/api.h"

struct posix_loop;
struct web_server;

struct web_server_config {
    struct posix_loop *loop;
    struct web_api *api;
    struct est *est;
    const char *address;
    uint16_t http_port;
    uint16_t est_port;
    const char *ca; /* paths of PEM files */
    const char *certificate;
    const char *key;
};

/* NULL when it cannot listen; what failed is logged. */
struct web_server *web_server_open(const struct web_server_config *config);
/* Reads the certificate and key files again, for connections to come. */
int web_server_renew(struct web_server *server) MUST_USE;
/* NULL is fine. Call before the loop is closed. */
void web_server_close(struct web_server *server);

#endif
