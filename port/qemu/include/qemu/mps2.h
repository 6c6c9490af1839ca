/* SPDX-License-Identifier: MIT
 * Arm's MPS2 boards as QEMU has them: the free-running counter and the CMSDK watchdog, which really
 * resets the machine. RAM keeps its content over that reset.
 */
#ifndef QEMU_MPS2_H
#define QEMU_MPS2_H

#include <stdint.h>

/* Milliseconds since the machine started, not since its last reset. Wraps after 171 s. */
uint32_t mps2_now_ms(void);

/* The machine is reset unless this is called again within `within_ms` (1..300000). For struct
 * runtime_watchdog_config; `context` is not used. */
void mps2_watchdog_feed(void *context, uint32_t within_ms);

#endif
