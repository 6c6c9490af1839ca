/* SPDX-License-Identifier: MIT
 * From counters to energy in intervals. A counter's value belongs to the end of its interval; what
 * was counted between two readings is spread evenly over the intervals between them; what does not
 * make a whole Wh is carried on. So the Wh of any span add up to the counters' difference.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account_parts.h"
#include "base/fixed.h"

enum { DAYS_PER_ERA = 146097, DAY_MS = 86400000 };

/* ---- months ---- */

/* Days since 1970-01-01 of the first of a month (proleptic Gregorian). */
static int64_t days_of(int64_t year, int64_t month)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t month_from_march = month + (month > 2 ? -3 : 9);
    const int64_t day_of_year = (153 * month_from_march + 2) / 5;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - 719468;
}

void market_month_of(int64_t unix_ms, char out[MARKET_MONTH_CAP])
{
    const int64_t day = unix_ms / DAY_MS;
    int64_t year = 1970 + day / 366;
    int64_t month = 1;
    while (days_of(year + 1, 1) <= day) {
        year++;
    }
    while (month < 12 && days_of(year, month + 1) <= day) {
        month++;
    }
    char text[32];
    (void)snprintf(text, sizeof text, "%04" PRId64 "-%02" PRId64, year, month);
    memcpy(out, text, MARKET_MONTH_CAP - 1);
    out[MARKET_MONTH_CAP - 1] = 0;
}

int market_month_parse(const char *month, int64_t *first, int64_t *end)
{
    if (strlen(month) != 7 || month[4] != '-' || strspn(month, "0123456789") != 4 ||
        strspn(month + 5, "0123456789") != 2) {
        return E_ARG;
    }
    const int64_t y = strtol(month, NULL, 10);
    const int64_t m = strtol(month + 5, NULL, 10);
    if (y < 1970 || m < 1 || m > 12) {
        return E_ARG;
    }
    const int64_t per_day = DAY_MS / MARKET_INTERVAL_MS;
    *first = days_of(y, m) * per_day;
    *end = (m == 12 ? days_of(y + 1, 1) : days_of(y, m + 1)) * per_day;
    return E_OK;
}

/* ---- energy ---- */

static int compare_points(const void *one, const void *other)
{
    const struct market_point *a = one;
    const struct market_point *b = other;
    if (a->interval != b->interval) {
        return a->interval < b->interval ? -1 : 1;
    }
    return (a->unix_ms > b->unix_ms) - (a->unix_ms < b->unix_ms);
}

/* A running sum of one channel of one member. */
struct series {
    const struct market_meter *meter;
    int channel;
    const struct market_window *window;
    int64_t *energy_wh;
    int64_t counted_mwh;   /* from the counters, since the first reading */
    int64_t corrected_mwh; /* with corrections, and never falling */
};

static int64_t corrections_up_to(const struct series *s, int64_t interval)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->meter->n_corrections; i++) {
        const struct market_correction *c = &s->meter->corrections[i];
        if (c->channel == s->channel && c->interval <= interval) {
            sum = fixed_add_saturate(sum, c->delta_mwh);
        }
    }
    return sum;
}

/* The interval ends with so much counted. What a correction takes away beyond the interval's
 * energy is taken from the next ones. */
static void end_interval(struct series *s, int64_t interval, int64_t counted_mwh)
{
    const int64_t before_wh = s->corrected_mwh / 1000;
    const int64_t corrected = fixed_add_saturate(counted_mwh, corrections_up_to(s, interval));
    s->corrected_mwh = corrected > s->corrected_mwh ? corrected : s->corrected_mwh;
    if (interval >= s->window->first && interval < s->window->end) {
        s->energy_wh[interval - s->window->first] = s->corrected_mwh / 1000 - before_wh;
    }
}

/* From one reading to the next, `n` intervals later. False when the counter jumped. */
static bool advance(struct series *s, const struct market_point *from,
                    const struct market_point *to)
{
    const int64_t n = to->interval - from->interval;
    int64_t counted = to->energy_mwh[s->channel] - from->energy_mwh[s->channel];
    const bool jumped = counted < 0 || counted / n > MARKET_ENERGY_MAX_WH * INT64_C(1000);
    counted = jumped ? 0 : counted;
    for (int64_t t = 1; t <= n; t++) {
        int64_t part = counted;
        if (fixed_mul_div(counted, t, n, &part) != E_OK) {
            part = counted;
        }
        end_interval(s, from->interval + t, s->counted_mwh + part);
    }
    s->counted_mwh += counted;
    return !jumped;
}

uint32_t market_energy_read(struct market_meter *m, int channel, const struct market_window *window,
                            int64_t *energy_wh)
{
    struct series s = {.meter = m, .channel = channel, .window = window, .energy_wh = energy_wh};
    struct market_point last = {.interval = -1};
    uint32_t jumps = 0;
    memset(energy_wh, 0, (size_t)(window->end - window->first) * sizeof *energy_wh);
    if (m->n_points > 0) {
        qsort(m->points, m->n_points, sizeof *m->points, compare_points);
    }
    for (size_t i = 0; i < m->n_points && last.interval < window->end; i++) {
        const struct market_point *p = &m->points[i];
        const bool is_last_of_interval =
            i + 1 == m->n_points || m->points[i + 1].interval != p->interval;
        if (p->energy_mwh[channel] < 0 || !is_last_of_interval) {
            continue;
        }
        if (last.interval >= 0) {
            jumps += !advance(&s, &last, p);
        }
        last = *p;
    }
    return jumps;
}

struct market_window market_energy_span(const struct market_meter *m)
{
    if (m->n_points == 0) {
        return (struct market_window){0, 0};
    }
    return (struct market_window){m->points[0].interval + 1,
                                  m->points[m->n_points - 1].interval + 1};
}
