/* SPDX-License-Identifier: MIT
 * Reading a store's log back into its index. A generation is a chain of sectors that begins with a
 * transaction holding every value of the one before; the newest whose first transaction is complete
 * is the store.
 */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include "store/store.h"

/* What a record is: flags in the entry's kind. */
enum {
    RECORD_FIRST = 1, /* begins a transaction; records before it that were not committed are void */
    RECORD_LAST = 2,  /* commits the transaction */
    RECORD_DELETE = 4, /* the key is gone */
    RECORD_BARE = 8    /* no key at all */
};

enum { SLOT_DELETED = 0xFFFF }; /* length of a pending deletion */

/* Loads the newest generation. E_NOTFOUND when there is none, E_CORRUPT when a part of it is
 * missing, E_IO. */
int store_replay_newest(struct store *s) MUST_USE;
/* Loads what was written up to `end`. */
int store_replay_until(struct store *s, const struct store_tip *end) MUST_USE;

struct store_slot *store_slot_find(struct store_slot *slots, uint16_t n, uint16_t key);
/* Puts a slot at the end of a list, in place of one of the same key; false when it is full. */
bool store_slot_set(struct store_slot *slots, uint16_t *n, struct store_slot slot);
/* Makes what is pending committed; false when there are more keys than a store holds. */
bool store_pending_apply(struct store *s);

#endif
