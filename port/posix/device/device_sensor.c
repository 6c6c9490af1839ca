/* SPDX-License-Identifier: MIT
 * The sensor that the configuration names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { RECORD_MAX_LEN = 1 << 20 };

static char *read_record(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(RECORD_MAX_LEN);
    if (file == NULL || text == NULL) {
        fprintf(stderr, "wattward-device: cannot read %s: %s\n", path, strerror(errno));
        if (file != NULL) {
            fclose(file);
        }
        free(text);
        return NULL;
    }
    *len = fread(text, 1, RECORD_MAX_LEN, file);
    fclose(file);
    return text;
}

/* Homes differ a little in the wire to their transformer: by name, so that it stays the same. */
static uint32_t variant_of(const char *device_id)
{
    uint32_t variant = 0;
    for (const char *c = device_id; *c != '\0'; c++) {
        variant = variant * 31 + (unsigned char)*c;
    }
    return variant % 1000;
}

static int open_replay(struct device *d, struct sensor *sensor)
{
    struct device_sensor *s = &d->sensor;
    const char *path = d->config.sensor_file;
    size_t len = 0;
    size_t line = 0;
    char *text = read_record(path, &len);
    if (text == NULL) {
        return E_IO;
    }
    s->hours = calloc(REPLAY_HOURS_MAX + 1, sizeof *s->hours);
    int error = E_NOSPACE;
    if (s->hours != NULL) {
        error = replay_record_parse(&s->record, s->hours, REPLAY_HOURS_MAX + 1, text, len, &line);
    }
    free(text);
    if (error == E_ARG) {
        fprintf(stderr, "wattward-device: %s does not hold whole days of 24 hours\n", path);
    } else if (error != E_OK) {
        fprintf(stderr,
                "wattward-device: %s:%zu: expected \"production_w,consumption_w\" and below it "
                "two whole numbers of watts a line\n",
                path, line);
    } else {
        replay_init(&s->replay, &s->record, d->config.replay_start_ms,
                    variant_of(d->config.device_id));
        *sensor = (struct sensor){.read = replay_read, .context = &s->replay};
    }
    return error;
}

static void run_pzem(struct device *d)
{
    struct device_sensor *s = &d->sensor;
    if (pzem_sensor_run(&s->pzem, posix_clock_mono_ms()) != E_OK) {
        log_error("sensor: the serial line %s failed", d->config.serial_port);
        posix_loop_unwatch(d->loop, s->serial.fd);
        return; /* the meter says that the sensor is lost */
    }
    runtime_timer_start(posix_loop_timers(d->loop), &s->timer, pzem_deadline(&s->pzem.machine));
}

static void on_line(void *context, int events)
{
    struct device *d = context;
    (void)events;
    device_guard_begin(&d->guard, DEVICE_TASK_METER);
    run_pzem(d);
    device_guard_end(&d->guard, DEVICE_TASK_METER);
}

static void on_pzem_timer(void *context, uint64_t now_ms)
{
    struct device *d = context;
    (void)now_ms;
    device_guard_begin(&d->guard, DEVICE_TASK_METER);
    run_pzem(d);
    device_guard_end(&d->guard, DEVICE_TASK_METER);
}

static int open_pzem(struct device *d, struct sensor *sensor)
{
    struct device_sensor *s = &d->sensor;
    const struct pzem_config config = {.address = d->config.pzem_address,
                                       .poll_interval_ms =
                                           d->config.sample_interval_ms > 2 * PZEM_REPLY_TIMEOUT_MS
                                               ? d->config.sample_interval_ms
                                               : 2 * PZEM_REPLY_TIMEOUT_MS};
    if (posix_serial_open(&s->serial, d->config.serial_port, PZEM_BAUD) != E_OK) {
        fprintf(stderr, "wattward-device: cannot open the serial line %s: %s\n",
                d->config.serial_port, strerror(errno));
        return E_IO;
    }
    pzem_sensor_init(&s->pzem, &config, &s->serial.line,
                     (enum telemetry_channel_kind)d->config.pzem_channel, posix_clock_mono_ms());
    s->timer.fire = on_pzem_timer;
    s->timer.context = d;
    *sensor = (struct sensor){.read = pzem_sensor_read, .context = &s->pzem};
    const int error = posix_loop_watch(d->loop, s->serial.fd, POSIX_LOOP_READ, on_line, d);
    if (error == E_OK) {
        run_pzem(d);
    }
    return error;
}

int device_sensor_open(struct device *d, struct sensor *sensor)
{
    d->sensor.serial.fd = -1;
    return d->config.sensor == DEVICE_SENSOR_REPLAY ? open_replay(d, sensor) : open_pzem(d, sensor);
}

void device_sensor_close(struct device *d)
{
    struct device_sensor *s = &d->sensor;
    runtime_timer_stop(posix_loop_timers(d->loop), &s->timer);
    if (s->serial.fd >= 0) {
        posix_loop_unwatch(d->loop, s->serial.fd);
        posix_serial_close(&s->serial);
        s->serial.fd = -1;
    }
    free(s->hours);
    s->hours = NULL;
}
