/* SPDX-License-Identifier: MIT
 * Lists filled to what the schema allows: how much of an arena they take, printed and bounded here,
 * and that a smaller arena is refused cleanly. The figures in lib/exi/README.md come from this
 * test.
 */
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "bitstring.h"
#include "check.h"
#include "exi/din.h"
#include "exi/iso2.h"
#include "exi/iso20.h"
#include "exi/sap.h"

enum { ARENA_CAP = 1100 << 10, MESSAGE_CAP = 256 << 10, LONGEST = 2048 };

static struct {
    alignas(8) uint8_t memory[ARENA_CAP];
    uint8_t in[MESSAGE_CAP];
    uint8_t again[MESSAGE_CAP];
} t;

/* What a pointer more or less means for a bound: structs on 32 bits are smaller. */
static size_t bound(size_t bytes_64, size_t bytes_32)
{
    return sizeof(void *) == 8 ? bytes_64 : bytes_32;
}

static void takes(const char *list, const struct exi_set *set, struct exi_message *message,
                  size_t most)
{
    struct exi_arena arena;
    struct exi_message back;
    const int len = exi_encode(set, message, t.in, sizeof t.in);
    if (!CHECK(len > 0)) {
        printf("  %s: %s\n", list, exi_error_name(message->error));
        return;
    }
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    if (!CHECK_EQ(exi_decode(set, t.in, (size_t)len, &arena, &back), E_OK)) {
        printf("  %s: %s\n", list, exi_error_name(back.error));
        return;
    }
    const int again = exi_encode(set, &back, t.again, sizeof t.again);
    CHECK_BYTES(t.again, again < 0 ? 0 : (size_t)again, t.in, (size_t)len);
    /* items that are being read are aligned, so a list in a list may need a little more */
    size_t cap = arena.used - 8;
    int result;
    do {
        cap += 8;
        exi_arena_init(&arena, t.memory, cap);
        result = exi_decode(set, t.in, (size_t)len, &arena, &back);
        CHECK(result == E_OK || back.error == EXI_ARENA);
    } while (result != E_OK && cap < most);
    printf("%-62s %6d bytes of message, %6zu of arena\n", list, len, cap);
    CHECK_EQ(result, E_OK);
    CHECK(cap <= most);
    exi_arena_init(&arena, t.memory, cap - 8);
    CHECK_EQ(exi_decode(set, t.in, (size_t)len, &arena, &back), E_NOSPACE);
    CHECK_EQ(back.error, EXI_ARENA);
    CHECK_EQ(arena.used, 0);
}

static void a_handshake_of_twenty(void)
{
    struct sap_app_protocol protocols[20];
    for (unsigned i = 0; i < 20; i++) {
        protocols[i] = (struct sap_app_protocol){
            .protocol_namespace = EXI_TEXT("urn:iso:std:iso:15118:-20:DC"), .priority = 1};
    }
    const struct sap_supported_app_protocol_req req = {protocols, 20};
    struct exi_message m = {.root = SAP_SUPPORTED_APP_PROTOCOL_REQ, .value = &req};
    takes("SAP: 20 AppProtocol", &exi_set_sap, &m, bound(656, 416));
}

static void iso2_takes(const char *list, const struct iso2_body *body, size_t most)
{
    const struct iso2_v2g_message v = {.header = {.session_id = EXI_BLOB("12345678", 8)},
                                       .body = *body};
    struct exi_message m = {.root = ISO2_V2G_MESSAGE, .value = &v};
    takes(list, &exi_set_iso2, &m, most);
}

/* Three tuples of schedules; `entries` of each, with or without a tariff of all costs. */
static void iso2_schedules(const char *list, unsigned entries, bool tariff, size_t most)
{
    static struct iso2_pmax_schedule_entry pmax[1024];
    static struct iso2_sales_tariff_entry prices[1024];
    const struct iso2_relative_time_interval interval = {
        .start = 900, .duration = 900, .has_duration = true};
    const struct iso2_cost costs[3] = {{.amount = 1}, {.amount = 2}, {.amount = 3}};
    const struct iso2_consumption_cost consumption[3] = {{.cost = costs, .cost_count = 3},
                                                         {.cost = costs, .cost_count = 3},
                                                         {.cost = costs, .cost_count = 3}};
    for (unsigned i = 0; i < entries; i++) {
        pmax[i] =
            (struct iso2_pmax_schedule_entry){.time_interval_choice = ISO2_TIME_INTERVAL_RELATIVE,
                                              .relative_time_interval = &interval};
        prices[i] =
            (struct iso2_sales_tariff_entry){.time_interval_choice = ISO2_TIME_INTERVAL_RELATIVE,
                                             .relative_time_interval = &interval,
                                             .consumption_cost = consumption,
                                             .consumption_cost_count = 3};
    }
    const struct iso2_sales_tariff all = {.sales_tariff_id = 1,
                                          .sales_tariff_entry = prices,
                                          .sales_tariff_entry_count = (uint16_t)entries};
    struct iso2_sa_schedule_tuple tuples[3];
    for (unsigned i = 0; i < 3; i++) {
        tuples[i] = (struct iso2_sa_schedule_tuple){.sa_schedule_tuple_id = 1,
                                                    .pmax_schedule = {pmax, (uint16_t)entries},
                                                    .sales_tariff = tariff ? &all : NULL};
    }
    const struct iso2_sa_schedule_list schedules = {tuples, 3};
    const struct iso2_dc_evse_charge_parameter dc = {
        .dc_evse_status = {.evse_status_code = ISO2_DC_EVSE_STATUS_CODE_EVSE_READY}};
    const struct iso2_charge_parameter_discovery_res res = {
        .sa_schedules_choice = ISO2_SA_SCHEDULES_SA_SCHEDULE_LIST,
        .sa_schedule_list = &schedules,
        .evse_charge_parameter_choice = ISO2_EVSE_CHARGE_PARAMETER_DC,
        .dc_evse_charge_parameter = &dc};
    iso2_takes(list,
               &(struct iso2_body){.which = ISO2_CHARGE_PARAMETER_DISCOVERY_RES,
                                   .charge_parameter_discovery_res = &res},
               most);
}

static void schedules_of_iso_2(void)
{
    iso2_schedules("ISO-2: 3 SAScheduleTuple of 12 PMaxScheduleEntry", 12, false,
                   bound(2040, 1512));
    iso2_schedules("ISO-2: 3 SAScheduleTuple of 1024 PMaxScheduleEntry", 1024, false,
                   bound(147768, 110808));
    iso2_schedules("ISO-2: 3 SalesTariff of 24 entries of 3 ConsumptionCost of 3 Cost", 24, true,
                   bound(23544, 18744));
}

static void services_of_iso_2(void)
{
    struct iso2_parameter parameters[16];
    static struct iso2_parameter_set sets[255];
    for (unsigned i = 0; i < 16; i++) {
        parameters[i] = (struct iso2_parameter){.name = EXI_TEXT("Connector"),
                                                .parameter_value_choice = ISO2_PARAMETER_VALUE_INT,
                                                .int_value = 70000};
    }
    for (unsigned i = 0; i < 255; i++) {
        sets[i] = (struct iso2_parameter_set){.parameter = parameters, .parameter_count = 16};
    }
    const struct iso2_service_parameter_list list = {sets, 255};
    const struct iso2_service_detail_res res = {.service_id = 1, .service_parameter_list = &list};
    iso2_takes("ISO-2: 255 ParameterSet of 16 Parameter",
               &(struct iso2_body){.which = ISO2_SERVICE_DETAIL_RES, .service_detail_res = &res},
               bound(169400, 84720));
}

static void certificates_of_iso_2(void)
{
    static uint8_t certificate[800];
    struct exi_blob subs[4];
    for (unsigned i = 0; i < 4; i++) {
        subs[i] = EXI_BLOB(certificate, sizeof certificate);
    }
    const struct iso2_sub_certificates chain = {subs, 4};
    const struct iso2_payment_details_req req = {
        .emaid = EXI_TEXT("DEABC123456789Y"),
        .contract_signature_cert_chain = {.certificate = EXI_BLOB(certificate, sizeof certificate),
                                          .sub_certificates = &chain}};
    iso2_takes("ISO-2: 5 certificates of 800 bytes",
               &(struct iso2_body){.which = ISO2_PAYMENT_DETAILS_REQ, .payment_details_req = &req},
               bound(184, 104));
}

static void profiles_of_iso_20(void)
{
    static struct iso20_power_schedule_entry entries[LONGEST];
    const struct iso20_rational_number watts = {.value = 7000};
    for (unsigned i = 0; i < LONGEST; i++) {
        entries[i] = (struct iso20_power_schedule_entry){
            .duration = 900, .power = watts, .power_l2 = &watts, .power_l3 = &watts};
    }
    const struct iso20_dynamic_evppt_control_mode dynamic = {0};
    const struct iso20_ev_power_profile profile = {.evppt_control_mode_choice =
                                                       ISO20_EVPPT_CONTROL_MODE_DYNAMIC,
                                                   .dynamic_evppt_control_mode = &dynamic,
                                                   .ev_power_profile_entries = {entries, LONGEST}};
    const struct iso20_power_delivery_req req = {.header = {.session_id = EXI_BLOB("12345678", 8)},
                                                 .ev_power_profile = &profile};
    struct exi_message m = {.root = ISO20_POWER_DELIVERY_REQ, .value = &req};
    takes("-20: 2048 EVPowerProfileEntry of three phases", &exi_set_iso20, &m, bound(82024, 65624));
}

static void prices_of_iso_20(void)
{
    static struct iso20_price_rule_stack stacks[1024];
    const struct iso20_price_rule rule = {.energy_fee = {.exponent = -2, .value = 30}};
    const struct iso20_price_rule rules[8] = {rule, rule, rule, rule, rule, rule, rule, rule};
    static struct iso20_power_schedule_entry entry = {.duration = 900};
    for (unsigned i = 0; i < 1024; i++) {
        stacks[i] = (struct iso20_price_rule_stack){
            .duration = 900, .price_rule = rules, .price_rule_count = 8};
    }
    const struct iso20_absolute_price_schedule prices = {.price_schedule_id = 1,
                                                         .currency = EXI_TEXT("EUR"),
                                                         .language = EXI_TEXT("de"),
                                                         .price_algorithm = EXI_TEXT("x"),
                                                         .price_rule_stacks = {stacks, 1024}};
    const struct iso20_schedule_tuple tuple = {
        .schedule_tuple_id = 1,
        .charging_schedule = {.power_schedule = {.power_schedule_entries = {&entry, 1}},
                              .price_schedule_choice = ISO20_PRICE_SCHEDULE_ABSOLUTE,
                              .absolute_price_schedule = &prices}};
    const struct iso20_scheduled_se_res_control_mode mode = {&tuple, 1};
    const struct iso20_schedule_exchange_res res = {
        .header = {.session_id = EXI_BLOB("12345678", 8)},
        .se_res_control_mode_choice = ISO20_SE_RES_CONTROL_MODE_SCHEDULED,
        .scheduled_se_res_control_mode = &mode};
    struct exi_message m = {.root = ISO20_SCHEDULE_EXCHANGE_RES, .value = &res};
    takes("-20: 1024 PriceRuleStack of 8 PriceRule", &exi_set_iso20, &m, bound(287040, 209104));
}

/* The schema of DIN bounds no list; we do, at what a count holds. */
static void a_list_without_bounds_ends_at_65535(void)
{
    for (unsigned items = EXI_MAX_COUNT; items <= EXI_MAX_COUNT + 1; items++) {
        struct exi_arena arena;
        struct exi_message m;
        size_t n = bitstring_append(t.in, 0,
                                    "10000000 1001101 0 0 0 00000001 00000001 0 10"
                                    "0 011011" /* ServicePaymentSelectionReq */
                                    "0 0 1 0"  /* ExternalPayment */
                                    "0");      /* SelectedServiceList */
        for (unsigned i = 0; i < items; i++) {
            n = bitstring_append(t.in, n, i == 0 ? "0" : "00"); /* one more 0, EE 1 */
            n = bitstring_append(t.in, n, "0 0 00000001 0 01"); /* ServiceID 1; no set */
        }
        n = bitstring_append(t.in, n, "01 0 0 0");
        exi_arena_init(&arena, t.memory, sizeof t.memory);
        const int result = exi_decode(&exi_set_din, t.in, (n + 7) / 8, &arena, &m);
        CHECK_EQ(result, items > EXI_MAX_COUNT ? E_LIMIT : E_OK);
        CHECK_EQ(m.error, items > EXI_MAX_COUNT ? EXI_COUNT : EXI_OK);
    }
}

CHECK_MAIN(TEST(a_handshake_of_twenty), TEST(schedules_of_iso_2), TEST(services_of_iso_2),
           TEST(certificates_of_iso_2), TEST(profiles_of_iso_20), TEST(prices_of_iso_20),
           TEST(a_list_without_bounds_ends_at_65535))
