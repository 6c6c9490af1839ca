/* SPDX-License-Identifier: MIT
 * Whole sessions of our charger and our car.
 */
#include "v2g_pair.h"

#include "v2g/session.h"

static struct pair pair;

static void check_dc_session(enum v2g_protocol protocol)
{
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    pair_run(&pair, 3000);
    CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING);
    CHECK(pair.stage.main);
    CHECK_EQ(pair.stage.ma, 50000);
    CHECK(v2g_evcc_charger(&pair.evcc)->present_ma == 50000);
    CHECK_EQ(v2g_secc_car(&pair.secc)->soc_pct, 40);
    pair.battery.full = true;
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    pair_run(&pair, 1000);
    CHECK_EQ(pair.secc.end, V2G_SECC_STOPPED);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_STOPPED);
    CHECK(!pair.stage.main && !pair.stage.pre);
    CHECK_EQ(pair.stage.unsafe, 0);
    CHECK((pair.seen & 1U << V2G_WELDING_DETECTION) != 0);
    CHECK_EQ(v2g_secc_car(&pair.secc)->capacity_wh, 60000);
}

/* [V2G2-541, 543, 545, 563] */
static void a_din_dc_session_charges_from_handshake_to_stop(void)
{
    check_dc_session(V2G_PROTOCOL_DIN);
}

/* [V2G2-582, 584, 621, 587, 590, 593, 601, 597] */
static void an_iso2_dc_session_charges_from_handshake_to_stop(void)
{
    check_dc_session(V2G_PROTOCOL_ISO2);
}

/* [V2G2-573, 576, 577, 568, 860] */
static void an_iso2_ac_session_closes_and_opens_the_contactor(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    pair_run(&pair, 1000);
    CHECK(pair.stage.main);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->ac_max_ma, 32000);
    v2g_secc_set_ac_limit(&pair.secc, 10000);
    pair_run(&pair, 500);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->ac_max_ma, 10000);
    v2g_secc_notify(&pair.secc, V2G_NOTIFY_STOP, 0);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK(!pair.stage.main);
    CHECK_EQ(pair.secc.end, V2G_SECC_STOPPED);
}

static void a_car_that_asks_before_the_supply_ticked_is_served(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE);
    pair.now_ms = 1000000;
    pair_start(&pair);
    pair_pass(&pair, 12);
    CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING); /* if the contactor follows */
    CHECK_EQ(pair.supply.state, V2G_SUPPLY_STATE_OPENING);
    v2g_secc_tick(&pair.secc, pair.now_ms);
    pair_run(&pair, 200);
    CHECK_EQ(pair.secc.end, V2G_SECC_NOT_YET);
    CHECK(pair.stage.main);
}

/* [V2G2-680, 813, 479] */
static void renegotiation_keeps_the_contactor_closed(void)
{
    static const struct v2g_power_step low[] = {{.start_s = 0, .duration_s = 3600, .max_w = 0}};
    static const struct v2g_schedule schedules[] = {{.id = 4, .n_steps = 1, .steps = low}};
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    v2g_secc_set_schedules(&pair.secc, schedules, 1);
    v2g_secc_notify(&pair.secc, V2G_NOTIFY_RENEGOTIATE, 0);
    CHECK(pair_until(&pair, V2G_PHASE_RESTART));
    CHECK(pair.stage.main);
    CHECK_EQ(v2g_secc_demand(&pair.secc).target_ma, 0);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    CHECK(pair.stage.main);
    CHECK_EQ(v2g_secc_car(&pair.secc)->schedule_id, 4);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->schedule_w, 0);
}

/* [V2G2-463, 741, 754] */
static void a_paused_session_is_joined_again(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    v2g_evcc_pause(&pair.evcc);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    pair_run(&pair, 200);
    CHECK_EQ(pair.secc.end, V2G_SECC_PAUSED);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_PAUSED);
    CHECK(pair.paused.valid);
    uint8_t id[V2G_SESSION_ID_LEN];
    memcpy(id, pair.paused.session_id, sizeof id);
    memcpy(pair.evcc_config.session_id, id, sizeof id);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_DISCOVERY));
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->code, V2G_RESPONSE_OK_OLD_SESSION);
    CHECK(pair_until(&pair, V2G_PHASE_CABLE_CHECK));
    CHECK_BYTES(pair.secc.session_id, sizeof id, id, sizeof id);
    CHECK(!pair.paused.valid);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
}

static void another_car_does_not_join_a_paused_session(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.paused = (struct v2g_paused){.valid = true,
                                      .session_id = {1, 2, 3, 4, 5, 6, 7, 8},
                                      .evcc_id = {9, 9, 9, 9, 9, 9},
                                      .evcc_id_len = 6};
    memcpy(pair.evcc_config.session_id, pair.paused.session_id, V2G_SESSION_ID_LEN);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CABLE_CHECK));
    CHECK(memcmp(pair.secc.session_id, "\1\2\3\4\5\6\7\10", 8) != 0);
}

/* [V2G2-577, 795] */
static void receipts_are_asked_for_and_given(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.secc_config.receipts = true;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_RECEIPT));
    pair_run(&pair, 500);
    CHECK((pair.seen & 1U << V2G_METERING_RECEIPT) != 0);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_NOT_YET);
}

static void an_emergency_stop_opens_at_once_and_is_told(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    pair_run(&pair, 200);
    v2g_supply_emergency_stop(&pair.supply, pair.now_ms);
    CHECK(!pair.stage.main);
    pair_run(&pair, 400);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->status.code, V2G_EVSE_EMERGENCY_SHUTDOWN);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK_EQ(v2g_supply_facts(&pair.supply)->fault, V2G_FAULT_EMERGENCY);
}

static void an_isolation_fault_ends_the_cable_check(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair.stage.leaky = true;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK_EQ(pair.secc.end, V2G_SECC_REFUSED);
    CHECK((pair.phases & 1U << V2G_PHASE_PRE_CHARGE) == 0);
    CHECK_EQ(pair.stage.unsafe, 0);
    CHECK(!pair.stage.main && !pair.stage.pre);
}

static void an_isolation_fault_while_charging_opens_the_contactor(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    pair_run(&pair, 200);
    pair.stage.leaky = true;
    pair_run(&pair, 40);
    CHECK(!pair.stage.main);
    pair_run(&pair, 300);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->status.code, V2G_EVSE_MALFUNCTION);
}

static void a_stuck_contactor_refuses_power_delivery(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.stage.stuck = true;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    pair_run(&pair, 100);
    CHECK_EQ(pair.evcc.charger.code, V2G_RESPONSE_FAILED_CONTACTOR);
    CHECK_EQ(v2g_supply_facts(&pair.supply)->fault, V2G_FAULT_CALL_STUCK);
}

/* [V2G2-443] */
static void a_silent_car_ends_after_the_sequence_timeout(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair.evcc_config.faults = V2G_EVCC_SILENT;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    const uint64_t from_ms = pair.now_ms;
    pair_run(&pair, V2G_SECC_SEQUENCE_TIMEOUT_MS - 1000);
    CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING);
    pair_run(&pair, 2000);
    CHECK_EQ(pair.secc.end, V2G_SECC_SEQUENCE_TIMEOUT);
    CHECK(v2g_secc_close_due(&pair.secc));
    pair_run(&pair, 2000);
    CHECK(!pair.stage.main);
    CHECK(pair.now_ms - from_ms >= V2G_SECC_SEQUENCE_TIMEOUT_MS);
}

/* [V2G2-460] */
static void a_wrong_session_id_is_refused(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.evcc_config.faults = V2G_EVCC_WRONG_SESSION;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    pair_run(&pair, 100);
    CHECK_EQ(pair.evcc.charger.code, V2G_RESPONSE_FAILED_UNKNOWN_SESSION);
    CHECK_EQ(pair.secc.end, V2G_SECC_UNKNOWN_SESSION);
}

/* [V2G2-034, 539] */
static void the_connection_closes_five_seconds_after_the_end(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    v2g_evcc_stop(&pair.evcc);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK(!v2g_secc_close_due(&pair.secc));
    pair_run(&pair, V2G_SECC_CLOSE_MS + 100);
    CHECK(v2g_secc_close_due(&pair.secc));
}

static void a_wallbox_reads_the_state_of_charge_and_lets_go(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair.secc_config.soc_only = true;
    pair.secc_config.modes = 1U << V2G_AC_THREE_PHASE;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK_EQ(pair.secc.end, V2G_SECC_SOC_READ);
    CHECK_EQ(v2g_secc_car(&pair.secc)->soc_pct, 40);
    CHECK((pair.phases & 1U << V2G_PHASE_CABLE_CHECK) == 0);
    CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
}

static void a_limit_of_nothing_holds_the_car_without_ending(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    struct v2g_dc_limits limits = pair.secc_config.dc;
    limits.max_ma = 0;
    v2g_secc_set_limits(&pair.secc, &limits);
    pair_run(&pair, 20000);
    CHECK_EQ(pair.stage.ma, 0);
    CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING);
    v2g_secc_set_limits(&pair.secc, &pair.secc_config.dc);
    pair_run(&pair, 500);
    CHECK_EQ(pair.stage.ma, 50000);
}

static void a_car_that_refuses_zero_is_held_at_the_minimum(void)
{
    static const struct v2g_quirk quirks[] = {
        {.evcc_id = {2, 0, 0}, .prefix_len = 3, .flags = V2G_QUIRK_MINIMUM_CURRENT}};
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.secc_config.quirks = quirks;
    pair.secc_config.n_quirks = 1;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    struct v2g_dc_limits limits = pair.secc_config.dc;
    limits.max_ma = 0;
    v2g_secc_set_limits(&pair.secc, &limits);
    pair_run(&pair, 500);
    CHECK_EQ(pair.stage.ma, 1000);
}

/* Beside the codec's memory, which several may share: the session with its supply. */
static void a_session_takes_two_kilobytes_at_most(void)
{
    CHECK(sizeof(struct v2g_secc) + sizeof(struct v2g_supply) <= 2048);
    CHECK(sizeof(struct v2g_evcc) <= 2048);
}

static void two_cars_never_share_a_session(void)
{
    struct v2g_session_table table = {.used = {false}};
    const struct v2g_session_key a = {
        .ev_mac = {1}, .run_id = {7}, .ev_address = {0xFE, 0x80}, .ev_port = 5000};
    struct v2g_session_key b = a;
    b.ev_mac[0] = 2;
    CHECK_EQ(v2g_session_open(&table, &a), 0);
    CHECK_EQ(v2g_session_open(&table, &a), E_STATE);
    CHECK_EQ(v2g_session_open(&table, &b), 1);
    struct v2g_session_key other = a;
    other.ev_port++;
    CHECK_EQ(v2g_session_open(&table, &other), E_STATE);
    CHECK_EQ(v2g_session_find(&table, &a), 0);
    CHECK_EQ(v2g_session_find(&table, &b), 1);
    CHECK_EQ(v2g_session_find(&table, &other), E_NOTFOUND);
    v2g_session_close(&table, 0);
    CHECK_EQ(v2g_session_find(&table, &a), E_NOTFOUND);
    CHECK_EQ(v2g_session_open(&table, &other), 0);
    for (int i = 0; i < V2G_SESSION_SLOTS - 2; i++) {
        const struct v2g_session_key more = {.ev_mac = {(uint8_t)(10 + i)}};
        CHECK(v2g_session_open(&table, &more) >= 0);
    }
    const struct v2g_session_key full = {.ev_mac = {99}};
    CHECK_EQ(v2g_session_open(&table, &full), E_LIMIT);
}

static void the_mac_is_read_from_the_link_local_address(void)
{
    const uint8_t eui[16] = {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x11, 0x22, 0xFF, 0xFE, 3, 4, 5};
    const uint8_t mac[6] = {0x00, 0x11, 0x22, 3, 4, 5};
    uint8_t got[6];
    CHECK(v2g_session_mac_of(eui, got));
    CHECK_BYTES(got, 6, mac, 6);
    uint8_t privacy[16];
    memcpy(privacy, eui, 16);
    privacy[11] = 0;
    CHECK(!v2g_session_mac_of(privacy, got));
}

CHECK_MAIN(TEST(a_din_dc_session_charges_from_handshake_to_stop),
           TEST(an_iso2_dc_session_charges_from_handshake_to_stop),
           TEST(an_iso2_ac_session_closes_and_opens_the_contactor),
           TEST(a_car_that_asks_before_the_supply_ticked_is_served),
           TEST(renegotiation_keeps_the_contactor_closed), TEST(a_paused_session_is_joined_again),
           TEST(another_car_does_not_join_a_paused_session), TEST(receipts_are_asked_for_and_given),
           TEST(an_emergency_stop_opens_at_once_and_is_told),
           TEST(an_isolation_fault_ends_the_cable_check),
           TEST(an_isolation_fault_while_charging_opens_the_contactor),
           TEST(a_stuck_contactor_refuses_power_delivery),
           TEST(a_silent_car_ends_after_the_sequence_timeout), TEST(a_wrong_session_id_is_refused),
           TEST(the_connection_closes_five_seconds_after_the_end),
           TEST(a_wallbox_reads_the_state_of_charge_and_lets_go),
           TEST(a_limit_of_nothing_holds_the_car_without_ending),
           TEST(a_car_that_refuses_zero_is_held_at_the_minimum),
           TEST(a_session_takes_two_kilobytes_at_most), TEST(two_cars_never_share_a_session),
           TEST(the_mac_is_read_from_the_link_local_address))
