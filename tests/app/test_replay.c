/* SPDX-License-Identifier: MIT
 * The replay sensor: means and integrals of the record, continuity, wrapping, refusals.
 */
#include "app/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { HOUR_MS = 3600000 };
#define START_MS 1470038400000 /* 2016-08-01T00:00-08:00 */

enum { HOURS = 364 * 24 }; /* so that a site of a year and more has the sun of its record */
static struct replay_hour hours[REPLAY_HOURS_MAX + 1];

static struct site_time at(int64_t unix_ms)
{
    return (struct site_time){.now_ms = 0, .unix_ms = unix_ms, .quality = TELEMETRY_TIME_SYNCED};
}

static struct sensor_sample sample(struct replay *r, int64_t unix_ms)
{
    struct sensor_sample s = {0};
    const struct site_time time = at(unix_ms);
    CHECK_EQ(replay_read(r, &time, &s), E_OK);
    CHECK_EQ(s.n_channels, 4);
    return s;
}

static int parse(struct replay_record *record, const char *text, size_t *line)
{
    return replay_record_parse(record, hours, sizeof hours / sizeof hours[0], text, strlen(text),
                               line);
}

static bool load(struct replay_record *record, int home)
{
    static char text[1 << 18];
    char path[64];
    size_t line = 0;
    snprintf(path, sizeof path, "sim/homes/home-%02d.csv", home);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    if (file == NULL) {
        return false;
    }
    const size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    return CHECK_EQ(
        replay_record_parse(record, hours, sizeof hours / sizeof hours[0], text, len, &line), E_OK);
}

static void every_shipped_home_is_a_year(void)
{
    for (int home = 1; home <= 17; home++) {
        struct replay_record record;
        if (load(&record, home)) {
            CHECK_EQ(record.n_hours, HOURS);
            /* An hour's mean in mW is its energy in mWh. */
            int64_t made_mwh = 0;
            for (size_t i = 0; i < record.n_hours; i++) {
                made_mwh += record.hours[i].production_mw;
            }
            CHECK_EQ(record.hours[HOURS].before_mwh[TELEMETRY_PRODUCTION], made_mwh);
        }
    }
}

static void each_hour_keeps_its_mean(void)
{
    struct replay_record record;
    struct replay r;
    if (!load(&record, 1)) {
        return;
    }
    replay_init(&r, &record, START_MS, 1);
    for (int i = 0; i < 100; i++) {
        const struct sensor_sample from = sample(&r, START_MS + (int64_t)i * HOUR_MS);
        const struct sensor_sample to = sample(&r, START_MS + (int64_t)(i + 1) * HOUR_MS);
        CHECK_EQ(to.channels[0].register_mwh - from.channels[0].register_mwh,
                 record.hours[i].production_mw);
        CHECK_EQ(to.channels[1].register_mwh - from.channels[1].register_mwh,
                 record.hours[i].consumption_mw);
    }
}

static void the_register_is_the_integral_of_the_power(void)
{
    struct replay_record record;
    struct replay r;
    if (!load(&record, 2)) {
        return;
    }
    replay_init(&r, &record, START_MS, 2);
    enum { STEP_MS = 5000, DAY = 24 * HOUR_MS / STEP_MS };
    struct sensor_sample before = sample(&r, START_MS);
    int64_t sum_uj[4] = {0};
    const struct sensor_sample first = before;
    for (int i = 1; i <= DAY; i++) {
        const struct sensor_sample s = sample(&r, START_MS + (int64_t)i * STEP_MS);
        for (int c = 0; c < 4; c++) {
            const int64_t step_uj =
                ((int64_t)s.channels[c].power_mw + before.channels[c].power_mw) * STEP_MS / 2;
            sum_uj[c] += step_uj;
            CHECK(s.channels[c].register_mwh >= before.channels[c].register_mwh);
            const int64_t off_mwh =
                s.channels[c].register_mwh - first.channels[c].register_mwh - sum_uj[c] / 3600000;
            CHECK(off_mwh >= -60 && off_mwh <= 60);
        }
        before = s;
    }
}

static void power_never_jumps_and_never_falls_below_zero(void)
{
    struct replay_record record;
    struct replay r;
    if (!load(&record, 16)) {
        return;
    }
    replay_init(&r, &record, START_MS, 16);
    /* Across the wrap too: the last day and the first of the next round. */
    struct sensor_sample before = sample(&r, START_MS + (int64_t)1416 * HOUR_MS);
    for (int64_t t_ms = (int64_t)1416 * HOUR_MS; t_ms < (int64_t)1464 * HOUR_MS; t_ms += 10000) {
        const struct sensor_sample s = sample(&r, START_MS + t_ms);
        for (int c = 0; c < 4; c++) {
            const int32_t step_mw = s.channels[c].power_mw - before.channels[c].power_mw;
            CHECK(s.channels[c].power_mw >= 0);
            CHECK(step_mw > -120000 && step_mw < 120000);
            CHECK(s.channels[c].register_mwh >= before.channels[c].register_mwh);
        }
        before = s;
    }
}

static void what_a_home_lacks_is_imported_and_what_is_left_is_exported(void)
{
    struct replay_record record;
    struct replay r;
    if (!load(&record, 4)) {
        return;
    }
    replay_init(&r, &record, START_MS, 4);
    const struct sensor_sample first = sample(&r, START_MS);
    struct sensor_sample s = first;
    for (int64_t t_ms = 0; t_ms < (int64_t)HOURS * HOUR_MS; t_ms += 1234567) {
        s = sample(&r, START_MS + t_ms);
        const int32_t net_mw = s.channels[2].power_mw - s.channels[3].power_mw;
        const int32_t off_mw = s.channels[1].power_mw - s.channels[0].power_mw - net_mw;
        CHECK(off_mw >= -2 && off_mw <= 2);
        CHECK(s.channels[2].power_mw == 0 || s.channels[3].power_mw == 0);
    }
    int64_t grown_mwh[4];
    for (int c = 0; c < 4; c++) {
        grown_mwh[c] = s.channels[c].register_mwh - first.channels[c].register_mwh;
    }
    /* Rounding of at most 1 mWh in each half hour. */
    const int64_t off_mwh = grown_mwh[1] - grown_mwh[0] - grown_mwh[2] + grown_mwh[3];
    CHECK(off_mwh > -3000 && off_mwh < 3000);
    CHECK(grown_mwh[2] > 0 && grown_mwh[3] > 0);
}

static void the_record_starts_again_at_its_end_and_before_its_start(void)
{
    struct replay_record record;
    struct replay r;
    if (!load(&record, 3)) {
        return;
    }
    replay_init(&r, &record, START_MS, 3);
    const int64_t round_ms = (int64_t)HOURS * HOUR_MS;
    const int64_t noon_ms = START_MS + (int64_t)36 * HOUR_MS + 123456;
    const int32_t power_mw = sample(&r, noon_ms).channels[0].power_mw;
    CHECK(power_mw > 0);
    CHECK_EQ(sample(&r, noon_ms + 7 * round_ms).channels[0].power_mw, power_mw);
    CHECK_EQ(sample(&r, noon_ms - 3 * round_ms).channels[0].power_mw, power_mw);
    CHECK_EQ(sample(&r, noon_ms + round_ms).channels[0].register_mwh -
                 sample(&r, noon_ms).channels[0].register_mwh,
             record.hours[HOURS].before_mwh[0]);
}

static void voltage_current_and_power_belong_together(void)
{
    struct replay_record record;
    struct replay r;
    if (!load(&record, 5)) {
        return;
    }
    replay_init(&r, &record, START_MS, 5);
    for (int64_t t_ms = 0; t_ms < (int64_t)240 * HOUR_MS; t_ms += 777777) {
        const struct sensor_sample s = sample(&r, START_MS + t_ms);
        for (int c = 0; c < 4; c++) {
            const struct sensor_channel *channel = &s.channels[c];
            CHECK(channel->voltage_mv > 220000 && channel->voltage_mv < 240000);
            CHECK(channel->frequency_millihz > 49950 && channel->frequency_millihz < 50050);
            const int64_t product_mw = (int64_t)channel->voltage_mv * channel->current_ma / 1000;
            CHECK(llabs(product_mw - channel->power_mw) <= 130); /* half a mA at 240 V */
        }
    }
}

static void an_unknown_time_gives_no_sample(void)
{
    struct replay_record record;
    struct replay r;
    struct sensor_sample s;
    if (!load(&record, 1)) {
        return;
    }
    replay_init(&r, &record, START_MS, 1);
    struct site_time time = at(START_MS);
    time.quality = TELEMETRY_TIME_UNKNOWN;
    CHECK_EQ(replay_read(&r, &time, &s), E_STATE);
    time = at(INT64_MIN);
    CHECK_EQ(replay_read(&r, &time, &s), E_LIMIT);
    time = at(INT64_MAX);
    CHECK_EQ(replay_read(&r, &time, &s), E_LIMIT);
}

static void a_broken_record_names_its_line(void)
{
    struct replay_record record;
    size_t line = 0;
    CHECK_EQ(parse(&record, "", &line), E_MALFORMED);
    CHECK_EQ(line, 1);
    CHECK_EQ(parse(&record, "production_w;consumption_w\n1;2\n", &line), E_MALFORMED);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n", &line), E_ARG);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n1,2\n", &line), E_ARG);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n1,2\n-3,2\n", &line), E_MALFORMED);
    CHECK_EQ(line, 3);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n1,2", &line), E_MALFORMED);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n1,\n", &line), E_MALFORMED);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n1000001,1\n", &line), E_MALFORMED);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n99999999999999,1\n", &line), E_MALFORMED);
    CHECK_EQ(parse(&record, "production_w,consumption_w\n1,2,3\n", &line), E_MALFORMED);
}

static void a_record_too_long_for_its_table_is_refused(void)
{
    static const char two[] = "production_w,consumption_w\n1,2\n1,2\n";
    struct replay_record record;
    size_t line = 0;
    CHECK_EQ(replay_record_parse(&record, hours, 2, two, sizeof two - 1, &line), E_LIMIT);
}

CHECK_MAIN(TEST(every_shipped_home_is_a_year), TEST(each_hour_keeps_its_mean),
           TEST(the_register_is_the_integral_of_the_power),
           TEST(power_never_jumps_and_never_falls_below_zero),
           TEST(what_a_home_lacks_is_imported_and_what_is_left_is_exported),
           TEST(the_record_starts_again_at_its_end_and_before_its_start),
           TEST(voltage_current_and_power_belong_together), TEST(an_unknown_time_gives_no_sample),
           TEST(a_broken_record_names_its_line), TEST(a_record_too_long_for_its_table_is_refused))
