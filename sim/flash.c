/* SPDX-License-Identifier: MIT */
#include "flash.h"

#include <string.h>

#include "base/assert.h"

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(struct sim_flash *f)
{
    uint64_t z = f->random += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

enum { CACHE_BLOCK_LEN = 64 };

static uint32_t total_len(const struct sim_flash *f)
{
    return f->flash.sector_len * f->flash.n_sectors;
}

static void broken_rule(struct sim_flash *f)
{
    f->n_broken_rules++;
    ASSERT(f->is_lenient); /* the code under test broke a rule of store/flash.h */
}

static bool is_touched(const struct sim_flash *f, uint32_t address)
{
    return (f->touched[address / 8] >> address % 8 & 1) != 0;
}

static void touch(struct sim_flash *f, uint32_t address, uint32_t len)
{
    for (uint32_t i = address; i < address + len; i++) {
        f->touched[i / 8] |= (uint8_t)(1U << i % 8);
    }
}

/* ---- reading ---- */

static uint8_t read_byte(struct sim_flash *f, uint32_t address, bool as_new)
{
    uint8_t weak = f->weak[address];
    if (weak == 0) {
        return f->cells[address];
    }
    uint8_t flip = as_new ? weak : 0;
    if (f->mood == SIM_FLASH_READS_NOISE) {
        flip = weak & (uint8_t)draw(f);
    }
    return f->cells[address] ^ flip;
}

static int flash_read(void *context, uint32_t address, void *out, uint32_t len)
{
    struct sim_flash *f = context;
    uint8_t *p = out;
    if (len > total_len(f) || address > total_len(f) - len) {
        broken_rule(f);
        return E_IO;
    }
    if (f->is_off || f->counts.n_reads++ == f->bad_read) {
        return E_IO;
    }
    f->counts.read_len += len;
    bool as_new =
        f->mood == SIM_FLASH_READS_NEW || (f->mood == SIM_FLASH_READS_BOTH && (draw(f) & 1) != 0);
    for (uint32_t i = 0; i < len; i++) {
        p[i] = read_byte(f, address + i, as_new);
    }
    return E_OK;
}

/* ---- tearing ---- */

/* Whether this operation is cut or fails, and takes note of it. */
static bool is_torn(struct sim_flash *f)
{
    uint32_t operation = f->n_operations++;
    f->is_off = operation == f->cut_at;
    return f->is_off || operation == f->fail_at;
}

/* The cache is gone: each block that was not synced is the new or the old one. */
static void lose_cache(struct sim_flash *f)
{
    for (uint32_t i = 0; i < total_len(f) && f->durable != NULL; i += CACHE_BLOCK_LEN) {
        if (draw(f) % 2 == 0) {
            memcpy(f->cells + i, f->durable + i, CACHE_BLOCK_LEN);
            memset(f->weak + i, 0, CACHE_BLOCK_LEN);
        }
    }
}

/* A bit mask with each bit set by a chance of eighths. */
static uint8_t mask(struct sim_flash *f, uint32_t eighths)
{
    uint8_t bits = 0;
    for (int i = 0; i < 8; i++) {
        bits |= (uint8_t)((draw(f) % 8 < eighths ? 1U : 0U) << i);
    }
    return bits;
}

/* Moves one byte a part of the way from what it is to `goal`. `done` and `weak` are the chances,
 * in eighths, that a bit which should change has, or has become unstable. */
static void tear_byte(struct sim_flash *f, uint32_t address, uint8_t goal, uint32_t done,
                      uint32_t weak)
{
    uint8_t changing = f->cells[address] ^ goal;
    uint8_t changed = changing & mask(f, done);
    f->cells[address] ^= changed;
    f->weak[address] |= (uint8_t)(changing & ~changed & mask(f, weak));
}

/* Tears the change of `len` bytes to `goal` (NULL: erased). */
static uint32_t tear(struct sim_flash *f, uint32_t address, const uint8_t *goal, uint32_t len)
{
    uint32_t reach = len;
    uint32_t done = 8;
    uint32_t weak = 0;
    switch (f->tear) {
    case SIM_FLASH_BEFORE:
        return 0;
    case SIM_FLASH_PREFIX:
        reach = (uint32_t)(draw(f) % (len + 1));
        break;
    case SIM_FLASH_BITS:
    case SIM_FLASH_JUNK:
        done = (uint32_t)(draw(f) % 9);
        break;
    case SIM_FLASH_WEAK:
        reach = draw(f) % 2 == 0 ? len : (uint32_t)(draw(f) % (len + 1));
        done = draw(f) % 2 == 0 ? 0 : (uint32_t)(draw(f) % 9);
        weak = (uint32_t)(draw(f) % 9);
        break;
    case SIM_FLASH_AFTER:
    case SIM_FLASH_TEARS:
        break;
    }
    for (uint32_t i = 0; i < reach; i++) {
        if (goal == NULL && f->tear == SIM_FLASH_JUNK && done != 8) {
            f->cells[address + i] = (uint8_t)draw(f);
            f->weak[address + i] = 0;
        } else {
            tear_byte(f, address + i, goal == NULL ? 0xFF : goal[i], done, weak);
        }
    }
    return reach;
}

/* ---- programming and erasing ---- */

static int flash_program(void *context, uint32_t address, const void *bytes, uint32_t len)
{
    struct sim_flash *f = context;
    const uint8_t *p = bytes;
    uint32_t unit = f->flash.program_len;
    if (len == 0 || address % unit != 0 || len % unit != 0 || len > total_len(f) ||
        address > total_len(f) - len) {
        broken_rule(f);
        return E_IO;
    }
    if (f->is_off) {
        return E_IO;
    }
    for (uint32_t i = 0; i < len; i++) {
        if (is_touched(f, address + i)) {
            broken_rule(f); /* a unit is programmed once between erases */
            return E_IO;
        }
    }
    bool torn = is_torn(f);
    if (torn || address / f->flash.sector_len == f->bad_sector) {
        uint32_t reach = tear(f, address, p, len);
        touch(f, address, (reach + unit - 1) / unit * unit);
        if (f->is_off) {
            lose_cache(f);
        }
        return E_IO;
    }
    f->counts.n_programs++;
    f->counts.programmed_len += len;
    memcpy(f->cells + address, p, len);
    touch(f, address, len);
    return E_OK;
}

static int flash_erase(void *context, uint32_t sector_idx)
{
    struct sim_flash *f = context;
    if (sector_idx >= f->flash.n_sectors) {
        broken_rule(f);
        return E_IO;
    }
    if (f->is_off) {
        return E_IO;
    }
    uint32_t len = f->flash.sector_len;
    uint32_t address = sector_idx * len;
    bool torn = is_torn(f);
    if (torn || sector_idx == f->bad_sector) {
        if (f->tear != SIM_FLASH_BEFORE) {
            (void)tear(f, address, NULL, len);
            touch(f, address, len); /* nothing may be programmed before a whole erase */
        }
        if (f->is_off) {
            lose_cache(f);
        }
        return E_IO;
    }
    f->counts.n_erases++;
    f->erases[sector_idx]++;
    memset(f->cells + address, 0xFF, len);
    memset(f->weak + address, 0, len);
    memset(f->touched + address / 8, 0, len / 8);
    return E_OK;
}

static int flash_sync(void *context)
{
    struct sim_flash *f = context;
    if (f->is_off) {
        return E_IO;
    }
    if (is_torn(f)) {
        if (f->is_off) {
            lose_cache(f);
        }
        return E_IO;
    }
    memcpy(f->durable, f->cells, total_len(f));
    return E_OK;
}

/* ---- the rest ---- */

static void lay_out(struct sim_flash *f, void *memory)
{
    uint32_t len = total_len(f);
    f->erases = memory; /* first, for its alignment */
    f->cells = (uint8_t *)memory + f->flash.n_sectors * sizeof *f->erases;
    f->weak = f->cells + len;
    f->touched = f->weak + len;
}

void sim_flash_init(struct sim_flash *f, void *memory, uint32_t sector_len, uint32_t n_sectors,
                    uint32_t program_len, uint64_t seed)
{
    memset(f, 0, sizeof *f);
    f->flash = (struct flash){.read = flash_read,
                              .program = flash_program,
                              .erase = flash_erase,
                              .context = f,
                              .sector_len = sector_len,
                              .n_sectors = n_sectors,
                              .program_len = program_len};
    f->cut_at = UINT32_MAX;
    f->fail_at = UINT32_MAX;
    f->bad_read = UINT32_MAX;
    f->bad_sector = UINT32_MAX;
    f->random = seed;
    memset(memory, 0, SIM_FLASH_MEMORY_LEN(sector_len, n_sectors));
    lay_out(f, memory);
    memset(f->cells, 0xFF, total_len(f));
}

void sim_flash_cache(struct sim_flash *f, void *memory)
{
    f->durable = memory;
    f->flash.sync = flash_sync;
    memcpy(f->durable, f->cells, total_len(f));
}

void sim_flash_power_on(struct sim_flash *f)
{
    f->is_off = false;
    if (f->durable != NULL) {
        memcpy(f->durable, f->cells, total_len(f)); /* what survived is on the medium */
    }
    f->cut_at = UINT32_MAX;
    f->mood = (enum sim_flash_mood)(draw(f) % 4);
}

void sim_flash_load(struct sim_flash *f, uint32_t address, const void *bytes, uint32_t len)
{
    ASSERT(len <= total_len(f) && address <= total_len(f) - len);
    memcpy(f->cells + address, bytes, len);
    memset(f->weak + address, 0, len);
    touch(f, address, len);
}

uint32_t sim_flash_wear_max(const struct sim_flash *f)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < f->flash.n_sectors; i++) {
        most = f->erases[i] > most ? f->erases[i] : most;
    }
    return most;
}

uint32_t sim_flash_wear_min(const struct sim_flash *f)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < f->flash.n_sectors; i++) {
        least = f->erases[i] < least ? f->erases[i] : least;
    }
    return least;
}

void sim_flash_copy(struct sim_flash *to, const struct sim_flash *from)
{
    ASSERT(to->flash.sector_len == from->flash.sector_len &&
           to->flash.n_sectors == from->flash.n_sectors);
    void *memory = to->erases;
    uint8_t *durable = to->durable;
    *to = *from;
    to->flash.context = to;
    to->durable = durable;
    lay_out(to, memory);
    if (durable != NULL) {
        ASSERT(from->durable != NULL);
        memcpy(durable, from->durable, total_len(from));
    }
    memcpy(memory, from->erases, SIM_FLASH_MEMORY_LEN(to->flash.sector_len, to->flash.n_sectors));
}
