/* SPDX-License-Identifier: MIT */
#include "telemetry/session.h"

#include <string.h>

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

static struct telemetry_word word(const char *text)
{
    return (struct telemetry_word){.text = text, .len = strlen(text)};
}

static const uint8_t car_id[] = {0x04, 0x65, 0x65, 0x00, 0x64, 0xC3};

/* One row of each kind. */
static struct telemetry_session_row row_of(enum telemetry_row_kind kind)
{
    struct telemetry_session_row row = {.kind = kind, .t_ms = 100 * (uint32_t)kind};
    switch (kind) {
    case TELEMETRY_ROW_SAMPLE:
        row.mv = 412800;
        row.ma = -56900;
        row.energy_mwh = 1234567;
        row.soc_pct = -1;
        break;
    case TELEMETRY_ROW_MESSAGE:
        row.word = word("PRE_CHARGE");
        row.detail = word("OK");
        break;
    case TELEMETRY_ROW_CAR:
        row.word = word("ISO 15118-2");
        row.detail = word("DC");
        row.car_id = car_id;
        row.car_id_len = sizeof car_id;
        break;
    case TELEMETRY_ROW_PHASE:
    case TELEMETRY_ROW_STATE:
    case TELEMETRY_ROW_FAULT:
    case TELEMETRY_ROW_END:
    case TELEMETRY_ROW_KINDS:
        row.word = word("STOPPED");
        break;
    }
    return row;
}

static struct telemetry_session_piece piece_of(const struct wbuf *rows, const uint8_t *bytes,
                                               uint16_t n)
{
    return (struct telemetry_session_piece){.device_id = "charger-1",
                                            .device_id_len = 9,
                                            .boot_epoch = 3,
                                            .sequence = 7,
                                            .session = 2,
                                            .piece = 1,
                                            .is_last = true,
                                            .plug = 1,
                                            .start_unix_ms = 1767225600000,
                                            .time_quality = TELEMETRY_TIME_SYNCED,
                                            .rows = bytes,
                                            .rows_len = wbuf_len(rows),
                                            .n_rows = n};
}

static int sign_one_of_each(uint8_t *out, size_t cap)
{
    uint8_t bytes[TELEMETRY_ROWS_MAX_LEN];
    struct wbuf rows = wbuf_of(bytes, sizeof bytes);
    for (int kind = 0; kind < TELEMETRY_ROW_KINDS; kind++) {
        const struct telemetry_session_row row = row_of((enum telemetry_row_kind)kind);
        CHECK_EQ(telemetry_session_put_row(&rows, &row), E_OK);
    }
    const struct telemetry_session_piece piece = piece_of(&rows, bytes, TELEMETRY_ROW_KINDS);
    return telemetry_session_sign(&piece, &signer, out, cap);
}

static void what_was_signed_is_read_and_verified(void)
{
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    struct telemetry_session_envelope e;
    take_keys();
    const int len = sign_one_of_each(message, sizeof message);
    CHECK(len > 0);
    CHECK_EQ(telemetry_session_decode(message, (size_t)len, &e), E_OK);
    CHECK_EQ(telemetry_session_verify(&e, public_key), E_OK);
    CHECK_BYTES(e.piece.device_id, e.piece.device_id_len, "charger-1", 9);
    CHECK_EQ(e.piece.boot_epoch, 3);
    CHECK_EQ(e.piece.sequence, 7);
    CHECK_EQ(e.piece.session, 2);
    CHECK_EQ(e.piece.piece, 1);
    CHECK(e.piece.is_last);
    CHECK_EQ(e.piece.plug, 1);
    CHECK_EQ(e.piece.start_unix_ms, 1767225600000);
    struct telemetry_session_rows rows = telemetry_session_rows_of(&e.piece);
    struct telemetry_session_row row;
    int n = 0;
    while (telemetry_session_next_row(&rows, &row)) {
        const struct telemetry_session_row want = row_of((enum telemetry_row_kind)n);
        CHECK_EQ(row.kind, want.kind);
        CHECK_EQ(row.t_ms, want.t_ms);
        CHECK_EQ(row.mv, want.mv);
        CHECK_EQ(row.ma, want.ma);
        CHECK_EQ(row.energy_mwh, want.energy_mwh);
        CHECK_EQ(row.soc_pct, want.soc_pct);
        CHECK_BYTES(row.word.text, row.word.len, want.word.text, want.word.len);
        CHECK_BYTES(row.detail.text, row.detail.len, want.detail.text, want.detail.len);
        CHECK_BYTES(row.car_id, row.car_id_len, want.car_id, want.car_id_len);
        n++;
    }
    CHECK_EQ(n, TELEMETRY_ROW_KINDS);
}

static void a_flipped_bit_is_refused_or_does_not_verify(void)
{
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    struct telemetry_session_envelope e;
    take_keys();
    const int len = sign_one_of_each(message, sizeof message);
    for (size_t bit = 0; bit < (size_t)len * 8; bit += 37) {
        message[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (telemetry_session_decode(message, (size_t)len, &e) == E_OK) {
            CHECK_EQ(telemetry_session_verify(&e, public_key), E_AUTH);
        }
        message[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void the_beginning_of_a_piece_is_truncated(void)
{
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    struct telemetry_session_envelope e;
    take_keys();
    const int len = sign_one_of_each(message, sizeof message);
    for (size_t n = 0; n < (size_t)len; n++) {
        CHECK_EQ(telemetry_session_decode(message, n, &e), E_TRUNCATED);
    }
    message[len] = 0;
    CHECK_EQ(telemetry_session_decode(message, (size_t)len + 1, &e), E_MALFORMED);
    CHECK_EQ(telemetry_session_decode(message, TELEMETRY_PIECE_MAX_LEN + 1, &e), E_LIMIT);
}

static void a_reading_is_no_piece_and_a_piece_no_reading(void)
{
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    struct telemetry_envelope reading;
    struct telemetry_session_envelope session;
    const struct telemetry_reading r = {.device_id = "charger-1",
                                        .device_id_len = 9,
                                        .boot_epoch = 1,
                                        .sequence = 1,
                                        .unix_ms = 1,
                                        .time_quality = TELEMETRY_TIME_HELD,
                                        .n_channels = 1};
    take_keys();
    int len = sign_one_of_each(message, sizeof message);
    CHECK(telemetry_reading_decode(message, (size_t)len, &reading) != E_OK);
    len = telemetry_reading_sign(&r, &signer, message, sizeof message);
    CHECK_EQ(telemetry_session_decode(message, (size_t)len, &session), E_MALFORMED);
}

static void rows_that_break_a_range_are_not_written(void)
{
    uint8_t bytes[TELEMETRY_ROWS_MAX_LEN];
    struct wbuf rows = wbuf_of(bytes, sizeof bytes);
    struct telemetry_session_row row = row_of(TELEMETRY_ROW_SAMPLE);
    row.mv = -1;
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_ARG);
    row = row_of(TELEMETRY_ROW_SAMPLE);
    row.soc_pct = 101;
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_ARG);
    row = row_of(TELEMETRY_ROW_FAULT);
    row.word = word("");
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_ARG);
    row.word = word("a \"quoted\" word");
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_ARG);
    row.word = word("012345678901234567890123456789012");
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_ARG);
    CHECK_EQ(wbuf_len(&rows), 0);
}

static void a_full_piece_fits_into_its_bounds(void)
{
    static const char id[] = "abcdefghijklmnopqrstuvwxyz.ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    uint8_t bytes[TELEMETRY_ROWS_MAX_LEN];
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    struct wbuf rows = wbuf_of(bytes, sizeof bytes);
    const struct telemetry_session_row row = {.kind = TELEMETRY_ROW_CAR,
                                              .t_ms = UINT32_MAX,
                                              .word = word("01234567890123456789012345678901"),
                                              .detail = word("01234567890123456789012345678901"),
                                              .car_id = (const uint8_t *)"12345678",
                                              .car_id_len = 8};
    uint16_t n = 0;
    take_keys();
    while (telemetry_session_put_row(&rows, &row) == E_OK) {
        n++;
    }
    CHECK_EQ(wbuf_len(&rows) / n, TELEMETRY_ROW_MAX_LEN);
    struct telemetry_session_piece piece = piece_of(&rows, bytes, n);
    piece.device_id = id;
    piece.device_id_len = TELEMETRY_DEVICE_ID_MAX_LEN;
    piece.boot_epoch = piece.sequence = piece.session = UINT32_MAX;
    piece.piece = TELEMETRY_PIECES_MAX - 1;
    piece.plug = TELEMETRY_PLUGS_MAX;
    piece.start_unix_ms = TELEMETRY_UNIX_MS_MAX;
    const int len = telemetry_session_sign(&piece, &signer, message, sizeof message);
    CHECK(len > 0);
    CHECK_EQ(telemetry_session_sign(&piece, &signer, message, (size_t)len - 1), E_NOSPACE);
    piece.piece = TELEMETRY_PIECES_MAX;
    CHECK_EQ(telemetry_session_sign(&piece, &signer, message, sizeof message), E_ARG);
    piece.piece = 0;
    piece.plug = 0;
    CHECK_EQ(telemetry_session_sign(&piece, &signer, message, sizeof message), E_ARG);
}

static void time_that_falls_is_malformed(void)
{
    uint8_t bytes[TELEMETRY_ROWS_MAX_LEN];
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    struct telemetry_session_envelope e;
    struct wbuf rows = wbuf_of(bytes, sizeof bytes);
    struct telemetry_session_row row = row_of(TELEMETRY_ROW_STATE);
    take_keys();
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_OK);
    row.t_ms--;
    CHECK_EQ(telemetry_session_put_row(&rows, &row), E_OK);
    const struct telemetry_session_piece piece = piece_of(&rows, bytes, 2);
    const int len = telemetry_session_sign(&piece, &signer, message, sizeof message);
    CHECK_EQ(telemetry_session_decode(message, (size_t)len, &e), E_MALFORMED);
}

CHECK_MAIN(TEST(what_was_signed_is_read_and_verified),
           TEST(a_flipped_bit_is_refused_or_does_not_verify),
           TEST(the_beginning_of_a_piece_is_truncated),
           TEST(a_reading_is_no_piece_and_a_piece_no_reading),
           TEST(rows_that_break_a_range_are_not_written), TEST(a_full_piece_fits_into_its_bounds),
           TEST(time_that_falls_is_malformed))
