/* SPDX-License-Identifier: MIT
 * Cyclic redundancy checks, by their catalogue names (reveng.sourceforge.io).
 */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32/ISO-HDLC, as in Ethernet and zlib. Start with seed 0; pass a former result to go on. */
uint32_t base_crc32(uint32_t seed, const void *data, size_t len);
/* CRC-16/MODBUS: poly 0x8005 reflected, init 0xFFFF. */
uint16_t base_crc16_modbus(const void *data, size_t len);
/* CRC-8/SMBUS: poly 0x07, init 0. */
uint8_t base_crc8(const void *data, size_t len);

#endif
