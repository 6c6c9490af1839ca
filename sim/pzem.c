/* SPDX-License-Identifier: MIT
 * The slave's side of the PZEM-004T's protocol, written from its manual on its own: nothing is
 * shared with the driver under test but the CRC.
 */
#include "sim/pzem.h"

#include <string.h>

#include "base/crc.h"

enum { GENERAL_ADDRESS = 0xF8, BROADCAST = 0 };
enum { ILLEGAL_FUNCTION = 1, ILLEGAL_ADDRESS = 2, ILLEGAL_DATA = 3 };

void sim_pzem_init(struct sim_pzem *chip)
{
    memset(chip, 0, sizeof *chip);
    chip->voltage_dv = 2300;
    chip->frequency_dhz = 500;
    chip->alarm_threshold_w = 23000;
    chip->address = 1;
}

static uint16_t input_register(const struct sim_pzem *chip, size_t index)
{
    const uint16_t registers[] = {
        chip->voltage_dv,
        (uint16_t)chip->current_ma,
        (uint16_t)(chip->current_ma >> 16),
        (uint16_t)chip->power_dw,
        (uint16_t)(chip->power_dw >> 16),
        (uint16_t)chip->energy_wh,
        (uint16_t)(chip->energy_wh >> 16),
        chip->frequency_dhz,
        chip->power_factor_pct,
        chip->power_dw / 10 > chip->alarm_threshold_w ? 0xFFFF : 0,
    };
    return registers[index];
}

static void say(struct sim_pzem *chip, uint8_t byte)
{
    if (chip->reply_len < sizeof chip->reply) {
        chip->reply[chip->reply_len++] = byte;
    }
}

static void say_exception(struct sim_pzem *chip, uint8_t address, uint8_t code)
{
    chip->reply_len = 0;
    say(chip, address);
    say(chip, (uint8_t)(chip->heard[1] | 0x80));
    say(chip, code);
}

static void on_read(struct sim_pzem *chip, uint8_t address)
{
    const bool holding = chip->heard[1] == 0x03;
    const size_t first = (size_t)chip->heard[2] << 8 | chip->heard[3];
    const size_t n = (size_t)chip->heard[4] << 8 | chip->heard[5];
    const size_t end = holding ? 3 : 10;
    if (n == 0 || first + n > end || (holding && first < 1)) {
        say_exception(chip, address, ILLEGAL_ADDRESS);
        return;
    }
    say(chip, address);
    say(chip, chip->heard[1]);
    say(chip, (uint8_t)(2 * n));
    for (size_t i = first; i < first + n; i++) {
        const uint16_t holding_value = i == 1 ? chip->alarm_threshold_w : chip->address;
        const uint16_t value = holding ? holding_value : input_register(chip, i);
        say(chip, (uint8_t)(value >> 8));
        say(chip, (uint8_t)value);
    }
}

static void on_write(struct sim_pzem *chip, uint8_t address)
{
    const uint16_t index = (uint16_t)(chip->heard[2] << 8 | chip->heard[3]);
    const uint16_t value = (uint16_t)(chip->heard[4] << 8 | chip->heard[5]);
    if (index != 1 && index != 2) {
        say_exception(chip, address, ILLEGAL_ADDRESS);
        return;
    }
    if (index == 2 && (value < 1 || value > 0xF7)) {
        say_exception(chip, address, ILLEGAL_DATA);
        return;
    }
    for (size_t i = 0; i < 6; i++) {
        say(chip, chip->heard[i]); /* the echo is the confirmation */
    }
    *(index == 1 ? &chip->alarm_threshold_w : &chip->address) = value;
}

static void answer(struct sim_pzem *chip)
{
    const uint8_t address = chip->heard[0];
    switch (chip->heard[1]) {
    case 0x03:
    case 0x04:
        if (chip->n_heard == 8) {
            on_read(chip, address);
        }
        break;
    case 0x06:
        if (chip->n_heard == 8) {
            on_write(chip, address);
        }
        break;
    case 0x42:
        if (chip->n_heard == 4) {
            chip->energy_wh = 0;
            say(chip, address);
            say(chip, 0x42);
        }
        break;
    default:
        say_exception(chip, address, ILLEGAL_FUNCTION);
        break;
    }
    if (address == BROADCAST) {
        chip->reply_len = 0;
    }
}

static void seal(struct sim_pzem *chip)
{
    const uint16_t crc = base_crc16_modbus(chip->reply, chip->reply_len);
    say(chip, (uint8_t)crc);
    say(chip, (uint8_t)(crc >> 8));
}

static void put_noise_before(struct sim_pzem *chip)
{
    /* Includes what looks like the head of an answer. */
    static const uint8_t noise[] = {0x00, 0xFF, 0x01, 0x04, 0x15, 0x01, 0x55};
    memmove(chip->reply + sizeof noise, chip->reply, chip->reply_len);
    memcpy(chip->reply, noise, sizeof noise);
    chip->reply_len += sizeof noise;
}

static void spoil(struct sim_pzem *chip)
{
    switch (chip->fault) {
    case SIM_PZEM_SILENT:
        chip->reply_len = 0;
        break;
    case SIM_PZEM_BAD_CRC:
        chip->reply[chip->reply_len - 1] ^= 0xFF;
        break;
    case SIM_PZEM_BIT_ERROR:
        chip->reply[chip->fault_bit / 8 % chip->reply_len] ^= (uint8_t)(1 << chip->fault_bit % 8);
        break;
    case SIM_PZEM_TRUNCATED:
        chip->reply_len = 7;
        break;
    case SIM_PZEM_NOISE_BEFORE:
        put_noise_before(chip);
        break;
    case SIM_PZEM_HEALTHY:
    case SIM_PZEM_EXCEPTION:
    case SIM_PZEM_OTHER_ANSWERS:
    case SIM_PZEM_FAULTS:
        break;
    }
}

static int line_write(void *context, const uint8_t *bytes, size_t len)
{
    struct sim_pzem *chip = context;
    if (len > sizeof chip->heard) {
        return E_IO;
    }
    memcpy(chip->heard, bytes, len);
    chip->n_heard = len;
    chip->n_requests++;
    chip->reply_len = 0;
    chip->reply_pos = 0;
    const bool is_for_us = len >= 4 && (bytes[0] == chip->address || bytes[0] == GENERAL_ADDRESS ||
                                        bytes[0] == BROADCAST);
    /* A frame whose CRC does not hold is not answered (Modbus over Serial Line §2.5.1.1). */
    if (!is_for_us ||
        base_crc16_modbus(bytes, len - 2) != (uint16_t)(bytes[len - 2] | bytes[len - 1] << 8)) {
        return E_OK;
    }
    answer(chip);
    if (chip->reply_len == 0) {
        return E_OK;
    }
    if (chip->fault == SIM_PZEM_EXCEPTION) {
        say_exception(chip, bytes[0], chip->fault_code);
    }
    if (chip->fault == SIM_PZEM_OTHER_ANSWERS) {
        chip->reply[0] = (uint8_t)(chip->reply[0] == 0x11 ? 0x12 : 0x11);
    }
    seal(chip);
    spoil(chip);
    return E_OK;
}

static int line_read(void *context, uint8_t *out, size_t cap)
{
    struct sim_pzem *chip = context;
    const size_t left = chip->reply_len - chip->reply_pos;
    const size_t n = left < cap ? left : cap;
    memcpy(out, chip->reply + chip->reply_pos, n);
    chip->reply_pos += n;
    return (int)n;
}

struct serial sim_pzem_line(struct sim_pzem *chip)
{
    return (struct serial){.write = line_write, .read = line_read, .context = chip};
}
