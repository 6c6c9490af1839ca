/* SPDX-License-Identifier: MIT
 * Every error has its own message and its own test; what is refused leaves the arena as it was. The
 * bit strings are written by hand, event code by event code.
 */
#include <stdalign.h>
#include <string.h>

#include "bitstring.h"
#include "check.h"
#include "exi/din.h"
#include "exi/iso2.h"
#include "exi/iso20.h"
#include "exi/sap.h"

enum { CAP = 24 << 10, MANY = 600 };

static struct {
    alignas(8) uint8_t memory[64 << 10];
    uint8_t in[CAP];
    struct exi_arena arena;
    struct exi_message message;
} t;

#define HEADER2                                                                                    \
    "0 0 0 00000001 00000001 0"                                                                    \
    "10"
#define HEADER20 "0 0 0 00000001 00000001 0 0 0 00000001 0 01"

static void refuses(const struct exi_set *set, size_t len, enum exi_error error, int result)
{
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    CHECK_EQ(exi_decode(set, t.in, len, &t.arena, &t.message), result);
    CHECK_STR(exi_error_name(t.message.error), exi_error_name(error));
    CHECK(t.message.value == NULL);
    CHECK_EQ(t.arena.used, 0);
    CHECK(t.message.bits <= 8 * len);
}

static void refuses_bits(const struct exi_set *set, const char *bits, enum exi_error error)
{
    const size_t len = bitstring_bytes(bits, t.in);
    refuses(set, len, error, E_MALFORMED);
}

static void nothing_is_truncated(void)
{
    refuses(&exi_set_iso2, 0, EXI_TRUNCATED, E_TRUNCATED);
    CHECK_EQ(t.message.bits, 0);
}

static void a_message_that_ends_too_early_is_truncated(void)
{
    const size_t len = bitstring_bytes("10000000 1001100 0 0 0 00001000 00000001", t.in);
    refuses(&exi_set_iso2, len, EXI_TRUNCATED, E_TRUNCATED);
}

static void a_forged_length_is_found_before_memory_is_touched(void)
{
    size_t n = bitstring_append(t.in, 0, "10000000 00 0 0 0"); /* ProtocolNamespace of 2^28 */
    n = bitstring_append(t.in, n, "10000010 10000000 10000000 10000000 00000001 01100001 01100010");
    refuses(&exi_set_sap, (n + 7) / 8, EXI_TRUNCATED, E_TRUNCATED);
    n = bitstring_append(t.in, 0, "10000000 1001100 0 0 0"); /* a SessionID of 2^28 */
    n = bitstring_append(t.in, n, "10000000 10000000 10000000 10000000 00000001 11111111");
    refuses(&exi_set_iso2, (n + 7) / 8, EXI_TRUNCATED, E_TRUNCATED);
}

static void too_long_is_refused_unread(void)
{
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    CHECK_EQ(exi_decode(&exi_set_iso2, t.in, (size_t)EXI_MAX_LEN + 1, &t.arena, &t.message),
             E_LIMIT);
    CHECK_EQ(t.message.error, EXI_TOO_LONG);
}

static void other_headers_are_told_apart(void)
{
    refuses_bits(&exi_set_iso2, "00100100 01000101 01011000 01001001", EXI_HEADER); /* "$EXI" */
    refuses_bits(&exi_set_iso2, "00000001", EXI_HEADER);
    refuses_bits(&exi_set_iso2, "11000000", EXI_HEADER);
    refuses_bits(&exi_set_iso2, "10100000", EXI_OPTIONS);
    refuses_bits(&exi_set_iso2, "10000001", EXI_VERSION);
    refuses_bits(&exi_set_iso2, "10010000", EXI_VERSION);
}

static void a_root_that_is_no_message_is_refused(void)
{
    refuses_bits(&exi_set_iso2, "10000000 0000000 0", EXI_ROOT);
    refuses_bits(&exi_set_iso2, "10000000 1010001 0", EXI_DEVIATION);  /* the escape, 81 */
    refuses_bits(&exi_set_iso2, "10000000 1111111 0", EXI_EVENT_CODE); /* 127 of 81 */
    refuses_bits(&exi_set_iso2_fragment, "10000000 00000000 0", EXI_ROOT);
}

static void a_fragment_is_one_element(void)
{
    /* DHpublickey, Id "a", value aa; then not ED but another element */
    refuses_bits(&exi_set_iso2_fragment,
                 "10000000 00101101 0 00000011 01100001 0 00000001 10101010 0 00101101", EXI_ROOT);
}

static void content_outside_the_schema_is_a_deviation(void)
{
    refuses_bits(&exi_set_iso2, "10000000 1001100 1 000", EXI_DEVIATION);
    refuses_bits(&exi_set_iso2, "10000000 1001100 0 1", EXI_DEVIATION);
    /* an element without a value is one, unless text or binary was due */
    refuses_bits(&exi_set_iso2, "10000000 1001100" HEADER2 "0 000001 0 1 000", EXI_DEVIATION);
    /* xsi:type on a text element */
    refuses_bits(&exi_set_iso2, "10000000 1001100 0 0 1 001 00000000", EXI_DEVIATION);
}

static void an_event_code_that_nothing_has_is_refused(void)
{
    /* two bits after SessionID have three productions and the escape; three bits of the body's six
     * have 36 and the escape, so 37 and more are nothing */
    refuses_bits(&exi_set_iso2, "10000000 1001100" HEADER2 "0 100101 0", EXI_EVENT_CODE);
    refuses_bits(&exi_set_iso2, "10000000 1001100" HEADER2 "0 100100 0", EXI_DEVIATION);
}

static void an_abstract_element_is_refused(void)
{
    refuses_bits(&exi_set_iso2, "10000000 1001100" HEADER2 "0 000010 0", EXI_ABSTRACT);
}

static const char signed_header[] = "10000000 1001100 0 0 0 00000001 00000001 0 01";

static void wildcards_and_text_between_elements_are_refused(void)
{
    char bits[512];
    size_t n = strlen(signed_header);
    memcpy(bits, signed_header, n + 1);
    strcpy(bits + n, "01 01 0 00000011 01100001 00"); /* SE(*) in CanonicalizationMethod */
    refuses_bits(&exi_set_iso2, bits, EXI_WILDCARD);
    strcpy(bits + n, "01 01 0 00000011 01100001 10 00000011 01100001"); /* CH */
    refuses_bits(&exi_set_iso2, bits, EXI_MIXED);
    strcpy(bits + n, "01 01 0 00000011 01100001 01 0 0 00000011 01100010 010 0 100 0 00000011 "
                     "01100011 01 0 0 00000001 10101010 0 0 01 0 01 00000001 10101010 0 00");
    refuses_bits(&exi_set_iso2, bits, EXI_WILDCARD); /* KeyInfo */
}

static void values_outside_their_type_are_refused(void)
{
    /* response code 26 of 26 */
    refuses_bits(&exi_set_iso2, "10000000 1001100" HEADER2 "0 000001 0 0 11010 0", EXI_ENUMERATION);
    /* EVRESSSOC 101 of 0..100 */
    refuses_bits(&exi_set_iso2,
                 "10000000 1001100" HEADER2 "0 000011 0 0 0 1 0 0 0 0000 0 0 0 1100101 0",
                 EXI_RANGE);
    /* ServiceDetailReq, ServiceID 65536 */
    refuses_bits(&exi_set_iso2,
                 "10000000 1001100" HEADER2 "0 011001 0 0 10000000 10000000 00000100 0", EXI_RANGE);
    /* TimeStamp of 2^64 */
    refuses_bits(&exi_set_iso20,
                 "10000000 100011 0 0 0 00000001 00000001 0 0 0 10000000 10000000 10000000"
                 "10000000 10000000 10000000 10000000 10000000 10000000 00000010 0",
                 EXI_RANGE);
    /* VehicleFrame 32768 */
    refuses_bits(&exi_set_iso20,
                 "10000000 110001" HEADER20 "0 0 00 0 0 0 10 0 000 0 0 10000000 10000000 00000010",
                 EXI_RANGE);
}

static void an_integer_of_eleven_groups_is_refused(void)
{
    refuses_bits(&exi_set_iso20,
                 "10000000 100011 0 0 0 00000001 00000001 0 0 0 10000000 10000000 10000000"
                 "10000000 10000000 10000000 10000000 10000000 10000000 10000000 00000000 0",
                 EXI_INTEGER_LEN);
}

static void a_value_longer_than_the_schema_allows_is_refused(void)
{
    refuses_bits(&exi_set_iso2,
                 "10000000 1001100 0 0 0 00001001 00000000 00000000 00000000 00000000 00000000"
                 "00000000 00000000 00000000 00000000 0",
                 EXI_LENGTH);
    size_t n = bitstring_append(t.in, 0, "10000000 00 0 0 0 01100111"); /* 101 of 100 */
    for (int i = 0; i < 101; i++) {
        n = bitstring_append(t.in, n, "01100001");
    }
    refuses(&exi_set_sap, (n + 7) / 8, EXI_LENGTH, E_MALFORMED);
}

static void a_length_that_no_number_holds_is_refused(void)
{
    /* of 2^32 and more, of text and of binary; of eleven groups */
    refuses_bits(&exi_set_sap, "10000000 00 0 0 0 10000000 10000000 10000000 10000000 00010000 0",
                 EXI_RANGE);
    refuses_bits(&exi_set_iso2,
                 "10000000 1001100 0 0 0 10000000 10000000 10000000 10000000 00010000 0",
                 EXI_RANGE);
    refuses_bits(&exi_set_sap,
                 "10000000 00 0 0 0 10000000 10000000 10000000 10000000 10000000 10000000 10000000 "
                 "10000000 10000000 10000000 00000000",
                 EXI_INTEGER_LEN);
}

static void characters_that_do_not_exist_are_refused(void)
{
    refuses_bits(&exi_set_sap, "10000000 00 0 0 0 00000011 00000000 0", EXI_CHARACTER);
    refuses_bits(&exi_set_sap, "10000000 00 0 0 0 00000011 10000000 10110000 00000011 0",
                 EXI_CHARACTER); /* U+D800 */
    refuses_bits(&exi_set_sap, "10000000 00 0 0 0 00000011 10000000 10000000 01000100 0",
                 EXI_CHARACTER); /* U+110000 */
}

static void a_reference_to_nothing_is_refused(void)
{
    refuses_bits(&exi_set_sap, "10000000 00 0 0 0 00000000 0", EXI_STRING_HIT);
    refuses_bits(&exi_set_sap, "10000000 00 0 0 0 00000001 0", EXI_STRING_HIT);
    /* an empty string is not remembered */
    refuses_bits(&exi_set_sap,
                 "10000000 00 0 0 0 00000010 0 0 0 00000001 0 0 0 00000000 0 0 0 00000000 0 0 0 "
                 "00000 0 0 00 0 0 00000001 0",
                 EXI_STRING_HIT);
}

/* An eMAID whose text is a reference to its Id of `n` characters: 18 are allowed. */
static int decode_referring_emaid(const char *character, unsigned n)
{
    size_t at = bitstring_append(t.in, 0, "10000000 11101100 000000100");
    char len[9] = {0};
    for (unsigned i = 0; i < 8; i++) {
        len[i] = (char)('0' + ((n + 2) >> (7 - i) & 1));
    }
    at = bitstring_append(t.in, at, len);
    for (unsigned i = 0; i < n; i++) {
        at = bitstring_append(t.in, at, character);
    }
    at = bitstring_append(t.in, at,
                          "100000000 00000001 11110100 11110100"); /* global hit, no bits */
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    return exi_decode(&exi_set_iso2_fragment, t.in, (at + 7) / 8, &t.arena, &t.message);
}

static void a_reference_to_a_string_too_long_for_its_element_is_refused(void)
{
    static const char *const characters[] = {
        "01100001",                    /* a */
        "11101001 00000001",           /* U+E9 */
        "10101100 11000001 00000000",  /* U+20AC in more groups than it needs */
        "10001100 11101010 00000111"}; /* U+1F50C, four octets */
    for (unsigned i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        CHECK_EQ(decode_referring_emaid(characters[i], 18), E_OK);
        CHECK_EQ(decode_referring_emaid(characters[i], 19), E_MALFORMED);
        CHECK_EQ(t.message.error, EXI_LENGTH);
        CHECK_EQ(decode_referring_emaid(characters[i], 80), E_MALFORMED);
        CHECK_EQ(t.message.error, EXI_LENGTH);
    }
}

static void an_identifier_beyond_the_last_string_is_refused(void)
{
    /* SignedInfo with the strings "a", "b", "t", then URI refers to the fourth of three */
    refuses_bits(&exi_set_xmldsig,
                 "10000000 100000 01 0 00000011 01100001 01 0 0 00000011 01100010 010"
                 "0 001 00000011 01110100 00 00000001 11",
                 EXI_STRING_HIT);
}

static void a_small_optional_element_has_its_content_and_its_end(void)
{
#define STATUS                                                                                     \
    "10000000 1001100" HEADER2 "0 000100 0 0 00000 0" /* CableCheckRes, OK */                      \
    "0 0 0 00000000 0 0 0 00 0 00"                    /* ..., EVSEIsolationStatus */
    refuses_bits(&exi_set_iso2, STATUS "0 000 1", EXI_DEVIATION);
    refuses_bits(&exi_set_iso2, STATUS "1 000 0", EXI_DEVIATION);
    refuses_bits(&exi_set_iso2, STATUS "0 111 0", EXI_ENUMERATION);
}

/* An eMAID is read in a second grammar where the relaxed one fails. What an arena cannot hold is no
 * reason to call the message malformed. */
static void an_emaid_that_the_arena_cannot_hold_is_not_called_malformed(void)
{
    size_t n = bitstring_append(t.in, 0, "10000000 11101100 000000100 00000011 01011000 100000000");
    n = bitstring_append(t.in, n, "00000110"); /* four characters, e acute */
    for (int i = 0; i < 4; i++) {
        n = bitstring_append(t.in, n, "11101001 00000001");
    }
    n = bitstring_append(t.in, n, "11110100 11110100");
    size_t cap = 0;
    int result = E_NOSPACE;
    for (; result == E_NOSPACE && cap < 128; cap += 8) {
        exi_arena_init(&t.arena, t.memory, cap);
        result = exi_decode(&exi_set_iso2_fragment, t.in, (n + 7) / 8, &t.arena, &t.message);
        CHECK_EQ(t.message.error, result == E_OK ? EXI_OK : EXI_ARENA);
    }
    CHECK_EQ(result, E_OK);
    const struct iso2_emaid *emaid = t.message.value;
    CHECK(result == E_OK && exi_text_equal(emaid->value, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"));
}

static void a_fragment_that_neither_grammar_has_is_refused(void)
{
    refuses_bits(&exi_set_iso2_fragment, "10000000 11101100 1 00000000 00000000", EXI_DEVIATION);
    size_t len = bitstring_bytes("10000000 11101100 000000100 00000011 01011000 100000000", t.in);
    refuses(&exi_set_iso2_fragment, len, EXI_TRUNCATED, E_TRUNCATED);
}

/* A message of MANY different strings, the last of which comes twice. */
static int many_strings(bool referring)
{
    static char names[MANY][8];
    static struct iso20_parameter parameters[MANY];
    static struct iso20_parameter_set sets[MANY / 30];
    for (unsigned i = 0; i < MANY; i++) {
        const unsigned n = i == MANY - 1 ? i - 1 : i;
        names[i][0] = 'n';
        names[i][1] = (char)('0' + n / 100);
        names[i][2] = (char)('0' + n / 10 % 10);
        names[i][3] = (char)('0' + n % 10);
        parameters[i] = (struct iso20_parameter){
            .name = exi_text_of(names[i]), .parameter_value_choice = ISO20_PARAMETER_VALUE_BOOL};
    }
    for (unsigned i = 0; i < MANY / 30; i++) {
        sets[i] =
            (struct iso20_parameter_set){.parameter = parameters + i * 30, .parameter_count = 30};
    }
    const struct iso20_service_detail_res res = {.header = {.session_id = EXI_BLOB("12345678", 8)},
                                                 .service_parameter_list = {sets, MANY / 30}};
    struct exi_message m = {.root = ISO20_SERVICE_DETAIL_RES, .value = &res};
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    return referring ? exi_encode_referring(&exi_set_iso20, &m, &t.arena, t.in, sizeof t.in)
                     : exi_encode(&exi_set_iso20, &m, t.in, sizeof t.in);
}

static void more_strings_than_are_remembered_are_refused_only_with_references(void)
{
    const int referring = many_strings(true);
    if (CHECK(referring > 0)) {
        refuses(&exi_set_iso20, (size_t)referring, EXI_STRINGS, E_LIMIT);
    }
    const int literal = many_strings(false);
    if (CHECK(literal > 0)) {
        exi_arena_init(&t.arena, t.memory, sizeof t.memory);
        CHECK_EQ(exi_decode(&exi_set_iso20, t.in, (size_t)literal, &t.arena, &t.message), E_OK);
    }
}

/* What the encoder refuses ----------------------------------------------------------------------
 */

static void refuses_to_write(const struct iso2_body *body, enum exi_error error)
{
    const struct iso2_v2g_message v = {.header = {.session_id = EXI_BLOB("", 0)}, .body = *body};
    struct exi_message m = {.root = ISO2_V2G_MESSAGE, .value = &v};
    CHECK_EQ(exi_encode(&exi_set_iso2, &m, t.in, sizeof t.in), E_ARG);
    CHECK_STR(exi_error_name(m.error), exi_error_name(error));
}

static void refuses_setup(struct exi_text evse_id, enum iso2_response_code code,
                          enum exi_error error)
{
    const struct iso2_session_setup_res setup = {.response_code = code, .evse_id = evse_id};
    refuses_to_write(
        &(struct iso2_body){.which = ISO2_SESSION_SETUP_RES, .session_setup_res = &setup}, error);
}

static void a_value_that_breaks_the_schema_is_not_written(void)
{
    const enum iso2_response_code ok = ISO2_RESPONSE_CODE_OK;
    refuses_setup((struct exi_text){.at = NULL}, ok, EXI_MISSING);
    refuses_setup(EXI_TEXT("an EVSE id with more than thirty-seven characters"), ok, EXI_LENGTH);
    refuses_setup(EXI_TEXT("\xFF"), ok, EXI_CHARACTER);
    refuses_setup(EXI_TEXT("\xED\xA0\x80"), ok, EXI_CHARACTER);     /* the first surrogate */
    refuses_setup(EXI_TEXT("\xED\xBF\xBF"), ok, EXI_CHARACTER);     /* the last */
    refuses_setup(EXI_TEXT("\xF4\x90\x80\x80"), ok, EXI_CHARACTER); /* U+110000 */
    refuses_setup(EXI_TEXT("\xC1\xBF"), ok, EXI_CHARACTER);         /* longer than it must be */
    refuses_setup(EXI_TEXT("\xE0\x9F\xBF"), ok, EXI_CHARACTER);
    refuses_setup(EXI_TEXT("\xF0\x8F\xBF\xBF"), ok, EXI_CHARACTER);
    refuses_setup(EXI_TEXT("\xC3\x28"), ok, EXI_CHARACTER); /* no continuation */
    refuses_setup(EXI_TEXT("\x80"), ok, EXI_CHARACTER);     /* nothing but one */
    refuses_setup(EXI_TEXT("\xC3"), ok, EXI_CHARACTER);     /* cut */
    refuses_setup(EXI_TEXT("DE*A"), (enum iso2_response_code)26, EXI_ENUMERATION);
    refuses_to_write(&(struct iso2_body){.which = ISO2_SESSION_SETUP_RES}, EXI_MISSING);
    refuses_to_write(&(struct iso2_body){.which = (enum iso2_message)36}, EXI_CHOICE);
    refuses_to_write(&(struct iso2_body){.which = (enum iso2_message)3}, EXI_CHOICE);
    const struct iso2_cable_check_req check = {.dc_ev_status = {.ev_ress_soc = 101}};
    refuses_to_write(&(struct iso2_body){.which = ISO2_CABLE_CHECK_REQ, .cable_check_req = &check},
                     EXI_RANGE);
    const struct iso2_cable_check_req below = {.dc_ev_status = {.ev_ress_soc = -1}};
    refuses_to_write(&(struct iso2_body){.which = ISO2_CABLE_CHECK_REQ, .cable_check_req = &below},
                     EXI_RANGE);
}

static void refuses_serial(struct exi_blob groups, enum exi_error error)
{
    const struct xmldsig_x509_issuer_serial serial = {.x509_issuer_name = EXI_TEXT("n"),
                                                      .x509_serial_number = {.groups = groups}};
    const struct iso2_certificate_installation_req req = {
        .id = EXI_TEXT("a"),
        .oem_provisioning_cert = EXI_BLOB("", 0),
        .list_of_root_certificate_ids = {&serial, 1}};
    refuses_to_write(&(struct iso2_body){.which = ISO2_CERTIFICATE_INSTALLATION_REQ,
                                         .certificate_installation_req = &req},
                     error);
}

static void an_integer_whose_groups_are_wrong_is_not_written(void)
{
    uint8_t groups[EXI_MAX_INTEGER_LEN + 1];
    memset(groups, 0x80, sizeof groups);
    groups[EXI_MAX_INTEGER_LEN] = 1;
    refuses_serial((struct exi_blob){.at = NULL}, EXI_MISSING);
    refuses_serial(EXI_BLOB(groups, 0), EXI_INTEGER_LEN);
    refuses_serial(EXI_BLOB(groups, sizeof groups), EXI_INTEGER_LEN);
    refuses_serial(EXI_BLOB(groups, 2), EXI_INTEGER_LEN);     /* goes on behind its end */
    refuses_serial(EXI_BLOB("\x01\x01", 2), EXI_INTEGER_LEN); /* ends before it */
}

static void a_binary_value_that_is_too_long_is_not_written(void)
{
    const struct iso2_authorization_req req = {.gen_challenge = EXI_BLOB("0123456789abcdef+", 17)};
    refuses_to_write(
        &(struct iso2_body){.which = ISO2_AUTHORIZATION_REQ, .authorization_req = &req},
        EXI_LENGTH);
}

static void lists_of_a_wrong_length_are_not_written(void)
{
    const struct iso2_service services[9] = {{.service_id = 1}};
    const struct iso2_service_list list = {services, 9};
    const enum iso2_payment_option option = ISO2_PAYMENT_OPTION_CONTRACT;
    const enum iso2_energy_transfer_mode mode = ISO2_ENERGY_TRANSFER_MODE_DC_EXTENDED;
    struct iso2_service_discovery_res res = {
        .payment_option_list = {&option, 1},
        .charge_service = {.supported_energy_transfer_mode = {&mode, 1}},
        .service_list = &list};
    const struct iso2_body body = {.which = ISO2_SERVICE_DISCOVERY_RES,
                                   .service_discovery_res = &res};
    refuses_to_write(&body, EXI_COUNT);
    res.service_list = NULL;
    res.payment_option_list.payment_option_count = 0;
    refuses_to_write(&body, EXI_MISSING);
    res.payment_option_list.payment_option = NULL;
    res.payment_option_list.payment_option_count = 1;
    refuses_to_write(&body, EXI_MISSING);
}

static void a_root_that_is_not_of_the_set_is_not_written(void)
{
    struct exi_message m = {.root = 7, .value = &m};
    CHECK_EQ(exi_encode(&exi_set_iso2, &m, t.in, sizeof t.in), E_ARG);
    CHECK_EQ(m.error, EXI_ROOT);
    m.root = 0;
    m.value = NULL;
    CHECK_EQ(exi_encode(&exi_set_iso2, &m, t.in, sizeof t.in), E_ARG);
    CHECK_EQ(m.error, EXI_MISSING);
}

static void every_error_has_a_name_of_its_own(void)
{
    for (int i = 0; i < EXI_ERROR_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            CHECK(strcmp(exi_error_name((enum exi_error)i), exi_error_name((enum exi_error)k)) !=
                  0);
        }
    }
}

CHECK_MAIN(TEST(nothing_is_truncated), TEST(a_message_that_ends_too_early_is_truncated),
           TEST(a_forged_length_is_found_before_memory_is_touched),
           TEST(too_long_is_refused_unread), TEST(other_headers_are_told_apart),
           TEST(a_root_that_is_no_message_is_refused), TEST(a_fragment_is_one_element),
           TEST(content_outside_the_schema_is_a_deviation),
           TEST(an_event_code_that_nothing_has_is_refused), TEST(an_abstract_element_is_refused),
           TEST(wildcards_and_text_between_elements_are_refused),
           TEST(values_outside_their_type_are_refused),
           TEST(an_integer_of_eleven_groups_is_refused),
           TEST(a_value_longer_than_the_schema_allows_is_refused),
           TEST(a_length_that_no_number_holds_is_refused),
           TEST(an_integer_whose_groups_are_wrong_is_not_written),
           TEST(characters_that_do_not_exist_are_refused), TEST(a_reference_to_nothing_is_refused),
           TEST(a_reference_to_a_string_too_long_for_its_element_is_refused),
           TEST(an_identifier_beyond_the_last_string_is_refused),
           TEST(a_small_optional_element_has_its_content_and_its_end),
           TEST(an_emaid_that_the_arena_cannot_hold_is_not_called_malformed),
           TEST(a_fragment_that_neither_grammar_has_is_refused),
           TEST(more_strings_than_are_remembered_are_refused_only_with_references),
           TEST(a_value_that_breaks_the_schema_is_not_written),
           TEST(a_binary_value_that_is_too_long_is_not_written),
           TEST(lists_of_a_wrong_length_are_not_written),
           TEST(a_root_that_is_not_of_the_set_is_not_written),
           TEST(every_error_has_a_name_of_its_own))
