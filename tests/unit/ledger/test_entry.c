/* SPDX-License-Identifier: MIT */
#include "ledger/entry.h"

#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

static const uint8_t message[] = {0xd2, 0x84, 0x43};

static struct ledger_entry late_entry_of(enum ledger_entry_type type)
{
    struct ledger_entry e = {.type = type, .index = 5, .unix_ms = 1767225600000};
    if (type == LEDGER_STATEMENT) {
        e.statement = (struct ledger_statement){.month = ledger_text_of("2026-01")};
    } else if (type == LEDGER_MEMBER) {
        e.member =
            (struct ledger_member){.device = ledger_text_of("barn"), .weight = 3, .bid_price = 5};
    } else {
        e.operator_key[0] = 7;
    }
    return e;
}

/* One entry of each type, so that the round trip below sees every body. */
static struct ledger_entry entry_of(enum ledger_entry_type type)
{
    struct ledger_entry e = {.type = type, .index = 5, .unix_ms = 1767225600000};
    const struct ledger_text device = ledger_text_of("barn");
    switch (type) {
    case LEDGER_START:
        e.index = 0;
        e.origin = ledger_text_of("wattward/ledger/site");
        break;
    case LEDGER_READINGS:
        e.readings = (struct ledger_readings){.device = device,
                                              .key_digest = {1, 2, 3},
                                              .interval_unix_ms = 1767225600000,
                                              .interval_s = 900,
                                              .count = 7,
                                              .root = {{9}},
                                              .n_ranges = 2,
                                              .ranges = {{3, 40, 45}, {4, 1, 1}},
                                              .last = message,
                                              .last_len = sizeof message};
        break;
    case LEDGER_ENROLMENT:
        e.enrolment =
            (struct ledger_enrolment){.device = device, .public_key = {4, 1}, .peak_power_w = 4000};
        break;
    case LEDGER_REMOVAL:
        e.removed = device;
        break;
    case LEDGER_BAN:
    case LEDGER_UNBAN:
    case LEDGER_APPEAL:
        e.judgement = (struct ledger_judgement){
            .device = device, .by = ledger_text_of("rule"), .reason = ledger_text_of("")};
        break;
    case LEDGER_TRANSFER:
        e.transfer = (struct ledger_transfer){.from = device,
                                              .to = ledger_text_of("grid"),
                                              .interval_unix_ms = 900000,
                                              .interval_s = 900,
                                              .energy_wh = 12,
                                              .price_microcent_per_kwh = -1};
        break;
    case LEDGER_TARIFF:
        e.tariff = (struct ledger_tariff){.name = ledger_text_of("2026"),
                                          .sharing = LEDGER_SHARE_AUCTION,
                                          .import_price = 30000000,
                                          .export_price = 8000000};
        break;
    case LEDGER_CORRECTION:
        e.correction = (struct ledger_correction){.corrected = 4,
                                                  .delta_mwh = -5,
                                                  .by = ledger_text_of("ann"),
                                                  .reason = ledger_text_of("meter replaced")};
        break;
    case LEDGER_MEMBER:
    case LEDGER_STATEMENT:
    case LEDGER_OPERATOR:
        e = late_entry_of(type);
        break;
    }
    return e;
}

static size_t encode(const struct ledger_entry *e, uint8_t out[LEDGER_ENTRY_MAX_LEN])
{
    struct wbuf w = wbuf_of(out, LEDGER_ENTRY_MAX_LEN);
    ledger_entry_put(&w, e);
    CHECK(wbuf_ok(&w));
    return wbuf_len(&w);
}

static void every_type_is_read_back_and_written_the_same(void)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    static uint8_t again[LEDGER_ENTRY_MAX_LEN];
    for (int type = LEDGER_START; type <= LEDGER_OPERATOR; type++) {
        const struct ledger_entry e = entry_of((enum ledger_entry_type)type);
        struct ledger_entry got;
        const size_t len = encode(&e, bytes);
        CHECK_EQ(ledger_entry_decode(bytes, len, &got), E_OK);
        CHECK_EQ(got.type, type);
        CHECK_EQ(got.index, e.index);
        const size_t again_len = encode(&got, again);
        CHECK_BYTES(again, again_len, bytes, len);
    }
}

static void every_shorter_and_longer_form_is_refused(void)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry got;
    for (int type = LEDGER_START; type <= LEDGER_OPERATOR; type++) {
        const struct ledger_entry e = entry_of((enum ledger_entry_type)type);
        const size_t len = encode(&e, bytes);
        for (size_t cut = 0; cut < len; cut++) {
            CHECK(ledger_entry_decode(bytes, cut, &got) < 0);
        }
        bytes[len] = 0;
        CHECK_EQ(ledger_entry_decode(bytes, len + 1, &got), E_MALFORMED);
    }
}

static void another_version_or_type_is_not_spoken(void)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    const struct ledger_entry e = entry_of(LEDGER_REMOVAL);
    struct ledger_entry got;
    const size_t len = encode(&e, bytes);
    bytes[0] = 3;
    CHECK_EQ(ledger_entry_decode(bytes, len, &got), E_UNSUPPORTED);
    bytes[0] = 1;
    bytes[1] = 0;
    CHECK_EQ(ledger_entry_decode(bytes, len, &got), E_UNSUPPORTED);
    bytes[1] = LEDGER_OPERATOR + 1;
    CHECK_EQ(ledger_entry_decode(bytes, len, &got), E_UNSUPPORTED);
    CHECK_STR(ledger_entry_name((enum ledger_entry_type)200), "unknown");
    CHECK_STR(ledger_entry_name(LEDGER_BAN), "ban");
}

static void numbers_out_of_range_are_malformed(void)
{
    /* Offsets from the start of the body of a block of readings of "barn". */
    enum { BODY = LEDGER_HEAD_LEN, INTERVAL = BODY + 5 + 32, COUNT = INTERVAL + 12 };
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {
        {BODY, 0},                    /* no name */
        {BODY + 2, 0x1f},             /* a control character in it */
        {INTERVAL + 7, 1},            /* no multiple of the interval */
        {COUNT + 3, 8},               /* not what the ranges say */
        {COUNT + 4 + 32, 17},         /* ranges */
        {COUNT + 4 + 32 + 1 + 11, 0}, /* last before first */
    };
    const struct ledger_entry e = entry_of(LEDGER_READINGS);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ledger_entry got;
        const size_t len = encode(&e, bytes);
        bytes[wrong[i].at] = wrong[i].value;
        CHECK(ledger_entry_decode(bytes, len, &got) < 0);
    }
}

static struct ledger_receipt receipt_of(void)
{
    return (struct ledger_receipt){.origin = ledger_text_of("wattward/ledger/site"),
                                   .device = ledger_text_of("barn"),
                                   .index = 17,
                                   .unix_ms = 1767225600000,
                                   .count = 6,
                                   .root = {{9}},
                                   .n_ranges = 1,
                                   .ranges = {{3, 40, 45}}};
}

static void a_receipt_is_read_back_and_holds_only_unchanged(void)
{
    static uint8_t bytes[LEDGER_RECEIPT_MAX_LEN];
    uint8_t seed[32] = {3};
    uint8_t public_key[32];
    const struct ledger_receipt receipt = receipt_of();
    struct ledger_receipt got;
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    ledger_receipt_put(&w, &receipt);
    const size_t len = wbuf_len(&w);
    CHECK_EQ(ledger_receipt_decode(bytes, len, &got), E_TRUNCATED);
    CHECK_EQ(ledger_receipt_decode(bytes, len + 64, &got), E_OK);
    CHECK_EQ(got.index, 17);
    CHECK_EQ(got.ranges[0].last_sequence, 45);
    if (crypto_ed25519_public(seed, public_key) == E_UNSUPPORTED) {
        check_skip("this backend has no Ed25519");
        return;
    }
    CHECK_EQ(crypto_ed25519_sign(seed, bytes, len, bytes + len), E_OK);
    CHECK_EQ(ledger_receipt_verify(bytes, len + 64, public_key), E_OK);
    for (size_t i = 0; i < len + 64; i++) {
        bytes[i] ^= 1;
        CHECK(ledger_receipt_verify(bytes, len + 64, public_key) != E_OK);
        bytes[i] ^= 1;
    }
    CHECK_EQ(ledger_receipt_verify(bytes, 64, public_key), E_MALFORMED);
}

static void the_largest_entry_and_receipt_fit_their_bounds(void)
{
    static char text[LEDGER_TEXT_MAX_LEN + 1];
    static uint8_t long_message[LEDGER_READING_MAX_LEN];
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    memset(text, 'x', LEDGER_TEXT_MAX_LEN);
    struct ledger_entry e = entry_of(LEDGER_READINGS);
    e.readings.device = ledger_text_of(text);
    e.readings.last = long_message;
    e.readings.last_len = sizeof long_message;
    e.readings.n_ranges = LEDGER_RANGES_MAX;
    e.readings.count = LEDGER_RANGES_MAX;
    struct ledger_receipt receipt = receipt_of();
    receipt.origin = receipt.device = e.readings.device;
    receipt.count = LEDGER_RANGES_MAX;
    receipt.n_ranges = LEDGER_RANGES_MAX;
    for (uint32_t i = 0; i < LEDGER_RANGES_MAX; i++) {
        e.readings.ranges[i] = (struct ledger_range_of_readings){i, 1, 1};
        receipt.ranges[i] = e.readings.ranges[i];
    }
    CHECK(encode(&e, bytes) > 0);
    e = entry_of(LEDGER_BAN);
    e.judgement.device = e.judgement.by = e.judgement.reason = ledger_text_of(text);
    CHECK(encode(&e, bytes) > 0);
    struct wbuf w = wbuf_of(bytes, LEDGER_RECEIPT_MAX_LEN - 64);
    ledger_receipt_put(&w, &receipt);
    CHECK(wbuf_ok(&w));
}

CHECK_MAIN(TEST(every_type_is_read_back_and_written_the_same),
           TEST(every_shorter_and_longer_form_is_refused),
           TEST(another_version_or_type_is_not_spoken), TEST(numbers_out_of_range_are_malformed),
           TEST(a_receipt_is_read_back_and_holds_only_unchanged),
           TEST(the_largest_entry_and_receipt_fit_their_bounds))
