/* SPDX-License-Identifier: MIT
 * Why the machine started, as far as its port can tell.
 */
#ifndef RUNTIME_RESET_H
#define RUNTIME_RESET_H

enum runtime_reset {
    RUNTIME_RESET_UNKNOWN,   /* counts as a crash unless the run before was healthy */
    RUNTIME_RESET_POWER,     /* power came back */
    RUNTIME_RESET_BROWNOUT,  /* power sagged */
    RUNTIME_RESET_REQUESTED, /* by the program itself or its user */
    RUNTIME_RESET_WATCHDOG,
    RUNTIME_RESET_PANIC /* an assertion, or a fault of the processor */
};

/* "watchdog": for reports. Never NULL. */
const char *runtime_reset_name(enum runtime_reset reset);

#endif
