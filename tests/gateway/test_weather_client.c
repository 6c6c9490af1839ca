/* SPDX-License-Identifier: MIT
 * The weather client against the whole simulated service, with everything that can be wrong with
 * it.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "weather/client.h"
#include "weather_answer.h"

enum { HOUR_MS = 3600000, CACHE_MS = 300000 };
/* 2016-08-02, 20:00 UTC: noon in California */
static const int64_t noon_ms = INT64_C(1470168000000);

static struct weather_sky sky;
static struct weather_service service = {.sky = &sky};
static struct weather_client client;
static struct weather_read answer;
static struct trust_weather_point points[WEATHER_ANSWER_POINTS];
static struct weather_question question;
static uint8_t body[WEATHER_BODY_CAP];

static struct weather_feed *feed(enum trust_weather_endpoint endpoint)
{
    return &client.cells[0].feeds[endpoint];
}

static void set_up(void)
{
    if (sky.n_hours == 0) {
        CHECK_EQ(weather_sky_open_homes(&sky, "sim/homes", 34.1, -117.4), E_OK);
    }
    service.fault = WEATHER_FAULT_NONE;
    weather_client_init(&client, CACHE_MS);
    CHECK_EQ(weather_client_want(&client, trust_weather_cell_of(34100000, -117400000)), E_OK);
}

/* Asks what is due and hands over what the service says to it; E_NOTFOUND when nothing is due. */
static int ask(uint64_t now_ms, int64_t site_ms)
{
    if (!weather_client_next(&client, now_ms, site_ms, &question)) {
        return E_NOTFOUND;
    }
    struct wbuf w = wbuf_of(body, sizeof body);
    struct weather_fetched fetched = {.body = body};
    fetched.status = weather_service_answer(&service, question.path, site_ms / 1000, &w);
    fetched.len = wbuf_len(&w);
    CHECK(fetched.len > 0);
    return weather_client_answer(&client, now_ms, site_ms, &fetched, points, &answer);
}

static void both_endpoints_are_asked_once_and_again_when_they_are_old(void)
{
    set_up();
    CHECK_EQ(weather_client_state(&client, TRUST_WEATHER_FORECAST, noon_ms), WEATHER_WAITING);
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(answer.endpoint, TRUST_WEATHER_FORECAST);
    CHECK_EQ(answer.series.step_s, 900);
    CHECK_EQ(answer.series.n, 288); /* yesterday, today and tomorrow */
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(answer.endpoint, TRUST_WEATHER_SATELLITE);
    CHECK_EQ(answer.series.step_s, 900);
    CHECK_EQ(ask(100000, noon_ms + CACHE_MS - 1), E_NOTFOUND);
    CHECK_EQ(ask(100000, noon_ms + CACHE_MS), E_OK);
    CHECK_EQ(ask(100000, noon_ms + CACHE_MS), E_OK);
    /* however fast the site's clock runs, the service is not asked all the time */
    CHECK_EQ(ask(100001, noon_ms + 2 * CACHE_MS), E_NOTFOUND);
    CHECK_EQ(weather_client_state(&client, TRUST_WEATHER_SATELLITE, noon_ms), WEATHER_FRESH);
}

static void the_sun_stands_where_the_answer_says(void)
{
    set_up();
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    const struct trust_weather_point *noon = trust_weather_at(&answer.series, noon_ms / 1000);
    CHECK(noon != NULL && noon->global_mw_m2 > 500000 && noon->global_mw_m2 < 1300000);
    CHECK(noon->direct_normal_mw_m2 > 0 && noon->diffuse_mw_m2 > 0);
    CHECK(noon->air_mc > 15000 && noon->air_mc < 45000);
    const struct trust_weather_point *night =
        trust_weather_at(&answer.series, noon_ms / 1000 - 12 * 3600);
    CHECK(night != NULL && night->global_mw_m2 == 0); /* known to be dark */
}

static void an_answer_ages_and_a_service_that_stopped_is_stale(void)
{
    set_up();
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(weather_feed_state(feed(TRUST_WEATHER_FORECAST), TRUST_WEATHER_FORECAST,
                                noon_ms + 2 * HOUR_MS),
             WEATHER_FRESH);
    CHECK_EQ(weather_feed_state(feed(TRUST_WEATHER_FORECAST), TRUST_WEATHER_FORECAST,
                                noon_ms + 2 * HOUR_MS + 1000),
             WEATHER_STALE);
    set_up();
    service.fault = WEATHER_FAULT_STALE; /* answers come, but they know nothing new */
    CHECK_EQ(ask(1000, noon_ms), E_MALFORMED);
    CHECK_STR(feed(TRUST_WEATHER_FORECAST)->why, "there is no radiation in the answer");
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(weather_client_state(&client, TRUST_WEATHER_SATELLITE, noon_ms), WEATHER_STALE);
}

static void every_fault_is_a_state_with_a_sentence_and_nothing_is_taken(void)
{
    static const struct {
        enum weather_fault fault;
        const char *why;
    } rows[] = {
        {WEATHER_FAULT_ERROR_500, "the service answers with status 500"},
        {WEATHER_FAULT_LIMIT, "the daily limit of requests is reached"},
        {WEATHER_FAULT_GARBAGE, "the answer is no JSON"},
        {WEATHER_FAULT_NOT_A_NUMBER, "the answer is no JSON"},
        {WEATHER_FAULT_UNITS, "radiation is not in W/m2"},
        {WEATHER_FAULT_CUT, "the answer ends in its middle"},
        {WEATHER_FAULT_ELSEWHERE, "the answer is about another place"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up();
        service.fault = rows[i].fault;
        CHECK_EQ(ask(1000, noon_ms), E_MALFORMED);
        CHECK_STR(feed(TRUST_WEATHER_FORECAST)->why, rows[i].why);
        CHECK_EQ(weather_client_state(&client, TRUST_WEATHER_FORECAST, noon_ms), WEATHER_MISSING);
        service.fault = WEATHER_FAULT_NONE; /* it comes back, and is asked again by itself */
        CHECK_EQ(ask(1000, noon_ms), E_OK);
        CHECK_EQ(answer.endpoint, TRUST_WEATHER_SATELLITE);
        CHECK_EQ(ask(1000 + WEATHER_BACKOFF_FIRST_MS - 1, noon_ms), E_NOTFOUND);
        CHECK_EQ(ask(1000 + WEATHER_BACKOFF_FIRST_MS, noon_ms), E_OK);
        CHECK_STR(feed(TRUST_WEATHER_FORECAST)->why, "");
        CHECK_EQ(weather_client_state(&client, TRUST_WEATHER_FORECAST, noon_ms), WEATHER_FRESH);
    }
}

static void gaps_are_counted_and_stay_unknown(void)
{
    set_up();
    service.fault = WEATHER_FAULT_GAP;
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(feed(TRUST_WEATHER_FORECAST)->gaps, 3 * 12); /* three hours of three days */
    CHECK_EQ(answer.series.n_missing, 3 * 12);
    CHECK(trust_weather_at(&answer.series, noon_ms / 1000 - 3600) == NULL);
    CHECK(trust_weather_at(&answer.series, noon_ms / 1000 + 3600) != NULL);
}

static void no_answer_at_all_backs_off_to_a_quarter_of_an_hour(void)
{
    set_up();
    const struct weather_fetched nothing = {.why = "Couldn't connect to server"};
    uint64_t now_ms = 1000;
    for (int i = 0; i < 12; i++) {
        const struct weather_feed *f = feed(TRUST_WEATHER_FORECAST);
        CHECK(weather_client_next(&client, now_ms, noon_ms, &question));
        CHECK(!weather_client_next(&client, now_ms, noon_ms, &question)); /* one at a time */
        CHECK_EQ(weather_client_answer(&client, now_ms, noon_ms, &nothing, points, &answer), E_IO);
        now_ms = f->next_ms > now_ms ? f->next_ms : now_ms;
    }
    CHECK_EQ(feed(TRUST_WEATHER_FORECAST)->backoff_ms, 320000);
    CHECK(client.n_failed == 12 && client.n_good == 0);
    CHECK_STR(feed(TRUST_WEATHER_SATELLITE)->why, "Couldn't connect to server");
}

static void a_clock_that_went_back_asks_anew(void)
{
    set_up();
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    CHECK_EQ(ask(10000, noon_ms - HOUR_MS), E_OK);
    CHECK_EQ(weather_client_state(&client, TRUST_WEATHER_FORECAST, noon_ms), WEATHER_FRESH);
}

static void the_page_is_told_states(void)
{
    char text[2048];
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    struct json_writer j;
    set_up();
    CHECK_EQ(ask(1000, noon_ms), E_OK);
    service.fault = WEATHER_FAULT_ERROR_500;
    CHECK_EQ(ask(1000, noon_ms), E_MALFORMED);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    weather_client_put(&client, noon_ms, &j);
    json_end(&j);
    text[wbuf_len(&w)] = '\0';
    CHECK_STR(text, "{\"weather\":{\"cells\":[{\"latitude\":34.1,\"longitude\":-117.4,"
                    "\"forecast\":{\"state\":\"fresh\",\"answered_unix_ms\":1470168000000,"
                    "\"until_unix_ms\":1470267900000,\"gaps\":0,\"reason\":null},"
                    "\"satellite\":{\"state\":\"missing\",\"answered_unix_ms\":null,"
                    "\"until_unix_ms\":null,\"gaps\":0,"
                    "\"reason\":\"the service answers with status 500\"}}]}}");
}

/* ---- the simulated service itself ---- */

static int say(const char *target)
{
    struct wbuf w = wbuf_of(body, sizeof body - 1);
    const int status = weather_service_answer(&service, target, noon_ms / 1000, &w);
    body[wbuf_len(&w)] = '\0';
    return status;
}

static void the_service_refuses_as_the_real_one_does(void)
{
    set_up();
    CHECK_EQ(say("/v1/forecast?latitude=91&longitude=0&hourly=shortwave_radiation"), 400);
    CHECK(strncmp((const char *)body, "{\"error\":true,\"reason\":\"", 24) == 0);
    CHECK_EQ(say("/v1/forecast?latitude=1&longitude=0&hourly=nonsense"), 400);
    CHECK(strstr((const char *)body, "nonsense") != NULL);
    CHECK_EQ(say("/v1/forecast?latitude=1&longitude=0&forecast_days=17"), 400);
    CHECK_EQ(say("/v1/forecast?latitude=1,2&longitude=0"), 400);
    CHECK_EQ(say("/v1/nothing?latitude=1&longitude=0"), 400);
    CHECK_EQ(say("/v1/forecast?latitude=1,2&longitude=0,3&hourly=temperature_2m"), 200);
    CHECK(body[0] == '['); /* one object a place */
    CHECK_EQ(say("/v1/forecast?latitude=1&longitude=0&hourly=temperature_2m&forecast_days=1"), 200);
    CHECK(strstr((const char *)body, "\"2016-08-02T00:00\"") != NULL); /* as it does by itself */
}

static void a_file_is_served_and_its_hours_keep_their_mean(void)
{
    static const char path[] = "test_weather_file.csv";
    struct weather_sky file_sky;
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    (void)fprintf(file, "end_unix_s,ghi_w_m2,dni_w_m2,dhi_w_m2,air_c\n"
                        "1470146400,100,,50,20.5\n1470150000,240,,,21\n1470157200,500,10,20,22\n");
    (void)fclose(file);
    CHECK_EQ(weather_sky_open_file(&file_sky, path, 34.1, -117.4), E_OK);
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        const struct weather_quarter q = weather_sky_at(&file_sky, 1470147300 + 900 * i);
        CHECK(q.direct_normal != q.direct_normal && q.air_c > 20.9); /* unknown is not a number */
        sum += q.global;
    }
    CHECK(sum > 4 * 239.9 && sum < 4 * 240.1);
    const struct weather_quarter gap = weather_sky_at(&file_sky, 1470153600);
    CHECK(gap.global != gap.global);
    weather_sky_close(&file_sky);
    file = fopen(path, "w");
    CHECK(file != NULL);
    (void)fprintf(file, "end_unix_s,ghi_w_m2,dni_w_m2,dhi_w_m2,air_c\n3600,1,,,\n7200,x,,,\n");
    (void)fclose(file);
    CHECK_EQ(weather_sky_open_file(&file_sky, path, 0, 0), E_MALFORMED);
    CHECK_EQ(remove(path), 0);
    CHECK_EQ(weather_sky_open_file(&file_sky, path, 0, 0), E_IO);
}

CHECK_MAIN(TEST(both_endpoints_are_asked_once_and_again_when_they_are_old),
           TEST(the_sun_stands_where_the_answer_says),
           TEST(an_answer_ages_and_a_service_that_stopped_is_stale),
           TEST(every_fault_is_a_state_with_a_sentence_and_nothing_is_taken),
           TEST(gaps_are_counted_and_stay_unknown),
           TEST(no_answer_at_all_backs_off_to_a_quarter_of_an_hour),
           TEST(a_clock_that_went_back_asks_anew), TEST(the_page_is_told_states),
           TEST(the_service_refuses_as_the_real_one_does),
           TEST(a_file_is_served_and_its_hours_keep_their_mean))
