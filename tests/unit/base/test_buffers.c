/* SPDX-License-Identifier: MIT */
#include "base/crc.h"
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

/* Check values of the CRC catalogue: the CRC of "123456789". */
static void crcs_match_their_catalogue_check_values(void)
{
    CHECK_EQ(base_crc32(0, "123456789", 9), 0xCBF43926);
    CHECK_EQ(base_crc32(base_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    CHECK_EQ(base_crc16_modbus("123456789", 9), 0x4B37);
    CHECK_EQ(base_crc8("123456789", 9), 0xF4);
}

CHECK_MAIN(TEST(a_read_past_the_end_sticks_and_yields_zeros),
           TEST(both_byte_orders_read_what_they_wrote),
           TEST(a_write_that_does_not_fit_writes_nothing_and_sticks),
           TEST(crcs_match_their_catalogue_check_values))
