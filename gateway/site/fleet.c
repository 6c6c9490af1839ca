/* SPDX-License-Identifier: MIT */
#include "site/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

enum { FIRST_CAP = 64 };

static uint32_t hash_of(const char *id)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *id; id++)
        h = (h ^ (uint8_t)*id) * 16777619u;
    return h;
}

void fleet_init(struct fleet *fleet)
{
    *fleet = (struct fleet){.changes = 0};
}

void fleet_free(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->n; i++)
        free(fleet->devices[i]);
    free(fleet->devices);
    free(fleet->index);
    fleet_init(fleet);
}

static void index_put(struct fleet *fleet, uint32_t position)
{
    size_t mask = fleet->index_cap - 1;
    size_t i = hash_of(fleet->devices[position]->id) & mask;
    while (fleet->index[i] != 0)
        i = (i + 1) & mask;
    fleet->index[i] = position + 1;
}

static void index_rebuild(struct fleet *fleet)
{
    memset(fleet->index, 0, fleet->index_cap * sizeof fleet->index[0]);
    for (uint32_t i = 0; i < fleet->n; i++)
        index_put(fleet, i);
}

/* At most half of the hash table is used. */
static int grow(struct fleet *fleet)
{
    size_t cap = fleet->cap ? fleet->cap * 2 : FIRST_CAP;
    struct fleet_device **devices = realloc(fleet->devices, cap * sizeof(struct fleet_device *));
    if (!devices)
        return E_NOSPACE;
    fleet->devices = devices;
    uint32_t *index = realloc(fleet->index, cap * 2 * sizeof index[0]);
    if (!index)
        return E_NOSPACE;
    fleet->index = index;
    fleet->cap = cap;
    fleet->index_cap = cap * 2;
    index_rebuild(fleet);
    return E_OK;
}

static void unlink_change(struct fleet *fleet, struct fleet_device *device)
{
    *(device->older ? &device->older->newer : &fleet->oldest) = device->newer;
    *(device->newer ? &device->newer->older : &fleet->newest) = device->older;
}

static void link_change(struct fleet *fleet, struct fleet_device *device)
{
    device->older = fleet->newest;
    device->newer = NULL;
    *(fleet->newest ? &fleet->newest->newer : &fleet->oldest) = device;
    fleet->newest = device;
    device->change = ++fleet->changes;
}

static bool is_feeder(const struct fleet *fleet, const struct fleet_device *device)
{
    return strcmp(fleet->feeder, device->id) == 0; /* no device has an empty name */
}

void fleet_set_feeder(struct fleet *fleet, const char *id)
{
    (void)snprintf(fleet->feeder, sizeof fleet->feeder, "%s", id ? id : "");
    for (size_t i = 0; i < fleet->n; i++)
        fleet->devices[i]->is_feeder = is_feeder(fleet, fleet->devices[i]);
}

int fleet_add(struct fleet *fleet, const struct fleet_device *device, struct fleet_device **out)
{
    if (fleet_find(fleet, device->id))
        return E_STATE;
    if (fleet->n == fleet->cap && grow(fleet) != E_OK)
        return E_NOSPACE;
    struct fleet_device *copy = malloc(sizeof *copy);
    if (!copy)
        return E_NOSPACE;
    *copy = *device;
    copy->is_feeder = is_feeder(fleet, copy);
    copy->slot = (uint32_t)fleet->n;
    fleet->devices[fleet->n++] = copy;
    index_put(fleet, copy->slot);
    link_change(fleet, copy);
    *out = copy;
    return E_OK;
}

void fleet_remove(struct fleet *fleet, struct fleet_device *device)
{
    ASSERT(fleet->devices[device->slot] == device);
    unlink_change(fleet, device);
    fleet->n--;
    fleet->devices[device->slot] = fleet->devices[fleet->n];
    fleet->devices[device->slot]->slot = device->slot;
    free(device);
    index_rebuild(fleet);
}

struct fleet_device *fleet_find(const struct fleet *fleet, const char *id)
{
    if (fleet->n == 0)
        return NULL;
    size_t mask = fleet->index_cap - 1;
    for (size_t i = hash_of(id) & mask; fleet->index[i] != 0; i = (i + 1) & mask) {
        struct fleet_device *device = fleet->devices[fleet->index[i] - 1];
        if (strcmp(device->id, id) == 0)
            return device;
    }
    return NULL;
}

struct fleet_device *fleet_at(const struct fleet *fleet, size_t position)
{
    ASSERT(position < fleet->n);
    return fleet->devices[position];
}

void fleet_changed(struct fleet *fleet, struct fleet_device *device)
{
    unlink_change(fleet, device);
    link_change(fleet, device);
}

struct fleet_device *fleet_changed_since(const struct fleet *fleet, uint64_t seen)
{
    struct fleet_device *device = fleet->newest;
    if (!device || device->change <= seen) {
        return NULL;
    }
    while (device->older && device->older->change > seen) {
        device = device->older;
    }
    return device;
}

static bool newer(const struct fleet_device *device, const struct telemetry_reading *reading)
{
    if (!device->reported || reading->boot_epoch != device->boot_epoch)
        return !device->reported || reading->boot_epoch > device->boot_epoch;
    return reading->sequence > device->sequence;
}

void fleet_report(struct fleet *fleet, struct fleet_device *device,
                  const struct telemetry_reading *reading, int64_t received_unix_ms,
                  uint64_t now_ms)
{
    device->received_mono_ms = now_ms;
    fleet_changed(fleet, device);
    if (!newer(device, reading))
        return;
    device->reported = true;
    device->boot_epoch = reading->boot_epoch;
    device->sequence = reading->sequence;
    device->last_unix_ms = reading->unix_ms;
    device->received_unix_ms = received_unix_ms;
    memset(device->channels, 0, sizeof device->channels);
    ASSERT(reading->n_channels <= TELEMETRY_CHANNELS_MAX);
    for (size_t i = 0; i < reading->n_channels; i++) {
        const struct telemetry_channel *c = &reading->channels[i];
        ASSERT(c->kind < TELEMETRY_CHANNEL_KINDS);
        device->channels[c->kind] = (struct fleet_channel){
            .known = true, .power_mw = c->power_mw, .energy_mwh = c->energy_mwh};
    }
}

bool fleet_online(const struct fleet_device *device, uint64_t now_ms)
{
    return device->received_mono_ms != 0 && now_ms - device->received_mono_ms < FLEET_ONLINE_MS;
}

static void add_power(struct fleet_flows *flows, const struct fleet_device *device,
                      int64_t *unmetered_mw)
{
    const struct fleet_channel *c = device->channels;
    flows->production_mw += c[TELEMETRY_PRODUCTION].power_mw;
    flows->consumption_mw += c[TELEMETRY_CONSUMPTION].power_mw;
    if (c[TELEMETRY_GRID_IMPORT].known || c[TELEMETRY_GRID_EXPORT].known) {
        flows->grid_import_mw += c[TELEMETRY_GRID_IMPORT].power_mw;
        flows->grid_export_mw += c[TELEMETRY_GRID_EXPORT].power_mw;
    } else {
        *unmetered_mw += c[TELEMETRY_CONSUMPTION].power_mw;
        *unmetered_mw -= c[TELEMETRY_PRODUCTION].power_mw;
    }
}

struct fleet_flows fleet_flows(const struct fleet *fleet, uint64_t now_ms)
{
    struct fleet_flows flows = {.production_mw = 0};
    int64_t unmetered_mw = 0;
    for (size_t i = 0; i < fleet->n; i++) {
        const struct fleet_device *device = fleet->devices[i];
        flows.enrolled += device->key != 0;
        flows.banned += device->banned;
        if (!fleet_online(device, now_ms))
            continue;
        flows.online++;
        if (!device->is_feeder)
            add_power(&flows, device, &unmetered_mw);
    }
    if (unmetered_mw > 0)
        flows.grid_import_mw += unmetered_mw;
    else
        flows.grid_export_mw -= unmetered_mw;
    return flows;
}
