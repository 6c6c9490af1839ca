/* SPDX-License-Identifier: MIT
 * A device on Linux: the machines of app/ on the event loop and the gateway's clients of posix/.
 * wattward-device is one of them in a process, with files for flash; wattward-sim swarm is many.
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
#include "app/receipts.h"
#include "app/replay.h"
#include "app/session_log.h"
#include "device_config.h"
#include "device_guard.h"
#include "posix/clock_watch.h"
#include "posix/est.h"
#include "posix/loop.h"
#include "posix/mqtt.h"
#include "posix/serial.h"
#include "store/outbox.h"
#include "store/store.h"

struct device_sensor {
    struct replay_record record;
    struct replay_hour *hours; /* from malloc */
    struct replay replay;
    struct posix_serial serial;
    struct pzem_sensor pzem;
    struct runtime_timer timer; /* of the pzem machine */
};

enum { DEVICE_TRUST_ACTION_CAP = 32, DEVICE_TRUST_REASON_CAP = 520 };

/* What the site says of this device (docs/spec/trust-feedback.md). */
struct device_trust {
    bool known;
    bool is_signed; /* verified with the configuration's ledger_key; false: there is none */
    int64_t unix_ms;
    int64_t score_permille; /* -1: it is not judged */
    char action[DEVICE_TRUST_ACTION_CAP];
    char reason[DEVICE_TRUST_REASON_CAP]; /* "" when there is none */
};

/* Who a device belongs to, and what it tells. Functions may be NULL; they must not close it. */
struct device_owner {
    void (*ran)(void *context);   /* the meter had its turn: its counts may be others now */
    void (*ended)(void *context); /* after device_stop(), or at any time when flash has failed */
    const char *(*flash_error)(void *context); /* what the medium says of its last failure */
    void (*told)(void *context, const struct device_trust *trust); /* how the site judges us */
    void *context;
};

struct device_counts {
    uint32_t n_enrolled; /* certificates received */
    uint32_t n_enrol_refusals;
    uint32_t n_connected; /* times the broker let us in */
    uint32_t n_lost;      /* attempts and connections that ended by themselves */
};

struct device {
    /* set by the owner before device_open() */
    struct device_config config;
    struct posix_loop *loop;
    struct store *store;   /* mounted; lent, like the next */
    struct outbox *outbox; /* mounted */
    struct device_owner owner;
    bool has_site_clock;
    struct outbox *sessions_outbox; /* of a charger: mounted, for its records; else NULL */
    /* and from here ours */
    struct device_guard guard;
    struct device_sensor sensor;
    struct identity identity;
    struct entropy entropy;
    struct device_counts counts;
    struct meter meter;
    struct runtime_timer meter_timer;
    /* receipts; leaves is NULL where the configuration has no ledger_key */
    struct receipts receipts;
    struct receipts_leaf *leaves; /* from malloc */
    struct runtime_timer receipts_timer;
    struct session_log sessions; /* with a sessions_outbox */
    struct runtime_timer sessions_timer;
    uint32_t n_lost_told;
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
    char receipts_topic[96];
    char wants_topic[96];
    char sessions_topic[96];
    char session_acks_topic[96];
    char why_down[160]; /* of the last attempt: the same reason is told once */
    struct device_trust trust;
    struct posix_clock_watch clock_watch;
    bool has_failed;     /* flash does not hold what it is given: only a restart helps */
    bool has_ended;      /* and the owner was told */
    bool stopping;       /* nothing new is measured or tried; what is in flight may still end */
    uint64_t stop_at_ms; /* and until when */
};

/* Starts everything that waits for time or for the network. Without `sensor` the one that the
 * configuration names is opened. Prints one sentence when that cannot be; close it also then. */
int device_open(struct device *d, const struct sensor *sensor) MUST_USE;
/* Nothing new is measured or tried; what is in flight is given drain_ms to be acknowledged. Then
 * `ended` is called: soon, but not in this call. */
void device_stop(struct device *d, uint32_t drain_ms);
/* Forgets the key. Counters are on flash after device_meter_close(). */
void device_close(struct device *d);

/* The time a machine is given. The quality of the system's clock is the kernel's word for it; a
 * site clock was set by the site. */
struct site_time device_time(const struct device *d);
struct site_time device_clock(bool has_site_clock);

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

/* device_trust.c: logs what the site says of this device, the payload of its trust topic, and tells
 * the owner. With a ledger_key, a word without the site's signature is dropped. */
void device_trust_told(struct device *d, const char *payload, size_t len);

/* device_receipts.c: checks that what was acknowledged comes into the ledger. All but open and
 * close do nothing where there is no ledger_key. */
int device_receipts_open(struct device *d) MUST_USE;
void device_receipts_close(struct device *d);
void device_receipts_sent(struct device *d, const uint8_t *message, size_t len);
void device_receipts_acknowledged(struct device *d, const uint8_t *ack, size_t len);
void device_receipts_take(struct device *d, const uint8_t *receipt, size_t len);
void device_receipts_set_link(struct device *d, bool is_up);
/* device_sessions.c: sends the records of charging sessions. Nothing without a sessions_outbox. */
void device_sessions_open(struct device *d);
void device_sessions_run(struct device *d);
void device_sessions_set_link(struct device *d, bool is_up);
void device_sessions_acknowledged(struct device *d, const uint8_t *ack, size_t len);
uint32_t device_sessions_waiting(const struct device *d);
void device_sessions_close(struct device *d);

/* device_meter.c: runs the meter, sends what it has to send, logs what it tells. */
int device_meter_open(struct device *d, const struct sensor *sensor) MUST_USE;
void device_meter_run(struct device *d);
/* Writes the counters; the meter takes nothing more. */
void device_meter_close(struct device *d);

#endif
