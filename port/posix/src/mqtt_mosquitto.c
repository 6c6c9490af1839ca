/* SPDX-License-Identifier: MIT
 * The MQTT client by libmosquitto, whose socket our loop watches.
 *
 * libmosquitto is made anew for every attempt: its own queue of unconfirmed messages would repeat,
 * after a reconnect, what the outbox repeats anyway.
 */
#include <errno.h>
#include <mosquitto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "posix/clock.h"
#include "posix/mqtt.h"

enum { HOUSEKEEPING_MS = 1000, INFLIGHT_MAX = 128 };

enum phase { IDLE, REACHING, GREETING, UP };

struct posix_mqtt {
    struct posix_mqtt_config config;
    struct mosquitto *client;
    struct runtime_timer housekeeping;
    enum phase phase; /* REACHING: TCP; GREETING: TLS and CONNECT */
    int fd;
    int connack;  /* -1 until it came */
    bool in_call; /* libmosquitto is on the stack */
    bool broken;  /* found while it was */
    uint64_t give_up_at_ms;
    char why[128];
};

static void on_fd(void *context, int events);
static void on_housekeeping(void *context, uint64_t now_ms);

static void on_connack(struct mosquitto *client, void *context, int code)
{
    (void)client;
    struct posix_mqtt *m = context;
    m->connack = code;
}

static void on_message(struct mosquitto *client, void *context,
                       const struct mosquitto_message *message)
{
    (void)client;
    struct posix_mqtt *m = context;
    if (m->config.message != NULL && message->payloadlen >= 0) {
        m->config.message(m->config.context, message->topic, message->payload,
                          (size_t)message->payloadlen);
    }
}

/* The library's own last complaint explains a failed handshake best. */
static void on_log(struct mosquitto *client, void *context, int level, const char *text)
{
    (void)client;
    struct posix_mqtt *m = context;
    if (level == MOSQ_LOG_ERR) {
        snprintf(m->why, sizeof m->why, "%s", text);
    }
}

struct posix_mqtt *posix_mqtt_open(const struct posix_mqtt_config *config)
{
    static bool library_ready;
    ASSERT(config->loop != NULL && config->keepalive_s >= 5);
    if (!library_ready) {
        if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS) {
            return NULL;
        }
        library_ready = true;
    }
    struct posix_mqtt *m = calloc(1, sizeof *m);
    if (m != NULL) {
        m->config = *config;
        m->fd = -1;
        m->housekeeping.fire = on_housekeeping;
        m->housekeeping.context = m;
    }
    return m;
}

/* Forgets the connection. */
static void drop(struct posix_mqtt *m)
{
    ASSERT(!m->in_call);
    runtime_timer_stop(posix_loop_timers(m->config.loop), &m->housekeeping);
    if (m->fd >= 0) {
        posix_loop_unwatch(m->config.loop, m->fd);
        m->fd = -1;
    }
    mosquitto_destroy(m->client); /* closes the socket */
    m->client = NULL;
    m->phase = IDLE;
}

static void fail(struct posix_mqtt *m, const char *why)
{
    char reason[sizeof m->why];
    snprintf(reason, sizeof reason, "%s", m->why[0] != '\0' ? m->why : why);
    drop(m);
    m->config.down(m->config.context, reason);
}

void posix_mqtt_disconnect(struct posix_mqtt *m)
{
    if (m->phase == IDLE) {
        return;
    }
    if (m->phase == UP) {
        (void)mosquitto_disconnect(m->client); /* best effort: the broker notices a closed socket */
    }
    drop(m);
}

void posix_mqtt_close(struct posix_mqtt *m)
{
    if (m != NULL) {
        posix_mqtt_disconnect(m);
        free(m);
    }
}

bool posix_mqtt_is_up(const struct posix_mqtt *m)
{
    return m->phase == UP;
}

bool posix_mqtt_is_idle(const struct posix_mqtt *m)
{
    return m->phase == IDLE;
}

/* While TCP connects only "writable" tells; later what libmosquitto wants. */
static int watch(struct posix_mqtt *m)
{
    int events = POSIX_LOOP_WRITE;
    if (m->phase != REACHING) {
        events = POSIX_LOOP_READ | (mosquitto_want_write(m->client) ? POSIX_LOOP_WRITE : 0);
    }
    return posix_loop_watch(m->config.loop, m->fd, events, on_fd, m);
}

static int new_client(struct posix_mqtt *m, const struct posix_tls_identity *identity)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL) {
        return E_IO;
    }
    int error = posix_tls_client(tls, m->config.ca_file, m->config.host, identity);
    ERR_clear_error();
    m->client = error == E_OK ? mosquitto_new(m->config.client_id, true, m) : NULL;
    if (m->client == NULL) {
        SSL_CTX_free(tls);
        return error == E_OK ? E_IO : error;
    }
    mosquitto_connect_callback_set(m->client, on_connack);
    mosquitto_message_callback_set(m->client, on_message);
    mosquitto_log_callback_set(m->client, on_log);
    mosquitto_max_inflight_messages_set(m->client, INFLIGHT_MAX);
    mosquitto_int_option(m->client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(m->client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    if (mosquitto_void_option(m->client, MOSQ_OPT_SSL_CTX, tls) != MOSQ_ERR_SUCCESS) {
        error = E_IO;
    }
    SSL_CTX_free(tls); /* the client holds its own reference */
    return error;
}

int posix_mqtt_connect(struct posix_mqtt *m, const struct posix_tls_identity *identity)
{
    if (m->phase != IDLE || m->in_call) {
        return E_STATE;
    }
    m->why[0] = '\0';
    m->connack = -1;
    m->broken = false;
    int error = new_client(m, identity);
    if (error == E_OK && mosquitto_connect_async(m->client, m->config.host, m->config.port,
                                                 m->config.keepalive_s) != MOSQ_ERR_SUCCESS) {
        error = E_IO;
    }
    if (error == E_OK) {
        m->fd = mosquitto_socket(m->client);
        m->phase = REACHING;
        error = m->fd < 0 ? E_IO : watch(m);
    }
    if (error != E_OK) {
        drop(m);
        return error;
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    m->give_up_at_ms = now_ms + POSIX_MQTT_CONNECT_TIMEOUT_MS;
    runtime_timer_start(posix_loop_timers(m->config.loop), &m->housekeeping,
                        now_ms + HOUSEKEEPING_MS);
    return E_OK;
}

/* After each entry into libmosquitto: what came of it. */
static void settle(struct posix_mqtt *m, int result)
{
    if (m->connack > 0) {
        fail(m, mosquitto_connack_string(m->connack));
        return;
    }
    if (result != MOSQ_ERR_SUCCESS || mosquitto_socket(m->client) < 0) {
        fail(m,
             result == MOSQ_ERR_SUCCESS ? "the connection was closed" : mosquitto_strerror(result));
        return;
    }
    if (m->broken || watch(m) != E_OK) {
        fail(m, "the connection broke");
        return;
    }
    if (m->connack == 0 && m->phase == GREETING) {
        m->phase = UP;
        m->why[0] = '\0';
        m->config.up(m->config.context);
    }
}

/* Everything TLS has already decrypted must be taken: the socket will not tell again. */
static int read_all(struct posix_mqtt *m)
{
    int result = MOSQ_ERR_SUCCESS;
    do {
        result = mosquitto_loop_read(m->client, 1);
    } while (result == MOSQ_ERR_SUCCESS && mosquitto_socket(m->client) >= 0 &&
             mosquitto_ssl_get(m->client) != NULL && SSL_pending(mosquitto_ssl_get(m->client)) > 0);
    return result;
}

/* libmosquitto takes a connection that is refused or reset during its handshake for one that is not
 * ready yet, and would be asked again and again. */
static bool is_dead(int fd)
{
    char byte;
    const ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* TCP is connected, or cannot be. */
static bool reach(struct posix_mqtt *m)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    if (error != 0) {
        fail(m, strerror(error));
        return false;
    }
    m->phase = GREETING;
    return true;
}

static void on_fd(void *context, int events)
{
    struct posix_mqtt *m = context;
    int result = MOSQ_ERR_SUCCESS;
    ASSERT(m->phase != IDLE);
    if (m->phase == REACHING) {
        if (!reach(m)) {
            return;
        }
        events |= POSIX_LOOP_READ; /* goes on with the handshake */
    }
    m->in_call = true;
    if ((events & POSIX_LOOP_READ) != 0) {
        result = read_all(m);
    }
    if (result == MOSQ_ERR_SUCCESS && mosquitto_socket(m->client) >= 0 &&
        mosquitto_want_write(m->client)) {
        result = mosquitto_loop_write(m->client, 1);
    }
    m->in_call = false;
    if (result == MOSQ_ERR_SUCCESS && m->phase == GREETING && is_dead(m->fd)) {
        result = MOSQ_ERR_CONN_LOST;
    }
    settle(m, result);
}

static void on_housekeeping(void *context, uint64_t now_ms)
{
    struct posix_mqtt *m = context;
    if (m->phase != UP && now_ms >= m->give_up_at_ms) {
        fail(m, "no answer");
        return;
    }
    runtime_timer_start(posix_loop_timers(m->config.loop), &m->housekeeping,
                        now_ms + HOUSEKEEPING_MS);
    if (m->phase != REACHING) {
        m->in_call = true;
        const int result = mosquitto_loop_misc(m->client);
        m->in_call = false;
        settle(m, result);
    }
}

/* A failure inside a callback of libmosquitto is told when it has returned; outside, at the next
 * turn of the loop, so that the caller is not re-entered. */
static int broke(struct posix_mqtt *m)
{
    m->broken = true;
    if (!m->in_call) {
        runtime_timer_start(posix_loop_timers(m->config.loop), &m->housekeeping, 0);
    }
    return E_IO;
}

int posix_mqtt_publish(struct posix_mqtt *m, const char *topic, const void *payload, size_t len,
                       bool retain)
{
    if (m->phase != UP || m->broken || len > INT_MAX) {
        return E_STATE;
    }
    if (mosquitto_publish(m->client, NULL, topic, (int)len, payload, 1, retain) !=
            MOSQ_ERR_SUCCESS ||
        (!m->in_call && watch(m) != E_OK)) {
        return broke(m);
    }
    return E_OK;
}

int posix_mqtt_subscribe(struct posix_mqtt *m, const char *topic_filter)
{
    if (m->phase != UP || m->broken) {
        return E_STATE;
    }
    if (mosquitto_subscribe(m->client, NULL, topic_filter, 1) != MOSQ_ERR_SUCCESS ||
        (!m->in_call && watch(m) != E_OK)) {
        return broke(m);
    }
    return E_OK;
}
