/* SPDX-License-Identifier: MIT
 * The JSON form, rule by rule, and what reading it refuses.
 */
#include "exi/json.h"

#include <stdalign.h>
#include <string.h>

#include "check.h"
#include "exi/din.h"
#include "exi/iso2.h"
#include "exi/iso20.h"

enum { CAP = 4096, TOKENS = 256 };

static struct {
    alignas(8) uint8_t memory[CAP];
    alignas(8) uint8_t scratch[CAP];
    uint8_t bytes[CAP];
    char text[CAP];
    struct json_token tokens[TOKENS];
    struct json_reader reader;
    struct exi_arena arena;
    struct exi_message message;
    struct exi_json_fault fault;
} t;

static int read_json(const char *protocol, const char *name, const char *text)
{
    CHECK_EQ(json_parse(&t.reader, text, strlen(text), t.tokens, TOKENS), E_OK);
    const struct exi_json_source source = {name, &t.reader, 0};
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    return exi_json_read(exi_dictionary_find(protocol), &source, &t.arena, &t.message, &t.fault);
}

static const char *write_json(const char *protocol, const struct exi_message *message)
{
    struct exi_arena scratch;
    struct json_writer w;
    struct wbuf out = wbuf_of(t.text, sizeof t.text - 1);
    exi_arena_init(&scratch, t.scratch, sizeof t.scratch);
    json_writer_init(&w, &out);
    CHECK_EQ(exi_json_write(exi_dictionary_find(protocol), message, &scratch, &w), E_OK);
    CHECK_EQ(scratch.used, 0);
    t.text[wbuf_len(&out)] = 0;
    return t.text;
}

/* JSON to a message to bytes to a message to JSON. */
static void comes_back(const char *protocol, const char *name, const char *text)
{
    if (!CHECK_EQ(read_json(protocol, name, text), E_OK)) {
        CHECK_STR(exi_json_error_name(t.fault.error), t.fault.element);
        return;
    }
    const struct exi_set *set = exi_dictionary_set(exi_dictionary_find(protocol));
    const int len = exi_encode(set, &t.message, t.bytes, sizeof t.bytes);
    CHECK_STR(exi_error_name(t.message.error), "EXI_OK");
    struct exi_message back;
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    if (CHECK(len > 0) && CHECK_EQ(exi_decode(set, t.bytes, (size_t)len, &t.arena, &back), E_OK)) {
        CHECK_STR(exi_message_name(exi_dictionary_find(protocol), &back), name);
        CHECK_STR(write_json(protocol, &back), text);
    }
}

static void refuses(const char *text, enum exi_json_error error, const char *element)
{
    CHECK_EQ(read_json("din", "CableCheckReq", text), E_MALFORMED);
    CHECK_STR(exi_json_error_name(t.fault.error), exi_json_error_name(error));
    CHECK_STR(t.fault.element, element);
    CHECK_EQ(t.arena.used, 0);
}

#define DIN(status)                                                                                \
    "{\"Header\":{\"SessionID\":\"00FF\"},\"Body\":{\"CableCheckReq\":{\"DC_EVStatus\":" status    \
    "}}}"

static void hexadecimal_is_upper_case_and_enumerations_are_names(void)
{
    comes_back("din", "CableCheckReq",
               DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":57}"));
    comes_back("din", "SessionStopReq",
               "{\"Header\":{\"SessionID\":\"09AFF0A0\"},\"Body\":{\"SessionStopReq\":{}}}");
    CHECK_EQ(
        read_json("din", "SessionStopReq",
                  "{\"Header\":{\"SessionID\":\"09aff0a0\"},\"Body\":{\"SessionStopReq\":{}}}"),
        E_OK);
    const struct din_v2g_message *m = t.message.value;
    CHECK(exi_blob_equal(m->header.session_id, "\x09\xAF\xF0\xA0", 4));
}

static void base64_and_text_beside_attributes(void)
{
    comes_back("iso2frag", "DHpublickey", "{\"Id\":\"ID3\",\"$\":\"AQIDBA==\"}");
    comes_back("iso2frag", "DHpublickey", "{\"Id\":\"ID3\",\"$\":\"AQIDBAU=\"}");
    comes_back("iso2frag", "DHpublickey", "{\"Id\":\"ID3\",\"$\":\"+/+/Az09\"}");
    comes_back("iso2frag", "DHpublickey", "{\"Id\":\"ID3\",\"$\":\"//8=\"}");
    comes_back("iso2frag", "DHpublickey",
               "{\"Id\":\"ID3\",\"$\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
               "0123456789+/\"}");
    comes_back("iso2frag", "DHpublickey", "{\"Id\":\"\",\"$\":\"\"}");
    comes_back("iso2frag", "DHpublickey", "{\"Id\":\"ID3\",\"$\":null}");
    comes_back("iso2frag", "eMAID", "{\"Id\":\"ID4\",\"$\":\"DEABC123456789Y\"}");
    comes_back("iso2frag", "eMAID", "{\"Id\":\"ID4\",\"$\":null}");
}

static void a_repeatable_element_is_always_an_array(void)
{
    comes_back("iso20", "AuthorizationSetupRes",
               "{\"Header\":{\"SessionID\":\"0102030405060708\",\"TimeStamp\":1},"
               "\"ResponseCode\":\"OK\",\"AuthorizationServices\":[\"EIM\"],"
               "\"CertificateInstallationService\":false,\"EIM_ASResAuthorizationMode\":{}}");
    comes_back("sap", "supportedAppProtocolReq",
               "{\"AppProtocol\":[{\"ProtocolNamespace\":\"a\",\"VersionNumberMajor\":1,"
               "\"VersionNumberMinor\":0,\"SchemaID\":1,\"Priority\":1},{\"ProtocolNamespace\":"
               "\"b\",\"VersionNumberMajor\":2,\"VersionNumberMinor\":0,\"SchemaID\":2,"
               "\"Priority\":2},{\"ProtocolNamespace\":\"c\",\"VersionNumberMajor\":3,"
               "\"VersionNumberMinor\":0,\"SchemaID\":3,\"Priority\":3}]}");
    comes_back("iso20wpt", "WPT_PairingReq",
               "{\"Header\":{\"SessionID\":\"01\",\"TimeStamp\":1},\"EVProcessing\":\"Finished\","
               "\"EVResultCode\":\"EVResultUnknown\"}"); /* an optional list is not there */
    CHECK_EQ(read_json("sap", "supportedAppProtocolReq", "{}"), E_MALFORMED);
    CHECK_EQ(t.fault.error, EXI_JSON_MISSING);
    CHECK_EQ(read_json("sap", "supportedAppProtocolReq", "{\"AppProtocol\":[]}"), E_MALFORMED);
    CHECK_EQ(t.fault.error, EXI_JSON_VALUE);
}

static void integers_keep_all_their_digits(void)
{
    comes_back("iso20", "SessionSetupReq",
               "{\"Header\":{\"SessionID\":\"01\",\"TimeStamp\":18446744073709551615},"
               "\"EVCCID\":\"x\"}");
    comes_back("iso20", "VehicleCheckInReq",
               "{\"Header\":{\"SessionID\":\"01\",\"TimeStamp\":0},\"EVCheckInStatus\":\"CheckIn\","
               "\"ParkingMethod\":\"Manual\",\"VehicleFrame\":-32768,\"DeviceOffset\":32767}");
    comes_back("din", "SessionSetupRes",
               "{\"Header\":{\"SessionID\":\"01\"},\"Body\":{\"SessionSetupRes\":{\"ResponseCode\":"
               "\"OK\",\"EVSEID\":\"01\",\"DateTimeNow\":-9223372036854775808}}}");
}

#define BIG                                                                                        \
    "72683872429560689054932380788800453435364136068731806028149019918063928811339792332619105071" \
    "3"                                                                                            \
    "76356556076252160626617793353460162861465"

static const char *with_serial(const char *number)
{
    static char text[512];
    strcpy(text, "{\"Header\":{\"SessionID\":\"01\"},\"Body\":{\"CertificateInstallationReq\":"
                 "{\"Id\":\"a\",\"OEMProvisioningCert\":\"\",\"ListOfRootCertificateIDs\":"
                 "{\"RootCertificateID\":[{\"X509IssuerName\":\"n\",\"X509SerialNumber\":");
    strcat(text, number);
    strcat(text, "}]}}}}");
    return text;
}

static void a_serial_number_keeps_all_its_digits(void)
{
    static const char *const numbers[] = {"0",
                                          "-1",
                                          "-128",
                                          "127",
                                          "-16384",
                                          "340282366920938463463374607431768211456",
                                          "-730750818665451459101842416358141509827966271487",
                                          BIG "5",      /* 2^448 - 1, all bits of 64 groups */
                                          "-" BIG "6"}; /* -2^448, which has those bits too */
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        comes_back("iso2", "CertificateInstallationReq", with_serial(numbers[i]));
    }
}

static void a_serial_number_of_more_groups_than_are_kept_is_refused(void)
{
    static const char *const numbers[] = {BIG "6", "-" BIG "7", BIG "50", "-" BIG "000", "-0"};
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        CHECK_EQ(read_json("iso2", "CertificateInstallationReq", with_serial(numbers[i])),
                 E_MALFORMED);
        CHECK_STR(exi_json_error_name(t.fault.error), "EXI_JSON_VALUE");
        CHECK_STR(t.fault.element, "X509SerialNumber");
    }
}

static void text_may_be_any_unicode(void)
{
    comes_back("iso20", "SessionSetupReq",
               "{\"Header\":{\"SessionID\":\"01\",\"TimeStamp\":0},"
               "\"EVCCID\":\"a\\\"\\n\\u0001\xC3\xA9\xF0\x9F\x94\x8C\"}");
}

static void a_message_is_named_by_its_body_or_its_root(void)
{
    CHECK_EQ(read_json("iso2", "V2G_Message", "{\"Header\":{\"SessionID\":\"\"},\"Body\":{}}"),
             E_OK);
    CHECK_STR(exi_message_name(exi_dictionary_find("iso2"), &t.message), "V2G_Message");
    CHECK_EQ(read_json("iso2", "Nonsense", "{}"), E_MALFORMED);
    CHECK_EQ(t.fault.error, EXI_JSON_MESSAGE);
}

static void keys_that_are_no_elements_are_refused(void)
{
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":57,\"Range\":1}"),
            EXI_JSON_KEY, "EVRESSSOC");
    CHECK_EQ(read_json("iso20", "AuthorizationReq",
                       "{\"Header\":{\"SessionID\":\"01\",\"TimeStamp\":1},"
                       "\"SelectedAuthorizationService\":\"EIM\",\"EIM_AReqAuthorizationMode\":{},"
                       "\"PnC_AReqAuthorizationMode\":{}}"),
             E_MALFORMED);
    CHECK_EQ(t.fault.error, EXI_JSON_KEY);
}

static void missing_elements_are_refused(void)
{
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\"}"), EXI_JSON_MISSING, "EVRESSSOC");
    refuses("{\"Header\":{\"SessionID\":\"00\"}}", EXI_JSON_MISSING, "Body");
}

static void values_of_another_kind_are_refused(void)
{
    refuses(DIN("{\"EVReady\":1,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":57}"), EXI_JSON_TYPE,
            "EVReady");
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":0,\"EVRESSSOC\":57}"), EXI_JSON_TYPE,
            "EVErrorCode");
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":\"57\"}"),
            EXI_JSON_TYPE, "EVRESSSOC");
    refuses(DIN("[]"), EXI_JSON_TYPE, "DC_EVStatus");
    refuses("[]", EXI_JSON_TYPE, "CableCheckReq");
}

static void values_outside_their_range_are_refused(void)
{
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_SUCH\",\"EVRESSSOC\":57}"), EXI_JSON_VALUE,
            "EVErrorCode");
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":101}"),
            EXI_JSON_VALUE, "EVRESSSOC");
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":-1}"), EXI_JSON_VALUE,
            "EVRESSSOC");
    refuses(DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":5.5}"),
            EXI_JSON_VALUE, "EVRESSSOC");
    refuses("{\"Header\":{\"SessionID\":\"0G\"}}", EXI_JSON_VALUE, "SessionID");
    refuses("{\"Header\":{\"SessionID\":\"000\"}}", EXI_JSON_VALUE, "SessionID");
    static const char *const wrong[] = {"AQ=", "AQ-_", "A===", "=AQI", "AQ=I", "AQ I"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[64];
        strcpy(text, "{\"Id\":\"a\",\"$\":\"");
        strcat(text, wrong[i]);
        strcat(text, "\"}");
        CHECK_EQ(read_json("iso2frag", "DHpublickey", text), E_MALFORMED);
        CHECK_EQ(t.fault.error, EXI_JSON_VALUE);
    }
    CHECK_EQ(read_json("iso20", "SessionSetupReq",
                       "{\"Header\":{\"SessionID\":\"01\",\"TimeStamp\":18446744073709551616},"
                       "\"EVCCID\":\"x\"}"),
             E_MALFORMED);
    CHECK_EQ(t.fault.error, EXI_JSON_VALUE);
}

static void an_arena_that_is_too_small_is_refused(void)
{
    const char *text = DIN("{\"EVReady\":true,\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":57}");
    CHECK_EQ(json_parse(&t.reader, text, strlen(text), t.tokens, TOKENS), E_OK);
    const struct exi_json_source source = {"CableCheckReq", &t.reader, 0};
    for (size_t cap = 0; cap < 40; cap += 8) { /* 40 suffice where pointers have 32 bits */
        exi_arena_init(&t.arena, t.memory, cap);
        CHECK_EQ(exi_json_read(exi_dictionary_find("din"), &source, &t.arena, &t.message, &t.fault),
                 E_NOSPACE);
        CHECK_EQ(t.fault.error, EXI_JSON_ARENA);
        CHECK_EQ(t.arena.used, 0);
    }
}

static void a_struct_that_breaks_the_schema_is_not_printed(void)
{
    struct exi_arena scratch;
    struct json_writer w;
    struct wbuf out = wbuf_of(t.text, sizeof t.text);
    const struct iso2_v2g_message v = {.body = {.which = ISO2_SESSION_SETUP_RES}};
    const struct exi_message m = {.root = ISO2_V2G_MESSAGE, .value = &v};
    exi_arena_init(&scratch, t.scratch, sizeof t.scratch);
    json_writer_init(&w, &out);
    CHECK_EQ(exi_json_write(exi_dictionary_find("iso2"), &m, &scratch, &w), E_ARG);
}

static void all_sets_have_names(void)
{
    unsigned count = 0;
    while (exi_dictionary_at(count) != NULL) {
        const char *name = exi_dictionary_protocol(exi_dictionary_at(count));
        CHECK(exi_dictionary_find(name) == exi_dictionary_at(count));
        count++;
    }
    CHECK_EQ(count, 16);
    CHECK(exi_dictionary_find("iso20dc") != NULL);
    CHECK(exi_dictionary_find("iso3") == NULL);
}

CHECK_MAIN(TEST(hexadecimal_is_upper_case_and_enumerations_are_names),
           TEST(base64_and_text_beside_attributes), TEST(a_repeatable_element_is_always_an_array),
           TEST(integers_keep_all_their_digits), TEST(a_serial_number_keeps_all_its_digits),
           TEST(text_may_be_any_unicode), TEST(a_message_is_named_by_its_body_or_its_root),
           TEST(a_serial_number_of_more_groups_than_are_kept_is_refused),
           TEST(keys_that_are_no_elements_are_refused), TEST(missing_elements_are_refused),
           TEST(values_of_another_kind_are_refused), TEST(values_outside_their_range_are_refused),
           TEST(an_arena_that_is_too_small_is_refused),
           TEST(a_struct_that_breaks_the_schema_is_not_printed), TEST(all_sets_have_names))
