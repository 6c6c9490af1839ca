/* SPDX-License-Identifier: MIT
 * The car: what it asks for, what it obeys, and what it does not put up with.
 */
#include "v2g_pair.h"

static struct pair pair;

/* [V2G2-422, 548] */
static void a_service_that_is_offered_is_asked_for_and_selected(void)
{
    static const struct v2g_service services[] = {
        {.id = V2G_SERVICE_USE_CASE, .category = 3},
        {.id = V2G_SERVICE_INTERNET, .category = 1, .free = true}};
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.secc_config.services = services;
    pair.secc_config.n_services = 2;
    pair.evcc_config.wants_service = V2G_SERVICE_INTERNET;
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    CHECK((pair.seen & 1U << V2G_SERVICE_DETAIL) != 0);
    CHECK(pair.evcc.selects_service);
    CHECK_EQ(pair.evcc.service_set, 1);
}

static void a_service_that_is_not_offered_is_done_without(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        pair_init(&pair, p, V2G_DC_EXTENDED);
        pair.evcc_config.wants_service = V2G_SERVICE_INTERNET;
        pair_start(&pair);
        CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
        CHECK((pair.seen & 1U << V2G_SERVICE_DETAIL) == 0);
    }
}

/* Events are taken here, so that pair_events() does not swallow them. */
static unsigned notified(enum v2g_notification notification)
{
    unsigned n = 0;
    struct v2g_evcc_event e;
    while (v2g_evcc_event(&pair.evcc, &e)) {
        n += e.kind == V2G_EVCC_EVENT_NOTIFIED && e.a == (uint32_t)notification;
    }
    return n;
}

static void check_stop_at(enum v2g_protocol protocol, enum v2g_phase phase)
{
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair.stage.slew_mv = 4000;
    pair_start(&pair);
    CHECK(pair_until(&pair, phase));
    v2g_secc_notify(&pair.secc, V2G_NOTIFY_STOP, 0);
    const uint64_t from_ms = pair.now_ms;
    CHECK(pair_until(&pair, V2G_PHASE_ENDED));
    CHECK(pair.now_ms - from_ms < 4000);
    CHECK_EQ(pair.secc.end, V2G_SECC_STOPPED);
    pair_run(&pair, 2000);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_STOPPED);
    CHECK(!pair.stage.main && !pair.stage.pre);
    CHECK_EQ(pair.stage.unsafe, 0);
}

static void a_charger_that_asks_to_stop_is_obeyed_anywhere(void)
{
    for (enum v2g_protocol p = V2G_PROTOCOL_DIN; p <= V2G_PROTOCOL_ISO2; p++) {
        check_stop_at(p, V2G_PHASE_CABLE_CHECK);
        check_stop_at(p, V2G_PHASE_PRE_CHARGE);
        check_stop_at(p, V2G_PHASE_CHARGING);
    }
}

static void a_notification_is_told_once(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_AC_THREE_PHASE);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    pair_run(&pair, 500);
    (void)notified(V2G_NOTIFY_STOP);
    v2g_secc_notify(&pair.secc, V2G_NOTIFY_STOP, 0);
    uint8_t frame[512];
    for (int i = 0; i < 4 && pair.evcc.charger.status.notification == V2G_NOTIFY_NONE; i++) {
        pair.now_ms += 40;
        v2g_evcc_tick(&pair.evcc, pair.now_ms);
        int len = v2g_evcc_output(&pair.evcc, frame, sizeof frame);
        (void)v2g_secc_input(&pair.secc, pair.now_ms, frame, len < 0 ? 0 : (size_t)len);
        len = v2g_secc_output(&pair.secc, frame, sizeof frame);
        (void)v2g_evcc_input(&pair.evcc, pair.now_ms, frame, len < 0 ? 0 : (size_t)len);
    }
    CHECK_EQ(notified(V2G_NOTIFY_STOP), 1);
}

/* DIN has the word, but a car that speaks it cannot renegotiate: it goes on. */
static void a_din_session_is_not_renegotiated(void)
{
    pair_init(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    v2g_secc_notify(&pair.secc, V2G_NOTIFY_RENEGOTIATE, 0);
    v2g_evcc_renegotiate(&pair.evcc);
    pair_run(&pair, 2000);
    CHECK_EQ(pair.secc.phase, V2G_PHASE_CHARGING);
    CHECK_EQ(v2g_evcc_charger(&pair.evcc)->status.notification, V2G_NOTIFY_NONE);
    CHECK(pair.stage.main);
}

static void the_car_may_renegotiate_by_itself(void)
{
    for (int dc = 0; dc <= 1; dc++) {
        pair_init(&pair, V2G_PROTOCOL_ISO2, dc ? V2G_DC_EXTENDED : V2G_AC_THREE_PHASE);
        pair_start(&pair);
        CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
        pair_run(&pair, 500);
        v2g_evcc_renegotiate(&pair.evcc);
        CHECK(pair_until(&pair, V2G_PHASE_RESTART));
        CHECK(pair.stage.main);
        CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
        pair_run(&pair, 500);
        CHECK(pair.stage.main);
        CHECK_EQ(pair.stage.ma, pair.stage.set_ma);
        CHECK_EQ(pair.evcc.end, V2G_EVCC_NOT_YET);
    }
}

static const struct v2g_tariff_step night[] = {{.start_s = 0, .price_level = 2},
                                               {.start_s = 5, .duration_s = 600, .price_level = 1}};
static const struct v2g_tariff_step day[] = {{.start_s = 0, .price_level = 3}};
static const struct v2g_tariff tariffs[] = {{.id = 1, .n_levels = 3, .n_steps = 1, .steps = day},
                                            {.id = 2, .n_levels = 3, .n_steps = 2, .steps = night}};
static const struct v2g_power_step full[] = {{.start_s = 0, .duration_s = 86400, .max_w = 50000}};
static const struct v2g_power_step falling[] = {{.start_s = 0, .max_w = 40000},
                                                {.start_s = 5, .duration_s = 86400, .max_w = 4000}};
static const struct v2g_schedule offers[] = {
    {.id = 7, .n_steps = 1, .steps = full},
    {.id = 8, .n_steps = 1, .steps = full, .tariff = &tariffs[0]},
    {.id = 9, .n_steps = 2, .steps = falling, .tariff = &tariffs[1]}};

static void the_cheapest_schedule_is_taken_and_followed(void)
{
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    v2g_secc_set_schedules(&pair.secc, offers, 3);
    CHECK(pair_until(&pair, V2G_PHASE_CHARGING));
    const struct v2g_evcc_charger *charger = v2g_evcc_charger(&pair.evcc);
    CHECK_EQ(charger->n_schedules, 3);
    CHECK_EQ(charger->schedule_id, 9);
    CHECK_EQ(charger->schedule_w, 40000);
    CHECK_EQ(v2g_secc_car(&pair.secc)->schedule_id, 9);
    pair_run(&pair, 5500);
    CHECK_EQ(charger->schedule_w, 4000);
    CHECK_EQ(pair.evcc.end, V2G_EVCC_NOT_YET);
}

/* Three schedules of 24 steps with tariffs of 24: all that we keep, there and back. */
static void the_longest_schedules_pass_the_wire(void)
{
    static struct v2g_power_step steps[V2G_MAX_STEPS];
    static struct v2g_tariff_step prices[V2G_MAX_STEPS];
    static struct v2g_schedule schedules[V2G_MAX_SCHEDULES];
    static uint64_t memory[2][4 * V2G_CODEC_LEN / 8];
    static uint8_t exi[4096];
    const struct v2g_codec out = {(uint8_t *)memory[0], sizeof memory[0]};
    const struct v2g_codec in = {(uint8_t *)memory[1], sizeof memory[1]};
    const struct v2g_tariff tariff = {
        .id = 3, .n_levels = 9, .n_steps = V2G_MAX_STEPS, .steps = prices};
    for (uint8_t i = 0; i < V2G_MAX_STEPS; i++) {
        steps[i] = (struct v2g_power_step){
            .start_s = i * 3600U, .duration_s = 3600, .max_w = 1000 * (i + 1)};
        prices[i] = (struct v2g_tariff_step){
            .start_s = i * 3600U, .duration_s = 3600, .price_level = (uint8_t)(i % 9)};
    }
    for (uint8_t i = 0; i < V2G_MAX_SCHEDULES; i++) {
        schedules[i] = (struct v2g_schedule){
            .id = (uint8_t)(i + 1), .n_steps = V2G_MAX_STEPS, .steps = steps, .tariff = &tariff};
    }
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    m.kind = V2G_CHARGE_PARAMETERS;
    m.is_response = true;
    m.session_id_len = V2G_SESSION_ID_LEN;
    m.charge_parameters.is_dc = true;
    m.charge_parameters.schedules = schedules;
    m.charge_parameters.n_schedules = V2G_MAX_SCHEDULES;
    const int len = v2g_codec_encode(&out, V2G_PROTOCOL_ISO2, &m, exi, sizeof exi);
    struct v2g_message back;
    if (!CHECK(len > 0) ||
        !CHECK_EQ(v2g_codec_decode(&in, V2G_PROTOCOL_ISO2, exi, (size_t)len, &back), E_OK)) {
        return;
    }
    CHECK_EQ(back.charge_parameters.n_schedules, V2G_MAX_SCHEDULES);
    for (uint8_t i = 0; i < V2G_MAX_SCHEDULES; i++) {
        const struct v2g_schedule *s = &back.charge_parameters.schedules[i];
        CHECK_EQ(s->id, i + 1);
        CHECK(s->n_steps == V2G_MAX_STEPS && s->tariff != NULL);
        for (uint8_t k = 0; s->tariff != NULL && k < s->n_steps; k++) {
            CHECK_EQ(s->steps[k].max_w, 1000 * (k + 1));
            CHECK_EQ(s->steps[k].start_s, k * 3600);
            CHECK_EQ(s->tariff->steps[k].price_level, k % 9);
        }
    }
}

/* A response by hand to what the car just asked. */
static void answer(struct v2g_message m)
{
    static uint64_t memory[V2G_CODEC_LEN / 8];
    static uint8_t frame[1024];
    const struct v2g_codec codec = {.memory = (uint8_t *)memory, .cap = sizeof memory};
    const int len = v2g_codec_encode(&codec, pair.evcc.protocol, &m, frame + V2GTP_HEADER_LEN,
                                     sizeof frame - V2GTP_HEADER_LEN);
    if (CHECK(len > 0)) {
        v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
        CHECK(v2g_evcc_input(&pair.evcc, pair.now_ms, frame, (size_t)len + V2GTP_HEADER_LEN) > 0);
    }
}

static void check_answer(enum v2g_kind kind, uint8_t session_flip, enum v2g_response code,
                         enum v2g_evcc_end end)
{
    static uint8_t frame[512];
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair_start(&pair);
    CHECK(pair_until(&pair, V2G_PHASE_SELECTION));
    (void)v2g_evcc_output(&pair.evcc, frame, sizeof frame);
    CHECK_EQ(pair.evcc.step, V2G_EVCC_WAITING);
    struct v2g_message m;
    memset(&m, 0, sizeof m);
    m.kind = kind == V2G_KIND_COUNT ? pair.evcc.kind : kind;
    m.is_response = true;
    m.code = code;
    m.session_id_len = V2G_SESSION_ID_LEN;
    memcpy(m.session_id, pair.evcc.session_id, V2G_SESSION_ID_LEN);
    m.session_id[0] ^= session_flip;
    answer(m);
    CHECK_EQ(pair.evcc.end, end);
}

static void answers_that_do_not_fit_end_the_session(void)
{
    check_answer(V2G_KIND_COUNT, 0, V2G_RESPONSE_OK, V2G_EVCC_NOT_YET);
    check_answer(V2G_KIND_COUNT, 1, V2G_RESPONSE_OK, V2G_EVCC_UNREADABLE);
    check_answer(V2G_SESSION_STOP, 0, V2G_RESPONSE_OK, V2G_EVCC_UNREADABLE);
    check_answer(V2G_KIND_COUNT, 0, V2G_RESPONSE_FAILED, V2G_EVCC_REFUSED);
    check_answer(V2G_KIND_COUNT, 0, V2G_RESPONSE_FAILED_SEQUENCE, V2G_EVCC_REFUSED);
    check_answer(V2G_KIND_COUNT, 0, V2G_RESPONSE_FAILED_CERTIFICATE_REVOKED, V2G_EVCC_REFUSED);
}

CHECK_MAIN(TEST(a_service_that_is_offered_is_asked_for_and_selected),
           TEST(a_service_that_is_not_offered_is_done_without),
           TEST(a_charger_that_asks_to_stop_is_obeyed_anywhere), TEST(a_notification_is_told_once),
           TEST(a_din_session_is_not_renegotiated), TEST(the_car_may_renegotiate_by_itself),
           TEST(the_cheapest_schedule_is_taken_and_followed),
           TEST(the_longest_schedules_pass_the_wire), TEST(answers_that_do_not_fit_end_the_session))
