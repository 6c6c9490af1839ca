/* SPDX-License-Identifier: MIT
 * Every timer of both sides: ISO 15118-2 table 109, DIN SPEC 70121
 * table 75.
 */
#include "v2g_contract.h"
#include "v2g_pair.h"

static struct pair pair;

/* The charger's answer by a hand that says "ongoing" to whatever can be ongoing. */
static void answer(const struct v2g_message *given)
{
    static uint64_t memory[V2G_CODEC_LEN / 8];
    static uint8_t frame[1024];
    const struct v2g_codec codec = {.memory = (uint8_t *)memory, .cap = sizeof memory};
    struct v2g_message m = *given;
    m.kind = pair.evcc.kind;
    m.is_response = true;
    m.session_id_len = V2G_SESSION_ID_LEN;
    memcpy(m.session_id, pair.evcc.session_id, V2G_SESSION_ID_LEN);
    const int len = v2g_codec_encode(&codec, pair.evcc.protocol, &m, frame + V2GTP_HEADER_LEN,
                                     sizeof frame - V2GTP_HEADER_LEN);
    CHECK(len > 0);
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    CHECK(v2g_evcc_input(&pair.evcc, pair.now_ms, frame, (size_t)len + V2GTP_HEADER_LEN) > 0);
}

/* Runs a good session until the car has asked `kind`, to which nobody answers. */
static bool asked(enum v2g_kind kind)
{
    static uint8_t frame[4096];
    for (int i = 0; i < 60000; i++) {
        const int len = v2g_evcc_output(&pair.evcc, frame, sizeof frame);
        if (len > 0 && pair.evcc.phase != V2G_PHASE_HANDSHAKE && pair.evcc.kind == kind) {
            return true;
        }
        if (len > 0) {
            CHECK_EQ(v2g_secc_input(&pair.secc, pair.now_ms, frame, (size_t)len), len);
        }
        pair_facts(&pair);
        const int answered = v2g_secc_output(&pair.secc, frame, sizeof frame);
        if (answered > 0) {
            (void)v2g_evcc_input(&pair.evcc, pair.now_ms, frame, (size_t)answered);
        } else if (len <= 0) {
            pair_wait(&pair);
            v2g_evcc_tick(&pair.evcc, pair.now_ms);
        }
    }
    return false;
}

/* How long the car then waits. */
static uint64_t patience_ms(void)
{
    const uint64_t from_ms = pair.now_ms;
    const uint64_t until_ms = v2g_evcc_deadline(&pair.evcc);
    v2g_evcc_tick(&pair.evcc, until_ms - 1);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_NOT_YET);
    v2g_evcc_tick(&pair.evcc, until_ms);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_TIMEOUT);
    CHECK(!v2g_evcc_wants_contactor(&pair.evcc) && !v2g_evcc_wants_power(&pair.evcc));
    return until_ms - from_ms;
}

static void the_car_waits_for_each_answer_as_long_as_the_standard_says(void)
{
    static const struct {
        enum v2g_kind kind;
        uint16_t ms;
    } rows[] = {
        {V2G_SESSION_SETUP, 2000},     {V2G_SERVICE_DISCOVERY, 2000}, {V2G_SERVICE_DETAIL, 5000},
        {V2G_PAYMENT_SELECTION, 2000}, {V2G_AUTHORIZATION, 2000},     {V2G_CHARGE_PARAMETERS, 2000},
        {V2G_CABLE_CHECK, 2000},       {V2G_PRE_CHARGE, 2000},        {V2G_POWER_DELIVERY, 5000},
        {V2G_CURRENT_DEMAND, 250},     {V2G_METERING_RECEIPT, 2000},  {V2G_WELDING_DETECTION, 2000},
        {V2G_SESSION_STOP, 2000},      {V2G_CHARGING_STATUS, 2000}};
    static const struct v2g_service services[] = {{.id = V2G_SERVICE_INTERNET, .category = 1}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool ac = rows[i].kind == V2G_CHARGING_STATUS;
        pair_init(&pair, V2G_PROTOCOL_ISO2, ac ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED);
        pair.secc_config.services = services;
        pair.secc_config.n_services = 1;
        pair.secc_config.receipts = rows[i].kind == V2G_METERING_RECEIPT;
        pair.evcc_config.wants_service = V2G_SERVICE_INTERNET;
        pair_start(&pair);
        pair.battery.full = rows[i].kind >= V2G_WELDING_DETECTION;
        v2g_evcc_set_battery(&pair.evcc, &pair.battery);
        if (CHECK(asked(rows[i].kind)) && !CHECK_EQ(patience_ms(), rows[i].ms)) {
            check_report(false, __FILE__, __LINE__, v2g_kind_name(rows[i].kind));
        }
    }
}

/* For a charger known to be slow, in a loop and elsewhere; never beyond what the phase may take. */
static void a_patient_car_waits_so_much_longer_for_each_answer(void)
{
    static const struct {
        enum v2g_kind kind;
        uint16_t ms;
    } rows[] = {{V2G_SERVICE_DISCOVERY, 2000 + 1700},
                {V2G_POWER_DELIVERY, 5000 + 1700},
                {V2G_CURRENT_DEMAND, 250 + 1700}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
        pair.evcc_config.patience_ms = 1700;
        pair_start(&pair);
        if (CHECK(asked(rows[i].kind)) && !CHECK_EQ(patience_ms(), rows[i].ms)) {
            check_report(false, __FILE__, __LINE__, v2g_kind_name(rows[i].kind));
        }
    }
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.evcc_config.patience_ms = UINT16_MAX;
    pair_start(&pair);
    CHECK(asked(V2G_SESSION_SETUP));
    CHECK_EQ(v2g_evcc_deadline(&pair.evcc), pair.evcc.begun_ms + V2G_EVCC_SETUP_TIMEOUT_MS);
}

/* [V2G2-446, 448] */
static void the_car_gives_up_a_set_up_twenty_seconds_after_the_plug(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.now_ms = 100000;
    pair.evcc_config.plugged_ms = pair.now_ms - 19000;
    pair_start(&pair);
    CHECK(asked(V2G_SESSION_SETUP));
    const uint64_t until_ms = pair.evcc_config.plugged_ms + V2G_EVCC_SETUP_TIMEOUT_MS;
    CHECK_EQ(v2g_evcc_deadline(&pair.evcc), until_ms);
    v2g_evcc_tick(&pair.evcc, until_ms);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_TIMEOUT);
}

/* Answers "ongoing" each time until the car gives up: after how long. */
static uint64_t ongoing_ms(enum v2g_protocol protocol, enum v2g_kind kind)
{
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    if (kind == V2G_AUTHORIZATION) {
        m.authorization.processing = V2G_ONGOING;
    } else if (kind == V2G_CHARGE_PARAMETERS) {
        static const struct v2g_power_step step[] = {{.duration_s = 3600, .max_w = 1000}};
        static const struct v2g_schedule schedule[] = {{.id = 1, .n_steps = 1, .steps = step}};
        m.charge_parameters.processing = V2G_ONGOING;
        m.charge_parameters.is_dc = true;
        m.charge_parameters.schedules = schedule;
        m.charge_parameters.n_schedules = 1;
    } else if (kind == V2G_CABLE_CHECK) {
        m.cable_check.processing = V2G_ONGOING;
    }
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair_start(&pair);
    if (!CHECK(asked(kind))) {
        return 0;
    }
    const uint64_t from_ms = pair.now_ms;
    while (pair.evcc.end == V2G_EVCC_NOT_YET && pair.now_ms < from_ms + 200000) {
        static uint8_t frame[4096];
        if (pair.evcc.step == V2G_EVCC_WAITING) {
            answer(&m);
        }
        pair.now_ms += 10;
        v2g_evcc_tick(&pair.evcc, pair.now_ms);
        (void)v2g_evcc_output(&pair.evcc, frame, sizeof frame);
    }
    CHECK_EQ(pair.evcc.end, V2G_EVCC_TIMEOUT);
    return pair.now_ms - from_ms;
}

/* [V2G2-700..707, 710, 711] */
static void the_car_gives_up_what_is_ongoing_for_too_long(void)
{
    static const struct {
        enum v2g_protocol protocol;
        enum v2g_kind kind;
        uint32_t ms;
    } rows[] = {{V2G_PROTOCOL_ISO2, V2G_AUTHORIZATION, 60000},
                {V2G_PROTOCOL_ISO2, V2G_CHARGE_PARAMETERS, 60000},
                {V2G_PROTOCOL_ISO2, V2G_CABLE_CHECK, 40000},
                {V2G_PROTOCOL_ISO2, V2G_PRE_CHARGE, 7000},
                {V2G_PROTOCOL_DIN, V2G_CABLE_CHECK, 40000},
                {V2G_PROTOCOL_DIN, V2G_PRE_CHARGE, 7000},
                {V2G_PROTOCOL_DIN, V2G_AUTHORIZATION, 150000}, /* ready to charge */
                {V2G_PROTOCOL_DIN, V2G_CHARGE_PARAMETERS, 150000}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t ms = ongoing_ms(rows[i].protocol, rows[i].kind);
        /* a round of the loop more or less */
        if (!CHECK(ms + 120 >= rows[i].ms) || !CHECK(ms <= rows[i].ms + 120U)) {
            check_report(false, __FILE__, __LINE__, v2g_kind_name(rows[i].kind));
        }
    }
}

/* [V2G2-443] */
static void the_charger_waits_a_minute_for_the_next_request_in_every_phase(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        for (enum v2g_phase phase = V2G_PHASE_DISCOVERY; phase < V2G_PHASE_ENDED; phase++) {
            if (!pair_has(p, true, phase)) {
                continue;
            }
            CHECK(pair_reach(&pair, p, V2G_DC_EXTENDED, phase));
            const uint64_t until_ms = pair.secc.deadline_ms;
            CHECK(until_ms > pair.now_ms + V2G_SECC_SEQUENCE_TIMEOUT_MS - 100);
            for (; pair.now_ms + 20 < until_ms;) {
                pair_wait(&pair);
            }
            CHECK_EQ(pair.secc.end, V2G_SECC_NOT_YET);
            v2g_secc_tick(&pair.secc, until_ms);
            CHECK_EQ(pair.secc.end, V2G_SECC_SEQUENCE_TIMEOUT);
            CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
            CHECK(v2g_secc_close_due(&pair.secc));
        }
    }
}

/* The car asks on and on: when does the charger refuse? */
static uint64_t refused_after_ms(enum v2g_kind kind)
{
    if (!CHECK(asked(kind))) {
        return 0;
    }
    const uint64_t from_ms = pair.now_ms;
    pair.by_hand = true;
    pair.stage.cp = V2G_CP_C;
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    m.kind = kind;
    m.pre_charge.target_mv = kind == V2G_PRE_CHARGE ? 380000 : 0;
    for (int i = 0; i < 2000; i++) {
        struct v2g_message again = m;
        const struct v2g_message response = pair_ask(&pair, &again);
        if (v2g_response_failed(response.code)) {
            CHECK_EQ(response.code, V2G_RESPONSE_FAILED);
            CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
            return pair.now_ms - from_ms;
        }
        for (int k = 0; k < 5; k++) {
            pair_wait(&pair);
        }
    }
    return 0;
}

static void check_refusal(enum v2g_kind kind, uint32_t limit_ms)
{
    const uint64_t ms = refused_after_ms(kind);
    /* a round or two more or less */
    if (!CHECK(ms + 400 >= limit_ms && ms < limit_ms + 400U)) {
        check_report(false, __FILE__, __LINE__, v2g_kind_name(kind));
    }
}

/* [V2G2-700..707, 712, 713] */
static void the_charger_ends_what_it_cannot_finish(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair_start(&pair);
        v2g_secc_authorize(&pair.secc, V2G_AUTH_PENDING);
        check_refusal(V2G_AUTHORIZATION,
                      p == V2G_PROTOCOL_DIN ? V2G_SECC_READY_MS : V2G_SECC_ONGOING_MS);
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair.stage.weak_mv = 100000; /* no voltage to test with */
        pair_start(&pair);
        check_refusal(V2G_CABLE_CHECK, V2G_SECC_CABLE_CHECK_MS);
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair_start(&pair);
        CHECK(pair_until(&pair, V2G_PHASE_CABLE_CHECK));
        for (int i = 0; i < 2000 && pair.secc.phase != V2G_PHASE_PRE_CHARGE; i++) {
            pair_step(&pair);
            pair.stage.weak_mv =
                v2g_supply_facts(&pair.supply)->isolation == V2G_ISOLATION_PASSED ? 100000 : 0;
        }
        check_refusal(V2G_PRE_CHARGE, V2G_SECC_PRE_CHARGE_MS);
    }
}

static void check_answers_came_in_time(void)
{
    for (enum v2g_kind kind = 0; kind < V2G_KIND_COUNT; kind++) {
        const uint64_t limit_ms = kind == V2G_CURRENT_DEMAND   ? 25
                                  : kind == V2G_POWER_DELIVERY ? 4500
                                                               : 1500;
        if (!CHECK(pair.slowest_ms[kind] <= limit_ms)) {
            check_report(false, __FILE__, __LINE__, v2g_kind_name(kind));
        }
    }
}

/* Performance: the charger answers at once, but for what waits for its supply. */
static void every_answer_comes_in_its_time(void)
{
    static const struct v2g_service services[] = {{.id = V2G_SERVICE_INTERNET, .category = 1}};
    for (unsigned i = 0; i < 3; i++) {
        const enum v2g_protocol p = i == 0 ? V2G_PROTOCOL_DIN : V2G_PROTOCOL_ISO2;
        pair_init(&pair, p, i == 2 ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED);
        pair.secc_config.services = services;
        pair.secc_config.n_services = 1;
        pair.evcc_config.wants_service = V2G_SERVICE_INTERNET;
        pair.stage.slew_mv = 3000; /* 150 V/s */
        pair_start(&pair);
        CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
        pair_run(&pair, 2000);
        v2g_secc_notify(&pair.secc, V2G_NOTIFY_RENEGOTIATE, 0);
        pair_run(&pair, 2000);
        v2g_evcc_stop(&pair.evcc);
        CHECK(pair_until(&pair, V2G_PHASE_ENDED));
        check_answers_came_in_time();
    }
}

CHECK_MAIN(TEST(the_car_waits_for_each_answer_as_long_as_the_standard_says),
           TEST(a_patient_car_waits_so_much_longer_for_each_answer),
           TEST(the_car_gives_up_a_set_up_twenty_seconds_after_the_plug),
           TEST(the_car_gives_up_what_is_ongoing_for_too_long),
           TEST(the_charger_waits_a_minute_for_the_next_request_in_every_phase),
           TEST(the_charger_ends_what_it_cannot_finish), TEST(every_answer_comes_in_its_time))
