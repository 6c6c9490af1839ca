/* SPDX-License-Identifier: MIT
 * The homes that a whole site plays, under the weather that it serves: for as long as their record
 * lasts nothing of them is impossible, and by neighbours and weather nobody is more than watched.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "sim/home_record.h"
#include "trust/engine.h"
#include "trust/explain.h"
#include "trust/sky.h"
#include "weather_sky.h"

enum { HOMES = 17, STEP_S = 300, HOUR_S = 3600, DAY_S = 86400, DAYS = 60 };
static const int64_t first_unix_s = INT64_C(1470038400);
static struct weather_place places[HOMES];
static uint32_t rated_w[HOMES];

static struct trust_device devices[HOMES];
static int32_t evidence[HOMES];
static struct trust_engine engine;
static struct trust_sky skies[HOMES];
static struct replay homes[HOMES];
static int64_t counters_mwh[HOMES];
static unsigned n_actions;

static void read_roofs(void)
{
    char line[128];
    FILE *file = fopen("sim/homes/homes.csv", "r");
    CHECK(file != NULL && fgets(line, sizeof line, file) != NULL);
    for (int i = 0; i < HOMES; i++) {
        int tilt_deg = 0;
        int azimuth_deg = 0;
        CHECK(fgets(line, sizeof line, file) != NULL);
        // NOLINTNEXTLINE(cert-err34-c): a file of our own
        const int n = sscanf(line, "home-%*d,%u,%d,%d", &rated_w[i], &tilt_deg, &azimuth_deg);
        CHECK(n == 3 || n == 1);
        places[i] = (struct weather_place){.known = true,
                                           .latitude_udeg = 34100000,
                                           .longitude_udeg = -117400000,
                                           .has_plane = n == 3,
                                           .tilt_mdeg = tilt_deg * 1000,
                                           .azimuth_mdeg = azimuth_deg * 1000};
    }
    fclose(file);
}

static void open_homes(void)
{
    static struct replay_record records[HOMES];
    struct trust_config config;
    read_roofs();
    trust_config_defaults(&config, -117400000);
    trust_engine_init(&engine, &config, devices, evidence, HOMES);
    for (int i = 0; i < HOMES; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "home-%02d", i + 1);
        CHECK_EQ(sim_home_record_load(&records[i], "sim/homes", id), E_OK);
        replay_init(&homes[i], &records[i], first_unix_s * 1000, (uint32_t)i);
        trust_engine_add(&engine, (size_t)i, rated_w[i]);
    }
}

static void take_events(void)
{
    struct trust_event event;
    while (trust_engine_event(&engine, &event)) {
        char text[TRUST_REASON_CAP + 1];
        struct wbuf w = wbuf_of(text, TRUST_REASON_CAP);
        trust_explain(&engine.config, &event, &w);
        text[wbuf_len(&w)] = '\0';
        if (event.kind == TRUST_EVENT_ACTION && event.action > TRUST_WATCH) {
            n_actions++;
            (void)fprintf(stderr, "home-%02zu day %d: %s: %s\n", event.device + 1,
                          (int)((event.unix_s - first_unix_s) / DAY_S),
                          trust_action_name(event.action), text);
        }
    }
}

static void read_meter(int home, int64_t unix_s)
{
    const struct site_time time = {.unix_ms = unix_s * 1000, .quality = TELEMETRY_TIME_SYNCED};
    struct sensor_sample v;
    CHECK_EQ(replay_read(&homes[home], &time, &v), E_OK);
    struct trust_interval in = {.end_unix_s = unix_s,
                                .span_s = STEP_S,
                                .energy_mwh = v.channels[0].register_mwh - counters_mwh[home],
                                .has_power = true,
                                .power_mw = v.channels[0].power_mw};
    struct solar_roof roof = weather_roof_of(&places[home], rated_w[home]);
    roof.has_plane = false;
    counters_mwh[home] = v.channels[0].register_mwh;
    if (unix_s > first_unix_s) {
        trust_sky_add(&skies[home], &roof, &in);
        CHECK_EQ(trust_engine_interval(&engine, (size_t)home, &in), E_OK);
    }
}

/* What the satellite saw of the hour that is over. */
static void tell_weather(struct weather_sky *sky, int64_t hour_unix_s)
{
    struct trust_weather_point points[4];
    const struct trust_weather_series series = {
        .points = points, .cap = 4, .n = 4, .step_s = WEATHER_QUARTER_S};
    for (int i = 0; i < 4; i++) {
        const int64_t end = hour_unix_s + (i + 1) * WEATHER_QUARTER_S;
        const struct weather_quarter q = weather_sky_at(sky, end);
        points[i] = (struct trust_weather_point){
            end, (int32_t)(q.global * 1000), (int32_t)(q.direct_normal * 1000),
            (int32_t)(q.diffuse * 1000), (int32_t)(q.air_c * 1000)};
    }
    for (int home = 0; home < HOMES; home++) {
        if (!places[home].has_plane) {
            continue;
        }
        const struct solar_roof roof = weather_roof_of(&places[home], rated_w[home]);
        int64_t power_mw = 0;
        CHECK(weather_hour_mw(&series, &roof, hour_unix_s, &power_mw));
        (void)!trust_engine_expect(&engine, (size_t)home, hour_unix_s, power_mw);
    }
}

static void honest_homes_are_left_alone(void)
{
    struct weather_sky sky;
    CHECK_EQ(weather_sky_open_homes(&sky, "sim/homes", 34.1, -117.4), E_OK);
    open_homes();
    const char *days = getenv("WATTWARD_SKY_DAYS");
    const int64_t last = first_unix_s + (days ? atoi(days) : DAYS) * (int64_t)DAY_S;
    for (int64_t at = first_unix_s; at <= last; at += STEP_S) {
        trust_engine_tick(&engine, at);
        for (int home = 0; home < HOMES; home++) {
            read_meter(home, at);
        }
        if (at % HOUR_S == 0) {
            tell_weather(&sky, at - HOUR_S);
        }
        take_events();
    }
    CHECK_EQ(n_actions, 0);
    weather_sky_close(&sky);
}

CHECK_MAIN(TEST(honest_homes_are_left_alone))
