/* SPDX-License-Identifier: MIT
 * What a site wants of a car on its own account: zero power, a pause, a renegotiation, the state of
 * charge; several plugs in a process; cars that need something else.
 */
#include "v2g/session.h"
#include "v2g_pair.h"

static struct pair pair;
static struct v2g_quirk quirk; /* of every car here */

static void charge(enum v2g_protocol protocol, enum v2g_energy_mode mode, uint8_t flags)
{
    quirk = (struct v2g_quirk){.flags = flags};
    pair_init(&pair, protocol, mode);
    pair.secc_config.quirks = &quirk;
    pair.secc_config.n_quirks = 1;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    pair_run(&pair, 1000);
    CHECK(pair.stage.main);
}

static void a_suspended_car_takes_nothing_and_goes_on_later(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        charge(p, V2G_DC_EXTENDED, 0);
        v2g_secc_suspend(&pair.secc);
        pair_run(&pair, 120000);
        CHECK_EQ(pair.stage.ma, 0);
        CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING);
        CHECK(pair.stage.main);
        v2g_secc_resume(&pair.secc);
        pair_run(&pair, 500);
        CHECK_EQ(pair.stage.ma, 50000);
    }
}

static void a_car_that_refuses_zero_is_suspended_at_the_minimum(void)
{
    charge(V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED, V2G_QUIRK_MINIMUM_CURRENT);
    v2g_secc_suspend(&pair.secc);
    pair_run(&pair, 1000);
    CHECK_EQ(pair.stage.ma, pair.secc_config.dc.min_ma);
    charge(V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE, V2G_QUIRK_MINIMUM_CURRENT);
    v2g_secc_suspend(&pair.secc);
    pair_run(&pair, 1000);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->ac_max_ma, 6000);
}

static void an_ac_car_is_suspended_by_the_current_it_may_take(void)
{
    charge(V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE, 0);
    v2g_secc_suspend(&pair.secc);
    pair_run(&pair, 1000);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->ac_max_ma, 0);
    CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING);
    v2g_secc_resume(&pair.secc);
    pair_run(&pair, 1000);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->ac_max_ma, 32000);
}

static void a_schedule_of_nothing_suspends_with_the_supply_kept(void)
{
    for (int dc = 0; dc <= 1; dc++) {
        charge(V2G_PROTOCOL_ISO2, dc ? V2G_DC_EXTENDED : V2G_AC_THREE_PHASE,
               V2G_QUIRK_SUSPEND_BY_SCHEDULE);
        v2g_secc_suspend(&pair.secc);
        CHECK(pair_until(&pair, V2G_PHASE_RENEGOTIATION));
        CHECK(pair.stage.main);
        CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
        pair_run(&pair, 1000);
        CHECK_EQ(v2g_evcc_charger(&pair.evcc)->schedule_w, 0);
        CHECK_EQ(pair.stage.ma, 0); /* ours still asks for 50 A */
        CHECK(pair.stage.main);
        v2g_secc_resume(&pair.secc);
        CHECK(pair_until(&pair, V2G_PHASE_RENEGOTIATION));
        CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
        pair_run(&pair, 1000);
        CHECK(v2g_evcc_charger(&pair.evcc)->schedule_w > 20000);
        CHECK_EQ(pair.stage.ma, dc ? 50000 : 0);
        CHECK(pair.stage.main);
    }
}

/* [V2G2-741] */
static void a_pause_by_the_charger_is_kept_for_the_same_car(void)
{
    charge(V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED, 0);
    uint8_t id[V2G_SESSION_ID_LEN];
    memcpy(id, pair.secc.session_id, sizeof id);
    v2g_secc_pause(&pair.secc);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    pair_run(&pair, 1000);
    CHECK_EQ(pair.secc.end, V2G_SECC_PAUSED);
    CHECK(!pair.stage.main);
    CHECK(pair.paused.valid);
    memcpy(pair.evcc_config.session_id, id, sizeof id);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CABLE_CHECK));
    CHECK_BYTES(pair.secc.session_id, sizeof id, id, sizeof id);
    /* A DIN car is woken too, to a new session. */
    charge(V2G_PROTOCOL_DIN, V2G_DC_EXTENDED, V2G_QUIRK_SUSPEND_BY_STOP);
    v2g_secc_suspend(&pair.secc);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK_EQ(pair.secc.end, V2G_SECC_PAUSED);
    CHECK(!pair.paused.valid);
}

/* The plug was suspended before this car came. */
static void a_car_that_takes_no_zero_is_stopped_at_a_suspended_plug(void)
{
    static const struct v2g_quirk rows[] = {{.flags = V2G_QUIRK_SUSPEND_BY_STOP}};
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair.secc_config.quirks = rows;
        pair.secc_config.n_quirks = 1;
        pair_start(&pair);
        v2g_secc_suspend(&pair.secc);
        CHECK(pair_until(&pair, V2G_PHASE_ENDED));
        CHECK_EQ(pair.secc.end, V2G_SECC_PAUSED);
        CHECK_EQ(pair.stage.ma, 0);
    }
}

static void a_wallbox_reads_the_state_of_charge_by_both_protocols(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair.secc_config.soc_only = true;
        pair.secc_config.modes = 1U << V2G_AC_THREE_PHASE;
        pair_start(&pair);
        const uint64_t from_ms = pair.now_ms;
        CHECK(pair_until(&pair, V2G_PHASE_ENDED));
        CHECK(pair.now_ms - from_ms < 5000);
        CHECK_EQ(pair.secc.end, V2G_SECC_SOC_READ);
        CHECK_EQ(v2g_secc_car(&pair.secc)->soc_pct, 40);
        CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
        CHECK(pair.stage.set_mv == 0 && !pair.stage.pre && !pair.stage.main);
    }
}

/* Two plugs and two cars in one process, with one codec's memory for both chargers. */
static void two_plugs_in_a_process_do_not_touch_each_other(void)
{
    static struct pair other;
    charge(V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED, 0);
    pair_init(&other, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    other.seed = 99;
    other.secc_config.codec = pair.secc_config.codec;
    other.battery.target_ma = 20000;
    other.stage.battery_mv = other.battery.voltage_mv = 350000;
    pair_start(&other);
    for (int i = 0; i < 500; i++) {
        pair_step(&pair);
        pair_step(&other);
    }
    CHECK_EQ(pair.stage.ma, 50000);
    CHECK_EQ(other.stage.ma, 20000);
    CHECK_EQ(v2g_evcc_charger(&other.evcc)->present_mv, 350000);
    CHECK(memcmp(pair.secc.session_id, other.secc.session_id, V2G_SESSION_ID_LEN) != 0);
    v2g_supply_emergency_stop(&other.supply, other.now_ms);
    for (int i = 0; i < 100; i++) {
        pair_step(&pair);
        pair_step(&other);
    }
    CHECK(!other.stage.main);
    CHECK(pair.stage.main);
    CHECK_EQ(pair.stage.ma, 50000);
}

static void quirks_are_read_from_text(void)
{
    struct v2g_quirk q;
    CHECK_EQ(v2g_quirk_read("0465e0:early_stop+no_isolation", &q), E_OK);
    CHECK_EQ(q.prefix_len, 3);
    CHECK_EQ(q.evcc_id[2], 0xE0);
    CHECK_EQ(q.flags, V2G_QUIRK_EARLY_STOP | V2G_QUIRK_NO_ISOLATION);
    CHECK_EQ(v2g_quirk_read("*:suspend_by_stop", &q), E_OK);
    CHECK_EQ(q.prefix_len, 0);
    static const char *const wrong[] = {"",
                                        ":early_stop",
                                        "046:early_stop",
                                        "*",
                                        "*:",
                                        "*:early",
                                        "*:early_stop+",
                                        "04 early_stop",
                                        "*early_stop",
                                        "001122334455667788:early_stop"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(v2g_quirk_read(wrong[i], &q), E_MALFORMED);
    }
}

static void the_first_row_for_a_car_counts(void)
{
    static const struct v2g_quirk rows[] = {{.evcc_id = {4, 0x65}, .prefix_len = 2, .flags = 1},
                                            {.evcc_id = {4}, .prefix_len = 1, .flags = 2},
                                            {.prefix_len = 0, .flags = 4}};
    static const uint8_t a[] = {4, 0x65, 1, 2, 3, 4};
    static const uint8_t b[] = {4, 0x66, 1, 2, 3, 4};
    CHECK_EQ(v2g_quirk_find(rows, 3, a, 6), 1);
    CHECK_EQ(v2g_quirk_find(rows, 3, b, 6), 2);
    CHECK_EQ(v2g_quirk_find(rows, 3, b, 0), 4);
    CHECK_EQ(v2g_quirk_find(rows, 2, b, 0), 0);
    CHECK_EQ(v2g_quirk_find(NULL, 0, b, 6), 0);
}

/* Of the other quirks: what the car is told. */
static void a_car_that_ignores_a_wish_is_told_by_the_status(void)
{
    charge(V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED, V2G_QUIRK_EARLY_STOP | V2G_QUIRK_NO_ISOLATION);
    CHECK(!v2g_evcc_charger(&pair.evcc)->status.has_isolation);
    v2g_secc_notify(&pair.secc, V2G_NOTIFY_STOP, 0);
    for (int i = 0; i < 100 && pair.evcc.phase == V2G_PHASE_CHARGING; i++) {
        pair_step(&pair);
    }
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->status.code, V2G_EVSE_SHUTDOWN);
}

CHECK_MAIN(TEST(a_suspended_car_takes_nothing_and_goes_on_later),
           TEST(a_car_that_refuses_zero_is_suspended_at_the_minimum),
           TEST(an_ac_car_is_suspended_by_the_current_it_may_take),
           TEST(a_schedule_of_nothing_suspends_with_the_supply_kept),
           TEST(a_pause_by_the_charger_is_kept_for_the_same_car),
           TEST(a_car_that_takes_no_zero_is_stopped_at_a_suspended_plug),
           TEST(a_wallbox_reads_the_state_of_charge_by_both_protocols),
           TEST(two_plugs_in_a_process_do_not_touch_each_other), TEST(quirks_are_read_from_text),
           TEST(the_first_row_for_a_car_counts),
           TEST(a_car_that_ignores_a_wish_is_told_by_the_status))
