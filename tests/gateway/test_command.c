/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "control/command.h"
#include "gateway_site.h"

#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"
#include "web/password.h"

static struct test_site t;
static char answer[8192];

static const char *command(const char *line)
{
    struct wbuf w = wbuf_of(answer, sizeof answer - 1);
    control_command(&t.api, t.now_ms, line, strlen(line), &w);
    CHECK(wbuf_ok(&w));
    CHECK(wbuf_len(&w) <= control_answer_cap(&t.site));
    answer[wbuf_len(&w)] = 0;
    CHECK(answer[wbuf_len(&w) - 1] == '\n');
    answer[wbuf_len(&w) - 1] = 0;
    return answer;
}

/* The text of a member of the answer. */
static const char *member(const char *name)
{
    static char text[300];
    struct json_token tokens[128];
    struct json_reader r;
    text[0] = 0;
    CHECK_EQ(json_parse(&r, answer, strlen(answer), tokens, 128), E_OK);
    (void)!json_string(&r, json_member(&r, 0, name), text, sizeof text);
    return text;
}

static bool succeeded(void)
{
    return strncmp(answer, "{\"ok\":true", 10) == 0;
}

static void a_device_is_added_listed_and_removed(void)
{
    test_site_open(&t);
    command("{\"do\":\"device.add\",\"id\":\"barn\",\"peak_power_w\":4000}");
    CHECK(succeeded());
    CHECK_EQ(strlen(member("token")), CLAIM_TOKEN_LEN);
    CHECK_STR(member("ca"), "/ca.pem");
    command("{\"do\":\"device.list\"}");
    CHECK(succeeded());
    CHECK(strstr(answer, "\"id\":\"barn\",\"peak_power_w\":4000,\"state\":\"waiting\"") != NULL);
    command("{\"do\":\"device.token\",\"id\":\"barn\"}");
    CHECK_EQ(strlen(member("token")), CLAIM_TOKEN_LEN);
    command("{\"do\":\"device.remove\",\"id\":\"barn\"}");
    CHECK_STR(answer, "{\"ok\":true}");
    command("{\"do\":\"device.list\"}");
    CHECK_STR(answer, "{\"ok\":true,\"devices\":[]}");
    test_site_close(&t);
}

static void what_cannot_be_is_answered_with_a_sentence(void)
{
    static const struct {
        const char *line;
        const char *error;
    } rows[] = {
        {"", "the line is not a JSON object of a few members"},
        {"{", "the line is not a JSON object of a few members"},
        {"[1,2]", "a command is an object with a member \"do\""},
        {"{\"do\":7}", "a command is an object with a member \"do\""},
        {"{\"do\":\"device.rename\"}", "there is no such command"},
        {"{\"do\":\"device.add\",\"id\":\"a\"}", "peak_power_w is a number of watts"},
        {"{\"do\":\"device.add\",\"id\":\"a\",\"peak_power_w\":0}",
         "the peak power is 1 to 100000000 W"},
        {"{\"do\":\"device.add\",\"id\":\"a b\",\"peak_power_w\":1}",
         "a device's name is 1 to 64 letters, digits, dots, underscores or hyphens and starts with "
         "a letter or digit"},
        {"{\"do\":\"device.add\",\"id\":\"wattward-gateway\",\"peak_power_w\":1}",
         "names that start with wattward- belong to the gateway"},
        {"{\"do\":\"device.add\",\"id\":\"a\",\"peak_power_w\":1,\"latitude_udeg\":1}",
         "latitude and longitude belong together, and so do tilt and azimuth"},
        {"{\"do\":\"device.add\",\"id\":\"a\",\"peak_power_w\":1,\"latitude_udeg\":91000000,"
         "\"longitude_udeg\":0}",
         "a latitude is -90 to 90 degrees, a longitude -180 to 180"},
        {"{\"do\":\"device.add\",\"id\":\"a\",\"peak_power_w\":1,\"tilt_mdeg\":1,\"azimuth_mdeg\":"
         "0}",
         "with its place a device may have a tilt of 0 to 90 degrees and an azimuth of 0 to 360 "
         "from north over east"},
        {"{\"do\":\"device.remove\",\"id\":\"nobody\"}", "there is no device called nobody"},
        {"{\"do\":\"device.token\"}", "there is no device called "}};
    test_site_open(&t);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command(rows[i].line);
        CHECK(strncmp(answer, "{\"ok\":false", 11) == 0);
        CHECK_STR(member("error"), rows[i].error);
    }
    command("{\"do\":\"device.add\",\"id\":\"a\",\"peak_power_w\":1}");
    command("{\"do\":\"device.add\",\"id\":\"a\",\"peak_power_w\":1}");
    CHECK_STR(member("error"), "there is a device of this name already");
    test_site_close(&t);
}

static void a_new_password_replaces_the_old_one_and_ends_sessions(void)
{
    char hash[WEB_PASSWORD_HASH_CAP];
    char text[WEB_SESSION_TEXT_LEN + 1];
    const uint8_t secret[WEB_SESSION_BYTES] = {1};
    test_site_open(&t);
    web_session_open(&t.api.sessions, t.now_ms, secret, text);
    command("{\"do\":\"operator.password\"}");
    CHECK(succeeded());
    CHECK_EQ(site_password_hash(&t.site, hash, sizeof hash), E_OK);
    CHECK(web_password_matches(member("password"), hash));
    CHECK(!web_session_valid(&t.api.sessions, t.now_ms, text));
    test_site_close(&t);
}

static void the_status_says_what_is_wrong(void)
{
    test_site_open(&t);
    command("{\"do\":\"status\"}");
    CHECK(succeeded());
    CHECK_STR(member("trouble"), "the broker is not connected");
    t.site.broker_up = true;
    command("{\"do\":\"status\"}");
    CHECK_STR(member("trouble"), "the signer has ended");
    t.site.signer_up = true;
    command("{\"do\":\"status\"}");
    CHECK(strstr(answer, "\"healthy\":true,\"trouble\":null") != NULL);
    test_site_close(&t);
}

CHECK_MAIN(TEST(a_device_is_added_listed_and_removed),
           TEST(what_cannot_be_is_answered_with_a_sentence),
           TEST(a_new_password_replaces_the_old_one_and_ends_sessions),
           TEST(the_status_says_what_is_wrong))
