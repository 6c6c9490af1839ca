/* SPDX-License-Identifier: MIT
 * An MQTT 3.1.1 client on the event loop, over mutual TLS 1.3. One connection attempt at a time;
 * when to try again is the owner's decision (app/backoff.h). Nothing is kept between connections:
 * what was not confirmed end to end is the owner's to send again.
 */
#ifndef POSIX_MQTT_H
#define POSIX_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "posix/loop.h"
#include "posix/tls.h"

struct posix_mqtt;

/* Strings must outlive the client. The functions may publish and subscribe, not close. */
struct posix_mqtt_config {
    struct posix_loop *loop;
    const char *host;
    uint16_t port;
    const char *client_id;
    const char *ca_file;
    uint16_t keepalive_s; /* 5..65535 */
    void (*up)(void *context);
    /* The attempt or the connection ended; `why` is one clause for a log line. */
    void (*down)(void *context, const char *why);
    void (*message)(void *context, const char *topic, const uint8_t *payload, size_t len);
    void *context;
};

enum { POSIX_MQTT_CONNECT_TIMEOUT_MS = 15000 };

/* From malloc; NULL when the system refuses. */
struct posix_mqtt *posix_mqtt_open(const struct posix_mqtt_config *config);
/* Ends any connection; says DISCONNECT if it is up. No function is called any more. */
void posix_mqtt_close(struct posix_mqtt *m);

/* Starts one attempt with this identity (which may be dropped after the call). E_OK: `up` or `down`
 * follows. Otherwise nothing follows: E_STATE while connected or connecting, what
 * posix_tls_client() says, E_IO when the host cannot even be tried. */
int posix_mqtt_connect(struct posix_mqtt *m, const struct posix_tls_identity *identity) MUST_USE;
/* Says DISCONNECT and drops the connection without calling `down`. */
void posix_mqtt_disconnect(struct posix_mqtt *m);
bool posix_mqtt_is_up(const struct posix_mqtt *m);
/* Neither connected nor connecting. */
bool posix_mqtt_is_idle(const struct posix_mqtt *m);

/* QoS 1. E_STATE when not up; E_IO when it broke just now (`down` follows). */
int posix_mqtt_publish(struct posix_mqtt *m, const char *topic, const void *payload, size_t len,
                       bool retain) MUST_USE;
int posix_mqtt_subscribe(struct posix_mqtt *m, const char *topic_filter) MUST_USE;

#endif
