/* SPDX-License-Identifier: MIT
 * Turns the verdicts of one batch into the fewest acknowledgements: neighbours in sequence with the
 * same verdict become one range, and a message carries up to TELEMETRY_ACK_RANGES_MAX of them.
 */
#ifndef INGEST_ACK_LIST_H
#define INGEST_ACK_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "telemetry/ack.h"

struct ingest_ack {
    uint32_t device; /* any number that names a device; equal numbers share a message */
    uint32_t boot_epoch;
    uint32_t sequence;
    enum telemetry_verdict verdict;
};

/* Orders the list so that ingest_ack_list_next() can walk it. */
void ingest_ack_list_sort(struct ingest_ack *list, size_t n);
/* Takes as many entries from `*pos` on as fit one message to one device. Returns the number of
 * ranges written to `ranges` (room for TELEMETRY_ACK_RANGES_MAX), 0 at the end; *device says whose.
 */
size_t ingest_ack_list_next(const struct ingest_ack *list, size_t n, size_t *pos,
                            struct telemetry_ack_range *ranges, uint32_t *device);

#endif
