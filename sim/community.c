/* SPDX-License-Identifier: MIT
 * The story of an energy community.
 */
#include "sim/community.h"

#include <inttypes.h>
#include <stdlib.h>

#include "app/replay.h"
#include "base/assert.h"
#include "sim/home_record.h"
#include "sim/metered_home.h"

/* 2016-08-01 00:00 UTC-8, when the records begin; the story begins at six in the morning. */
#define RECORD_START_MS INT64_C(1470038400000)

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, START_HOUR = 6, MINUTES_A_DAY = 1440 };

struct home {
    char id[16];
    struct replay_record record;
    struct replay replay;
    struct sim_sink_row *rows;
    struct sim_metered_home metered;
};

struct community {
    const struct community_config *config;
    struct community_result *result;
    struct sim_random random;
    struct home *homes;
    uint64_t now_ms;
    uint64_t broker_back_ms; /* UINT64_MAX while it is up */
};

static void tell(struct community *c, const char *who, const char *what)
{
    if (c->config->story != NULL) {
        const uint64_t s = c->now_ms / 1000;
        fprintf(c->config->story, "%3" PRIu64 ":%02" PRIu64 "  %-8s %s\n", s / 3600, s / 60 % 60,
                who, what);
    }
}

static void violate(struct community *c, const char *who, const char *what)
{
    c->result->n_violations++;
    printf("VIOLATION %s: %s\n", who, what);
}

static int set_up_home(struct community *c, struct home *h, uint32_t number)
{
    const struct community_config *config = c->config;
    snprintf(h->id, sizeof h->id, "home-%02" PRIu32, number);
    const int result = sim_home_record_load(&h->record, config->homes_dir, h->id);
    if (result != E_OK) {
        return result;
    }
    replay_init(&h->replay, &h->record, RECORD_START_MS, number);
    const struct meter_config meter = {.device_id = h->id,
                                       .send_interval_ms = config->send_interval_ms,
                                       .sample_interval_ms = config->send_interval_ms,
                                       .ack_timeout_ms = 10000,
                                       .window = 16,
                                       .site_rate = 1,
                                       .power_max_mw = INT64_C(100000000),
                                       .sensor = {.read = replay_read, .context = &h->replay}};
    /* One reading an interval, one more for each start, and the time of the quiet end. */
    const size_t n_rows = (size_t)(config->hours + 24) * HOUR_MS / config->send_interval_ms + 4096;
    h->rows = calloc(n_rows, sizeof *h->rows);
    if (h->rows == NULL) {
        return E_IO;
    }
    struct sim_metered_home *m = &h->metered;
    sim_metered_home_init(m, &meter, SIM_HOME_OUTBOX_SECTORS_MAX, h->rows, n_rows,
                          sim_random_next(&c->random));
    m->unix_offset_ms = RECORD_START_MS + START_HOUR * (int64_t)HOUR_MS;
    m->up.loss_permille = m->down.loss_permille = config->loss_permille;
    m->up.repeat_permille = m->down.repeat_permille = config->repeat_permille;
    m->up.delay_max_ms = m->down.delay_max_ms = config->delay_max_ms;
    return E_OK;
}

static int set_up(struct community *c)
{
    c->homes = calloc(c->config->n_homes, sizeof *c->homes);
    if (c->homes == NULL) {
        return E_IO;
    }
    for (uint32_t i = 0; i < c->config->n_homes; i++) {
        const int result = set_up_home(c, &c->homes[i], i + 1);
        if (result != E_OK) {
            return result;
        }
    }
    return E_OK;
}

static void tear_down(struct community *c)
{
    for (uint32_t i = 0; c->homes != NULL && i < c->config->n_homes; i++) {
        free(c->homes[i].rows);
        sim_home_record_free(&c->homes[i].record);
    }
    free(c->homes);
}

/* Whether something that happens `per_day` times a day happens in this minute. */
static bool strikes(struct community *c, uint32_t per_day)
{
    return sim_random_below(&c->random, MINUTES_A_DAY) < per_day;
}

/* At once, or in the middle of one of the next flash operations, torn in any of the ways of
 * sim/flash.h. */
static void cut_power(struct community *c, struct home *h)
{
    enum { SOON = 8 };
    c->result->n_cuts++;
    if (sim_random_chance(&c->random, 250)) {
        tell(c, h->id, "the power fails");
        sim_metered_home_cut_power(&h->metered);
        return;
    }
    tell(c, h->id, "the power fails in a flash operation");
    struct sim_flash *f =
        sim_random_chance(&c->random, 500) ? &h->metered.store_flash : &h->metered.outbox_flash;
    f->tear = (enum sim_flash_tear)sim_random_below(&c->random, SIM_FLASH_TEARS);
    f->cut_at = sim_flash_operations(f) + sim_random_below(&c->random, SOON);
}

static void set_broker(struct community *c, bool is_up)
{
    tell(c, "broker", is_up ? "is back" : "is gone");
    for (uint32_t i = 0; i < c->config->n_homes; i++) {
        sim_metered_home_set_broker(&c->homes[i].metered, is_up);
    }
}

static void strike(struct community *c)
{
    for (uint32_t i = 0; i < c->config->n_homes; i++) {
        if (strikes(c, c->config->power_cuts)) {
            cut_power(c, &c->homes[i]);
        }
    }
    if (c->broker_back_ms == UINT64_MAX && strikes(c, c->config->outages)) {
        c->result->n_outages++;
        c->broker_back_ms = c->now_ms + MINUTE_MS + sim_random_below(&c->random, HOUR_MS);
        set_broker(c, false);
    } else if (c->broker_back_ms <= c->now_ms) {
        c->broker_back_ms = UINT64_MAX;
        set_broker(c, true);
    }
}

/* What must hold at every moment. */
static void check_home(struct community *c, const struct home *h)
{
    const struct meter_counts *n = &h->metered.counts;
    if (n->n_taken != n->n_stored + n->n_refused + n->n_waiting) {
        violate(c, h->id, "taken is not stored + refused + waiting");
    }
    if (n->n_stored > h->metered.sink.n_rows) {
        violate(c, h->id, "a reading was dropped that is not stored");
    }
}

static void tell_story(struct community *c)
{
    const uint64_t end_ms = (uint64_t)c->config->hours * HOUR_MS;
    for (c->now_ms = MINUTE_MS; c->now_ms <= end_ms; c->now_ms += MINUTE_MS) {
        for (uint32_t i = 0; i < c->config->n_homes; i++) {
            sim_metered_home_run(&c->homes[i].metered, c->now_ms);
            check_home(c, &c->homes[i]);
        }
        strike(c);
    }
}

static int64_t register_mwh(struct home *h, int64_t unix_ms)
{
    const struct site_time time = {
        .now_ms = 1, .unix_ms = unix_ms, .quality = TELEMETRY_TIME_SYNCED};
    struct sensor_sample sample;
    const int result = replay_read(&h->replay, &time, &sample);
    ASSERT(result == E_OK && sample.channels[0].kind == TELEMETRY_PRODUCTION);
    return sample.channels[0].register_mwh;
}

/* A home after the quiet end: its books, and its energy against the record's. */
static void audit_home(struct community *c, struct home *h)
{
    struct community_result *r = c->result;
    struct sim_sink *sink = &h->metered.sink;
    if (!sim_metered_home_settle(&h->metered, 6 * HOUR_MS)) {
        violate(c, h->id, "readings still wait after six quiet hours");
    }
    const struct meter_counts n = meter_counts(&h->metered.meter);
    const char *wrong = sim_sink_audit(sink);
    if (wrong != NULL) {
        violate(c, h->id, wrong);
    }
    r->n_taken += n.n_taken;
    r->n_waiting += n.n_waiting;
    r->n_stored += sink->n_rows;
    r->n_duplicates += sink->n_duplicates;
    r->n_forged += sink->n_forged;
    r->n_lost += h->metered.up.n_lost + h->metered.down.n_lost;
    r->n_boots += h->metered.n_boots;
    if (sink->n_rows > 0) {
        const struct sim_sink_row *first = &h->rows[0];
        const struct sim_sink_row *last = &h->rows[sink->n_rows - 1];
        r->produced_mwh +=
            last->energy_mwh[TELEMETRY_PRODUCTION] - first->energy_mwh[TELEMETRY_PRODUCTION];
        r->expected_mwh += register_mwh(h, last->unix_ms) - register_mwh(h, first->unix_ms);
    }
}

int community_run(const struct community_config *config, struct community_result *result)
{
    if (config->n_homes < 1 || config->n_homes > COMMUNITY_HOMES_MAX || config->hours < 1 ||
        config->hours > 24 * 366 || config->send_interval_ms < 1000 ||
        config->loss_permille >= 1000) {
        return E_ARG;
    }
    struct community c = {.config = config,
                          .result = result,
                          .random = {.state = config->seed},
                          .broker_back_ms = UINT64_MAX};
    *result = (struct community_result){0};
    const int outcome = set_up(&c);
    if (outcome == E_OK) {
        tell_story(&c);
        for (uint32_t i = 0; i < config->n_homes; i++) {
            audit_home(&c, &c.homes[i]);
        }
    }
    tear_down(&c);
    return outcome;
}

bool community_holds(const struct community_result *r)
{
    return r->n_violations == 0 && r->n_taken > 0 && r->n_taken == r->n_stored &&
           r->n_forged == 0 && r->n_waiting == 0 && r->produced_mwh == r->expected_mwh;
}
