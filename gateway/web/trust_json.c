/* SPDX-License-Identifier: MIT */
#include "web/trust_json.h"

#include <string.h>

#include "base/json_reader.h"
#include "db/decisions.h"
#include "posix/clock.h"
#include "trust/explain.h"
#include "trust/trust_site.h"
#include "weather/client.h"
#include "web/device_json.h"

enum {
    REASON_SHORT_LEN = 160, /* in the list; the whole is in the history */
    BLOCKS_MAX = 400,
    DECISIONS_MAX = 100,
    EVIDENCE_TOKENS = 80
};

static void put_milli(struct json_writer *j, const char *name, int64_t milli)
{
    json_key(j, name);
    json_put_decimal(j, milli, 3);
}

static void put_threshold(struct json_writer *j, const char *name, uint64_t e)
{
    put_milli(j, name, trust_log10_milli(trust_log2_of(e)));
}

/* ---- one device ---- */

static void put_newest(void *context, const struct db_decision *d)
{
    struct json_writer *j = context;
    const size_t len = strlen(d->reason);
    json_key(j, "reason");
    json_put_text(j, d->reason, len < REASON_SHORT_LEN ? len : REASON_SHORT_LEN);
    json_field_string(j, "by", d->by);
    json_field_int(j, "decided_unix_ms", d->unix_ms);
}

static void put_summary(struct json_writer *j, const struct site *site,
                        const struct fleet_device *device)
{
    const struct trust_view view = trust_site_view(site->trust, device);
    json_field_string(j, "id", device->id);
    json_field_string(j, "state", web_device_state(device));
    json_field_string(j, "role", web_device_role(device));
    json_field_string(j, "action", trust_action_name(view.action));
    put_milli(j, "log10_e", view.log10_milli);
    put_milli(j, "log10_shortfall", view.shortfall_milli);
    web_put_known_int(j, "reputation", view.judged, view.reputation_permille);
    json_field_bool(j, "armed", view.armed);
    json_field_int(j, "peers", view.n_peers);
    json_field_bool(j, "inspect", view.inspect);
    json_field_bool(j, "fault", view.fault);
    if (db_decision_list(site->db, device->row, 1, put_newest, j) != 1) {
        json_key(j, "reason");
        json_put_null(j);
        json_key(j, "by");
        json_put_null(j);
        json_key(j, "decided_unix_ms");
        json_put_null(j);
    }
}

void web_put_trust(struct json_writer *j, const struct site *site)
{
    enum trust_rule rule = TRUST_RULE_TE2;
    const struct trust_config *c = site->trust ? trust_site_rule(site->trust, &rule) : NULL;
    json_field_string(j, "rule", rule == TRUST_RULE_SEED ? "seed" : "te2");
    json_key(j, "thresholds");
    json_begin_object(j);
    if (c) {
        put_threshold(j, "watch", c->watch);
        put_threshold(j, "settle", c->settle);
        put_threshold(j, "quarantine", c->quarantine);
        put_threshold(j, "ban", c->ban);
    }
    json_end(j);
    weather_client_put(site->weather, posix_clock_wall_ms(), j);
    json_key(j, "devices");
    json_begin_array(j);
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        json_begin_object(j);
        put_summary(j, site, fleet_at(&site->fleet, i));
        json_end(j);
    }
    json_end(j);
}

/* ---- its history ---- */

struct blocks {
    struct json_writer *j;
    int64_t day_offset_ms;
};

static void put_block(void *context, const struct db_block *b)
{
    const struct blocks *blocks = context;
    struct json_writer *j = blocks->j;
    json_begin_object(j);
    json_field_int(j, "day_unix_ms", b->day * INT64_C(86400000) - blocks->day_offset_ms);
    json_field_int(j, "block", b->block);
    json_field_string(j, "by", b->test == TRUST_BY_WEATHER ? "weather" : "neighbours");
    json_field_string(j, "gate",
                      b->gate < TRUST_GATE_COUNT ? trust_gate_text((enum trust_gate)b->gate) : "");
    json_field_int(j, "reported_mwh", b->reported_mwh);
    json_field_int(j, "expected_mwh", b->expected_mwh);
    json_field_int(j, "peers", b->n_peers);
    put_milli(j, "log10_e", b->log10_milli);
    json_end(j);
}

static void put_value(struct json_writer *j, const struct json_reader *in, int value)
{
    char text[512];
    int64_t number = 0;
    if (json_string(in, value, text, sizeof text) >= 0) {
        json_put_string(j, text);
    } else if (json_int(in, value, &number) == E_OK) {
        json_put_int(j, number);
    } else if (json_decimal(in, value, 6, &number) == E_OK) {
        json_put_decimal(j, number, 6);
    } else {
        json_put_null(j);
    }
}

/* The stored object is flat; see trust_explain_json(). */
static void put_evidence(struct json_writer *j, const char *text)
{
    struct json_token tokens[EVIDENCE_TOKENS];
    struct json_reader in;
    if (!text || json_parse(&in, text, strlen(text), tokens, EVIDENCE_TOKENS) != E_OK) {
        json_put_null(j);
        return;
    }
    json_begin_object(j);
    int at = json_first(&in, 0);
    for (int i = 0; i < json_count(&in, 0); i++) {
        char name[64];
        const int value = json_next(&in, at);
        if (json_string(&in, at, name, sizeof name) > 0) {
            json_key(j, name);
            put_value(j, &in, value);
        }
        at = json_next(&in, value);
    }
    json_end(j);
}

static void put_decision(void *context, const struct db_decision *d)
{
    struct json_writer *j = context;
    json_begin_object(j);
    json_field_int(j, "unix_ms", d->unix_ms);
    json_field_string(j, "kind", d->kind);
    json_field_string(j, "action", d->action);
    json_field_string(j, "before", d->before);
    json_field_string(j, "by", d->by);
    json_field_string(j, "reason", d->reason);
    json_key(j, "evidence");
    put_evidence(j, d->evidence);
    json_end(j);
}

void web_put_trust_device(struct json_writer *j, const struct site *site,
                          const struct fleet_device *device)
{
    enum trust_rule rule;
    struct blocks blocks = {.j = j};
    if (site->trust) {
        blocks.day_offset_ms = trust_site_rule(site->trust, &rule)->solar_offset_s * INT64_C(1000);
    }
    put_summary(j, site, device);
    json_key(j, "blocks");
    json_begin_array(j);
    int result = db_block_list(site->db, device->row, BLOCKS_MAX, put_block, &blocks);
    json_end(j);
    json_key(j, "decisions");
    json_begin_array(j);
    if (result >= 0) {
        result = db_decision_list(site->db, device->row, DECISIONS_MAX, put_decision, j);
    }
    json_end(j);
    json_field_bool(j, "complete", result >= 0);
}
