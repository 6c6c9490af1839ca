/* fuzz: store sim_flash */
/* SPDX-License-Identifier: MIT
 * What a mount makes of any medium, and any script of operations, cuts and damage. The first byte
 * chooses the geometry and which of the two lives on it. Whole sectors and entries with right
 * checksums can be put on the medium, so that not only the checksums are tested. Nothing may crash,
 * loop, or program a unit twice; a mount reads a bounded number of bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/store/src/entry.h"
#include "lib/store/src/sector.h"
#include "sim/flash.h"
#include "store/outbox.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEDIUM_MAX_LEN = 8192, STEPS_MAX = 200, READS_PER_BYTE_MAX = 64 };

struct input {
    const uint8_t *data;
    size_t size;
};

static uint32_t memory[SIM_FLASH_MEMORY_LEN(MEDIUM_MAX_LEN / 8, 8) / 4];
static struct sim_flash sim;
static struct store store;
static struct outbox outbox;
static struct outbox_cursor cursor;
static bool is_store;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint8_t byte(struct input *in)
{
    if (in->size == 0) {
        return 0;
    }
    in->size--;
    return *in->data++;
}

static uint32_t medium_len(void)
{
    return sim.flash.sector_len * sim.flash.n_sectors;
}

static void mount(void)
{
    sim_flash_power_on(&sim);
    uint64_t before = sim.counts.read_len;
    int result = is_store ? store_mount(&store, &sim.flash) : outbox_mount(&outbox, &sim.flash);
    require(result <= E_OK);
    require(sim.counts.read_len - before <= (uint64_t)READS_PER_BYTE_MAX * medium_len());
    cursor = OUTBOX_START;
    if (result == E_CORRUPT) {
        sim.bad_read = UINT32_MAX;
        result = is_store ? store_format(&store, &sim.flash) : outbox_format(&outbox, &sim.flash);
        require(result == E_OK || sim.is_off);
    }
}

/* ---- damage ---- */

static void damage(struct input *in)
{
    uint32_t address = (uint32_t)(byte(in) << 8 | byte(in)) % medium_len();
    uint8_t bytes[16];
    uint32_t n = byte(in) % sizeof bytes + 1;
    n = n < medium_len() - address ? n : medium_len() - address;
    for (uint32_t i = 0; i < n; i++) {
        bytes[i] = byte(in);
    }
    sim_flash_load(&sim, address, bytes, n);
}

/* A sector written by the library itself, so with right checksums, but with any content. */
static void forge(struct input *in)
{
    uint32_t idx = byte(in) % sim.flash.n_sectors;
    struct sector head = {.magic = is_store ? SECTOR_MAGIC_STORE : SECTOR_MAGIC_OUTBOX};
    head.generation = byte(in) % 16 + 1U;
    head.link = byte(in) % 16;
    head.index = byte(in) % 4;
    struct entry_place at = {store_sector_start(&sim.flash, idx) + store_sector_body(&sim.flash),
                             head.generation};
    uint8_t n = byte(in) % 24;
    if (store_sector_open(&sim.flash, idx, &head) != E_OK) {
        return;
    }
    for (uint32_t end = store_sector_start(&sim.flash, idx + 1); n > 0; n--) {
        uint8_t payload[255];
        struct entry entry = {.tag = (uint16_t)(byte(in) | (byte(in) & 1) << 15)};
        entry.kind = byte(in) & ENTRY_KIND_MAX;
        entry.len = byte(in);
        for (uint16_t i = 0; i < entry.len; i++) {
            payload[i] = i < 64 ? byte(in) : 0;
        }
        uint32_t len = store_entry_size(&sim.flash, entry.len);
        if (at.address + len > end || store_entry_write(&sim.flash, at, &entry, payload) != E_OK) {
            return;
        }
        at.address += len;
    }
}

/* ---- scripts ---- */

static void step_store(struct input *in, uint8_t what)
{
    static uint8_t value[STORE_VALUE_MAX_LEN];
    uint16_t key = byte(in);
    uint16_t position = 0;
    size_t len = byte(in) * 5U % sizeof value;
    int result = E_OK;
    switch (what % 6) {
    case 0:
        result = store_begin(&store);
        break;
    case 1:
        result = store_commit(&store);
        break;
    case 2:
        store_abort(&store);
        break;
    case 3:
        result = store_delete(&store, key);
        break;
    default:
        memset(value, (int)len, sizeof value);
        result = store_put(&store, key, value, len);
        break;
    }
    require(result <= E_OK);
    while (store_next_key(&store, &position, &key)) {
        require(store_get(&store, key, value, sizeof value) <= STORE_VALUE_MAX_LEN);
    }
}

static void step_outbox(struct input *in, uint8_t what)
{
    static uint8_t record[OUTBOX_RECORD_MAX_LEN];
    uint8_t n = byte(in);
    int result = E_OK;
    switch (what % 4) {
    case 0:
        result = outbox_drop(&outbox, &cursor);
        break;
    case 1:
        cursor = OUTBOX_START;
        break;
    case 2:
        for (; n > 0 && result >= 0; n--) {
            result = outbox_next(&outbox, &cursor, record, sizeof record);
        }
        require(result <= OUTBOX_RECORD_MAX_LEN);
        result = E_OK;
        break;
    default:
        memset(record, n, sizeof record);
        result = outbox_append(&outbox, record, n * 5U % sizeof record);
        break;
    }
    require(result <= E_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint8_t first = byte(&in);
    is_store = (first & 1) != 0;
    uint32_t n_sectors = first >> 1 & 7;
    uint32_t program_len = 1U << (first >> 4) % 6;
    n_sectors = n_sectors < 2 ? 2 : n_sectors;
    sim_flash_init(&sim, memory, MEDIUM_MAX_LEN / 8, n_sectors, program_len, first);
    bool is_damaged = false; /* since the last mount */
    mount();
    for (int i = 0; i < STEPS_MAX && in.size > 0; i++) {
        uint8_t what = byte(&in);
        if (is_damaged && what >> 5 > 1) {
            mount();
        }
        is_damaged = what >> 5 <= 1;
        switch (what >> 5) {
        case 0:
            damage(&in);
            break;
        case 1:
            forge(&in);
            break;
        case 2:
            sim.tear = (enum sim_flash_tear)(what % SIM_FLASH_TEARS);
            sim.cut_at = sim_flash_operations(&sim) + byte(&in) % 32;
            break;
        case 3:
            sim.bad_read = sim.counts.n_reads + byte(&in);
            break;
        case 4:
            mount();
            break;
        default:
            if (is_store) {
                step_store(&in, what);
            } else {
                step_outbox(&in, what);
            }
            break;
        }
    }
    mount();
    return 0;
}
