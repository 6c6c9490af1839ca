/* SPDX-License-Identifier: MIT
 * A charger: its plugs.
 */
#include "evse_device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fixed.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { STOP_MS = 4000 };

/* Takes the next name of a list out of `rest`; E_NOTFOUND at its end, E_ARG when it is too long. */
static int take_name(char **rest, char *out, size_t cap)
{
    const char *name = strtok_r(NULL, " ", rest);
    if (name == NULL) {
        return E_NOTFOUND;
    }
    if (strlen(name) >= cap) {
        return E_ARG;
    }
    strcpy(out, name);
    return E_OK;
}

static int refuse(const char *sentence)
{
    fprintf(stderr, "wattward-device: %s\n", sentence);
    return E_ARG;
}

static void name_evse(struct evse_device *e, unsigned i)
{
    struct evse_plug *plug = &e->plugs[i];
    if (i == 0) {
        strcpy(plug->evse_id, e->config.evse_id);
    } else {
        snprintf(plug->evse_id, sizeof plug->evse_id, "%.35s/%u", e->config.evse_id, i + 1);
    }
}

/* Each plug has a bus of its own: two on one would command each other's modules. */
static int name_buses(struct evse_device *e)
{
    char names[sizeof e->config.can_interfaces];
    char *rest = names;
    strcpy(names, e->config.can_interfaces);
    for (unsigned i = 0; i < e->n_plugs; i++) {
        struct evse_plug *plug = &e->plugs[i];
        if (take_name(&rest, plug->can_interface, sizeof plug->can_interface) != E_OK) {
            return refuse("can_interfaces does not name a bus for each plug");
        }
        for (unsigned k = 0; k < i; k++) {
            if (strcmp(e->plugs[k].can_interface, plug->can_interface) == 0) {
                return refuse("can_interfaces names a bus twice");
            }
        }
    }
    return E_OK;
}

int evse_device_name_plugs(struct evse_device *e)
{
    char names[sizeof e->config.interfaces];
    char *rest = names;
    int result = E_OK;
    strcpy(names, e->config.interfaces);
    for (e->n_plugs = 0; e->n_plugs < EVSE_PLUGS_MAX; e->n_plugs++) {
        struct evse_plug *plug = &e->plugs[e->n_plugs];
        result = take_name(&rest, plug->interface, sizeof plug->interface);
        if (result != E_OK) {
            break;
        }
        name_evse(e, e->n_plugs);
    }
    if (e->n_plugs == 0 && result == E_NOTFOUND) {
        return refuse("interfaces names none");
    }
    if (result == E_ARG || strtok_r(NULL, " ", &rest) != NULL) {
        return refuse("interfaces has more than 4, or a name that is none");
    }
    return e->config.power == EVSE_POWER_CAN ? name_buses(e) : E_OK;
}

/* Reads certificate and key. */
/* The first certificate makes the TLS, the others are added. */
static int add_certificate(struct evse_device *e, const char *certificate, const char *key)
{
    struct v2g_tls_error error;
    if (e->tls != NULL) {
        if (v2g_tls_add_identity(e->tls, certificate, key, &error) == E_OK) {
            return E_OK;
        }
    } else {
        e->tls = v2g_tls_charger(certificate, key, &error);
        if (e->tls != NULL) {
            return E_OK;
        }
    }
    fprintf(stderr, "wattward-device: %s\n", error.why);
    return E_ARG;
}

int evse_device_open_tls(struct evse_device *e)
{
    char certificates[sizeof e->config.tls_certificate];
    char keys[sizeof e->config.tls_key];
    char *certificate_rest = NULL;
    char *key_rest = NULL;
    if (e->config.tls == EVSE_TLS_OFF || e->tls != NULL) {
        return E_OK;
    }
    strcpy(certificates, e->config.tls_certificate);
    strcpy(keys, e->config.tls_key);
    const char *certificate = strtok_r(certificates, " ", &certificate_rest);
    const char *key = strtok_r(keys, " ", &key_rest);
    int result = E_OK;
    while (result == E_OK && certificate != NULL && key != NULL) {
        result = add_certificate(e, certificate, key);
        certificate = strtok_r(NULL, " ", &certificate_rest);
        key = strtok_r(NULL, " ", &key_rest);
    }
    if (result == E_OK && (certificate != NULL || key != NULL || e->tls == NULL)) {
        fprintf(stderr, "wattward-device: tls_certificate and tls_key name not as many files\n");
        return E_ARG;
    }
    return result;
}

static int open_keylog(struct evse_device *e)
{
    if (e->keylog_path == NULL || e->tls == NULL) {
        return E_OK;
    }
    if (v2g_tls_keylog(e->tls, e->keylog_path) != E_OK) {
        fprintf(stderr, "wattward-device: cannot write %s: %s\n", e->keylog_path, strerror(errno));
        return E_IO;
    }
    log_warn("evse: TLS keys of every session are written to %s, whoever has it can read them",
             e->keylog_path);
    return E_OK;
}

int evse_device_open(struct evse_device *e, struct posix_loop *loop, struct device_guard *guard,
                     bool has_site_clock)
{
    int result = evse_device_name_plugs(e);
    if (result == E_OK) {
        result = evse_device_open_tls(e);
    }
    if (result == E_OK) {
        result = open_keylog(e);
    }
    for (unsigned i = 0; result == E_OK && i < e->n_plugs; i++) {
        struct evse_plug *plug = &e->plugs[i];
        plug->loop = loop;
        plug->guard = guard;
        plug->tls = e->tls;
        plug->sessions = &e->sessions;
        plug->has_site_clock = has_site_clock;
        e->n_open++;
        result = evse_plug_open(plug, &e->config);
    }
    if (result == E_OK && e->config.control_socket[0] != '\0') {
        result =
            evse_control_open(&e->control, e->config.control_socket, loop, e->plugs, e->n_plugs);
    }
    return result;
}

static int read_plugs(void *context, const struct site_time *time, struct sensor_sample *out)
{
    const struct evse_device *e = context;
    struct sensor_channel sum = {.kind = TELEMETRY_CONSUMPTION, .register_mwh = 0};
    int64_t mw = 0;
    int64_t ma = 0;
    (void)time;
    for (unsigned i = 0; i < e->n_open; i++) {
        const struct v2g_supply_facts *facts = evse_facts(&e->plugs[i].evse);
        const int64_t plug_mw = (int64_t)facts->present_mv * facts->present_ma / 1000;
        mw += facts->contactor_closed && plug_mw > 0 ? plug_mw : 0;
        ma += facts->contactor_closed && facts->present_ma > 0 ? facts->present_ma : 0;
        sum.register_mwh += facts->energy_mwh;
        sum.voltage_mv = facts->present_mv > sum.voltage_mv ? facts->present_mv : sum.voltage_mv;
    }
    sum.power_mw = fixed_clamp_i32(mw);
    sum.current_ma = fixed_clamp_i32(ma);
    if (posix_clock_rate() != 1) {
        sum.register_mwh = SENSOR_NO_REGISTER;
    }
    *out = (struct sensor_sample){.n_channels = 1, .channels = {sum}};
    return E_OK;
}

struct sensor evse_device_sensor(struct evse_device *e)
{
    return (struct sensor){.read = read_plugs, .context = e};
}

void evse_device_write_down(struct evse_device *e, struct session_log *log)
{
    for (unsigned i = 0; i < e->n_open; i++) {
        evse_plug_write_down(&e->plugs[i], i, log);
    }
}

void evse_device_stop(struct evse_device *e)
{
    const uint64_t until_ms = posix_clock_mono_ms() + STOP_MS;
    bool all_off = false;
    for (unsigned i = 0; i < e->n_open; i++) {
        evse_plug_leave(&e->plugs[i]);
    }
    while (!all_off && posix_clock_mono_ms() < until_ms) {
        all_off = true;
        for (unsigned i = 0; i < e->n_open; i++) {
            all_off &= evse_plug_settle(&e->plugs[i]);
        }
        usleep(all_off ? 0 : V2G_SUPPLY_PERIOD_MS * 1000);
    }
}

void evse_device_close(struct evse_device *e)
{
    evse_control_close(&e->control);
    evse_device_stop(e);
    for (unsigned i = 0; i < e->n_open; i++) {
        evse_plug_close(&e->plugs[i]);
    }
    e->n_open = 0;
    v2g_tls_free(e->tls);
    e->tls = NULL;
}
