/* SPDX-License-Identifier: MIT
 * A sector of the log: a head that says what it is, then entries one after the other up to the
 * first place where none is valid. Bytes: docs/spec/store.md.
 */
#ifndef STORE_SECTOR_H
#define STORE_SECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "store/flash.h"

enum {
    SECTOR_HEAD_LEN = 20,
    SECTOR_MIN_LEN = 256,
    SECTOR_MAX_LEN = 256 * 1024, /* so that 16 bits tell the entries of a sector apart */
    SECTORS_MAX = 4096,          /* so that addresses fit 31 bits */
    SECTOR_CHUNK_LEN = 64        /* bytes read or programmed at a time; whole program units */
};

#define SECTOR_MAGIC_STORE  0x31535757U /* "WWS1" */
#define SECTOR_MAGIC_OUTBOX 0x314F5757U /* "WWO1" */

struct sector {
    uint32_t magic;
    uint32_t generation;
    uint32_t link; /* ties a sector to the one before it */
    uint16_t index;
};

/* Whether the geometry is one this library works on. */
bool store_sector_geometry(const struct flash *flash);
/* Rounded up to whole program units. */
uint32_t store_sector_round(const struct flash *flash, uint32_t len);
/* Offset of the first entry. */
uint32_t store_sector_body(const struct flash *flash);
static inline uint32_t store_sector_start(const struct flash *flash, uint32_t sector_idx)
{
    return sector_idx * flash->sector_len;
}
/* E_NOTFOUND when there is no valid head of this magic. */
int store_sector_read(const struct flash *flash, uint32_t sector_idx, uint32_t magic,
                      struct sector *out) MUST_USE;
/* Erases the sector, writes its head and reads it back. */
int store_sector_open(const struct flash *flash, uint32_t sector_idx,
                      const struct sector *sector) MUST_USE;
/* Makes what was written durable. */
int store_sector_sync(const struct flash *flash) MUST_USE;
/* 1 when the medium never held anything: no sector has more than `preamble_len` bytes in it, but
 * for one that the erase of a first format may have filled with anything. 0 when not, or E_IO. */
int store_sector_unused(const struct flash *flash, uint32_t preamble_len) MUST_USE;
/* The next sector in the ring. */
static inline uint32_t store_sector_next(const struct flash *flash, uint32_t sector_idx)
{
    return sector_idx + 1 < flash->n_sectors ? sector_idx + 1 : 0;
}

#endif
