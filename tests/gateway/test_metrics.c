/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "gateway_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trust/trust_site.h"

static struct test_site t;
static struct test_device meter;
static struct web_response answer;

static const char *metrics_for(const char *peer)
{
    static char text[65536];
    static struct web_request q;
    memset(&q, 0, sizeof q);
    memset(&answer, 0, sizeof answer);
    q.method = WEB_GET;
    (void)snprintf(q.path, sizeof q.path, "/metrics");
    (void)snprintf(q.peer, sizeof q.peer, "%s", peer);
    web_api_respond(&t.api, t.now_ms, &q, &answer);
    CHECK_EQ(answer.status, 200);
    (void)snprintf(text, sizeof text, "%.*s", (int)answer.body_len, (const char *)answer.body);
    free(answer.owned);
    return text;
}

static void set_up(void)
{
    const struct trust_site_config config = {.site = &t.site};
    test_site_open(&t);
    test_site_add(&t, &meter, "roof-1");
    t.site.trust = trust_site_open(&config);
    CHECK(t.site.trust != NULL);
}

static void tear_down(void)
{
    trust_site_close(t.site.trust);
    t.site.trust = NULL;
    test_site_close(&t);
}

static void single_devices_are_shown_to_this_machine_alone(void)
{
    static const char *const here[] = {"127.0.0.1", "127.1.2.3", "::1"};
    static const char *const elsewhere[] = {"192.0.2.7", "2001:db8::1", "unknown", "",
                                            "1127.0.0.1"};
    set_up();
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        CHECK(strstr(metrics_for(here[i]),
                     "wattward_trust_evidence_log10{device=\"roof-1\"} 0.000") != NULL);
    }
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        const char *text = metrics_for(elsewhere[i]);
        CHECK(strstr(text, "roof-1") == NULL);
        CHECK(strstr(text, "wattward_trust_evidence_log10_max 0.000") != NULL);
    }
    tear_down();
}

static void the_meter_at_the_transformer_is_no_member(void)
{
    set_up();
    CHECK(strstr(metrics_for("::1"), "wattward_trust_devices{action=\"none\"} 1\n") != NULL);
    fleet_set_feeder(&t.site.fleet, "roof-1");
    const char *text = metrics_for("::1");
    CHECK(strstr(text, "wattward_trust_devices{action=\"none\"} 0\n") != NULL);
    CHECK(strstr(text, "wattward_trust_evidence_log10{device=\"roof-1\"}") == NULL);
    CHECK(strstr(text, "wattward_trust_feeder_evidence_log10 0.000\n") != NULL);
    tear_down();
}

static void refusals_are_counted_under_both_names(void)
{
    set_up();
    test_publish(&t, "roof-1", (const uint8_t *)"\x00", 1);
    const char *text = metrics_for("::1");
    CHECK(strstr(text, "wattward_readings_refused_total{reason=\"malformed\"} 1\n") != NULL);
    CHECK(strstr(text, "te_messages_rejected_total{reason=\"malformed_payload\"} 1\n") != NULL);
    CHECK(strstr(text, "te_messages_rejected_total{reason=\"invalid_json\"} 0\n") != NULL);
    CHECK(strstr(text, "bc_rejected_total{reason=\"invalid_payload\"} 1\n") != NULL);
    tear_down();
}

CHECK_MAIN(TEST(single_devices_are_shown_to_this_machine_alone),
           TEST(the_meter_at_the_transformer_is_no_member),
           TEST(refusals_are_counted_under_both_names))
