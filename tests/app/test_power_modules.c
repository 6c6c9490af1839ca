/* SPDX-License-Identifier: MIT
 * The driver of CAN power modules against modules at register level.
 */
#include <string.h>

#include "app/power_modules.h"
#include "check.h"
#include "sim/can_modules.h"

enum { FAULT_BIT = 0x10, STEP_MS = 10 };

struct bench {
    struct sim_can_modules sim;
    struct can bus;
    struct power_modules modules;
    uint64_t now_ms;
    int last;
};

static const struct power_modules_config config = {.n_expected = 3,
                                                   .max_mv = 500000,
                                                   .max_ma = 150000,
                                                   .ramp_mv_per_s = 50000,
                                                   .ramp_ma_per_s = 20000,
                                                   .status_fault_mask = FAULT_BIT};

static void bench_init(struct bench *b, unsigned n)
{
    memset(b, 0, sizeof *b);
    sim_can_modules_init(&b->sim, n);
    b->bus = sim_can_modules_bus(&b->sim);
    b->now_ms = 5000;
    power_modules_init(&b->modules, b->now_ms, &config);
}

static void run(struct bench *b, uint32_t ms)
{
    for (uint32_t at = 0; at < ms; at += STEP_MS) {
        sim_can_modules_step(&b->sim, STEP_MS);
        b->last = power_modules_run(&b->modules, &b->bus, b->now_ms);
        b->now_ms += STEP_MS;
    }
}

static bool all_off(const struct bench *b)
{
    for (unsigned i = 0; i < b->sim.n_modules; i++) {
        if (b->sim.modules[i].is_on && !b->sim.modules[i].is_deaf) {
            return false;
        }
    }
    return true;
}

static void modules_are_found_and_measured(void)
{
    struct bench b;
    int32_t mv = -1;
    int32_t ma = -1;
    bench_init(&b, 3);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 10000), E_STATE);
    CHECK_EQ(power_modules_measure(&b.modules, &mv, &ma), E_STATE);
    CHECK_EQ(mv, -1);
    run(&b, 700);
    CHECK_EQ(power_modules_measure(&b.modules, &mv, &ma), E_OK);
    CHECK_EQ(mv, 0);
    CHECK_EQ(ma, 0);
    CHECK(all_off(&b));
}

static void identifiers_and_bytes_are_those_of_the_tables(void)
{
    struct power_modules m;
    struct can_message frame;
    power_modules_init(&m, 0, &config);
    power_modules_tick(&m, 0);
    CHECK(power_modules_output(&m, &frame));
    const uint8_t off[] = {0x0B, 0x01, 0, 0, 0, 0, 0, 0};
    CHECK_EQ(frame.id, 0x02200000);
    CHECK(frame.extended);
    CHECK_BYTES(frame.bytes, frame.len, off, sizeof off);
    CHECK(power_modules_output(&m, &frame));
    const uint8_t read[] = {0x02, 0x08, 0, 0, 0, 0, 0, 0};
    CHECK_EQ(frame.id, 0x02200000);
    CHECK_BYTES(frame.bytes, frame.len, read, sizeof read);
    CHECK(!power_modules_output(&m, &frame));
    CHECK_EQ(power_modules_deadline(&m), POWER_MODULES_RAMP_MS);
}

static void the_current_is_shared(void)
{
    struct bench b;
    int32_t mv = 0;
    int32_t ma = 0;
    bench_init(&b, 3);
    b.sim.load_mohm = 4000;
    run(&b, 700);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_OK);
    run(&b, 9000);
    CHECK_EQ(b.sim.modules[0].set_ma, 20000);
    CHECK_EQ(b.sim.modules[0].set_mv, 400000);
    CHECK_EQ(power_modules_measure(&b.modules, &mv, &ma), E_OK);
    CHECK_EQ(mv, 400000);
    CHECK_EQ(ma, 60000);
}

static void set_points_ramp_up_and_fall_at_once(void)
{
    struct bench b;
    bench_init(&b, 3);
    run(&b, 700);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_OK);
    run(&b, 2000);
    CHECK(b.sim.modules[0].set_mv >= 90000 && b.sim.modules[0].set_mv <= 110000);
    CHECK(b.sim.modules[0].set_ma >= 12000 && b.sim.modules[0].set_ma <= 14700);
    CHECK_EQ(power_modules_set(&b.modules, 0, 0), E_OK);
    run(&b, STEP_MS);
    CHECK(all_off(&b));
}

static void targets_are_cut_to_what_the_output_bears(void)
{
    struct bench b;
    bench_init(&b, 3);
    run(&b, 700);
    CHECK_EQ(power_modules_set(&b.modules, 900000, INT32_MAX), E_OK);
    run(&b, 15000);
    CHECK_EQ(b.sim.modules[0].set_mv, 500000);
    CHECK_EQ(b.sim.modules[0].set_ma, 50000);
    CHECK_EQ(power_modules_set(&b.modules, -5, 1000), E_OK);
    run(&b, 200);
    CHECK(all_off(&b));
}

static void silence_of_one_switches_all_off(void)
{
    struct bench b;
    int32_t mv = 0;
    int32_t ma = 0;
    bench_init(&b, 3);
    run(&b, 700);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_OK);
    run(&b, 3000);
    CHECK(b.sim.modules[1].is_on);
    b.sim.modules[2].is_silent = true;
    run(&b, POWER_MODULES_LOST_MS + POWER_MODULES_POLL_MS + 50);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_SILENT);
    CHECK(all_off(&b));
    CHECK_EQ(power_modules_measure(&b.modules, &mv, &ma), E_IO);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_IO);
    b.sim.modules[2].is_silent = false;
    run(&b, 2000); /* it stays off until somebody decides */
    CHECK(all_off(&b));
    power_modules_reset(&b.modules, b.now_ms);
    run(&b, 700);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_OK);
    run(&b, 500);
    CHECK(b.sim.modules[1].is_on);
}

static void a_fault_bit_switches_all_off(void)
{
    struct bench b;
    bench_init(&b, 3);
    run(&b, 700);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_OK);
    run(&b, 1000);
    b.sim.modules[0].status = 0x01; /* not one of ours */
    run(&b, 400);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_WELL);
    b.sim.modules[0].status = FAULT_BIT;
    run(&b, 400);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_FAULT);
    CHECK(all_off(&b));
}

static void one_module_too_many_is_a_failure(void)
{
    struct bench b;
    bench_init(&b, 4);
    run(&b, 700);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_FULL);
}

static void too_few_modules_deliver_nothing(void)
{
    struct bench b;
    bench_init(&b, 2);
    run(&b, 3000);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_WELL);
    CHECK_EQ(power_modules_set(&b.modules, 400000, 60000), E_STATE);
    CHECK(all_off(&b));
}

static void noise_on_the_bus_is_ignored(void)
{
    struct bench b;
    bench_init(&b, 3);
    run(&b, 700);
    const struct can_message noise[] = {
        {.id = 0x123, .len = 8, .bytes = {0x03, 0x01, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}},
        {.id = 0x06200000, .extended = true, .len = 8, .bytes = {0x03, 0x08, 0, 0, 0, 0, 0, 0x10}},
        {.id = 0x0220D52C, .extended = true, .len = 3, .bytes = {0x03, 0x08, 0xFF}},
        {.id = 0x0220D52C, .extended = true, .len = 8, .bytes = {0x02, 0x08, 0, 0, 0, 0, 0, 0x10}},
    };
    for (unsigned i = 0; i < sizeof noise / sizeof noise[0]; i++) {
        sim_can_modules_say(&b.sim, &noise[i]);
    }
    run(&b, 100);
    CHECK_EQ(b.modules.n_ignored, sizeof noise / sizeof noise[0]);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_WELL);
}

static void a_bus_that_is_gone_is_told(void)
{
    struct bench b;
    bench_init(&b, 3);
    run(&b, 700);
    CHECK_EQ(b.last, E_OK);
    b.sim.is_gone = true;
    run(&b, STEP_MS);
    CHECK_EQ(b.last, E_IO);
    run(&b, POWER_MODULES_LOST_MS + 400);
    CHECK_EQ(power_modules_failure(&b.modules), POWER_MODULES_SILENT);
}

CHECK_MAIN(TEST(modules_are_found_and_measured),
           TEST(identifiers_and_bytes_are_those_of_the_tables), TEST(the_current_is_shared),
           TEST(set_points_ramp_up_and_fall_at_once),
           TEST(targets_are_cut_to_what_the_output_bears), TEST(silence_of_one_switches_all_off),
           TEST(a_fault_bit_switches_all_off), TEST(one_module_too_many_is_a_failure),
           TEST(too_few_modules_deliver_nothing), TEST(noise_on_the_bus_is_ignored),
           TEST(a_bus_that_is_gone_is_told))
