/* SPDX-License-Identifier: MIT
 * Attacks on energy: what homes report in place of what they produced.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "attack.h"
#include "base/assert.h"
#include "base/wbuf.h"
#include "random.h"
#include "trust/seed.h"

enum { DAY_HOURS = 24, HORIZON_DAYS = 120, STARTS = 5, FIRST_START = 60, BETWEEN_STARTS = 30 };

static unsigned day_of(unsigned hour)
{
    return (hour - 1) / DAY_HOURS;
}

/* ---- the lies ---- */

static int64_t truth(const struct fleet_year *year, size_t home, unsigned hour)
{
    return year->energy_mwh[home][hour];
}

/* One percent more a day, up to a half more. */
static int64_t report_ramp(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                           unsigned hour)
{
    const unsigned days = day_of(hour) - lie->from_day + 1;
    return truth(year, home, hour) * (1000 + 10 * (days < 50 ? days : 50)) / 1000;
}

/* A thousandth more a day, for ever. */
static int64_t report_drift(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                            unsigned hour)
{
    return truth(year, home, hour) * (1000 + day_of(hour) - lie->from_day + 1) / 1000;
}

/* The margin that the original rule gives at night, all night. */
static int64_t report_night(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                            unsigned hour)
{
    (void)lie;
    return year->night[hour] ? 100000 : truth(year, home, hour);
}

/* Everything two hours late: a clock, or a trick with hourly prices. */
static int64_t report_shifted(const struct fleet_lie *lie, const struct fleet_year *year,
                              size_t home, unsigned hour)
{
    (void)lie;
    return truth(year, home, hour - 2);
}

/* Ten minutes late. */
static int64_t report_skewed(const struct fleet_lie *lie, const struct fleet_year *year,
                             size_t home, unsigned hour)
{
    (void)lie;
    return (truth(year, home, hour) * 5 + truth(year, home, hour - 1)) / 6;
}

/* The best of the last ten days, hour by hour. */
static int64_t report_best_day(const struct fleet_lie *lie, const struct fleet_year *year,
                               size_t home, unsigned hour)
{
    int64_t best = 0;
    (void)lie;
    for (unsigned day = 0; day < 10 && hour >= day * DAY_HOURS; day++) {
        const int64_t energy = truth(year, home, hour - day * DAY_HOURS);
        best = energy > best ? energy : best;
    }
    return best;
}

/* The original's attack firmware: every so many samples the yield is multiplied, by a number drawn
 * anew each time; it is never more than twice the peak power. */
static struct attack_firmware firmware = {
    .injection_rate = 5, .least_permille = 1010, .most_permille = 1050};

void attack_firmware_set(const struct attack_firmware *set)
{
    ASSERT(set->injection_rate >= 1 && set->least_permille <= set->most_permille);
    firmware = *set;
}

static int64_t report_firmware(const struct fleet_lie *lie, const struct fleet_year *year,
                               size_t home, unsigned hour)
{
    const int64_t produced = truth(year, home, hour);
    const int64_t most = INT64_C(2000) * year->rated_w[home];
    struct sim_random random = {.state = hour};
    (void)lie;
    if (hour % firmware.injection_rate != 0) {
        return produced;
    }
    const uint32_t width = (uint32_t)(firmware.most_permille - firmware.least_permille) + 1;
    const int64_t reported =
        produced * (firmware.least_permille + sim_random_below(&random, width)) / 1000;
    return reported < most ? reported : most;
}

/* ---- under the sequential test ---- */

struct course {
    unsigned days_to[TRUST_ACTION_COUNT]; /* 0: never */
    bool inspected;
    bool impossible;
    unsigned n_accused;   /* honest homes, at quarantine or above */
    unsigned feeder_days; /* until the feeder's meter contradicts at 10^5; 0: never */
    int64_t earned_mwh;
};

static bool lies(const struct fleet_lie *lie, size_t home)
{
    return (lie->homes >> home & 1) != 0;
}

static size_t first_liar(const struct fleet_lie *lie)
{
    size_t home = 0;
    while (home < FLEET_YEAR_HOMES - 1 && !lies(lie, home)) {
        home++;
    }
    return home;
}

/* What a day earned the first of those that lie, given what is done about it. */
static int64_t earned_in(const struct fleet_run *run, const struct fleet_year *year, unsigned day,
                         const struct fleet_lie *lie, enum trust_action action)
{
    const size_t home = first_liar(lie);
    int64_t reported = 0;
    int64_t produced = 0;
    for (unsigned h = 0; h < DAY_HOURS; h++) {
        reported += fleet_reported(year, lie, home, 1 + day * DAY_HOURS + h);
        produced += truth(year, home, 1 + day * DAY_HOURS + h);
    }
    if (action >= TRUST_QUARANTINE) {
        return 0;
    }
    if (action >= TRUST_SETTLE) {
        reported = trust_engine_credit(&run->engine, home, reported);
    }
    return reported > produced ? reported - produced : 0;
}

static void take_event(const struct trust_event *event, const struct fleet_lie *lie, unsigned days,
                       struct course *c)
{
    const bool raised = event->kind == TRUST_EVENT_ACTION && event->action > event->before;
    if (!lies(lie, event->device)) {
        c->n_accused += raised && event->action >= TRUST_QUARANTINE;
        return;
    }
    c->inspected = c->inspected || event->kind == TRUST_EVENT_INSPECT;
    if (!raised || days == 0) {
        return;
    }
    c->impossible = c->impossible || event->layer == TRUST_L0_IMPOSSIBLE;
    for (int a = TRUST_WATCH; a <= (int)event->action; a++) {
        c->days_to[a] = c->days_to[a] == 0 ? days : c->days_to[a];
    }
}

static void take_events(struct fleet_run *run, const struct fleet_lie *lie, unsigned days,
                        struct course *c)
{
    struct trust_event event;
    while (trust_engine_event(&run->engine, &event)) {
        take_event(&event, lie, days, c);
    }
}

static void play(const struct fleet_year *year, const struct fleet_lie *lie, struct course *c)
{
    static struct fleet_run run;
    struct trust_config config;
    trust_config_defaults(&config, FLEET_YEAR_LONGITUDE_UDEG);
    fleet_run_init(&run, year, &config);
    *c = (struct course){0};
    for (unsigned day = 0; day < lie->from_day + HORIZON_DAYS; day++) {
        const enum trust_action before = run.devices[first_liar(lie)].action;
        fleet_run_day(&run, year, day, lie);
        const unsigned days = day >= lie->from_day ? day - lie->from_day + 1 : 0;
        take_events(&run, lie, days, c);
        if (days > 0 && c->feeder_days == 0 &&
            trust_detector_value(&run.engine.feeder) >= trust_log2_of(100000)) {
            c->feeder_days = days;
        }
        c->earned_mwh += days > 0 ? earned_in(&run, year, day, lie, before) : 0;
    }
}

/* ---- under the original rule, with a forecast that is always right ---- */

struct seed_course {
    unsigned days_to_ban; /* 0: never */
    int64_t earned_mwh;
    unsigned n_honest_banned;
};

static void judge_by_seed(const struct fleet_year *year, const struct fleet_lie *lie, size_t home,
                          unsigned hour, struct trust_seed *state)
{
    struct trust_seed_config config;
    const int64_t weather = lie->weather_permille == 0 ? 1000 : lie->weather_permille;
    const struct trust_seed_reading r = {fleet_reported(year, lie, home, hour),
                                         truth(year, home, hour) * weather / 1000};
    trust_seed_defaults(&config);
    trust_seed_judge(&config, state, &r);
}

static void play_seed_home(const struct fleet_year *year, const struct fleet_lie *lie, size_t home,
                           struct seed_course *c)
{
    struct trust_seed state;
    int64_t earned_mwh = 0;
    trust_seed_init(&state);
    unsigned hour = 1 + lie->from_day * DAY_HOURS;
    const unsigned last = hour + HORIZON_DAYS * DAY_HOURS;
    for (; hour < last && !state.banned; hour++) {
        const int64_t excess = fleet_reported(year, lie, home, hour) - truth(year, home, hour);
        judge_by_seed(year, lie, home, hour, &state);
        earned_mwh += excess > 0 ? excess : 0;
    }
    if (home == first_liar(lie)) {
        c->earned_mwh = earned_mwh;
        c->days_to_ban = state.banned ? day_of(hour - 1) - lie->from_day + 1 : 0;
    }
    c->n_honest_banned += state.banned && !lies(lie, home);
}

static int by_days(const void *a, const void *b)
{
    const unsigned x = *(const unsigned *)a - 1; /* never sorts last */
    const unsigned y = *(const unsigned *)b - 1;
    return x < y ? -1 : x > y;
}

struct medians {
    unsigned days_to[TRUST_ACTION_COUNT];
    unsigned seed_days;
    unsigned feeder_days;
    int64_t earned_mwh;
    int64_t seed_earned_mwh;
    bool inspected, impossible;
    unsigned n_accused, n_seed_accused;
    unsigned n_starts;
};

static unsigned median_days(unsigned *days, unsigned n)
{
    qsort(days, n, sizeof days[0], by_days);
    return days[n / 2];
}

static void measure(const struct attack *a, const struct fleet_year *year, struct medians *m)
{
    unsigned days[TRUST_ACTION_COUNT][STARTS] = {{0}};
    unsigned seed_days[STARTS] = {0};
    unsigned feeder_days[STARTS] = {0};
    *m = (struct medians){.n_starts = a->from_enrolment ? 1 : STARTS};
    for (unsigned i = 0; i < m->n_starts; i++) {
        const struct fleet_lie lie = {.report = a->report,
                                      .homes = a->homes,
                                      .from_day =
                                          a->from_enrolment ? 0 : FIRST_START + i * BETWEEN_STARTS,
                                      .per_mille = a->per_mille,
                                      .weather_permille = a->weather_permille};
        struct course c;
        struct seed_course s = {0};
        play(year, &lie, &c);
        for (size_t home = 0; home < FLEET_YEAR_HOMES; home++) {
            play_seed_home(year, &lie, home, &s);
        }
        for (int action = 0; action < TRUST_ACTION_COUNT; action++) {
            days[action][i] = c.days_to[action];
        }
        seed_days[i] = s.days_to_ban;
        feeder_days[i] = c.feeder_days;
        m->earned_mwh += c.earned_mwh / m->n_starts;
        m->seed_earned_mwh += s.earned_mwh / m->n_starts;
        m->inspected = m->inspected || c.inspected;
        m->impossible = m->impossible || c.impossible;
        m->n_accused += c.n_accused;
        m->n_seed_accused =
            s.n_honest_banned > m->n_seed_accused ? s.n_honest_banned : m->n_seed_accused;
    }
    for (int action = TRUST_WATCH; action < TRUST_ACTION_COUNT; action++) {
        m->days_to[action] = median_days(days[action], m->n_starts);
    }
    m->seed_days = median_days(seed_days, m->n_starts);
    m->feeder_days = median_days(feeder_days, m->n_starts);
}

static void add(struct wbuf *out, const char *text)
{
    wbuf_str(out, text);
}

static void add_days(struct wbuf *out, const char *what, unsigned days)
{
    char text[48];
    snprintf(text, sizeof text, "%s day %u", what, days);
    wbuf_str(out, text);
}

static void say_te2(const struct medians *m, struct attack_outcome *o)
{
    struct wbuf out = wbuf_of(o->detected, sizeof o->detected - 1);
    bool any = false;
    for (int a = TRUST_WATCH; a < TRUST_ACTION_COUNT; a++) {
        if (m->days_to[a] != 0) {
            add(&out, any ? ", " : "");
            add_days(&out, trust_action_name((enum trust_action)a), m->days_to[a]);
            any = true;
        }
    }
    add(&out, any ? "" : "no action in 120 days");
    add(&out, m->impossible ? " (impossible readings)" : "");
    add(&out, m->inspected ? "; inspection asked for at arming" : "");
    if (m->feeder_days != 0) {
        add_days(&out, "; feeder meter contradicts", m->feeder_days);
    }
    if (m->n_accused > 0) {
        add(&out, "; HONEST HOMES QUARANTINED");
    }
    o->detected[wbuf_len(&out)] = '\0';
}

static void run_energy(const struct attack *a, const struct fleet_year *year,
                       struct attack_outcome *out)
{
    struct medians m;
    measure(a, year, &m);
    say_te2(&m, out);
    snprintf(out->earned, sizeof out->earned, "%.1f kWh", (double)m.earned_mwh / 1e6);
    snprintf(out->seed_earned, sizeof out->seed_earned, "%.1f kWh",
             (double)m.seed_earned_mwh / 1e6);
    int n = m.seed_days == 0
                ? snprintf(out->seed_detected, ATTACK_TEXT_CAP, "not in %d days", HORIZON_DAYS)
                : snprintf(out->seed_detected, ATTACK_TEXT_CAP, "banned day %u", m.seed_days);
    if (m.n_seed_accused > 0) {
        snprintf(out->seed_detected + n, (size_t)(ATTACK_TEXT_CAP - n), "; %u honest homes banned",
                 m.n_seed_accused);
    }
    const bool stopped = m.days_to[TRUST_SETTLE] != 0 || m.days_to[TRUST_QUARANTINE] != 0;
    out->defended = m.n_accused == 0 && (stopped || a->limit);
}

#define HOME_2     (UINT32_C(1) << 1)
#define THREE_OF_8 (UINT32_C(7) << 1)                    /* homes 2, 3, 4 */
#define FIVE_OF_8  (UINT32_C(7) << 1 | UINT32_C(3) << 8) /* and 9, 10 */

const struct attack attack_energy[] = {
    {.name = "gain",
     .what = "10 % more than was produced",
     .run = run_energy,
     .report = fleet_lie_gain,
     .homes = HOME_2,
     .per_mille = 1100},
    {.name = "informed",
     .what = "24.9 % more: inside the published tolerance of the original rule",
     .run = run_energy,
     .report = fleet_lie_gain,
     .homes = HOME_2,
     .per_mille = 1249},
    {.name = "firmware",
     .what = "the original's attack firmware: 1 to 5 % more in every fifth sample",
     .run = run_energy,
     .report = report_firmware,
     .homes = HOME_2,
     .limit = true},
    {.name = "ramp",
     .what = "1 % more each day, up to 50 %",
     .run = run_energy,
     .report = report_ramp,
     .homes = HOME_2},
    {.name = "drift",
     .what = "0.1 % more each day",
     .run = run_energy,
     .report = report_drift,
     .homes = HOME_2},
    {.name = "night",
     .what = "100 W claimed all night",
     .run = run_energy,
     .report = report_night,
     .homes = HOME_2},
    {.name = "best-day",
     .what = "the sunniest of the last ten days, reported again each day",
     .run = run_energy,
     .report = report_best_day,
     .homes = HOME_2},
    {.name = "time-shift",
     .what = "everything two hours late: the sum is right, the hours are not",
     .run = run_energy,
     .report = report_shifted,
     .homes = HOME_2,
     .limit = true},
    {.name = "clock-skew",
     .what = "a clock that is ten minutes late: earns nothing, must not be punished",
     .run = run_energy,
     .report = report_skewed,
     .homes = HOME_2,
     .limit = true},
    {.name = "collusion-3",
     .what = "3 of 8 neighbours report 15 % more together",
     .run = run_energy,
     .report = fleet_lie_gain,
     .homes = THREE_OF_8,
     .per_mille = 1150},
    {.name = "collusion-5",
     .what = "5 of 8 neighbours report 15 % more together: the median is theirs (a feeder meter is "
             "needed)",
     .run = run_energy,
     .report = fleet_lie_gain,
     .homes = FIVE_OF_8,
     .per_mille = 1150,
     .limit = true},
    {.name = "enrolment",
     .what = "40 % more from the first day on: no honest past to compare with",
     .run = run_energy,
     .report = fleet_lie_gain,
     .homes = HOME_2,
     .per_mille = 1400,
     .from_enrolment = true,
     .limit = true},
    {.name = "weather-spoof",
     .what = "the weather service says half of the truth: nobody lies, nobody may be punished",
     .run = run_energy,
     .report = NULL,
     .homes = HOME_2,
     .weather_permille = 500,
     .limit = true},
};
const size_t attack_energy_count = sizeof attack_energy / sizeof attack_energy[0];
