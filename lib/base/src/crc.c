/* SPDX-License-Identifier: MIT
 * Nibble tables: 64 and 32 bytes of flash, two steps a byte.
 */
#include "base/crc.h"

uint32_t base_crc32(uint32_t seed, const void *data, size_t len)
{
    static const uint32_t nibble[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                        0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const uint8_t *p = data;
    uint32_t crc = ~seed;
    for (size_t i = 0; i < len; i++) {
        crc = crc >> 4 ^ nibble[(crc ^ p[i]) & 15U];
        crc = crc >> 4 ^ nibble[(crc ^ (uint32_t)(p[i] >> 4)) & 15U];
    }
    return ~crc;
}

uint16_t base_crc16_modbus(const void *data, size_t len)
{
    static const uint16_t nibble[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00,
                                        0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401,
                                        0x5000, 0x9C01, 0x8801, 0x4400};
    const uint8_t *p = data;
    uint32_t crc = 0xFFFF;
    for (size_t i = 0; i < len; i++) {
        crc = crc >> 4 ^ nibble[(crc ^ p[i]) & 15U];
        crc = crc >> 4 ^ nibble[(crc ^ (uint32_t)(p[i] >> 4)) & 15U];
    }
    return (uint16_t)crc;
}

uint8_t base_crc8(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t crc = 0;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc << 1 ^ ((crc & 0x80U) != 0 ? 0x07U : 0U)) & 0xFFU;
        }
    }
    return (uint8_t)crc;
}
