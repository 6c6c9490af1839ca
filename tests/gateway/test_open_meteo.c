/* SPDX-License-Identifier: MIT
 * Requests to Open-Meteo and its answers.
 */
#include <string.h>

#include "check.h"
#include "weather/open_meteo.h"

static struct json_token tokens[WEATHER_TOKENS_MAX];
static struct weather_slot slots[WEATHER_SLOTS_MAX];
static struct weather_series series = {slots, 0};
static char reason[WEATHER_REASON_CAP];

#define UNITS                                                                                      \
    "\"minutely_15_units\":{\"time\":\"unixtime\",\"shortwave_radiation\":\"W/m\xc2\xb2\","        \
    "\"direct_normal_irradiance\":\"W/m\xc2\xb2\",\"diffuse_radiation\":\"W/m\xc2\xb2\","          \
    "\"temperature_2m\":\"\xc2\xb0"                                                                \
    "C\"}"
#define ANSWER(times, global, temperature)                                                         \
    "{\"latitude\":39.4,\"longitude\":16.2,\"utc_offset_seconds\":0," UNITS                        \
    ",\"minutely_15\":{\"time\":[" times "],\"shortwave_radiation\":[" global                      \
    "],\"direct_normal_irradiance\":[812.5,0.0],\"diffuse_radiation\":[101.0,3.2],"                \
    "\"temperature_2m\":[" temperature "]}}"

static int parse(const char *text)
{
    return weather_answer_parse(text, strlen(text), tokens, &series, reason);
}

static void the_request_names_the_cell_and_the_components(void)
{
    char text[512];
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    weather_request_put(&w, weather_cell_of(39361234, -16221000), 1, 2);
    CHECK(wbuf_ok(&w));
    text[wbuf_len(&w)] = '\0';
    CHECK_STR(text, "/v1/forecast?latitude=39.4&longitude=-16.2&minutely_15=shortwave_radiation,"
                    "direct_normal_irradiance,diffuse_radiation,temperature_2m"
                    "&timeformat=unixtime&timezone=GMT&past_days=1&forecast_days=2");
}

static void roofs_of_a_cell_ask_once(void)
{
    const struct weather_cell a = weather_cell_of(39361234, 16221000);
    const struct weather_cell b = weather_cell_of(39449999, 16249999);
    CHECK_EQ(a.latitude_tenths, b.latitude_tenths);
    CHECK_EQ(a.longitude_tenths, b.longitude_tenths);
    CHECK_EQ(weather_cell_of(39450000, 0).latitude_tenths, 395);
    CHECK_EQ(weather_cell_of(-39450000, 0).latitude_tenths, -395);
    CHECK_EQ(weather_cell_of(0, -180000000).longitude_tenths, -1800);
}

static void values_are_of_the_interval_before_their_time(void)
{
    CHECK_EQ(parse(ANSWER("1470038400,1470039300", "640.25,655", "21.4,-3.5")), E_OK);
    CHECK_EQ(series.n, 2);
    CHECK_EQ(slots[0].global_mw_m2, 640250);
    CHECK_EQ(slots[0].direct_mw_m2, 812500);
    CHECK_EQ(slots[1].diffuse_mw_m2, 3200);
    CHECK_EQ(slots[1].temperature_mdeg, -3500);
    CHECK(weather_slot_at(&series, 1470037500) == NULL);
    CHECK(weather_slot_at(&series, 1470037501) == &slots[0]);
    CHECK(weather_slot_at(&series, 1470038400) == &slots[0]);
    CHECK(weather_slot_at(&series, 1470038401) == &slots[1]);
    CHECK(weather_slot_at(&series, 1470039300) == &slots[1]);
    CHECK(weather_slot_at(&series, 1470039301) == NULL);
}

static void what_is_missing_is_unknown_and_not_zero(void)
{
    CHECK_EQ(parse(ANSWER("1470038400,1470039300", "null,0.0", "null,21")), E_OK);
    CHECK_EQ(slots[0].global_mw_m2, WEATHER_UNKNOWN);
    CHECK_EQ(slots[0].temperature_mdeg, WEATHER_UNKNOWN);
    CHECK_EQ(slots[1].global_mw_m2, 0);
}

static void a_refusal_is_told_with_its_reason(void)
{
    CHECK_EQ(parse("{\"error\":true,\"reason\":\"Daily limit\\nexceeded.\"}"), E_UNSUPPORTED);
    CHECK_STR(reason, "Daily limit?exceeded.");
    CHECK_EQ(parse("{\"error\":true}"), E_UNSUPPORTED);
    CHECK_STR(reason, "no reason given");
    CHECK_EQ(series.n, 0);
}

static void other_units_are_not_taken_for_ours(void)
{
    char text[1024];
    strcpy(text, ANSWER("1470038400,1470039300", "1,2", "1,2"));
    char *unit = strstr(text, "unixtime");
    CHECK(unit != NULL);
    memcpy(unit, "iso8601 ", 8);
    CHECK_EQ(parse(text), E_UNSUPPORTED);
    CHECK_STR(reason, "");
    CHECK_EQ(series.n, 0);
}

static void odd_answers_are_no_information(void)
{
    static const char *const odd[] = {
        ANSWER("1470038400,1470039300", "1", "1,2"),          /* a column is shorter */
        ANSWER("1470038400,1470040200", "1,2", "1,2"),        /* a step is left out */
        ANSWER("1470039300,1470038400", "1,2", "1,2"),        /* backwards */
        ANSWER("1470038401,1470039301", "1,2", "1,2"),        /* beside the quarter hours */
        ANSWER("1470038400,1470039300", "-0.1,2", "1,2"),     /* below nothing */
        ANSWER("1470038400,1470039300", "1,2000.001", "1,2"), /* more than the sun gives */
        ANSWER("1470038400,1470039300", "\"1\",2", "1,2"),
        ANSWER("1470038400,1470039300", "1,2", "1,91"),
        ANSWER("1470038400,null", "1,2", "1,2"),
        "{}",
        "[]",
        "{\"minutely_15\":3}",
    };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        CHECK_EQ(parse(odd[i]), E_MALFORMED);
        CHECK_EQ(series.n, 0);
    }
    CHECK_EQ(parse("{\"minutely_15\":"), E_TRUNCATED);
}

static void an_answer_is_fresh_for_as_long_as_the_cache_keeps_it(void)
{
    CHECK_EQ(parse(ANSWER("1470038400,1470039300", "1,2", "1,2")), E_OK);
    CHECK_EQ(weather_state_at(&series, 1000, 301000, 300000), WEATHER_FRESH);
    CHECK_EQ(weather_state_at(&series, 1000, 301001, 300000), WEATHER_STALE);
    CHECK_EQ(weather_state_at(&series, 1000, 999, 300000), WEATHER_STALE);
    series.n = 0;
    CHECK_EQ(weather_state_at(&series, 1000, 1000, 300000), WEATHER_MISSING);
}

CHECK_MAIN(TEST(the_request_names_the_cell_and_the_components), TEST(roofs_of_a_cell_ask_once),
           TEST(values_are_of_the_interval_before_their_time),
           TEST(what_is_missing_is_unknown_and_not_zero), TEST(a_refusal_is_told_with_its_reason),
           TEST(other_units_are_not_taken_for_ours), TEST(odd_answers_are_no_information),
           TEST(an_answer_is_fresh_for_as_long_as_the_cache_keeps_it))
