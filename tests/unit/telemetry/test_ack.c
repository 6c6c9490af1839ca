/* SPDX-License-Identifier: MIT */
#include "telemetry/ack.h"

#include <string.h>

#include "base/wbuf.h"
#include "check.h"
#include "examples.h"

static struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];

static int decode_hex(const char *hex)
{
    uint8_t in[2 * TELEMETRY_ACK_MAX_LEN];
    memset(ranges, 0, sizeof ranges);
    return telemetry_ack_decode(in, from_hex(hex, in), ranges);
}

static void the_example_of_the_specification_is_read_and_written(void)
{
    uint8_t out[TELEMETRY_ACK_MAX_LEN];
    uint8_t want[TELEMETRY_ACK_MAX_LEN];
    CHECK_EQ(decode_hex(ACK_MESSAGE), 2);
    CHECK_EQ(ranges[0].boot_epoch, 3);
    CHECK_EQ(ranges[0].first_sequence, 40);
    CHECK_EQ(ranges[0].last_sequence, 42);
    CHECK_EQ(ranges[0].verdict, TELEMETRY_STORED);
    CHECK_EQ(ranges[1].first_sequence, 43);
    CHECK_EQ(ranges[1].last_sequence, 43);
    CHECK_EQ(ranges[1].verdict, TELEMETRY_BAD_SIGNATURE);
    const int len = telemetry_ack_encode(ranges, 2, out, sizeof out);
    CHECK(len > 0);
    CHECK_BYTES(out, (size_t)len, want, from_hex(ACK_MESSAGE, want));
}

static void the_longest_list_fits_exactly_and_comes_back(void)
{
    struct telemetry_ack_range full[TELEMETRY_ACK_RANGES_MAX];
    uint8_t out[TELEMETRY_ACK_MAX_LEN];
    for (size_t i = 0; i < TELEMETRY_ACK_RANGES_MAX; i++) {
        full[i] = (struct telemetry_ack_range){
            .boot_epoch = UINT32_MAX,
            .first_sequence = UINT32_MAX - 1,
            .last_sequence = UINT32_MAX,
            .verdict = (enum telemetry_verdict)(i % TELEMETRY_VERDICTS)};
    }
    CHECK_EQ(telemetry_ack_encode(full, TELEMETRY_ACK_RANGES_MAX, out, sizeof out),
             TELEMETRY_ACK_MAX_LEN);
    CHECK_EQ(telemetry_ack_decode(out, sizeof out, ranges), TELEMETRY_ACK_RANGES_MAX);
    for (size_t i = 0; i < TELEMETRY_ACK_RANGES_MAX; i++) {
        CHECK_EQ(ranges[i].boot_epoch, UINT32_MAX);
        CHECK_EQ(ranges[i].first_sequence, UINT32_MAX - 1);
        CHECK_EQ(ranges[i].last_sequence, UINT32_MAX);
        CHECK_EQ(ranges[i].verdict, i % TELEMETRY_VERDICTS);
    }
    for (size_t cap = 0; cap < TELEMETRY_ACK_MAX_LEN; cap++) {
        CHECK_EQ(telemetry_ack_encode(full, TELEMETRY_ACK_RANGES_MAX, out, cap), E_NOSPACE);
    }
}

static void lists_and_ranges_out_of_bounds_are_not_written(void)
{
    struct telemetry_ack_range r[TELEMETRY_ACK_RANGES_MAX + 1] = {{.boot_epoch = 1}};
    uint8_t out[TELEMETRY_ACK_MAX_LEN];
    CHECK_EQ(telemetry_ack_encode(r, 0, out, sizeof out), E_ARG);
    CHECK_EQ(telemetry_ack_encode(r, TELEMETRY_ACK_RANGES_MAX + 1, out, sizeof out), E_ARG);
    r[0].first_sequence = 2;
    r[0].last_sequence = 1;
    CHECK_EQ(telemetry_ack_encode(r, 1, out, sizeof out), E_ARG);
    r[0].last_sequence = 2;
    CHECK(telemetry_ack_encode(r, 1, out, sizeof out) > 0);
    r[0].verdict = TELEMETRY_VERDICTS;
    CHECK_EQ(telemetry_ack_encode(r, 1, out, sizeof out), E_ARG);
}

static void every_beginning_is_truncated_and_anything_behind_is_malformed(void)
{
    uint8_t in[TELEMETRY_ACK_MAX_LEN];
    const size_t len = from_hex(ACK_MESSAGE, in);
    for (size_t cut = 0; cut < len; cut++) {
        CHECK_EQ(telemetry_ack_decode(in, cut, ranges), E_TRUNCATED);
    }
    in[len] = 0;
    CHECK_EQ(telemetry_ack_decode(in, len + 1, ranges), E_MALFORMED);
}

static void what_is_no_acknowledgement_is_refused_by_its_kind(void)
{
    CHECK_EQ(decode_hex("a2000101818401010100"), 1);
    CHECK_EQ(decode_hex("a2000101818401020100"), E_MALFORMED); /* last before first */
    CHECK_EQ(decode_hex("a2000101818401010105"), 1);
    CHECK_EQ(decode_hex("a2000101818401010106"), E_UNSUPPORTED); /* a verdict of later */
    CHECK_EQ(decode_hex("a2000201818401010100"), E_UNSUPPORTED); /* a version of later */
    CHECK_EQ(decode_hex("a200010180"), E_MALFORMED);             /* nothing said */
    CHECK_EQ(decode_hex("a10001"), E_MALFORMED);
    CHECK_EQ(decode_hex("a30001018184010101000200"), E_MALFORMED);
    CHECK_EQ(decode_hex("a2018184010101000001"), E_MALFORMED); /* keys out of order */
    CHECK_EQ(decode_hex("a20001018183010101"), E_MALFORMED);
    CHECK_EQ(decode_hex("a200010181850101010000"), E_MALFORMED);
    CHECK_EQ(decode_hex("a200010181841b0000000100000000010100"), E_LIMIT);
    CHECK_EQ(decode_hex("80"), E_MALFORMED);
    CHECK_EQ(decode_hex("a2000101f4"), E_MALFORMED);
}

static void one_range_too_many_is_a_limit(void)
{
    uint8_t in[2 * TELEMETRY_ACK_MAX_LEN];
    struct wbuf w = wbuf_of(in, sizeof in);
    wbuf_put(&w, "\xA2\x00\x01\x01\x91", 5);
    for (int i = 0; i < TELEMETRY_ACK_RANGES_MAX + 1; i++) {
        wbuf_put(&w, "\x84\x01\x01\x01\x00", 5);
    }
    CHECK_EQ(telemetry_ack_decode(in, wbuf_len(&w), ranges), E_LIMIT);
    in[4] = 0x90;
    CHECK_EQ(telemetry_ack_decode(in, wbuf_len(&w) - 5, ranges), TELEMETRY_ACK_RANGES_MAX);
}

static void a_refused_acknowledgement_leaves_the_ranges_alone(void)
{
    uint8_t in[TELEMETRY_ACK_MAX_LEN];
    memset(ranges, 0xEE, sizeof ranges);
    struct telemetry_ack_range before[TELEMETRY_ACK_RANGES_MAX];
    memcpy(before, ranges, sizeof before);
    CHECK_EQ(telemetry_ack_decode(in, from_hex("a2000101828401010100f6", in), ranges), E_MALFORMED);
    CHECK_BYTES(ranges, sizeof ranges, before, sizeof before);
}

CHECK_MAIN(TEST(the_example_of_the_specification_is_read_and_written),
           TEST(the_longest_list_fits_exactly_and_comes_back),
           TEST(lists_and_ranges_out_of_bounds_are_not_written),
           TEST(every_beginning_is_truncated_and_anything_behind_is_malformed),
           TEST(what_is_no_acknowledgement_is_refused_by_its_kind),
           TEST(one_range_too_many_is_a_limit),
           TEST(a_refused_acknowledgement_leaves_the_ranges_alone))
