/* SPDX-License-Identifier: MIT */
#include "sector.h"

#include <string.h>

#include "base/assert.h"
#include "base/crc.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

static bool is_power_of_two(uint32_t v)
{
    return v != 0 && (v & (v - 1)) == 0;
}

bool store_sector_geometry(const struct flash *flash)
{
    return flash->read != NULL && flash->program != NULL && flash->erase != NULL &&
           is_power_of_two(flash->program_len) && flash->program_len <= 32 &&
           is_power_of_two(flash->sector_len) && flash->sector_len >= SECTOR_MIN_LEN &&
           flash->sector_len <= SECTOR_MAX_LEN && flash->n_sectors >= 2 &&
           flash->n_sectors <= SECTORS_MAX;
}

uint32_t store_sector_round(const struct flash *flash, uint32_t len)
{
    return (len + flash->program_len - 1) & ~(flash->program_len - 1);
}

uint32_t store_sector_body(const struct flash *flash)
{
    return store_sector_round(flash, SECTOR_HEAD_LEN);
}

static uint8_t log2_of(uint32_t v)
{
    uint8_t n = 0;
    while (v > 1) {
        v >>= 1;
        n++;
    }
    return n;
}

static void encode(const struct flash *flash, const struct sector *sector, uint8_t *out)
{
    struct wbuf w = wbuf_of(out, SECTOR_HEAD_LEN);
    wbuf_le32(&w, sector->magic);
    wbuf_le32(&w, sector->generation);
    wbuf_le32(&w, sector->link);
    wbuf_le16(&w, sector->index);
    wbuf_u8(&w, log2_of(flash->sector_len));
    wbuf_u8(&w, log2_of(flash->program_len));
    wbuf_le32(&w, base_crc32(0, out, SECTOR_HEAD_LEN - 4));
    ASSERT(wbuf_ok(&w) && wbuf_len(&w) == SECTOR_HEAD_LEN);
}

int store_sector_read(const struct flash *flash, uint32_t sector_idx, uint32_t magic,
                      struct sector *out)
{
    ASSERT(sector_idx < flash->n_sectors);
    uint8_t got[SECTOR_HEAD_LEN];
    uint8_t want[SECTOR_HEAD_LEN];
    int result =
        flash->read(flash->context, store_sector_start(flash, sector_idx), got, sizeof got);
    if (result != E_OK) {
        return E_IO;
    }
    struct rbuf r = rbuf_of(got, sizeof got);
    struct sector sector;
    sector.magic = rbuf_le32(&r);
    sector.generation = rbuf_le32(&r);
    sector.link = rbuf_le32(&r);
    sector.index = rbuf_le16(&r);
    encode(flash, &sector, want);
    if (sector.magic != magic || sector.generation == 0 || memcmp(got, want, sizeof got) != 0) {
        return E_NOTFOUND;
    }
    *out = sector;
    return E_OK;
}

int store_sector_open(const struct flash *flash, uint32_t sector_idx, const struct sector *sector)
{
    ASSERT(sector_idx < flash->n_sectors && sector->generation != 0);
    uint8_t bytes[32];
    _Static_assert(sizeof bytes >= SECTOR_HEAD_LEN, "a head fits the largest program unit");
    memset(bytes, 0xFF, sizeof bytes);
    encode(flash, sector, bytes);
    /* What was there must be gone for good before anything of the same generation is written. */
    if (flash->erase(flash->context, sector_idx) != E_OK || store_sector_sync(flash) != E_OK ||
        flash->program(flash->context, store_sector_start(flash, sector_idx), bytes,
                       store_sector_body(flash)) != E_OK) {
        return E_IO;
    }
    struct sector back;
    int result = store_sector_read(flash, sector_idx, sector->magic, &back);
    if (result == E_NOTFOUND || (result == E_OK && back.generation != sector->generation)) {
        result = E_IO; /* the memory did not take what it was given */
    }
    return result;
}

int store_sector_sync(const struct flash *flash)
{
    return flash->sync == NULL || flash->sync(flash->context) == E_OK ? E_OK : E_IO;
}

/* 1 when a range reads erased, 0 when not, or E_IO. */
static int is_erased(const struct flash *flash, uint32_t address, uint32_t end)
{
    uint8_t chunk[SECTOR_CHUNK_LEN];
    for (uint32_t n; address < end; address += n) {
        n = end - address < sizeof chunk ? end - address : (uint32_t)sizeof chunk;
        if (flash->read(flash->context, address, chunk, n) != E_OK) {
            return E_IO;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (chunk[i] != 0xFF) {
                return 0;
            }
        }
    }
    return 1;
}

int store_sector_unused(const struct flash *flash, uint32_t preamble_len)
{
    uint32_t n_filled = 0;
    for (uint32_t idx = 0; idx < flash->n_sectors && n_filled < 2; idx++) {
        uint32_t address = store_sector_start(flash, idx);
        int result = is_erased(flash, address + preamble_len, address + flash->sector_len);
        if (result < 0) {
            return result;
        }
        n_filled += result == 0;
    }
    return n_filled < 2;
}
