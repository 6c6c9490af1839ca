/* SPDX-License-Identifier: MIT
 * One meter of a swarm: the device of wattward-device, with its flash in memory.
 */
#ifndef SIM_SWARM_METER_H
#define SIM_SWARM_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/replay.h"
#include "device.h"
#include "flash.h"
#include "latency.h"
#include "store/outbox.h"
#include "store/store.h"
#include "swarm_gateway.h"

/* What all meters of a swarm share. */
struct swarm_setting {
    struct posix_loop *loop;
    struct latency *latency;
    long interval_ms;
    long est_port;
    long mqtt_port;
    void (*connected)(void *context); /* a meter is connected for the first time */
    void (*ended)(void *context);     /* a meter has ended, once each */
    void *context;
};

struct swarm_meter {
    struct device device;
    const struct swarm_setting *setting;
    struct replay replay;
    struct store store;
    struct outbox outbox;
    struct sim_flash store_flash;
    struct sim_flash outbox_flash;
    uint8_t *memory; /* of both */
    bool is_open;
    bool has_ended;
    uint64_t connected_at_ms; /* for the first time */
    /* first sends that wait for their acknowledgement, oldest first */
    uint64_t sent_at_ms[METER_WINDOW_MAX];
    uint32_t first;
    uint32_t n_flying;
    uint32_t connection; /* they were sent on */
    uint64_t n_sent;     /* of the meter's counts, as last seen */
    uint64_t n_settled;
};

/* Open files of one meter that is connected: its socket, and a pair of libmosquitto's. */
enum { SWARM_METER_FILES = 3, SWARM_METER_TIMERS = 8 };

/* Everything but the flash. */
void swarm_meter_prepare(struct swarm_meter *m, const struct swarm_setting *setting, const char *id,
                         const struct swarm_claim *claim);
/* Makes the flash, the key, and begins. Prints one sentence when it fails. */
int swarm_meter_start(struct swarm_meter *m, const struct replay_record *record) MUST_USE;
void swarm_meter_stop(struct swarm_meter *m, uint32_t drain_ms);
void swarm_meter_close(struct swarm_meter *m);

#endif
