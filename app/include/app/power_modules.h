/* SPDX-License-Identifier: MIT
 * DC power modules on a CAN bus (125 kbit/s, 29-bit identifiers: protocol 4 bits, monitor 4,
 * module 7, day of manufacture 5, serial number 9; eight bytes, values big-endian). The modules
 * work in parallel on one output: the same voltage for all, the current shared among them.
 *
 * The machine finds the modules, ramps their set points, reads them, and switches all of them off
 * when one of them does not answer any more or reports a fault: the current is not known then.
 * Frames of others on the bus are ignored.
 */
#ifndef APP_POWER_MODULES_H
#define APP_POWER_MODULES_H

#include "app/can.h"

enum {
    POWER_MODULES_MAX = 8,
    POWER_MODULES_DISCOVERY_MS = 200,
    POWER_MODULES_POLL_MS = 300,
    POWER_MODULES_RAMP_MS = 100,
    POWER_MODULES_LOST_MS = 1000 /* silence of one that was found */
};

struct power_modules_config {
    uint8_t n_expected;         /* 1..POWER_MODULES_MAX: discovery goes on until all are there */
    int32_t max_mv, max_ma;     /* of the output; a higher target is cut to it */
    int32_t ramp_mv_per_s;      /* 50000 is kind to them; 0: no ramp */
    int32_t ramp_ma_per_s;      /* 20000; downwards there is no ramp */
    uint32_t status_fault_mask; /* bits of the status register that mean a fault */
};

enum power_modules_failure {
    POWER_MODULES_WELL,
    POWER_MODULES_SILENT, /* a module that was found does not answer */
    POWER_MODULES_FAULT,  /* a status has a fault bit */
    POWER_MODULES_FULL    /* more modules than expected: something is wired wrong */
};

struct power_module {
    uint8_t number; /* 1..127 */
    uint8_t day;
    uint16_t serial;
    int32_t mv, ma;
    uint32_t status;
    uint64_t mv_ms, ma_ms, status_ms; /* when it said so; 0: not yet */
};

struct power_modules {
    struct power_modules_config config; /* all private */
    struct power_module modules[POWER_MODULES_MAX];
    uint8_t n_modules;
    enum power_modules_failure failure; /* latched until power_modules_reset() */
    int32_t wanted_mv, wanted_ma;
    int32_t set_mv, set_ma; /* on the ramp */
    uint64_t now_ms, discover_at_ms, poll_at_ms, ramp_at_ms;
    bool discover_due, set_due;
    uint8_t poll_module, poll_register; /* what to ask next; poll_module == n_modules: nothing */
    uint32_t n_ignored;                 /* frames that were none of ours, or unreadable */
};

void power_modules_init(struct power_modules *m, uint64_t now_ms,
                        const struct power_modules_config *config);
void power_modules_input(struct power_modules *m, uint64_t now_ms, const struct can_message *frame);
void power_modules_tick(struct power_modules *m, uint64_t now_ms);
uint64_t power_modules_deadline(const struct power_modules *m);
/* The next frame to send; false: none. */
bool power_modules_output(struct power_modules *m, struct can_message *frame);

/* What the output shall deliver; 0 V or 0 A switch it off at once. E_STATE while modules are
 * missing, E_IO after a failure. */
int power_modules_set(struct power_modules *m, int32_t mv, int32_t ma) MUST_USE;
/* The highest voltage and the sum of the currents that the modules reported. E_STATE while a value
 * is missing, E_IO after a failure. */
int power_modules_measure(const struct power_modules *m, int32_t *mv, int32_t *ma) MUST_USE;
enum power_modules_failure power_modules_failure(const struct power_modules *m);
/* Forgets the failure and the modules, and looks for them again. */
void power_modules_reset(struct power_modules *m, uint64_t now_ms);

/* Moves frames between the machine and a bus until neither has any, and ticks. E_OK, or E_IO when
 * the bus is gone: nothing that was set is certain then. */
int power_modules_run(struct power_modules *m, const struct can *bus, uint64_t now_ms) MUST_USE;

#endif
