/* SPDX-License-Identifier: MIT
 * A PZEM-004T v3.0 on a serial line, at register level: what the chip measures is set from outside,
 * what it says is decided by the bytes it hears. It answers the functions of its manual (0x03,
 * 0x04, 0x06, 0x42), refuses what the chip refuses and keeps silent where the chip is silent.
 * Faults are ordered by the test.
 */
#ifndef SIM_PZEM_H
#define SIM_PZEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/serial.h"

enum { SIM_PZEM_FRAME_MAX_LEN = 64 };

enum sim_pzem_fault {
    SIM_PZEM_HEALTHY,
    SIM_PZEM_SILENT,        /* no answer */
    SIM_PZEM_BAD_CRC,       /* the answer's CRC is wrong */
    SIM_PZEM_BIT_ERROR,     /* one bit of the answer, chosen by `fault_bit`, is wrong */
    SIM_PZEM_TRUNCATED,     /* the answer breaks off after 7 bytes */
    SIM_PZEM_EXCEPTION,     /* an exception with code `fault_code` */
    SIM_PZEM_NOISE_BEFORE,  /* bytes of garbage, then the answer */
    SIM_PZEM_OTHER_ANSWERS, /* the answer comes from another address */
    SIM_PZEM_FAULTS
};

struct sim_pzem {
    /* what is measured, in the chip's own units */
    uint16_t voltage_dv; /* 0.1 V */
    uint32_t current_ma;
    uint32_t power_dw; /* 0.1 W */
    uint32_t energy_wh;
    uint16_t frequency_dhz; /* 0.1 Hz */
    uint16_t power_factor_pct;
    uint16_t alarm_threshold_w; /* holding register 0x0001 */
    uint16_t address;           /* holding register 0x0002 */
    /* what goes wrong, until changed */
    enum sim_pzem_fault fault;
    uint8_t fault_code;
    uint16_t fault_bit;
    /* all private from here */
    uint8_t heard[SIM_PZEM_FRAME_MAX_LEN];
    size_t n_heard;
    uint8_t reply[SIM_PZEM_FRAME_MAX_LEN];
    size_t reply_len;
    size_t reply_pos;
    uint32_t n_requests;
};

/* A chip as it leaves the factory: address 1, alarm at 23 kW, nothing measured but 230 V, 50 Hz. */
void sim_pzem_init(struct sim_pzem *chip);
/* Its line, seen from the master's end. A frame is what one write brings; the answer can be read
 * at once. */
struct serial sim_pzem_line(struct sim_pzem *chip);

#endif
