/* SPDX-License-Identifier: MIT */
#include "web/curve.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/json_writer.h"
#include "db/devices.h"
#include "posix/clock.h"
#include "site/site.h"
#include "web/routes.h"

/* Times that a curve may be asked for: 1970 to 2200. */
#define UNIX_MS_MAX INT64_C(7258118400000)

struct web_curve {
    struct db *db;
    struct db_curve whole;
    struct db_rows rows; /* of the devices */
    size_t next_row;
    size_t next_step;                       /* of that device */
    bool is_sum;                            /* of several devices */
    int64_t device_mw[WEB_CURVE_STEPS_MAX]; /* of that device so far, or DB_NO_POWER */
    int64_t power_mw[WEB_CURVE_STEPS_MAX];  /* the sum so far, or DB_NO_POWER */
};

/* ---- the query ---- */

static bool channel_of(const char *query, enum telemetry_channel_kind *channel)
{
    static const struct {
        const char *name;
        enum telemetry_channel_kind kind;
    } channels[] = {{"production", TELEMETRY_PRODUCTION},
                    {"consumption", TELEMETRY_CONSUMPTION},
                    {"grid_import", TELEMETRY_GRID_IMPORT},
                    {"grid_export", TELEMETRY_GRID_EXPORT}};
    char word[16];
    if (!web_query_word(query, "channel", word, sizeof word)) {
        return false;
    }
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (strcmp(word, channels[i].name) == 0) {
            *channel = channels[i].kind;
            return true;
        }
    }
    return false;
}

const char *web_curve_query(const char *query, struct db_curve *curve)
{
    const long long now_ms = posix_clock_wall_ms();
    long long from_ms;
    long long to_ms;
    long long step_s;
    if (!channel_of(query, &curve->channel)) {
        return "channel is production, consumption, grid_import or grid_export";
    }
    if (!web_query_int(query, "to_ms", now_ms, &to_ms) ||
        !web_query_int(query, "from_ms", to_ms - 86400000, &from_ms) ||
        !web_query_int(query, "step_s", 300, &step_s)) {
        return "from_ms, to_ms and step_s are integers";
    }
    if (from_ms < 0 || to_ms > UNIX_MS_MAX || from_ms >= to_ms) {
        return "from_ms is before to_ms, both after 1970";
    }
    if (step_s < 1 || step_s > 86400) {
        return "step_s is 1 to 86400";
    }
    curve->from_unix_ms = from_ms;
    curve->step_ms = step_s * 1000;
    curve->n_steps = (size_t)((to_ms - from_ms + curve->step_ms - 1) / curve->step_ms);
    return curve->n_steps <= WEB_CURVE_STEPS_MAX ? NULL : "a curve has at most 2000 steps";
}

/* ---- reading ---- */

struct web_curve *web_curve_begin(const struct site *site, const struct db_curve *curve,
                                  int64_t device)
{
    struct web_curve *c = calloc(1, sizeof *c);
    if (!c) {
        return NULL;
    }
    ASSERT(curve->n_steps > 0 && curve->n_steps <= WEB_CURVE_STEPS_MAX);
    c->db = site->db;
    c->whole = *curve;
    c->is_sum = device == 0;
    for (size_t i = 0; i < curve->n_steps; i++) {
        c->power_mw[i] = DB_NO_POWER;
    }
    if (db_device_rows(site->db, device, site->fleet.feeder, &c->rows) != E_OK) {
        web_curve_free(c);
        return NULL;
    }
    return c;
}

void web_curve_free(struct web_curve *c)
{
    if (c) {
        free(c->rows.list);
        free(c);
    }
}

/* Between two steps of a device that lie close together it is taken to have gone straight, and in a
 * sum a device counts for that long with its last value: else the sum would sink wherever readings
 * are rarer than steps, and at its newest end. A longer silence stays one. */
static void bridge(struct web_curve *c)
{
    int64_t *mw = c->device_mw;
    const size_t n = c->whole.n_steps;
    size_t last = n; /* the last step with a value; n: none yet */
    for (size_t i = 0; i < n; i++) {
        if (mw[i] == DB_NO_POWER) {
            continue;
        }
        for (size_t k = last + 1; last < n && i - last <= WEB_CURVE_BRIDGED_STEPS + 1 && k < i;
             k++) {
            mw[k] = mw[last] + (mw[i] - mw[last]) * (int64_t)(k - last) / (int64_t)(i - last);
        }
        last = i;
    }
    for (size_t k = last + 1; c->is_sum && k < n && k - last <= WEB_CURVE_BRIDGED_STEPS; k++) {
        mw[k] = mw[last];
    }
}

/* The device is read: into the sum with it. */
static void add(struct web_curve *c)
{
    bridge(c);
    for (size_t i = 0; i < c->whole.n_steps; i++) {
        int64_t *sum = &c->power_mw[i];
        if (c->device_mw[i] != DB_NO_POWER) {
            *sum = c->device_mw[i] + (*sum == DB_NO_POWER ? 0 : *sum);
        }
    }
}

/* How many steps make a slice, at least one. */
static size_t slice_of(const struct web_curve *c)
{
    const int64_t n = WEB_CURVE_SLICE_MS / c->whole.step_ms;
    const size_t left = c->whole.n_steps - c->next_step;
    return n < 1 ? 1 : (size_t)n < left ? (size_t)n : left;
}

int web_curve_advance(struct web_curve *c)
{
    if (c->next_row == c->rows.n) {
        return 1;
    }
    struct db_curve slice = c->whole;
    slice.device = c->rows.list[c->next_row];
    slice.from_unix_ms += (int64_t)c->next_step * slice.step_ms;
    slice.n_steps = slice_of(c);
    if (db_curve_read(c->db, &slice, c->device_mw + c->next_step) != E_OK) {
        return E_IO;
    }
    c->next_step += slice.n_steps;
    ASSERT(c->next_step <= c->whole.n_steps);
    if (c->next_step == c->whole.n_steps) {
        add(c);
        c->next_step = 0;
        c->next_row++;
    }
    return c->next_row == c->rows.n;
}

/* ---- the answer ---- */

size_t web_curve_json_cap(const struct web_curve *c)
{
    return c->whole.n_steps * WEB_CURVE_JSON_STEP_LEN + WEB_CURVE_JSON_HEAD_LEN;
}

void web_curve_put(const struct web_curve *c, struct wbuf *w)
{
    struct json_writer j;
    json_writer_init(&j, w);
    json_begin_object(&j);
    json_field_int(&j, "from_ms", c->whole.from_unix_ms);
    json_field_int(&j, "step_ms", c->whole.step_ms);
    json_key(&j, "power_mw");
    json_begin_array(&j);
    for (size_t i = 0; i < c->whole.n_steps; i++) {
        if (c->power_mw[i] == DB_NO_POWER) {
            json_put_null(&j);
        } else {
            json_put_int(&j, c->power_mw[i]);
        }
    }
    json_end(&j);
    json_end(&j);
}
