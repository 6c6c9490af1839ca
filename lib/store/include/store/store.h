/* SPDX-License-Identifier: MIT
 * A record store over NOR flash: small values under numbered keys, replaced atomically. After a
 * power cut at any moment every committed value is there and no uncommitted one.
 *
 * The store owns the whole `struct flash` it is given (use several with address ranges of their own
 * for several stores). All state lives in `struct store`; nothing is allocated. One mount costs one
 * erase: see lib/store/README.md for wear, and for how many cuts in a row which geometry survives.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/flash.h"

enum {
    STORE_KEYS_MAX = 64,        /* distinct keys a store holds */
    STORE_VALUE_MAX_LEN = 1024, /* bytes of one value; smaller if a sector is smaller */
    STORE_KEY_MAX = 0xFFFE
};

struct store_slot {
    uint32_t address; /* of the newest record of this key */
    uint16_t key;
    uint16_t len;
};

/* Where the next record goes. */
struct store_tip {
    uint32_t generation;
    uint32_t first_idx;  /* sector the generation begins in */
    uint32_t sector_idx; /* and the one being written */
    uint32_t offset;     /* within it */
    uint32_t last;       /* offset of the last record in it, 0 when it has none */
    uint32_t link;       /* checksum of the record before */
    uint16_t n_sectors;  /* of the generation so far */
};

struct store {
    const struct flash *flash; /* all private */
    struct store_slot slots[STORE_KEYS_MAX];
    struct store_slot pending[STORE_KEYS_MAX]; /* put since store_begin */
    uint16_t n_slots;
    uint16_t n_pending;
    struct store_tip tip;
    uint32_t newest_generation; /* ever tried */
    uint32_t tried_idx;         /* sector opened last, or that failed to open */
    bool in_transaction;
    bool spoiled; /* a write failed: nothing more goes behind it */
    bool mounted;
};

/* Finds every committed value, settles what a cut left in doubt, formats a blank medium. E_ARG for
 * a geometry that cannot work, E_CORRUPT when nothing valid is found on a medium that is not blank
 * (store_format then starts anew) or a part of it is missing, E_IO from the flash. Reads the
 * medium at most twice, and its sector heads once more per interrupted generation on it. */
int store_mount(struct store *s, const struct flash *flash) MUST_USE;

/* Erases every sector and mounts an empty store: a factory reset. */
int store_format(struct store *s, const struct flash *flash) MUST_USE;

/* Copies the committed value; returns its length, E_NOTFOUND, E_NOSPACE when cap is too small, or
 * E_CORRUPT when the medium lost it. */
int store_get(struct store *s, uint16_t key, void *out, size_t cap) MUST_USE;

/* One value on its own: a transaction of one. Key 0..STORE_KEY_MAX, len 0..STORE_VALUE_MAX_LEN.
 * E_NOSPACE when the medium is full of live values (the old ones stay; a full store still takes new
 * values of its keys that are not longer, one at a time), E_LIMIT for one key more than
 * STORE_KEYS_MAX. A value equal to the committed one costs no write. On E_IO the old value
 * stays until the next mount, which finds the old or the new one. */
int store_put(struct store *s, uint16_t key, const void *value, size_t len) MUST_USE;
/* E_NOTFOUND when there is nothing to delete. */
int store_delete(struct store *s, uint16_t key) MUST_USE;

/* Several values at once: after a cut all of them are there or none. store_put and store_delete
 * between begin and commit belong to it; store_get still sees the committed values. E_STATE when
 * begun twice, or not begun. Old and new values of a transaction take room at the same time. */
int store_begin(struct store *s) MUST_USE;
int store_commit(struct store *s) MUST_USE;
void store_abort(struct store *s);

/* Visits the committed keys: *position starts at 0. Returns false at the end. Do not put or delete
 * in between. */
bool store_next_key(const struct store *s, uint16_t *position, uint16_t *key);

#endif
