/* SPDX-License-Identifier: MIT */
#include "base/rbuf.h"
#include "base/wbuf.h"

#include <string.h>

#include "check.h"

static void a_read_past_the_end_sticks_and_yields_zeros(void)
{
    const uint8_t in[] = {1, 2, 3};
    struct rbuf r = rbuf_of(in, sizeof in);
    CHECK_EQ(rbuf_be16(&r), 0x0102);
    CHECK_EQ(rbuf_be16(&r), 0);
    CHECK(!rbuf_ok(&r));
    CHECK_EQ(rbuf_u8(&r), 0);
    CHECK_EQ(rbuf_left(&r), 0);
}

static void both_byte_orders_read_what_they_wrote(void)
{
    uint8_t out[32];
    struct wbuf w = wbuf_of(out, sizeof out);
    wbuf_u8(&w, 0xAB);
    wbuf_be16(&w, 0x1234);
    wbuf_le16(&w, 0x1234);
    wbuf_be32(&w, 0xDEADBEEF);
    wbuf_le32(&w, 0xDEADBEEF);
    wbuf_be64(&w, 0x0123456789ABCDEF);
    wbuf_le64(&w, 0x0123456789ABCDEF);
    CHECK_EQ(wbuf_len(&w), 29);
    CHECK_EQ(out[1], 0x12);
    CHECK_EQ(out[3], 0x34);
    struct rbuf r = rbuf_of(out, wbuf_len(&w));
    CHECK_EQ(rbuf_u8(&r), 0xAB);
    CHECK_EQ(rbuf_be16(&r), 0x1234);
    CHECK_EQ(rbuf_le16(&r), 0x1234);
    CHECK_EQ(rbuf_be32(&r), 0xDEADBEEF);
    CHECK_EQ(rbuf_le32(&r), 0xDEADBEEF);
    CHECK(rbuf_be64(&r) == 0x0123456789ABCDEF);
    CHECK(rbuf_le64(&r) == 0x0123456789ABCDEF);
    CHECK(rbuf_done(&r));
}

static void a_write_that_does_not_fit_writes_nothing_and_sticks(void)
{
    uint8_t out[4] = {9, 9, 9, 9};
    struct wbuf w = wbuf_of(out, 3);
    wbuf_be16(&w, 0);
    wbuf_be16(&w, 0);
    CHECK(!wbuf_ok(&w));
    CHECK_EQ(wbuf_len(&w), 0);
    CHECK_EQ(out[2], 9);
    CHECK_EQ(out[3], 9);
    wbuf_u8(&w, 1);
    CHECK(!wbuf_ok(&w));
}

static void a_write_that_fills_the_buffer_exactly_fits(void)
{
    uint8_t out[6];
    struct wbuf w = wbuf_of(out, sizeof out);
    wbuf_str(&w, "abc");
    CHECK_EQ(wbuf_left(&w), 3);
    wbuf_put(&w, "def", 3);
    CHECK_EQ(wbuf_left(&w), 0);
    wbuf_put(&w, NULL, 0);
    CHECK_BYTES(out, wbuf_len(&w), "abcdef", 6);
    wbuf_u8(&w, 0);
    CHECK(!wbuf_ok(&w));
    CHECK_EQ(wbuf_left(&w), 0);
}

static void reserved_room_is_inside_the_buffer_and_counts(void)
{
    uint8_t out[4];
    struct wbuf w = wbuf_of(out, sizeof out);
    wbuf_u8(&w, 7);
    uint8_t *room = wbuf_reserve(&w, 3);
    CHECK(room == out + 1);
    CHECK_EQ(wbuf_len(&w), 4);
    CHECK(wbuf_reserve(&w, 1) == NULL);
    CHECK_EQ(wbuf_len(&w), 0);
}

static void a_buffer_of_nothing_takes_nothing(void)
{
    struct wbuf w = wbuf_of(NULL, 0);
    wbuf_put(&w, NULL, 0);
    wbuf_str(&w, "");
    CHECK(wbuf_ok(&w));
    wbuf_u8(&w, 1);
    CHECK(!wbuf_ok(&w));
    struct rbuf r = rbuf_of(NULL, 0);
    CHECK(rbuf_done(&r));
    (void)rbuf_take(&r, 0);
    CHECK(rbuf_done(&r));
    (void)rbuf_u8(&r);
    CHECK(!rbuf_ok(&r));
}

static void a_failure_that_the_caller_declares_sticks(void)
{
    uint8_t bytes[2] = {1, 2};
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    wbuf_fail(&w);
    wbuf_u8(&w, 9);
    CHECK_EQ(wbuf_len(&w), 0);
    CHECK_EQ(bytes[0], 1);
    struct rbuf r = rbuf_of(bytes, sizeof bytes);
    rbuf_fail(&r);
    CHECK_EQ(rbuf_u8(&r), 0);
    CHECK(!rbuf_done(&r));
}

static void views_and_copies_take_what_they_say(void)
{
    static const uint8_t in[] = {1, 2, 3, 4, 5, 6};
    uint8_t copy[2] = {9, 9};
    struct rbuf r = rbuf_of(in, sizeof in);
    rbuf_skip(&r, 1);
    CHECK(rbuf_take(&r, 2) == in + 1);
    CHECK_EQ(rbuf_pos(&r), 3);
    rbuf_copy(&r, copy, 2);
    CHECK_BYTES(copy, 2, in + 3, 2);
    rbuf_copy(&r, copy, 0);
    CHECK_EQ(copy[0], 4);
    CHECK_EQ(rbuf_left(&r), 1);
    rbuf_copy(&r, copy, 2); /* one too many: zeros, and nothing more */
    CHECK_EQ(copy[0], 0);
    CHECK_EQ(copy[1], 0);
    CHECK(rbuf_take(&r, 1) == NULL);
    CHECK_EQ(rbuf_left(&r), 0);
}

static void a_length_that_would_wrap_is_too_long(void)
{
    uint8_t bytes[4] = {0};
    struct rbuf r = rbuf_of(bytes, sizeof bytes);
    rbuf_skip(&r, 2);
    CHECK(rbuf_take(&r, SIZE_MAX) == NULL);
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    wbuf_be16(&w, 0);
    CHECK(wbuf_reserve(&w, SIZE_MAX) == NULL);
}

CHECK_MAIN(TEST(a_read_past_the_end_sticks_and_yields_zeros),
           TEST(both_byte_orders_read_what_they_wrote),
           TEST(a_write_that_does_not_fit_writes_nothing_and_sticks),
           TEST(a_write_that_fills_the_buffer_exactly_fits),
           TEST(reserved_room_is_inside_the_buffer_and_counts),
           TEST(a_buffer_of_nothing_takes_nothing), TEST(a_failure_that_the_caller_declares_sticks),
           TEST(views_and_copies_take_what_they_say), TEST(a_length_that_would_wrap_is_too_long))
