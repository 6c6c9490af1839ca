/* SPDX-License-Identifier: MIT
 * What `wattward-sim site` is told on its command line.
 */
#ifndef SIM_SITE_OPTIONS_H
#define SIM_SITE_OPTIONS_H

#include <stdbool.h>

enum { SITE_HOMES_MAX = 17 };

struct site_options {
    bool headless;
    long minutes;  /* 0: until a signal */
    long homes;    /* 1..SITE_HOMES_MAX */
    long chargers; /* 0 or 1 */
    long http_port;
    long est_port;
    long mqtt_port;
    long rate; /* site seconds per real second */
    const char *state_dir;
    const char *homes_dir;
};

/* Returns 0 to go on, or prints and returns the exit status + 1 to end now. */
int site_options_read(struct site_options *o, int argc, char **argv);

#endif
