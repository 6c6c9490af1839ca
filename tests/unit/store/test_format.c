/* SPDX-License-Identifier: MIT
 * The bytes of docs/spec/store.md, as another reader would have to know them.
 */
#include <string.h>

#include "base/crc.h"
#include "check.h"
#include "sim/flash.h"
#include "store/outbox.h"
#include "store/store.h"

enum { SECTOR = 256, SECTORS = 4 };

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static struct sim_flash sim;
static struct store store;
static struct outbox outbox;

static const uint8_t *medium(uint32_t address)
{
    return sim.cells + address;
}

static void a_store_is_written_as_specified(void)
{
    sim_flash_init(&sim, memory, SECTOR, SECTORS, 4, 1);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
    CHECK_EQ(store_put(&store, 0x0102, "abc", 3), E_OK);
    CHECK_EQ(store_delete(&store, 0x0102), E_OK);
    static const uint8_t want[] = {
        'W',  'W',  'S',  '1',                          /* magic */
        0x01, 0x00, 0x00, 0x00,                         /* generation */
        0x00, 0x00, 0x00, 0x00,                         /* link */
        0x00, 0x00, 0x08, 0x02,                         /* index, log2 of 256 and of 4 */
        0xCB, 0xED, 0x74, 0xF0,                         /* CRC-32 of the above */
        0x00, 0x00, 0x00, 0x58, 0x31, 0x06, 0x38, 0xCC, /* first, last, bare */
        0x02, 0x01, 0x03, 0x18, 0xD0, 0x31, 0xA2, 0xEE, /* first, last; 3 bytes */
        'a',  'b',  'c',  0xFF,                         /* and padding */
        0x02, 0x01, 0x00, 0x38, 0xD5, 0xC5, 0x41, 0x2A, /* first, last, delete */
        0xFF, 0xFF,
    };
    CHECK_BYTES(medium(0), sizeof want, want, sizeof want);
}

static void an_outbox_is_written_as_specified(void)
{
    sim_flash_init(&sim, memory, SECTOR * 2, SECTORS / 2, 4, 1);
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_OK);
    CHECK_EQ(outbox_append(&outbox, "abc", 3), E_OK);
    struct outbox_cursor cursor = OUTBOX_START;
    char got[4];
    CHECK_EQ(outbox_next(&outbox, &cursor, got, sizeof got), 3);
    CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
    uint8_t want[20 + 52 + 8 + 12 + 8 + 2] = {
        'W',  'W',  'O',  '1',                          /* magic */
        0x01, 0x00, 0x00, 0x00,                         /* generation */
        0x00, 0x00, 0x00, 0x00,                         /* link: none before */
        0x00, 0x00, 0x09, 0x02,                         /* index, log2 of 512 and of 4 */
        0x00, 0x00, 0x00, 0x00,                         /* CRC-32 of the above */
        0x00, 0x00, 0x2C, 0x08, 0x00, 0x00, 0x00, 0x00, /* state, 44 bytes */
        0x01, 0x00, 0x00, 0x00,                         /* first */
        0x01, 0x00, 0x00, 0x00,                         /* low */
        0x01, 0x00, 0x00, 0x00,                         /* next; 32 zeros: none dropped */
    };
    static const uint8_t tail[] = {
        0x00, 0x00, 0x00, 0x10, 0x93, 0xCF, 0x3F, 0xB4,                      /* ready */
        0x01, 0x00, 0x03, 0x18, 0xE8, 0xF8, 0x16, 0x14, 'a', 'b', 'c', 0xFF, /* record 1 */
        0x01, 0x00, 0x00, 0x20, 0x5A, 0x98, 0x5A, 0x2A,                      /* drop 1 */
        0xFF, 0xFF,
    };
    memcpy(want + 72, tail, sizeof tail);
    uint32_t crc = base_crc32(0, want, 16);
    for (int i = 0; i < 4; i++) {
        want[16 + i] = (uint8_t)(crc >> 8 * i);
    }
    uint8_t covered[4 + 4 + 44] = {1, 0, 0, 0};
    memcpy(covered + 4, want + 20, 4);
    memcpy(covered + 8, want + 28, 44);
    crc = base_crc32(0, covered, sizeof covered);
    for (int i = 0; i < 4; i++) {
        want[24 + i] = (uint8_t)(crc >> 8 * i);
    }
    CHECK_BYTES(medium(0), sizeof want, want, sizeof want);
}

CHECK_MAIN(TEST(a_store_is_written_as_specified), TEST(an_outbox_is_written_as_specified))
