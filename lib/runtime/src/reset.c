/* SPDX-License-Identifier: MIT
 * Names of the reasons of a start.
 */
#include "runtime/reset.h"

const char *runtime_reset_name(enum runtime_reset reset)
{
    switch (reset) {
    case RUNTIME_RESET_POWER:
        return "power";
    case RUNTIME_RESET_BROWNOUT:
        return "brown-out";
    case RUNTIME_RESET_REQUESTED:
        return "requested";
    case RUNTIME_RESET_WATCHDOG:
        return "watchdog";
    case RUNTIME_RESET_PANIC:
        return "panic";
    case RUNTIME_RESET_UNKNOWN:
        break;
    }
    return "unknown";
}
