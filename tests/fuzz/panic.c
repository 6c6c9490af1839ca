/* SPDX-License-Identifier: MIT
 * A broken invariant is a finding.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

_Noreturn void panic(const char *file, int line)
{
    fprintf(stderr, "panic: assertion at %s:%d\n", file, line);
    abort();
}
