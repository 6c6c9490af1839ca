/* SPDX-License-Identifier: MIT
 * ASSERT stays on in the field: it guards our own invariants, never a peer's input.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Supplied by the port. It must bring actuators to their safe state, keep a crash record where the
 * platform can, and not return. */
_Noreturn void panic(const char *file, int line);

#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

#define ASSERT(cond) ((cond) ? (void)0 : panic(__FILE_NAME__, __LINE__))

#endif
