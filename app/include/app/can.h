/* SPDX-License-Identifier: MIT
 * What a driver needs of a CAN bus: classic frames, whole or not at all. (Linux has the name
 * can_frame.)
 */
#ifndef APP_CAN_H
#define APP_CAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { CAN_MAX_LEN = 8, CAN_ID_MASK = 0x1FFFFFFF };

struct can_message {
    uint32_t id; /* 11 bits, or 29 when extended */
    bool extended;
    uint8_t len; /* 0..CAN_MAX_LEN */
    uint8_t bytes[CAN_MAX_LEN];
};

struct can {
    /* E_OK; E_LIMIT when the controller has no room now; E_IO when the bus is gone. */
    int (*send)(void *context, const struct can_message *frame);
    /* 1: a frame; 0: none now; E_IO. Never waits. */
    int (*receive)(void *context, struct can_message *frame);
    void *context;
};

#endif
