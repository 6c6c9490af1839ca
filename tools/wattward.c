/* SPDX-License-Identifier: MIT
 * wattward: the operator's command.
 */
#include "command.h"
#include "commands.h"

#define DECLARE(name) extern const struct command command_##name;
WATTWARD_COMMANDS(DECLARE)
#undef DECLARE

enum {
#define COUNT(name) INDEX_##name,
    WATTWARD_COMMANDS(COUNT)
#undef COUNT
        COMMAND_COUNT
};

int main(int argc, char **argv)
{
    const struct command children[COMMAND_COUNT + 1] = {
#define ROW(name) command_##name,
        WATTWARD_COMMANDS(ROW)
#undef ROW
    };
    const struct command root = {.name = "wattward",
                                 .summary = "The operator's command of a Wattward site.",
                                 .children = children};
    return command_run(&root, argc, argv);
}
