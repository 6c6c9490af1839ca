/* SPDX-License-Identifier: MIT
 * Captures of real cars and chargers through our machines: what each car asked goes to our charger,
 * whose answers are of the same kind and code as the recorded ones; what each charger answered goes
 * to our car, which gets as far as the recorded one. Every difference is in a table, with its
 * reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exi/sap.h"
#include "v2g_pair.h"
#include "v2g_recording.h"

#define PYPLC  "v2g/pcap/pyplc/"
#define DSPACE "v2g/pcap/dsv2gshark/"

static struct pair pair;
static struct recording recordings[RECORDING_CONNECTIONS];
static uint64_t request_memory[4 * V2G_CODEC_LEN / 8], response_memory[4 * V2G_CODEC_LEN / 8];
static const struct v2g_codec request_codec = {(uint8_t *)request_memory, sizeof request_memory};
static const struct v2g_codec response_codec = {(uint8_t *)response_memory, sizeof response_memory};

/* Where our charger answers by another code than the recorded one. */
struct difference {
    const char *capture;
    enum v2g_kind kind;
    enum v2g_response theirs, ours;
    const char *why;
};
static const struct difference differences[] = {
    {"ABB_until_ChargeParamDiscovery", V2G_SESSION_SETUP, V2G_RESPONSE_OK,
     V2G_RESPONSE_OK_NEW_SESSION, "that charger says OK where the standard wants the new session"},
    {"westparkAlpi_pyPlc_lightbulb", V2G_CABLE_CHECK, V2G_RESPONSE_FAILED, V2G_RESPONSE_OK,
     "its isolation test failed, ours did not"},
    {"AC_PnC_TLS_Contract", V2G_PAYMENT_SELECTION, V2G_RESPONSE_OK,
     V2G_RESPONSE_FAILED_PAYMENT_SELECTION, "a contract, which ours does not offer"},
    {"DC_PnC_TLS_CertInstallation", V2G_PAYMENT_SELECTION, V2G_RESPONSE_OK,
     V2G_RESPONSE_FAILED_PAYMENT_SELECTION, "a contract, which ours does not offer"},
    {"DC_PnC_TLS_Contract", V2G_PAYMENT_SELECTION, V2G_RESPONSE_OK,
     V2G_RESPONSE_FAILED_PAYMENT_SELECTION, "a contract, which ours does not offer"}};

static bool explained(const char *capture, enum v2g_kind kind, enum v2g_response theirs,
                      enum v2g_response ours)
{
    for (unsigned i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        const struct difference *d = &differences[i];
        if (strstr(capture, d->capture) != NULL && d->kind == kind && d->theirs == theirs &&
            d->ours == ours) {
            return true;
        }
    }
    return false;
}

struct tally {
    unsigned asked, same, different, skipped;
};

/* What the recorded charger decided is decided for ours too: it is how it says so that is compared.
 */
struct decisions {
    struct v2g_power_step steps[V2G_MAX_SCHEDULES][V2G_MAX_STEPS];
    struct v2g_schedule schedules[V2G_MAX_SCHEDULES];
    struct v2g_service services[V2G_MAX_SERVICES];
};
static struct decisions decided;
static struct {
    uint8_t id[V2G_SESSION_ID_LEN], len;
} theirs_session;

static void decide_schedules(const struct v2g_charge_parameters *theirs)
{
    for (uint8_t i = 0; i < theirs->n_schedules; i++) {
        decided.schedules[i] = theirs->schedules[i];
        decided.schedules[i].tariff = NULL;
        memcpy(decided.steps[i], theirs->schedules[i].steps,
               theirs->schedules[i].n_steps * sizeof decided.steps[i][0]);
        decided.schedules[i].steps = decided.steps[i];
    }
    if (theirs->n_schedules > 0) {
        v2g_secc_set_schedules(&pair.secc, decided.schedules, theirs->n_schedules);
    }
}

static void decide(const struct v2g_message *theirs)
{
    if (theirs->kind == V2G_SESSION_SETUP) {
        memcpy(theirs_session.id, theirs->session_id, V2G_SESSION_ID_LEN);
        theirs_session.len = theirs->session_id_len;
    } else if (theirs->kind == V2G_SERVICE_DISCOVERY) {
        memcpy(decided.services, theirs->service_discovery.services, sizeof decided.services);
        pair.secc_config.services = decided.services;
        pair.secc_config.n_services = theirs->service_discovery.n_services;
    } else if (theirs->kind == V2G_AUTHORIZATION) {
        const bool done = theirs->authorization.processing == V2G_FINISHED;
        v2g_secc_authorize(&pair.secc, done ? V2G_AUTH_ACCEPTED : V2G_AUTH_PENDING);
    } else if (theirs->kind == V2G_CHARGE_PARAMETERS) {
        decide_schedules(&theirs->charge_parameters);
    } else if (theirs->kind == V2G_CURRENT_DEMAND) {
        pair.secc_config.receipts = theirs->current_demand.receipt_required;
    } else if (theirs->kind == V2G_CHARGING_STATUS) {
        pair.secc_config.receipts = theirs->charging_status.receipt_required;
    }
}

/* The car's part that no message carries: pilot, battery, contactor. */
static void couple(const struct v2g_message *request)
{
    pair.stage.cp = request->kind < V2G_CABLE_CHECK ? V2G_CP_B : V2G_CP_C;
    if (request->kind == V2G_CHARGE_PARAMETERS) {
        pair.stage.ac = !request->charge_parameters.is_dc;
    }
    if (request->kind == V2G_PRE_CHARGE) {
        pair.stage.battery_mv = request->pre_charge.target_mv;
    }
    if (request->kind == V2G_POWER_DELIVERY) {
        pair.evcc.contactor = request->power_delivery.progress != V2G_PROGRESS_STOP;
    }
}

static void begin(enum v2g_protocol protocol)
{
    const struct v2g_paused paused = pair.paused;
    pair_init(&pair, protocol, V2G_DC_EXTENDED);
    pair.paused = paused;
    pair.secc_config.modes = 0x3F;
    pair.secc_config.dc = (struct v2g_dc_limits){
        .max_mv = 1000000, .max_ma = 500000, .max_w = 400000, .ripple_ma = 1000};
    pair_start(&pair);
    pair.supply.config.max_mv = 1000000;
    pair.supply.config.max_ma = 500000;
    pair.by_hand = true;
    pair_wait(&pair);
}

static bool goes_on(const struct v2g_message *ours)
{
    return (ours->kind == V2G_CABLE_CHECK && ours->cable_check.processing != V2G_FINISHED) ||
           (ours->kind == V2G_PRE_CHARGE && !v2g_supply_facts(&pair.supply)->pre_charged);
}

/* A recorded request of which the recorded answer was final is repeated until ours is. */
static struct v2g_message ask(const struct v2g_message *request)
{
    struct v2g_message ours;
    for (int tries = 0; tries < 100; tries++) {
        struct v2g_message copy = *request;
        ours = pair_ask(&pair, &copy);
        if (!goes_on(&ours)) {
            break;
        }
        for (int i = 0; i < 5; i++) {
            pair_wait(&pair);
        }
    }
    return ours;
}

static void shake_hands(const struct recorded_frame *frame)
{
    static uint8_t bytes[4096];
    v2gtp_write_header(bytes, V2GTP_EXI, (uint32_t)frame->len);
    memcpy(bytes + V2GTP_HEADER_LEN, frame->exi, frame->len);
    CHECK(v2g_secc_input(&pair.secc, pair.now_ms, bytes, frame->len + V2GTP_HEADER_LEN) > 0);
    CHECK(v2g_secc_output(&pair.secc, bytes, sizeof bytes) > 0);
}

/* The recorded session ids are another charger's: ours stands for the recorded one, a wrong one for
 * a wrong one, and the one of a paused session for that. */
static void rename_session(struct v2g_message *request)
{
    uint8_t any = 0;
    for (uint8_t i = 0; i < request->session_id_len; i++) {
        any |= request->session_id[i];
    }
    const bool right = request->session_id_len == theirs_session.len &&
                       memcmp(request->session_id, theirs_session.id, theirs_session.len) == 0;
    request->session_id_len = 0; /* pair_ask() says ours */
    if (request->kind == V2G_SESSION_SETUP) {
        if (any != 0 && pair.paused.valid) {
            memcpy(request->session_id, pair.paused.session_id, V2G_SESSION_ID_LEN);
            request->session_id_len = V2G_SESSION_ID_LEN;
        }
    } else if (!right) {
        memcpy(request->session_id, pair.secc.session_id, V2G_SESSION_ID_LEN);
        request->session_id[0] ^= 0xFF;
        request->session_id_len = V2G_SESSION_ID_LEN;
    }
}

static void compare(const char *capture, const struct v2g_message *theirs,
                    const struct v2g_message *ours, struct tally *tally)
{
    CHECK_EQ(ours->kind, theirs->kind);
    if (ours->code == theirs->code) {
        tally->same++;
        return;
    }
    tally->different++;
    if (!explained(capture, theirs->kind, theirs->code, ours->code)) {
        check_report(false, __FILE__, __LINE__, capture);
        check_report(false, __FILE__, __LINE__, v2g_kind_name(ours->kind));
        check_report(false, __FILE__, __LINE__, v2g_response_name(theirs->code));
        check_report(false, __FILE__, __LINE__,
                     ours->code < V2G_RESPONSE_COUNT ? v2g_response_name(ours->code) : "none");
    }
}

/* One request and its recorded answer; false when our session is over. */
static bool turn(const char *capture, const struct recorded_frame *frame,
                 const struct recorded_frame *reply, struct tally *tally)
{
    struct v2g_message request;
    struct v2g_message theirs;
    const enum v2g_protocol protocol = pair.secc.protocol;
    if (!CHECK_EQ(v2g_codec_decode(&request_codec, protocol, frame->exi, frame->len, &request),
                  E_OK)) {
        return false;
    }
    const bool answered = reply != NULL && v2g_codec_decode(&response_codec, protocol, reply->exi,
                                                            reply->len, &theirs) == E_OK;
    if (pair.secc.phase == V2G_PHASE_ENDED) {
        return false;
    }
    /* Our charger may have been quicker than the recorded one. */
    if (request.kind < V2G_PRE_CHARGE && request.kind >= V2G_AUTHORIZATION &&
        !v2g_phase_allows(pair.secc.phase, protocol, pair.secc.is_dc, request.kind)) {
        tally->skipped++;
        return true;
    }
    if (answered) {
        decide(&theirs);
    }
    couple(&request);
    rename_session(&request);
    const struct v2g_message ours = ask(&request);
    tally->asked++;
    if (answered) {
        compare(capture, &theirs, &ours, tally);
    }
    return true;
}

static void let_time_pass(int64_t ms)
{
    for (int64_t at = 0; at < ms && at < 2000; at += 20) {
        pair_wait(&pair);
    }
}

static void replay_connection(const char *capture, const struct recording *r, struct tally *tally)
{
    begin(r->protocol);
    shake_hands(&r->frames[0]);
    int64_t last_ms = r->frames[0].unix_ms;
    for (size_t i = 2; i < r->n_frames; i++) {
        if (!r->frames[i].from_car) {
            continue;
        }
        let_time_pass(r->frames[i].unix_ms - last_ms);
        last_ms = r->frames[i].unix_ms;
        const bool has_reply = i + 1 < r->n_frames && !r->frames[i + 1].from_car;
        if (!turn(capture, &r->frames[i], has_reply ? &r->frames[i + 1] : NULL, tally)) {
            break;
        }
    }
    v2g_secc_lost(&pair.secc, pair.now_ms);
    let_time_pass(2000);
    CHECK(!pair.stage.main && !pair.stage.pre);
    CHECK_EQ(pair.stage.unsafe, 0);
}

static const char *const captures[] = {
    DSPACE "DIN_DC_DS5366_Josev.pcapng",
    DSPACE "ISO-2_AC_DS5366.pcapng",
    DSPACE "ISO-2_DC_BatteryDataExchange_DS5366_RiseV2G.pcapng",
    DSPACE "ISO-2_DC_DS5366.pcapng",
    DSPACE "ISO-2_DC_Pause_DS5366.pcapng",
    DSPACE "ISO-2_DC_SalesTariffSchedule_DS5366_RiseV2G.pcapng",
    DSPACE "ISO-2_AC_PnC_TLS_Contract_MeteringReceipt_DS5366_RiseV2G.pcapng",
    DSPACE "ISO-2_DC_PnC_TLS_CertInstallation_DS5366_RiseV2G.pcapng",
    DSPACE "ISO-2_DC_PnC_TLS_Contract_DS5366_RiseV2G.pcapng",
    PYPLC "2022-11-25_v0.2_ABB_until_ChargeParamDiscovery.pcapng",
    PYPLC "2022-12-13_compleo_powerdelivery230_no_load.pcapng",
    PYPLC "2022-12-13_compleo_with_bulb.pcapng",
    PYPLC "2022-12-20_alpi_currentDemandSequenceErrorShutdown.pcapng",
    PYPLC "2023-03-02_SuperCharger_CableCheck_error.pcapng",
    PYPLC "2023-04-16_at_home_Ioniq_in_currentDemandLoop.pcapng",
    PYPLC "2023-04-19_compleo_pyPlc_lightbulb_failedBadRegulation.pcapng",
    PYPLC "2023-04-19_westparkAlpi_pyPlc_lightbulb_1fail_1ok.pcapng",
    PYPLC "2023-04-24_atHome_Ioniq_without_and_with_60W_bulbs.pcapng",
    PYPLC "2023-04-26_atHome_IoniqWithBulbs10minutesTimeout.pcapng",
    PYPLC "2023-05-24_pyPlc_with_Ioniq93prcSoc.pcapng",
    PYPLC "2024-04-20_ModelY_pyPLC_stop_in_precharge.pcapng",
    PYPLC "2024-06-11_Griffigroen_polestar2_stop_in_precharge.pcapng",
    PYPLC "2026-02-03_pyPLC_FoccciCape_with_Ioniq_runs_10_minutes.pcap",
    PYPLC "spi_ioniq_alpiHYC150_makerspace_landsberg_left_small_2024-04-03_ok.csv.pcap"};
enum { N_CAPTURES = sizeof captures / sizeof captures[0] };

static void what_real_cars_asked_is_answered_as_real_chargers_did(void)
{
    struct tally tally = {0};
    for (unsigned i = 0; i < N_CAPTURES; i++) {
        const int n = recording_read(captures[i], recordings);
        if (n < 0) {
            return;
        }
        memset(&pair.paused, 0, sizeof pair.paused);
        for (int c = 0; c < n; c++) {
            if (recordings[c].protocol != V2G_PROTOCOL_NONE) {
                replay_connection(captures[i], &recordings[c], &tally);
            }
            recording_free(&recordings[c]);
        }
    }
    printf("%u requests: %u answered alike, %u otherwise, %u not needed\n", tally.asked, tally.same,
           tally.different, tally.skipped);
    CHECK(tally.same > 14000);
    CHECK_EQ(tally.different, sizeof differences / sizeof differences[0]);
}

/* ---- the other side ---- */

struct journey {
    enum v2g_evcc_end end;
    bool charged;     /* our car was in the loop */
    bool theirs_did;  /* the recorded one was */
    bool refused;     /* a recorded answer was a failure */
    unsigned answers; /* of the recorded charger that our car took */
};

/* The next recorded answer of that kind, from *at on. */
static const struct recorded_frame *next_answer(const struct recording *r, enum v2g_kind kind,
                                                size_t *at)
{
    for (size_t i = *at; i < r->n_frames; i++) {
        struct v2g_message m;
        if (!r->frames[i].from_car &&
            v2g_codec_decode(&response_codec, r->protocol, r->frames[i].exi, r->frames[i].len,
                             &m) == E_OK &&
            m.kind == kind) {
            *at = i + 1;
            return &r->frames[i];
        }
    }
    return NULL;
}

/* A car as the recorded one: its mode, its battery. */
static void begin_car(const struct recording *r, struct journey *journey)
{
    pair_init(&pair, r->protocol, V2G_DC_EXTENDED);
    for (size_t i = 2; i < r->n_frames; i++) {
        struct v2g_message m;
        if (v2g_codec_decode(&request_codec, r->protocol, r->frames[i].exi, r->frames[i].len, &m) <
            0) {
            continue;
        }
        if (!m.is_response && m.kind == V2G_CHARGE_PARAMETERS) {
            pair.evcc_config.mode = m.charge_parameters.mode;
        } else if (!m.is_response && m.kind == V2G_PRE_CHARGE) {
            pair.battery.voltage_mv = m.pre_charge.target_mv;
        } else if (m.is_response) {
            journey->refused = journey->refused || v2g_response_failed(m.code);
            journey->theirs_did = journey->theirs_did || m.kind == V2G_CURRENT_DEMAND ||
                                  m.kind == V2G_CHARGING_STATUS;
        }
    }
    v2g_evcc_init(&pair.evcc, pair.now_ms, &pair.evcc_config, &pair.battery);
}

static void hear(const uint8_t *exi, size_t len)
{
    static uint8_t bytes[8192];
    v2gtp_write_header(bytes, V2GTP_EXI, (uint32_t)len);
    memcpy(bytes + V2GTP_HEADER_LEN, exi, len);
    CHECK(v2g_evcc_input(&pair.evcc, pair.now_ms, bytes, len + V2GTP_HEADER_LEN) > 0);
}

/* Each car numbers its protocols as it likes, so the recorded choice says nothing to ours. */
static void agree(enum v2g_protocol protocol)
{
    const struct sap_supported_app_protocol_res res = {
        .response_code = SAP_RESPONSE_CODE_OK_SUCCESSFUL_NEGOTIATION,
        .schema_id = (uint8_t)protocol,
        .has_schema_id = true};
    struct exi_message message = {.root = SAP_SUPPORTED_APP_PROTOCOL_RES, .value = &res};
    uint8_t exi[32];
    const int len = exi_encode(&exi_set_sap, &message, exi, sizeof exi);
    CHECK(len > 0);
    hear(exi, (size_t)len);
}

/* Until our car ends the session or the recorded charger has no such answer any more. */
static struct journey drive(const struct recording *r)
{
    static uint8_t bytes[4096];
    struct journey journey = {.end = V2G_EVCC_NOT_YET};
    size_t at = 2;
    begin_car(r, &journey);
    while (pair.evcc.end == V2G_EVCC_NOT_YET) {
        pair.now_ms += 10;
        pair.battery.contactor_closed = v2g_evcc_wants_contactor(&pair.evcc);
        v2g_evcc_set_battery(&pair.evcc, &pair.battery);
        v2g_evcc_tick(&pair.evcc, pair.now_ms);
        const int len = v2g_evcc_output(&pair.evcc, bytes, sizeof bytes);
        if (len <= 0) {
            continue;
        }
        if (pair.evcc.phase == V2G_PHASE_HANDSHAKE) {
            agree(r->protocol);
            continue;
        }
        const struct recorded_frame *reply = next_answer(r, pair.evcc.kind, &at);
        if (reply == NULL) {
            break;
        }
        hear(reply->exi, reply->len);
        journey.answers++;
        journey.charged = journey.charged || pair.evcc.phase == V2G_PHASE_CHARGING;
    }
    journey.end = pair.evcc.end;
    return journey;
}

/* Where our car does not get as far as the recorded one, or farther. */
static const struct {
    const char *capture;
    enum v2g_evcc_end end;
    const char *why;
} detours[] = {
    {"DIN_DC_DS5366_Josev", V2G_EVCC_NOT_YET, "Josev takes power at 366 V of 460; our car waits"},
    {"_PnC_TLS_", V2G_EVCC_UNSUITABLE, "these chargers take contracts only, our car has none"}};

static bool takes_a_detour(const char *capture, enum v2g_evcc_end end)
{
    for (unsigned i = 0; i < sizeof detours / sizeof detours[0]; i++) {
        if (strstr(capture, detours[i].capture) != NULL && detours[i].end == end) {
            return true;
        }
    }
    return false;
}

static void check_journey(const char *capture, const struct journey *j)
{
    const bool proper = j->end == V2G_EVCC_NOT_YET || j->end == V2G_EVCC_STOPPED ||
                        j->end == V2G_EVCC_PAUSED || (j->end == V2G_EVCC_REFUSED && j->refused);
    const bool as_far = j->charged == j->theirs_did && proper;
    if (!as_far && !takes_a_detour(capture, j->end)) {
        check_report(false, __FILE__, __LINE__, capture);
        check_report(false, __FILE__, __LINE__, v2g_evcc_end_name(j->end));
    }
}

static void what_real_chargers_answered_takes_our_car_as_far(void)
{
    unsigned answers = 0;
    unsigned n_charged = 0;
    for (unsigned i = 0; i < N_CAPTURES; i++) {
        const int n = recording_read(captures[i], recordings);
        if (n < 0) {
            return;
        }
        for (int c = 0; c < n; c++) {
            if (recordings[c].protocol != V2G_PROTOCOL_NONE) {
                const struct journey j = drive(&recordings[c]);
                check_journey(captures[i], &j);
                answers += j.answers;
                n_charged += j.charged;
            }
            recording_free(&recordings[c]);
        }
    }
    printf("%u answers taken, %u sessions charged\n", answers, n_charged);
    CHECK(answers > 12000);
    CHECK(n_charged >= 15);
}

CHECK_MAIN(TEST(what_real_cars_asked_is_answered_as_real_chargers_did),
           TEST(what_real_chargers_answered_takes_our_car_as_far))
