/* SPDX-License-Identifier: MIT
 * The simulated flash itself: it keeps the rules of store/flash.h, refuses who breaks them, and
 * tears what is cut in each of its ways.
 */
#include <string.h>

#include "check.h"
#include "sim/flash.h"

enum { SECTOR = 256, SECTORS = 4, LEN = SECTOR * SECTORS };

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static uint32_t other_memory[SIM_FLASH_MEMORY_LEN(SECTOR, SECTORS) / 4];
static uint8_t cache[LEN];
static struct sim_flash sim;
static uint8_t zeros[SECTOR];

static void fresh(uint32_t program_len, uint64_t seed)
{
    sim_flash_init(&sim, memory, SECTOR, SECTORS, program_len, seed);
    sim.is_lenient = true;
}

static int program(uint32_t address, const void *bytes, uint32_t len)
{
    return sim.flash.program(&sim, address, bytes, len);
}

static uint32_t n_programmed(uint32_t address, uint32_t len)
{
    uint8_t got[SECTOR];
    CHECK_EQ(sim.flash.read(&sim, address, got, len), E_OK);
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            n += (got[i] >> bit & 1) == 0;
        }
    }
    return n;
}

static void a_unit_is_programmed_once_between_erases(void)
{
    fresh(8, 1);
    CHECK_EQ(program(8, zeros, 8), E_OK);
    CHECK_EQ(program(8, zeros, 8), E_IO);
    CHECK_EQ(sim.n_broken_rules, 1);
    CHECK_EQ(program(0, zeros, 16), E_IO);
    CHECK_EQ(sim.n_broken_rules, 2);
    CHECK_EQ(sim.flash.erase(&sim, 0), E_OK);
    CHECK_EQ(program(0, zeros, 16), E_OK);
    CHECK_EQ(sim.n_broken_rules, 2);
    CHECK_EQ(n_programmed(0, 24), 128);
}

static void what_is_no_unit_of_the_medium_is_refused(void)
{
    fresh(8, 1);
    uint8_t got[8];
    CHECK_EQ(program(4, zeros, 8), E_IO);
    CHECK_EQ(program(0, zeros, 4), E_IO);
    CHECK_EQ(program(LEN, zeros, 8), E_IO);
    CHECK_EQ(sim.flash.erase(&sim, SECTORS), E_IO);
    CHECK_EQ(sim.flash.read(&sim, LEN - 4, got, 8), E_IO);
    CHECK_EQ(sim.n_broken_rules, 5);
}

static void after_a_cut_nothing_answers_until_power_is_back(void)
{
    fresh(8, 1);
    uint8_t got[8];
    sim.cut_at = 1;
    CHECK_EQ(program(0, zeros, 8), E_OK);
    CHECK_EQ(program(8, zeros, 8), E_IO);
    CHECK(sim.is_off);
    CHECK_EQ(sim.flash.read(&sim, 0, got, 8), E_IO);
    CHECK_EQ(sim.flash.erase(&sim, 1), E_IO);
    sim_flash_power_on(&sim);
    CHECK_EQ(sim.flash.read(&sim, 0, got, 8), E_OK);
    CHECK_EQ(n_programmed(0, 16), 64); /* cut before: nothing of the second */
    CHECK_EQ(program(8, zeros, 8), E_OK);
    CHECK_EQ(sim.n_broken_rules, 0);
}

/* How many of 512 bits a torn program left at 0, for a tear and a seed. */
static uint32_t torn_program(enum sim_flash_tear tear, uint64_t seed)
{
    fresh(8, seed);
    sim.tear = tear;
    sim.cut_at = 0;
    CHECK_EQ(program(0, zeros, 64), E_IO);
    sim_flash_power_on(&sim);
    return n_programmed(0, 64);
}

static void each_tear_of_a_program_is_as_described(void)
{
    bool partial_byte = false;
    bool changes = false;
    for (uint64_t seed = 0; seed < 100; seed++) {
        CHECK_EQ(torn_program(SIM_FLASH_BEFORE, seed), 0);
        CHECK_EQ(torn_program(SIM_FLASH_AFTER, seed), 512);
        uint32_t n = torn_program(SIM_FLASH_PREFIX, seed);
        CHECK_EQ(n % 8, 0);
        CHECK_EQ(n_programmed(0, n / 8), n);
        partial_byte = partial_byte || torn_program(SIM_FLASH_BITS, seed) % 8 != 0;
        n = torn_program(SIM_FLASH_WEAK, seed);
        for (int i = 0; i < 16; i++) {
            changes = changes || n_programmed(0, 64) != n;
        }
    }
    CHECK(partial_byte);
    CHECK(changes);
}

static void a_torn_place_counts_as_programmed(void)
{
    fresh(8, 1);
    sim.tear = SIM_FLASH_BITS;
    sim.fail_at = 0;
    CHECK_EQ(program(0, zeros, 8), E_IO);
    CHECK_EQ(program(0, zeros, 8), E_IO);
    CHECK_EQ(sim.n_broken_rules, 1);
}

static void a_torn_erase_leaves_anything_and_another_one_heals(void)
{
    bool changes = false;
    for (int tear = SIM_FLASH_PREFIX; tear < SIM_FLASH_TEARS; tear++) {
        for (uint64_t seed = 0; seed < 50; seed++) {
            fresh(8, seed);
            CHECK_EQ(program(0, zeros, SECTOR), E_OK);
            sim.tear = (enum sim_flash_tear)tear;
            sim.cut_at = 1;
            CHECK_EQ(sim.flash.erase(&sim, 0), E_IO);
            sim_flash_power_on(&sim);
            uint32_t n = n_programmed(0, SECTOR);
            changes = changes || n_programmed(0, SECTOR) != n;
            CHECK_EQ(program(0, zeros, 8), E_IO); /* not before it is erased whole */
            CHECK_EQ(sim.n_broken_rules, 1);
            CHECK_EQ(sim.flash.erase(&sim, 0), E_OK);
            CHECK_EQ(n_programmed(0, SECTOR), 0);
            CHECK_EQ(n_programmed(0, SECTOR), 0);
            CHECK_EQ(program(0, zeros, 8), E_OK);
        }
    }
    CHECK(changes);
}

static void faults_come_where_they_are_asked_for(void)
{
    fresh(8, 1);
    uint8_t got[8];
    sim.bad_read = 1;
    CHECK_EQ(sim.flash.read(&sim, 0, got, 8), E_OK);
    CHECK_EQ(sim.flash.read(&sim, 0, got, 8), E_IO);
    CHECK_EQ(sim.flash.read(&sim, 0, got, 8), E_OK);
    sim.bad_sector = 2;
    CHECK_EQ(sim.flash.erase(&sim, 1), E_OK);
    CHECK_EQ(sim.flash.erase(&sim, 2), E_IO);
    CHECK_EQ(program(2 * SECTOR + 8, zeros, 8), E_IO);
    CHECK_EQ(sim.counts.n_reads, 3);
    CHECK_EQ(sim.counts.n_erases, 1);
    CHECK_EQ(sim_flash_wear_max(&sim), 1);
    CHECK_EQ(sim_flash_wear_min(&sim), 0);
}

static void a_cache_loses_what_was_not_synced_and_nothing_else(void)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        fresh(8, seed);
        sim_flash_cache(&sim, cache);
        CHECK_EQ(program(0, zeros, 64), E_OK);
        CHECK_EQ(sim.flash.sync(&sim), E_OK);
        CHECK_EQ(program(64, zeros, 128), E_OK);
        sim.cut_at = sim_flash_operations(&sim);
        sim.tear = SIM_FLASH_BEFORE;
        CHECK_EQ(sim.flash.erase(&sim, 3), E_IO);
        sim_flash_power_on(&sim);
        CHECK_EQ(n_programmed(0, 64), 512);
        uint32_t n = n_programmed(64, 128);
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    CHECK_EQ(least, 0);
    CHECK_EQ(most, 1024);
}

static void the_same_seed_gives_the_same_life(void)
{
    CHECK_EQ(torn_program(SIM_FLASH_WEAK, 7), torn_program(SIM_FLASH_WEAK, 7));
    struct sim_flash copy;
    sim_flash_init(&copy, other_memory, SECTOR, SECTORS, 8, 99);
    sim_flash_copy(&copy, &sim);
    for (int i = 0; i < 8; i++) {
        uint8_t a[64];
        uint8_t b[64];
        CHECK_EQ(sim.flash.read(&sim, 0, a, 64), E_OK);
        CHECK_EQ(copy.flash.read(&copy, 0, b, 64), E_OK);
        CHECK_BYTES(a, 64, b, 64);
    }
}

CHECK_MAIN(TEST(a_unit_is_programmed_once_between_erases),
           TEST(what_is_no_unit_of_the_medium_is_refused),
           TEST(after_a_cut_nothing_answers_until_power_is_back),
           TEST(each_tear_of_a_program_is_as_described), TEST(a_torn_place_counts_as_programmed),
           TEST(a_torn_erase_leaves_anything_and_another_one_heals),
           TEST(faults_come_where_they_are_asked_for),
           TEST(a_cache_loses_what_was_not_synced_and_nothing_else),
           TEST(the_same_seed_gives_the_same_life))
