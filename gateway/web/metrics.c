/* SPDX-License-Identifier: MIT */
#include "web/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trust/explain.h"
#include "trust/trust_site.h"
#include "web/api.h"

static void put(struct wbuf *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct wbuf *w, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof text) {
        wbuf_fail(w);
        return;
    }
    wbuf_put(w, text, (size_t)n);
}

static void head(struct wbuf *w, const char *name, const char *type, const char *help)
{
    put(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void counter(struct wbuf *w, const char *name, const char *help, uint64_t v)
{
    head(w, name, "counter", help);
    put(w, "%s %" PRIu64 "\n", name, v);
}

static void gauge(struct wbuf *w, const char *name, const char *help, uint64_t v)
{
    head(w, name, "gauge", help);
    put(w, "%s %" PRIu64 "\n", name, v);
}

static void histogram(struct wbuf *w, const char *name, const char *help,
                      const struct ingest_durations *d)
{
    uint64_t count = 0;
    head(w, name, "histogram", help);
    for (size_t i = 0; i < INGEST_DURATION_BOUNDS; i++) {
        count += d->counts[i];
        put(w, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
            (double)ingest_duration_bounds_ns[i] / 1e9, count);
    }
    count += d->counts[INGEST_DURATION_BOUNDS];
    put(w, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    put(w, "%s_sum %.9f\n%s_count %" PRIu64 "\n", name, (double)d->sum_ns / 1e9, name, count);
}

static void put_refused(struct wbuf *w, const struct ingest_counters *c)
{
    static const char name[] = "wattward_readings_refused_total";
    head(w, name, "counter", "Readings refused, by reason.");
    for (size_t i = 0; i < INGEST_REFUSAL_COUNT; i++) {
        put(w, "%s{reason=\"%s\"} %" PRIu64 "\n", name, ingest_refusal_names[i], c->refused[i]);
    }
}

static void put_ingest(struct wbuf *w, const struct ingest_counters *c)
{
    counter(w, "wattward_messages_received_total", "Messages on the devices' topics.", c->received);
    counter(w, "wattward_messages_received_bytes_total", "Their payload.", c->received_bytes);
    counter(w, "wattward_readings_stored_total", "Readings written to disk since the start.",
            c->stored);
    gauge(w, "wattward_readings", "Readings in the database.", c->total);
    counter(w, "wattward_readings_duplicate_total", "Repetitions, acknowledged again.",
            c->duplicates);
    put_refused(w, c);
    counter(w, "wattward_readings_lost_total",
            "Readings the database could not take; their devices keep them.", c->lost);
    counter(w, "wattward_commits_total", "Batches committed.", c->commits);
    counter(w, "wattward_commit_failures_total", "Batches that could not be committed.",
            c->commit_failures);
    counter(w, "wattward_acks_sent_total", "Acknowledgement messages.", c->acks);
    histogram(w, "wattward_verify_duration_seconds", "Checking one signature.", &c->verify);
    histogram(w, "wattward_ingest_duration_seconds", "One message without its commit.", &c->whole);
    histogram(w, "wattward_commit_duration_seconds", "One commit.", &c->commit);
}

/* Several reasons of ours share one of the seed's. */
static void put_seed_rejected(struct wbuf *w, const struct ingest_counters *c)
{
    static const char name[] = "te_messages_rejected_total";
    static const char *const reasons[] = {"malformed_payload",   "invalid_signature",
                                          "unregistered_device", "replay_detected",
                                          "banned_device",       "system_error"};
    head(w, name, "counter", "As wattward_readings_refused_total.");
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        uint64_t n = 0;
        for (size_t k = 0; k < INGEST_REFUSAL_COUNT; k++) {
            n += strcmp(ingest_refusal_seed_names[k], reasons[i]) == 0 ? c->refused[k] : 0;
        }
        put(w, "%s{reason=\"%s\"} %" PRIu64 "\n", name, reasons[i], n);
    }
}

static void put_seed_names(struct wbuf *w, const struct site *site)
{
    const struct ingest_counters *c = &site->ingest->counters;
    counter(w, "te_messages_received_total", "As wattward_messages_received_total.", c->received);
    counter(w, "te_messages_accepted_total", "As wattward_readings_stored_total.", c->stored);
    put_seed_rejected(w, c);
    histogram(w, "te_crypto_validation_seconds", "As wattward_verify_duration_seconds.",
              &c->verify);
    histogram(w, "te_processing_seconds", "As wattward_ingest_duration_seconds.", &c->whole);
    est_put_metrics(site->est, w);
}

/* The seed counted validations and penalties; here every interval is one, and every deviation. */
static void put_trust(struct wbuf *w, const struct site *site)
{
    static const char name[] = "wattward_trust_devices";
    size_t n[TRUST_ACTION_COUNT] = {0};
    if (!site->trust) {
        return;
    }
    const struct trust_counts *c = trust_site_counts(site->trust);
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        n[trust_site_view(site->trust, fleet_at(&site->fleet, i)).action]++;
    }
    head(w, name, "gauge", "Devices, by what is done about them.");
    for (int a = 0; a < TRUST_ACTION_COUNT; a++) {
        put(w, "%s{action=\"%s\"} %zu\n", name, trust_action_name((enum trust_action)a), n[a]);
    }
    head(w, "wattward_trust_decisions_total", "counter", "The engine's, by kind, this run.");
    for (int k = 0; k < TRUST_EVENT_KINDS; k++) {
        put(w, "wattward_trust_decisions_total{kind=\"%s\"} %" PRIu64 "\n",
            trust_event_name((enum trust_event_kind)k), c->decisions[k]);
    }
    counter(w, "wattward_trust_intervals_total", "Intervals judged.", c->intervals);
    counter(w, "wattward_trust_late_total", "Intervals too late for their day.", c->late);
    counter(w, "wattward_trust_bans_total", "Bans by the engine, this run.", c->bans);
    counter(w, "wattward_trust_told_total", "Messages to devices about themselves.", c->told);
    head(w, "te_validations_total", "counter", "As wattward_trust_intervals_total.");
    put(w, "te_validations_total{result=\"valid\",reason=\"ok\"} %" PRIu64 "\n", c->intervals);
    head(w, "te_penalties_applied_total", "counter", "Deviations under the seed's rule.");
    put(w, "te_penalties_applied_total{reason=\"meteo_anomaly\"} %" PRIu64 "\n",
        c->seed_deviations);
}

static void put_site(struct wbuf *w, struct web_api *api, uint64_t now_ms)
{
    struct site *site = api->site;
    const struct fleet_flows flows = fleet_flows(&site->fleet, now_ms);
    gauge(w, "wattward_up", "1 when database, broker and signer work.", !site_trouble(site));
    gauge(w, "wattward_uptime_seconds", "Time since the start.",
          (now_ms - site->started_ms) / 1000);
    gauge(w, "wattward_broker_connected", "1 while subscribed.", site->broker_up);
    counter(w, "wattward_broker_starts_total", "Starts of the broker.", site->broker_starts);
    head(w, "wattward_devices", "gauge", "Devices by state.");
    put(w,
        "wattward_devices{state=\"waiting\"} %zu\nwattward_devices{state=\"active\"} %zu\n"
        "wattward_devices{state=\"banned\"} %zu\n",
        fleet_count(&site->fleet) - flows.enrolled, flows.enrolled - flows.banned, flows.banned);
    gauge(w, "wattward_devices_online", "Devices heard of lately.", flows.online);
    head(w, "wattward_power_watts", "gauge", "Power of the devices online.");
    put(w, "wattward_power_watts{channel=\"production\"} %.3f\n",
        (double)flows.production_mw / 1e3);
    put(w, "wattward_power_watts{channel=\"consumption\"} %.3f\n",
        (double)flows.consumption_mw / 1e3);
    put(w, "wattward_power_watts{channel=\"grid_import\"} %.3f\n",
        (double)flows.grid_import_mw / 1e3);
    put(w, "wattward_power_watts{channel=\"grid_export\"} %.3f\n",
        (double)flows.grid_export_mw / 1e3);
    counter(w, "wattward_logins_total", "Logins of the operator.", api->logins);
    counter(w, "wattward_login_failures_total", "Wrong passwords.", api->login_failures);
}

void web_metrics_write(struct web_api *api, uint64_t now_ms, struct wbuf *w)
{
    put_site(w, api, now_ms);
    put_ingest(w, &api->site->ingest->counters);
    put_seed_names(w, api->site);
    put_trust(w, api->site);
}
