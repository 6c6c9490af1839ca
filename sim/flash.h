/* SPDX-License-Identifier: MIT
 * A NOR flash that keeps the rules of store/flash.h, refuses whoever breaks them, and fails as real
 * ones do: the power is cut before, in or after an operation, a cut program or erase leaves any
 * part of it done, and leaves bits that read differently each time. Deterministic by its seed.
 * No heap: the caller lends the memory, so it also runs on a microcontroller.
 */
#ifndef SIM_FLASH_H
#define SIM_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/flash.h"

/* What the operation that was cut left behind. */
enum sim_flash_tear {
    SIM_FLASH_BEFORE, /* nothing of it */
    SIM_FLASH_AFTER,  /* all of it, but the caller never heard */
    SIM_FLASH_PREFIX, /* the first bytes of it */
    SIM_FLASH_BITS,   /* any subset of its bits */
    SIM_FLASH_WEAK,   /* some bits done, some not, some unstable */
    SIM_FLASH_JUNK,   /* an erase: arbitrary content; a program: as SIM_FLASH_BITS */
    SIM_FLASH_TEARS
};

/* How unstable bits read; drawn at each power-on. */
enum sim_flash_mood {
    SIM_FLASH_READS_OLD,  /* as before the operation that was cut */
    SIM_FLASH_READS_NEW,  /* as if it had been finished */
    SIM_FLASH_READS_BOTH, /* all of them one way or the other, by the read */
    SIM_FLASH_READS_NOISE /* each by itself */
};

struct sim_flash_counts {
    uint32_t n_reads;
    uint32_t n_programs;
    uint32_t n_erases;
    uint64_t read_len; /* bytes */
    uint64_t programmed_len;
};

struct sim_flash {
    struct flash flash; /* what the code under test is given */
    struct sim_flash_counts counts;
    /* Faults to come; set them at any time. Operations are programs, erases and syncs, counted from
     * 0. */
    uint32_t cut_at;     /* operation in which the power fails; UINT32_MAX: none */
    uint32_t fail_at;    /* operation that is torn and returns E_IO, the power stays */
    uint32_t bad_read;   /* read that returns E_IO; UINT32_MAX: none */
    uint32_t bad_sector; /* every program and erase of it fails; UINT32_MAX: none */
    enum sim_flash_tear tear;
    bool is_off;     /* after a cut, until sim_flash_power_on */
    bool is_lenient; /* a broken rule is counted, not a panic */
    uint32_t n_broken_rules;
    /* private */
    uint32_t n_operations;
    enum sim_flash_mood mood;
    uint64_t random;
    uint8_t *cells;   /* the bits that are stable */
    uint8_t *weak;    /* 1: unstable; the cell then holds the old value, its inverse is new */
    uint8_t *durable; /* with a cache: what was on the medium at the last sync */
    uint8_t *touched; /* one bit per byte: programmed since the last whole erase */
    uint32_t *erases; /* per sector */
};

/* Bytes of memory for a geometry. */
#define SIM_FLASH_MEMORY_LEN(sector_len, n_sectors)                                                \
    ((size_t)(sector_len) * (n_sectors)*2 + (size_t)(sector_len) * (n_sectors) / 8 +               \
     (size_t)(n_sectors)*4)

/* A blank medium. `memory` is aligned for uint32_t and outlives it. */
void sim_flash_init(struct sim_flash *f, void *memory, uint32_t sector_len, uint32_t n_sectors,
                    uint32_t program_len, uint64_t seed);
/* Puts a cache before the medium, as a file has: until `sync` a cut keeps, block by block, what is
 * new or what was durable. `memory` has sector_len x n_sectors bytes. */
void sim_flash_cache(struct sim_flash *f, void *memory);
/* Power comes back: draws how unstable bits read this time, forgets the cut. */
void sim_flash_power_on(struct sim_flash *f);
/* Puts arbitrary bytes on the medium, for tests of what a mount makes of them. */
void sim_flash_load(struct sim_flash *f, uint32_t address, const void *bytes, uint32_t len);
/* Most and least erases of a sector so far. */
uint32_t sim_flash_wear_max(const struct sim_flash *f);
uint32_t sim_flash_wear_min(const struct sim_flash *f);
static inline uint32_t sim_flash_operations(const struct sim_flash *f)
{
    return f->n_operations;
}
/* Copies the state of one to another of the same geometry with memory of its own. */
void sim_flash_copy(struct sim_flash *to, const struct sim_flash *from);

#endif
