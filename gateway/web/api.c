/* SPDX-License-Identifier: MIT */
#include "web/api.h"
#include "weather/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "crypto/crypto.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "web/curve.h"
#include "web/device_json.h"
#include "web/ledger.h"
#include "web/metrics.h"
#include "web/metrics_parts.h"
#include "web/operator.h"
#include "web/password.h"
#include "web/sessions.h"
#include "web/settlement.h"
#include "web/trust_json.h"

enum {
    METRICS_CAP = 32768,
    METRICS_DEVICE_CAP = 400, /* of the series of one device */
    LOGIN_TOKENS = 16,
    CURVE_TURN_MS = 4 /* of the loop's time */
};
#define JSON "application/json"

static void put_device_details(struct json_writer *j, const struct fleet_device *device)
{
    json_key(j, "certificate");
    if (device->key != 0) {
        json_begin_object(j);
        json_field_string(j, "serial", device->serial);
        json_field_int(j, "not_after_unix_ms", device->not_after_unix_ms);
        json_end(j);
    } else {
        json_put_null(j);
    }
    web_put_known_int(j, "boot_epoch", device->reported, device->boot_epoch);
    web_put_known_int(j, "sequence", device->reported, device->sequence);
}

/* ---- resources ---- */

static void answer_site(struct web_api *api, uint64_t now_ms, struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, WEB_SITE_JSON_CAP);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    web_put_site(&j, api->site, now_ms);
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_devices(struct web_api *api, uint64_t now_ms, struct web_response *r)
{
    const struct fleet *fleet = &api->site->fleet;
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, fleet_count(fleet) * WEB_DEVICE_JSON_CAP + 16);
    json_writer_init(&j, &w);
    json_begin_array(&j);
    for (size_t i = 0; i < fleet_count(fleet); i++) {
        json_begin_object(&j);
        web_put_device(&j, fleet_at(fleet, i), now_ms);
        json_end(&j);
    }
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_device(const struct fleet_device *device, uint64_t now_ms,
                          struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, 2 * WEB_DEVICE_JSON_CAP);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    web_put_device(&j, device, now_ms);
    put_device_details(&j, device);
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_trust(struct web_api *api, struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, fleet_count(&api->site->fleet) * WEB_TRUST_JSON_CAP +
                                            WEB_TRUST_FLEET_JSON_CAP);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    web_put_trust(&j, api->site);
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_trust_device(struct web_api *api, const struct fleet_device *device,
                                struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, WEB_TRUST_DEVICE_JSON_CAP);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    web_put_trust_device(&j, api->site, device);
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_curve(struct web_api *api, const struct web_request *q, int64_t device,
                         struct web_response *r)
{
    struct db_curve curve;
    const char *wrong = web_curve_query(q->query, &curve);
    if (wrong) {
        web_answer_error(r, 400, wrong);
        return;
    }
    r->curve = web_curve_begin(api->site, &curve, device);
    if (!r->curve) {
        web_answer_error(r, 503, "the curve cannot be read");
    }
}

bool web_api_continue(struct web_api *api, struct web_response *r)
{
    const uint64_t start_ms = posix_clock_mono_ms();
    int result = 0;
    ASSERT(r->curve);
    while (result == 0 && posix_clock_mono_ms() - start_ms < CURVE_TURN_MS) {
        result = web_curve_advance(r->curve);
    }
    if (result == 0) {
        return false;
    }
    if (result == 1) {
        struct wbuf w = web_answer_begin(r, web_curve_json_cap(r->curve));
        web_curve_put(r->curve, &w);
        web_answer_end(r, &w, 200, JSON);
    } else {
        web_answer_error(r, 503, db_reason(api->site->db));
    }
    web_curve_free(r->curve);
    r->curve = NULL;
    return true;
}

/* Weather that is missing is worth knowing and no trouble: readings go on. */
static void put_weather(const struct weather_client *client, struct wbuf *w)
{
    static const enum trust_weather_endpoint endpoints[] = {TRUST_WEATHER_FORECAST,
                                                            TRUST_WEATHER_SATELLITE};
    for (size_t i = 0; client && i < 2; i++) {
        wbuf_str(w, i > 0 ? " " : "");
        wbuf_str(w, weather_endpoint_name(endpoints[i]));
        wbuf_u8(w, '=');
        wbuf_str(w, weather_state_name(
                        weather_client_state(client, endpoints[i], posix_clock_wall_ms())));
    }
    wbuf_str(w, client ? "" : "off");
}

static void answer_health(struct web_api *api, struct web_response *r)
{
    const char *trouble = site_trouble(api->site);
    struct wbuf w = web_answer_begin(r, 512);
    wbuf_str(&w, trouble ? trouble : "ok");
    wbuf_str(&w, "\nweather ");
    put_weather(api->site->weather, &w);
    wbuf_u8(&w, '\n');
    web_answer_end(r, &w, trouble ? 503 : 200, "text/plain");
}

/* Whoever asks without a login gets sums; how single homes are judged is for who is on this
 * machine. */
static bool is_local(const char *peer)
{
    return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0 ||
           strncmp(peer, "::ffff:127.", 11) == 0;
}

static void answer_metrics(struct web_api *api, uint64_t now_ms, const struct web_request *q,
                           struct web_response *r)
{
    const size_t n = fleet_count(&api->site->fleet);
    const size_t cap =
        METRICS_CAP + (n < METRICS_DEVICES_MAX ? n : METRICS_DEVICES_MAX) * METRICS_DEVICE_CAP;
    struct wbuf w = web_answer_begin(r, cap);
    web_metrics_write(api, now_ms, is_local(q->peer), &w);
    web_answer_end(r, &w, 200, "text/plain; version=0.0.4");
}

/* ---- login ---- */

/* Reads {"password": "..."}; the length or negative. */
static int read_password(const struct web_request *q, char *out, size_t cap)
{
    struct json_token tokens[LOGIN_TOKENS];
    struct json_reader reader;
    const int result =
        json_parse(&reader, (const char *)q->body, q->body_len, tokens, LOGIN_TOKENS);
    return result == E_OK ? json_string(&reader, json_member(&reader, 0, "password"), out, cap)
                          : result;
}

static void give_session(struct web_api *api, uint64_t now_ms, struct web_response *r)
{
    uint8_t secret[WEB_SESSION_BYTES];
    char text[WEB_SESSION_TEXT_LEN + 1];
    if (crypto_random(secret, sizeof secret) != E_OK) {
        web_answer_error(r, 503, "no random numbers are available");
        return;
    }
    web_session_open(&api->sessions, now_ms, secret, text);
    (void)snprintf(r->set_cookie, sizeof r->set_cookie,
                   "session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%u", text,
                   WEB_SESSION_LIFE_MS / 1000);
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(text, sizeof text);
    r->status = 204;
}

static void answer_login(struct web_api *api, uint64_t now_ms, const struct web_request *q,
                         struct web_response *r)
{
    char password[WEB_PASSWORD_MAX_LEN + 1];
    char hash[WEB_PASSWORD_HASH_CAP];
    const uint32_t wait_s = web_throttle_wait_s(&api->throttle, now_ms, q->peer);
    if (wait_s > 0) {
        r->retry_after_s = wait_s;
        web_answer_error(r, 429, "too many attempts; please wait");
        return;
    }
    if (read_password(q, password, sizeof password) < 0) {
        web_answer_error(r, 400, "the body is {\"password\": \"...\"}");
        return;
    }
    if (site_password_hash(api->site, hash, sizeof hash) == E_OK &&
        web_password_matches(password, hash)) {
        web_throttle_succeeded(&api->throttle, q->peer);
        api->logins++;
        give_session(api, now_ms, r);
    } else {
        web_throttle_failed(&api->throttle, now_ms, q->peer);
        api->login_failures++;
        log_warn("login refused peer=%s", q->peer);
        web_answer_error(r, 401, "the password is wrong");
    }
    crypto_wipe(password, sizeof password);
}

static void answer_logout(struct web_api *api, const struct web_request *q, struct web_response *r)
{
    char text[WEB_SESSION_TEXT_LEN + 1];
    if (web_cookie_value(q->cookie, "session", text, sizeof text)) {
        web_session_close(&api->sessions, text);
    }
    (void)snprintf(r->set_cookie, sizeof r->set_cookie,
                   "session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    r->status = 204;
}

/* ---- dispatch ---- */

bool web_api_session_valid(const struct web_api *api, uint64_t now_ms, const char *cookie_header)
{
    char text[WEB_SESSION_TEXT_LEN + 1];
    return web_cookie_value(cookie_header, "session", text, sizeof text) &&
           web_session_valid(&api->sessions, now_ms, text);
}

static void answer_of_device(struct web_api *api, uint64_t now_ms, const struct web_request *q,
                             const struct web_route *route, struct web_response *r)
{
    const struct fleet_device *device = fleet_find(&api->site->fleet, route->device_id);
    if (!device) {
        web_answer_error(r, 404, "there is no such device");
    } else if (route->target == WEB_DEVICE) {
        answer_device(device, now_ms, r);
    } else if (route->target == WEB_SESSIONS) {
        web_sessions_respond(api->site, device, r);
    } else if (route->target == WEB_SESSION_RECORD) {
        web_session_respond(api->site, device, route->session, r);
    } else if (route->target == WEB_TRUST_DEVICE) {
        answer_trust_device(api, device, r);
    } else {
        answer_curve(api, q, device->row, r);
    }
}

static void answer_open(struct web_api *api, uint64_t now_ms, const struct web_request *q,
                        const struct web_route *route, struct web_response *r)
{
    switch (route->target) {
    case WEB_LOGIN:
        answer_login(api, now_ms, q, r);
        break;
    case WEB_LOGOUT:
        answer_logout(api, q, r);
        break;
    case WEB_SITE:
        answer_site(api, now_ms, r);
        break;
    case WEB_DEVICES:
        answer_devices(api, now_ms, r);
        break;
    case WEB_DEVICE:
    case WEB_CURVE:
    case WEB_SESSIONS:
    case WEB_SESSION_RECORD:
    case WEB_TRUST_DEVICE:
        answer_of_device(api, now_ms, q, route, r);
        break;
    case WEB_TRUST:
        answer_trust(api, r);
        break;
    case WEB_SITE_CURVE:
        answer_curve(api, q, 0, r);
        break;
    case WEB_SETTLEMENT:
        web_settlement_respond(api->site, q, r);
        break;
    case WEB_LEDGER:
        web_ledger_respond(api->site, q, r);
        break;
    case WEB_OPERATOR:
        web_operator_next(api->site, r);
        break;
    case WEB_OPERATOR_ACT:
        web_operator_act(api->site, q, r);
        break;
    case WEB_EVENTS:
        r->status = 200;
        r->is_stream = true;
        r->content_type = "text/event-stream";
        break;
    case WEB_HEALTH:
        answer_health(api, r);
        break;
    case WEB_METRICS:
        answer_metrics(api, now_ms, q, r);
        break;
    case WEB_METHOD_NOT_ALLOWED:
        web_answer_error(r, 405, "this method is not allowed here");
        break;
    case WEB_ASSET:
        break;
    case WEB_NOT_FOUND:
        web_answer_error(r, 404, "there is nothing here");
        break;
    }
}

void web_api_respond(struct web_api *api, uint64_t now_ms, const struct web_request *q,
                     struct web_response *r)
{
    const struct web_route route = web_route_of(q->method, q->path);
    if (route.needs_session && !web_api_session_valid(api, now_ms, q->cookie)) {
        web_answer_error(r, 401, "please log in");
    } else if (q->method == WEB_POST && !q->from_page) {
        web_answer_error(r, 403, "the header X-Wattward is missing");
    } else {
        answer_open(api, now_ms, q, &route, r);
    }
}

/* ---- events ---- */

void web_api_put_site_event(const struct web_api *api, uint64_t now_ms, struct wbuf *w)
{
    struct json_writer j;
    wbuf_str(w, "event: site\ndata: ");
    json_writer_init(&j, w);
    json_begin_object(&j);
    web_put_site(&j, api->site, now_ms);
    json_end(&j);
    wbuf_str(w, "\n\n");
}

void web_api_put_device_event(const struct fleet_device *device, uint64_t now_ms, struct wbuf *w)
{
    struct json_writer j;
    wbuf_str(w, "event: device\ndata: ");
    json_writer_init(&j, w);
    json_begin_object(&j);
    web_put_device(&j, device, now_ms);
    json_end(&j);
    wbuf_str(w, "\n\n");
}
