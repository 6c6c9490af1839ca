/* SPDX-License-Identifier: MIT
 * Decisions are stored before they take effect; what was stored before a crash takes effect at the
 * start, through the table "devices".
 */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/json_writer.h"
#include "db/decisions.h"
#include "db/devices.h"
#include "ledger/judgement.h"
#include "posix/log.h"
#include "trust/explain.h"
#include "trust/place.h"

enum { EVIDENCE_CAP = 2048, SECONDS_A_DAY = 86400 };

/* One transaction; 1 when the decision is new. */
static int keep(struct trust_site *t, const struct db_decision *decision, bool bans)
{
    struct db *db = t->config.site->db;
    int result = db_begin(db);
    if (result != E_OK) {
        return result;
    }
    const int added = db_decision_add(db, decision);
    result = added;
    if (added == 1 && bans) {
        result = db_device_ban(db, decision->device, true);
        if (result == E_OK) {
            result = ledger_record_ban(t->config.site, decision, true);
        }
    }
    if (result >= 0) {
        result = db_commit(db);
    }
    if (result < 0) {
        db_rollback(db);
        log_error("a decision cannot be stored: %s", db_reason(db));
    }
    return result < 0 ? result : added;
}

static void take_effect(struct trust_site *t, struct fleet_device *device, bool bans)
{
    struct site *site = t->config.site;
    if (bans) {
        device->banned = true;
        if (t->config.banned) {
            t->config.banned(t->config.context);
        }
        t->counts.bans++;
    }
    fleet_changed(&site->fleet, device);
}

static void settle(struct trust_site *t, struct trust_place *p, const struct db_decision *decision)
{
    const bool bans = strcmp(decision->kind, "action") == 0 && strcmp(decision->action, "ban") == 0;
    p->tell = true;
    const int added = keep(t, decision, bans);
    if (added == 1) {
        log_warn("decided device=%s kind=%s action=%s reason=\"%s\"", p->device->id, decision->kind,
                 decision->action, decision->reason);
        take_effect(t, p->device, bans);
    }
}

void trust_keep_notice(struct trust_site *t, const char *device, const struct db_decision *decision)
{
    if (keep(t, decision, false) == 1) {
        log_warn("decided device=%s kind=%s action=%s reason=\"%s\"", device, decision->kind,
                 decision->action, decision->reason);
    }
}

static void on_event(struct trust_site *t, const struct trust_event *event)
{
    char reason[TRUST_REASON_CAP + 1];
    char evidence[EVIDENCE_CAP];
    struct json_writer j;
    struct wbuf w = wbuf_of(reason, TRUST_REASON_CAP);
    struct trust_place *p = &t->places[event->device];
    ASSERT(p->device != NULL);
    trust_explain(&t->rule, event, &w);
    reason[wbuf_len(&w)] = '\0';
    w = wbuf_of(evidence, sizeof evidence - 1);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    trust_explain_json(&t->rule, event, &j);
    json_end(&j);
    evidence[wbuf_len(&w)] = '\0';
    t->counts.decisions[event->kind]++;
    if (t->config.rule == TRUST_RULE_SEED && event->kind == TRUST_EVENT_ACTION) {
        return; /* TE-2 looks on */
    }
    const struct db_decision decision = {.device = p->device->row,
                                         .unix_ms = event->unix_s * 1000,
                                         .kind = trust_event_name(event->kind),
                                         .action = trust_action_name(event->action),
                                         .before = trust_action_name(event->before),
                                         .by = DB_BY_ENGINE,
                                         .reason = reason,
                                         .evidence = evidence};
    p->device->quarantined = event->action == TRUST_QUARANTINE;
    settle(t, p, &decision);
}

void trust_decide(struct trust_site *t)
{
    struct trust_event event;
    while (trust_engine_event(&t->engine, &event)) {
        on_event(t, &event);
    }
}

void trust_decide_seed(struct trust_site *t, struct trust_place *p, int64_t unix_ms)
{
    const struct db_decision decision = {.device = p->device->row,
                                         .unix_ms = unix_ms,
                                         .kind = "action",
                                         .action = "ban",
                                         .before = "none",
                                         .by = DB_BY_ENGINE,
                                         .reason =
                                             "its score fell below the seed rule's threshold"};
    settle(t, p, &decision);
}

static void keep_device(struct trust_site *t, size_t place, int32_t day)
{
    const struct trust_device *d = &t->devices[place];
    for (unsigned test = 0; test < TRUST_TESTS; test++) {
        for (unsigned b = 0; b < t->rule.n_blocks; b++) {
            const struct trust_block *block = &d->blocks[test][b];
            const int32_t log_e = trust_detector_value(&d->detectors[test][TRUST_OVER]);
            const struct db_block row = {
                .device = t->places[place].device->row,
                .day = day,
                .test = (uint8_t)test,
                .block = (uint8_t)b,
                .gate = (uint8_t)block->gate,
                .n_peers = block->n_peers,
                .reported_mwh = trust_device_energy_mwh(d, block->reported),
                .expected_mwh = trust_device_energy_mwh(d, block->predicted),
                .log10_milli = trust_log10_milli(log_e)};
            if (test == TRUST_BY_WEATHER && block->gate == TRUST_BLOCK_MISSING) {
                continue;
            }
            if (db_block_put(t->config.site->db, &row) != E_OK) {
                log_warn("a day's comparison cannot be stored: %s", db_reason(t->config.site->db));
                return;
            }
        }
    }
}

/* What the day's reports were beyond what may be credited is taken back in the ledger. */
static void keep_credit(struct trust_site *t, size_t place, int32_t day)
{
    const struct trust_device *d = &t->devices[place];
    uint64_t reported = 0;
    if (t->config.rule != TRUST_RULE_TE2) {
        return;
    }
    for (unsigned b = 0; b < t->rule.n_blocks; b++) {
        reported += d->blocks[TRUST_BY_PEERS][b].reported;
    }
    const int64_t reported_mwh = trust_device_energy_mwh(d, reported);
    const int64_t beyond_mwh = reported_mwh - trust_engine_credit(&t->engine, place, reported_mwh);
    if (beyond_mwh <= 0) {
        return;
    }
    const int result =
        ledger_record_uncredited(t->config.site, t->places[place].device->row, beyond_mwh,
                                 ((int64_t)day + 1) * SECONDS_A_DAY * INT64_C(1000));
    if (result != E_OK) {
        log_warn("what device %s reported too much cannot be taken back in the ledger: %s",
                 t->places[place].device->id, err_name(result));
    }
}

void trust_keep_blocks(struct trust_site *t, int32_t day)
{
    struct db *db = t->config.site->db;
    if (day <= t->stored_day || (t->reading_again && db_in_transaction(db))) {
        return;
    }
    const bool own = !db_in_transaction(db);
    if (own && db_begin(db) != E_OK) {
        return;
    }
    for (size_t i = 0; i < t->cap; i++) {
        if (t->places[i].device != NULL) {
            keep_device(t, i, day);
            keep_credit(t, i, day);
        }
    }
    if (own && db_commit(db) != E_OK) {
        log_warn("a day's comparisons cannot be stored: %s", db_reason(db));
        return;
    }
    t->stored_day = day;
}
