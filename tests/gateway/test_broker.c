/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <string.h>

#include "broker/config.h"
#include "broker/keeper.h"
#include "broker/names.h"
#include "site/state.h"

static char text[8192];

static const struct broker_settings settings = {.address = "127.0.0.1",
                                                .port = 8883,
                                                .user = "root",
                                                .ca = "/s/ca.pem",
                                                .certificate = "/s/server.pem",
                                                .key = "/s/server.key",
                                                .acl = "/s/acl",
                                                .plugin = "/l/bans.so",
                                                .bans = "/s/bans"};

static bool has_line(const char *line)
{
    const size_t len = strlen(line);
    for (const char *at = strstr(text, line); at; at = strstr(at + 1, line)) {
        if ((at == text || at[-1] == '\n') && at[len] == '\n') {
            return true;
        }
    }
    return false;
}

static void only_certificates_open_the_broker(void)
{
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    memset(text, 0, sizeof text);
    broker_config_write(&w, &settings);
    CHECK(wbuf_ok(&w));
    CHECK(has_line("listener 8883 127.0.0.1"));
    CHECK(has_line("require_certificate true"));
    CHECK(has_line("use_identity_as_username true"));
    CHECK(has_line("use_username_as_clientid true"));
    CHECK(has_line("allow_anonymous false"));
    CHECK(has_line("tls_version tlsv1.3"));
    CHECK(has_line("acl_file /s/acl"));
    CHECK(has_line("plugin /l/bans.so"));
    CHECK(has_line("plugin_opt_list /s/bans"));
    CHECK(strstr(strstr(text, "listener") + 1, "\nlistener") == NULL);
}

static void a_device_reaches_its_own_topics_alone(void)
{
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    memset(text, 0, sizeof text);
    broker_acl_write(&w);
    CHECK(wbuf_ok(&w));
    CHECK(has_line("pattern write wattward/readings/%u"));
    CHECK(has_line("pattern read wattward/acks/%u"));
    /* Before the first user line a rule would hold for everybody. */
    CHECK(strncmp(strchr(text, '\n') + 1, "user wattward-gateway\n", 22) == 0);
    CHECK(strstr(text, "readwrite") == NULL);
}

static void a_path_that_is_too_long_writes_nothing(void)
{
    char long_path[900];
    struct broker_settings odd = settings;
    struct wbuf w = wbuf_of(text, sizeof text);
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = 0;
    odd.key = long_path;
    broker_config_write(&w, &odd);
    CHECK(!wbuf_ok(&w));
}

static void the_delay_doubles_and_is_forgotten_after_a_steady_run(void)
{
    uint32_t delay_ms = broker_backoff_ms(0, 0);
    CHECK_EQ(delay_ms, BROKER_BACKOFF_FIRST_MS);
    CHECK_EQ(broker_backoff_ms(delay_ms, 10), 2 * BROKER_BACKOFF_FIRST_MS);
    for (int i = 0; i < 20; i++) {
        delay_ms = broker_backoff_ms(delay_ms, 10);
    }
    CHECK_EQ(delay_ms, BROKER_BACKOFF_MAX_MS);
    CHECK_EQ(broker_backoff_ms(delay_ms, BROKER_STEADY_MS), BROKER_BACKOFF_FIRST_MS);
}

static void certificates_name_what_we_listen_on(void)
{
    broker_names_write("127.0.0.1", text, sizeof text);
    CHECK_STR(text, "DNS:localhost,IP:127.0.0.1");
    broker_names_write("192.0.2.7", text, sizeof text);
    CHECK_STR(text, "DNS:localhost,IP:127.0.0.1,IP:192.0.2.7");
    broker_names_write("2001:db8::1", text, sizeof text);
    CHECK_STR(text, "DNS:localhost,IP:127.0.0.1,IP:2001:db8::1");
    broker_names_write("0.0.0.0", text, sizeof text);
    CHECK(strncmp(text, "DNS:localhost,IP:127.0.0.1,IP:::1", 33) == 0);
    CHECK(strstr(text, "0.0.0.0") == NULL);
    broker_names_write("127.0.0.1", text, 20); /* what does not fit is left out */
    CHECK_STR(text, "DNS:localhost");
}

static void an_ipv6_address_stands_in_brackets(void)
{
    broker_names_url_host("127.0.0.1", text, sizeof text);
    CHECK_STR(text, "127.0.0.1");
    broker_names_url_host("::1", text, sizeof text);
    CHECK_STR(text, "[::1]");
}

static void a_port_of_zero_becomes_a_free_one(void)
{
    uint16_t port = 0;
    CHECK_EQ(state_claim_port("127.0.0.1", &port), E_OK);
    CHECK(port != 0);
    CHECK_EQ(state_claim_port("127.0.0.1", &port), E_OK);
    CHECK_EQ(state_claim_port("localhost", &port), E_ARG);
    CHECK_EQ(state_claim_port("192.0.2.1", &port), E_ARG); /* nobody's address */
}

CHECK_MAIN(TEST(only_certificates_open_the_broker), TEST(a_device_reaches_its_own_topics_alone),
           TEST(a_path_that_is_too_long_writes_nothing),
           TEST(the_delay_doubles_and_is_forgotten_after_a_steady_run),
           TEST(certificates_name_what_we_listen_on), TEST(an_ipv6_address_stands_in_brackets),
           TEST(a_port_of_zero_becomes_a_free_one))
