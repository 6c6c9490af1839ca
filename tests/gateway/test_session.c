/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "web/session.h"

#include <string.h>

static struct web_sessions sessions;
static char text[WEB_SESSION_TEXT_LEN + 1];

static void open_session(uint64_t now_ms, uint8_t fill)
{
    uint8_t secret[WEB_SESSION_BYTES];
    memset(secret, fill, sizeof secret);
    web_session_open(&sessions, now_ms, secret, text);
}

static void fresh(void)
{
    memset(&sessions, 0, sizeof sessions);
}

static void an_open_session_holds_until_its_time(void)
{
    fresh();
    open_session(1000, 0xa5);
    CHECK_EQ(strlen(text), WEB_SESSION_TEXT_LEN);
    CHECK(web_session_valid(&sessions, 1000, text));
    CHECK(web_session_valid(&sessions, 999 + WEB_SESSION_LIFE_MS, text));
    CHECK(!web_session_valid(&sessions, 1000 + WEB_SESSION_LIFE_MS, text));
}

static void a_closed_session_is_over(void)
{
    fresh();
    open_session(0, 1);
    web_session_close(&sessions, text);
    CHECK(!web_session_valid(&sessions, 0, text));
    open_session(0, 2);
    web_session_close_all(&sessions);
    CHECK(!web_session_valid(&sessions, 0, text));
}

static void other_texts_are_no_session(void)
{
    char other[WEB_SESSION_TEXT_LEN + 3];
    fresh();
    open_session(0, 0xbc);
    CHECK(!web_session_valid(&sessions, 0, ""));
    memcpy(other, text, sizeof text);
    other[WEB_SESSION_TEXT_LEN - 1] = 'd';
    CHECK(!web_session_valid(&sessions, 0, other));
    memcpy(other, text, sizeof text);
    strcat(other, "0");
    CHECK(!web_session_valid(&sessions, 0, other));
    memcpy(other, text, sizeof text);
    other[10] = 0;
    CHECK(!web_session_valid(&sessions, 0, other));
    other[0] = 'B'; /* upper case is not how we write it */
    CHECK(!web_session_valid(&sessions, 0, other));
}

/* An unused place holds zeros; the secret of zeros must not open it. */
static void an_empty_place_is_no_session(void)
{
    char zeros[WEB_SESSION_TEXT_LEN + 1];
    fresh();
    memset(zeros, '0', WEB_SESSION_TEXT_LEN);
    zeros[WEB_SESSION_TEXT_LEN] = 0;
    CHECK(!web_session_valid(&sessions, 0, zeros));
}

static void the_oldest_gives_way_when_all_places_are_used(void)
{
    char first[WEB_SESSION_TEXT_LEN + 1];
    char second[WEB_SESSION_TEXT_LEN + 1];
    fresh();
    open_session(1, 1);
    memcpy(first, text, sizeof text);
    open_session(2, 2);
    memcpy(second, text, sizeof text);
    for (unsigned i = 3; i <= WEB_SESSIONS_MAX + 1; i++) {
        open_session(i, (uint8_t)i);
    }
    CHECK(!web_session_valid(&sessions, 100, first));
    CHECK(web_session_valid(&sessions, 100, second));
    CHECK(web_session_valid(&sessions, 100, text));
}

static void a_cookie_is_found_among_others(void)
{
    char v[8];
    CHECK(web_cookie_value("session=abc", "session", v, sizeof v));
    CHECK_STR(v, "abc");
    CHECK(web_cookie_value("a=1; session=abc; b=2", "session", v, sizeof v));
    CHECK_STR(v, "abc");
    CHECK(web_cookie_value("session=", "session", v, sizeof v));
    CHECK_STR(v, "");
    CHECK(!web_cookie_value("xsession=abc", "session", v, sizeof v));
    CHECK(!web_cookie_value("sessionx=abc", "session", v, sizeof v));
    CHECK(!web_cookie_value("session", "session", v, sizeof v));
    CHECK(!web_cookie_value("", "session", v, sizeof v));
    CHECK(!web_cookie_value("; ; ;", "session", v, sizeof v));
    CHECK(!web_cookie_value("session=12345678", "session", v, sizeof v));
}

CHECK_MAIN(TEST(an_open_session_holds_until_its_time), TEST(a_closed_session_is_over),
           TEST(other_texts_are_no_session), TEST(an_empty_place_is_no_session),
           TEST(the_oldest_gives_way_when_all_places_are_used),
           TEST(a_cookie_is_found_among_others))
