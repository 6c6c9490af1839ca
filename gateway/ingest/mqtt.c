/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "base/assert.h"
#include "ingest/topic.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/loop.h"
#include "signer/signer_client.h"

enum {
    QOS = 1,
    KEEPALIVE_S = 15,
    MISC_PERIOD_MS = 1000,
    BACKOFF_FIRST_MS = 20,
    BACKOFF_MAX_MS = 2000,
    CONNECT_LIMIT_MS = 5000, /* from the first packet to the subscription */
    /* Acknowledgements on their way to the broker. */
    INFLIGHT_MAX = 1000
};

struct mqtt_link {
    struct mqtt_link_config config;
    struct mosquitto *mosquitto;
    int fd; /* watched, or -1 */
    bool up;
    bool broken; /* the connection is over, whatever libmosquitto thinks */
    bool closing;
    uint64_t started_ms; /* of this try */
    uint32_t backoff_ms;
    struct runtime_timer timer; /* next upkeep, or next try */
};

static void connect_broker(struct mqtt_link *link);

static void arm(struct mqtt_link *link, uint32_t delay_ms)
{
    runtime_timer_start(posix_loop_timers(link->config.loop), &link->timer,
                        posix_clock_mono_ms() + delay_ms);
}

static void forget_fd(struct mqtt_link *link)
{
    if (link->fd >= 0) {
        posix_loop_unwatch(link->config.loop, link->fd);
        link->fd = -1;
    }
}

static void set_up(struct mqtt_link *link, bool up)
{
    if (link->up != up) {
        link->up = up;
        link->config.changed(link->config.context, up);
    }
}

/* Whatever happened, the connection is over: try again after a while. */
static void lost(struct mqtt_link *link, int reason)
{
    forget_fd(link);
    link->broken = true;
    if (link->closing) {
        return;
    }
    if (link->up) {
        log_warn("the connection to the broker is lost: %s", mosquitto_strerror(reason));
    }
    set_up(link, false);
    arm(link, link->backoff_ms);
    link->backoff_ms =
        link->backoff_ms * 2 < BACKOFF_MAX_MS ? link->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void on_ready(void *context, int events);

/* libmosquitto changes its mind about the descriptor and about writing with every call. */
static void follow(struct mqtt_link *link)
{
    const int fd = mosquitto_socket(link->mosquitto);
    if (fd != link->fd) {
        forget_fd(link);
    }
    if (fd < 0) {
        return;
    }
    const int events =
        POSIX_LOOP_READ | (mosquitto_want_write(link->mosquitto) ? POSIX_LOOP_WRITE : 0);
    if (posix_loop_watch(link->config.loop, fd, events, on_ready, link) != E_OK) {
        log_error("the broker's connection cannot be watched");
        return;
    }
    link->fd = fd;
}

/* Reads what the kernel has, and what OpenSSL holds back in its own buffer. */
static int read_all(struct mqtt_link *link)
{
    int rc;
    SSL *tls;
    do {
        rc = mosquitto_loop_read(link->mosquitto, 1);
        tls = mosquitto_ssl_get(link->mosquitto);
    } while (rc == MOSQ_ERR_SUCCESS && tls && SSL_pending(tls) > 0);
    return rc;
}

/* While it shakes hands, libmosquitto does not notice that the other side has gone. */
static bool peer_gone(const struct mqtt_link *link)
{
    char byte;
    const ssize_t n = recv(link->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void on_ready(void *context, int events)
{
    struct mqtt_link *link = context;
    int rc = MOSQ_ERR_SUCCESS;
    if (!link->up && peer_gone(link)) {
        rc = MOSQ_ERR_CONN_LOST;
    } else if (events & POSIX_LOOP_READ) {
        rc = read_all(link);
    }
    if (rc == MOSQ_ERR_SUCCESS && mosquitto_want_write(link->mosquitto)) {
        rc = mosquitto_loop_write(link->mosquitto, 1);
    }
    if (rc == MOSQ_ERR_SUCCESS) {
        follow(link);
    } else {
        lost(link, rc);
    }
}

static void on_timer(void *context, uint64_t now_ms)
{
    struct mqtt_link *link = context;
    if (link->broken || mosquitto_socket(link->mosquitto) < 0) {
        connect_broker(link);
        return;
    }
    const bool is_late = !link->up && now_ms - link->started_ms >= CONNECT_LIMIT_MS;
    const int rc = is_late ? MOSQ_ERR_CONN_LOST : mosquitto_loop_misc(link->mosquitto);
    if (rc == MOSQ_ERR_SUCCESS) {
        follow(link);
        arm(link, MISC_PERIOD_MS);
    } else {
        lost(link, rc);
    }
}

static void connect_broker(struct mqtt_link *link)
{
    const int rc = mosquitto_connect_async(link->mosquitto, link->config.address, link->config.port,
                                           KEEPALIVE_S);
    if (rc != MOSQ_ERR_SUCCESS) {
        lost(link, rc);
        return;
    }
    follow(link);
    arm(link, MISC_PERIOD_MS);
}

/* ---- libmosquitto's callbacks ---- */

static void on_connect(struct mosquitto *mosquitto, void *context, int code)
{
    (void)context;
    if (code != 0) {
        log_error("the broker refuses the gateway: %s", mosquitto_connack_string(code));
        return;
    }
    char *topics[] = {(char *)(uintptr_t)(INGEST_TOPIC_READINGS "+"),
                      (char *)(uintptr_t)(INGEST_TOPIC_SESSIONS "+"),
                      (char *)(uintptr_t)(INGEST_TOPIC_SEED "+"),
                      (char *)(uintptr_t)(INGEST_TOPIC_WANTS "+")};
    const int rc = mosquitto_subscribe_multiple(
        mosquitto, NULL, (int)(sizeof topics / sizeof *topics), topics, QOS, 0, NULL);
    if (rc != MOSQ_ERR_SUCCESS) {
        log_error("cannot subscribe: %s", mosquitto_strerror(rc));
    }
}

static void on_subscribe(struct mosquitto *mosquitto, void *context, int mid, int n,
                         const int *granted)
{
    struct mqtt_link *link = context;
    (void)mosquitto;
    (void)mid;
    for (int i = 0; i < n; i++) {
        if (granted[i] != QOS) {
            log_error("the broker does not let the gateway subscribe");
            return;
        }
    }
    link->backoff_ms = BACKOFF_FIRST_MS;
    set_up(link, true);
}

static void on_message(struct mosquitto *mosquitto, void *context,
                       const struct mosquitto_message *message)
{
    struct mqtt_link *link = context;
    (void)mosquitto;
    ASSERT(message->payloadlen >= 0);
    link->config.message(link->config.context, message->topic, message->payload,
                         (size_t)message->payloadlen);
}

/* ---- open, close ---- */

static int configure(struct mqtt_link *link)
{
    struct mosquitto *m = link->mosquitto;
    int rc = mosquitto_tls_set(m, link->config.ca, NULL, link->config.certificate, link->config.key,
                               NULL);
    if (rc == MOSQ_ERR_SUCCESS) {
        rc = mosquitto_tls_opts_set(m, SSL_VERIFY_PEER, "tlsv1.3", NULL);
    }
    if (rc == MOSQ_ERR_SUCCESS) {
        rc = mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
    }
    if (rc == MOSQ_ERR_SUCCESS) {
        rc = mosquitto_max_inflight_messages_set(m, INFLIGHT_MAX);
    }
    mosquitto_connect_callback_set(m, on_connect);
    mosquitto_subscribe_callback_set(m, on_subscribe);
    mosquitto_message_callback_set(m, on_message);
    return rc;
}

struct mqtt_link *mqtt_link_open(const struct mqtt_link_config *config)
{
    struct mqtt_link *link = calloc(1, sizeof *link);
    if (!link) {
        return NULL;
    }
    (void)mosquitto_lib_init();
    link->config = *config;
    link->fd = -1;
    link->backoff_ms = BACKOFF_FIRST_MS;
    link->timer = (struct runtime_timer){.fire = on_timer, .context = link};
    link->mosquitto = mosquitto_new(SIGNER_GATEWAY_NAME, true, link);
    const int rc = link->mosquitto ? configure(link) : MOSQ_ERR_NOMEM;
    if (rc != MOSQ_ERR_SUCCESS) {
        log_error("the MQTT client cannot be set up: %s", mosquitto_strerror(rc));
        mqtt_link_close(link);
        return NULL;
    }
    arm(link, 0);
    return link;
}

void mqtt_link_close(struct mqtt_link *link)
{
    if (!link) {
        return;
    }
    link->closing = true;
    forget_fd(link);
    runtime_timer_stop(posix_loop_timers(link->config.loop), &link->timer);
    if (link->mosquitto) {
        (void)mosquitto_disconnect(link->mosquitto);
        mosquitto_destroy(link->mosquitto);
    }
    (void)mosquitto_lib_cleanup();
    free(link);
}

bool mqtt_link_up(const struct mqtt_link *link)
{
    return link && link->up;
}

static bool publish(struct mqtt_link *link, const char *topic, const uint8_t *payload, size_t len,
                    bool retain)
{
    if (!mqtt_link_up(link)) {
        return false;
    }
    const int rc = mosquitto_publish(link->mosquitto, NULL, topic, (int)len, payload, QOS, retain);
    if (rc != MOSQ_ERR_SUCCESS) {
        log_debug("a message was not sent: %s", mosquitto_strerror(rc));
    }
    follow(link);
    return rc == MOSQ_ERR_SUCCESS;
}

void mqtt_link_publish(struct mqtt_link *link, const char *topic, const uint8_t *payload,
                       size_t len)
{
    (void)publish(link, topic, payload, len, false);
}

bool mqtt_link_publish_retained(struct mqtt_link *link, const char *topic, const uint8_t *payload,
                                size_t len)
{
    return publish(link, topic, payload, len, true);
}
