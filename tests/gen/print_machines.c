/* SPDX-License-Identifier: MIT
 * Prints the diagram of one machine of the tree: scripts/gen_machines.sh puts it into its README. A
 * new machine is a row here and a pair of markers there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/runtime/ladder_machine.h"
#include "base/assert.h"

static const struct {
    const char *name;
    const struct runtime_hsm_table *table;
} machines[] = {{"boot-ladder", &ladder_machine}};

_Noreturn void panic(const char *file, int line)
{
    fprintf(stderr, "print_machines: assertion at %s:%d\n", file, line);
    exit(1);
}

int main(int argc, char **argv)
{
    static char text[16384];
    for (size_t i = 0; argc == 2 && i < sizeof machines / sizeof machines[0]; i++) {
        if (strcmp(argv[1], machines[i].name) == 0) {
            struct wbuf out = wbuf_of(text, sizeof text);
            runtime_hsm_write_diagram(machines[i].table, &out);
            ASSERT(wbuf_ok(&out));
            fwrite(text, 1, wbuf_len(&out), stdout);
            return 0;
        }
    }
    fprintf(stderr, "print_machines: which machine?\n");
    return 1;
}
