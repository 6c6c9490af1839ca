/* SPDX-License-Identifier: MIT
 * The text of mosquitto.conf and of its access list.
 */
#ifndef BROKER_CONFIG_H
#define BROKER_CONFIG_H

#include <stdint.h>

#include "base/wbuf.h"

struct broker_settings {
    const char *address;
    uint16_t port;
    const char *user; /* whom the broker becomes when it is started as root */
    const char *ca;   /* paths of PEM files */
    const char *certificate;
    const char *key;
    const char *acl;    /* path of the access list */
    const char *plugin; /* paths of our plugin and of its list (plugin/ban_list.h) */
    const char *bans;
};

/* Mutual TLS 1.3 on one listener, nothing else. */
void broker_config_write(struct wbuf *w, const struct broker_settings *settings);
/* A device may write its own readings and read its own acknowledgements, feedback and receipts. */
void broker_acl_write(struct wbuf *w);

#endif
