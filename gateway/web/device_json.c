/* SPDX-License-Identifier: MIT */
#include "web/device_json.h"

#include "posix/clock.h"

static void put_flows(struct json_writer *j, const struct fleet_flows *flows)
{
    json_key(j, "flows");
    json_begin_object(j);
    json_field_int(j, "production_mw", flows->production_mw);
    json_field_int(j, "consumption_mw", flows->consumption_mw);
    json_field_int(j, "grid_import_mw", flows->grid_import_mw);
    json_field_int(j, "grid_export_mw", flows->grid_export_mw);
    json_end(j);
}

static void put_readings(struct json_writer *j, struct ingest_counters *counters, uint64_t now_ms)
{
    json_key(j, "readings");
    json_begin_object(j);
    json_field_int(j, "stored", (int64_t)counters->total);
    json_key(j, "refused");
    json_begin_object(j);
    for (size_t i = 0; i < INGEST_REFUSAL_COUNT; i++) {
        json_field_int(j, ingest_refusal_names[i], (int64_t)counters->refused[i]);
    }
    json_end(j);
    json_field_int(j, "duplicates", (int64_t)counters->duplicates);
    json_field_int(j, "per_minute", ingest_rate_per_minute(&counters->rate, now_ms));
    json_end(j);
}

void web_put_site(struct json_writer *j, const struct site *site, uint64_t now_ms)
{
    const struct fleet_flows flows = fleet_flows(&site->fleet, now_ms);
    json_field_string(j, "name", site->name);
    json_field_int(j, "now_ms", posix_clock_wall_ms());
    json_field_int(j, "rate", posix_clock_rate());
    json_field_int(j, "utc_offset_min", site->utc_offset_min);
    put_flows(j, &flows);
    json_key(j, "devices");
    json_begin_object(j);
    json_field_int(j, "known", (int64_t)fleet_count(&site->fleet));
    json_field_int(j, "enrolled", (int64_t)flows.enrolled);
    json_field_int(j, "online", (int64_t)flows.online);
    json_field_int(j, "banned", (int64_t)flows.banned);
    json_end(j);
    put_readings(j, &site->ingest->counters, now_ms);
}

void web_put_known_int(struct json_writer *j, const char *name, bool known, int64_t v)
{
    json_key(j, name);
    if (known) {
        json_put_int(j, v);
    } else {
        json_put_null(j);
    }
}

const char *web_device_state(const struct fleet_device *device)
{
    if (device->banned) {
        return "banned";
    }
    if (device->quarantined) {
        return "quarantined";
    }
    return device->key != 0 ? "active" : "waiting";
}

const char *web_device_role(const struct fleet_device *device)
{
    return device->is_feeder ? "feeder" : "member";
}

void web_put_device(struct json_writer *j, const struct fleet_device *device, uint64_t now_ms)
{
    const struct fleet_channel *made = &device->channels[TELEMETRY_PRODUCTION];
    const struct fleet_channel *used = &device->channels[TELEMETRY_CONSUMPTION];
    json_field_string(j, "id", device->id);
    json_field_int(j, "peak_power_w", device->peak_power_w);
    json_field_string(j, "state", web_device_state(device));
    json_field_string(j, "role", web_device_role(device));
    json_field_bool(j, "online", fleet_online(device, now_ms));
    web_put_known_int(j, "last_unix_ms", device->reported, device->last_unix_ms);
    web_put_known_int(j, "received_unix_ms", device->reported, device->received_unix_ms);
    web_put_known_int(j, "production_mw", made->known, made->power_mw);
    web_put_known_int(j, "consumption_mw", used->known, used->power_mw);
    web_put_known_int(j, "produced_mwh", made->known, made->energy_mwh);
    web_put_known_int(j, "consumed_mwh", used->known, used->energy_mwh);
    json_field_int(j, "stored", (int64_t)device->stored);
    json_field_int(j, "refused", (int64_t)device->refused);
    json_field_int(j, "sessions", (int64_t)device->n_sessions);
}
