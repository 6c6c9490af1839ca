/* SPDX-License-Identifier: MIT
 * Tiles (C2SP tlog-tiles): the hashes of a log in files of 256, which never change once full.
 */
#ifndef LEDGER_TILE_H
#define LEDGER_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"
#include "ledger/tree.h"

enum { LEDGER_TILE_WIDTH = 256, LEDGER_TILE_HEIGHT = 8, LEDGER_TILE_LEVELS_MAX = 8 };

struct ledger_tile {
    unsigned level; /* 0: leaf hashes; each level stands for 8 of the tree */
    uint64_t index;
    unsigned width; /* 1..256; 256 is a full tile */
    bool entries;   /* the bundle of the entries themselves (level 0) */
};

/* "tile/0/x001/x234/067.p/5" or "tile/entries/000" */
void ledger_tile_put_path(struct wbuf *w, const struct ledger_tile *tile);
/* The same back; E_MALFORMED for anything that ledger_tile_put_path() does not write. */
int ledger_tile_parse_path(const char *path, size_t len, struct ledger_tile *tile) MUST_USE;
/* The number of hashes in tile `index` of `level` in a tree of `size` leaves: 0..256. */
unsigned ledger_tile_width(unsigned level, uint64_t index, uint64_t size);

/* Where the hash of a complete subtree (of 2^level leaves) is found: `count` hashes of `tile` from
 * `first` on, to be hashed together; count is 1 where the tile has it as it is. */
struct ledger_tile_span {
    struct ledger_tile tile; /* width is not set */
    unsigned first;
    unsigned count; /* a power of two, 1..128 */
};
struct ledger_tile_span ledger_tile_find(unsigned level, uint64_t index);
/* The root over `count` (a power of two) neighbouring hashes. */
struct ledger_hash ledger_tile_fold(const struct ledger_hash *hashes, unsigned count);

#endif
