/* SPDX-License-Identifier: MIT
 * A charger on Linux: all its plugs on one loop, one meter for what they give.
 */
#ifndef EVSE_DEVICE_H
#define EVSE_DEVICE_H

#include "app/sensor.h"
#include "evse_config.h"
#include "evse_control.h"
#include "evse_plug.h"

struct evse_device {
    struct evse_device_config
        config;              /* set by the owner before evse_device_open(), like the next */
    const char *keylog_path; /* may be NULL, see v2g_tls_keylog() */
    struct v2g_tls *tls;     /* NULL: plain TCP only */
    struct evse_plug plugs[EVSE_PLUGS_MAX];
    unsigned n_plugs; /* named */
    unsigned n_open;
    struct evse_control control;
    struct v2g_session_table sessions;
};

/* Names the plugs by the configuration; E_ARG and a sentence when there are none, or too many. */
int evse_device_name_plugs(struct evse_device *e) MUST_USE;
/* Reads certificate and key where the configuration wants TLS. */
int evse_device_open_tls(struct evse_device *e) MUST_USE;
/* Opens all plugs; prints one sentence when that cannot be. Close it also then. */
int evse_device_open(struct evse_device *e, struct posix_loop *loop, struct device_guard *guard,
                     bool has_site_clock) MUST_USE;
/* What cars take, as consumption. With a site clock that runs faster than real time there is no
 * register: the same power is more energy then. */
struct sensor evse_device_sensor(struct evse_device *e);
/* From now on sessions are written down. */
void evse_device_write_down(struct evse_device *e, struct session_log *log);
/* Takes no car any more and opens all contactors, for as long as that takes. */
void evse_device_stop(struct evse_device *e);
void evse_device_close(struct evse_device *e);

#endif
