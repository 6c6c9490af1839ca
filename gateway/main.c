/* SPDX-License-Identifier: MIT
 * wattward-gateway.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gateway.h"
#include "posix/log.h"

int main(int argc, char **argv)
{
    struct options options;
    int status = options_read(&options, argc, argv);
    if (status >= 0) {
        return status;
    }
    (void)umask(077);
    (void)signal(SIGHUP, SIG_IGN); /* the end of a terminal is not ours */
    log_open("gateway", options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    struct gateway *g = gateway_make(&options);
    if (!g) {
        return EXIT_FAILURE;
    }
    status = gateway_prepare(g);
    if (status < 0 && options.check_only) {
        log_info("everything that is needed is here");
        status = EXIT_SUCCESS;
    }
    if (status < 0) {
        status = gateway_run(g);
    }
    gateway_free(g);
    return status;
}
