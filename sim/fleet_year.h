/* SPDX-License-Identifier: MIT
 * A year of real neighbouring homes (CityLearn 2022), hour by hour, played to the trust engine, as
 * they were or with one or more of them lying.
 */
#ifndef SIM_FLEET_YEAR_H
#define SIM_FLEET_YEAR_H

#include <stddef.h>
#include <stdint.h>

#include "trust/engine.h"

enum { FLEET_YEAR_HOMES = 17, FLEET_YEAR_HOURS = 8760, FLEET_YEAR_DAYS = 364 };

/* The first hour ends at 2016-08-01 00:00 local standard time, UTC-8. */
#define FLEET_YEAR_FIRST_END_UNIX_S INT64_C(1470038400)
#define FLEET_YEAR_LONGITUDE_UDEG   (-117400000)

struct fleet_year {
    uint32_t rated_w[FLEET_YEAR_HOMES];
    int32_t energy_mwh[FLEET_YEAR_HOMES][FLEET_YEAR_HOURS];
    bool night[FLEET_YEAR_HOURS];
    int32_t most_mw_per_w[FLEET_YEAR_HOURS]; /* under a clear sky, a roof that faces the sun */
};

/* Reads b1.csv to b17.csv of a directory. E_NOTFOUND when one is absent, E_MALFORMED. */
int fleet_year_load(struct fleet_year *year, const char *directory) MUST_USE;

/* An engine of that many places with its memory; free() it. */
struct fleet_run {
    struct trust_engine engine;
    struct trust_device devices[FLEET_YEAR_HOMES];
    int32_t evidence[FLEET_YEAR_HOMES];
};
void fleet_run_init(struct fleet_run *run, const struct fleet_year *year,
                    const struct trust_config *config);
/* Copies a run, so that an attack can start from any day of an honest year. */
void fleet_run_copy(struct fleet_run *to, const struct fleet_run *from);

/* What homes report in place of what they produced. */
struct fleet_lie {
    int64_t (*report)(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                      unsigned hour);
    uint32_t homes; /* the ones that lie, a bit each */
    unsigned from_day;
    int64_t per_mille;        /* a gain, where the lie has one */
    int64_t weather_permille; /* what the weather service says of the truth; 0: there is none */
};
static inline uint32_t fleet_home(unsigned number) /* 1 to 17 */
{
    return UINT32_C(1) << (number - 1);
}
int64_t fleet_lie_gain(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                       unsigned hour);
/* What a home reports in an hour, lie or no lie (NULL). */
int64_t fleet_reported(const struct fleet_year *year, const struct fleet_lie *lie, size_t home,
                       unsigned hour);
/* Plays one day (0 is the first whole one) and judges it; `lie` may be NULL. */
void fleet_run_day(struct fleet_run *run, const struct fleet_year *year, unsigned day,
                   const struct fleet_lie *lie);

#endif
