/* SPDX-License-Identifier: MIT
 * wattward-ev: a car on Linux.
 */
#include "ev_drive.h"

int main(int argc, char **argv)
{
    static struct ev_drive drive;
    struct ev_options options;
    (void)argc;
    const int status = ev_options_read(&options, argv);
    return status >= 0 ? status : ev_drive_run(&drive, &options);
}
