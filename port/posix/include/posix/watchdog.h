/* SPDX-License-Identifier: MIT
 * The hardware watchdog of a Linux process: a kernel timer whose signal ends the process at once,
 * whatever its code is doing. The reason is noted in the retained file.
 */
#ifndef POSIX_WATCHDOG_H
#define POSIX_WATCHDOG_H

#include <stdint.h>

#include "base/err.h"

/* The exit status of a process that its watchdog ended. */
enum { POSIX_WATCHDOG_EXIT_STATUS = 70 };

/* Not yet running. E_IO when the kernel has no timer left. Uses the signal SIGRTMAX. */
int posix_watchdog_open(void) MUST_USE;
/* Runs, or runs anew: the process ends unless this is called again within `within_ms` (not 0). For
 * struct runtime_watchdog_config; `context` is not used. */
void posix_watchdog_feed(void *context, uint32_t within_ms);
/* Before a clean stop. */
void posix_watchdog_close(void);

#endif
