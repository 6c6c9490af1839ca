/* SPDX-License-Identifier: MIT
 * Records of sessions: nothing that was written down is lost, whatever happens to the link or the
 * power, and charging never waits for it.
 */
#include "app/session_log.h"

#include <string.h>

#include "check.h"
#include "crypto/crypto.h"
#include "sim/flash.h"

enum { SECTORS = 16, SECTOR_LEN = 4096, PROGRAM_LEN = 8, ACK_TIMEOUT_MS = 2000 };

static struct sim_flash flash;
static uint32_t medium[SIM_FLASH_MEMORY_LEN(SECTOR_LEN, SECTORS) / 4];
static struct outbox outbox;
static struct session_log sessions;
static uint8_t private_key[32], public_key[65];
static uint64_t now_ms;

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    return crypto_ecdsa_sign(CRYPTO_P256, private_key, digest, 32, signature);
}

static void boot(uint32_t epoch)
{
    const struct session_log_config config = {.device_id = "charger-1",
                                              .boot_epoch = epoch,
                                              .ack_timeout_ms = ACK_TIMEOUT_MS,
                                              .signer = {.sign = sign},
                                              .outbox = &outbox};
    CHECK_EQ(outbox_mount(&outbox, &flash.flash), E_OK);
    session_log_init(&sessions, &config);
}

static void set_up(void)
{
    sim_flash_init(&flash, medium, SECTOR_LEN, SECTORS, PROGRAM_LEN, 1);
    CHECK_EQ(crypto_ec_generate(CRYPTO_P256, private_key, public_key), E_OK);
    now_ms = 1000;
    boot(1);
}

static void begin(unsigned plug)
{
    const struct site_time time = {
        .now_ms = now_ms, .unix_ms = 1767225600000, .quality = TELEMETRY_TIME_SYNCED};
    session_log_begin(&sessions, plug, &time);
}

static void add(unsigned plug, enum telemetry_row_kind kind, const char *word)
{
    const struct telemetry_session_row row = {.kind = kind,
                                              .word = {.text = word, .len = strlen(word)},
                                              .detail = {.text = "OK", .len = 2}};
    session_log_add(&sessions, plug, now_ms, &row);
}

static void pass(uint32_t ms)
{
    now_ms += ms;
    session_log_tick(&sessions, now_ms);
}

static uint8_t message[TELEMETRY_PIECE_MAX_LEN];
static struct telemetry_session_envelope sent;

/* The next piece that goes out; false when there is none. */
static bool take(void)
{
    const int len = session_log_output(&sessions, now_ms, message, sizeof message);
    CHECK(len >= 0);
    if (len <= 0) {
        return false;
    }
    CHECK_EQ(telemetry_session_decode(message, (size_t)len, &sent), E_OK);
    CHECK_EQ(telemetry_session_verify(&sent, public_key), E_OK);
    return true;
}

static void acknowledge(enum telemetry_verdict verdict)
{
    uint8_t ack[TELEMETRY_ACK_MAX_LEN];
    const struct telemetry_ack_range range = {sent.piece.boot_epoch, sent.piece.sequence,
                                              sent.piece.sequence, verdict};
    const int len = telemetry_ack_encode(&range, 1, ack, sizeof ack);
    CHECK_EQ(session_log_input(&sessions, now_ms, ack, (size_t)len), E_OK);
}

static void rows_wait_for_others_and_go_out_together(void)
{
    set_up();
    session_log_set_link(&sessions, now_ms, true);
    begin(0);
    add(0, TELEMETRY_ROW_STATE, "OFF");
    pass(SESSION_LOG_HOLD_MS - 1);
    add(0, TELEMETRY_ROW_STATE, "TESTING");
    CHECK(!take());
    CHECK_EQ(session_log_deadline(&sessions), now_ms + 1);
    pass(1);
    CHECK(take());
    CHECK_EQ(sent.piece.n_rows, 2);
    CHECK_EQ(sent.piece.piece, 0);
    CHECK_EQ(sent.piece.sequence, 1);
    CHECK_EQ(sent.piece.plug, 1);
    CHECK(!sent.piece.is_last);
    CHECK_EQ(sent.piece.start_unix_ms, 1767225600000);
    CHECK(!take());
    acknowledge(TELEMETRY_STORED);
    CHECK_EQ(outbox_count(&outbox), 0);
    CHECK_EQ(session_log_counts(&sessions).n_stored, 1);
}

static void a_fault_goes_out_at_once_and_the_end_is_the_last_piece(void)
{
    set_up();
    session_log_set_link(&sessions, now_ms, true);
    begin(2);
    add(2, TELEMETRY_ROW_FAULT, "ISOLATION");
    pass(0);
    CHECK(take());
    CHECK_EQ(sent.piece.plug, 3);
    pass(10);
    add(2, TELEMETRY_ROW_END, "REFUSED");
    session_log_end(&sessions, 2, now_ms);
    CHECK(!session_log_is_open(&sessions, 2));
    CHECK(take());
    CHECK(sent.piece.is_last);
    CHECK_EQ(sent.piece.piece, 1);
    struct telemetry_session_rows rows = telemetry_session_rows_of(&sent.piece);
    struct telemetry_session_row row;
    CHECK(telemetry_session_next_row(&rows, &row));
    CHECK_EQ(row.kind, TELEMETRY_ROW_END);
    CHECK_EQ(row.t_ms, 10);
}

static void what_is_not_acknowledged_is_sent_again(void)
{
    set_up();
    session_log_set_link(&sessions, now_ms, true);
    begin(0);
    add(0, TELEMETRY_ROW_STATE, "OFF");
    session_log_end(&sessions, 0, now_ms);
    CHECK(take());
    CHECK_EQ(session_log_deadline(&sessions), now_ms + ACK_TIMEOUT_MS);
    pass(ACK_TIMEOUT_MS - 1);
    CHECK(!take());
    pass(1);
    CHECK(take());
    session_log_set_link(&sessions, now_ms, false);
    CHECK(!take());
    session_log_set_link(&sessions, now_ms, true);
    CHECK(take()); /* a new connection has heard nothing */
    CHECK_EQ(sent.piece.sequence, 1);
}

static void a_refusal_is_told_and_not_repeated(void)
{
    enum telemetry_verdict verdict;
    set_up();
    session_log_set_link(&sessions, now_ms, true);
    begin(0);
    add(0, TELEMETRY_ROW_STATE, "OFF");
    session_log_end(&sessions, 0, now_ms);
    CHECK(take());
    acknowledge(TELEMETRY_BANNED);
    CHECK(session_log_refusal(&sessions, &verdict));
    CHECK_EQ(verdict, TELEMETRY_BANNED);
    CHECK(!session_log_refusal(&sessions, &verdict));
    pass(10 * ACK_TIMEOUT_MS);
    CHECK(!take());
    CHECK_EQ(session_log_counts(&sessions).n_refused, 1);
}

static void records_outlive_the_power(void)
{
    set_up();
    begin(0);
    for (int i = 0; i < 5; i++) {
        add(0, TELEMETRY_ROW_STATE, "ON");
        pass(SESSION_LOG_HOLD_MS);
    }
    boot(2); /* the power went; the row that waited is gone, five pieces are not */
    begin(0);
    add(0, TELEMETRY_ROW_STATE, "OFF");
    session_log_end(&sessions, 0, now_ms);
    session_log_set_link(&sessions, now_ms, true);
    for (uint32_t i = 1; i <= 6; i++) {
        CHECK(take());
        CHECK_EQ(sent.piece.boot_epoch, i <= 5 ? 1 : 2);
        CHECK_EQ(sent.piece.sequence, i <= 5 ? i : 1);
        acknowledge(TELEMETRY_STORED);
    }
    CHECK(!take());
    CHECK_EQ(outbox_count(&outbox), 0);
}

static void two_plugs_do_not_mix(void)
{
    set_up();
    session_log_set_link(&sessions, now_ms, true);
    begin(0);
    begin(1);
    add(0, TELEMETRY_ROW_STATE, "FIRST");
    add(1, TELEMETRY_ROW_STATE, "SECOND");
    session_log_end(&sessions, 0, now_ms);
    session_log_end(&sessions, 1, now_ms);
    for (unsigned plug = 1; plug <= 2; plug++) {
        struct telemetry_session_row row;
        CHECK(take());
        struct telemetry_session_rows rows = telemetry_session_rows_of(&sent.piece);
        CHECK(telemetry_session_next_row(&rows, &row));
        CHECK_EQ(sent.piece.plug, plug);
        CHECK_EQ(sent.piece.session, plug);
        CHECK_BYTES(row.word.text, row.word.len, plug == 1 ? "FIRST" : "SECOND", plug == 1 ? 5 : 6);
        CHECK(!telemetry_session_next_row(&rows, &row));
    }
}

static void a_full_outbox_loses_what_is_new_and_says_so(void)
{
    set_up();
    uint32_t n = 0;
    begin(0);
    while (session_log_counts(&sessions).n_lost == 0 && n < 10000) {
        add(0, TELEMETRY_ROW_MESSAGE, "CURRENT_DEMAND");
        pass(SESSION_LOG_HOLD_MS);
        n++;
        if (n % 400 == 0) {
            begin(0);
        }
    }
    CHECK(n > 100 && n < 10000);
    const uint32_t kept = outbox_count(&outbox);
    CHECK_EQ(kept, n - 1);
    session_log_set_link(&sessions, now_ms, true);
    CHECK(take());
    CHECK_EQ(sent.piece.sequence, 1); /* the oldest is still there */
}

static void a_session_without_end_stays_within_its_pieces(void)
{
    set_up();
    session_log_set_link(&sessions, now_ms, true);
    begin(0);
    uint32_t n = 0;
    for (int i = 0; i < TELEMETRY_PIECES_MAX + 10; i++) {
        add(0, TELEMETRY_ROW_STATE, "ON");
        pass(SESSION_LOG_HOLD_MS);
        while (take()) {
            acknowledge(TELEMETRY_STORED);
            n++;
        }
    }
    CHECK_EQ(n, TELEMETRY_PIECES_MAX - 1);
    CHECK_EQ(session_log_counts(&sessions).n_lost, 11);
    add(0, TELEMETRY_ROW_END, "STOPPED");
    session_log_end(&sessions, 0, now_ms);
    CHECK(take());
    CHECK(sent.piece.is_last);
    CHECK_EQ(sent.piece.piece, TELEMETRY_PIECES_MAX - 1);
}

CHECK_MAIN(TEST(rows_wait_for_others_and_go_out_together),
           TEST(a_fault_goes_out_at_once_and_the_end_is_the_last_piece),
           TEST(what_is_not_acknowledged_is_sent_again), TEST(a_refusal_is_told_and_not_repeated),
           TEST(records_outlive_the_power), TEST(two_plugs_do_not_mix),
           TEST(a_full_outbox_loses_what_is_new_and_says_so),
           TEST(a_session_without_end_stays_within_its_pieces))
