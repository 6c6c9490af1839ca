/* SPDX-License-Identifier: MIT
 * A CAN bus with DC power modules on it, at register level: they answer the bytes they hear and
 * deliver into a common load. Written from the frame tables on its own: nothing is shared with the
 * driver but the frame.
 */
#ifndef SIM_CAN_MODULES_H
#define SIM_CAN_MODULES_H

#include "app/can.h"

enum { SIM_CAN_MODULES_MAX = 9, SIM_CAN_FRAMES_MAX = 256 };

struct sim_can_module {
    uint8_t number; /* 1..127 */
    uint8_t day;    /* 1..31 */
    uint16_t serial;
    bool is_silent; /* hears, obeys and says nothing */
    bool is_deaf;   /* obeys nothing, answers nothing: stays as it is */
    uint32_t status;
    bool is_on; /* what it was told */
    int32_t set_mv, set_ma;
    int32_t mv, ma; /* what it delivers */
};

struct sim_can_modules {
    struct sim_can_module modules[SIM_CAN_MODULES_MAX];
    unsigned n_modules;
    int32_t load_mohm;                             /* of the resistor at the output; 0: open */
    int32_t battery_mv;                            /* behind the resistor */
    bool is_gone;                                  /* the bus is cut: send and receive fail */
    uint32_t n_heard;                              /* frames from the master */
    struct can_message frames[SIM_CAN_FRAMES_MAX]; /* to the master; private */
    unsigned first, n_frames;
};

/* Modules 1..n, healthy, off. */
void sim_can_modules_init(struct sim_can_modules *bus, unsigned n);
/* What they deliver after `ms`: 1 V/ms up, by the load down. */
void sim_can_modules_step(struct sim_can_modules *bus, uint32_t ms);
/* Puts a frame on the bus that the master hears; for noise. */
void sim_can_modules_say(struct sim_can_modules *bus, const struct can_message *frame);
/* The bus seen from the master's end. */
struct can sim_can_modules_bus(struct sim_can_modules *bus);

#endif
