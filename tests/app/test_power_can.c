/* SPDX-License-Identifier: MIT
 * The supply over modules at register level: what a module, the bus or a wire does wrong opens the
 * contactor.
 */
#include "app/power_can.h"

#include <string.h>

#include "app/power_model.h"
#include "check.h"
#include "sim/can_modules.h"
#include "v2g/supply.h"

enum { N_MODULES = 3, FAULT_BIT = 0x10, STEP_MS = 10, BATTERY_MV = 380000, TARGET_MA = 60000 };

static struct bench {
    struct sim_can_modules sim;
    struct can wire; /* the modules' bus, as it is */
    struct power_model model;
    struct power_can stage;
    struct v2g_supply supply;
    uint64_t now_ms;
    uint32_t keep_one_in; /* frames that get through, either way; 0: all */
    uint32_t n_frames;
    bool wrong_echo; /* another module answers in the place of the first */
} b;

static bool gets_through(void)
{
    return b.keep_one_in == 0 || b.n_frames++ % b.keep_one_in == 0;
}

static int send(void *context, const struct can_message *frame)
{
    (void)context;
    return gets_through() ? b.wire.send(b.wire.context, frame) : E_OK;
}

static int receive(void *context, struct can_message *frame)
{
    (void)context;
    for (;;) {
        const int got = b.wire.receive(b.wire.context, frame);
        if (got != 1) {
            return got;
        }
        if (b.wrong_echo && (frame->id >> 14 & 0x7F) == 1) {
            frame->id ^= 0x55; /* a serial number that nobody has */
        }
        if (gets_through()) {
            return 1;
        }
    }
}

static void set_up(unsigned n_modules)
{
    const struct power_modules_config config = {.n_expected = N_MODULES,
                                                .max_mv = 500000,
                                                .max_ma = 150000,
                                                .ramp_mv_per_s = 400000,
                                                .ramp_ma_per_s = 100000,
                                                .status_fault_mask = FAULT_BIT};
    const struct can bus = {.send = send, .receive = receive};
    memset(&b, 0, sizeof b);
    b.now_ms = 1000;
    sim_can_modules_init(&b.sim, n_modules);
    b.wire = sim_can_modules_bus(&b.sim);
    power_model_init(&b.model, b.now_ms, &power_model_default);
    b.model.car =
        (struct power_model_car){.cp = V2G_CP_C, .battery_mv = BATTERY_MV, .battery_mohm = 100};
    const struct v2g_power rest = power_model_power(&b.model);
    power_can_init(&b.stage, b.now_ms, &config, &bus, &rest);
    const struct v2g_supply_config supply = {.power = power_can_power(&b.stage),
                                             .max_mv = 500000,
                                             .max_ma = 150000,
                                             .isolation_test_mv = 450000};
    v2g_supply_init(&b.supply, b.now_ms, &supply);
}

static void run(uint32_t ms)
{
    for (uint32_t at = 0; at < ms; at += STEP_MS) {
        b.now_ms += STEP_MS;
        b.sim.battery_mv = BATTERY_MV;
        b.sim.load_mohm = power_model_conducts(&b.model) ? 100 : 0;
        b.model.car.contactor_closed = power_model_conducts(&b.model);
        sim_can_modules_step(&b.sim, STEP_MS);
        power_model_tick(&b.model, b.now_ms);
        power_can_tick(&b.stage, b.now_ms);
        if (b.now_ms >= v2g_supply_deadline(&b.supply)) {
            v2g_supply_tick(&b.supply, b.now_ms);
        }
    }
}

static bool run_to(enum v2g_supply_state state)
{
    for (unsigned i = 0; i < 2000 && b.supply.state != state; i++) {
        run(STEP_MS);
    }
    return b.supply.state == state;
}

static void demand(enum v2g_supply_mode mode, int32_t mv, int32_t ma)
{
    v2g_supply_demand(&b.supply,
                      (struct v2g_supply_demand){.mode = mode, .target_mv = mv, .target_ma = ma});
}

static void charge(void)
{
    set_up(N_MODULES);
    run(1000);
    demand(V2G_SUPPLY_ISOLATION_TEST, 0, 0);
    CHECK(run_to(V2G_SUPPLY_STATE_TESTED));
    demand(V2G_SUPPLY_PRE_CHARGE, BATTERY_MV, 0);
    CHECK(run_to(V2G_SUPPLY_STATE_PRE_CHARGING));
    run(2500);
    demand(V2G_SUPPLY_CHARGE, BATTERY_MV + 20000, TARGET_MA);
    CHECK(run_to(V2G_SUPPLY_STATE_ON));
    run(4000);
    CHECK(power_model_conducts(&b.model));
    CHECK_EQ(v2g_supply_facts(&b.supply)->fault, V2G_FAULT_NONE);
}

static void modules_charge_a_battery_and_their_current_is_metered(void)
{
    charge();
    CHECK_EQ(b.sim.modules[0].set_ma, TARGET_MA / N_MODULES);
    CHECK_EQ(v2g_supply_facts(&b.supply)->present_ma, TARGET_MA);
    const int64_t before_mwh = v2g_supply_facts(&b.supply)->energy_mwh;
    run(3600);
    const int64_t mwh = v2g_supply_facts(&b.supply)->energy_mwh - before_mwh;
    const int64_t want_mwh = (int64_t)(BATTERY_MV + 20000) / 1000 * TARGET_MA / 1000;
    CHECK(mwh > want_mwh * 98 / 100 && mwh < want_mwh * 102 / 100);
    demand(V2G_SUPPLY_OFF, 0, 0);
    CHECK(run_to(V2G_SUPPLY_STATE_OFF));
    CHECK(!power_model_conducts(&b.model));
    CHECK_EQ(b.model.books.n_inrush, 0);
    for (unsigned i = 0; i < N_MODULES; i++) {
        CHECK(!b.sim.modules[i].is_on);
    }
}

/* A charge, then `spoil`: the contactor opens in time and stays open. */
static void check_opens(void (*spoil)(void), uint32_t within_ms)
{
    charge();
    spoil();
    run(within_ms);
    CHECK(!power_model_conducts(&b.model));
    CHECK_EQ(b.supply.state, V2G_SUPPLY_STATE_FAULT);
    CHECK(v2g_supply_facts(&b.supply)->fault != V2G_FAULT_NONE);
    for (unsigned i = 0; i < N_MODULES; i++) {
        CHECK(!b.sim.modules[i].is_on || b.sim.modules[i].is_deaf || b.sim.is_gone);
    }
    run(10000);
    CHECK(!power_model_conducts(&b.model));
}

static void spoil_silent(void)
{
    b.sim.modules[1].is_silent = true;
}
static void spoil_deaf(void)
{
    b.sim.modules[2].is_deaf = true;
}
static void spoil_temperature(void)
{
    b.sim.modules[0].status = FAULT_BIT;
}
static void spoil_bus(void)
{
    b.sim.is_gone = true;
}
static void spoil_echo(void)
{
    b.wrong_echo = true;
}
static void spoil_frames(void)
{
    b.keep_one_in = 60;
}

static void a_silent_module_opens_the_contactor(void)
{
    check_opens(spoil_silent, 2500);
}
static void a_deaf_module_opens_the_contactor(void)
{
    check_opens(spoil_deaf, 2500);
}
static void a_hot_module_opens_the_contactor(void)
{
    check_opens(spoil_temperature, 1500);
}
static void a_bus_that_is_gone_opens_the_contactor(void)
{
    check_opens(spoil_bus, 1000);
}
static void a_wrong_echo_opens_the_contactor(void)
{
    check_opens(spoil_echo, 2500);
}
static void a_bus_that_loses_nearly_everything_opens_the_contactor(void)
{
    check_opens(spoil_frames, 4000);
}

static void a_lost_frame_now_and_then_is_nothing(void)
{
    charge();
    for (int i = 0; i < 20; i++) {
        b.keep_one_in = 2;
        run(STEP_MS);
        b.keep_one_in = 0;
        run(490);
    }
    CHECK(power_model_conducts(&b.model));
    CHECK_EQ(v2g_supply_facts(&b.supply)->fault, V2G_FAULT_NONE);
}

static void nothing_is_energised_while_a_module_is_missing(void)
{
    set_up(N_MODULES - 1);
    run(1000);
    CHECK_EQ(v2g_supply_facts(&b.supply)->fault, V2G_FAULT_NONE);
    demand(V2G_SUPPLY_ISOLATION_TEST, 0, 0);
    CHECK(run_to(V2G_SUPPLY_STATE_FAULT));
    CHECK_EQ(b.model.books.n_closed, 0);
    CHECK(!b.sim.modules[0].is_on);
}

static void modules_that_come_back_are_found_again(void)
{
    charge();
    spoil_silent();
    run(3000);
    CHECK_EQ(b.supply.state, V2G_SUPPLY_STATE_FAULT);
    b.sim.modules[1].is_silent = false;
    demand(V2G_SUPPLY_OFF, 0, 0);
    run(POWER_CAN_AGAIN_MS + 2000);
    CHECK_EQ(power_modules_failure(&b.stage.modules), POWER_MODULES_WELL);
    CHECK_EQ(v2g_supply_reset(&b.supply), E_OK);
    demand(V2G_SUPPLY_ISOLATION_TEST, 0, 0);
    CHECK(run_to(V2G_SUPPLY_STATE_TESTED));
}

CHECK_MAIN(TEST(modules_charge_a_battery_and_their_current_is_metered),
           TEST(a_silent_module_opens_the_contactor), TEST(a_deaf_module_opens_the_contactor),
           TEST(a_hot_module_opens_the_contactor), TEST(a_bus_that_is_gone_opens_the_contactor),
           TEST(a_wrong_echo_opens_the_contactor),
           TEST(a_bus_that_loses_nearly_everything_opens_the_contactor),
           TEST(a_lost_frame_now_and_then_is_nothing),
           TEST(nothing_is_energised_while_a_module_is_missing),
           TEST(modules_that_come_back_are_found_again))
