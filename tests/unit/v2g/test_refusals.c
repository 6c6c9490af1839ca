/* SPDX-License-Identifier: MIT
 * Every refusal that the charger knows, by hand: the request that earns it and the code.
 */
#include "v2g_contract.h"
#include "v2g_pair.h"

static struct pair pair;

static struct v2g_message request(enum v2g_kind kind)
{
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    m.kind = kind;
    contract_fill(&m);
    if (kind == V2G_SESSION_SETUP) {
        m.session_setup.evcc_id_len = 6;
    } else if (kind == V2G_PAYMENT_SELECTION) {
        m.payment_selection.payment = V2G_PAYMENT_EXTERNAL;
        m.payment_selection.n_selected = 1;
        m.payment_selection.selected[0] = (struct v2g_selected_service){V2G_SERVICE_CHARGE, -1};
    } else if (kind == V2G_CHARGE_PARAMETERS) {
        m.charge_parameters.mode = V2G_DC_EXTENDED;
        m.charge_parameters.is_dc = true;
        m.charge_parameters.dc.max_mv = 450000;
        m.charge_parameters.dc.max_ma = 200000;
        m.charge_parameters.full_soc_pct = m.charge_parameters.bulk_soc_pct = -1;
    } else if (kind == V2G_PRE_CHARGE) {
        m.pre_charge.target_mv = 380000;
    } else if (kind == V2G_POWER_DELIVERY) {
        m.power_delivery.schedule_id = 1;
    } else if (kind == V2G_CURRENT_DEMAND) {
        m.current_demand.target_mv = 400000;
        m.current_demand.target_ma = 20000;
        m.current_demand.full_soc_s = -1;
    }
    return m;
}

/* Asks until the answer is not "ongoing" any more. */
static enum v2g_response ask(struct v2g_message m)
{
    for (int i = 0; i < 200; i++) {
        struct v2g_message copy = m;
        const struct v2g_message answer = pair_ask(&pair, &copy);
        const bool again =
            (answer.kind == V2G_CABLE_CHECK && answer.cable_check.processing != V2G_FINISHED) ||
            (answer.kind == V2G_PRE_CHARGE && pair.stage.mv < 370000);
        if (!again || v2g_response_failed(answer.code)) {
            return answer.code;
        }
        pair.now_ms += 20;
        pair_facts(&pair);
        stage_step(&pair.stage, false);
        v2g_supply_tick(&pair.supply, pair.now_ms);
        pair_facts(&pair);
    }
    return V2G_RESPONSE_COUNT;
}

/* A good car as far as `phase`, by the messages of `protocol`. */
static void walk(enum v2g_protocol protocol, enum v2g_phase phase)
{
    static const enum v2g_kind kinds[] = {
        V2G_SESSION_SETUP,     V2G_SERVICE_DISCOVERY, V2G_PAYMENT_SELECTION, V2G_AUTHORIZATION,
        V2G_CHARGE_PARAMETERS, V2G_CABLE_CHECK,       V2G_PRE_CHARGE,        V2G_POWER_DELIVERY};
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair_start(&pair);
    pair.by_hand = true;
    pair.stage.cp = V2G_CP_C;
    v2g_supply_tick(&pair.supply, pair.now_ms);
    v2g_supply_tick(&pair.supply, pair.now_ms);
    uint8_t frame[512];
    const int len = v2g_evcc_output(&pair.evcc, frame, sizeof frame);
    CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, frame, (size_t)len), len);
    CHECK(v2g_secc_output(&pair.secc, frame, sizeof frame) > 0);
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0] && pair.secc.phase != phase; i++) {
        CHECK(!v2g_response_failed(ask(request(kinds[i]))));
    }
    CHECK_EQ(pair.secc.phase, phase);
}

/* [V2G2-465] */
static void contract_payment_was_not_offered(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_SELECTION);
    struct v2g_message m = request(V2G_PAYMENT_SELECTION);
    m.payment_selection.payment = V2G_PAYMENT_CONTRACT;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_PAYMENT_SELECTION);
    CHECK_EQ(pair.secc.end, V2G_SECC_REFUSED);
}

/* [V2G2-467, 804] */
static void a_service_that_is_not_offered_cannot_be_selected(void)
{
    static const struct v2g_service services[] = {
        {.id = V2G_SERVICE_INTERNET, .category = 1, .free = true}};
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        struct v2g_message m = request(V2G_PAYMENT_SELECTION);
        m.payment_selection.n_selected = 2;
        m.payment_selection.selected[1] = (struct v2g_selected_service){V2G_SERVICE_INTERNET, 3};
        walk(p, V2G_PHASE_SELECTION);
        CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_SERVICE_SELECTION);
        walk(p, V2G_PHASE_SELECTION);
        pair.secc_config.services = services;
        pair.secc_config.n_services = 1;
        CHECK_EQ(ask(m), V2G_RESPONSE_OK);
        CHECK_EQ(pair.secc.phase, V2G_PHASE_AUTHORIZATION);
        m.payment_selection.selected[0] = m.payment_selection.selected[1];
        m.payment_selection.n_selected = 1;
        walk(p, V2G_PHASE_SELECTION);
        pair.secc_config.services = services;
        pair.secc_config.n_services = 1;
        CHECK_EQ(ask(m), p == V2G_PROTOCOL_DIN ? V2G_RESPONSE_FAILED_SERVICE_SELECTION
                                               : V2G_RESPONSE_FAILED_NO_CHARGE_SERVICE);
    }
}

/* [V2G2-736] A car with a contract at a charger without: each refusal is well-formed. */
static void contract_messages_are_refused_by_a_readable_answer(void)
{
    static const enum v2g_kind kinds[] = {V2G_PAYMENT_DETAILS, V2G_CERTIFICATE_INSTALLATION,
                                          V2G_CERTIFICATE_UPDATE};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        walk(V2G_PROTOCOL_ISO2, V2G_PHASE_AUTHORIZATION);
        struct v2g_message m = request(kinds[i]);
        const struct v2g_message answer = pair_ask(&pair, &m);
        CHECK_EQ(answer.kind, kinds[i]);
        CHECK_EQ(answer.code, V2G_RESPONSE_FAILED_SEQUENCE);
        CHECK(i == 0 || answer.contract.response->chain.leaf.len == 1);
    }
}

/* [V2G2-425] */
static void a_service_that_is_not_offered_has_no_details(void)
{
    static const struct v2g_service services[] = {
        {.id = V2G_SERVICE_INTERNET, .category = 1, .free = true}};
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_SELECTION);
    pair.secc_config.services = services;
    pair.secc_config.n_services = 1;
    struct v2g_message m = request(V2G_SERVICE_DETAIL);
    m.service_detail.service_id = V2G_SERVICE_INTERNET;
    struct v2g_message copy = m;
    CHECK_EQ(pair_ask(&pair, &copy).service_detail.n_sets, 4);
    m.service_detail.service_id = 4711;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_SERVICE_ID);
}

/* [V2G2-476] */
static void a_mode_that_is_not_offered_is_refused(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PARAMETERS);
    struct v2g_message m = request(V2G_CHARGE_PARAMETERS);
    m.charge_parameters.mode = V2G_DC_UNIQUE;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_ENERGY_TRANSFER);
}

/* [V2G2-477] */
static void parameters_that_do_not_fit_are_refused(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PARAMETERS);
    struct v2g_message m = request(V2G_CHARGE_PARAMETERS);
    m.charge_parameters.dc.max_mv = 60000; /* below what this charger can make */
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_WRONG_CHARGE_PARAMETER);
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PARAMETERS);
    m = request(V2G_CHARGE_PARAMETERS);
    m.charge_parameters.is_dc = false; /* AC parameters, DC wanted */
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_WRONG_CHARGE_PARAMETER);
}

/* [V2G2-224, 225, 478] */
static void a_profile_above_the_schedule_is_refused(void)
{
    static const struct v2g_power_step steep[] = {{.start_s = 0, .max_w = 51000}};
    static const struct v2g_power_step fair[] = {{.start_s = 0, .max_w = 50000},
                                                 {.start_s = 600, .max_w = 10}};
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PRE_CHARGE);
    (void)ask(request(V2G_PRE_CHARGE));
    struct v2g_message m = request(V2G_POWER_DELIVERY);
    m.power_delivery.has_profile = true;
    m.power_delivery.profile = steep;
    m.power_delivery.n_steps = 1;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_CHARGING_PROFILE);
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PRE_CHARGE);
    (void)ask(request(V2G_PRE_CHARGE));
    m.power_delivery.profile = fair;
    m.power_delivery.n_steps = 2;
    CHECK_EQ(ask(m), V2G_RESPONSE_OK);
}

/* [V2G2-225] One that is fair at first, and too much when the schedule falls. */
static void a_profile_that_outlasts_a_step_of_the_schedule_is_refused(void)
{
    static const struct v2g_power_step steps[] = {{.start_s = 0, .max_w = 50000},
                                                  {.start_s = 600, .max_w = 11000}};
    static const struct v2g_schedule falling[] = {{.id = 1, .n_steps = 2, .steps = steps}};
    static const struct v2g_power_step level[] = {{.start_s = 0, .max_w = 20000}};
    static const struct v2g_quirk quirk = {.flags = V2G_QUIRK_LOOSE_PROFILE};
    for (int loose = 0; loose <= 1; loose++) {
        walk(V2G_PROTOCOL_ISO2, V2G_PHASE_SETUP);
        pair.secc_config.quirks = &quirk;
        pair.secc_config.n_quirks = (uint8_t)loose;
        v2g_secc_set_schedules(&pair.secc, falling, 1);
        for (unsigned kind = V2G_SESSION_SETUP; kind <= V2G_PRE_CHARGE; kind++) {
            if (kind != V2G_SERVICE_DETAIL && kind != V2G_PAYMENT_DETAILS) {
                CHECK_EQ(v2g_response_failed(ask(request((enum v2g_kind)kind))), false);
            }
        }
        struct v2g_message m = request(V2G_POWER_DELIVERY);
        m.power_delivery.has_profile = true;
        m.power_delivery.profile = level;
        m.power_delivery.n_steps = 1;
        CHECK_EQ(ask(m), loose ? V2G_RESPONSE_OK : V2G_RESPONSE_FAILED_CHARGING_PROFILE);
    }
}

/* [V2G2-479] */
static void a_schedule_that_was_not_offered_is_refused(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PRE_CHARGE);
    (void)ask(request(V2G_PRE_CHARGE));
    struct v2g_message m = request(V2G_POWER_DELIVERY);
    m.power_delivery.schedule_id = 9;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_TARIFF_SELECTION);
}

/* [V2G2-480] */
static void power_is_not_delivered_into_a_fault(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PRE_CHARGE);
    (void)ask(request(V2G_PRE_CHARGE));
    v2g_supply_emergency_stop(&pair.supply, pair.now_ms);
    pair_facts(&pair);
    CHECK_EQ(ask(request(V2G_POWER_DELIVERY)), V2G_RESPONSE_FAILED_POWER_DELIVERY);
    CHECK(!pair.stage.main);
}

static void power_is_not_delivered_before_pre_charge(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PRE_CHARGE);
    CHECK_EQ(ask(request(V2G_POWER_DELIVERY)), V2G_RESPONSE_FAILED_POWER_DELIVERY);
}

/* A car that asks for power while the voltage rises gets it, and none if it does not come. */
static void power_is_delivered_when_pre_charge_ends_in_time(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        walk(p, V2G_PHASE_PRE_CHARGE);
        pair.stage.slew_mv = 3000; /* 2.5 s */
        struct v2g_message m = request(V2G_PRE_CHARGE);
        uint64_t from_ms = pair.now_ms;
        CHECK(pair_ask(&pair, &m).pre_charge.present_mv < 100000);
        CHECK(pair.now_ms - from_ms >= V2G_SECC_RAMP_MS);
        CHECK(pair.now_ms - from_ms < V2G_SECC_RAMP_MS + 60);
        from_ms = pair.now_ms;
        CHECK_EQ(ask(request(V2G_POWER_DELIVERY)), V2G_RESPONSE_OK);
        CHECK(pair.stage.main);
        CHECK_EQ(pair.stage.unsafe, 0);

        walk(p, V2G_PHASE_PRE_CHARGE);
        pair.stage.weak_mv = 100000;
        m = request(V2G_PRE_CHARGE);
        (void)pair_ask(&pair, &m);
        from_ms = pair.now_ms;
        CHECK_EQ(ask(request(V2G_POWER_DELIVERY)), p == V2G_PROTOCOL_DIN
                                                       ? V2G_RESPONSE_FAILED_VOLTAGE_TOO_LOW
                                                       : V2G_RESPONSE_FAILED_POWER_DELIVERY);
        CHECK(pair.now_ms - from_ms < 4500); /* the time that is allowed */
        CHECK_EQ(pair.secc.end, V2G_SECC_REFUSED);
        CHECK(!pair.stage.main);
        CHECK_EQ(pair.stage.unsafe, 0);
    }
}

/* Everything that has no place there, in every phase of a session. */
static unsigned refuse_all(enum v2g_protocol protocol, enum v2g_energy_mode mode)
{
    unsigned n = 0;
    const bool is_dc = v2g_energy_mode_dc(mode);
    for (enum v2g_phase phase = V2G_PHASE_SETUP; phase < V2G_PHASE_ENDED; phase++) {
        for (unsigned k = 0; k < V2G_KIND_COUNT; k++) {
            const enum v2g_kind kind = (enum v2g_kind)k;
            const bool late =
                is_dc && (protocol == V2G_PROTOCOL_DIN || phase > V2G_PHASE_PARAMETERS);
            struct v2g_message m = request(kind);
            if (!pair_has(protocol, is_dc, phase) ||
                v2g_phase_allows(phase, protocol, late, kind) ||
                (protocol == V2G_PROTOCOL_DIN && kind >= V2G_CERTIFICATE_INSTALLATION) ||
                (protocol == V2G_PROTOCOL_DIN &&
                 (kind == V2G_PAYMENT_DETAILS || kind == V2G_METERING_RECEIPT))) {
                continue; /* a DIN car never says those; the recorded ones are tested elsewhere */
            }
            CHECK(pair_reach(&pair, protocol, mode, phase));
            if (!CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_SEQUENCE)) {
                check_report(false, __FILE__, __LINE__, v2g_phase_name(phase));
                check_report(false, __FILE__, __LINE__, v2g_kind_name(kind));
            }
            CHECK_EQ(pair.secc.end, V2G_SECC_SEQUENCE_ERROR);
            CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
            n++;
        }
    }
    return n;
}

/* [V2G2-538, 541, 543, 545, 548, 551, 554, 557, 560, 563, 568, 573, 576, 577] */
static void every_request_out_of_its_place_is_a_sequence_error(void)
{
    CHECK(refuse_all(V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED) > 150);
    CHECK(refuse_all(V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE) > 120);
    CHECK(refuse_all(V2G_PROTOCOL_DIN, V2G_DC_EXTENDED) > 80);
}

/* [V2G2-568, 601, 597] */
static void a_car_may_begin_anew_after_a_stop_but_not_after_welding_detection(void)
{
    for (int dc = 0; dc <= 1; dc++) {
        const enum v2g_energy_mode mode = dc ? V2G_DC_EXTENDED : V2G_AC_THREE_PHASE;
        CHECK(pair_reach(&pair, V2G_PROTOCOL_ISO2, mode, V2G_PHASE_STOPPING));
        struct v2g_message m = request(V2G_CHARGE_PARAMETERS);
        m.charge_parameters.mode = mode;
        m.charge_parameters.is_dc = dc;
        m.charge_parameters.ac_max_mv = 400000;
        const struct v2g_message answer = pair_ask(&pair, &m);
        CHECK_EQ(answer.code, V2G_RESPONSE_OK);
        CHECK(!dc || answer.charge_parameters.evse.code == V2G_EVSE_READY);
        CHECK_EQ(pair.secc.phase, dc ? V2G_PHASE_CABLE_CHECK : V2G_PHASE_READY);
        CHECK(!pair.stage.main);
        pair.by_hand = true;
        pair.stage.cp = V2G_CP_C;
        if (dc) { /* with another cable check and pre-charge */
            CHECK_EQ(ask(request(V2G_CABLE_CHECK)), V2G_RESPONSE_OK);
            CHECK_EQ(ask(request(V2G_PRE_CHARGE)), V2G_RESPONSE_OK);
        }
        m = request(V2G_POWER_DELIVERY);
        CHECK_EQ(ask(m), V2G_RESPONSE_OK);
        CHECK(pair.stage.main);
        CHECK_EQ(pair.stage.unsafe, 0);
    }
    CHECK(pair_reach(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED, V2G_PHASE_WELDING));
    CHECK_EQ(ask(request(V2G_CHARGE_PARAMETERS)), V2G_RESPONSE_FAILED_SEQUENCE);
    CHECK(pair_reach(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED, V2G_PHASE_STOPPING));
    CHECK_EQ(ask(request(V2G_CHARGE_PARAMETERS)), V2G_RESPONSE_FAILED_SEQUENCE);
}

/* [V2G2-303, 304] */
static void the_schedule_covers_the_time_until_the_departure(void)
{
    static const uint32_t departures_s[] = {0, 3600, 200000};
    for (unsigned i = 0; i < 3; i++) {
        walk(V2G_PROTOCOL_ISO2, V2G_PHASE_PARAMETERS);
        struct v2g_message m = request(V2G_CHARGE_PARAMETERS);
        m.charge_parameters.departure_s = departures_s[i];
        const struct v2g_message answer = pair_ask(&pair, &m);
        CHECK_EQ(answer.charge_parameters.n_schedules, 1);
        const uint32_t span_s = answer.charge_parameters.schedules[0].steps[0].duration_s;
        CHECK(span_s >= departures_s[i] && span_s >= 86400);
    }
}

static void a_receipt_for_more_than_was_delivered_is_refused(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_CHARGING);
    struct v2g_message m = request(V2G_METERING_RECEIPT);
    memcpy(m.metering_receipt.session_id, pair.secc.session_id, V2G_SESSION_ID_LEN);
    m.metering_receipt.session_id_len = V2G_SESSION_ID_LEN;
    CHECK_EQ(ask(m), V2G_RESPONSE_OK);
    m.metering_receipt.meter.reading_wh = 1000000;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED_METERING_SIGNATURE);
}

/* [V2G2-800] */
static void what_is_not_for_us_does_not_end_the_session(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_SELECTION);
    const uint8_t other[] = {1, 0xFE, 0x81, 0x04, 0, 0, 0, 2, 9, 9};
    CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, other, sizeof other), sizeof other);
    CHECK_EQ(pair.secc.end, V2G_SECC_NOT_YET);
    const uint8_t broken[] = {1, 0xFE, 0x80, 0x01, 0, 0, 0, 2, 0x80, 0xFF};
    CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, broken, sizeof broken), sizeof broken);
    CHECK_EQ(pair.secc.end, V2G_SECC_UNREADABLE);
    CHECK(v2g_secc_close_due(&pair.secc));
}

/* [V2G2-714, 716] */
static void a_session_that_nobody_begins_ends(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair_start(&pair);
    v2g_secc_tick(&pair.secc, pair.now_ms + V2G_SECC_SETUP_TIMEOUT_MS - 1);
    CHECK_EQ(pair.secc.end, V2G_SECC_NOT_YET);
    v2g_secc_tick(&pair.secc, pair.now_ms + V2G_SECC_SETUP_TIMEOUT_MS);
    CHECK_EQ(pair.secc.end, V2G_SECC_SETUP_TIMEOUT);
}

static void a_pause_that_cannot_be_kept_is_not_promised(void)
{
    walk(V2G_PROTOCOL_ISO2, V2G_PHASE_SELECTION);
    pair.secc_config.paused = NULL;
    struct v2g_message m = request(V2G_SESSION_STOP);
    m.session_end = V2G_SESSION_PAUSE;
    CHECK_EQ(ask(m), V2G_RESPONSE_FAILED);
}

CHECK_MAIN(
    TEST(contract_payment_was_not_offered), TEST(a_service_that_is_not_offered_cannot_be_selected),
    TEST(contract_messages_are_refused_by_a_readable_answer),
    TEST(a_service_that_is_not_offered_has_no_details), TEST(a_mode_that_is_not_offered_is_refused),
    TEST(parameters_that_do_not_fit_are_refused), TEST(a_profile_above_the_schedule_is_refused),
    TEST(a_profile_that_outlasts_a_step_of_the_schedule_is_refused),
    TEST(a_schedule_that_was_not_offered_is_refused), TEST(power_is_not_delivered_into_a_fault),
    TEST(power_is_not_delivered_before_pre_charge),
    TEST(power_is_delivered_when_pre_charge_ends_in_time),
    TEST(every_request_out_of_its_place_is_a_sequence_error),
    TEST(a_car_may_begin_anew_after_a_stop_but_not_after_welding_detection),
    TEST(the_schedule_covers_the_time_until_the_departure),
    TEST(a_receipt_for_more_than_was_delivered_is_refused),
    TEST(what_is_not_for_us_does_not_end_the_session), TEST(a_session_that_nobody_begins_ends),
    TEST(a_pause_that_cannot_be_kept_is_not_promised))
