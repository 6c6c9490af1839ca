/* SPDX-License-Identifier: MIT
 * A charger on Linux: all its plugs on one loop.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evse_plug.h"
#include "posix/log.h"

struct evse_device {
    struct evse_plug plugs[EVSE_PLUGS_MAX];
    unsigned n_plugs;
    struct v2g_tls *tls; /* NULL: plain TCP only */
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
        plug->tls = device->tls;
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

/* Reads certificate and key. */
static int open_tls(struct evse_device *device, const struct evse_device_config *config)
{
    struct v2g_tls_error error;
    if (config->tls == EVSE_TLS_OFF) {
        return E_OK;
    }
    device->tls = v2g_tls_charger(config->tls_certificate, config->tls_key, &error);
    if (device->tls == NULL) {
        fprintf(stderr, "wattward-device: %s\n", error.why);
        return E_ARG;
    }
    return E_OK;
}

static int open_keylog(struct evse_device *device, const char *path)
{
    if (path == NULL || device->tls == NULL) {
        return E_OK;
    }
    if (v2g_tls_keylog(device->tls, path) != E_OK) {
        fprintf(stderr, "wattward-device: cannot write %s: %s\n", path, strerror(errno));
        return E_IO;
    }
    log_warn("evse: TLS keys of every session are written to %s, whoever has it can read them",
             path);
    return E_OK;
}

int evse_device_run(const char *config_path, bool check_only, const char *keylog_path)
{
    static struct evse_device device;
    struct evse_device_config config;
    if (evse_device_config_load(&config, config_path) != E_OK ||
        name_plugs(&device, &config) != E_OK || open_tls(&device, &config) != E_OK) {
        return EXIT_FAILURE;
    }
    int status = EXIT_SUCCESS;
    if (!check_only) {
        log_open("device", (enum log_level)config.log_level);
        status =
            open_keylog(&device, keylog_path) == E_OK ? run_plugs(&device, &config) : EXIT_FAILURE;
    }
    v2g_tls_free(device.tls);
    return status;
}
