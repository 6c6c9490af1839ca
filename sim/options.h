/* SPDX-License-Identifier: MIT
 * Command lines as tables: the options of a command and where their values go.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* A long at `offset`, between two bounds. */
struct sim_number_option {
    const char *name;
    size_t offset;
    long lowest;
    long highest;
};

/* A const char * at `offset`, not empty. */
struct sim_text_option {
    const char *name;
    size_t offset;
};

/* A bool at `offset`, without a value. */
struct sim_flag_option {
    const char *name;
    size_t offset;
};

struct sim_options {
    const char *command; /* for complaints */
    const char *usage;
    const struct sim_number_option *numbers;
    size_t n_numbers;
    const struct sim_text_option *texts;
    size_t n_texts;
    const struct sim_flag_option *flags;
    size_t n_flags;
};

/* Fills in the struct at `out`, which holds the defaults. Returns 0 to go on, or prints and returns
 * the exit status + 1 to end now. argv[0] is the command's own name. */
int sim_options_read(const struct sim_options *options, void *out, int argc, char **argv);

#endif
