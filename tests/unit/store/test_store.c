/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sim/flash.h"

enum { SECTOR = 1024, SECTORS = 8 };

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static struct sim_flash sim;
static struct store store;

static void fresh(uint32_t n_sectors, uint32_t program_len)
{
    sim_flash_init(&sim, memory, SECTOR, n_sectors, program_len, 1);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
}

static void remount(void)
{
    sim_flash_power_on(&sim);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
}

static void put(uint16_t key, const char *text)
{
    CHECK_EQ(store_put(&store, key, text, strlen(text)), E_OK);
}

static void expect(uint16_t key, const char *text)
{
    char got[STORE_VALUE_MAX_LEN];
    int len = store_get(&store, key, got, sizeof got);
    if (text == NULL) {
        CHECK_EQ(len, E_NOTFOUND);
    } else if (CHECK_EQ(len, strlen(text))) {
        CHECK(memcmp(got, text, (size_t)len) == 0);
    }
}

static void a_blank_medium_becomes_an_empty_store(void)
{
    fresh(2, 4);
    expect(1, NULL);
    put(1, "one");
    expect(1, "one");
    remount();
    expect(1, "one");
}

static void values_are_replaced_and_deleted(void)
{
    fresh(3, 8);
    put(1, "one");
    put(2, "two");
    put(1, "uno");
    CHECK_EQ(store_delete(&store, 2), E_OK);
    CHECK_EQ(store_delete(&store, 2), E_NOTFOUND);
    expect(1, "uno");
    expect(2, NULL);
    remount();
    expect(1, "uno");
    expect(2, NULL);
    put(3, "");
    remount();
    expect(3, "");
}

static void an_equal_value_costs_no_write(void)
{
    fresh(2, 4);
    put(7, "same");
    uint32_t before = sim_flash_operations(&sim);
    put(7, "same");
    CHECK_EQ(sim_flash_operations(&sim), before);
    put(7, "sane");
    CHECK(sim_flash_operations(&sim) > before);
}

static void a_transaction_is_seen_at_commit_and_not_before(void)
{
    fresh(4, 4);
    put(1, "a");
    put(2, "b");
    CHECK_EQ(store_commit(&store), E_STATE);
    CHECK_EQ(store_begin(&store), E_OK);
    CHECK_EQ(store_begin(&store), E_STATE);
    put(1, "A");
    CHECK_EQ(store_delete(&store, 2), E_OK);
    put(3, "C");
    expect(1, "a");
    expect(2, "b");
    expect(3, NULL);
    CHECK_EQ(store_commit(&store), E_OK);
    expect(1, "A");
    expect(2, NULL);
    expect(3, "C");
    remount();
    expect(1, "A");
    expect(2, NULL);
    expect(3, "C");
}

static void an_aborted_transaction_leaves_no_trace(void)
{
    fresh(4, 4);
    put(1, "a");
    CHECK_EQ(store_begin(&store), E_OK);
    put(1, "A");
    put(2, "B");
    store_abort(&store);
    expect(1, "a");
    expect(2, NULL);
    /* The next commit must not bring it back. */
    CHECK_EQ(store_begin(&store), E_OK);
    put(3, "C");
    CHECK_EQ(store_commit(&store), E_OK);
    remount();
    expect(1, "a");
    expect(2, NULL);
    expect(3, "C");
}

static void a_transaction_longer_than_a_sector_is_still_one(void)
{
    static char text[301];
    fresh(8, 4);
    memset(text, 'x', 300);
    for (uint16_t key = 0; key < 6; key++) {
        put(key, text);
    }
    memset(text, 'y', 300);
    CHECK_EQ(store_begin(&store), E_OK);
    for (uint16_t key = 0; key < 6; key++) {
        put(key, text);
    }
    memset(text, 'x', 300);
    expect(5, text);
    CHECK_EQ(store_commit(&store), E_OK);
    remount();
    memset(text, 'y', 300);
    for (uint16_t key = 0; key < 6; key++) {
        expect(key, text);
    }
}

static void many_updates_go_round_the_ring(void)
{
    fresh(4, 4);
    char text[16];
    put(1, "stays");
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        put((uint16_t)(2 + i % 5), text);
    }
    remount();
    expect(1, "stays");
    expect((uint16_t)(2 + 1999 % 5), "1999");
    CHECK(sim_flash_wear_max(&sim) - sim_flash_wear_min(&sim) <= 1);
}

static void a_full_medium_refuses_and_keeps_the_old_values(void)
{
    static char text[201];
    fresh(2, 4);
    memset(text, 'v', 200);
    uint16_t key = 0;
    while (store_put(&store, key, text, 200) == E_OK) {
        key++;
    }
    CHECK_EQ(key, 3); /* of 1 KiB: there is room to replace each of them */
    CHECK_EQ(store_put(&store, key, text, 200), E_NOSPACE);
    for (uint16_t i = 0; i < key; i++) {
        expect(i, text);
    }
    CHECK_EQ(store_delete(&store, 0), E_OK);
    CHECK_EQ(store_put(&store, 9, text, 200), E_OK);
    remount();
    expect(0, NULL);
    expect(9, text);
}

static void fill_at_random(uint32_t *random, uint16_t *lens, uint16_t n)
{
    static uint8_t value[300];
    for (uint16_t key = 0; key < n; key++) {
        lens[key] = 0;
        do {
            *random = *random * 1664525 + 1013904223;
            lens[key] = (uint16_t)(*random >> 16) % 300;
        } while (store_put(&store, key, value, lens[key]) == E_NOSPACE && lens[key] > 3);
    }
}

static void a_full_store_can_be_written_to_and_emptied(void)
{
    uint8_t value[300];
    uint16_t lens[20];
    for (uint32_t random = 1; random < 40; random++) {
        fresh(2 + random % 7, 1U << random % 6);
        uint32_t seed = random;
        fill_at_random(&seed, lens, 20);
        for (int i = 0; i < 300; i++) {
            seed = seed * 1664525 + 1013904223;
            uint16_t key = (uint16_t)(seed >> 16) % 20;
            memset(value, i, sizeof value);
            uint16_t len = i % 3 == 0 ? lens[key] : (uint16_t)(lens[key] - lens[key] / 4);
            uint16_t position = 0;
            uint16_t listed = 0;
            bool is_there = false;
            while (store_next_key(&store, &position, &listed)) {
                is_there = is_there || listed == key;
            }
            if (is_there && len > 0 && !CHECK_EQ(store_put(&store, key, value, len), E_OK)) {
                return;
            }
        }
        uint16_t key = 0;
        for (uint16_t position = 0; store_next_key(&store, &position, &key); position = 0) {
            if (!CHECK_EQ(store_delete(&store, key), E_OK)) {
                return;
            }
        }
    }
}

static void limits_hold_at_their_edges(void)
{
    static uint8_t value[STORE_VALUE_MAX_LEN + 1];
    fresh(8, 1);
    CHECK_EQ(store_put(&store, STORE_KEY_MAX, "k", 1), E_OK);
    CHECK_EQ(store_put(&store, 0xFFFF, "k", 1), E_ARG);
    CHECK_EQ(store_put(&store, 1, value, sizeof value), E_ARG);
    CHECK_EQ(store_put(&store, 1, value, 1024), E_NOSPACE); /* of a sector of 1 KiB */
    CHECK_EQ(store_put(&store, 1, value, SECTOR - 20 - 8 + 1), E_NOSPACE);
    CHECK_EQ(store_put(&store, 1, value, SECTOR / 2), E_OK);
    for (uint16_t key = 2; key < STORE_KEYS_MAX; key++) {
        CHECK_EQ(store_put(&store, key, "k", 1), E_OK);
    }
    CHECK_EQ(store_put(&store, 5000, "k", 1), E_LIMIT);
    CHECK_EQ(store_delete(&store, 2), E_OK);
    CHECK_EQ(store_put(&store, 5000, "k", 1), E_OK);
    CHECK_EQ(store_get(&store, 1, value, 10), E_NOSPACE);
}

static void keys_are_listed(void)
{
    fresh(2, 4);
    put(5, "five");
    put(6, "six");
    uint16_t position = 0;
    uint16_t key = 0;
    uint32_t sum = 0;
    while (store_next_key(&store, &position, &key)) {
        sum += key;
    }
    CHECK_EQ(sum, 11);
}

static void geometries_that_cannot_work_are_refused(void)
{
    fresh(2, 4);
    struct flash flash = sim.flash;
    flash.program_len = 3;
    CHECK_EQ(store_mount(&store, &flash), E_ARG);
    flash = sim.flash;
    flash.n_sectors = 1;
    CHECK_EQ(store_mount(&store, &flash), E_ARG);
    flash = sim.flash;
    flash.sector_len = 1000;
    CHECK_EQ(store_mount(&store, &flash), E_ARG);
    CHECK_EQ(store_put(&store, 1, "x", 1), E_STATE);
    CHECK_EQ(store_begin(&store), E_STATE);
}

static void junk_is_not_taken_for_a_store_nor_overwritten(void)
{
    fresh(2, 4);
    uint8_t junk[SECTOR];
    memset(junk, 0x5A, sizeof junk);
    sim_flash_load(&sim, SECTOR, junk, sizeof junk);
    sim_flash_load(&sim, 0, junk, sizeof junk);
    CHECK_EQ(store_mount(&store, &sim.flash), E_CORRUPT);
    CHECK_EQ(store_format(&store, &sim.flash), E_OK);
    put(1, "anew");
    remount();
    expect(1, "anew");
}

static void a_bad_sector_is_passed_over(void)
{
    fresh(5, 4);
    put(1, "kept");
    sim.bad_sector = 2;
    sim.tear = SIM_FLASH_BITS;
    char text[16];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        CHECK_EQ(store_put(&store, 2, text, strlen(text)), E_OK);
    }
    remount();
    expect(1, "kept");
    expect(2, "999");
}

static void the_last_good_sector_is_never_erased(void)
{
    fresh(2, 4);
    put(1, "kept");
    sim.bad_sector = 1;
    sim.tear = SIM_FLASH_JUNK;
    char text[16];
    int result = E_OK;
    for (int i = 0; i < 200 && result == E_OK; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        result = store_put(&store, 2, text, strlen(text));
    }
    CHECK_EQ(result, E_IO); /* or E_NOSPACE: there is nowhere to go */
    expect(1, "kept");
    sim.bad_sector = UINT32_MAX;
    remount();
    expect(1, "kept");
}

static void a_lost_middle_is_reported(void)
{
    fresh(4, 4);
    const uint8_t zeros[4] = {0, 0, 0, 0};
    char text[16];
    for (int i = 0; sim.counts.n_erases < 2; i++) { /* until a second sector is in use */
        (void)snprintf(text, sizeof text, "%d", i);
        put(1, text);
    }
    sim_flash_load(&sim, 512, zeros, sizeof zeros); /* in the midst of the first */
    CHECK_EQ(store_mount(&store, &sim.flash), E_CORRUPT);
}

static void a_write_that_fails_once_can_be_repeated(void)
{
    fresh(4, 4);
    put(1, "kept");
    for (uint32_t k = 0; k < 200; k++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", (unsigned)k);
        sim.tear = (enum sim_flash_tear)(k % SIM_FLASH_TEARS);
        sim.fail_at = sim_flash_operations(&sim) + k % 3;
        if (store_put(&store, 2, text, strlen(text)) == E_IO) {
            expect(1, "kept");
            CHECK_EQ(store_put(&store, 2, text, strlen(text)), E_OK);
        }
        expect(2, text);
    }
    remount();
    expect(1, "kept");
    expect(2, "199");
}

static void a_read_that_fails_is_reported_and_harmless(void)
{
    char text[16];
    fresh(3, 4);
    put(1, "kept");
    for (uint32_t k = 0; k < 400; k++) {
        (void)snprintf(text, sizeof text, "%u", (unsigned)k);
        sim.bad_read = sim.counts.n_reads + k % 40;
        int result = store_put(&store, 2, text, strlen(text));
        sim.bad_read = UINT32_MAX;
        if (result == E_STATE) { /* the flash had failed in the midst of a new generation */
            CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
            result = E_IO;
        }
        CHECK(result == E_OK || result == E_IO);
        if (result == E_IO && store_put(&store, 2, text, strlen(text)) != E_OK) {
            CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
            put(2, text);
        }
        expect(1, "kept");
        expect(2, text);
    }
}

CHECK_MAIN(TEST(a_blank_medium_becomes_an_empty_store), TEST(values_are_replaced_and_deleted),
           TEST(an_equal_value_costs_no_write),
           TEST(a_transaction_is_seen_at_commit_and_not_before),
           TEST(an_aborted_transaction_leaves_no_trace),
           TEST(a_transaction_longer_than_a_sector_is_still_one),
           TEST(many_updates_go_round_the_ring),
           TEST(a_full_medium_refuses_and_keeps_the_old_values),
           TEST(a_full_store_can_be_written_to_and_emptied), TEST(limits_hold_at_their_edges),
           TEST(keys_are_listed), TEST(geometries_that_cannot_work_are_refused),
           TEST(junk_is_not_taken_for_a_store_nor_overwritten), TEST(a_bad_sector_is_passed_over),
           TEST(the_last_good_sector_is_never_erased), TEST(a_lost_middle_is_reported),
           TEST(a_write_that_fails_once_can_be_repeated),
           TEST(a_read_that_fails_is_reported_and_harmless))
