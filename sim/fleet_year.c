/* SPDX-License-Identifier: MIT
 * A year of real homes.
 */
#include "fleet_year.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void fleet_run_day(struct fleet_run *run, const struct fleet_year *year, unsigned day,
                   const struct fleet_lie *lie)
{
    for (unsigned h = 0; h < DAY_HOURS; h++) {
        const unsigned hour = 1 + day * DAY_HOURS + h; /* row 0 belongs to the day before */
        const int64_t end = FLEET_YEAR_FIRST_END_UNIX_S + (int64_t)hour * HOUR_S;
        trust_engine_tick(&run->engine, end);
        for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
            int64_t energy = year->energy_mwh[home][hour];
            if (lie != NULL && home >= lie->home && home < lie->home + lie->n_homes &&
                day >= lie->from_day) {
                energy = lie->report(lie, home, hour, energy);
            }
            const struct trust_interval interval = {
                .end_unix_s = end, .span_s = HOUR_S, .energy_mwh = energy};
            if (trust_engine_interval(&run->engine, home, &interval) != E_OK) {
                fprintf(stderr, "hour %u of home %zu was not taken\n", hour, home + 1);
            }
        }
    }
    trust_engine_tick(&run->engine, FLEET_YEAR_FIRST_END_UNIX_S +
                                        (int64_t)(1 + day) * DAY_HOURS * HOUR_S +
                                        run->engine.config.grace_s);
}
