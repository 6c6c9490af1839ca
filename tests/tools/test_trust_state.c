/* SPDX-License-Identifier: MIT
 * `wattward trust replay` over what a gateway has stored: the same decisions, or the difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "db/decisions.h"
#include "db/readings.h"
#include "gateway_site.h"
#include "trust/settings.h"

enum { ROOFS = 5, THIEF = 2, DAYS = 60, TEXT_CAP = 1 << 18 };
/* 2026-05-01 */
static const int64_t first_day_s = INT64_C(1777593600);
static const struct weather_place place = {.known = true,
                                           .latitude_udeg = 39360000,
                                           .longitude_udeg = 16220000,
                                           .has_plane = true,
                                           .tilt_mdeg = 20000,
                                           .azimuth_mdeg = 180000};

static struct test_site t;
static struct test_device roofs[ROOFS];
static int64_t counters_mwh[ROOFS];
static char state[64];
static char out[TEXT_CAP];
static char err[TEXT_CAP];

static int64_t energy_mwh(int day, int hour, int roof)
{
    const int64_t height = hour <= 6 || hour >= 18 ? 0 : (hour - 6) * (18 - hour);
    const int64_t sky = 500 + day * 7919 % 11 * 50;
    const int64_t own = 995 + (day * 31 + hour * 17 + roof * 7) % 11;
    return height * sky * own * (10 + roof) / 250;
}

static int64_t end_of(int day, int hour)
{
    return first_day_s + day * INT64_C(86400) + (hour + 1) * 3600;
}

static void store(int day, int hour, int roof)
{
    static uint8_t bytes[4];
    const struct fleet_device *device = fleet_find(&t.site.fleet, roofs[roof].id);
    const int64_t unix_ms = end_of(day, hour) * 1000;
    struct telemetry_reading reading = {.device_id = device->id,
                                        .device_id_len = strlen(device->id),
                                        .boot_epoch = 1,
                                        .sequence = (uint32_t)(day * 24 + hour + 1),
                                        .unix_ms = unix_ms,
                                        .time_quality = TELEMETRY_TIME_SYNCED,
                                        .n_channels = 1,
                                        .channels = {{.energy_mwh = counters_mwh[roof]}}};
    const struct db_reading row = {.device = device->row,
                                   .key = device->key,
                                   .received_unix_ms = unix_ms,
                                   .form = DB_FORM_COSE,
                                   .bytes = bytes,
                                   .len = sizeof bytes,
                                   .reading = &reading};
    CHECK_EQ(db_reading_add(t.site.db, &row), 1);
}

static void judge(int day, int hour, int roof, int64_t counter_mwh)
{
    struct fleet_device *device = fleet_find(&t.site.fleet, roofs[roof].id);
    const struct trust_reading r = {.key = device->key,
                                    .unix_ms = end_of(day, hour) * 1000,
                                    .received_unix_ms = end_of(day, hour) * 1000,
                                    .time_known = true,
                                    .has_energy = true,
                                    .has_production = true,
                                    .energy_mwh = counter_mwh};
    trust_site_reading(t.site.trust, device, &r);
}

/* A forecast of half a sun for the day, told in its morning. */
static void tell_weather(int day)
{
    static struct trust_weather_point points[24];
    const struct trust_weather_series series = {
        .points = points, .cap = 24, .n = 24, .step_s = 3600};
    for (int hour = 0; hour < 24; hour++) {
        points[hour] =
            (struct trust_weather_point){end_of(day, hour), 500000, 200000, 300000, 20000};
    }
    const struct trust_weather_answer answer = {
        .cell = trust_weather_cell_of(place.latitude_udeg, place.longitude_udeg),
        .endpoint = TRUST_WEATHER_SATELLITE,
        .series = &series};
    CHECK_EQ(trust_site_weather(t.site.trust, &answer, end_of(day, 23) * 1000), 24);
}

/* A day is committed as one batch, and judged then: as the gateway does, only slower. */
static void live_a_day(int day, int percent)
{
    int64_t counted[24][ROOFS];
    CHECK_EQ(db_begin(t.site.db), E_OK);
    for (int hour = 0; hour < 24; hour++) {
        for (int roof = 0; roof < ROOFS; roof++) {
            const int64_t made = energy_mwh(day, hour, roof);
            counters_mwh[roof] += roof == THIEF ? made * percent / 100 : made;
            counted[hour][roof] = counters_mwh[roof];
            store(day, hour, roof);
        }
    }
    CHECK_EQ(db_commit(t.site.db), E_OK);
    for (int hour = 0; hour < 24; hour++) {
        for (int roof = 0; roof < ROOFS; roof++) {
            judge(day, hour, roof, counted[hour][roof]);
        }
    }
    tell_weather(day);
}

static void live(int percent, int from)
{
    struct trust_settings settings = {.place = place, .has_weather = true};
    struct trust_site_config config = {.site = &t.site, .has_weather = true};
    struct site_result result;
    char link_path[96];
    memset(counters_mwh, 0, sizeof counters_mwh);
    test_site_open(&t);
    CHECK_EQ(site_device_add_at(&t.site, "e", 4000, &place, &result), E_OK);
    for (int i = 0; i < ROOFS; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        test_site_add(&t, &roofs[i], name);
    }
    trust_seed_defaults(&settings.seed);
    settings.place.has_plane = false; /* a site has none, its devices do */
    config.place = settings.place;
    CHECK_EQ(trust_settings_put(t.site.db, &settings), E_OK);
    t.site.trust = trust_site_open(&config);
    CHECK(t.site.trust != NULL);
    for (int day = 0; day < DAYS; day++) {
        live_a_day(day, day >= from ? percent : 100);
    }
    trust_site_tick(t.site.trust, end_of(DAYS + 1, 0) * 1000);
    snprintf(state, sizeof state, "/tmp/wattward-state-XXXXXX");
    CHECK(mkdtemp(state) != NULL);
    snprintf(link_path, sizeof link_path, "%s/gateway", state);
    CHECK_EQ(symlink(t.directory, link_path), 0);
}

static void leave(void)
{
    char link_path[96];
    snprintf(link_path, sizeof link_path, "%s/gateway", state);
    (void)unlink(link_path);
    (void)rmdir(state);
    trust_site_close(t.site.trust);
    t.site.trust = NULL;
    test_site_close(&t);
}

static void slurp(const char *name, char *text)
{
    FILE *file = fopen(name, "r");
    CHECK(file != NULL);
    text[file == NULL ? 0 : fread(text, 1, TEXT_CAP - 1, file)] = '\0';
    if (file != NULL) {
        fclose(file);
    }
}

static int replay(const char *options)
{
    char command[512];
    snprintf(command, sizeof command,
             WATTWARD_PROGRAM " --state %s trust replay %s >%s/out 2>%s/err", state, options,
             t.directory, t.directory);
    const int status = system(command); // NOLINT(cert-env33-c): a program of ours
    char path[128];
    snprintf(path, sizeof path, "%s/out", t.directory);
    slurp(path, out);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/err", t.directory);
    slurp(path, err);
    (void)unlink(path);
    return WEXITSTATUS(status);
}

static void a_history_is_judged_again_as_it_was(void)
{
    live(130, 36);
    CHECK_EQ(replay(""), 0);
    CHECK(strstr(out, "\"device\":\"c\",\"kind\":\"action\",\"action\":\"ban\"") != NULL);
    CHECK(strstr(out, "\"same\":true") != NULL);
    CHECK(strstr(err, "the same as the gateway's") != NULL);
    CHECK(strstr(out, "\"weather_points\":1440") != NULL); /* 60 days of 24 */
    leave();
}

static void a_decision_that_does_not_follow_is_found(void)
{
    live(100, 99);
    const struct db_decision invented = {.device = fleet_find(&t.site.fleet, "a")->row,
                                         .unix_ms = end_of(50, 3) * 1000,
                                         .kind = "action",
                                         .action = "ban",
                                         .before = "none",
                                         .by = DB_BY_ENGINE,
                                         .reason = "because"};
    CHECK_EQ(db_decision_add(t.site.db, &invented), 1);
    CHECK_EQ(replay(""), 1);
    CHECK(strstr(out, "\"same\":false") != NULL);
    CHECK(strstr(err, "1 of its own are missing here") != NULL);
    leave();
}

static void a_theft_that_is_added_is_found_and_nothing_is_stored(void)
{
    live(100, 99);
    CHECK_EQ(replay("--inject c:1.3:2026-06-12"), 0);
    CHECK(strstr(out, "\"inject\":{\"device\":\"c\",\"factor\":1.300000") != NULL);
    CHECK(strstr(out, "\"watch_after_days\":null") == NULL);
    CHECK(strstr(out, "\"settle_after_days\":null") == NULL);
    CHECK_EQ(replay(""), 0); /* the gateway's file is as it was */
    CHECK_EQ(replay("--inject nobody:1.3:2026-06-12"), 1);
    CHECK(strstr(err, "--inject: nobody has no reading after that time") != NULL);
    leave();
}

static void what_cannot_be_judged_is_one_sentence(void)
{
    live(100, 99);
    CHECK_EQ(replay("--rule seed"), 1);
    CHECK(strstr(err, "--rule needs --devices and --readings") != NULL);
    CHECK_EQ(replay("--devices x"), 1);
    CHECK(strstr(err, "--devices and --readings go together") != NULL);
    leave();
    snprintf(state, sizeof state, "/nonexistent");
    test_site_open(&t);
    CHECK_EQ(replay(""), 1);
    CHECK(strstr(err, "/nonexistent/gateway/gateway.db cannot be read") != NULL);
    test_site_close(&t);
}

CHECK_MAIN(TEST(a_history_is_judged_again_as_it_was),
           TEST(a_decision_that_does_not_follow_is_found),
           TEST(a_theft_that_is_added_is_found_and_nothing_is_stored),
           TEST(what_cannot_be_judged_is_one_sentence))
