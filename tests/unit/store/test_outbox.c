/* SPDX-License-Identifier: MIT */
#include "store/outbox.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sim/flash.h"

enum { SECTOR = 1024, SECTORS = 8 };

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static struct sim_flash sim;
static struct outbox outbox;

static void fresh(uint32_t n_sectors, uint32_t program_len)
{
    sim_flash_init(&sim, memory, SECTOR, n_sectors, program_len, 1);
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_OK);
}

static void remount(void)
{
    sim_flash_power_on(&sim);
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_OK);
}

/* Record number n: its text, repeated to a length that varies. */
static size_t record_of(unsigned n, char *out)
{
    size_t len = 20 + n * 37 % 80;
    memset(out, '.', len);
    (void)snprintf(out, 20, "record %u", n);
    return len;
}

static int append(unsigned n)
{
    char record[100];
    size_t len = record_of(n, record);
    return outbox_append(&outbox, record, len);
}

/* The next record must be number n. */
static bool expect(struct outbox_cursor *cursor, unsigned n)
{
    char want[100];
    char got[100];
    size_t len = record_of(n, want);
    int got_len = outbox_next(&outbox, cursor, got, sizeof got);
    return CHECK_EQ(got_len, len) && CHECK(memcmp(got, want, len) == 0);
}

static void expect_end(struct outbox_cursor *cursor)
{
    char got[100];
    CHECK_EQ(outbox_next(&outbox, cursor, got, sizeof got), E_NOTFOUND);
}

static void records_come_out_in_order(void)
{
    fresh(4, 4);
    CHECK_EQ(outbox_count(&outbox), 0);
    for (unsigned n = 0; n < 10; n++) {
        CHECK_EQ(append(n), E_OK);
    }
    CHECK_EQ(outbox_count(&outbox), 10);
    for (int i = 0; i < 3; i++) {
        struct outbox_cursor cursor = OUTBOX_START;
        for (unsigned n = 0; n < 10; n++) {
            expect(&cursor, n);
        }
        expect_end(&cursor);
        CHECK_EQ(append(10), E_OK);
        expect(&cursor, 10);
        CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
        expect_end(&cursor);
        remount();
    }
}

static void a_dropped_record_stays_away(void)
{
    fresh(4, 8);
    for (unsigned n = 0; n < 6; n++) {
        CHECK_EQ(append(n), E_OK);
    }
    struct outbox_cursor at[6];
    struct outbox_cursor cursor = OUTBOX_START;
    for (unsigned n = 0; n < 6; n++) {
        expect(&cursor, n);
        at[n] = cursor;
    }
    CHECK_EQ(outbox_drop(&outbox, &at[3]), E_OK);
    CHECK_EQ(outbox_drop(&outbox, &at[3]), E_NOTFOUND);
    CHECK_EQ(outbox_drop(&outbox, &at[0]), E_OK);
    CHECK_EQ(outbox_drop(&outbox, &at[5]), E_OK);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(outbox_count(&outbox), 3);
        cursor = OUTBOX_START;
        expect(&cursor, 1);
        expect(&cursor, 2);
        expect(&cursor, 4);
        expect_end(&cursor);
        remount();
    }
}

static unsigned fill(void)
{
    unsigned n = 0;
    while (append(n) == E_OK) {
        n++;
    }
    CHECK_EQ(append(n), E_NOSPACE);
    CHECK_EQ(outbox_count(&outbox), n);
    return n;
}

static void a_full_ring_refuses_and_empties(void)
{
    for (uint32_t n_sectors = 2; n_sectors <= SECTORS; n_sectors++) {
        fresh(n_sectors, n_sectors % 2 == 0 ? 4 : 32);
        unsigned n = fill();
        CHECK(n >= 4 * (n_sectors - (n_sectors > 2 ? 2 : 1)));
        remount();
        CHECK_EQ(outbox_count(&outbox), n);
        struct outbox_cursor cursor = OUTBOX_START;
        for (unsigned i = 0; i < n; i++) {
            if (!expect(&cursor, i)) {
                return;
            }
            CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
        }
        expect_end(&cursor);
        CHECK_EQ(outbox_count(&outbox), 0);
        CHECK_EQ(append(7), E_OK);
        cursor = OUTBOX_START;
        expect(&cursor, 7);
    }
}

static void a_full_ring_empties_from_behind(void)
{
    fresh(4, 4);
    unsigned n = fill();
    struct outbox_cursor at[64];
    struct outbox_cursor cursor = OUTBOX_START;
    CHECK(n <= 64);
    for (unsigned i = 0; i < n; i++) {
        expect(&cursor, i);
        at[i] = cursor;
    }
    for (unsigned i = n; i-- > 0;) {
        CHECK_EQ(outbox_drop(&outbox, &at[i]), E_OK);
        CHECK_EQ(outbox_count(&outbox), i);
    }
    remount();
    CHECK_EQ(outbox_count(&outbox), 0);
    CHECK_EQ(fill() >= n - 1, true);
}

static void restarts_do_not_eat_the_ring(void)
{
    fresh(4, 4);
    unsigned n = 0;
    for (int boot = 0; boot < 50; boot++) {
        if (n < 15) {
            CHECK_EQ(append(n++), E_OK);
        }
        remount();
    }
    CHECK_EQ(outbox_count(&outbox), n);
    struct outbox_cursor cursor = OUTBOX_START;
    for (unsigned i = 0; i < n; i++) {
        expect(&cursor, i);
    }
}

static void a_cursor_survives_the_move_of_its_record(void)
{
    fresh(6, 4);
    struct outbox_cursor cursor = OUTBOX_START;
    CHECK_EQ(append(0), E_OK);
    CHECK_EQ(append(1), E_OK);
    expect(&cursor, 0);
    for (unsigned n = 2; n < 30; n++) {
        CHECK_EQ(append(n), E_OK);
    }
    CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
    expect(&cursor, 1);
    for (unsigned n = 2; n < 30; n++) {
        expect(&cursor, n);
    }
    expect_end(&cursor);
}

static void the_window_of_drops_is_bounded(void)
{
    fresh(8, 1);
    struct outbox_cursor first = OUTBOX_START;
    struct outbox_cursor cursor = OUTBOX_START;
    char got[4];
    for (int i = 0; i < OUTBOX_WINDOW + 1; i++) {
        CHECK_EQ(outbox_append(&outbox, "x", 1), E_OK);
        CHECK_EQ(outbox_next(&outbox, &cursor, got, sizeof got), 1);
        if (i == 0) {
            first = cursor;
        }
        if (i == OUTBOX_WINDOW - 1) {
            CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
        }
    }
    CHECK_EQ(outbox_drop(&outbox, &cursor), E_LIMIT);
    CHECK_EQ(outbox_drop(&outbox, &first), E_OK);
    CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
    CHECK_EQ(outbox_count(&outbox), OUTBOX_WINDOW - 2);
}

static void limits_hold_at_their_edges(void)
{
    static uint8_t record[OUTBOX_RECORD_MAX_LEN + 1];
    fresh(4, 4);
    CHECK_EQ(outbox_append(&outbox, record, 0), E_ARG);
    CHECK_EQ(outbox_append(&outbox, record, sizeof record), E_ARG);
    CHECK_EQ(outbox_append(&outbox, record, 1024), E_ARG); /* the sector is smaller */
    /* 20 head, 52 state, 8 ready, 8 of its own, 128 for drops */
    CHECK_EQ(outbox_append(&outbox, record, SECTOR - 216 + 1), E_ARG);
    CHECK_EQ(outbox_append(&outbox, record, SECTOR - 216), E_OK);
    struct outbox_cursor cursor = OUTBOX_START;
    CHECK_EQ(outbox_next(&outbox, &cursor, record, 10), E_NOSPACE);
    CHECK_EQ(outbox_next(&outbox, &cursor, record, sizeof record), SECTOR - 216);
    struct outbox_cursor nowhere = OUTBOX_START;
    CHECK_EQ(outbox_drop(&outbox, &nowhere), E_NOTFOUND);
}

static void junk_is_not_taken_for_an_outbox(void)
{
    fresh(2, 4);
    uint8_t junk[SECTOR];
    memset(junk, 0x5A, sizeof junk);
    sim_flash_load(&sim, SECTOR, junk, sizeof junk);
    sim_flash_load(&sim, 0, junk, sizeof junk);
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_CORRUPT);
    CHECK_EQ(outbox_append(&outbox, "x", 1), E_STATE);
    CHECK_EQ(outbox_format(&outbox, &sim.flash), E_OK);
    CHECK_EQ(append(1), E_OK);
}

static void writes_that_fail_lose_nothing(void)
{
    fresh(6, 4);
    unsigned n = 0;
    unsigned first = 0;
    struct outbox_cursor cursor = OUTBOX_START;
    for (uint32_t k = 0; k < 600; k++) {
        sim.tear = (enum sim_flash_tear)(k % SIM_FLASH_TEARS);
        sim.fail_at = sim_flash_operations(&sim) + k % 5;
        int result = append(n);
        if (result == E_IO) {
            result = append(n);
        }
        CHECK(result == E_OK || result == E_NOSPACE);
        n += result == E_OK;
        if (k % 3 != 0 && first < n) {
            if (!expect(&cursor, first)) {
                return;
            }
            result = outbox_drop(&outbox, &cursor);
            if (result == E_IO) {
                result = outbox_drop(&outbox, &cursor);
            }
            CHECK_EQ(result, E_OK);
            first++;
        }
        CHECK_EQ(outbox_count(&outbox), n - first);
    }
    sim.fail_at = UINT32_MAX;
    CHECK(first > 300);
    for (; first < n; first++) {
        if (!expect(&cursor, first)) {
            return;
        }
    }
    expect_end(&cursor);
}

CHECK_MAIN(TEST(records_come_out_in_order), TEST(a_dropped_record_stays_away),
           TEST(a_full_ring_refuses_and_empties), TEST(a_full_ring_empties_from_behind),
           TEST(restarts_do_not_eat_the_ring), TEST(a_cursor_survives_the_move_of_its_record),
           TEST(the_window_of_drops_is_bounded), TEST(limits_hold_at_their_edges),
           TEST(junk_is_not_taken_for_an_outbox), TEST(writes_that_fail_lose_nothing))
