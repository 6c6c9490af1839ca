/* SPDX-License-Identifier: MIT */
#include "base/crc.h"

#include "check.h"

/* Check values of the CRC catalogue: the CRC of "123456789". */
static void crcs_match_their_catalogue_check_values(void)
{
    CHECK_EQ(base_crc32(0, "123456789", 9), 0xCBF43926);
    CHECK_EQ(base_crc32(base_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    CHECK_EQ(base_crc16_modbus("123456789", 9), 0x4B37);
    CHECK_EQ(base_crc8("123456789", 9), 0xF4);
}

static void crcs_of_nothing_are_their_start(void)
{
    CHECK_EQ(base_crc32(0, "", 0), 0);
    CHECK_EQ(base_crc16_modbus("", 0), 0xFFFF);
    CHECK_EQ(base_crc8("", 0), 0);
}

/* Bit by bit, as the catalogue defines them, for every byte. */
static uint32_t reflected(uint32_t crc, uint32_t polynomial, uint8_t byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    }
    return crc;
}

static void tables_agree_with_the_polynomials_for_every_byte(void)
{
    unsigned wrong = 0;
    for (unsigned v = 0; v < 256; v++) {
        const uint8_t byte = (uint8_t)v;
        wrong += base_crc32(0, &byte, 1) != ~reflected(UINT32_MAX, 0xEDB88320, byte);
        wrong += base_crc16_modbus(&byte, 1) != reflected(0xFFFF, 0xA001, byte);
        uint8_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint8_t)((crc & 0x80) != 0 ? crc << 1 ^ 0x07 : crc << 1);
        }
        wrong += base_crc8(&byte, 1) != crc;
    }
    CHECK_EQ(wrong, 0);
}

CHECK_MAIN(TEST(crcs_match_their_catalogue_check_values), TEST(crcs_of_nothing_are_their_start),
           TEST(tables_agree_with_the_polynomials_for_every_byte))
