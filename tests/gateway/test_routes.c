/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "web/routes.h"

#include <string.h>

static void every_resource_has_its_route(void)
{
    static const struct {
        enum web_method method;
        const char *path;
        enum web_target target;
        bool needs_session;
    } rows[] = {{WEB_POST, "/api/login", WEB_LOGIN, false},
                {WEB_POST, "/api/logout", WEB_LOGOUT, true},
                {WEB_GET, "/api/site", WEB_SITE, true},
                {WEB_GET, "/api/site/curve", WEB_SITE_CURVE, true},
                {WEB_GET, "/api/devices", WEB_DEVICES, true},
                {WEB_GET, "/api/devices/barn", WEB_DEVICE, true},
                {WEB_GET, "/api/devices/barn/curve", WEB_CURVE, true},
                {WEB_GET, "/api/devices/barn/sessions", WEB_SESSIONS, true},
                {WEB_GET, "/api/devices/barn/sessions/17", WEB_SESSION_RECORD, true},
                {WEB_POST, "/api/devices/barn/sessions/17", WEB_METHOD_NOT_ALLOWED, true},
                {WEB_GET, "/api/devices/barn/sessions/", WEB_NOT_FOUND, true},
                {WEB_GET, "/api/devices/barn/sessions/0", WEB_NOT_FOUND, true},
                {WEB_GET, "/api/devices/barn/sessions/1x", WEB_NOT_FOUND, true},
                {WEB_GET, "/api/devices/barn/sessions/99999999999999999999", WEB_NOT_FOUND, true},
                {WEB_GET, "/api/events", WEB_EVENTS, true},
                {WEB_GET, "/api/settlement", WEB_SETTLEMENT, true},
                {WEB_GET, "/api/settlement/barn", WEB_SETTLEMENT, true},
                {WEB_POST, "/api/settlement/barn", WEB_METHOD_NOT_ALLOWED, false},
                {WEB_GET, "/api/settlements", WEB_NOT_FOUND, true},
                {WEB_GET, "/api/ledger", WEB_LEDGER, true},
                {WEB_GET, "/api/ledger/tile/0/000", WEB_LEDGER, true},
                {WEB_GET, "/api/operator", WEB_OPERATOR, true},
                {WEB_POST, "/api/operator/act", WEB_OPERATOR_ACT, true},
                {WEB_GET, "/api/operator/act", WEB_METHOD_NOT_ALLOWED, false},
                {WEB_GET, "/healthz", WEB_HEALTH, false},
                {WEB_GET, "/metrics", WEB_METRICS, false},
                {WEB_GET, "/", WEB_ASSET, false},
                {WEB_GET, "/app.js", WEB_ASSET, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct web_route r = web_route_of(rows[i].method, rows[i].path);
        CHECK_EQ(r.target, rows[i].target);
        CHECK_EQ(r.needs_session, rows[i].needs_session);
    }
}

static void a_device_is_named_by_its_level(void)
{
    CHECK_STR(web_route_of(WEB_GET, "/api/devices/barn-1/curve").device_id, "barn-1");
    CHECK_EQ(web_route_of(WEB_GET, "/api/devices/").target, WEB_NOT_FOUND);
    CHECK_EQ(web_route_of(WEB_GET, "/api/devices/a b").target, WEB_NOT_FOUND);
    CHECK_EQ(web_route_of(WEB_GET, "/api/devices/a/other").target, WEB_NOT_FOUND);
    CHECK_EQ(web_route_of(WEB_GET, "/api/devices/a/curve/x").target, WEB_NOT_FOUND);
}

static void a_session_is_named_by_its_number(void)
{
    const struct web_route route = web_route_of(WEB_GET, "/api/devices/barn/sessions/17");
    CHECK_STR(route.device_id, "barn");
    CHECK_EQ(route.session, 17);
}

static void nothing_below_api_is_open_by_accident(void)
{
    static const char *const paths[] = {"/api/", "/api/x", "/api/devices/..", "/api/sites",
                                        "/api/devices/a/b"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct web_route r = web_route_of(WEB_GET, paths[i]);
        CHECK(r.needs_session);
        CHECK(r.target == WEB_NOT_FOUND || r.target == WEB_DEVICE);
    }
}

static void another_method_is_not_allowed(void)
{
    CHECK_EQ(web_route_of(WEB_GET, "/api/login").target, WEB_METHOD_NOT_ALLOWED);
    CHECK_EQ(web_route_of(WEB_POST, "/api/site").target, WEB_METHOD_NOT_ALLOWED);
    CHECK_EQ(web_route_of(WEB_POST, "/api/devices/a").target, WEB_METHOD_NOT_ALLOWED);
    CHECK_EQ(web_route_of(WEB_OTHER_METHOD, "/").target, WEB_METHOD_NOT_ALLOWED);
}

static void a_query_is_read_by_name(void)
{
    long long v = 0;
    CHECK(web_query_int("from_ms=5&to_ms=-7", "to_ms", 1, &v));
    CHECK_EQ(v, -7);
    CHECK(web_query_int("from_ms=5&to_ms=-7", "from_ms", 1, &v));
    CHECK_EQ(v, 5);
    CHECK(web_query_int("from_ms=5", "step_s", 300, &v));
    CHECK_EQ(v, 300);
    CHECK(web_query_int("", "step_s", 300, &v));
    CHECK(web_query_int("xstep_s=1&step_sx=2", "step_s", 300, &v));
    CHECK_EQ(v, 300);
}

static void what_is_no_integer_is_refused(void)
{
    static const char *const queries[] = {"n=",    "n=1.5", "n=0x10", "n= 1",
                                          "n=1e3", "n=--1", "n=-",    "n=99999999999999999999",
                                          "n=+1",  "n=1 "};
    long long v = 17;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        CHECK(!web_query_int(queries[i], "n", 0, &v));
    }
    CHECK_EQ(v, 17);
}

static void a_word_fits_or_is_refused(void)
{
    char word[5];
    CHECK(web_query_word("channel=abcd", "channel", word, sizeof word));
    CHECK_STR(word, "abcd");
    CHECK(!web_query_word("channel=abcde", "channel", word, sizeof word));
    CHECK(!web_query_word("other=abcd", "channel", word, sizeof word));
    CHECK(web_query_word("a=1&channel=", "channel", word, sizeof word));
    CHECK_STR(word, "");
}

CHECK_MAIN(TEST(every_resource_has_its_route), TEST(a_device_is_named_by_its_level),
           TEST(a_session_is_named_by_its_number), TEST(nothing_below_api_is_open_by_accident),
           TEST(another_method_is_not_allowed), TEST(a_query_is_read_by_name),
           TEST(what_is_no_integer_is_refused), TEST(a_word_fits_or_is_refused))
