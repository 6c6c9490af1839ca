/* SPDX-License-Identifier: MIT
 * A charger on Linux: all its plugs on one loop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evse_plug.h"
#include "posix/log.h"

struct evse_device {
    struct evse_plug plugs[EVSE_PLUGS_MAX];
    unsigned n_plugs;
};

/* Names the plugs; E_ARG and a sentence when there are none, or too many. */
static int name_plugs(struct evse_device *device, const struct evse_device_config *config)
{
    char names[sizeof config->interfaces];
    char *rest = NULL;
    strcpy(names, config->interfaces);
    for (char *name = strtok_r(names, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        if (device->n_plugs == EVSE_PLUGS_MAX ||
            strlen(name) >= sizeof device->plugs[0].interface) {
            fprintf(stderr,
                    "wattward-device: interfaces has more than %d, or a name that is none\n",
                    EVSE_PLUGS_MAX);
            return E_ARG;
        }
        struct evse_plug *plug = &device->plugs[device->n_plugs++];
        strcpy(plug->interface, name);
        if (device->n_plugs == 1) {
            strcpy(plug->evse_id, config->evse_id);
        } else {
            snprintf(plug->evse_id, sizeof plug->evse_id, "%.35s/%u", config->evse_id,
                     device->n_plugs);
        }
    }
    if (device->n_plugs == 0) {
        fprintf(stderr, "wattward-device: interfaces names none\n");
        return E_ARG;
    }
    return E_OK;
}

static int run_plugs(struct evse_device *device, const struct evse_device_config *config)
{
    struct posix_loop *loop = posix_loop_open();
    int status = EXIT_SUCCESS;
    unsigned n_open = 0;
    if (loop == NULL) {
        fprintf(stderr, "wattward-device: the system refuses an event loop\n");
        return EXIT_FAILURE;
    }
    while (n_open < device->n_plugs && status == EXIT_SUCCESS) {
        struct evse_plug *plug = &device->plugs[n_open++];
        plug->loop = loop;
        status = evse_plug_open(plug, config) == E_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (status == EXIT_SUCCESS) {
        const int number = posix_loop_run(loop);
        log_info("evse: stopping signal=%d", number);
    }
    for (unsigned i = 0; i < n_open; i++) {
        evse_plug_close(&device->plugs[i]);
    }
    posix_loop_close(loop);
    return status;
}

int evse_device_run(const char *config_path, bool check_only)
{
    static struct evse_device device;
    struct evse_device_config config;
    if (evse_device_config_load(&config, config_path) != E_OK ||
        name_plugs(&device, &config) != E_OK) {
        return EXIT_FAILURE;
    }
    if (check_only) {
        return EXIT_SUCCESS;
    }
    log_open("device", (enum log_level)config.log_level);
    return run_plugs(&device, &config);
}
