/* SPDX-License-Identifier: MIT
 * The seed's JSON readings.
 */
#include <string.h>

#include "base/wbuf.h"
#include "check.h"
#include "examples.h"
#include "telemetry/reading.h"

static uint8_t private_key[32];
static uint8_t public_key[65];

static void take_keys(void)
{
    (void)from_hex(EXAMPLE_PRIVATE_KEY, private_key);
    (void)from_hex(EXAMPLE_PUBLIC_KEY, public_key);
}

static int decode(const char *text, struct telemetry_envelope *e)
{
    return telemetry_seed_decode(text, strlen(text), e);
}

/* `signed_text` as a device signs it; the "sig" member, with `before` and `after` around it, is put
 * in at `at`. */
static int decode_signed(const char *signed_text, size_t at, const char *before, const char *after,
                         struct telemetry_envelope *e)
{
    static char text[2 * TELEMETRY_READING_MAX_LEN];
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[32];
    uint8_t signature[64];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    const size_t len = strlen(signed_text);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, signed_text, len, digest), E_OK);
    CHECK_EQ(crypto_ecdsa_sign(CRYPTO_P256, private_key, digest, 32, signature), E_OK);
    const size_t der_len = crypto_ecdsa_to_der(signature, der);
    struct wbuf w = wbuf_of(text, sizeof text);
    wbuf_put(&w, signed_text, at);
    wbuf_str(&w, before);
    for (size_t i = 0; i < der_len; i++) {
        wbuf_u8(&w, (uint8_t)digits[der[i] >> 4]);
        wbuf_u8(&w, (uint8_t)digits[der[i] & 0x0F]);
    }
    wbuf_str(&w, after);
    wbuf_put(&w, signed_text + at, len - at);
    return telemetry_seed_decode(text, wbuf_len(&w), e);
}

/* Signs and puts "sig" last, where the seed's devices have it. */
static int decode_members(const char *members, struct telemetry_envelope *e)
{
    char text[2 * TELEMETRY_READING_MAX_LEN];
    struct wbuf w = wbuf_of(text, sizeof text);
    wbuf_u8(&w, '{');
    wbuf_str(&w, members);
    wbuf_str(&w, "}");
    wbuf_u8(&w, 0);
    return decode_signed(text, strlen(text) - 1, ",\"sig\":\"", "\"", e);
}

static void the_examples_of_the_specification_are_read_and_hold(void)
{
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(decode(SEED_MESSAGE, &e), E_OK);
    CHECK_BYTES(e.reading.device_id, e.reading.device_id_len, "SimMeter_0001", 13);
    CHECK_EQ(e.reading.boot_epoch, 0);
    CHECK_EQ(e.reading.sequence, 0);
    CHECK_EQ(e.reading.unix_ms, 1767225600000);
    CHECK_EQ(e.reading.time_quality, TELEMETRY_TIME_HELD);
    CHECK_EQ(e.reading.n_channels, 1);
    CHECK_EQ(e.reading.channels[0].kind, TELEMETRY_PRODUCTION);
    CHECK_EQ(e.reading.channels[0].power_mw, 1234500);
    CHECK_EQ(e.reading.channels[0].energy_mwh, 0);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
    CHECK_EQ(decode(SEED_SEQ_MESSAGE, &e), E_OK);
    CHECK_EQ(e.reading.sequence, 7);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
}

static void a_number_written_otherwise_is_another_text(void)
{
    static const char text[] = "{\"node_id\":\"SimMeter_0001\",\"timestamp\":1767225600,"
                               "\"production\":1234.5,\"sig\":\"" SEED_SIGNATURE "\"}";
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(decode(text, &e), E_OK); /* the same reading as the example */
    CHECK_EQ(e.reading.channels[0].power_mw, 1234500);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_AUTH);
}

/* What the seed's verifier lost: those that end in zero. */
static void amounts_with_and_without_trailing_zeros_verify(void)
{
    take_keys();
    for (int v = 0; v < 100; v += 5) {
        struct telemetry_envelope e;
        char members[] = "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":12.00";
        members[sizeof members - 3] = (char)('0' + v / 10);
        members[sizeof members - 2] = (char)('0' + v % 10);
        CHECK_EQ(decode_members(members, &e), E_OK);
        CHECK_EQ(e.reading.channels[0].power_mw, 12000 + 10 * v);
        CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
    }
}

static void the_signature_may_stand_anywhere_with_its_own_comma(void)
{
    static const char text[] =
        " { \"node_id\":\"a\", \"timestamp\":1767225600 ,\"production\":1 }\n";
    const size_t first = (size_t)(strstr(text, "\"node_id") - text);
    const size_t middle = (size_t)(strstr(text, ", \"timestamp") - text);
    const size_t last = (size_t)(strstr(text, " }") - text);
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(decode_signed(text, first, "\"sig\" : \"", "\" \t,", &e), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
    CHECK_EQ(decode_signed(text, middle, ", \"sig\":\"", "\"", &e), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
    CHECK_EQ(decode_signed(text, last, ",\n\"sig\": \"", "\"", &e), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
    /* White space outside of the member and its comma belongs to the signed text. */
    CHECK_EQ(decode_signed(text, last, " ,\"sig\":\"", "\"", &e), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_AUTH);
    CHECK_EQ(decode_signed(text, last, ",\"sig\":\"", "\" ", &e), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_AUTH);
}

static void a_sig_inside_another_member_is_not_the_signature(void)
{
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(decode_members("\"x\":{\"sig\":\"00\"},\"node_id\":\"a\",\"timestamp\":1767225600,"
                            "\"production\":1",
                            &e),
             E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
    CHECK_EQ(decode("{\"x\":{\"sig\":\"" SEED_SIGNATURE "\"},\"node_id\":\"a\","
                    "\"timestamp\":1767225600,\"production\":1}",
                    &e),
             E_MALFORMED);
}

/* As for bytes in test_reading.c: every fifth goes through the verification, too. */
static void any_changed_character_breaks_the_text_or_its_signature(void)
{
    char text[] = SEED_SEQ_MESSAGE;
    struct telemetry_envelope whole;
    take_keys();
    CHECK_EQ(decode(text, &whole), E_OK);
    unsigned n_same = 0;
    unsigned n_accepted = 0;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        struct telemetry_envelope e;
        text[i] ^= 1;
        if (telemetry_seed_decode(text, sizeof text - 1, &e) == E_OK) {
            n_same += memcmp(e.digest, whole.digest, sizeof e.digest) == 0 &&
                      memcmp(e.signature, whole.signature, sizeof e.signature) == 0;
            n_accepted += i % 5 == 0 && telemetry_reading_verify(&e, public_key) == E_OK;
        }
        text[i] ^= 1;
    }
    CHECK_EQ(n_same, 0);
    CHECK_EQ(n_accepted, 0);
}

static void every_beginning_is_truncated(void)
{
    struct telemetry_envelope e;
    for (size_t cut = 0; cut < sizeof SEED_MESSAGE - 1; cut++) {
        CHECK_EQ(telemetry_seed_decode(SEED_MESSAGE, cut, &e), E_TRUNCATED);
    }
}

static void a_missing_or_mistyped_member_is_malformed(void)
{
    static const char *const refused[] = {
        "\"timestamp\":1767225600,\"production\":1",
        "\"node_id\":\"a\",\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":1767225600",
        "\"node_id\":7,\"timestamp\":1767225600,\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":\"1767225600\",\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":1767225600.5,\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":\"1\"",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":null",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1e3",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":\"1\"",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":-1",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":1.0",
        "\"node_id\":\"\",\"timestamp\":1767225600,\"production\":1",
        "\"node_id\":\"a b\",\"timestamp\":1767225600,\"production\":1",
        "\"node_id\":\"\\u0061\",\"timestamp\":1767225600,\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":1599999999,\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":-1,\"production\":1",
        "\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"production\":2",
    };
    struct telemetry_envelope e;
    take_keys();
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (!CHECK(decode_members(refused[i], &e) == E_MALFORMED)) {
            CHECK_STR(refused[i], "");
        }
    }
    CHECK_EQ(decode("{}", &e), E_MALFORMED);
    CHECK_EQ(decode("[]", &e), E_MALFORMED);
    CHECK_EQ(decode("1", &e), E_MALFORMED);
    CHECK_EQ(decode("{\"sig\":\"\"}", &e), E_MALFORMED);
    CHECK_EQ(decode("{\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1}", &e),
             E_MALFORMED);
}

static void every_limit_holds_at_its_edge(void)
{
    static const struct {
        const char *members;
        int status;
    } edges[] = {
        {"\"node_id\":\"a\",\"timestamp\":1600000000,\"production\":1", E_OK},
        {"\"node_id\":\"a\",\"timestamp\":253402300799,\"production\":1", E_OK},
        {"\"node_id\":\"a\",\"timestamp\":253402300800,\"production\":1", E_LIMIT},
        {"\"node_id\":\"a\",\"timestamp\":9223372036854775808,\"production\":1", E_LIMIT},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":2147483.647", E_OK},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":2147483.648", E_LIMIT},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":-2147483.648", E_OK},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":-2147483.649", E_LIMIT},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":0.0010", E_OK},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":0.0001", E_LIMIT},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":4294967295", E_OK},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":4294967296", E_LIMIT},
        {"\"node_id\":\"abcdefghijklmnopqrstuvwxyz.ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789\","
         "\"timestamp\":1767225600,\"production\":1",
         E_OK},
        {"\"node_id\":\"abcdefghijklmnopqrstuvwxyz.ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-\","
         "\"timestamp\":1767225600,\"production\":1",
         E_LIMIT},
        /* Sixteen tokens are enough, seventeen are not. */
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":1,\"x\":1,\"y\":[0]",
         E_OK},
        {"\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"seq\":1,\"x\":1,\"y\":[0,"
         "1]",
         E_LIMIT},
    };
    struct telemetry_envelope e;
    take_keys();
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        if (!CHECK(decode_members(edges[i].members, &e) == edges[i].status)) {
            CHECK_STR(edges[i].members, "");
        }
    }
}

static void a_text_longer_than_any_reading_is_a_limit(void)
{
    char text[TELEMETRY_READING_MAX_LEN + 1];
    struct telemetry_envelope e;
    memset(text, ' ', sizeof text);
    memcpy(text, SEED_MESSAGE, sizeof SEED_MESSAGE - 1);
    CHECK_EQ(telemetry_seed_decode(text, TELEMETRY_READING_MAX_LEN, &e), E_OK);
    CHECK_EQ(telemetry_seed_decode(text, TELEMETRY_READING_MAX_LEN + 1, &e), E_LIMIT);
}

/* The value of "sig" as it stands in the text. */
static int decode_sig(const char *value, struct telemetry_envelope *e)
{
    char text[512];
    struct wbuf w = wbuf_of(text, sizeof text);
    wbuf_str(&w, "{\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"sig\":");
    wbuf_str(&w, value);
    wbuf_str(&w, "}");
    CHECK(wbuf_ok(&w));
    return telemetry_seed_decode(text, wbuf_len(&w), e);
}

static void a_signature_that_is_no_der_in_hexadecimal_is_malformed(void)
{
    static const char *const refused[] = {
        "\"\"",
        "\"3\"",
        "\"3046\"",
        "\"zz\"",
        "7",
        "130060201010201011", /* a number, whose inner digits are a signature */
        "null",
        "[]",
        "\"300602010102010\"",
        "\"30060201010201011\"", /* half a byte too many */
        "\"300602010102010100\"",
        "\"3006020101020101\\n\"",
        "\"30060201010201\\u0030\"",
        "\"308106020101020101\"", /* a longer head than needed: BER, not DER */
        "\"3006020181020101\"",   /* negative */
        "\"300702020001020101\"", /* a zero too many in front */
    };
    struct telemetry_envelope e;
    CHECK_EQ(decode_sig("\"3006020101020101\"", &e), E_OK);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (!CHECK(decode_sig(refused[i], &e) == E_MALFORMED)) {
            CHECK_STR(refused[i], "");
        }
    }
}

static void only_the_digits_of_hexadecimal_count_in_a_signature(void)
{
    struct telemetry_envelope e;
    for (int c = ' '; c < 127; c++) {
        char value[] = "\"3006020101020100\"";
        const bool is_digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (c == '"' || c == '\\') {
            continue; /* these end the string or escape its end */
        }
        value[sizeof value - 3] = (char)c;
        CHECK_EQ(decode_sig(value, &e), is_digit ? E_OK : E_MALFORMED);
        if (is_digit) {
            CHECK_EQ(e.signature[63], c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
    }
}

static void a_signature_longer_than_any_is_malformed(void)
{
    char value[2 * (CRYPTO_P256_DER_MAX_LEN + 1) + 3];
    struct telemetry_envelope e;
    memset(value, '0', sizeof value);
    value[0] = '"';
    value[sizeof value - 2] = '"';
    value[sizeof value - 1] = '\0';
    CHECK_EQ(decode_sig(value, &e), E_MALFORMED);
}

static void a_refused_text_leaves_the_envelope_alone(void)
{
    struct telemetry_envelope e;
    struct telemetry_envelope before;
    memset(&e, 0xEE, sizeof e);
    memset(&before, 0xEE, sizeof before);
    CHECK_EQ(
        decode("{\"node_id\":\"a\",\"timestamp\":1767225600,\"production\":1,\"sig\":\"30\"}", &e),
        E_MALFORMED);
    CHECK_BYTES(&e, sizeof e, &before, sizeof before);
}

CHECK_MAIN(TEST(the_examples_of_the_specification_are_read_and_hold),
           TEST(a_number_written_otherwise_is_another_text),
           TEST(amounts_with_and_without_trailing_zeros_verify),
           TEST(the_signature_may_stand_anywhere_with_its_own_comma),
           TEST(a_sig_inside_another_member_is_not_the_signature),
           TEST(any_changed_character_breaks_the_text_or_its_signature),
           TEST(every_beginning_is_truncated), TEST(a_missing_or_mistyped_member_is_malformed),
           TEST(every_limit_holds_at_its_edge), TEST(a_text_longer_than_any_reading_is_a_limit),
           TEST(a_signature_that_is_no_der_in_hexadecimal_is_malformed),
           TEST(only_the_digits_of_hexadecimal_count_in_a_signature),
           TEST(a_signature_longer_than_any_is_malformed),
           TEST(a_refused_text_leaves_the_envelope_alone))
