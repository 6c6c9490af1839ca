/* SPDX-License-Identifier: MIT
 * The devices of the site in memory: who they are, the key that their readings must hold, the
 * replay window and the newest reading. The database is the truth; this is what every message is
 * checked against without asking it.
 */
#ifndef SITE_FLEET_H
#define SITE_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ingest/replay.h"
#include "ingest/topic.h"
#include "signer/bucket.h"
#include "telemetry/reading.h"
#include "weather/model.h"

enum { FLEET_SERIAL_MAX_LEN = 40 /* hexadecimal */ };

struct fleet_channel {
    bool known;
    int32_t power_mw;
    int64_t energy_mwh;
};

struct fleet_device {
    int64_t row; /* of the table "devices" */
    int64_t key; /* row of the table "keys"; 0 until enrolled */
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    uint32_t peak_power_w;
    struct weather_place place;
    bool banned;
    bool is_feeder;      /* the meter at the transformer: no member, see fleet_set_feeder() */
    bool quarantined;    /* its energy is not credited for now */
    int64_t balance_key; /* what the feeder's balance knows of its consumption; 0: nothing */
    int64_t balance_mwh;
    uint32_t trust_place;   /* where the trust engine has it, from 1; 0: nowhere yet */
    uint8_t public_key[65]; /* valid when key != 0 */
    char serial[FLEET_SERIAL_MAX_LEN + 1];
    int64_t not_after_unix_ms;

    struct ingest_replay replay;
    struct bucket messages; /* how many more it may send */
    struct bucket pieces;   /* of charging sessions */
    uint64_t n_sessions;    /* charging sessions that are kept; only a charger has any */
    bool reported;          /* the rest is the newest reading, once there is one */
    uint32_t boot_epoch;
    uint32_t sequence;
    int64_t last_unix_ms;      /* its own time */
    int64_t received_unix_ms;  /* ours, site clock */
    uint64_t received_mono_ms; /* 0 for a reading of an earlier run */
    struct fleet_channel channels[TELEMETRY_CHANNEL_KINDS];

    uint64_t stored; /* since it was added */
    uint64_t refused;
    uint64_t change;            /* fleet-wide number of its last change, for those who show it */
    struct fleet_device *older; /* private from here: neighbours in the order of changes */
    struct fleet_device *newer;
    uint32_t slot; /* position in the fleet */
};

struct fleet {
    struct fleet_device **devices; /* all private but through the functions below */
    size_t n;
    size_t cap;
    uint32_t *index; /* hash table of positions + 1 */
    size_t index_cap;
    uint64_t changes;
    struct fleet_device *oldest; /* ends of the order of changes */
    struct fleet_device *newest;
    char feeder[TELEMETRY_DEVICE_ID_MAX_LEN + 1]; /* "": there is none */
};

void fleet_init(struct fleet *fleet);
void fleet_free(struct fleet *fleet);
/* Names the device that measures what all others together take from the grid or give to it, now or
 * once it is added. It counts as a device, but is in no sum and judged by none. NULL or "": there
 * is none. */
void fleet_set_feeder(struct fleet *fleet, const char *id);
/* Copies `device`; E_STATE when the id is taken. The copy stays at its address until removed. */
int fleet_add(struct fleet *fleet, const struct fleet_device *device,
              struct fleet_device **out) MUST_USE;
void fleet_remove(struct fleet *fleet, struct fleet_device *device);
/* NULL when unknown. */
struct fleet_device *fleet_find(const struct fleet *fleet, const char *id);
static inline size_t fleet_count(const struct fleet *fleet)
{
    return fleet->n;
}
struct fleet_device *fleet_at(const struct fleet *fleet, size_t position);
/* Gives the device a new change number. */
void fleet_changed(struct fleet *fleet, struct fleet_device *device);
/* The device with the oldest change after number `seen`; NULL when there is none. */
struct fleet_device *fleet_changed_since(const struct fleet *fleet, uint64_t seen);
/* The next one in the order of changes. */
static inline struct fleet_device *fleet_next_changed(const struct fleet_device *device)
{
    return device->newer;
}
/* Takes the reading as the newest one unless a newer is known. */
void fleet_report(struct fleet *fleet, struct fleet_device *device,
                  const struct telemetry_reading *reading, int64_t received_unix_ms,
                  uint64_t now_ms);
/* A reading came in the last FLEET_ONLINE_MS of real time. */
bool fleet_online(const struct fleet_device *device, uint64_t now_ms);

enum { FLEET_ONLINE_MS = 20000 };

/* Sums over the devices that are online, power without that of the feeder's meter. Grid power is
 * what they report; for homes that report none it is the balance of what they do report, netted
 * over the site. */
struct fleet_flows {
    int64_t production_mw;
    int64_t consumption_mw;
    int64_t grid_import_mw;
    int64_t grid_export_mw;
    size_t enrolled;
    size_t online;
    size_t banned;
};
struct fleet_flows fleet_flows(const struct fleet *fleet, uint64_t now_ms);

#endif
