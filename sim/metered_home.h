/* SPDX-License-Identifier: MIT
 * A home in virtual time: a real meter (app/meter.h) over simulated flash, links and a sink. It
 * runs from event to event; power and connection are cut from outside, or by the flash at an
 * operation.
 */
#ifndef SIM_METERED_HOME_H
#define SIM_METERED_HOME_H

#include "app/identity.h"
#include "app/meter.h"
#include "sim/flash.h"
#include "sim/link.h"
#include "sim/sink.h"

enum {
    SIM_HOME_SECTOR_LEN = 4096,
    SIM_HOME_STORE_SECTORS = 8,
    SIM_HOME_OUTBOX_SECTORS_MAX = 64,
    SIM_HOME_PROGRAM_LEN = 8
};

struct sim_metered_home {
    struct meter meter;
    struct sim_link up;
    struct sim_link down;
    struct sim_sink sink;
    struct sim_flash store_flash;
    struct sim_flash outbox_flash;
    uint64_t now_ms;
    int64_t unix_offset_ms; /* site time is now_ms * rate + this */
    bool broker_is_up;
    uint32_t n_boots;
    uint32_t n_refused_events;
    struct meter_counts counts; /* as of the last look */
    struct meter_config config; /* private from here */
    struct identity identity;
    struct store store;
    struct outbox outbox;
    struct sim_random random;
    uint32_t store_memory[SIM_FLASH_MEMORY_LEN(SIM_HOME_SECTOR_LEN, SIM_HOME_STORE_SECTORS) / 4];
    uint32_t
        outbox_memory[SIM_FLASH_MEMORY_LEN(SIM_HOME_SECTOR_LEN, SIM_HOME_OUTBOX_SECTORS_MAX) / 4];
};

/* `config` says all but signer, store and outbox. `rows` is lent to the sink. The home is on, its
 * broker is up. */
void sim_metered_home_init(struct sim_metered_home *h, const struct meter_config *config,
                           uint32_t outbox_sectors, struct sim_sink_row *rows, size_t n_rows,
                           uint64_t seed);
/* Lets virtual time pass. */
void sim_metered_home_run(struct sim_metered_home *h, uint64_t until_ms);
void sim_metered_home_set_broker(struct sim_metered_home *h, bool is_up);
/* Power is cut now and comes back at once. */
void sim_metered_home_cut_power(struct sim_metered_home *h);
/* The broker is up, the links are perfect, nothing is cut any more: runs until nothing waits, at
 * most `patience_ms`. Whether nothing waits. */
bool sim_metered_home_settle(struct sim_metered_home *h, uint64_t patience_ms);

#endif
