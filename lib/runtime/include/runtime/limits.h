/* SPDX-License-Identifier: MIT
 * Every limit of lib/runtime that a product may set by the compiler's command line.
 */
#ifndef RUNTIME_LIMITS_H
#define RUNTIME_LIMITS_H

#ifndef RUNTIME_HSM_MAX_DEPTH
#define RUNTIME_HSM_MAX_DEPTH 6 /* nested states; 9 bytes of RAM each in every machine */
#endif

#ifndef RUNTIME_HSM_MAX_STEPS
#define RUNTIME_HSM_MAX_STEPS                                                                      \
    256 /* queued events one event may cause; more is a loop, asserted                             \
         */
#endif

#ifndef RUNTIME_CRASH_TRACES
#define RUNTIME_CRASH_TRACES 32 /* records kept across a reset, 16 bytes each */
#endif

#ifndef RUNTIME_WATCHDOG_MAX_TASKS
#define RUNTIME_WATCHDOG_MAX_TASKS 16
#endif

#endif
