/* SPDX-License-Identifier: MIT
 * The gateway's own MQTT connection: libmosquitto driven by our loop, mutual TLS 1.3, reconnecting
 * with growing delays for as long as it takes.
 */
#ifndef INGEST_MQTT_H
#define INGEST_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct posix_loop;
struct mqtt_link;

struct mqtt_link_config {
    struct posix_loop *loop;
    const char *address;
    uint16_t port;
    const char *ca; /* paths of PEM files */
    const char *certificate;
    const char *key;
    /* Called for every message on the topics of devices. */
    void (*message)(void *context, const char *topic, const uint8_t *payload, size_t len);
    /* Called each time the link has come up (subscribed) or gone down. */
    void (*changed)(void *context, bool up);
    void *context;
};

/* NULL when the library refuses; what failed is logged. Starts connecting at once. */
struct mqtt_link *mqtt_link_open(const struct mqtt_link_config *config);
/* Says good-bye to the broker. NULL is fine. */
void mqtt_link_close(struct mqtt_link *link);
bool mqtt_link_up(const struct mqtt_link *link);
/* QoS 1. Dropped while the link is down, and when the library's queue is full: whoever waits for
 * the message asks again. */
void mqtt_link_publish(struct mqtt_link *link, const char *topic, const uint8_t *payload,
                       size_t len);
/* The broker keeps it for those who subscribe later. False when it was not taken. */
bool mqtt_link_publish_retained(struct mqtt_link *link, const char *topic, const uint8_t *payload,
                                size_t len);

#endif
