/* SPDX-License-Identifier: MIT
 * A queue of records in flash for what cannot be sent yet: appended in order, dropped when the
 * other side has them, in any order, kept across power cuts. It owns its own `struct flash` (a ring
 * of sectors). When the ring is full, appending fails (E_NOSPACE) and is counted by the caller:
 * nothing unsent is ever overwritten.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/flash.h"

enum { OUTBOX_RECORD_MAX_LEN = 1024 };

struct outbox {
    const struct flash *flash; /* all private */
    uint32_t head_sector;      /* oldest sector with a live record */
    uint32_t tail_sector;      /* being written */
    uint32_t tail_offset;
    uint32_t tail_generation;
    uint32_t n_live;
};

/* A position in the queue. Start with OUTBOX_START; valid until the record it names is dropped. */
struct outbox_cursor {
    uint32_t sector_idx;
    uint32_t offset;
};
#define OUTBOX_START ((struct outbox_cursor){UINT32_MAX, 0})

int outbox_mount(struct outbox *o, const struct flash *flash) MUST_USE;
/* On E_OK the record is on the medium and survives a cut. */
int outbox_append(struct outbox *o, const void *record, size_t len) MUST_USE;
/* Moves the cursor to the next live record, oldest first, and copies it: returns its length,
 * E_NOTFOUND at the end, E_NOSPACE (cursor unmoved) when cap is too small. */
int outbox_next(struct outbox *o, struct outbox_cursor *cursor, void *record, size_t cap) MUST_USE;
/* Drops the record under the cursor; a cut before it is durable brings the record back. */
int outbox_drop(struct outbox *o, const struct outbox_cursor *cursor) MUST_USE;
static inline uint32_t outbox_count(const struct outbox *o)
{
    return o->n_live;
}

#endif
