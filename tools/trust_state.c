/* SPDX-License-Identifier: MIT */
#include "trust_state.h"

#include <stdlib.h>
#include <string.h>

#include "db/devices.h"
#include "db/history.h"
#include "posix/log.h"
#include "site/site.h"
#include "trust/settings.h"
#include "trust_line.h"
#include "trust_theft.h"

enum { PATH_CAP = 600, WHY_CAP = 300 };

struct state {
    struct site site;
    struct ingest ingest;
    struct trust_settings settings;
    bool wants_theft;
    struct trust_theft_text theft;
    int64_t found_unix_ms[TRUST_ACTION_COUNT];
};

static int load_device(void *context, const struct fleet_device *device)
{
    struct fleet_device *added;
    return fleet_add(context, device, &added);
}

static int open_history(const struct invocation *i, struct state *s)
{
    char path[PATH_CAP];
    char why[WHY_CAP];
    snprintf(path, sizeof path, "%s/gateway/gateway.db", i->state_dir);
    s->site.db = db_history_open(path, why, sizeof why);
    if (!s->site.db) {
        return command_fail(i, "%s", why);
    }
    fleet_init(&s->site.fleet);
    const int settings = trust_settings_get(s->site.db, &s->settings);
    if (settings == E_NOTFOUND) {
        return command_fail(i, "%s was never judged; start its gateway once", path);
    }
    if (settings != E_OK || db_device_list(s->site.db, load_device, &s->site.fleet) != E_OK) {
        return command_fail(i, "%s cannot be understood", path);
    }
    fleet_set_feeder(&s->site.fleet, s->settings.feeder);
    s->site.utc_offset_min = s->settings.utc_offset_min;
    s->site.ingest = &s->ingest;
    return COMMAND_DONE;
}

static int inject(const struct invocation *i, struct state *s)
{
    const char *text = invocation_option(i, "--inject");
    s->wants_theft = text != NULL;
    if (text == NULL) {
        return COMMAND_DONE;
    }
    const int status = trust_theft_read(i, text, &s->theft);
    if (status != COMMAND_DONE) {
        return status;
    }
    return db_history_inject(s->site.db, s->theft.device, s->theft.factor_ppm,
                             s->theft.from_unix_s * 1000) == E_OK
               ? COMMAND_DONE
               : command_fail(i, "--inject: %s has no reading after that time", s->theft.device);
}

/* ---- what was decided ---- */

static void note_theft(struct state *s, const struct db_history_decision *d)
{
    if (!s->wants_theft || strcmp(d->device, s->theft.device) != 0 ||
        strcmp(d->kind, "action") != 0 || d->unix_ms < s->theft.from_unix_s * 1000) {
        return;
    }
    bool reached = false;
    for (int a = TRUST_ACTION_COUNT - 1; a > TRUST_NONE; a--) {
        reached = reached || strcmp(d->action, trust_action_name((enum trust_action)a)) == 0;
        if (reached && s->found_unix_ms[a] == 0) {
            s->found_unix_ms[a] = d->unix_ms;
        }
    }
}

/* The evidence as it is stored, after time and name. */
static void print_decision(void *context, const struct db_history_decision *d)
{
    char time[TRUST_TIME_CAP];
    static struct trust_line line;
    struct json_writer *w = trust_line_begin(&line);
    json_field_string(w, "time", trust_line_time(d->unix_ms / 1000, time));
    json_field_int(w, "unix_s", d->unix_ms / 1000);
    json_field_string(w, "device", d->device);
    if (d->evidence == NULL) {
        json_field_string(w, "kind", d->kind);
        json_field_string(w, "action", d->action);
        json_field_string(w, "reason", d->reason);
        trust_line_end(&line);
    } else {
        printf("%.*s,%s\n", (int)wbuf_len(&line.out), line.text, d->evidence + 1);
    }
    note_theft(context, d);
}

static void put_theft(struct json_writer *w, const struct state *s)
{
    static const char *const names[TRUST_ACTION_COUNT] = {
        NULL, "watch_after_days", "settle_after_days", "quarantine_after_days", "ban_after_days"};
    json_key(w, "inject");
    json_begin_object(w);
    json_field_string(w, "device", s->theft.device);
    json_key(w, "factor");
    json_put_decimal(w, s->theft.factor_ppm, 6);
    json_field_int(w, "from_unix_s", s->theft.from_unix_s);
    for (int a = TRUST_WATCH; a < TRUST_ACTION_COUNT; a++) {
        json_key(w, names[a]);
        if (s->found_unix_ms[a] == 0) {
            json_put_null(w);
        } else {
            json_put_decimal(w, (s->found_unix_ms[a] / 1000 - s->theft.from_unix_s) * 10 / 86400,
                             1);
        }
    }
    json_end(w);
}

static void print_summary(const struct invocation *i, const struct state *s,
                          const struct db_history_difference *d)
{
    static struct trust_line line;
    const struct trust_counts *counts = trust_site_counts(s->site.trust);
    const bool same = d->missing == 0 && d->added == 0;
    struct json_writer *w = trust_line_begin(&line);
    json_key(w, "summary");
    json_begin_object(w);
    json_field_string(w, "rule", s->settings.rule == TRUST_RULE_SEED ? "seed" : "te2");
    json_field_int(w, "devices", (int64_t)fleet_count(&s->site.fleet));
    json_field_int(w, "intervals", (int64_t)counts->intervals);
    json_field_int(w, "late", (int64_t)counts->late);
    json_field_int(w, "weather_points", (int64_t)counts->weather_points);
    json_field_int(w, "decisions", d->again);
    if (s->wants_theft) {
        put_theft(w, s);
    } else {
        json_field_int(w, "stored_decisions", d->stored);
        json_field_bool(w, "same", same);
    }
    json_end(w);
    trust_line_end(&line);
    if (i->json || s->wants_theft) {
        return;
    }
    fprintf(stderr,
            same ? "%lld decisions, the same as the gateway's\n"
                 : "%lld decisions where the gateway has stored %lld: %lld of its own are missing "
                   "here, %lld are new\n",
            (long long)d->again, (long long)d->stored, (long long)d->missing, (long long)d->added);
}

static int judge(const struct invocation *i, struct state *s)
{
    struct db_history_difference difference = {.stored = 0};
    const struct trust_site_config config = {.site = &s->site,
                                             .rule = s->settings.rule,
                                             .seed = &s->settings.seed,
                                             .place = s->settings.place,
                                             .has_weather = s->settings.has_weather};
    s->site.trust = trust_site_open(&config);
    int64_t until_unix_ms = 0;
    if (!s->site.trust || db_history_until(s->site.db, &until_unix_ms) != E_OK) {
        return command_fail(i, "the history cannot be judged: %s", db_reason(s->site.db));
    }
    trust_site_tick(s->site.trust, until_unix_ms); /* days may have been closed since */
    if (db_history_decisions(s->site.db, print_decision, s) != E_OK ||
        db_history_compare(s->site.db, &difference) != E_OK) {
        return command_fail(i, "the decisions cannot be compared: %s", db_reason(s->site.db));
    }
    print_summary(i, s, &difference);
    const bool same = difference.missing == 0 && difference.added == 0;
    return same || s->wants_theft ? COMMAND_DONE : COMMAND_FAILED;
}

int trust_state_replay(const struct invocation *i)
{
    static struct state s; /* large, and there is one */
    log_open("wattward", LOG_LEVEL_ERROR);
    int status = open_history(i, &s);
    if (status == COMMAND_DONE) {
        status = inject(i, &s);
    }
    if (status == COMMAND_DONE) {
        status = judge(i, &s);
    }
    trust_site_close(s.site.trust);
    db_close(s.site.db);
    fleet_free(&s.site.fleet);
    return status;
}
