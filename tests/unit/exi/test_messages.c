/* SPDX-License-Identifier: MIT
 * Real frames, read field by field and written again. The first three are in the field's public
 * test material (a Hyundai Ioniq's handshake; DIN and ISO 15118-2 sessions).
 */
#include <stdalign.h>
#include <string.h>

#include "check.h"
#include "exi/din.h"
#include "exi/iso2.h"
#include "exi/iso20_dc.h"
#include "exi/sap.h"

static alignas(8) uint8_t memory[4096];
static struct exi_arena arena;

static size_t unhex(const char *text, uint8_t *out)
{
    size_t n = 0;
    for (; text[0] != 0; text += 2, n++) {
        unsigned byte = 0;
        for (int i = 0; i < 2; i++) {
            const unsigned c = (unsigned char)text[i];
            byte = byte << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
        }
        out[n] = (uint8_t)byte;
    }
    return n;
}

static const void *decoded(const struct exi_set *set, const char *hex, struct exi_message *message)
{
    static uint8_t in[512];
    const size_t len = unhex(hex, in);
    exi_arena_init(&arena, memory, sizeof memory);
    CHECK_EQ(exi_decode(set, in, len, &arena, message), E_OK);
    CHECK_STR(exi_error_name(message->error), "EXI_OK");
    uint8_t out[512];
    struct exi_message again = *message;
    const int written = exi_encode(set, &again, out, sizeof out);
    CHECK_BYTES(out, written < 0 ? 0 : (size_t)written, in, len);
    return message->value;
}

static void an_ioniq_offers_din_with_priority_one(void)
{
    struct exi_message m;
    const struct sap_supported_app_protocol_req *req = decoded(
        &exi_set_sap, "8000dbab9371d3234b71d1b981899189d191818991d26b9b3a232b30020000040040", &m);
    CHECK_EQ(m.root, SAP_SUPPORTED_APP_PROTOCOL_REQ);
    CHECK_EQ(req->app_protocol_count, 1);
    const struct sap_app_protocol *one = &req->app_protocol[0];
    CHECK(exi_text_equal(one->protocol_namespace, "urn:din:70121:2012:MsgDef"));
    CHECK_EQ(one->version_number_major, 2);
    CHECK_EQ(one->version_number_minor, 0);
    CHECK_EQ(one->schema_id, 1);
    CHECK_EQ(one->priority, 1);
}

static void a_handshake_answer_may_lack_the_schema_id(void)
{
    struct exi_message m;
    const struct sap_supported_app_protocol_res *res = decoded(&exi_set_sap, "80400040", &m);
    CHECK_EQ(res->response_code, SAP_RESPONSE_CODE_OK_SUCCESSFUL_NEGOTIATION);
    CHECK(res->has_schema_id);
    CHECK_EQ(res->schema_id, 1);
    res = decoded(&exi_set_sap, "804880", &m);
    CHECK_EQ(res->response_code, SAP_RESPONSE_CODE_FAILED_NO_NEGOTIATION);
    CHECK(!res->has_schema_id);
}

static void a_din_current_demand_reads_as_amperes_and_volts(void)
{
    struct exi_message m;
    const struct din_v2g_message *v = decoded(
        &exi_set_din, "809a0203af96e35a4fb8de50d1401240c0c0b46001810580480c08360100c143340800", &m);
    const uint8_t session[8] = {0x0e, 0xbe, 0x5b, 0x8d, 0x69, 0x3e, 0xe3, 0x79};
    CHECK(exi_blob_equal(v->header.session_id, session, sizeof session));
    CHECK(v->header.notification == NULL && v->header.signature == NULL);
    CHECK_EQ(v->body.which, DIN_CURRENT_DEMAND_REQ);
    const struct din_current_demand_req *req = v->body.current_demand_req;
    CHECK(req->dc_ev_status.ev_ready);
    CHECK_EQ(req->dc_ev_status.ev_ress_soc, 73);
    CHECK_EQ(req->ev_target_current.value, 45);
    CHECK_EQ(req->ev_target_current.unit, DIN_UNIT_SYMBOL_A);
    CHECK(req->ev_maximum_voltage_limit == NULL);
    CHECK(req->has_bulk_charging_complete);
    CHECK(!req->bulk_charging_complete);
    CHECK_EQ(req->remaining_time_to_full_soc->value, 1200);
    CHECK_EQ(req->ev_target_voltage.value, 333);
}

static void an_iso_20_loop_request_chooses_its_control_mode(void)
{
    struct exi_message m;
    const struct iso20_dc_charge_loop_req *req = decoded(
        &exi_set_iso20_dc, "8034046f9381e6ab8eff9d8de87ffd2062005184020c0508c8101404080a14", &m);
    CHECK_EQ(m.root, ISO20_DC_CHARGE_LOOP_REQ);
    CHECK_EQ(req->header.session_id.len, 8);
    CHECK_EQ(req->cl_req_control_mode_choice, ISO20_DC_CL_REQ_CONTROL_MODE_SCHEDULED);
    CHECK(req->scheduled_dc_cl_req_control_mode != NULL);
}

static void an_answer_built_by_hand_is_what_a_charger_sends(void)
{
    const uint8_t session[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct iso2_session_setup_res res = {.response_code =
                                                   ISO2_RESPONSE_CODE_OK_NEW_SESSION_ESTABLISHED,
                                               .evse_id = EXI_TEXT_INIT("DE*PNX*E12345*1"),
                                               .evse_time_stamp = 1700000000,
                                               .has_evse_time_stamp = true};
    const struct iso2_v2g_message v = {
        .header = {.session_id = EXI_BLOB(session, sizeof session)},
        .body = {.which = ISO2_SESSION_SETUP_RES, .session_setup_res = &res}};
    struct exi_message m = {.root = ISO2_V2G_MESSAGE, .value = &v};
    uint8_t out[128];
    const int len = exi_encode(&exi_set_iso2, &m, out, sizeof out);
    CHECK(len > 0);
    exi_arena_init(&arena, memory, sizeof memory);
    struct exi_message back;
    CHECK_EQ(exi_decode(&exi_set_iso2, out, len < 0 ? 0 : (size_t)len, &arena, &back), E_OK);
    const struct iso2_v2g_message *r = back.value;
    CHECK_EQ(r->body.which, ISO2_SESSION_SETUP_RES);
    CHECK(exi_text_equal(r->body.session_setup_res->evse_id, "DE*PNX*E12345*1"));
    CHECK(r->body.session_setup_res->evse_time_stamp == 1700000000);
}

static void octets_behind_a_value_do_not_count(void)
{
    const uint8_t shifted[] = {0x06, 0x16, 0x2F}; /* "ab", four bits into the first octet */
    const struct exi_blob ab = {.at = shifted, .len = 2, .shift = 4};
    uint8_t copy[2];
    CHECK(exi_blob_equal(EXI_BLOB("abX", 2), "abY", 2));
    CHECK(exi_blob_equal(ab, "abY", 2));
    CHECK(!exi_blob_equal(ab, "ac", 2) && !exi_blob_equal(ab, "a", 1));
    CHECK(exi_text_equal(EXI_TEXT("ab"), "ab"));
    CHECK(!exi_text_equal(EXI_TEXT("ab"), "abc") && !exi_text_equal(EXI_TEXT("ab"), "a"));
    CHECK_EQ(exi_blob_copy(ab, copy, 2), 2);
    CHECK_BYTES(copy, sizeof copy, "ab", 2);
    CHECK_EQ(exi_blob_copy(ab, copy, 1), E_NOSPACE);
    char text[3];
    CHECK_EQ(exi_text_copy(EXI_TEXT("ab"), text, 3), 2);
    CHECK_STR(text, "ab");
    CHECK_EQ(exi_text_copy(EXI_TEXT("ab"), text, 2), E_NOSPACE);
}

static void an_arena_aligns_what_it_is_given(void)
{
    for (size_t skip = 0; skip < 8; skip++) {
        for (size_t cap = 0; cap < 40; cap++) {
            exi_arena_init(&arena, memory + skip, cap);
            CHECK(arena.cap == 0 || (uintptr_t)arena.base % 8 == 0);
            CHECK_EQ(arena.cap % 8, 0);
            CHECK(arena.base >= memory + skip && arena.base + arena.cap <= memory + skip + cap);
            CHECK(arena.cap + 16 > cap);
        }
    }
}

CHECK_MAIN(TEST(octets_behind_a_value_do_not_count), TEST(an_arena_aligns_what_it_is_given),
           TEST(an_ioniq_offers_din_with_priority_one),
           TEST(a_handshake_answer_may_lack_the_schema_id),
           TEST(a_din_current_demand_reads_as_amperes_and_volts),
           TEST(an_iso_20_loop_request_chooses_its_control_mode),
           TEST(an_answer_built_by_hand_is_what_a_charger_sends))
