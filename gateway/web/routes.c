/* SPDX-License-Identifier: MIT */
#include "web/routes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fixed_route {
    const char *path;
    enum web_method method;
    enum web_target target;
    bool needs_session;
};

static const struct fixed_route fixed_routes[] = {
    {"/api/login", WEB_POST, WEB_LOGIN, false},
    {"/api/logout", WEB_POST, WEB_LOGOUT, true},
    {"/api/site", WEB_GET, WEB_SITE, true},
    {"/api/devices", WEB_GET, WEB_DEVICES, true},
    {"/api/events", WEB_GET, WEB_EVENTS, true},
    {"/healthz", WEB_GET, WEB_HEALTH, false},
    {"/metrics", WEB_GET, WEB_METRICS, false},
    {"/api/site/curve", WEB_GET, WEB_SITE_CURVE, true},
    {"/api/trust", WEB_GET, WEB_TRUST, true},
    {"/api/operator", WEB_GET, WEB_OPERATOR, true},
    {"/api/operator/act", WEB_POST, WEB_OPERATOR_ACT, true},
};

/* Everything below these is answered by one part. */
static const struct fixed_route trees[] = {
    {"/api/ledger", WEB_GET, WEB_LEDGER, true},
    {"/api/settlement", WEB_GET, WEB_SETTLEMENT, true},
};

static bool is_within(const char *path, const char *tree)
{
    const size_t len = strlen(tree);
    return strncmp(path, tree, len) == 0 && (path[len] == 0 || path[len] == '/');
}

#define DEVICES_PREFIX "/api/devices/"
#define TRUST_PREFIX   "/api/trust/"

/* "<id>/sessions/<number>": the number, 0 when it is none. */
static long long session_number(const char *text)
{
    const size_t len = strlen(text);
    return len > 0 && len < 18 && strspn(text, "0123456789") == len ? strtoll(text, NULL, 10) : 0;
}

/* "/api/devices/<id>", and below it "curve", "sessions" and "sessions/<number>" */
static struct web_route device_route(enum web_method method, const char *rest)
{
    struct web_route route = {.target = WEB_NOT_FOUND, .needs_session = true};
    const size_t id_len = strcspn(rest, "/");
    const char *tail = rest + id_len;
    if (!telemetry_device_id_valid(rest, id_len)) {
        return route;
    }
    memcpy(route.device_id, rest, id_len);
    if (*tail == 0) {
        route.target = WEB_DEVICE;
    } else if (strcmp(tail, "/curve") == 0) {
        route.target = WEB_CURVE;
    } else if (strcmp(tail, "/sessions") == 0) {
        route.target = WEB_SESSIONS;
    } else if (strncmp(tail, "/sessions/", 10) == 0) {
        route.session = session_number(tail + 10);
        route.target = route.session > 0 ? WEB_SESSION_RECORD : WEB_NOT_FOUND;
    }
    if (route.target != WEB_NOT_FOUND && method != WEB_GET) {
        route.target = WEB_METHOD_NOT_ALLOWED;
    }
    return route;
}

/* "/api/trust/<id>" */
static struct web_route trust_route(enum web_method method, const char *id)
{
    struct web_route route = {.target = WEB_NOT_FOUND, .needs_session = true};
    if (telemetry_device_id_valid(id, strlen(id))) {
        memcpy(route.device_id, id, strlen(id));
        route.target = method == WEB_GET ? WEB_TRUST_DEVICE : WEB_METHOD_NOT_ALLOWED;
    }
    return route;
}

static const struct fixed_route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof fixed_routes / sizeof fixed_routes[0]; i++) {
        if (strcmp(path, fixed_routes[i].path) == 0) {
            return &fixed_routes[i];
        }
    }
    for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
        if (is_within(path, trees[i].path)) {
            return &trees[i];
        }
    }
    return NULL;
}

struct web_route web_route_of(enum web_method method, const char *path)
{
    const struct fixed_route *fixed = find_route(path);
    if (fixed != NULL) {
        const bool allowed = method == fixed->method;
        return (struct web_route){.target = allowed ? fixed->target : WEB_METHOD_NOT_ALLOWED,
                                  .needs_session = allowed && fixed->needs_session};
    }
    if (strncmp(path, DEVICES_PREFIX, strlen(DEVICES_PREFIX)) == 0) {
        return device_route(method, path + strlen(DEVICES_PREFIX));
    }
    if (strncmp(path, TRUST_PREFIX, strlen(TRUST_PREFIX)) == 0) {
        return trust_route(method, path + strlen(TRUST_PREFIX));
    }
    if (strncmp(path, "/api/", 5) == 0) {
        return (struct web_route){.target = WEB_NOT_FOUND, .needs_session = true};
    }
    return (struct web_route){.target = method == WEB_GET ? WEB_ASSET : WEB_METHOD_NOT_ALLOWED};
}

/* The value's place and length, or NULL. */
static const char *query_value(const char *query, const char *name, size_t *len)
{
    const size_t name_len = strlen(name);
    while (*query != 0) {
        const size_t n = strcspn(query, "&");
        if (n > name_len && query[name_len] == '=' && strncmp(query, name, name_len) == 0) {
            *len = n - name_len - 1;
            return query + name_len + 1;
        }
        query += n + (query[n] == '&');
    }
    return NULL;
}

bool web_query_word(const char *query, const char *name, char *out, unsigned cap)
{
    size_t len = 0;
    const char *value = query_value(query, name, &len);
    if (!value || len >= cap) {
        return false;
    }
    memcpy(out, value, len);
    out[len] = 0;
    return true;
}

bool web_query_int(const char *query, const char *name, long long missing, long long *out)
{
    char text[24];
    char *end;
    size_t len = 0;
    if (!query_value(query, name, &len)) {
        *out = missing;
        return true;
    }
    if (!web_query_word(query, name, text, sizeof text) || len == 0) {
        return false;
    }
    if (strspn(text, "-0123456789") != len) {
        return false;
    }
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != 0) {
        return false;
    }
    *out = value;
    return true;
}
