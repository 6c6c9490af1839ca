/* SPDX-License-Identifier: MIT
 * What wattward-device is told on its command line.
 */
#ifndef DEVICE_OPTIONS_H
#define DEVICE_OPTIONS_H

#include <stdbool.h>

struct device_options {
    const char *profile;
    const char *config;
    const char *state_dir;
    const char *clock;  /* NULL: real time */
    const char *keylog; /* NULL: none */
    bool check_only;
};

/* Returns -1 to go on, or prints and returns the exit status to end with. */
int device_options_read(struct device_options *o, char **argv);

#endif
