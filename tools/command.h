/* SPDX-License-Identifier: MIT
 * The tree of subcommands: what each takes is data, so usage texts, checks and messages come from
 * one place.
 *
 * A new subcommand is a `const struct command command_<name>` in cmd_<name>.c and its line in
 * commands.h.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum { COMMAND_ARGUMENTS_MAX = 8, COMMAND_OPTIONS_MAX = 8, COMMAND_DEPTH_MAX = 4 };

/* Exit statuses. */
enum { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

struct command_option {
    const char *name;  /* "--peak-power"; NULL ends a list */
    const char *value; /* what follows it, "WATTS"; NULL for a switch */
    const char *summary;
    bool required;
};

struct invocation;

struct command {
    const char *name; /* NULL ends a list */
    const char *summary;
    /* A group has children; */
    const struct command *children;
    /* a leaf has the rest. */
    const char *const *arguments; /* names of what must follow, "NAME"; ends with NULL; may be NULL.
                                     The last may end in "..." for one or more. */
    const struct command_option *options; /* may be NULL */
    const char *details;                  /* more for --help; may be NULL */
    int (*run)(const struct invocation *i);
};

/* A leaf as it was called. */
struct invocation {
    const struct command *command;
    const char *state_dir; /* --state, or "var" */
    bool json;             /* --json: one JSON text on stdout, whatever happens */
    const char *arguments[COMMAND_ARGUMENTS_MAX + 1];
    size_t n_arguments;
    const char *options[COMMAND_OPTIONS_MAX]; /* values in the order of command->options */
};

/* The value of an option, "" for a switch that is there, NULL when it is not. */
const char *invocation_option(const struct invocation *i, const char *name);

/* Finds the leaf, reads its options and arguments, runs it. Returns the exit status. `root` has
 * the program's name and its children. */
int command_run(const struct command *root, int argc, char **argv);

/* One sentence on stderr (and as {"ok":false,"error":..} on stdout with --json); returns
 * COMMAND_FAILED, so that a leaf can return what this returns. */
int command_fail(const struct invocation *i, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
