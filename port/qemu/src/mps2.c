/* SPDX-License-Identifier: MIT
 * Registers of the MPS2 boards (Arm AN385/AN386, and the CMSDK APB watchdog of Arm DDI 0479).
 */
#include "qemu/mps2.h"

#include "base/assert.h"

enum { CLOCK_KHZ = 25000, MAX_WITHIN_MS = 300000 };

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define FPGAIO_COUNTER REGISTER(0x40028018u)
#define WATCHDOG_LOAD  REGISTER(0x40008000u)
#define WATCHDOG_CTRL  REGISTER(0x40008008u)
#define WATCHDOG_CLEAR REGISTER(0x4000800Cu)
#define WATCHDOG_LOCK  REGISTER(0x40008C00u)

enum { CTRL_INTERRUPT = 1, CTRL_RESET = 2 };
#define LOCK_KEY 0x1ACCE551u

uint32_t mps2_now_ms(void)
{
    return FPGAIO_COUNTER / CLOCK_KHZ;
}

/* It strikes at the second time the counter ends: the first one only raises the interrupt. */
void mps2_watchdog_feed(void *context, uint32_t within_ms)
{
    (void)context;
    ASSERT(within_ms > 0 && within_ms <= MAX_WITHIN_MS);
    WATCHDOG_LOCK = LOCK_KEY;
    WATCHDOG_LOAD = within_ms * (CLOCK_KHZ / 2);
    WATCHDOG_CTRL = CTRL_INTERRUPT | CTRL_RESET;
    WATCHDOG_CLEAR = 1;
    WATCHDOG_LOCK = 0;
}
