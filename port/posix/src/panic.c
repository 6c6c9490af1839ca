/* SPDX-License-Identifier: MIT
 * What ASSERT ends in on Linux: one line on stderr, then abort() so that the supervisor sees a
 * crash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"

/* Weak, so that the test runner's panic(), which names the failing test, wins where both are. */
__attribute__((weak)) _Noreturn void panic(const char *file, int line)
{
    dprintf(STDERR_FILENO, "panic: assertion at %s:%d\n", file, line);
    abort();
}
