/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "trust/explain.h"
#include "trust/trust_site.h"
#include "web/metrics_parts.h"
#include "web/metrics_text.h"

/* Of those who are judged, 0 to 100 as the seed had it. */
static void put_scores(struct wbuf *w, const struct site *site, bool with_devices)
{
    metrics_head(w, "wattward_trust_score", "gauge", "Reputation, 0 to 100, of those judged.");
    for (size_t i = 0; with_devices && i < fleet_count(&site->fleet); i++) {
        const struct fleet_device *device = fleet_at(&site->fleet, i);
        const struct trust_view view = trust_site_view(site->trust, device);
        if (view.judged) {
            metrics_put(w, "wattward_trust_score{device=\"%s\"} %.1f\n", device->id,
                        (double)view.reputation_permille / 10);
        }
    }
}

static void put_evidence(struct wbuf *w, const struct site *site, bool with_devices)
{
    int64_t highest = 0;
    int64_t feeder_milli = 0;
    metrics_head(w, "wattward_trust_evidence_log10", "gauge",
                 "Evidence of reports above what is expected, as a power of ten.");
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        const struct fleet_device *device = fleet_at(&site->fleet, i);
        const int64_t milli = trust_site_view(site->trust, device).log10_milli;
        if (device->is_feeder) {
            feeder_milli = milli;
            continue;
        }
        highest = milli > highest ? milli : highest;
        if (with_devices) {
            metrics_put(w, "wattward_trust_evidence_log10{device=\"%s\"} %.3f\n", device->id,
                        (double)milli / 1000);
        }
    }
    metrics_head(w, "wattward_trust_evidence_log10_max", "gauge", "The highest of all devices.");
    metrics_put(w, "wattward_trust_evidence_log10_max %.3f\n", (double)highest / 1000);
    metrics_head(w, "wattward_trust_feeder_evidence_log10", "gauge",
                 "Evidence that all report more than went through the transformer.");
    metrics_put(w, "wattward_trust_feeder_evidence_log10 %.3f\n", (double)feeder_milli / 1000);
}

static void put_operator(struct wbuf *w, const struct site *site)
{
    metrics_gauge(w, "wattward_operator_action_number", "Of the operator's last signed action.",
                  site->operator.number);
    metrics_counter(w, "wattward_operator_actions_refused_total",
                    "Actions that the operator did not sign, or that were sent again.",
                    site->operator_refused);
}

void metrics_put_trust(struct wbuf *w, const struct site *site, bool with_devices)
{
    static const char name[] = "wattward_trust_devices";
    size_t n[TRUST_ACTION_COUNT] = {0};
    if (!site->trust) {
        return;
    }
    const struct trust_counts *c = trust_site_counts(site->trust);
    const bool few = with_devices && fleet_count(&site->fleet) <= METRICS_DEVICES_MAX;
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        const struct fleet_device *device = fleet_at(&site->fleet, i);
        n[trust_site_view(site->trust, device).action] += !device->is_feeder;
    }
    metrics_head(w, name, "gauge", "Devices, by what is done about them.");
    for (int a = 0; a < TRUST_ACTION_COUNT; a++) {
        metrics_put(w, "%s{action=\"%s\"} %zu\n", name, trust_action_name((enum trust_action)a),
                    n[a]);
    }
    metrics_head(w, "wattward_trust_decisions_total", "counter",
                 "The engine's, by kind, this run.");
    for (int k = 0; k < TRUST_EVENT_KINDS; k++) {
        metrics_put(w, "wattward_trust_decisions_total{kind=\"%s\"} %" PRIu64 "\n",
                    trust_event_name((enum trust_event_kind)k), c->decisions[k]);
    }
    metrics_counter(w, "wattward_trust_intervals_total", "Intervals judged.", c->intervals);
    metrics_counter(w, "wattward_trust_late_total", "Intervals too late for their day.", c->late);
    metrics_counter(w, "wattward_trust_bans_total", "Bans by the engine, this run.", c->bans);
    metrics_counter(w, "wattward_trust_told_total", "Messages to devices about themselves.",
                    c->told);
    metrics_counter(w, "wattward_trust_impossible_total", "Intervals that nature does not allow.",
                    c->impossible);
    metrics_counter(w, "wattward_trust_untimed_total",
                    "Readings not judged, because their time is unknown or ahead of ours.",
                    c->untimed);
    put_scores(w, site, few);
    put_evidence(w, site, few);
    put_operator(w, site);
}
