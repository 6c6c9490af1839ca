/* SPDX-License-Identifier: MIT
 * The parts of a device, in order.
 */
#include "device.h"

#include <stdio.h>

#include "base/assert.h"
#include "crypto/crypto.h"

static int system_random(void *context, void *out, size_t len)
{
    (void)context;
    return crypto_random(out, len);
}

static int open_meter(struct device *d, const struct sensor *given)
{
    struct sensor sensor = {NULL, NULL};
    d->sensor.serial.fd = -1;
    int error = identity_open(&d->identity, d->store);
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: the key in flash cannot be used: %s\n", err_name(error));
        return error;
    }
    if (given != NULL) {
        sensor = *given;
    } else {
        error = device_sensor_open(d, &sensor);
    }
    return error == E_OK ? device_meter_open(d, &sensor) : error; /* said already */
}

/* In this order: the meter measures from the first moment, enrolled or not. */
int device_open(struct device *d, const struct sensor *sensor)
{
    ASSERT(d->loop != NULL && d->store != NULL && d->outbox != NULL);
    d->entropy.fill = system_random;
    int error = open_meter(d, sensor);
    if (error != E_OK) {
        return error;
    }
    device_sessions_open(d);
    error = device_receipts_open(d);
    if (error == E_OK) {
        error = device_link_open(d);
    }
    if (error == E_OK) {
        error = device_enrol_open(d);
    }
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: cannot start its clients: %s\n", err_name(error));
        return error;
    }
    device_link_start(d);
    return E_OK;
}

void device_close(struct device *d)
{
    runtime_timer_stop(posix_loop_timers(d->loop), &d->meter_timer);
    device_sessions_close(d);
    device_enrol_close(d);
    device_link_close(d);
    device_receipts_close(d);
    device_sensor_close(d);
    identity_close(&d->identity);
}
