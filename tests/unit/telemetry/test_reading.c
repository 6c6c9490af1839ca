/* SPDX-License-Identifier: MIT */
#include "telemetry/reading.h"

#include <string.h>

#include "base/cbor.h"
#include "check.h"
#include "examples.h"

static uint8_t private_key[32];
static uint8_t public_key[65];
static const struct telemetry_signer signer = {.sign = sign_with_key, .context = private_key};

static void take_keys(void)
{
    (void)from_hex(EXAMPLE_PRIVATE_KEY, private_key);
    (void)from_hex(EXAMPLE_PUBLIC_KEY, public_key);
}

static void check_same_reading(const struct telemetry_reading *got,
                               const struct telemetry_reading *want)
{
    CHECK_BYTES(got->device_id, got->device_id_len, want->device_id, want->device_id_len);
    CHECK_EQ(got->boot_epoch, want->boot_epoch);
    CHECK_EQ(got->sequence, want->sequence);
    CHECK_EQ(got->unix_ms, want->unix_ms);
    CHECK_EQ(got->time_quality, want->time_quality);
    CHECK_EQ(got->n_channels, want->n_channels);
    for (size_t i = 0; i < want->n_channels; i++) {
        CHECK_EQ(got->channels[i].kind, want->channels[i].kind);
        CHECK_EQ(got->channels[i].energy_mwh, want->channels[i].energy_mwh);
        CHECK_EQ(got->channels[i].power_mw, want->channels[i].power_mw);
        CHECK_EQ(got->channels[i].voltage_mv, want->channels[i].voltage_mv);
        CHECK_EQ(got->channels[i].current_ma, want->channels[i].current_ma);
        CHECK_EQ(got->channels[i].frequency_millihz, want->channels[i].frequency_millihz);
    }
}

/* A reading in which every number takes as many bytes as it can. */
static struct telemetry_reading longest_reading(void)
{
    static const char id[] = "abcdefghijklmnopqrstuvwxyz.ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    struct telemetry_reading r = {
        .device_id = id,
        .device_id_len = TELEMETRY_DEVICE_ID_MAX_LEN,
        .boot_epoch = UINT32_MAX,
        .sequence = UINT32_MAX,
        .unix_ms = TELEMETRY_UNIX_MS_MAX,
        .time_quality = TELEMETRY_TIME_HELD,
        .n_channels = TELEMETRY_CHANNELS_MAX,
    };
    for (int i = 0; i < TELEMETRY_CHANNELS_MAX; i++) {
        r.channels[i] = (struct telemetry_channel){.kind = (enum telemetry_channel_kind)i,
                                                   .energy_mwh = INT64_MAX,
                                                   .power_mw = INT32_MIN,
                                                   .voltage_mv = INT32_MAX,
                                                   .current_ma = INT32_MAX,
                                                   .frequency_millihz = INT32_MAX};
    }
    return r;
}

static void the_example_of_the_specification_is_read_and_holds(void)
{
    uint8_t in[TELEMETRY_READING_MAX_LEN];
    uint8_t digest[32];
    uint8_t signature[64];
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(telemetry_reading_decode(in, from_hex(ONE_CHANNEL_MESSAGE, in), &e), E_OK);
    const struct telemetry_reading want = one_channel_reading();
    check_same_reading(&e.reading, &want);
    CHECK(e.reading.device_id > (const char *)in && e.reading.device_id < (const char *)in + 64);
    (void)from_hex(ONE_CHANNEL_DIGEST, digest);
    CHECK_BYTES(e.digest, 32, digest, 32);
    (void)from_hex(ONE_CHANNEL_SIGNATURE, signature);
    CHECK_BYTES(e.signature, 64, signature, 64);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
}

static void the_example_without_a_clock_is_read_and_holds(void)
{
    uint8_t in[TELEMETRY_READING_MAX_LEN];
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(telemetry_reading_decode(in, from_hex(UNKNOWN_TIME_MESSAGE, in), &e), E_OK);
    const struct telemetry_reading want = {
        .device_id = "m-7",
        .device_id_len = 3,
        .boot_epoch = 1,
        .sequence = 1,
        .time_quality = TELEMETRY_TIME_UNKNOWN,
        .n_channels = 2,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .power_mw = -1200},
                     {.kind = TELEMETRY_GRID_IMPORT,
                      .energy_mwh = 9007199254740993,
                      .power_mw = INT32_MAX,
                      .voltage_mv = 229900,
                      .current_ma = 65536,
                      .frequency_millihz = 50001}},
    };
    check_same_reading(&e.reading, &want);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
}

static void signing_writes_the_bytes_of_the_specification(void)
{
    uint8_t out[TELEMETRY_SIGNED_MAX_LEN];
    uint8_t want[TELEMETRY_SIGNED_MAX_LEN];
    take_keys();
    const struct telemetry_reading r = one_channel_reading();
    const int len = telemetry_reading_sign(&r, &signer, out, sizeof out);
    CHECK_EQ(len, from_hex(ONE_CHANNEL_MESSAGE, want));
    CHECK_BYTES(out, sizeof ONE_CHANNEL_MESSAGE / 2 - 64, want,
                sizeof ONE_CHANNEL_MESSAGE / 2 - 64); /* the signature is another every time */
    struct telemetry_envelope e;
    CHECK_EQ(telemetry_reading_decode(out, (size_t)len, &e), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
}

static void the_longest_reading_fits_exactly_and_comes_back(void)
{
    uint8_t out[TELEMETRY_SIGNED_MAX_LEN + 1];
    struct telemetry_envelope e;
    take_keys();
    const struct telemetry_reading r = longest_reading();
    out[TELEMETRY_SIGNED_MAX_LEN] = 0xEE;
    CHECK_EQ(telemetry_reading_sign(&r, &signer, out, TELEMETRY_SIGNED_MAX_LEN),
             TELEMETRY_SIGNED_MAX_LEN);
    CHECK_EQ(out[TELEMETRY_SIGNED_MAX_LEN], 0xEE);
    CHECK_EQ(telemetry_reading_decode(out, TELEMETRY_SIGNED_MAX_LEN, &e), E_OK);
    check_same_reading(&e.reading, &r);
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_OK);
}

/* Takes no time, for tests in which the signature does not matter. */
static int sign_with_nothing(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    memset(signature, digest[0], 64);
    return E_OK;
}

static const struct telemetry_signer quick_signer = {.sign = sign_with_nothing};

/* Payloads around the lengths where the head of their byte string grows. */
static void every_length_of_name_and_channels_comes_back(void)
{
    struct telemetry_reading r = longest_reading();
    for (size_t id_len = 1; id_len <= TELEMETRY_DEVICE_ID_MAX_LEN; id_len++) {
        for (uint8_t n = 1; n <= TELEMETRY_CHANNELS_MAX; n++) {
            uint8_t out[TELEMETRY_SIGNED_MAX_LEN];
            struct telemetry_envelope e;
            r.device_id_len = id_len;
            r.n_channels = n;
            const int len = telemetry_reading_sign(&r, &quick_signer, out, sizeof out);
            CHECK(len > 0);
            CHECK_EQ(telemetry_reading_decode(out, (size_t)len, &e), E_OK);
            CHECK_EQ(e.reading.device_id_len, id_len);
            CHECK_EQ(e.reading.n_channels, n);
            CHECK_EQ(telemetry_reading_sign(&r, &quick_signer, out, (size_t)len - 1), E_NOSPACE);
        }
    }
}

static void a_buffer_that_is_too_small_is_said_for_every_size(void)
{
    uint8_t out[TELEMETRY_SIGNED_MAX_LEN];
    const struct telemetry_reading readings[] = {one_channel_reading(), longest_reading()};
    const size_t lengths[] = {sizeof ONE_CHANNEL_MESSAGE / 2, TELEMETRY_SIGNED_MAX_LEN};
    for (size_t i = 0; i < 2; i++) {
        for (size_t cap = 0; cap < lengths[i]; cap++) {
            memset(out, 0xEE, sizeof out);
            CHECK_EQ(telemetry_reading_sign(&readings[i], &quick_signer, out, cap), E_NOSPACE);
            CHECK_EQ(out[cap], 0xEE);
        }
        CHECK_EQ(telemetry_reading_sign(&readings[i], &quick_signer, out, lengths[i]), lengths[i]);
    }
}

static void a_reading_out_of_range_is_not_signed(void)
{
    uint8_t out[TELEMETRY_SIGNED_MAX_LEN];
    take_keys();
#define REFUSES(change)                                                                            \
    do {                                                                                           \
        struct telemetry_reading r = one_channel_reading();                                        \
        change;                                                                                    \
        CHECK_EQ(telemetry_reading_sign(&r, &signer, out, sizeof out), E_ARG);                     \
    } while (0)
    REFUSES(r.device_id = NULL);
    REFUSES(r.device_id_len = 0);
    REFUSES((r.device_id = "a/b", r.device_id_len = 3));
    REFUSES(r.boot_epoch = 0);
    REFUSES(r.sequence = 0);
    REFUSES(r.unix_ms = 0);
    REFUSES(r.unix_ms = -1);
    REFUSES(r.unix_ms = TELEMETRY_UNIX_MS_MAX + 1);
    REFUSES(r.time_quality = TELEMETRY_TIME_UNKNOWN);
    REFUSES(r.time_quality = (enum telemetry_time_quality)3);
    REFUSES(r.n_channels = 0);
    REFUSES(r.n_channels = TELEMETRY_CHANNELS_MAX + 1);
    REFUSES(r.channels[0].kind = TELEMETRY_CHANNEL_KINDS);
    REFUSES(r.channels[0].energy_mwh = -1);
    REFUSES(r.channels[0].voltage_mv = -1);
    REFUSES(r.channels[0].current_ma = -1);
    REFUSES(r.channels[0].frequency_millihz = -1);
    REFUSES((r.n_channels = 2, r.channels[1].kind = TELEMETRY_CONSUMPTION,
             r.channels[1].current_ma = -1));
    REFUSES((r.n_channels = 2, r.channels[1].kind = r.channels[0].kind)); /* twice */
    REFUSES((r.n_channels = 2, r.channels[0].kind = TELEMETRY_GRID_IMPORT,
             r.channels[1].kind = TELEMETRY_CONSUMPTION)); /* descending */
#undef REFUSES
}

static int refuse_to_sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    (void)digest;
    (void)signature;
    return E_IO;
}

static void a_key_that_fails_to_sign_is_reported(void)
{
    uint8_t out[TELEMETRY_SIGNED_MAX_LEN];
    const struct telemetry_signer broken = {.sign = refuse_to_sign};
    const struct telemetry_reading r = one_channel_reading();
    CHECK_EQ(telemetry_reading_sign(&r, &broken, out, sizeof out), E_IO);
}

/* Every bit ends in the digest or in the signature, or breaks the message; a bit of every eighth
 * byte goes through the verification, too. */
static void any_changed_bit_breaks_the_message_or_its_signature(void)
{
    uint8_t in[TELEMETRY_READING_MAX_LEN];
    struct telemetry_envelope whole;
    take_keys();
    const size_t len = from_hex(ONE_CHANNEL_MESSAGE, in);
    CHECK_EQ(telemetry_reading_decode(in, len, &whole), E_OK);
    unsigned n_same = 0;
    unsigned n_accepted = 0;
    unsigned n_decoded = 0;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct telemetry_envelope e;
        in[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (telemetry_reading_decode(in, len, &e) == E_OK) {
            n_decoded++;
            n_same += memcmp(e.digest, whole.digest, sizeof e.digest) == 0 &&
                      memcmp(e.signature, whole.signature, sizeof e.signature) == 0;
            n_accepted += bit % 64 == 5 && telemetry_reading_verify(&e, public_key) == E_OK;
        }
        in[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK_EQ(n_same, 0);
    CHECK_EQ(n_accepted, 0);
    CHECK(n_decoded >= 64 * 8); /* all bits of the signature at least */
}

static void another_key_does_not_verify(void)
{
    uint8_t in[TELEMETRY_READING_MAX_LEN];
    uint8_t other_private[32];
    uint8_t other_public[65];
    struct telemetry_envelope e;
    take_keys();
    CHECK_EQ(telemetry_reading_decode(in, from_hex(ONE_CHANNEL_MESSAGE, in), &e), E_OK);
    CHECK_EQ(crypto_ec_generate(CRYPTO_P256, other_private, other_public), E_OK);
    CHECK_EQ(telemetry_reading_verify(&e, other_public), E_AUTH);
    public_key[64] ^= 1; /* not on the curve */
    CHECK_EQ(telemetry_reading_verify(&e, public_key), E_ARG);
}

static void every_beginning_is_truncated_and_anything_behind_is_malformed(void)
{
    uint8_t in[TELEMETRY_READING_MAX_LEN];
    struct telemetry_envelope e;
    const size_t len = from_hex(ONE_CHANNEL_MESSAGE, in);
    for (size_t cut = 0; cut < len; cut++) {
        CHECK_EQ(telemetry_reading_decode(in, cut, &e), E_TRUNCATED);
    }
    in[len] = 0;
    CHECK_EQ(telemetry_reading_decode(in, len + 1, &e), E_MALFORMED);
}

static void a_message_longer_than_any_reading_is_a_limit(void)
{
    static uint8_t in[TELEMETRY_READING_MAX_LEN + 1];
    struct telemetry_envelope e;
    (void)from_hex(ONE_CHANNEL_MESSAGE, in);
    CHECK_EQ(telemetry_reading_decode(in, TELEMETRY_READING_MAX_LEN, &e), E_MALFORMED);
    CHECK_EQ(telemetry_reading_decode(in, TELEMETRY_READING_MAX_LEN + 1, &e), E_LIMIT);
}

/* Decodes a COSE_Sign1 around this payload, with a signature that nobody checks. */
static int decode_payload(const char *hex)
{
    uint8_t payload[TELEMETRY_READING_MAX_LEN];
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    static const uint8_t signature[64];
    struct telemetry_envelope e;
    memset(&e, 0xEE, sizeof e);
    struct telemetry_envelope before = e;
    struct wbuf w = wbuf_of(message, sizeof message);
    wbuf_put(&w, "\xD2\x84\x43\xA1\x01\x26\xA0", 7);
    cbor_put_bytes(&w, payload, from_hex(hex, payload));
    cbor_put_bytes(&w, signature, sizeof signature);
    CHECK(wbuf_ok(&w));
    const int status = telemetry_reading_decode(message, wbuf_len(&w), &e);
    CHECK(status == E_OK || memcmp(&e, &before, sizeof e) == 0);
    return status;
}

#define HEAD    "a7000101646261726e"
#define TIME    "041b0000019b76daa8000502"
#define CHANNEL "06a100850000000000"

static void a_payload_is_exactly_the_map_of_the_specification(void)
{
    CHECK_EQ(decode_payload(HEAD "02010301" TIME CHANNEL), E_OK);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME CHANNEL "00"), E_MALFORMED);
    CHECK_EQ(decode_payload(""), E_MALFORMED);
    CHECK_EQ(decode_payload("a0"), E_MALFORMED);
    CHECK_EQ(decode_payload("80"), E_MALFORMED);
    CHECK_EQ(decode_payload("a6000101646261726e02010301" TIME), E_MALFORMED); /* no channels */
    CHECK_EQ(decode_payload("a8000101646261726e02010301" TIME CHANNEL "0700"), E_MALFORMED);
    CHECK_EQ(decode_payload("a7000101646261726e03010201" TIME CHANNEL), E_MALFORMED); /* order */
    CHECK_EQ(decode_payload("a7000101646261726e02010201" TIME CHANNEL), E_MALFORMED); /* twice */
    CHECK_EQ(decode_payload("bf000101646261726e02010301" TIME CHANNEL "ff"), E_MALFORMED);
    CHECK_EQ(decode_payload("a700180101646261726e02010301" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload("a7000201646261726e02010301" TIME CHANNEL),
             E_UNSUPPORTED);                           /* version */
    CHECK_EQ(decode_payload("a10002"), E_UNSUPPORTED); /* a later version may look like anything */
}

static void names_of_devices_are_checked(void)
{
    CHECK_EQ(decode_payload("a7000101617802010301" TIME CHANNEL), E_OK);
    CHECK_EQ(decode_payload("a70001016002010301" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload("a7000101612f02010301" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload("a7000101417802010301" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload("a700010161ff02010301" TIME CHANNEL), E_MALFORMED);
}

static void epochs_and_sequences_are_positive_and_of_32_bits(void)
{
    CHECK_EQ(decode_payload(HEAD "021affffffff031affffffff" TIME CHANNEL), E_OK);
    CHECK_EQ(decode_payload(HEAD "02000301" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010300" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02200301" TIME CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "021b00000001000000000301" TIME CHANNEL), E_LIMIT);
    CHECK_EQ(decode_payload(HEAD "0201031b0000000100000000" TIME CHANNEL), E_LIMIT);
}

static void times_and_their_quality_belong_together(void)
{
    CHECK_EQ(decode_payload(HEAD "0201030104000500" CHANNEL), E_OK);
    CHECK_EQ(decode_payload(HEAD "0201030104010501" CHANNEL), E_OK);
    CHECK_EQ(decode_payload(HEAD "02010301041b0000e677d21fdbff0502" CHANNEL), E_OK);
    CHECK_EQ(decode_payload(HEAD "02010301041b0000e677d21fdc000502" CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301041b80000000000000000502" CHANNEL), E_LIMIT);
    CHECK_EQ(decode_payload(HEAD "0201030104200502" CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "0201030104000501" CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "0201030104010500" CHANNEL), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "0201030104010503" CHANNEL), E_LIMIT);
}

static void channels_are_a_map_of_five_numbers_each(void)
{
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a200850000000000"
                                 "05850000000000"),
             E_OK);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a0"), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "0680"), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a106850000000000"), E_UNSUPPORTED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a7008000800080008000800080008000"),
             E_UNSUPPORTED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a205850000000000"
                                 "00850000000000"),
             E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a200850000000000"
                                 "00850000000000"),
             E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a1008400000000"), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a10086000000000000"), E_MALFORMED);
}

static void numbers_of_a_channel_keep_their_ranges(void)
{
#define CHANNELS(values) decode_payload(HEAD "02010301" TIME "06a10085" values)
    CHECK_EQ(CHANNELS("1b7fffffffffffffff1a7fffffff1a7fffffff1a7fffffff1a7fffffff"), E_OK);
    CHECK_EQ(CHANNELS("003a7fffffff000000"), E_OK); /* power may be negative */
    CHECK_EQ(CHANNELS("2000000000"), E_MALFORMED);
    CHECK_EQ(CHANNELS("1b800000000000000000000000"), E_LIMIT);
    CHECK_EQ(CHANNELS("001a80000000000000"), E_LIMIT);
    CHECK_EQ(CHANNELS("003a80000000000000"), E_LIMIT);
    CHECK_EQ(CHANNELS("00001a800000000000"), E_LIMIT);
    CHECK_EQ(CHANNELS("0000200000"), E_MALFORMED);
    CHECK_EQ(CHANNELS("0000002000"), E_MALFORMED);
    CHECK_EQ(CHANNELS("0000000020"), E_MALFORMED);
    CHECK_EQ(CHANNELS("0000001a8000000000"), E_LIMIT);
    CHECK_EQ(CHANNELS("000000001a80000000"), E_LIMIT);
    CHECK_EQ(CHANNELS("f9000000000000"), E_UNSUPPORTED); /* a float */
    CHECK_EQ(CHANNELS("f600000000"), E_MALFORMED);
    CHECK_EQ(decode_payload(HEAD "02010301" TIME "06a2008500000000000185000000"
                                 "2000"),
             E_MALFORMED); /* the second channel counts as much */
#undef CHANNELS
}

static int decode_hex(const char *hex)
{
    uint8_t in[TELEMETRY_READING_MAX_LEN];
    struct telemetry_envelope e;
    return telemetry_reading_decode(in, from_hex(hex, in), &e);
}

#define PAYLOAD   "5833" ONE_CHANNEL_PAYLOAD
#define SIGNATURE "5840" ONE_CHANNEL_SIGNATURE

static void the_envelope_is_exactly_cose_sign1_with_es256(void)
{
    CHECK_EQ(decode_hex("d28443a10126a0" PAYLOAD SIGNATURE), E_OK);
    CHECK_EQ(decode_hex("8443a10126a0" PAYLOAD SIGNATURE), E_MALFORMED);        /* no tag */
    CHECK_EQ(decode_hex("d18443a10126a0" PAYLOAD SIGNATURE), E_UNSUPPORTED);    /* COSE_Mac0 */
    CHECK_EQ(decode_hex("d2d28443a10126a0" PAYLOAD SIGNATURE), E_MALFORMED);    /* tagged twice */
    CHECK_EQ(decode_hex("d28543a10126a0" PAYLOAD SIGNATURE "00"), E_MALFORMED); /* five items */
    CHECK_EQ(decode_hex("d28343a10126a0" PAYLOAD), E_MALFORMED);
    CHECK_EQ(decode_hex("d28444a1013822a0" PAYLOAD SIGNATURE), E_UNSUPPORTED);     /* ES384 */
    CHECK_EQ(decode_hex("d28443a10127a0" PAYLOAD SIGNATURE), E_UNSUPPORTED);       /* EdDSA */
    CHECK_EQ(decode_hex("d28440a10126" PAYLOAD SIGNATURE), E_UNSUPPORTED);         /* unprotected */
    CHECK_EQ(decode_hex("d28443a10126a10441aa" PAYLOAD SIGNATURE), E_UNSUPPORTED); /* a key id */
    CHECK_EQ(decode_hex("d28443a10126a0f6" SIGNATURE), E_MALFORMED);               /* detached */
    CHECK_EQ(decode_hex("d28443a10126a0" PAYLOAD "40"), E_MALFORMED);
    CHECK_EQ(decode_hex("d28443a10126a0" PAYLOAD "f6"), E_MALFORMED);
    CHECK_EQ(decode_hex("d28443a10126a0" PAYLOAD "5841" ONE_CHANNEL_SIGNATURE "00"), E_MALFORMED);
    CHECK_EQ(decode_hex("d2980443a10126a0" PAYLOAD SIGNATURE), E_MALFORMED); /* a longer head */
    CHECK_EQ(decode_hex("d28443a10126a0590033" ONE_CHANNEL_PAYLOAD SIGNATURE), E_MALFORMED);
}

CHECK_MAIN(TEST(the_example_of_the_specification_is_read_and_holds),
           TEST(the_example_without_a_clock_is_read_and_holds),
           TEST(signing_writes_the_bytes_of_the_specification),
           TEST(the_longest_reading_fits_exactly_and_comes_back),
           TEST(every_length_of_name_and_channels_comes_back),
           TEST(a_buffer_that_is_too_small_is_said_for_every_size),
           TEST(a_reading_out_of_range_is_not_signed), TEST(a_key_that_fails_to_sign_is_reported),
           TEST(any_changed_bit_breaks_the_message_or_its_signature),
           TEST(another_key_does_not_verify),
           TEST(every_beginning_is_truncated_and_anything_behind_is_malformed),
           TEST(a_message_longer_than_any_reading_is_a_limit),
           TEST(a_payload_is_exactly_the_map_of_the_specification),
           TEST(names_of_devices_are_checked),
           TEST(epochs_and_sequences_are_positive_and_of_32_bits),
           TEST(times_and_their_quality_belong_together),
           TEST(channels_are_a_map_of_five_numbers_each),
           TEST(numbers_of_a_channel_keep_their_ranges),
           TEST(the_envelope_is_exactly_cose_sign1_with_es256))
