/* SPDX-License-Identifier: MIT */
#include "web/exchange.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "web/curve.h"

enum { HEAD_CAP = 2048, PIECE_LEN = 4096, EVENTS_CAP = 8192, EVENT_ROOM = 1024 };

static const struct {
    const char *name; /* lower case, with its colon */
    const char *value;
} security_headers[] = {
    {"content-security-policy:",
     "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
     "object-src 'none'"},
    {"x-content-type-options:", "nosniff"},
    {"x-frame-options:", "DENY"},
    {"referrer-policy:", "no-referrer"},
    {"cross-origin-opener-policy:", "same-origin"},
    {"cross-origin-resource-policy:", "same-origin"},
    {"permissions-policy:", "camera=(), geolocation=(), microphone=()"},
};

void web_exchange_begin(struct web_exchange *e, struct lws *wsi, const char *path)
{
    web_exchange_clear(e);
    memset(e, 0, sizeof *e);
    e->wsi = wsi;
    (void)snprintf(e->request.path, sizeof e->request.path, "%s", path);
}

void web_exchange_clear(struct web_exchange *e)
{
    free(e->response.owned);
    e->response.owned = NULL;
    web_curve_free(e->response.curve);
    e->response.curve = NULL;
    e->request_read = false;
}

/* ---- the head of the request ---- */

/* The header as text, empty when absent; false when it is longer than `cap` - 1. */
static bool copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t cap)
{
    const int len = lws_hdr_total_length(wsi, token);
    out[0] = 0;
    if (len <= 0) {
        return true;
    }
    return (size_t)len < cap && lws_hdr_copy(wsi, out, (int)cap, token) >= 0;
}

static bool copy_query(struct lws *wsi, char *out, size_t cap)
{
    char piece[WEB_QUERY_CAP];
    size_t len = 0;
    out[0] = 0;
    for (int i = 0; lws_hdr_copy_fragment(wsi, piece, sizeof piece, WSI_TOKEN_HTTP_URI_ARGS, i) > 0;
         i++) {
        const int n = snprintf(out + len, cap - len, "%s%s", i > 0 ? "&" : "", piece);
        if (n < 0 || (size_t)n >= cap - len) {
            return false;
        }
        len += (size_t)n;
    }
    return true;
}

static enum web_method method_of(struct lws *wsi)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0) {
        return WEB_POST;
    }
    return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ? WEB_GET : WEB_OTHER_METHOD;
}

/* Bodies come with their length, up to WEB_BODY_MAX_LEN. */
static int expect_body(struct web_exchange *e, struct lws *wsi)
{
    char length[16];
    char *end;
    if (!copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length)) {
        return 413;
    }
    if (length[0] == 0) {
        return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 ? 411 : 0;
    }
    const unsigned long n = strtoul(length, &end, 10);
    if (length[0] < '0' || length[0] > '9' || *end != 0) {
        return 400;
    }
    if (n > WEB_BODY_MAX_LEN) {
        return 413;
    }
    e->awaits_body = n > 0;
    return 0;
}

/* An IPv4 address by its own name, whatever the socket is. */
static void read_peer(struct lws *wsi, char *out, size_t cap)
{
    static const char mapped[] = "::ffff:";
    char text[WEB_PEER_CAP];
    const char *name = lws_get_peer_simple(wsi, text, sizeof text);
    if (name && strncmp(name, mapped, sizeof mapped - 1) == 0 && strchr(name, '.')) {
        name += sizeof mapped - 1;
    }
    (void)snprintf(out, cap, "%s", name ? name : "unknown");
}

int web_exchange_read_head(struct web_exchange *e, struct lws *wsi)
{
    struct web_request *q = &e->request;
    char encodings[128];
    q->method = method_of(wsi);
    if (!copy_query(wsi, q->query, sizeof q->query) ||
        lws_hdr_total_length(wsi, q->method == WEB_POST ? WSI_TOKEN_POST_URI : WSI_TOKEN_GET_URI) >=
            WEB_PATH_CAP) {
        return 414;
    }
    if (!copy_header(wsi, WSI_TOKEN_HTTP_COOKIE, q->cookie, sizeof q->cookie) ||
        !copy_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, q->authorization,
                     sizeof q->authorization)) {
        return 431;
    }
    if (!copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, q->if_none_match,
                     sizeof q->if_none_match)) {
        q->if_none_match[0] = 0;
    }
    q->accepts_gzip =
        copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, encodings, sizeof encodings) &&
        strstr(encodings, "gzip") != NULL;
    q->names_what_it_accepts = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_ACCEPT) > 0;
    q->from_page = lws_hdr_custom_length(wsi, "x-wattward:", 11) > 0;
    read_peer(wsi, q->peer, sizeof q->peer);
    const int refused = expect_body(e, wsi);
    e->request_read = refused == 0;
    return refused;
}

/* ---- the head of the answer ---- */

struct head {
    struct lws *wsi;
    uint8_t bytes[LWS_PRE + HEAD_CAP];
    uint8_t *at;
    bool failed;
};

static uint8_t *head_end(struct head *h)
{
    return h->bytes + sizeof h->bytes - 1;
}

static void put_header(struct head *h, const char *name, const char *value)
{
    h->failed |= lws_add_http_header_by_name(h->wsi, (const unsigned char *)name,
                                             (const unsigned char *)value, (int)strlen(value),
                                             &h->at, head_end(h)) != 0;
}

static void put_status(struct head *h, const struct web_response *r)
{
    const bool has_body = r->body_len > 0 || r->is_stream;
    if (has_body) {
        const lws_filepos_t len =
            r->is_stream ? (lws_filepos_t)LWS_ILLEGAL_HTTP_CONTENT_LEN : r->body_len;
        h->failed |= lws_add_http_common_headers(h->wsi, (unsigned)r->status, r->content_type, len,
                                                 &h->at, head_end(h)) != 0;
        return;
    }
    h->failed |= lws_add_http_header_status(h->wsi, (unsigned)r->status, &h->at, head_end(h)) != 0;
    if (r->status != 204 && r->status != 304) {
        h->failed |= lws_add_http_header_content_length(h->wsi, 0, &h->at, head_end(h)) != 0;
    }
}

static void put_optional(struct head *h, const struct web_response *r)
{
    if (r->etag) {
        put_header(h, "etag:", r->etag);
    }
    if (r->gzip) {
        put_header(h, "content-encoding:", "gzip");
    }
    if (r->set_cookie[0] != 0) {
        put_header(h, "set-cookie:", r->set_cookie);
    }
    if (r->authenticate[0] != 0) {
        put_header(h, "www-authenticate:", r->authenticate);
    }
    if (r->content_is_base64) {
        put_header(h, "content-transfer-encoding:", "base64");
    }
    if (r->allow) {
        put_header(h, "allow:", r->allow);
    }
    if (r->retry_after_s > 0) {
        char number[16];
        (void)snprintf(number, sizeof number, "%u", r->retry_after_s);
        put_header(h, "retry-after:", number);
    }
}

int web_exchange_put_head(struct web_exchange *e, bool is_est)
{
    const struct web_response *r = &e->response;
    struct head h = {.wsi = e->wsi};
    h.at = h.bytes + LWS_PRE;
    ASSERT(r->status >= 200 && r->status < 600);
    put_status(&h, r);
    put_optional(&h, r);
    put_header(&h, "cache-control:", r->may_be_cached ? "no-cache" : "no-store");
    if (r->may_be_cached) {
        put_header(&h, "vary:", "accept-encoding");
    }
    for (size_t i = 0; !is_est && i < sizeof security_headers / sizeof security_headers[0]; i++) {
        put_header(&h, security_headers[i].name, security_headers[i].value);
    }
    if (h.failed ||
        lws_finalize_write_http_header(e->wsi, h.bytes + LWS_PRE, &h.at, head_end(&h)) != 0) {
        return E_IO;
    }
    return E_OK;
}

/* ---- the body ---- */

int web_exchange_put_body(struct web_exchange *e)
{
    static uint8_t piece[LWS_PRE + PIECE_LEN]; /* libwebsockets writes in front of it */
    const struct web_response *r = &e->response;
    ASSERT(e->sent <= r->body_len);
    size_t len = r->body_len - e->sent;
    if (len > PIECE_LEN) {
        len = PIECE_LEN;
    }
    const bool last = e->sent + len == r->body_len;
    memcpy(piece + LWS_PRE, r->body + e->sent, len);
    if (lws_write(e->wsi, piece + LWS_PRE, len, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) !=
        (int)len) {
        return E_IO;
    }
    e->sent += len;
    return last;
}

int web_exchange_put_events(struct web_exchange *e, const struct web_api *api, uint64_t now_ms)
{
    static uint8_t bytes[LWS_PRE + EVENTS_CAP];
    struct wbuf w = wbuf_of(bytes + LWS_PRE, EVENTS_CAP);
    const struct fleet_device *device = fleet_changed_since(&api->site->fleet, e->seen);
    if (!web_api_session_valid(api, now_ms, e->request.cookie)) {
        return E_STATE;
    }
    if (e->site_due) {
        web_api_put_site_event(api, now_ms, &w);
        e->site_due = false;
    }
    for (; device && wbuf_left(&w) >= EVENT_ROOM; device = fleet_next_changed(device)) {
        web_api_put_device_event(device, now_ms, &w);
        e->seen = device->change;
    }
    ASSERT(wbuf_ok(&w));
    const size_t len = wbuf_len(&w);
    if (len > 0 && lws_write(e->wsi, bytes + LWS_PRE, len, LWS_WRITE_HTTP) != (int)len) {
        return E_IO;
    }
    if (device) {
        (void)lws_callback_on_writable(e->wsi);
    }
    return E_OK;
}
