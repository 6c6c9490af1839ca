/* SPDX-License-Identifier: MIT
 * A device on Linux: the machines of app/ on the event loop, with files for flash and the gateway's
 * clients of posix/. One of each in a process.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/backoff.h"
#include "app/enrolment.h"
#include "app/identity.h"
#include "app/meter.h"
#include "app/pzem004t.h"
#include "app/replay.h"
#include "device_config.h"
#include "device_guard.h"
#include "posix/est.h"
#include "posix/loop.h"
#include "posix/mqtt.h"
#include "posix/serial.h"

struct device_flash; /* device_flash.h */

struct device_sensor {
    struct replay_record record;
    struct replay_hour *hours; /* from malloc */
    struct replay replay;
    struct posix_serial serial;
    struct pzem_sensor pzem;
    struct runtime_timer timer; /* of the pzem machine */
};

struct device {
    struct device_config config;
    const char *state_dir;
    struct posix_loop *loop;
    struct device_guard guard;
    struct device_flash *flash;
    struct device_sensor sensor;
    struct identity identity;
    struct entropy entropy;
    struct meter meter;
    struct runtime_timer meter_timer;
    /* enrolment */
    struct enrolment enrolment;
    struct runtime_timer enrolment_timer;
    struct posix_est *est;
    /* the link to the broker */
    struct posix_mqtt *mqtt;
    struct backoff backoff;
    struct runtime_timer link_timer;
    struct runtime_timer check_timer; /* looks whether somebody is at work on a lost link */
    char readings_topic[96];
    char acks_topic[96];
    char trust_topic[96];
    char why_down[160]; /* of the last attempt: the same reason is told once */
    bool has_site_clock;
    bool has_failed; /* flash does not hold what it is given: only a restart helps */
    bool stopping;   /* nothing new is measured or tried; what is in flight may still end */
};

/* The time a machine is given. The quality of the system's clock is the kernel's word for it; a
 * site clock was set by the site. */
struct site_time device_time(const struct device *d);

/* device_sensor.c. Prints one sentence when it cannot be opened. */
int device_sensor_open(struct device *d, struct sensor *sensor) MUST_USE;
void device_sensor_close(struct device *d);

/* device_enrol.c: asks for a certificate when the machine says so. */
int device_enrol_open(struct device *d) MUST_USE;
void device_enrol_close(struct device *d);

/* device_link.c: keeps a connection to the broker while there is a certificate. */
int device_link_open(struct device *d) MUST_USE;
void device_link_start(struct device *d);
void device_link_close(struct device *d);
/* There is a (new) certificate: connect with it. */
void device_link_renew(struct device *d);

/* device_meter.c: runs the meter, sends what it has to send, logs what it tells. */
int device_meter_open(struct device *d, const struct sensor *sensor) MUST_USE;
void device_meter_run(struct device *d);
/* After a signal: lets readings in flight be acknowledged, for a bounded time. */
void device_meter_drain(struct device *d);
/* Writes the counters and says "summary taken=N stored=N refused=N waiting=N" on stdout. */
void device_meter_close(struct device *d);

#endif
