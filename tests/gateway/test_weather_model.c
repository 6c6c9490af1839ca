/* SPDX-License-Identifier: MIT
 * From weather to power, and the traps of the service's conventions.
 */
#include "check.h"

#include "weather/cells.h"

enum { HOUR_S = 3600, QUARTER_S = 900, QUARTERS = 96 };
/* 2026-06-21 in Calabria, where the sun culminates at about 10:57 UTC. */
static const int64_t day_s = INT64_C(1782000000);
static const struct weather_place place = {
    .known = true, .latitude_udeg = 39360000, .longitude_udeg = 16220000, .has_plane = true};

static struct trust_weather_point points[QUARTERS];
static struct trust_weather_series series;

/* A clear day by the clear-sky model, as components; in means over steps that end at the stamp. */
static void clear_day(uint32_t step_s)
{
    const struct solar_roof roof = weather_roof_of(&place, 1);
    series = (struct trust_weather_series){
        .points = points, .cap = QUARTERS, .n = 86400 / step_s, .step_s = step_s};
    for (size_t i = 0; i < series.n; i++) {
        double sum[3] = {0};
        const int64_t begin = day_s + (int64_t)i * step_s;
        for (unsigned k = 0; k < 15; k++) {
            const double at = (double)begin + step_s * (k + 0.5) / 15;
            const struct solar_position sun = solar_position_at(&roof.site, at, SOLAR_DELTA_T_S);
            const double air = solar_relative_airmass(sun.apparent_zenith_deg);
            const struct solar_sky sky =
                solar_clear_sky(sun.apparent_zenith_deg, air, 3.5, 0,
                                solar_extraterrestrial(solar_day_of_year(at)));
            sum[0] += sky.global / 15;
            sum[1] += sky.direct_normal / 15;
            sum[2] += sky.diffuse / 15;
        }
        points[i] = (struct trust_weather_point){.end_unix_s = begin + step_s,
                                                 .global_mw_m2 = (int32_t)(sum[0] * 1000),
                                                 .direct_normal_mw_m2 = (int32_t)(sum[1] * 1000),
                                                 .diffuse_mw_m2 = (int32_t)(sum[2] * 1000),
                                                 .air_mc = 28000};
    }
}

static int64_t hour_mw(int32_t tilt_deg, int32_t azimuth_deg, int hour)
{
    struct weather_place p = place;
    int64_t power_mw = -1;
    p.tilt_mdeg = tilt_deg * 1000;
    p.azimuth_mdeg = azimuth_deg * 1000;
    const struct solar_roof roof = weather_roof_of(&p, 4000);
    CHECK(weather_hour_mw(&series, &roof, day_s + hour * HOUR_S, &power_mw));
    return power_mw;
}

static void azimuth_counts_from_north_over_east(void)
{
    clear_day(QUARTER_S);
    CHECK(hour_mw(45, 90, 6) > 2 * hour_mw(45, 270, 6));   /* morning: the roof to the east */
    CHECK(hour_mw(45, 270, 16) > 2 * hour_mw(45, 90, 16)); /* evening: the one to the west */
    CHECK(hour_mw(45, 180, 11) > hour_mw(45, 0, 11));
}

static void a_clear_day_gives_what_it_should(void)
{
    int64_t sum_mwh = 0;
    clear_day(QUARTER_S);
    for (int hour = 0; hour < 24; hour++) {
        sum_mwh += hour_mw(30, 180, hour);
    }
    /* 27.6 kWh of direct current before glass and losses of a seventh; see the golden day */
    CHECK(sum_mwh > 21000000 && sum_mwh < 24000000);
}

/* Read as values of the moment of their stamp, means of an hour would be half an hour late: the
 * morning would lose what the evening gains. */
static void a_stamp_ends_the_step_that_it_means(void)
{
    int64_t fine[24];
    clear_day(QUARTER_S);
    for (int hour = 0; hour < 24; hour++) {
        fine[hour] = hour_mw(30, 180, hour);
    }
    clear_day(HOUR_S);
    for (int hour = 6; hour < 17; hour++) {
        const int64_t coarse = hour_mw(30, 180, hour);
        CHECK(coarse > fine[hour] * 93 / 100 && coarse < fine[hour] * 107 / 100);
    }
    for (size_t i = 0; i < series.n; i++) {
        points[i].end_unix_s += HOUR_S; /* what the mistake would look like */
    }
    CHECK(hour_mw(30, 180, 6) < fine[6] * 93 / 100);
}

static void a_step_that_is_missing_makes_its_hour_unknown(void)
{
    int64_t power_mw = 77;
    clear_day(QUARTER_S);
    points[45].global_mw_m2 = TRUST_WEATHER_UNKNOWN;
    struct weather_place p = place;
    const struct solar_roof roof = weather_roof_of(&p, 4000);
    CHECK(!weather_hour_mw(&series, &roof, day_s + 11 * HOUR_S, &power_mw));
    CHECK_EQ(power_mw, 77);
    CHECK(!weather_hour_mw(&series, &roof, day_s - HOUR_S, &power_mw));
    CHECK(!weather_hour_mw(&series, &roof, day_s + 24 * HOUR_S, &power_mw));
}

static void parts_that_are_missing_are_split_from_the_whole(void)
{
    clear_day(QUARTER_S);
    const int64_t known = hour_mw(30, 180, 11);
    for (size_t i = 0; i < series.n; i++) {
        points[i].direct_normal_mw_m2 = TRUST_WEATHER_UNKNOWN;
    }
    const int64_t split = hour_mw(30, 180, 11);
    CHECK(split > known * 95 / 100 && split < known * 105 / 100);
}

static void the_seeds_yield_is_radiation_of_a_thousand_and_at_most_one(void)
{
    int64_t power_mw = 0;
    clear_day(QUARTER_S);
    points[44].global_mw_m2 = 500000;
    points[45].global_mw_m2 = 1200000;
    CHECK(weather_seed_mw(&series, 3000, day_s + 44 * QUARTER_S + 1, &power_mw));
    CHECK_EQ(power_mw, 1500000);
    CHECK(weather_seed_mw(&series, 3000, day_s + 46 * QUARTER_S, &power_mw));
    CHECK_EQ(power_mw, 3000000);
    CHECK_EQ(weather_seed_guess_mw(3000, 0, day_s + 12 * HOUR_S), 3000000);
    CHECK_EQ(weather_seed_guess_mw(3000, 0, day_s + 5 * HOUR_S), 0);
    CHECK_EQ(weather_seed_guess_mw(3000, 90, day_s + 6 * HOUR_S), 3000000);
}

static struct weather_cells cells;

static int take(size_t cell, enum trust_weather_endpoint endpoint, int64_t end, int32_t global,
                int32_t air)
{
    const struct weather_taken w = {
        .endpoint = endpoint,
        .step_s = QUARTER_S,
        .point = {.end_unix_s = end, .global_mw_m2 = global, .air_mc = air}};
    return weather_cells_take(&cells, cell, &w);
}

static void what_was_taken_stays_and_room_is_made_for_what_comes(void)
{
    const struct trust_weather_cell here = trust_weather_cell_of(39360000, 16220000);
    const int cell = weather_cells_find(&cells, here);
    CHECK_EQ(cell, 0);
    CHECK_EQ(weather_cells_find(&cells, here), 0);
    for (int64_t i = 1; i <= 2000; i++) {
        CHECK_EQ(take(0, TRUST_WEATHER_FORECAST, i * QUARTER_S, (int32_t)i, 5000), E_OK);
    }
    CHECK_EQ(take(0, TRUST_WEATHER_FORECAST, 2000 * QUARTER_S, 1, 1), E_STATE);
    CHECK_EQ(take(0, TRUST_WEATHER_SATELLITE, 2000 * QUARTER_S, 1, TRUST_WEATHER_UNKNOWN), E_OK);
    CHECK_EQ(cells.cells[0]->points[TRUST_WEATHER_SATELLITE][0].air_mc, 5000); /* borrowed */
    int64_t power_mw = 0;
    for (int64_t i = 2000 - 192; i <= 2000; i++) { /* two days are always there */
        CHECK(weather_cells_seed_mw(&cells, 0, 1000, i * QUARTER_S, &power_mw));
        CHECK_EQ(power_mw, i);
    }
    weather_cells_free(&cells);
}

static void there_are_so_many_cells_and_no_more(void)
{
    for (int i = 0; i < WEATHER_CELLS_MAX; i++) {
        CHECK_EQ(weather_cells_find(&cells, (struct trust_weather_cell){i, 0}), i);
    }
    CHECK_EQ(weather_cells_find(&cells, (struct trust_weather_cell){0, 1}), E_NOSPACE);
    CHECK_EQ(weather_cells_find(&cells, (struct trust_weather_cell){3, 0}), 3);
    weather_cells_free(&cells);
}

CHECK_MAIN(TEST(azimuth_counts_from_north_over_east), TEST(a_clear_day_gives_what_it_should),
           TEST(a_stamp_ends_the_step_that_it_means),
           TEST(a_step_that_is_missing_makes_its_hour_unknown),
           TEST(parts_that_are_missing_are_split_from_the_whole),
           TEST(the_seeds_yield_is_radiation_of_a_thousand_and_at_most_one),
           TEST(what_was_taken_stays_and_room_is_made_for_what_comes),
           TEST(there_are_so_many_cells_and_no_more))
