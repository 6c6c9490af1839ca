/* SPDX-License-Identifier: MIT
 * The gateway as a meter sees it, reduced to its promise: a reading is verified, stored once
 * however often it comes, and acknowledged when it is stored. It remembers everything, so that a
 * test can ask whether anything is missing, doubled or out of order.
 */
#ifndef SIM_SINK_H
#define SIM_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telemetry/ack.h"
#include "telemetry/reading.h"

enum { SIM_SINK_CHANNELS = TELEMETRY_CHANNELS_MAX };

/* What is kept of a reading. */
struct sim_sink_row {
    uint32_t boot_epoch;
    uint32_t sequence;
    int64_t unix_ms;
    int64_t energy_mwh[SIM_SINK_CHANNELS]; /* by kind; -1: not in the reading */
};

struct sim_sink {
    struct sim_sink_row *rows; /* lent: room for `cap` */
    size_t cap;
    size_t n_rows;
    uint32_t n_duplicates;
    uint32_t n_forged; /* signature or form wrong */
    uint8_t public_key[65];
};

void sim_sink_init(struct sim_sink *s, struct sim_sink_row *rows, size_t cap,
                   const uint8_t public_key[65]);
/* Takes one message; writes the acknowledgement it earns. Its length, 0 for a message that names no
 * reading, or (counted as nothing) when the rows are full. */
size_t sim_sink_take(struct sim_sink *s, const uint8_t *message, size_t len,
                     uint8_t ack[TELEMETRY_ACK_MAX_LEN]);

/* Sorts the rows by name and looks at them: sequences of each boot are 1, 2, 3 ... without a gap,
 * no name twice, time and energy never fall. NULL, or what is wrong. */
const char *sim_sink_audit(struct sim_sink *s);

#endif
