/* SPDX-License-Identifier: MIT
 * Words of mosquitto.conf(5), version 2.0.
 */
#include "broker/config.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"

static void line(struct wbuf *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(struct wbuf *w, const char *format, ...)
{
    char text[700];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof text) {
        wbuf_fail(w);
        return;
    }
    wbuf_put(w, text, (size_t)n);
    wbuf_u8(w, '\n');
}

void broker_config_write(struct wbuf *w, const struct broker_settings *s)
{
    ASSERT(s->port != 0);
    line(w, "# Written by wattward-gateway at every start; changes are lost.");
    line(w, "user %s", s->user);
    line(w, "listener %u %s", s->port, s->address);
    line(w, "protocol mqtt");
    line(w, "cafile %s", s->ca);
    line(w, "certfile %s", s->certificate);
    line(w, "keyfile %s", s->key);
    line(w, "tls_version tlsv1.3");
    line(w, "require_certificate true");
    line(w, "use_identity_as_username true");
    /* Else any device could take the place of another, or ours, by its client id. */
    line(w, "use_username_as_clientid true");
    line(w, "allow_anonymous false");
    line(w, "acl_file %s", s->acl);
    line(w, "plugin %s", s->plugin);
    line(w, "plugin_opt_list %s", s->bans);
    /* What must survive is in the devices and in the gateway's database, not here. */
    line(w, "persistence false");
    line(w, "max_connections 20000");
    line(w, "max_packet_size 4096");
    line(w, "max_keepalive 600");
    line(w, "max_inflight_messages 1000");
    line(w, "max_queued_messages 100000");
    line(w, "max_queued_bytes 67108864");
    line(w, "queue_qos0_messages false");
    line(w, "persistent_client_expiration 1d");
    line(w, "allow_zero_length_clientid false");
    line(w, "set_tcp_nodelay true");
    line(w, "sys_interval 0");
    line(w, "log_dest stderr");
    line(w, "log_timestamp false");
    line(w, "log_type error");
    line(w, "log_type warning");
    line(w, "connection_messages false");
}

void broker_acl_write(struct wbuf *w)
{
    line(w, "# Written by wattward-gateway at every start; changes are lost.");
    line(w, "user wattward-gateway");
    line(w, "topic read wattward/readings/#");
    line(w, "topic read wattward/sessions/#");
    line(w, "topic read microgrid/production/#");
    line(w, "topic read wattward/wants/#");
    line(w, "topic write wattward/acks/#");
    line(w, "topic write wattward/session-acks/#");
    line(w, "topic write wattward/trust/#");
    line(w, "topic write wattward/receipts/#");
    /* %%u is the common name of the device's certificate. */
    line(w, "pattern write wattward/readings/%%u");
    line(w, "pattern write wattward/sessions/%%u");
    line(w, "pattern read wattward/acks/%%u");
    line(w, "pattern read wattward/session-acks/%%u");
    line(w, "pattern read wattward/trust/%%u");
    line(w, "pattern read wattward/receipts/%%u");
    line(w, "pattern write wattward/wants/%%u");
    line(w, "pattern write microgrid/production/%%u");
}
