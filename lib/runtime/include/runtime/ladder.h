/* SPDX-License-Identifier: MIT
 * The boot-loop ladder. A machine that crashes again and again starts with less and less: first
 * without its profile (what it does for a living), then with the last configuration that worked,
 * then in safe mode (network and update only). Once healthy for a while it tries one rung up again;
 * a try that crashes goes back at once and waits twice as long before the next.
 *
 * Crashes and power cuts are counted apart: a loose plug is no reason to give up a function.
 * Decided from the reason of the reset and one small record; who writes that record to flash is the
 * application's business.
 */
#ifndef RUNTIME_LADDER_H
#define RUNTIME_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "runtime/reset.h"
#include "runtime/timer.h"

enum runtime_rung {
    RUNTIME_RUNG_NORMAL,
    RUNTIME_RUNG_PROFILE_OFF,
    RUNTIME_RUNG_LAST_GOOD_CONFIG, /* and the profile is off */
    RUNTIME_RUNG_SAFE_MODE,
    RUNTIME_N_RUNGS
};

/* "profile off": for logs and reports. Never NULL. */
const char *runtime_rung_name(enum runtime_rung rung);

/* Bytes of the record: version, rung, trial, healthy, crashes in a row, waits doubled, 2 spare,
 * then little-endian counts of boots, crashes, power cuts (4 each), CRC-32 of all before. */
enum { RUNTIME_LADDER_RECORD_LEN = 24 };

/* Where the record is kept, atomically: after a power cut it is the old or the new one. */
struct runtime_ladder_store {
    /* E_OK; E_NOTFOUND at the first start; E_IO, E_CORRUPT. */
    int (*load)(void *context, uint8_t record[RUNTIME_LADDER_RECORD_LEN]);
    int (*save)(void *context, const uint8_t record[RUNTIME_LADDER_RECORD_LEN]);
    void *context;
};

struct runtime_ladder_config {
    uint8_t crashes_per_rung;  /* in a row, 1..255, before the next rung down */
    uint32_t healthy_after_ms; /* a run that lasts this long is healthy; not 0 */
    uint32_t climb_after_ms;   /* healthy run before a rung is climbed; >= healthy_after_ms */
    uint8_t max_doublings;     /* of climb_after_ms after failed tries, 0..16 */
    struct runtime_ladder_store store;
    struct trace_sink trace;
};

struct runtime_ladder {
    struct runtime_ladder_config config; /* all private */
    uint64_t booted_ms;
    uint32_t n_boots;
    uint32_t n_crashes;
    uint32_t n_power_cuts;
    uint8_t rung;      /* of this run */
    uint8_t next_rung; /* of the next one, unless it is judged otherwise */
    uint8_t crashes_in_row;
    uint8_t doublings;
    bool
        trial; /* the next run, or this one while it is not healthy, tries the rung it climbed to */
    bool healthy;
    bool next_decided; /* nothing is left to climb in this run */
    uint8_t events;
    int saved;
};

enum runtime_ladder_event {
    RUNTIME_LADDER_NONE,
    RUNTIME_LADDER_HEALTHY, /* in RUNTIME_RUNG_NORMAL the configuration in use is now the last good
                               one */
    RUNTIME_LADDER_CLIMB /* restart (as RUNTIME_RESET_REQUESTED) when it suits: the rung above waits
                          */
};

/* Loads the record, judges the run before by `reset`, and saves before anything can crash again. */
enum runtime_rung runtime_ladder_boot(struct runtime_ladder *l,
                                      const struct runtime_ladder_config *config,
                                      enum runtime_reset reset, uint64_t now_ms);
void runtime_ladder_tick(struct runtime_ladder *l, uint64_t now_ms);
uint64_t runtime_ladder_deadline(const struct runtime_ladder *l);
/* The next fact for the application; RUNTIME_LADDER_NONE when there is none. */
enum runtime_ladder_event runtime_ladder_event(struct runtime_ladder *l);
/* A person (or an update) says that the cause is gone: the next boot is normal. */
void runtime_ladder_reset(struct runtime_ladder *l);

enum runtime_rung runtime_ladder_rung(const struct runtime_ladder *l);

struct runtime_ladder_counts {
    uint32_t boots; /* all since the record began; they stop at UINT32_MAX */
    uint32_t crashes;
    uint32_t power_cuts;
    uint8_t crashes_in_row;
    int saved; /* how the last save ended; E_OK */
};
struct runtime_ladder_counts runtime_ladder_counts(const struct runtime_ladder *l);

#endif
