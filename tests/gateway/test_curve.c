/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "gateway_site.h"
#include "web/curve.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"

/* test_reading() takes number n at this time plus 5 n seconds. */
#define START_MS INT64_C(1767225600000)

static struct test_site t;
static char answer[65536];

static void report(const struct test_device *device, uint32_t sequence, int32_t power_mw)
{
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    test_publish(&t, device->id, message,
                 test_reading(device, 1, sequence, power_mw, message, sizeof message));
}

/* The whole curve; returns how many slices it took. */
static int read_curve(const struct db_curve *curve, int64_t device)
{
    int slices = 0;
    int result = 0;
    struct web_curve *c = web_curve_begin(&t.site, curve, device);
    CHECK(c != NULL);
    while (result == 0) {
        result = web_curve_advance(c);
        slices++;
    }
    CHECK_EQ(result, 1);
    struct wbuf w = wbuf_of(answer, sizeof answer - 1);
    web_curve_put(c, &w);
    CHECK(wbuf_ok(&w) && wbuf_len(&w) <= web_curve_json_cap(c));
    answer[wbuf_len(&w)] = 0;
    web_curve_free(c);
    return slices;
}

/* a goes from 200 down to 9 in three steps, b stays at 70 for a while. */
#define SUM "{\"from_ms\":1767225600000,\"step_ms\":30000,\"power_mw\":[250,207,143,79]}"

static void the_site_is_the_sum_of_each_devices_mean(void)
{
    struct test_device a;
    struct test_device b;
    struct site_result result;
    const struct db_curve curve = {
        .channel = TELEMETRY_PRODUCTION, .from_unix_ms = START_MS, .step_ms = 30000, .n_steps = 4};
    test_site_open(&t);
    test_site_add(&t, &a, "a");
    test_site_add(&t, &b, "b");
    report(&a, 1, 100); /* step 0: 100 and 300 make 200 */
    report(&a, 2, 300);
    report(&b, 3, 50);
    report(&b, 7, 70); /* step 1 */
    report(&a, 19, 9); /* step 3 */
    test_commit(&t);
    CHECK_EQ(read_curve(&curve, 0), 2);
    CHECK_STR(answer, SUM);
    CHECK_EQ(read_curve(&curve, fleet_find(&t.site.fleet, "b")->row), 1);
    CHECK_STR(answer,
              "{\"from_ms\":1767225600000,\"step_ms\":30000,\"power_mw\":[50,70,null,null]}");
    /* The feeder's meter measures again what the others have told. */
    fleet_set_feeder(&t.site.fleet, "b");
    read_curve(&curve, 0);
    CHECK_STR(answer, "{\"from_ms\":1767225600000,\"step_ms\":30000,\"power_mw\":[200,137,73,9]}");
    fleet_set_feeder(&t.site.fleet, NULL);
    /* What a removed device produced was produced. */
    CHECK_EQ(site_device_remove(&t.site, "b", &result), E_OK);
    read_curve(&curve, 0);
    CHECK_STR(answer, SUM);
    test_site_close(&t);
}

static void a_silence_of_four_steps_is_bridged_and_a_longer_one_is_shown(void)
{
    struct test_device a;
    const struct db_curve curve = {
        .channel = TELEMETRY_PRODUCTION, .from_unix_ms = START_MS, .step_ms = 5000, .n_steps = 20};
    test_site_open(&t);
    test_site_add(&t, &a, "a");
    report(&a, 1, 10);
    report(&a, 6, 60); /* after four steps without */
    report(&a, 12, 0); /* after five */
    test_commit(&t);
    read_curve(&curve, fleet_find(&t.site.fleet, "a")->row);
    CHECK(strstr(answer, "[null,10,20,30,40,50,60,null,null,null,null,null,0,null,") != NULL);
    read_curve(&curve, 0); /* in a sum it counts on for four steps */
    CHECK(strstr(answer, "[null,10,20,30,40,50,60,null,null,null,null,null,0,0,0,0,0,null,") !=
          NULL);
    test_site_close(&t);
}

static void a_long_range_is_read_in_slices_with_the_same_result(void)
{
    struct test_device a;
    const struct db_curve curve = {.channel = TELEMETRY_PRODUCTION,
                                   .from_unix_ms = START_MS,
                                   .step_ms = 3600000,
                                   .n_steps = 50};
    test_site_open(&t);
    test_site_add(&t, &a, "a");
    for (uint32_t hour = 0; hour < 50; hour++) {
        report(&a, hour * 720 + 1, (int32_t)hour);
        report(&a, hour * 720 + 719, (int32_t)hour + 10);
    }
    test_commit(&t);
    CHECK_EQ(read_curve(&curve, 0), 9); /* six hours each */
    struct json_token tokens[128];
    struct json_reader r;
    CHECK_EQ(json_parse(&r, answer, strlen(answer), tokens, 128), E_OK);
    int value = json_first(&r, json_member(&r, 0, "power_mw"));
    for (int64_t hour = 0; hour < 50; hour++) {
        int64_t power_mw = 0;
        CHECK_EQ(json_int(&r, value, &power_mw), E_OK);
        CHECK_EQ(power_mw, hour + 5);
        value = json_next(&r, value);
    }
    test_site_close(&t);
}

static void a_site_without_devices_has_an_empty_curve(void)
{
    const struct db_curve curve = {
        .from_unix_ms = START_MS, .step_ms = 86400000, .n_steps = WEB_CURVE_STEPS_MAX};
    test_site_open(&t);
    CHECK_EQ(read_curve(&curve, 0), 1);
    CHECK(strstr(answer, "null") != NULL && strstr(answer, "0,") != NULL);
    test_site_close(&t);
}

static void a_query_is_judged(void)
{
    static const struct {
        const char *query;
        const char *wrong;
    } rows[] = {
        {"", "channel is production, consumption, grid_import or grid_export"},
        {"channel=heat", "channel is production, consumption, grid_import or grid_export"},
        {"channel=production&to_ms=x", "from_ms, to_ms and step_s are integers"},
        {"channel=production&from_ms=5&to_ms=5", "from_ms is before to_ms, both after 1970"},
        {"channel=production&from_ms=-1&to_ms=5", "from_ms is before to_ms, both after 1970"},
        {"channel=production&step_s=0", "step_s is 1 to 86400"},
        {"channel=production&step_s=86401", "step_s is 1 to 86400"},
        {"channel=production&from_ms=0&to_ms=2000001&step_s=1", "a curve has at most 2000 steps"},
        {"channel=production&from_ms=0&to_ms=2000000&step_s=1", NULL},
        {"channel=grid_export", NULL}};
    struct db_curve curve;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *wrong = web_curve_query(rows[i].query, &curve);
        CHECK((wrong == NULL) == (rows[i].wrong == NULL));
        if (wrong && rows[i].wrong) {
            CHECK_STR(wrong, rows[i].wrong);
        }
    }
    CHECK_EQ(curve.n_steps, 288); /* the last day, in five minutes */
    CHECK_EQ(curve.channel, TELEMETRY_GRID_EXPORT);
}

CHECK_MAIN(TEST(the_site_is_the_sum_of_each_devices_mean),
           TEST(a_silence_of_four_steps_is_bridged_and_a_longer_one_is_shown),
           TEST(a_long_range_is_read_in_slices_with_the_same_result),
           TEST(a_site_without_devices_has_an_empty_curve), TEST(a_query_is_judged))
