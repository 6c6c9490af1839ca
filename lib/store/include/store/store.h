/* SPDX-License-Identifier: MIT
 * A record store over NOR flash: small values under numbered keys, replaced atomically. After a
 * power cut at any moment every committed value is there and no uncommitted one.
 *
 * The store owns the whole `struct flash` it is given (use several with address ranges of their own
 * for several stores). All state lives in `struct store`; nothing is allocated.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/flash.h"

enum {
    STORE_KEYS_MAX = 64,       /* distinct keys a store holds */
    STORE_VALUE_MAX_LEN = 1024 /* bytes of one value; smaller if a sector is smaller */
};

struct store_entry {
    uint32_t address; /* of the newest committed record */
    uint16_t key;
    uint16_t len;
};

struct store {
    const struct flash *flash; /* all private */
    struct store_entry entries[STORE_KEYS_MAX];
    uint16_t n_entries;
    uint16_t n_pending; /* entries put since store_begin */
    struct store_entry pending[STORE_KEYS_MAX];
    uint32_t sector_idx;   /* being written */
    uint32_t write_offset; /* within it */
    uint32_t generation;   /* of that sector */
    bool in_transaction;
};

/* Finds every committed value, finishes or undoes what a cut interrupted, formats a blank medium.
 * E_ARG for a geometry that cannot work, E_CORRUPT when nothing valid is found on a medium that is
 * not blank, E_IO from the flash. Bounded by one read of the medium. */
int store_mount(struct store *s, const struct flash *flash) MUST_USE;

/* Copies the committed value; returns its length, E_NOTFOUND, or E_NOSPACE when cap is too small.
 */
int store_get(struct store *s, uint16_t key, void *out, size_t cap) MUST_USE;

/* One value on its own: a transaction of one. E_NOSPACE when the medium is full of live values (the
 * old ones stay). A value equal to the committed one costs no write. */
int store_put(struct store *s, uint16_t key, const void *value, size_t len) MUST_USE;
int store_delete(struct store *s, uint16_t key) MUST_USE;

/* Several values at once: after a cut all of them are there or none. store_put and store_delete
 * between begin and commit belong to it; store_get still sees the committed values. */
int store_begin(struct store *s) MUST_USE;
int store_commit(struct store *s) MUST_USE;
void store_abort(struct store *s);

#endif
