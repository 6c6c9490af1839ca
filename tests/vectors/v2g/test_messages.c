/* SPDX-License-Identifier: MIT
 * Messages and sessions that others recorded: every DIN SPEC 70121 and ISO 15118-2 message passes
 * through the dialect-free form and back, and the cars' side of whole sessions drives our charger.
 */
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "v2g_pair.h"

enum { MAX_LEN = 8192 };

static uint64_t memory[4 * V2G_CODEC_LEN / 8];
static const struct v2g_codec codec = {.memory = (uint8_t *)memory, .cap = sizeof memory};

/* The next line of a text, cut off in place; NULL at its end. */
static char *next_line(char **rest)
{
    char *line = *rest;
    if (line == NULL || *line == '\0') {
        return NULL;
    }
    char *end = strchr(line, '\n');
    *rest = end == NULL ? NULL : end + 1;
    if (end != NULL) {
        *end = '\0';
    }
    return line;
}

static uint64_t other_memory[4 * V2G_CODEC_LEN / 8];
static const struct v2g_codec writer = {.memory = (uint8_t *)other_memory,
                                        .cap = sizeof other_memory};

static enum v2g_protocol protocol_of(const char *name)
{
    return strcmp(name, "din") == 0    ? V2G_PROTOCOL_DIN
           : strcmp(name, "iso2") == 0 ? V2G_PROTOCOL_ISO2
                                       : V2G_PROTOCOL_NONE;
}

/* What was written must read as what was written, byte for byte the second time. */
static bool survives(enum v2g_protocol protocol, const struct v2g_message *message)
{
    static uint8_t once[MAX_LEN];
    static uint8_t twice[MAX_LEN];
    const int len = v2g_codec_encode(&writer, protocol, message, once, sizeof once);
    struct v2g_message back;
    if (len < 0 || v2g_codec_decode(&codec, protocol, once, (size_t)len, &back) < 0) {
        return false;
    }
    const int again = v2g_codec_encode(&writer, protocol, &back, twice, sizeof twice);
    return again == len && memcmp(once, twice, (size_t)len) == 0 && back.kind == message->kind &&
           back.code == message->code;
}

static void every_captured_message_is_understood(void)
{
    size_t size = 0;
    char *text = data_read("v2g/exi_vectors.tsv", &size);
    if (text == NULL) {
        return;
    }
    unsigned read = 0;
    unsigned written = 0;
    unsigned foreign = 0;
    char *rest = text;
    for (char *line = next_line(&rest); line != NULL; line = next_line(&rest)) {
        char *fields[8];
        static uint8_t exi[MAX_LEN];
        if (data_split(line, '\t', fields, 8) < 3) {
            continue;
        }
        const enum v2g_protocol protocol = protocol_of(fields[0]);
        if (protocol == V2G_PROTOCOL_NONE) {
            continue;
        }
        const size_t len = data_hex(fields[2], exi, sizeof exi);
        struct v2g_message message;
        const int result = v2g_codec_decode(&codec, protocol, exi, len, &message);
        if (result == E_UNSUPPORTED) {
            foreign++;
            continue;
        }
        if (!CHECK_EQ(result, E_OK)) {
            check_report(false, __FILE__, __LINE__, fields[1]);
            continue;
        }
        read++;
        written += survives(protocol, &message);
    }
    free(text);
    CHECK(read > 1700);
    CHECK_EQ(foreign, 0);
    /* Two answers say Finished with an abstract SASchedules, which we read but never write. */
    CHECK_EQ(read - written, 2);
}

static struct pair pair;

static bool repeats(const struct v2g_message *answer)
{
    return (answer->kind == V2G_CABLE_CHECK && answer->cable_check.processing != V2G_FINISHED) ||
           (answer->kind == V2G_PRE_CHARGE &&
            abs(answer->pre_charge.present_mv - pair.secc.car.target_mv) > 10000);
}

static void let_time_pass(unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        pair.now_ms += 20;
        pair.stage.cp = V2G_CP_C;
        stage_step(&pair.stage, false);
        v2g_supply_demand(&pair.supply, v2g_secc_demand(&pair.secc));
        v2g_supply_tick(&pair.supply, pair.now_ms);
        v2g_secc_set_supply(&pair.secc, pair.now_ms, v2g_supply_facts(&pair.supply));
        v2g_secc_tick(&pair.secc, pair.now_ms);
    }
}

/* A recorded request, with our session id; a car repeats while it is told to wait. */
static void say(const uint8_t *exi, size_t len)
{
    struct v2g_message request;
    for (int tries = 0; tries < 100; tries++) {
        if (!CHECK_EQ(v2g_codec_decode(&codec, pair.secc.protocol, exi, len, &request), E_OK)) {
            return;
        }
        request.session_id_len = 0;
        if (request.kind == V2G_CHARGE_PARAMETERS) {
            pair.stage.ac = !request.charge_parameters.is_dc;
        }
        static enum v2g_kind last; /* our charger may have been quicker than the recorded one */
        if (request.kind == last && tries == 0 &&
            !v2g_phase_allows(pair.secc.phase, pair.secc.protocol, pair.secc.is_dc, last)) {
            return;
        }
        last = request.kind;
        const struct v2g_message answer = pair_ask(&pair, &request);
        if (v2g_response_failed(answer.code)) {
            check_report(false, __FILE__, __LINE__, v2g_kind_name(answer.kind));
            check_report(false, __FILE__, __LINE__,
                         answer.code < V2G_RESPONSE_COUNT ? v2g_response_name(answer.code)
                                                          : "no answer");
            return;
        }
        if (!repeats(&answer)) {
            return;
        }
        let_time_pass(5);
    }
    CHECK(false);
}

static void replay(const char *path)
{
    size_t size = 0;
    char *text = data_read(path, &size);
    if (text == NULL) {
        return;
    }
    pair_init(&pair, V2G_PROTOCOL_ISO2, V2G_DC_EXTENDED);
    pair.secc_config.dc = (struct v2g_dc_limits){
        .max_mv = 1000000, .max_ma = 400000, .max_w = 200000, .min_ma = 0, .ripple_ma = 1000};
    pair.secc_config.modes = 0x3F;
    pair_start(&pair);
    pair.by_hand = true;
    pair.stage.cp = V2G_CP_C;
    pair.supply.config.max_mv = 1000000;
    pair.supply.config.max_ma = 400000;
    pair.stage.battery_mv = 0;
    let_time_pass(5);
    char *rest = text;
    for (char *line = next_line(&rest); line != NULL; line = next_line(&rest)) {
        char *fields[8];
        static uint8_t exi[MAX_LEN];
        if (data_split(line, '\t', fields, 7) < 6 || strcmp(fields[1], "EV->SE") != 0 ||
            strcmp(fields[3], "doc") != 0) {
            continue;
        }
        const size_t len = data_hex(fields[5], exi, sizeof exi);
        if (strcmp(fields[2], "sap") == 0) {
            static uint8_t frame[MAX_LEN + V2GTP_HEADER_LEN];
            v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
            memcpy(frame + V2GTP_HEADER_LEN, exi, len);
            CHECK(v2g_secc_input(&pair.secc, pair.now_ms, frame, len + V2GTP_HEADER_LEN) > 0);
            CHECK(v2g_secc_output(&pair.secc, frame, sizeof frame) > 0);
            continue;
        }
        say(exi, len);
        let_time_pass(2);
    }
    free(text);
    CHECK_EQ(pair.secc.end, V2G_SECC_STOPPED);
    CHECK(!pair.stage.main);
    CHECK_EQ(pair.stage.unsafe, 0);
}

static void a_recorded_din_car_charges_here(void)
{
    replay("v2g/josev_sessions/din.tsv");
}

static void a_recorded_iso2_dc_car_charges_here(void)
{
    replay("v2g/josev_sessions/iso15118_2_eim_dc.tsv");
}

static void a_recorded_iso2_ac_car_charges_here(void)
{
    replay("v2g/josev_sessions/iso15118_2_eim_ac.tsv");
}

static void cars_that_refer_to_earlier_strings_charge_too(void)
{
    replay("v2g/josev_sessions/value_hits/din.tsv");
    replay("v2g/josev_sessions/value_hits/iso15118_2_eim_dc.tsv");
}

/* What a DIN car has no business to say: the contract's messages, the receipt, the AC loop. A
 * generated message says its own session id, so the charger has it too. */
static bool refused_well(const uint8_t *exi, size_t len)
{
    static uint8_t frame[MAX_LEN];
    struct v2g_message request;
    struct v2g_message answer;
    if (!pair_reach(&pair, V2G_PROTOCOL_DIN, V2G_DC_EXTENDED, V2G_PHASE_PARAMETERS) ||
        v2g_codec_decode(&codec, V2G_PROTOCOL_DIN, exi, len, &request) < 0) {
        return false;
    }
    memcpy(pair.secc.session_id, request.session_id, V2G_SESSION_ID_LEN);
    v2gtp_write_header(frame, V2GTP_EXI, (uint32_t)len);
    memcpy(frame + V2GTP_HEADER_LEN, exi, len);
    (void)v2g_secc_input(&pair.secc, pair.now_ms, frame, len + V2GTP_HEADER_LEN);
    const int answered = v2g_secc_output(&pair.secc, frame, sizeof frame);
    return answered > 0 &&
           v2g_codec_decode(&codec, V2G_PROTOCOL_DIN, frame + V2GTP_HEADER_LEN,
                            (size_t)answered - V2GTP_HEADER_LEN, &answer) == E_OK &&
           answer.kind == request.kind && answer.code == V2G_RESPONSE_FAILED_SEQUENCE &&
           pair.secc.end == V2G_SECC_SEQUENCE_ERROR;
}

static void a_din_car_with_a_contract_is_refused_by_readable_answers(void)
{
    static const char *const names[] = {"PaymentDetailsReq", "CertificateInstallationReq",
                                        "CertificateUpdateReq", "MeteringReceiptReq",
                                        "ChargingStatusReq"};
    size_t size = 0;
    unsigned n = 0;
    char *text = data_read("v2g/exi_oracle_generated.tsv", &size);
    char *rest = text;
    for (char *line = next_line(&rest); line != NULL; line = next_line(&rest)) {
        char *fields[8];
        static uint8_t exi[MAX_LEN];
        if (data_split(line, '\t', fields, 8) < 3 || strcmp(fields[0], "din") != 0) {
            continue;
        }
        for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (strcmp(fields[1], names[i]) != 0) {
                continue;
            }
            n++;
            if (!CHECK(refused_well(exi, data_hex(fields[2], exi, sizeof exi)))) {
                check_report(false, __FILE__, __LINE__, fields[1]);
            }
        }
    }
    CHECK(text == NULL || n >= 80);
    free(text);
}

CHECK_MAIN(TEST(every_captured_message_is_understood),
           TEST(a_din_car_with_a_contract_is_refused_by_readable_answers),
           TEST(a_recorded_din_car_charges_here), TEST(a_recorded_iso2_dc_car_charges_here),
           TEST(a_recorded_iso2_ac_car_charges_here),
           TEST(cars_that_refer_to_earlier_strings_charge_too))
