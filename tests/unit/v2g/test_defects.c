/* SPDX-License-Identifier: MIT
 * The fifteen faults of the charge controller this library succeeds, each as a test.
 */
#include "exi/sap.h"
#include "v2g_pair.h"

static struct pair pair;

static struct v2g_message request(enum v2g_kind kind)
{
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    m.kind = kind;
    return m;
}

/* Stops right when the charger waits there, before the car goes on. */
static void reach(enum v2g_protocol protocol, enum v2g_phase phase)
{
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, phase));
}

/* By hand to the end of the cable check. */
static void walk_to_pre_charge(enum v2g_protocol protocol)
{
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_PRE_CHARGE));
}

static void pre_charge_drives_the_supply(void) /* 1 */
{
    walk_to_pre_charge(V2G_PROTOCOL_ISO2);
    struct v2g_message m = request(V2G_PRE_CHARGE);
    m.pre_charge.target_mv = 380000;
    m.pre_charge.target_ma = 1000;
    (void)pair_ask(&pair, &m);
    for (int i = 0; i < 30; i++) {
        pair.now_ms += 20;
        pair_facts(&pair);
        pair.stage.cp = V2G_CP_C;
        stage_step(&pair.stage, false);
        v2g_supply_tick(&pair.supply, pair.now_ms);
    }
    CHECK_EQ(pair.stage.mv, 380000);
    CHECK(pair.stage.pre && !pair.stage.main);
}

static void the_cable_check_tests_the_insulation_and_says_so(void) /* 2 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_CABLE_CHECK);
    pair.stage.cp = V2G_CP_C;
    struct v2g_message m = request(V2G_CABLE_CHECK);
    struct v2g_message first = pair_ask(&pair, &m);
    CHECK_EQ(first.cable_check.processing, V2G_ONGOING);
    CHECK_EQ(first.cable_check.evse.code, V2G_EVSE_ISOLATION_MONITORING);
    CHECK(first.cable_check.evse.has_isolation);
    CHECK_EQ(first.cable_check.evse.isolation, V2G_ISOLATION_INVALID);
    CHECK(pair_until(&pair, V2G_PHASE_PRE_CHARGE));
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->status.isolation, V2G_ISOLATION_VALID);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->status.code, V2G_EVSE_READY);
}

static void the_status_is_not_shutdown_before_charging(void) /* 3 */
{
    walk_to_pre_charge(V2G_PROTOCOL_DIN);
    struct v2g_message m = request(V2G_PRE_CHARGE);
    m.pre_charge.target_mv = 300000;
    CHECK_EQ(pair_ask(&pair, &m).pre_charge.evse.code, V2G_EVSE_READY);
}

static void large_powers_and_small_currents_are_told_truly(void) /* 4 */
{
    static uint64_t memory[V2G_CODEC_LEN / 8];
    const struct v2g_codec codec = {.memory = (uint8_t *)memory, .cap = sizeof memory};
    static const int32_t values[] = {0, 1, 7, 32767, 32768, 150000, 350000, 999999, 1500000};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct v2g_message m = request(V2G_CHARGE_PARAMETERS);
        m.is_response = true;
        m.charge_parameters.is_dc = true;
        m.charge_parameters.dc.max_w = values[i];
        m.charge_parameters.dc.max_ma = values[i];
        uint8_t exi[256];
        const int len = v2g_codec_encode(&codec, V2G_PROTOCOL_ISO2, &m, exi, sizeof exi);
        CHECK(len > 0);
        struct v2g_message back;
        CHECK_EQ(v2g_codec_decode(&codec, V2G_PROTOCOL_ISO2, exi, (size_t)len, &back), E_OK);
        const int32_t off_w = back.charge_parameters.dc.max_w - values[i];
        const int32_t off_ma = back.charge_parameters.dc.max_ma - values[i];
        CHECK((int64_t)off_w * 16000 <= values[i] && -(int64_t)off_w * 16000 <= values[i]);
        CHECK((int64_t)off_ma * 6000 <= values[i] && -(int64_t)off_ma * 6000 <= values[i]);
    }
}

static void finished_parameters_carry_a_schedule(void) /* 5 */
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        reach(p, V2G_PHASE_CABLE_CHECK);
        CHECK_EQ(v2g_evcc_charger(&pair.evcc)->n_schedules, 1);
        CHECK_EQ(v2g_evcc_charger(&pair.evcc)->schedule_w, p == V2G_PROTOCOL_DIN ? 32767 : 50000);
    }
}

static void power_delivery_answers_with_a_dc_status(void) /* 6 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_CHARGING);
    pair_run(&pair, 100);
    struct v2g_message m = request(V2G_POWER_DELIVERY);
    m.power_delivery.progress = V2G_PROGRESS_STOP;
    const struct v2g_message answer = pair_ask(&pair, &m);
    CHECK_EQ(answer.code, V2G_RESPONSE_OK);
    CHECK(answer.power_delivery.is_dc);
}

/* [V2G2-854] */
static void authorization_says_ongoing_until_somebody_accepts(void) /* 7 */
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        reach(p, V2G_PHASE_AUTHORIZATION);
        v2g_secc_authorize(&pair.secc, V2G_AUTH_PENDING);
        struct v2g_message m = request(V2G_AUTHORIZATION);
        CHECK(pair_ask(&pair, &m).authorization.processing != V2G_FINISHED);
        v2g_secc_authorize(&pair.secc, V2G_AUTH_ACCEPTED);
        CHECK_EQ(pair_ask(&pair, &m).authorization.processing, V2G_FINISHED);
    }
    reach(V2G_PROTOCOL_ISO2, V2G_PHASE_AUTHORIZATION);
    v2g_secc_authorize(&pair.secc, V2G_AUTH_REJECTED);
    struct v2g_message m = request(V2G_AUTHORIZATION);
    CHECK_EQ(pair_ask(&pair, &m).code, V2G_RESPONSE_FAILED);
}

static void targets_are_clamped_and_the_limits_told(void) /* 8 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_CHARGING);
    pair_run(&pair, 200);
    struct v2g_message m = request(V2G_CURRENT_DEMAND);
    m.current_demand.target_mv = 400000;
    m.current_demand.target_ma = 20000;
    m.current_demand.max_mv = m.current_demand.max_ma = m.current_demand.max_w = -1;
    m.current_demand.full_soc_s = -1;
    CHECK(!pair_ask(&pair, &m).current_demand.current_limited);
    m.current_demand.target_ma = 500000;
    const struct v2g_message answer = pair_ask(&pair, &m);
    CHECK(answer.current_demand.current_limited);
    CHECK(!answer.current_demand.power_limited);
    CHECK_EQ(v2g_secc_demand(&pair.secc).target_ma, 125000); /* 50 kW at 400 V */
    m.current_demand.target_mv = 450000;
    CHECK(pair_ask(&pair, &m).current_demand.power_limited);
    CHECK_EQ(v2g_secc_demand(&pair.secc).target_ma, 111111);
}

static void welding_is_detected_and_told(void) /* 9 */
{
    reach(V2G_PROTOCOL_ISO2, V2G_PHASE_CHARGING);
    pair_run(&pair, 200);
    pair.stage.welded = true;
    v2g_evcc_stop(&pair.evcc);
    pair_run(&pair, 8000);
    CHECK(v2g_supply_facts(&pair.supply)->fault != V2G_FAULT_NONE);
    CHECK(pair.secc.phase == V2G_PHASE_ENDED);
    CHECK(v2g_supply_reset(&pair.supply) < 0 || !pair.stage.main);
}

/* [V2G2-538] */
static void power_delivery_after_a_stop_does_not_resume(void) /* 10 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_CHARGING);
    pair_run(&pair, 100);
    struct v2g_message m = request(V2G_POWER_DELIVERY);
    m.power_delivery.progress = V2G_PROGRESS_STOP;
    CHECK_EQ(pair_ask(&pair, &m).code, V2G_RESPONSE_OK);
    m.power_delivery.progress = V2G_PROGRESS_START;
    CHECK_EQ(pair_ask(&pair, &m).code, V2G_RESPONSE_FAILED_SEQUENCE);
    CHECK(!pair.stage.main);
}

static void a_foreign_session_id_is_unknown(void) /* 11 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_AUTHORIZATION);
    struct v2g_message m = request(V2G_AUTHORIZATION);
    m.session_id_len = 4; /* a short one is not ours either */
    CHECK_EQ(pair_ask(&pair, &m).code, V2G_RESPONSE_FAILED_UNKNOWN_SESSION);
    CHECK_EQ(pair.secc.end, V2G_SECC_UNKNOWN_SESSION);
}

static void an_iso2_car_without_a_mac_is_refused_a_din_one_is_not(void) /* 11 */
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair_start(&pair);
        uint8_t frame[512];
        const int len = v2g_evcc_output(&pair.evcc, frame, sizeof frame);
        CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, frame, (size_t)len), len);
        CHECK(v2g_secc_output(&pair.secc, frame, sizeof frame) > 0);
        struct v2g_message m = request(V2G_SESSION_SETUP);
        CHECK_EQ(pair_ask(&pair, &m).code,
                 p == V2G_PROTOCOL_DIN ? V2G_RESPONSE_OK_NEW_SESSION : V2G_RESPONSE_FAILED);
    }
}

/* [V2G2-169] */
static void the_longest_namespace_is_only_another_offer(void) /* 12 */
{

    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair_start(&pair);
    static char name[101];
    memset(name, 'x', 100);
    const struct sap_app_protocol offers[] = {
        {.protocol_namespace = exi_text_of(name),
         .version_number_major = 2,
         .schema_id = 9,
         .priority = 1},
        {.protocol_namespace = EXI_TEXT("urn:din:70121:2012:MsgDef"),
         .version_number_major = 2,
         .version_number_minor = 7,
         .schema_id = 5,
         .priority = 3},
        {.protocol_namespace = EXI_TEXT("urn:iso:15118:2:2010:MsgDef"),
         .version_number_major = 1,
         .schema_id = 6,
         .priority = 2}};
    const struct sap_supported_app_protocol_req req = {.app_protocol = offers,
                                                       .app_protocol_count = 3};
    struct exi_message message = {.root = SAP_SUPPORTED_APP_PROTOCOL_REQ, .value = &req};
    uint8_t frame[512];
    const int len = exi_encode(&exi_set_sap, &message, frame + 8, sizeof frame - 8);
    CHECK(len > 0);
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, frame, (size_t)len + 8), len + 8);
    CHECK_EQ(pair.secc.protocol, V2G_PROTOCOL_DIN);
    CHECK_EQ(pair.secc.sap_schema_id, 5);
    CHECK_EQ(pair.secc.sap_code, SAP_RESPONSE_CODE_OK_SUCCESSFUL_NEGOTIATION_WITH_MINOR_DEVIATION);
}

static void nothing_in_common_is_said_so(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair.secc_config.protocols = 1U << V2G_PROTOCOL_ISO2;
    pair_start(&pair);
    pair_run(&pair, 100);
    CHECK_EQ(pair.secc.end, V2G_SECC_NO_PROTOCOL);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_NO_PROTOCOL);
}

static void what_is_told_is_measured_not_set(void) /* 13 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_CHARGING);
    pair_run(&pair, 500);
    pair.stage.battery_mv = 391000;
    pair_run(&pair, 200);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->present_mv, 391000);
    /* a supply that is not heard of any more is a fault, not a value */
    for (int i = 0; i < 150; i++) {
        pair.now_ms += 20;
        v2g_secc_tick(&pair.secc, pair.now_ms);
    }
    CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
}

static void small_corrections_and_refreshes_reach_the_modules(void) /* 14 */
{
    reach(V2G_PROTOCOL_DIN, V2G_PHASE_CHARGING);
    pair_run(&pair, 1000);
    pair.battery.target_ma += 100; /* the smallest step that the message can say */
    pair_run(&pair, 200);
    CHECK_EQ(pair.stage.set_ma, 50100);
    const unsigned sets = pair.stage.sets;
    pair_run(&pair, 1000);
    CHECK(pair.stage.sets - sets >= 9);
}

static void timestamps_are_wall_time_or_absent(void) /* 15 */
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    uint8_t frame[512];
    const int len = v2g_evcc_output(&pair.evcc, frame, sizeof frame);
    CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, frame, (size_t)len), len);
    CHECK(v2g_secc_output(&pair.secc, frame, sizeof frame) > 0);
    struct v2g_message m = request(V2G_SESSION_SETUP);
    m.session_setup.evcc_id_len = 6;
    CHECK_EQ(pair_ask(&pair, &m).session_setup.unix_s, 1700000000);
}

CHECK_MAIN(TEST(pre_charge_drives_the_supply),
           TEST(the_cable_check_tests_the_insulation_and_says_so),
           TEST(the_status_is_not_shutdown_before_charging),
           TEST(large_powers_and_small_currents_are_told_truly),
           TEST(finished_parameters_carry_a_schedule),
           TEST(power_delivery_answers_with_a_dc_status),
           TEST(authorization_says_ongoing_until_somebody_accepts),
           TEST(targets_are_clamped_and_the_limits_told), TEST(welding_is_detected_and_told),
           TEST(power_delivery_after_a_stop_does_not_resume), TEST(a_foreign_session_id_is_unknown),
           TEST(an_iso2_car_without_a_mac_is_refused_a_din_one_is_not),
           TEST(the_longest_namespace_is_only_another_offer), TEST(nothing_in_common_is_said_so),
           TEST(what_is_told_is_measured_not_set),
           TEST(small_corrections_and_refreshes_reach_the_modules),
           TEST(timestamps_are_wall_time_or_absent))
