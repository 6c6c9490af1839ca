/* SPDX-License-Identifier: MIT
 * Finding one's way in an outbox's ring: which sectors are the queue, in which order, and which
 * records in them are live.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "entry.h"
#include "store/outbox.h"

enum queue_kind {
    QUEUE_STATE = 1,  /* first entry of a sector: what is dropped */
    QUEUE_READY = 2,  /* from here on the sector belongs to the queue */
    QUEUE_RECORD = 3, /* tag: low half of the sequence number */
    QUEUE_DROP = 4
};

enum { QUEUE_STATE_LEN = 12 + OUTBOX_WINDOW / 8 };

/* What a sector says of itself. */
struct queue_sector {
    uint32_t idx;
    uint32_t generation;
    uint32_t link;  /* generation of the sector before it */
    uint32_t first; /* smallest sequence number that may be in it */
    uint32_t low;
    uint32_t next;
};

/* E_NOTFOUND when the sector is none. `dropped` may be NULL. */
int store_queue_sector(const struct outbox *o, uint32_t idx, struct queue_sector *out,
                       uint32_t *dropped) MUST_USE;
/* The sector of a generation, searched backwards from `near_idx`. */
int store_queue_find(const struct outbox *o, uint32_t generation, uint32_t near_idx,
                     struct queue_sector *out) MUST_USE;
/* The sector behind the one of that generation. */
int store_queue_successor(const struct outbox *o, uint32_t generation,
                          struct queue_sector *out) MUST_USE;
/* 1 when the sector of that generation is part of the queue, 0 when not, or E_IO. */
int store_queue_has(const struct outbox *o, uint32_t generation) MUST_USE;

bool store_queue_is_live(const struct outbox *o, uint32_t sequence);

/* Walks the records, dropped ones too, oldest first. */
struct queue_walk {
    struct queue_sector sector;
    uint32_t offset;
    /* the record found */
    struct entry entry;
    uint32_t address;
    uint32_t sequence;
};
int store_queue_walk_start(const struct outbox *o, struct queue_walk *w) MUST_USE;
/* The next record of this sector, E_NOTFOUND at its end. */
int store_queue_walk_sector(const struct outbox *o, struct queue_walk *w) MUST_USE;
/* The next live record of the queue, E_NOTFOUND at its end. */
int store_queue_walk_live(const struct outbox *o, struct queue_walk *w) MUST_USE;

/* Finds the newest ready sector, replays it and fills in `o`, all but what needs a walk.
 * E_NOTFOUND when there is none. */
int store_queue_load(struct outbox *o) MUST_USE;
/* Moves the tail to the sector of the oldest live record. */
int store_queue_trim(struct outbox *o) MUST_USE;
/* Marks a record dropped in RAM. */
void store_queue_mark(struct outbox *o, uint32_t sequence);
/* Drops from the count what is not on the medium, and moves `low` on to the first that is. */
int store_queue_recount(struct outbox *o) MUST_USE;
int store_queue_advance(struct outbox *o) MUST_USE;

#endif
