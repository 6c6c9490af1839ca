/* SPDX-License-Identifier: MIT
 * The meter at the transformer: what all others consumed, and what went out less what came in
 * there, is what they must have produced together. It says that somebody lies, not who; so it is
 * told and stored, and decides nothing.
 */
#include <string.h>

#include "base/json_writer.h"
#include "db/decisions.h"
#include "site/site.h"
#include "trust/explain.h"
#include "trust/place.h"

enum { SPAN_MAX_S = 3600, REASON_CAP = 200, EVIDENCE_CAP = 400 };

/* Counters bridge a meter's gaps, so its consumption is complete when it comes back. */
void trust_feeder_consumed(struct trust_site *t, struct fleet_device *device,
                           const struct trust_reading *r)
{
    if (t->config.site->fleet.feeder[0] == '\0' || !r->has_consumption) {
        return;
    }
    if (device->balance_key == r->key && r->consumption_mwh > device->balance_mwh) {
        t->feeder.consumed_mwh += r->consumption_mwh - device->balance_mwh;
    }
    if (device->balance_key != r->key || r->consumption_mwh > device->balance_mwh) {
        device->balance_key = r->key;
        device->balance_mwh = r->consumption_mwh;
    }
}

void trust_feeder_reading(struct trust_site *t, const struct trust_reading *r)
{
    struct trust_feeder *f = &t->feeder;
    const int64_t unix_s = r->unix_ms / 1000;
    const int64_t span_s = unix_s - f->last_s;
    if (!r->has_grid || (f->key == r->key && span_s <= 0)) {
        return;
    }
    int64_t carried_mwh = 0;
    if (f->key == r->key && span_s <= SPAN_MAX_S) {
        const int64_t produced_mwh =
            f->consumed_mwh + (r->export_mwh - f->export_mwh) - (r->import_mwh - f->import_mwh);
        /* The others' readings come a little sooner or later; what is below nothing is owed. */
        carried_mwh = produced_mwh < 0 ? produced_mwh : 0;
        if (trust_engine_feeder(&t->engine, unix_s, (uint32_t)span_s, produced_mwh - carried_mwh) !=
            E_OK) {
            t->counts.late++;
        }
    }
    *f = (struct trust_feeder){.key = r->key,
                               .last_s = unix_s,
                               .import_mwh = r->import_mwh,
                               .export_mwh = r->export_mwh,
                               .consumed_mwh = carried_mwh,
                               .contradicts = f->contradicts};
}

static void tell(struct trust_site *t, const struct fleet_device *device, int32_t log_e)
{
    char reason[REASON_CAP];
    char evidence[EVIDENCE_CAP];
    struct json_writer j;
    struct wbuf w = wbuf_of(reason, sizeof reason - 1);
    wbuf_str(&w, t->feeder.contradicts
                     ? "all meters together report more than went through the transformer; who of "
                       "them lies it cannot say"
                     : "all meters together agree with the transformer's again");
    reason[wbuf_len(&w)] = '\0';
    w = wbuf_of(evidence, sizeof evidence - 1);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "kind", "feeder");
    json_field_string(&j, "layer", trust_layer_name(TRUST_L3_FEEDER));
    json_field_string(&j, "reason", reason);
    json_key(&j, "log10_e");
    json_put_decimal(&j, trust_log10_milli(log_e), 3);
    json_key(&j, "excess_wh");
    json_put_decimal(&j, t->engine.feeder_excess_mwh, 3);
    json_end(&j);
    evidence[wbuf_len(&w)] = '\0';
    const struct db_decision decision = {.device = device->row,
                                         .unix_ms = t->engine.now_s * 1000,
                                         .kind = "feeder",
                                         .action = t->feeder.contradicts ? "inspect" : "none",
                                         .before = t->feeder.contradicts ? "none" : "inspect",
                                         .by = DB_BY_ENGINE,
                                         .reason = reason,
                                         .evidence = evidence};
    trust_keep_notice(t, device->id, &decision);
}

void trust_feeder_decide(struct trust_site *t)
{
    const struct fleet *fleet = &t->config.site->fleet;
    const struct fleet_device *device = fleet_find(fleet, fleet->feeder);
    const int32_t log_e = trust_detector_value(&t->engine.feeder);
    const int32_t begin = trust_log2_of(t->rule.quarantine);
    const int32_t end = trust_log2_of(t->rule.watch);
    const bool contradicts = log_e >= (t->feeder.contradicts ? end : begin);
    if (device && contradicts != t->feeder.contradicts) {
        t->feeder.contradicts = contradicts;
        tell(t, device, log_e);
    }
}
