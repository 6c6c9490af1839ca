/* SPDX-License-Identifier: MIT
 * The replay window of one device: which of its newest sequence numbers are on disk, as a bitmap
 * over the newest boot epoch. It answers "certainly stored" or "not known"; the UNIQUE key of the
 * database answers the rest, so the window needs no storage of its own and may start empty. Fixed
 * memory.
 */
#ifndef INGEST_REPLAY_H
#define INGEST_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { INGEST_REPLAY_SPAN = 1024 /* sequence numbers, a multiple of 64 */ };

struct ingest_replay {
    uint32_t boot_epoch; /* all private; all zero is an empty window */
    uint32_t newest;     /* highest sequence marked in that epoch */
    bool started;
    uint64_t stored[INGEST_REPLAY_SPAN / 64]; /* bit: sequence modulo the span */
};

/* True only for a number that was marked. False for an epoch other than the newest and for numbers
 * INGEST_REPLAY_SPAN or more behind the newest. */
bool ingest_replay_seen(const struct ingest_replay *w, uint32_t boot_epoch, uint32_t sequence);
/* Call once the reading is committed. Older epochs and numbers behind the window change nothing. */
void ingest_replay_mark(struct ingest_replay *w, uint32_t boot_epoch, uint32_t sequence);

#endif
