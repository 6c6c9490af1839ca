/* SPDX-License-Identifier: MIT
 * What ASSERT ends in on Linux: a line on stderr and a note in the retained file, then abort() so
 * that the supervisor sees a crash.
 */
#include "panic.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"

void (*volatile panic_note)(const char *file, int line);

/* Weak, so that the test runner's panic(), which names the failing test, wins where both are. */
__attribute__((weak)) _Noreturn void panic(const char *file, int line)
{
    dprintf(STDERR_FILENO, "panic: assertion at %s:%d\n", file, line);
    if (panic_note != NULL) {
        panic_note(file, line);
    }
    abort();
}
