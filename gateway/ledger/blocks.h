/* SPDX-License-Identifier: MIT
 * Readings on their way into the log: one open block a device, which takes neighbours of one
 * interval and closes when the next interval comes, when it is full, or when it is old.
 */
#ifndef LEDGER_BLOCKS_H
#define LEDGER_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/ledger_rows.h"
#include "ledger/entry.h"

enum {
    LEDGER_INTERVAL_S = 900,    /* what settlement counts in */
    LEDGER_BLOCK_MAX = 1024,    /* readings */
    LEDGER_BLOCK_AGE_MS = 60000 /* real time until a reading is in the log at the latest */
};

struct ledger_block {
    int64_t device; /* row */
    char device_id[65];
    struct ledger_tree tree;
    uint8_t key_digest[32];
    int64_t interval_unix_ms;
    uint64_t since_ms; /* when the first reading was taken */
    int64_t first_row;
    int64_t last_row;
    uint8_t n_ranges;
    struct ledger_range_of_readings ranges[LEDGER_RANGES_MAX];
    int64_t newest_unix_ms;
    int form;
    uint8_t newest[LEDGER_READING_MAX_LEN];
    size_t newest_len;
};

/* True when the reading belongs into this block. */
bool ledger_block_fits(const struct ledger_block *b, const struct db_ledger_reading *reading);
/* Starts a block with its first reading. */
void ledger_block_begin(struct ledger_block *b, uint64_t now_ms,
                        const struct db_ledger_reading *reading);
/* Precondition: it fits. */
void ledger_block_add(struct ledger_block *b, const struct db_ledger_reading *reading);
/* The entry, without its index. Views into the block. */
struct ledger_entry ledger_block_entry(const struct ledger_block *b, int64_t unix_ms);

#endif
