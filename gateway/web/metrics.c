/* SPDX-License-Identifier: MIT */
#include "web/metrics.h"

#include <inttypes.h>
#include <time.h>

#include "web/api.h"
#include "web/metrics_parts.h"
#include "web/metrics_text.h"

enum { EXPIRING_S = 30 * 24 * 3600 };

static void put_refused(struct wbuf *w, const struct ingest_counters *c)
{
    static const char name[] = "wattward_readings_refused_total";
    metrics_head(w, name, "counter", "Readings refused, by reason.");
    for (size_t i = 0; i < INGEST_REFUSAL_COUNT; i++) {
        metrics_put(w, "%s{reason=\"%s\"} %" PRIu64 "\n", name, ingest_refusal_names[i],
                    c->refused[i]);
    }
}

static void put_ingest(struct wbuf *w, const struct ingest_counters *c)
{
    metrics_counter(w, "wattward_messages_received_total", "Messages on the devices' topics.",
                    c->received);
    metrics_counter(w, "wattward_messages_received_bytes_total", "Their payload.",
                    c->received_bytes);
    metrics_counter(w, "wattward_readings_stored_total",
                    "Readings written to disk since the start.", c->stored);
    metrics_gauge(w, "wattward_readings", "Readings in the database.", c->total);
    metrics_counter(w, "wattward_readings_duplicate_total", "Repetitions, acknowledged again.",
                    c->duplicates);
    put_refused(w, c);
    metrics_counter(w, "wattward_readings_lost_total",
                    "Readings the database could not take; their devices keep them.", c->lost);
    metrics_counter(w, "wattward_commits_total", "Batches committed.", c->commits);
    metrics_counter(w, "wattward_commit_failures_total", "Batches that could not be committed.",
                    c->commit_failures);
    metrics_counter(w, "wattward_acks_sent_total", "Acknowledgement messages.", c->acks);
    metrics_counter(w, "wattward_session_pieces_total",
                    "Pieces of charging sessions on disk, repetitions too.", c->pieces);
    metrics_histogram(w, "wattward_verify_duration_seconds", "Checking one signature.", &c->verify);
    metrics_histogram(w, "wattward_ingest_duration_seconds", "One message without its commit.",
                      &c->whole);
    metrics_histogram(w, "wattward_commit_duration_seconds", "One commit.", &c->commit);
}

/* By the real clock, as certificates are. */
static void put_expiring(struct wbuf *w, const struct site *site)
{
    const int64_t soon_ms = ((int64_t)time(NULL) + EXPIRING_S) * 1000;
    uint64_t n = 0;
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        const struct fleet_device *device = fleet_at(&site->fleet, i);
        n += device->key != 0 && device->not_after_unix_ms < soon_ms;
    }
    metrics_gauge(w, "wattward_device_certificates_expiring",
                  "Devices whose certificate ends within 30 days.", n);
}

static void put_site(struct wbuf *w, struct web_api *api, uint64_t now_ms)
{
    struct site *site = api->site;
    const struct fleet_flows flows = fleet_flows(&site->fleet, now_ms);
    metrics_gauge(w, "wattward_up", "1 when database, broker and signer work.",
                  !site_trouble(site));
    metrics_gauge(w, "wattward_uptime_seconds", "Time since the start.",
                  (now_ms - site->started_ms) / 1000);
    metrics_gauge(w, "wattward_broker_connected", "1 while subscribed.", site->broker_up);
    metrics_counter(w, "wattward_broker_starts_total", "Starts of the broker.",
                    site->broker_starts);
    metrics_head(w, "wattward_devices", "gauge", "Devices by state.");
    metrics_put(w,
                "wattward_devices{state=\"waiting\"} %zu\nwattward_devices{state=\"active\"} %zu\n"
                "wattward_devices{state=\"banned\"} %zu\n",
                fleet_count(&site->fleet) - flows.enrolled, flows.enrolled - flows.banned,
                flows.banned);
    put_expiring(w, site);
    metrics_counter(w, "wattward_clock_jumps_total", "Times the wall clock jumped.",
                    site->clock_jumps);
    metrics_gauge(w, "wattward_devices_online", "Devices heard of lately.", flows.online);
    metrics_head(w, "wattward_power_watts", "gauge", "Power of the devices online.");
    metrics_put(w, "wattward_power_watts{channel=\"production\"} %.3f\n",
                (double)flows.production_mw / 1e3);
    metrics_put(w, "wattward_power_watts{channel=\"consumption\"} %.3f\n",
                (double)flows.consumption_mw / 1e3);
    metrics_put(w, "wattward_power_watts{channel=\"grid_import\"} %.3f\n",
                (double)flows.grid_import_mw / 1e3);
    metrics_put(w, "wattward_power_watts{channel=\"grid_export\"} %.3f\n",
                (double)flows.grid_export_mw / 1e3);
    metrics_counter(w, "wattward_logins_total", "Logins of the operator.", api->logins);
    metrics_counter(w, "wattward_login_failures_total", "Wrong passwords.", api->login_failures);
}

void web_metrics_write(struct web_api *api, uint64_t now_ms, bool with_devices, struct wbuf *w)
{
    put_site(w, api, now_ms);
    put_ingest(w, &api->site->ingest->counters);
    metrics_put_seed(w, api->site);
    metrics_put_trust(w, api->site, with_devices);
    metrics_put_weather(w, api->site);
    metrics_put_ledger(w, api->site, now_ms);
}
