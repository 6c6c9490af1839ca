/* SPDX-License-Identifier: MIT
 * wattward-sim: whole sites, swarms, worlds in virtual time.
 */
#include <stdio.h>
#include <string.h>

#include "attack.h"
#include "site.h"
#include "swarm.h"
#include "weather_command.h"
#include "world_command.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's own name */
    const char *what;
};

static const struct command commands[] = {
    {"site", site_main, "a whole working site on this machine (what ./run starts)"},
    {"attack", attack_main,
     "attacks on the trust in readings: what is found, how fast, at what cost"},
    {"swarm", swarm_main, "many real meters in one process, against a real gateway"},
    {"weather", weather_main, "a weather service like Open-Meteo, without a network"},
    {"world", world_main, "a community in virtual time: power cuts, outages, bad links"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *out)
{
    fprintf(out, "Usage: wattward-sim COMMAND [OPTION...]\n\nCommands:\n");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
    }
    fprintf(out, "\nwattward-sim COMMAND --help tells more about one.\n");
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    if (name[0] != '\0') {
        fprintf(stderr, "wattward-sim: there is no command '%s'\n", name);
    }
    usage(stderr);
    return 2;
}
