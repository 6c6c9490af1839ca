/* SPDX-License-Identifier: MIT
 * A year of real homes.
 */
#include "fleet_year.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solar/roof.h"

enum { LINE_CAP = 512, COLUMNS = 12, HOUR_S = 3600, DAY_HOURS = 24 };

/* The sizes that schema.json of the data states. */
static const uint32_t rated_w[FLEET_YEAR_HOMES] = {4000, 4000, 4000, 5000, 4000, 4000,
                                                   4000, 4000, 4000, 5000, 5000, 5000,
                                                   5000, 5000, 5000, 5000, 5000};

/* The last column: W per kW of rated power. */
static int read_home(FILE *file, uint32_t watts, int32_t *energy_mwh)
{
    char line[LINE_CAP];
    if (fgets(line, sizeof line, file) == NULL) { /* the names of the columns */
        return E_MALFORMED;
    }
    for (unsigned hour = 0; hour < FLEET_YEAR_HOURS; hour++) {
        const char *last = fgets(line, sizeof line, file) == NULL ? NULL : strrchr(line, ',');
        char *end = NULL;
        const double share = last == NULL ? -1 : strtod(last + 1, &end);
        if (last == NULL || end == last + 1 || share < -1 || share > 2000) {
            return E_MALFORMED;
        }
        energy_mwh[hour] = (int32_t)(share < 0 ? 0 : share * watts + 0.5);
    }
    return E_OK;
}

/* The sun of Fontana, California, over each hour. */
static void compute_sun(struct fleet_year *year)
{
    const struct solar_roof roof = {.site = {.latitude_deg = 34.1,
                                             .longitude_deg = -117.4,
                                             .altitude_m = 300,
                                             .pressure_pa = solar_pressure_pa(300),
                                             .temperature_c = 18},
                                    .rated_w = 1,
                                    .linke_turbidity = 2};
    for (unsigned hour = 0; hour < FLEET_YEAR_HOURS; hour++) {
        const double end = (double)FLEET_YEAR_FIRST_END_UNIX_S + (double)hour * HOUR_S;
        double most_w = 0;
        year->night[hour] = true;
        for (int half = 0; half <= 2; half++) {
            const double at = end - half * HOUR_S / 2.0;
            most_w = fmax(most_w, solar_roof_most_w(&roof, at));
            year->night[hour] = year->night[hour] && solar_roof_is_night(&roof, at);
        }
        year->most_mw_per_w[hour] = (int32_t)(most_w * 1000);
    }
}

int fleet_year_load(struct fleet_year *year, const char *directory)
{
    for (unsigned home = 0; home < FLEET_YEAR_HOMES; home++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/b%u.csv", directory, home + 1);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            return E_NOTFOUND;
        }
        year->rated_w[home] = rated_w[home];
        const int result = read_home(file, rated_w[home], year->energy_mwh[home]);
        fclose(file);
        if (result != E_OK) {
            return result;
        }
    }
    compute_sun(year);
    return E_OK;
}

void fleet_run_init(struct fleet_run *run, const struct fleet_year *year,
                    const struct trust_config *config)
{
    trust_engine_init(&run->engine, config, run->devices, run->evidence, FLEET_YEAR_HOMES);
    for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
        trust_engine_add(&run->engine, home, year->rated_w[home]);
    }
    trust_engine_tick(&run->engine, FLEET_YEAR_FIRST_END_UNIX_S);
}

void fleet_run_copy(struct fleet_run *to, const struct fleet_run *from)
{
    *to = *from;
    to->engine.devices = to->devices;
    to->engine.evidence = to->evidence;
}

int64_t fleet_lie_gain(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                       unsigned hour)
{
    return year->energy_mwh[home][hour] * lie->per_mille / 1000;
}

int64_t fleet_reported(const struct fleet_year *year, const struct fleet_lie *lie, size_t home,
                       unsigned hour)
{
    const unsigned day = hour == 0 ? 0 : (hour - 1) / DAY_HOURS;
    if (lie == NULL || lie->report == NULL || (lie->homes >> home & 1) == 0 ||
        day < lie->from_day) {
        return year->energy_mwh[home][hour];
    }
    return lie->report(lie, year, home, hour);
}

static void report_hour(struct fleet_run *run, const struct fleet_year *year, size_t home,
                        unsigned hour, int64_t energy_mwh)
{
    const struct trust_interval interval = {
        .end_unix_s = FLEET_YEAR_FIRST_END_UNIX_S + (int64_t)hour * HOUR_S,
        .span_s = HOUR_S,
        .energy_mwh = energy_mwh,
        .has_sky = true,
        .night = year->night[hour],
        .clear_sky_mw = (int64_t)year->most_mw_per_w[hour] * year->rated_w[home]};
    if (trust_engine_interval(&run->engine, home, &interval) != E_OK) {
        fprintf(stderr, "hour %u of home %zu was not taken\n", hour, home + 1);
    }
}

/* A weather service that knows exactly what each roof gets, or lies about it. */
static void expect_hour(struct fleet_run *run, const struct fleet_year *year, size_t home,
                        unsigned hour, int64_t permille)
{
    const int64_t begin = FLEET_YEAR_FIRST_END_UNIX_S + ((int64_t)hour - 1) * HOUR_S;
    if (trust_engine_expect(&run->engine, home, begin,
                            year->energy_mwh[home][hour] * permille / 1000) != E_OK) {
        fprintf(stderr, "the weather of hour %u was not taken\n", hour);
    }
}

void fleet_run_day(struct fleet_run *run, const struct fleet_year *year, unsigned day,
                   const struct fleet_lie *lie)
{
    for (unsigned h = 0; h < DAY_HOURS; h++) {
        const unsigned hour = 1 + day * DAY_HOURS + h; /* row 0 belongs to the day before */
        trust_engine_tick(&run->engine, FLEET_YEAR_FIRST_END_UNIX_S + (int64_t)hour * HOUR_S);
        int64_t measured_mwh = 0; /* by the transformer's meter */
        for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
            measured_mwh += year->energy_mwh[home][hour];
            report_hour(run, year, home, hour, fleet_reported(year, lie, home, hour));
            if (lie != NULL && lie->weather_permille != 0) {
                expect_hour(run, year, home, hour,
                            day < lie->from_day ? 1000 : lie->weather_permille);
            }
        }
        if (trust_engine_feeder(&run->engine, FLEET_YEAR_FIRST_END_UNIX_S + (int64_t)hour * HOUR_S,
                                HOUR_S, measured_mwh) != E_OK) {
            fprintf(stderr, "the feeder's hour %u was not taken\n", hour);
        }
    }
    trust_engine_tick(&run->engine, FLEET_YEAR_FIRST_END_UNIX_S +
                                        (int64_t)(1 + day) * DAY_HOURS * HOUR_S +
                                        run->engine.config.grace_s);
}
