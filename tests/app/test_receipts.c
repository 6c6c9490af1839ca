/* SPDX-License-Identifier: MIT
 * A gateway, honest or not, against the device that checks its receipts. Readings and receipts are
 * really signed.
 */
#include "app/receipts.h"

#include <string.h>

#include "check.h"
#include "crypto/crypto.h"
#include "runtime/timer.h"
#include "telemetry/ack.h"
#include "telemetry/reading.h"

enum { CAP = 40, OVERDUE_MS = 80000, GRACE_MS = OVERDUE_MS / 8, READINGS = 64 };

static const uint8_t ledger_seed[32] = {7};
static const uint8_t other_seed[32] = {8};
static struct receipts_leaf leaves[CAP];
static struct receipts r;
static uint64_t now_ms;
static uint8_t private_key[32];
static struct {
    uint8_t bytes[TELEMETRY_SIGNED_MAX_LEN];
    size_t len;
} messages[READINGS + 1]; /* by sequence */

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    return crypto_ecdsa_sign(CRYPTO_P256, private_key, digest, 32, signature);
}

static void make_messages(void)
{
    uint8_t public_key[65];
    const struct telemetry_signer signer = {.sign = sign};
    CHECK_EQ(crypto_ec_generate(CRYPTO_P256, private_key, public_key), E_OK);
    for (uint32_t sequence = 1; sequence <= READINGS; sequence++) {
        const struct telemetry_reading reading = {
            .device_id = "barn",
            .device_id_len = 4,
            .boot_epoch = 3,
            .sequence = sequence,
            .unix_ms = 1767225600000 + sequence,
            .time_quality = TELEMETRY_TIME_SYNCED,
            .n_channels = 1,
            .channels = {{.kind = TELEMETRY_PRODUCTION, .energy_mwh = 1000 * (int64_t)sequence}}};
        const int len = telemetry_reading_sign(&reading, &signer, messages[sequence].bytes,
                                               sizeof messages[sequence].bytes);
        CHECK(len > 0);
        messages[sequence].len = (size_t)len;
    }
}

static void start(void)
{
    struct receipts_config config = {
        .device_id = "barn", .overdue_ms = OVERDUE_MS, .leaves = leaves, .cap = CAP};
    strcpy(config.key.name, "wattward/ledger/test");
    config.key.type = LEDGER_ED25519;
    CHECK_EQ(crypto_ed25519_public(ledger_seed, config.key.public_key), E_OK);
    if (messages[1].len == 0) {
        make_messages();
    }
    now_ms = 1000;
    CHECK_EQ(receipts_init(&r, &config), E_OK);
    receipts_set_link(&r, now_ms, true);
}

static void send(uint32_t first, uint32_t last)
{
    for (uint32_t sequence = first; sequence <= last; sequence++) {
        receipts_sent(&r, messages[sequence].bytes, messages[sequence].len);
    }
}

static void acknowledge(uint32_t first, uint32_t last, enum telemetry_verdict verdict)
{
    uint8_t ack[TELEMETRY_ACK_MAX_LEN];
    const struct telemetry_ack_range range = {3, first, last, verdict};
    const int len = telemetry_ack_encode(&range, 1, ack, sizeof ack);
    CHECK(len > 0);
    receipts_acknowledged(&r, now_ms, ack, (size_t)len);
}

/* ---- the gateway's blocks ---- */

struct block {
    struct ledger_receipt receipt;
    struct ledger_tree tree;
};

static void block_begin(struct block *b, uint64_t index)
{
    memset(b, 0, sizeof *b);
    ledger_tree_init(&b->tree);
    b->receipt.origin = ledger_text_of("wattward/ledger/test");
    b->receipt.device = ledger_text_of("barn");
    b->receipt.index = index;
    b->receipt.unix_ms = 1767225600000;
}

static void block_add(struct block *b, uint32_t first, uint32_t last)
{
    b->receipt.ranges[b->receipt.n_ranges++] = (struct ledger_range_of_readings){3, first, last};
    for (uint32_t sequence = first; sequence <= last; sequence++) {
        const uint32_t at = sequence <= READINGS ? sequence : 1;
        const struct ledger_hash leaf = ledger_leaf_hash(messages[at].bytes, messages[at].len);
        ledger_tree_append(&b->tree, &leaf, NULL);
        b->receipt.count++;
    }
}

static int block_give(struct block *b, const uint8_t seed[32])
{
    uint8_t bytes[LEDGER_RECEIPT_MAX_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes - 64);
    b->receipt.root = ledger_tree_root(&b->tree);
    ledger_receipt_put(&w, &b->receipt);
    const size_t len = wbuf_len(&w);
    CHECK_EQ(crypto_ed25519_sign(seed, bytes, len, bytes + len), E_OK);
    return receipts_input(&r, now_ms, bytes, len + 64);
}

/* An honest block of neighbours. */
static void give(uint64_t index, uint32_t first, uint32_t last)
{
    struct block b;
    block_begin(&b, index);
    block_add(&b, first, last);
    CHECK_EQ(block_give(&b, ledger_seed), E_OK);
}

static void pass(uint32_t ms)
{
    now_ms += ms;
    receipts_tick(&r, now_ms);
}

static void expect(enum receipts_event_kind kind, uint32_t sequence)
{
    struct receipts_event e;
    CHECK(receipts_event(&r, &e));
    CHECK_EQ(e.kind, kind);
    CHECK_EQ(e.sequence, sequence);
}

static void expect_nothing(void)
{
    struct receipts_event e;
    CHECK(!receipts_event(&r, &e));
}

/* The sequence that is asked for, 0 for none. */
static uint32_t asked(void)
{
    uint8_t want[RECEIPTS_WANT_LEN];
    const int len = receipts_output(&r, now_ms, want);
    return len == 0 ? 0 : want[7];
}

/* ---- the stories ---- */

static void an_honest_gateway_gives_no_alarm(void)
{
    start();
    for (uint32_t sequence = 1; sequence <= READINGS; sequence++) {
        send(sequence, sequence);
        pass(1000);
        acknowledge(sequence, sequence, TELEMETRY_STORED);
        if (sequence % 8 == 0) {
            give(sequence / 8, sequence - 7, sequence);
        }
    }
    pass(10 * OVERDUE_MS);
    expect_nothing();
    const struct receipts_counts c = receipts_counts(&r);
    CHECK_EQ(c.n_receipted, READINGS);
    CHECK_EQ(c.n_waiting + c.n_unchecked + c.n_alarms, 0);
    CHECK_EQ(receipts_deadline(&r), NEVER_MS);
}

static void a_dropped_reading_is_noticed_soon_after_a_later_one_has_its_receipt(void)
{
    start();
    for (uint32_t sequence = 1; sequence <= 4; sequence++) {
        send(sequence, sequence);
        acknowledge(sequence, sequence, TELEMETRY_STORED);
    }
    struct block b;
    block_begin(&b, 5);
    block_add(&b, 1, 1);
    block_add(&b, 3, 4); /* without the second */
    CHECK_EQ(block_give(&b, ledger_seed), E_OK);
    CHECK_EQ(asked(), 2);
    pass(GRACE_MS - 1);
    expect_nothing();
    pass(1);
    expect(RECEIPTS_DROPPED, 2);
    expect_nothing();
    CHECK_EQ(receipts_counts(&r).n_alarms, 1);
    CHECK_EQ(receipts_counts(&r).n_receipted, 3);
    pass(10 * OVERDUE_MS);
    expect_nothing(); /* told once */
}

static void a_gateway_that_stops_giving_receipts_is_noticed(void)
{
    start();
    send(1, 2);
    acknowledge(1, 2, TELEMETRY_STORED);
    CHECK(receipts_deadline(&r) > now_ms && receipts_deadline(&r) <= now_ms + OVERDUE_MS);
    pass(OVERDUE_MS / 4);
    CHECK_EQ(asked(), 1);
    CHECK_EQ(asked(), 0); /* not again at once */
    pass(OVERDUE_MS - OVERDUE_MS / 4);
    expect(RECEIPTS_DROPPED, 1);
    expect(RECEIPTS_DROPPED, 2);
    give(9, 1, 2);
    expect(RECEIPTS_LATE, 1);
    expect(RECEIPTS_LATE, 2);
    CHECK_EQ(receipts_counts(&r).n_waiting, 0);
}

static void a_changed_reading_is_noticed(void)
{
    struct block b;
    start();
    send(1, 3);
    acknowledge(1, 3, TELEMETRY_STORED);
    block_begin(&b, 5);
    block_add(&b, 1, 3);
    const struct ledger_hash other = ledger_leaf_hash("other", 5);
    ledger_tree_init(&b.tree);
    for (uint32_t sequence = 1; sequence <= 3; sequence++) {
        const struct ledger_hash own =
            ledger_leaf_hash(messages[sequence].bytes, messages[sequence].len);
        ledger_tree_append(&b.tree, sequence == 2 ? &other : &own, NULL);
    }
    CHECK_EQ(block_give(&b, ledger_seed), E_OK);
    struct receipts_event e;
    CHECK(receipts_event(&r, &e));
    CHECK_EQ(e.kind, RECEIPTS_CONTRADICTED);
    CHECK_EQ(e.index, 5);
    pass(OVERDUE_MS); /* and its readings are still owed */
    expect(RECEIPTS_DROPPED, 1);
}

static void readings_cannot_be_counted_twice_or_made_up(void)
{
    struct block b;
    start();
    send(1, 4);
    acknowledge(1, 4, TELEMETRY_STORED);
    give(1, 1, 2);
    block_begin(&b, 2);
    block_add(&b, 2, 3);
    CHECK_EQ(block_give(&b, ledger_seed), E_OK);
    expect(RECEIPTS_TWICE, 0);
    block_begin(&b, 3);
    block_add(&b, 3, 5); /* 5 was never sent */
    CHECK_EQ(block_give(&b, ledger_seed), E_OK);
    expect(RECEIPTS_FOREIGN, 0);
    give(4, 3, 4);
    expect_nothing();
}

static void a_receipt_that_comes_again_is_none_of_both(void)
{
    start();
    send(1, 4);
    acknowledge(1, 4, TELEMETRY_STORED);
    give(1, 1, 2);
    give(1, 1, 2);
    give(2, 3, 4);
    give(1, 1, 2);
    expect_nothing();
    CHECK_EQ(receipts_counts(&r).n_receipted, 4);
}

static void only_the_ledger_signs(void)
{
    struct block b;
    start();
    send(1, 1);
    acknowledge(1, 1, TELEMETRY_STORED);
    block_begin(&b, 1);
    block_add(&b, 1, 1);
    CHECK_EQ(block_give(&b, other_seed), E_AUTH);
    expect(RECEIPTS_FORGED, 0);
    b.receipt.device = ledger_text_of("house");
    CHECK_EQ(block_give(&b, ledger_seed), E_AUTH);
    expect(RECEIPTS_FORGED, 0);
    b.receipt.device = ledger_text_of("barn");
    b.receipt.origin = ledger_text_of("wattward/ledger/other");
    CHECK_EQ(block_give(&b, ledger_seed), E_AUTH);
    expect(RECEIPTS_FORGED, 0);
    CHECK(receipts_input(&r, now_ms, (const uint8_t *)"x", 1) < 0);
    expect(RECEIPTS_FORGED, 0);
    CHECK_EQ(receipts_counts(&r).n_waiting, 1);
}

static void a_lost_receipt_is_asked_for_and_no_alarm(void)
{
    start();
    send(1, 2);
    acknowledge(1, 2, TELEMETRY_STORED);
    receipts_set_link(&r, now_ms, false); /* block 1 passes by */
    pass(2 * OVERDUE_MS);
    expect_nothing();
    receipts_set_link(&r, now_ms, true);
    CHECK_EQ(asked(), 1);
    give(1, 1, 2);
    pass(2 * OVERDUE_MS);
    expect_nothing();
}

static void what_was_sent_before_the_start_is_unchecked(void)
{
    start();
    send(3, 4); /* 1 and 2 were in the run before */
    acknowledge(3, 4, TELEMETRY_STORED);
    give(1, 1, 4);
    pass(2 * OVERDUE_MS);
    expect_nothing();
    CHECK_EQ(receipts_counts(&r).n_unchecked, 4);
    CHECK_EQ(receipts_counts(&r).n_receipted, 0);
}

static void a_refused_reading_is_owed_nothing(void)
{
    start();
    send(1, 2);
    acknowledge(1, 1, TELEMETRY_TOO_OLD);
    acknowledge(2, 2, TELEMETRY_STORED);
    give(1, 2, 2);
    pass(2 * OVERDUE_MS);
    expect_nothing();
}

static void a_receipt_before_the_acknowledgement_counts(void)
{
    start();
    send(1, 2);
    give(1, 1, 2);
    send(1, 2); /* no acknowledgement came: once more */
    acknowledge(1, 2, TELEMETRY_STORED);
    give(1, 1, 2);
    pass(2 * OVERDUE_MS);
    expect_nothing();
    CHECK_EQ(receipts_counts(&r).n_receipted, 2);
    CHECK_EQ(receipts_counts(&r).n_waiting, 0);
}

static void memory_is_bounded_and_what_is_forgotten_is_no_alarm(void)
{
    start();
    send(1, READINGS);
    acknowledge(1, READINGS, TELEMETRY_STORED);
    CHECK_EQ(receipts_counts(&r).n_waiting, CAP);
    give(1, 1, 20);  /* all forgotten */
    give(2, 21, 40); /* in part */
    give(3, 41, READINGS);
    expect_nothing();
    CHECK_EQ(receipts_counts(&r).n_receipted, READINGS - 40);
    CHECK_EQ(receipts_counts(&r).n_waiting, 0);
    struct block b;
    block_begin(&b, 4);
    block_add(&b, 1, CAP + 1); /* more than it can hold */
    CHECK_EQ(block_give(&b, ledger_seed), E_OK);
    expect_nothing();
}

static void what_it_asks_for_fits_its_configuration(void)
{
    struct receipts_config config = {
        .device_id = "barn", .overdue_ms = 999, .leaves = leaves, .cap = CAP};
    CHECK_EQ(receipts_init(&r, &config), E_ARG);
    config.overdue_ms = 1000;
    CHECK_EQ(receipts_init(&r, &config), E_OK);
    config.cap = 0;
    CHECK_EQ(receipts_init(&r, &config), E_ARG);
}

CHECK_MAIN(TEST(an_honest_gateway_gives_no_alarm),
           TEST(a_dropped_reading_is_noticed_soon_after_a_later_one_has_its_receipt),
           TEST(a_gateway_that_stops_giving_receipts_is_noticed),
           TEST(a_changed_reading_is_noticed), TEST(readings_cannot_be_counted_twice_or_made_up),
           TEST(a_receipt_that_comes_again_is_none_of_both), TEST(only_the_ledger_signs),
           TEST(a_lost_receipt_is_asked_for_and_no_alarm),
           TEST(what_was_sent_before_the_start_is_unchecked),
           TEST(a_refused_reading_is_owed_nothing),
           TEST(a_receipt_before_the_acknowledgement_counts),
           TEST(memory_is_bounded_and_what_is_forgotten_is_no_alarm),
           TEST(what_it_asks_for_fits_its_configuration))
