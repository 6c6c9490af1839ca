/* SPDX-License-Identifier: MIT */
#include "store/counter.h"

#include "check.h"
#include "sim/flash.h"

enum { SECTOR = 512, SECTORS = 3 };

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static struct sim_flash sim;
static struct store store;

static void fresh(void)
{
    sim_flash_init(&sim, memory, SECTOR, SECTORS, 4, 1);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
}

static void it_counts_from_one(void)
{
    fresh();
    struct store_counter c;
    uint64_t value = 0;
    CHECK_EQ(store_counter_open(&c, &store, 3, 10), E_OK);
    for (uint64_t want = 1; want < 50; want++) {
        CHECK_EQ(store_counter_next(&c, &value), E_OK);
        CHECK_EQ(value, want);
    }
}

static void most_steps_write_nothing(void)
{
    fresh();
    struct store_counter c;
    uint64_t value = 0;
    CHECK_EQ(store_counter_open(&c, &store, 3, 100), E_OK);
    uint32_t before = sim_flash_operations(&sim);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(store_counter_next(&c, &value), E_OK);
    }
    CHECK_EQ(sim_flash_operations(&sim), before + 1);
}

static void after_a_restart_it_goes_on_behind_the_reservation(void)
{
    fresh();
    struct store_counter c;
    uint64_t value = 0;
    CHECK_EQ(store_counter_open(&c, &store, 3, 10), E_OK);
    CHECK_EQ(store_counter_next(&c, &value), E_OK);
    CHECK_EQ(store_mount(&store, &sim.flash), E_OK);
    CHECK_EQ(store_counter_open(&c, &store, 3, 10), E_OK);
    CHECK_EQ(store_counter_next(&c, &value), E_OK);
    CHECK_EQ(value, 11);
}

static void what_is_no_counter_is_refused(void)
{
    fresh();
    struct store_counter c;
    CHECK_EQ(store_counter_open(&c, &store, 3, 0), E_ARG);
    CHECK_EQ(store_put(&store, 3, "short", 5), E_OK);
    CHECK_EQ(store_counter_open(&c, &store, 3, 1), E_CORRUPT);
    CHECK_EQ(store_put(&store, 3, "much too long", 13), E_OK);
    CHECK_EQ(store_counter_open(&c, &store, 3, 1), E_CORRUPT);
}

static void it_ends_before_it_would_repeat(void)
{
    fresh();
    struct store_counter c;
    uint64_t value = 0;
    const uint8_t last[8] = {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    CHECK_EQ(store_put(&store, 3, last, 8), E_OK);
    CHECK_EQ(store_counter_open(&c, &store, 3, 1), E_OK);
    CHECK_EQ(store_counter_next(&c, &value), E_OK);
    CHECK(value == UINT64_MAX - 1);
    CHECK_EQ(store_counter_next(&c, &value), E_LIMIT);
}

CHECK_MAIN(TEST(it_counts_from_one), TEST(most_steps_write_nothing),
           TEST(after_a_restart_it_goes_on_behind_the_reservation),
           TEST(what_is_no_counter_is_refused), TEST(it_ends_before_it_would_repeat))
