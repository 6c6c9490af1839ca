/* SPDX-License-Identifier: MIT
 * A queue of records in flash for what cannot be sent yet: appended in order, dropped when the
 * other side has them, kept across power cuts. It owns its own `struct flash` (a ring of sectors).
 * When the ring is full, appending fails (E_NOSPACE) and is counted by the caller: nothing unsent
 * is ever overwritten. Room for the drops is always kept, so a full queue can be emptied.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/flash.h"

enum {
    OUTBOX_RECORD_MAX_LEN = 1024,
    /* A record can be dropped while fewer than this many records, from the oldest one on, are in
     * the queue before it. */
    OUTBOX_WINDOW = 256
};

struct outbox {
    const struct flash *flash; /* all private */
    uint32_t head_idx;         /* sector being written */
    uint32_t head_generation;
    uint32_t head_link;  /* generation of the sector before it in the queue */
    uint32_t head_first; /* smallest sequence number that may be in it */
    uint32_t head_offset;
    uint32_t head_dead_len; /* bytes in it that a copy would not have */
    uint32_t tail_idx;      /* sector with the oldest live record */
    uint32_t tail_generation;
    uint32_t n_used; /* sectors from tail to head */
    uint32_t newest_generation;
    uint32_t tried_idx;
    uint32_t low;                         /* every record before this sequence number is dropped */
    uint32_t next;                        /* sequence number of the next record */
    uint32_t dropped[OUTBOX_WINDOW / 32]; /* bit i: record low + i is */
    uint32_t n_live;
    uint32_t n_moves; /* sectors opened: older cursors look again where their record is */
    bool spoiled;     /* a write failed: nothing more goes behind it */
    bool mounted;
};

/* A position in the queue; OUTBOX_START is before the first record. It stays good when records
 * are appended or dropped, its own included. */
struct outbox_cursor {
    uint32_t sequence; /* all private */
    uint32_t sector_idx;
    uint32_t offset;
    uint32_t n_moves;
};
#define OUTBOX_START ((struct outbox_cursor){0, 0, 0, 0})

/* Finds every live record, settles what a cut left in doubt, formats a blank medium. E_ARG for a
 * geometry that cannot work, E_CORRUPT when nothing valid is on a medium that is not blank, E_IO.
 * Reads the medium at most twice and writes one sector. */
int outbox_mount(struct outbox *o, const struct flash *flash) MUST_USE;
/* Erases every sector and mounts an empty queue. */
int outbox_format(struct outbox *o, const struct flash *flash) MUST_USE;
/* On E_OK the record is on the medium and survives a cut. 1..OUTBOX_RECORD_MAX_LEN bytes, less
 * where a sector is smaller (E_ARG). E_NOSPACE when the ring is full. After E_IO the record may be
 * in the queue after the next mount. */
int outbox_append(struct outbox *o, const void *record, size_t len) MUST_USE;
/* Moves the cursor to the next live record, oldest first, and copies it: returns its length,
 * E_NOTFOUND at the end, E_NOSPACE (cursor unmoved) when cap is too small. */
int outbox_next(struct outbox *o, struct outbox_cursor *cursor, void *record, size_t cap) MUST_USE;
/* Drops the record under the cursor: durable on E_OK; a cut before that may bring it back.
 * E_NOTFOUND when it is dropped already, E_LIMIT when it is OUTBOX_WINDOW or more records behind
 * the oldest one. */
int outbox_drop(struct outbox *o, const struct outbox_cursor *cursor) MUST_USE;
static inline uint32_t outbox_count(const struct outbox *o)
{
    return o->n_live;
}

#endif
