/* SPDX-License-Identifier: MIT
 * Weather: what is asked, and what an answer says.
 */
#include <string.h>

#include "check.h"
#include "trust/weather.h"

enum { POINTS = 8, TOKENS = 128 };

static struct trust_weather_point points[POINTS];
static struct trust_weather_series series;
static struct trust_weather_fault fault;

static int read_text(const char *text)
{
    static struct json_token tokens[TOKENS];
    struct json_reader json;
    series = (struct trust_weather_series){.points = points, .cap = POINTS};
    memset(&fault, 0, sizeof fault);
    if (json_parse(&json, text, strlen(text), tokens, TOKENS) != E_OK) {
        return E_MALFORMED;
    }
    return trust_weather_read(&json, &series, &fault);
}

static void neighbours_ask_for_the_same_cell(void)
{
    const struct trust_weather_cell a = trust_weather_cell_of(39361000, -16220000);
    const struct trust_weather_cell b = trust_weather_cell_of(39439999, -16249999);
    CHECK_EQ(a.latitude_ddeg, 394);
    CHECK_EQ(a.longitude_ddeg, -162);
    CHECK_EQ(b.latitude_ddeg, a.latitude_ddeg);
    CHECK_EQ(b.longitude_ddeg, a.longitude_ddeg);
}

static void the_request_names_components_and_unix_times(void)
{
    char text[400];
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    trust_weather_request(TRUST_WEATHER_FORECAST, trust_weather_cell_of(-500000, 179990000), &out);
    text[wbuf_len(&out)] = '\0';
    CHECK(wbuf_ok(&out));
    CHECK(strncmp(text, "/v1/forecast?latitude=-0.5&longitude=180.0&minutely_15=", 55) == 0);
    CHECK(strstr(text, "timeformat=unixtime") != NULL);
    CHECK(strstr(text, "tilted") == NULL);
    out = wbuf_of(text, sizeof text - 1);
    trust_weather_request(TRUST_WEATHER_SATELLITE, trust_weather_cell_of(0, 0), &out);
    text[wbuf_len(&out)] = '\0';
    CHECK(strncmp(text, "/v1/archive?latitude=0.0&longitude=0.0&", 39) == 0);
    CHECK(strstr(text, "temperature") == NULL); /* satellites see radiation */
}

static void quarters_are_read_and_gaps_stay_unknown(void)
{
    CHECK_EQ(read_text("{\"latitude\":39.38,\"minutely_15\":{\"time\":[900,1800,2700],"
                       "\"shortwave_radiation\":[100.5,null,-84],"
                       "\"direct_normal_irradiance\":[50,60,70],\"diffuse_radiation\":[60,70,80],"
                       "\"temperature_2m\":[-3.25,null,20]}}"),
             E_OK);
    CHECK_EQ(series.n, 3);
    CHECK_EQ(series.step_s, 900);
    CHECK_EQ(series.n_missing, 2);
    CHECK_EQ(points[0].global_mw_m2, 100500);
    CHECK_EQ(points[0].air_mc, -3250);
    CHECK_EQ(points[1].global_mw_m2, TRUST_WEATHER_UNKNOWN);
    CHECK_EQ(points[1].air_mc, TRUST_WEATHER_UNKNOWN);
    CHECK_EQ(points[2].global_mw_m2, TRUST_WEATHER_UNKNOWN); /* negative near sunset */
}

static void a_stamp_ends_its_step(void)
{
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[3600,7200],\"shortwave_radiation\":[1,2]}}"), E_OK);
    CHECK(trust_weather_at(&series, 0) == NULL);
    CHECK(trust_weather_at(&series, 1) == &points[0]);
    CHECK(trust_weather_at(&series, 3600) == &points[0]);
    CHECK(trust_weather_at(&series, 3601) == &points[1]);
    CHECK(trust_weather_at(&series, 7201) == NULL);
}

static void the_first_of_several_places_is_taken(void)
{
    CHECK_EQ(read_text("[{\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[7]}},{}]"), E_OK);
    CHECK_EQ(points[0].global_mw_m2, 7000);
    CHECK_EQ(series.step_s, 3600);
}

static void what_cannot_be_used_says_why(void)
{
    CHECK_EQ(read_text("{\"error\":true,\"reason\":\"Daily API request limit exceeded.\"}"),
             E_STATE);
    CHECK_STR(fault.reason, "Daily API request limit exceeded.");
    CHECK_EQ(read_text("{\"error\":true}"), E_STATE);
    CHECK_EQ(read_text("{}"), E_MALFORMED);
    CHECK_EQ(read_text("[]"), E_MALFORMED);
    CHECK_EQ(read_text("7"), E_MALFORMED);
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[3600,7200]}}"), E_MALFORMED);
    CHECK_STR(fault.reason, "shortwave_radiation is missing");
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[3600,7200],\"shortwave_radiation\":[1]}}"),
             E_MALFORMED);
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[3600,7200,9000],"
                       "\"shortwave_radiation\":[1,2,3]}}"),
             E_MALFORMED);
    CHECK_STR(fault.reason, "the times do not rise in even steps");
    CHECK_EQ(fault.point, 2);
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[\"2026-01-01T00:00\",\"x\"],"
                       "\"shortwave_radiation\":[1,2]}}"),
             E_MALFORMED);
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[1,2,3,4,5,6,7,8,9],"
                       "\"shortwave_radiation\":[1,2,3,4,5,6,7,8,9]}}"),
             E_NOSPACE);
}

static void units_that_are_not_those_asked_for_are_refused(void)
{
    CHECK_EQ(read_text("{\"hourly_units\":{\"time\":\"unixtime\","
                       "\"shortwave_radiation\":\"W/m\xc2\xb2\",\"temperature_2m\":\"\xc2\xb0"
                       "C\"},\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[1]}}"),
             E_OK);
    CHECK_EQ(read_text("{\"hourly_units\":{\"shortwave_radiation\":\"MJ/m\xc2\xb2\"},"
                       "\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[1]}}"),
             E_MALFORMED);
    CHECK_STR(fault.reason, "radiation is not in W/m2");
    CHECK_EQ(read_text("{\"hourly_units\":{\"temperature_2m\":\"\xc2\xb0"
                       "F\"},\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[1]}}"),
             E_MALFORMED);
    CHECK_STR(fault.reason, "temperature is not in degrees C");
    CHECK_EQ(read_text("{\"hourly_units\":{\"time\":\"iso8601\"},"
                       "\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[1]}}"),
             E_MALFORMED);
    CHECK_STR(fault.reason, "times are not unix times");
}

static void numbers_that_are_none_are_no_answer(void)
{
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[NaN]}}"),
             E_MALFORMED);
    CHECK_EQ(read_text("{\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[1e999]}}"), E_OK);
    CHECK_EQ(points[0].global_mw_m2, TRUST_WEATHER_UNKNOWN);
}

CHECK_MAIN(TEST(neighbours_ask_for_the_same_cell),
           TEST(the_request_names_components_and_unix_times),
           TEST(quarters_are_read_and_gaps_stay_unknown), TEST(a_stamp_ends_its_step),
           TEST(the_first_of_several_places_is_taken), TEST(what_cannot_be_used_says_why),
           TEST(units_that_are_not_those_asked_for_are_refused),
           TEST(numbers_that_are_none_are_no_answer))
