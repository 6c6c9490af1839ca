/* SPDX-License-Identifier: MIT
 * wattward-ev: a car on Linux.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ev_cable.h"
#include "ev_drive.h"

/* At a charger of its own. Its energy is the car's. */
static int run_with_charger(struct ev_drive *drive, struct ev_options *options)
{
    struct ev_cable cable;
    int status = EXIT_FAILURE;
    options->interface = EV_CABLE_CAR_END;
    const int opened = ev_cable_open(&cable, options->is_ac ? "energy ac\n" : "energy dc\n",
                                     options->tls != EV_TLS_OFF);
    if (opened == E_OK) {
        options->v2g_root = cable.root;
        status = ev_drive_run(drive, options, cable.log_fd);
        options->v2g_root = NULL; /* of this run */
    }
    if (ev_cable_close(&cable) != E_OK && opened == E_OK) {
        fprintf(stderr, "wattward-ev: the charger did not end in order\n");
        status = EXIT_FAILURE;
    }
    return status;
}

int main(int argc, char **argv)
{
    static struct ev_drive drive;
    struct ev_options options;
    (void)argc;
    const int status = ev_options_read(&options, argv);
    if (status >= 0) {
        return status;
    }
    return options.with_charger ? run_with_charger(&drive, &options)
                                : ev_drive_run(&drive, &options, -1);
}
