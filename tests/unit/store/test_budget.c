/* SPDX-License-Identifier: MIT
 * The figures that lib/store/README.md states, measured and printed: RAM, bytes and erases per
 * update, how even the wear is, what a mount reads. Each is held to what is stated there.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sim/flash.h"
#include "store/counter.h"
#include "store/outbox.h"
#include "store/store.h"

enum { SECTOR = 4096, SECTORS = 8, UPDATES = 10000 };

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static struct sim_flash sim;
static struct store store;
static struct outbox outbox;

static void fresh(uint32_t program_len)
{
    sim_flash_init(&sim, memory, SECTOR, SECTORS, program_len, 1);
}

static void fill(uint16_t n_keys, size_t len)
{
    uint8_t value[STORE_VALUE_MAX_LEN];
    for (uint16_t key = 0; key < n_keys; key++) {
        memset(value, key, len);
        CHECK_EQ(store_put(&store, key, value, len), E_OK);
    }
}

struct wear {
    uint32_t programmed_len_x100; /* bytes per update, in hundredths */
    uint32_t erases_per_1000;
    uint32_t spread; /* most less least erases of a sector */
};

/* 10000 updates of `n_keys` keys in turn, after a mount. */
static struct wear wear_of(uint32_t program_len, uint16_t n_keys, size_t len)
{
    uint8_t value[STORE_VALUE_MAX_LEN];
    fresh(program_len);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
    fill(n_keys, len);
    struct sim_flash_counts before = sim.counts;
    for (uint32_t i = 0; i < UPDATES; i++) {
        memset(value, (int)(i / n_keys), len);
        memcpy(value, &i, len < sizeof i ? len : sizeof i);
        CHECK_EQ(store_put(&store, (uint16_t)(i % n_keys), value, len), E_OK);
    }
    struct wear w = {
        (uint32_t)((sim.counts.programmed_len - before.programmed_len) * 100 / UPDATES),
        (sim.counts.n_erases - before.n_erases) * 1000 / UPDATES,
        sim_flash_wear_max(&sim) - sim_flash_wear_min(&sim)};
    printf("  unit %2u, %2u keys of %3u bytes: %u.%02u bytes programmed per update, %u erases per "
           "1000, spread %u\n",
           (unsigned)program_len, (unsigned)n_keys, (unsigned)len,
           (unsigned)w.programmed_len_x100 / 100, (unsigned)w.programmed_len_x100 % 100,
           (unsigned)w.erases_per_1000, (unsigned)w.spread);
    return w;
}

static void the_ram_is_as_stated(void)
{
    printf("  RAM: store %u, counter %u, outbox %u bytes\n", (unsigned)sizeof(struct store),
           (unsigned)sizeof(struct store_counter), (unsigned)sizeof(struct outbox));
    CHECK(sizeof(struct store) <= 1096);
    CHECK(sizeof(struct store_counter) <= 32);
    CHECK(sizeof(struct outbox) <= 120);
}

static void a_record_takes_eight_bytes_more_than_its_value(void)
{
    for (uint32_t program_len = 1; program_len <= 32; program_len *= 2) {
        fresh(program_len);
        CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
        uint64_t before = sim.counts.programmed_len;
        CHECK_EQ(store_put(&store, 1, "0123456789", 10), E_OK);
        CHECK_EQ(sim.counts.programmed_len - before,
                 (8 + 10 + program_len - 1) / program_len * program_len);
    }
}

static void wear_is_small_and_even(void)
{
    struct wear w = wear_of(4, 4, 8);
    CHECK(w.programmed_len_x100 <= 1700 && w.erases_per_1000 <= 4 && w.spread <= 1);
    w = wear_of(32, 4, 8);
    CHECK(w.programmed_len_x100 <= 3300 && w.erases_per_1000 <= 8 && w.spread <= 1);
    w = wear_of(4, 40, 64);
    CHECK(w.programmed_len_x100 <= 8500 && w.erases_per_1000 <= 21 && w.spread <= 1);
}

static void a_counter_writes_once_per_reservation(void)
{
    struct store_counter c;
    uint64_t value = 0;
    fresh(4);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
    CHECK_EQ(store_counter_open(&c, &store, 1, 100), E_OK);
    uint64_t before = sim.counts.programmed_len;
    for (int i = 0; i < UPDATES; i++) {
        CHECK_EQ(store_counter_next(&c, &value), E_OK);
    }
    CHECK(sim.counts.programmed_len - before <= 16 * UPDATES / 100 + 64);
}

static void a_mount_erases_once_and_reads_little(void)
{
    fresh(4);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
    fill(40, 64);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(store_put(&store, 1, &i, sizeof i), E_OK);
    }
    uint32_t most = 0;
    uint32_t medium = SECTOR * SECTORS;
    for (int i = 0; i < 200; i++) {
        struct sim_flash_counts before = sim.counts;
        CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
        uint32_t read_len = (uint32_t)(sim.counts.read_len - before.read_len);
        most = read_len > most ? read_len : most;
        CHECK_EQ(sim.counts.n_erases - before.n_erases, 1);
        for (int k = 0; k < i % 100; k++) {
            CHECK_EQ(store_put(&store, 2, &k, sizeof k), E_OK);
        }
    }
    printf("  mount of 40 keys of 64 bytes: at most %u bytes read, of %u\n", (unsigned)most,
           (unsigned)medium);
    CHECK(most <= medium);
    CHECK(sim_flash_wear_max(&sim) - sim_flash_wear_min(&sim) <= 1);
}

static void a_full_store_mounts_in_two_reads_of_the_medium(void)
{
    uint8_t value[1000];
    fresh(4);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
    uint16_t n_keys = 0;
    memset(value, 7, sizeof value);
    while (store_put(&store, n_keys, value, sizeof value) == E_OK) {
        n_keys++;
    }
    uint32_t most = 0;
    for (uint16_t i = 0; i < 200; i++) {
        memset(value, i, sizeof value);
        CHECK_EQ(store_put(&store, i % n_keys, value, sizeof value), E_OK);
        struct sim_flash_counts before = sim.counts;
        CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
        uint32_t read_len = (uint32_t)(sim.counts.read_len - before.read_len);
        most = read_len > most ? read_len : most;
    }
    printf("  mount of a full store, %u values of 1000 bytes: at most %u bytes read, of %u\n",
           (unsigned)n_keys, (unsigned)most, (unsigned)(SECTOR * SECTORS));
    CHECK(n_keys >= 9);
    CHECK(most <= 2 * SECTOR * SECTORS);
}

static void an_outbox_writes_little_more_than_its_records(void)
{
    uint8_t record[250];
    memset(record, 7, sizeof record);
    fresh(4);
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_OK);
    struct sim_flash_counts before = sim.counts;
    struct outbox_cursor cursor = OUTBOX_START;
    for (int i = 0; i < UPDATES; i++) {
        CHECK_EQ(outbox_append(&outbox, record, sizeof record), E_OK);
        CHECK_EQ(outbox_next(&outbox, &cursor, record, sizeof record), sizeof record);
        CHECK_EQ(outbox_drop(&outbox, &cursor), E_OK);
    }
    uint32_t programmed = (uint32_t)((sim.counts.programmed_len - before.programmed_len) / UPDATES);
    uint32_t erases = (sim.counts.n_erases - before.n_erases) * 1000 / UPDATES;
    uint32_t spread = sim_flash_wear_max(&sim) - sim_flash_wear_min(&sim);
    printf("  outbox, 250 byte records: %u bytes programmed per record, %u erases per 1000, "
           "spread %u\n",
           (unsigned)programmed, (unsigned)erases, (unsigned)spread);
    CHECK(programmed <= 275 && erases <= 70 && spread <= 1);
}

static void a_full_outbox_mounts_in_two_reads_of_the_medium(void)
{
    uint8_t record[250];
    memset(record, 7, sizeof record);
    fresh(4);
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_OK);
    uint32_t n = 0;
    while (outbox_append(&outbox, record, sizeof record) == E_OK) {
        n++;
    }
    struct sim_flash_counts before = sim.counts;
    CHECK_EQ(outbox_mount(&outbox, &sim.flash), E_OK);
    uint32_t read_len = (uint32_t)(sim.counts.read_len - before.read_len);
    printf("  mount of a full outbox, %u records: %u bytes read, of %u\n", (unsigned)n,
           (unsigned)read_len, (unsigned)(SECTOR * SECTORS));
    CHECK_EQ(outbox_count(&outbox), n);
    CHECK_EQ(n, 89);
    CHECK(read_len <= 2 * SECTOR * SECTORS);
    CHECK_EQ(sim.counts.n_erases - before.n_erases, 1);
}

CHECK_MAIN(TEST(the_ram_is_as_stated), TEST(a_record_takes_eight_bytes_more_than_its_value),
           TEST(wear_is_small_and_even), TEST(a_counter_writes_once_per_reservation),
           TEST(a_mount_erases_once_and_reads_little),
           TEST(a_full_store_mounts_in_two_reads_of_the_medium),
           TEST(an_outbox_writes_little_more_than_its_records),
           TEST(a_full_outbox_mounts_in_two_reads_of_the_medium))
