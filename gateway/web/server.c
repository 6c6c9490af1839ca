/* SPDX-License-Identifier: MIT
 * The bridge between the loops, the two listeners, and the life of one exchange.
 */
#include "web/server.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <openssl/ssl.h>

#include "base/assert.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/loop.h"
#include "web/assets.h"
#include "web/est_http.h"
#include "web/exchange.h"

enum {
    EVENT_PERIOD_MS = 1000,
    CLOSE_TURNS = 200,
    KEEPALIVE_S = 30,
    TIMEOUT_S = 20,
    STREAMS_MAX = 64
};

struct web_server {
    struct web_server_config config;
    struct lws_context *context;
    uv_loop_t uv;
    bool uv_open;
    struct runtime_timer turn;   /* libuv's next deadline */
    struct runtime_timer events; /* the next second of the event streams */
    struct web_exchange *streams;
    unsigned n_streams;
};

/* ---- libuv inside our loop ---- */

/* One turn of libuv: what is ready, what is due, and registrations that were asked for. */
static void turn(struct web_server *s)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    (void)uv_run(&s->uv, UV_RUN_NOWAIT);
    const int wait_ms = uv_backend_timeout(&s->uv);
    if (wait_ms >= 0) {
        runtime_timer_start(posix_loop_timers(s->config.loop), &s->turn,
                            now_ms + (uint64_t)wait_ms);
    } else {
        runtime_timer_stop(posix_loop_timers(s->config.loop), &s->turn);
    }
}

static void on_uv_ready(void *context, int events)
{
    (void)events;
    turn(context);
}

static void on_turn(void *context, uint64_t now_ms)
{
    (void)now_ms;
    turn(context);
}

/* ---- event streams ---- */

static void link_stream(struct web_server *s, struct web_exchange *e)
{
    e->next_stream = s->streams;
    s->streams = e;
    s->n_streams++;
}

static void unlink_stream(struct web_server *s, const struct web_exchange *e)
{
    for (struct web_exchange **at = &s->streams; *at; at = &(*at)->next_stream) {
        if (*at == e) {
            *at = e->next_stream;
            ASSERT(s->n_streams > 0);
            s->n_streams--;
            return;
        }
    }
}

static void on_events(void *context, uint64_t now_ms)
{
    struct web_server *s = context;
    for (struct web_exchange *e = s->streams; e; e = e->next_stream) {
        e->site_due = true;
        (void)lws_callback_on_writable(e->wsi);
    }
    runtime_timer_start(posix_loop_timers(s->config.loop), &s->events, now_ms + EVENT_PERIOD_MS);
    if (s->streams) {
        turn(s);
    }
}

/* ---- one exchange ---- */

static struct web_server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static bool is_est(struct lws *wsi)
{
    return strcmp(lws_get_vhost_name(lws_get_vhost(wsi)), "est") == 0;
}

static void answer_asset(const struct web_request *q, struct web_response *r)
{
    const struct web_asset *asset = web_asset_find(q->path);
    if (!asset) {
        web_answer_error(r, 404, "there is nothing here");
        return;
    }
    const bool gzip = asset->gzip && q->accepts_gzip;
    r->etag = asset->etag;
    r->may_be_cached = true;
    if (strcmp(q->if_none_match, asset->etag) == 0) {
        r->status = 304;
        return;
    }
    r->status = 200;
    r->content_type = asset->content_type;
    r->gzip = gzip;
    r->body = gzip ? asset->gzip : asset->plain;
    r->body_len = gzip ? asset->gzip_len : asset->plain_len;
}

static void answer_page(struct web_server *s, const struct web_request *q, struct web_response *r)
{
    web_api_respond(s->config.api, posix_clock_mono_ms(), q, r);
    if (r->status == 0 && !r->curve) {
        answer_asset(q, r);
    }
    if (r->is_stream && s->n_streams >= STREAMS_MAX) {
        r->is_stream = false;
        r->retry_after_s = 10;
        web_answer_error(r, 503, "too many event streams are open");
    }
}

/* The answer is complete: sends its head. Returns what libwebsockets wants to hear. */
static int send_head(struct lws *wsi, struct web_exchange *e)
{
    struct web_server *s = server_of(wsi);
    if (web_exchange_put_head(e, is_est(wsi)) != E_OK) {
        return -1;
    }
    if (e->response.is_stream) {
        lws_http_mark_sse(wsi);
        e->site_due = true;
        link_stream(s, e);
    } else if (e->response.body_len == 0) {
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    }
    (void)lws_callback_on_writable(wsi);
    return 0;
}

/* Everything of the request is here. */
static int respond(struct lws *wsi, struct web_exchange *e)
{
    struct web_server *s = server_of(wsi);
    if (is_est(wsi)) {
        web_est_respond(s->config.est, wsi, &e->request, &e->response);
    } else {
        answer_page(s, &e->request, &e->response);
    }
    if (e->response.curve) {
        (void)lws_callback_on_writable(wsi);
        return 0;
    }
    return send_head(wsi, e);
}

static int on_request(struct lws *wsi, struct web_exchange *e)
{
    const int refused = web_exchange_read_head(e, wsi);
    if (refused != 0) {
        web_answer_error(&e->response, refused, "this request cannot be read");
        e->response.status = refused;
        if (web_exchange_put_head(e, is_est(wsi)) != E_OK) {
            return -1;
        }
        e->closes = true;
        (void)lws_callback_on_writable(wsi);
        return 0;
    }
    return e->awaits_body ? 0 : respond(wsi, e);
}

static int on_body(struct web_exchange *e, const void *bytes, size_t len)
{
    struct web_request *q = &e->request;
    if (len > sizeof q->body - q->body_len) {
        return -1; /* it said that it would be shorter */
    }
    memcpy(q->body + q->body_len, bytes, len);
    q->body_len += len;
    return 0;
}

static int on_writable(struct lws *wsi, struct web_exchange *e)
{
    struct web_server *s = server_of(wsi);
    if (!e->request_read && !e->closes) {
        return 0;
    }
    if (e->response.curve) {
        if (web_api_continue(s->config.api, &e->response)) {
            return send_head(wsi, e);
        }
        (void)lws_callback_on_writable(wsi);
        return 0;
    }
    if (e->response.is_stream) {
        return web_exchange_put_events(e, s->config.api, posix_clock_mono_ms()) == E_OK ? 0 : -1;
    }
    const int sent = web_exchange_put_body(e);
    if (sent < 0) {
        return -1;
    }
    if (sent == 0) {
        (void)lws_callback_on_writable(wsi);
        return 0;
    }
    if (e->closes) {
        return -1;
    }
    web_exchange_clear(e);
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int on_closed(struct lws *wsi, struct web_exchange *e)
{
    unlink_stream(server_of(wsi), e);
    web_exchange_clear(e);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct web_exchange *e = user;
    /* Of the many reasons, those of an HTTP server. */
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        web_exchange_begin(e, wsi, in);
        return on_request(wsi, e);
    case LWS_CALLBACK_HTTP_BODY:
        return on_body(e, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return e->awaits_body ? respond(wsi, e) : 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return on_writable(wsi, e);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        return e ? on_closed(wsi, e) : 0;
    case LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION:
        return len == 1 ? 0 : 1; /* `len` is OpenSSL's own verdict; ours must not soften it */
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = callback, .per_session_data_size = sizeof(struct web_exchange)},
    {.name = NULL}};

/* ---- open and close ---- */

static void on_log(int level, const char *text)
{
    const int len = (int)strcspn(text, "\n");
    if (level == LLL_ERR) {
        log_debug("http: %.*s", len, text);
    }
}

/* libwebsockets would bind an IPv4 address in an IPv6 socket as "everywhere". */
static uint64_t family_option(const char *address)
{
    return strchr(address, ':') != NULL ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6;
}

static struct lws_context_creation_info listener(const struct web_server *s, const char *name,
                                                 uint16_t port)
{
    return (struct lws_context_creation_info){
        .vhost_name = name,
        .port = port,
        .iface = s->config.address,
        .protocols = protocols,
        .server_string = "wattward",
        .keepalive_timeout = KEEPALIVE_S,
        .timeout_secs = TIMEOUT_S,
        .alpn = "http/1.1",
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | family_option(s->config.address)};
}

static bool listen_page(struct web_server *s)
{
    const struct lws_context_creation_info info = listener(s, "page", s->config.http_port);
    if (lws_create_vhost(s->context, &info)) {
        return true;
    }
    log_error("the page cannot listen on %s:%u", s->config.address, s->config.http_port);
    return false;
}

static bool listen_est(struct web_server *s)
{
    struct lws_context_creation_info info = listener(s, "est", s->config.est_port);
    info.ssl_cert_filepath = s->config.certificate;
    info.ssl_private_key_filepath = s->config.key;
    info.ssl_ca_filepath = s->config.ca;
    info.ssl_options_set = (long)SSL_OP_NO_TLSv1;
    info.ssl_options_set |= (long)SSL_OP_NO_TLSv1_1;
    info.ssl_options_set |= (long)SSL_OP_NO_RENEGOTIATION;
    info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
    /* A client certificate is asked for, and verified when there is one. */
    info.options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT |
                    LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED;
    if (lws_create_vhost(s->context, &info)) {
        return true;
    }
    log_error("enrolment cannot listen on %s:%u", s->config.address, s->config.est_port);
    return false;
}

static bool open_context(struct web_server *s)
{
    void *loops[1] = {&s->uv};
    const struct lws_context_creation_info info = {.options = LWS_SERVER_OPTION_LIBUV |
                                                              LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                                                              LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
                                                   .foreign_loops = loops,
                                                   .user = s,
                                                   .uid = -1,
                                                   .gid = -1,
                                                   .max_http_header_data = 4096,
                                                   .max_http_header_pool = 256,
                                                   .pt_serv_buf_size = 8192};
    lws_set_log_level(LLL_ERR, on_log);
    s->uv_open = uv_loop_init(&s->uv) == 0;
    if (s->uv_open) {
        s->context = lws_create_context(&info);
    }
    if (!s->context) {
        log_error("the web server cannot be set up");
    }
    return s->context != NULL;
}

struct web_server *web_server_open(const struct web_server_config *config)
{
    struct web_server *s = calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    s->config = *config;
    s->turn = (struct runtime_timer){.fire = on_turn, .context = s};
    s->events = (struct runtime_timer){.fire = on_events, .context = s};
    if (!open_context(s) || !listen_page(s) || !listen_est(s) ||
        posix_loop_watch(config->loop, uv_backend_fd(&s->uv), POSIX_LOOP_READ, on_uv_ready, s) !=
            E_OK) {
        web_server_close(s);
        return NULL;
    }
    runtime_timer_start(posix_loop_timers(config->loop), &s->events, posix_clock_mono_ms());
    turn(s);
    return s;
}

int web_server_renew(struct web_server *s)
{
    return lws_tls_cert_updated(s->context, s->config.certificate, s->config.key, NULL, 0, NULL,
                                0) == 0
               ? E_OK
               : E_IO;
}

/* libuv closes handles in later turns, so the context is destroyed in two steps. */
void web_server_close(struct web_server *s)
{
    if (!s) {
        return;
    }
    runtime_timer_stop(posix_loop_timers(s->config.loop), &s->turn);
    runtime_timer_stop(posix_loop_timers(s->config.loop), &s->events);
    if (s->uv_open) {
        posix_loop_unwatch(s->config.loop, uv_backend_fd(&s->uv));
    }
    if (s->context) {
        lws_context_destroy(s->context);
        for (int i = 0; i < CLOSE_TURNS && uv_loop_alive(&s->uv); i++) {
            (void)uv_run(&s->uv, UV_RUN_NOWAIT);
        }
        lws_context_destroy(s->context);
    }
    if (s->uv_open) {
        (void)uv_loop_close(&s->uv);
    }
    free(s);
}
