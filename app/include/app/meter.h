/* SPDX-License-Identifier: MIT
 * The meter: samples a sensor, integrates energy, signs a reading every send interval, keeps it in
 * flash until the gateway has it, and sends what is kept, oldest first, a bounded number at a time.
 *
 * A reading is appended to the outbox, then the counters it carries are written to the store, then
 * it may be sent. So after a power cut at any moment no counter has gone back, every reading that
 * was ever sent is either acknowledged or still there with its original time, and
 * taken == stored + refused + waiting holds over the meter's whole life.
 *
 * When the outbox is full no reading is taken until there is room: nothing unsent is overwritten,
 * the counters go on, and the first reading that fits again carries all the energy. What is lost is
 * resolution, and it is counted.
 */
#ifndef APP_METER_H
#define APP_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/sensor.h"
#include "app/site_time.h"
#include "base/err.h"
#include "base/trace.h"
#include "store/outbox.h"
#include "store/store.h"
#include "telemetry/ack.h"
#include "telemetry/reading.h"

enum { METER_WINDOW_MAX = 64, METER_EVENTS_MAX = 16 };

struct meter_config {
    const char *device_id;       /* 1..64 of [A-Za-z0-9._-]; outlives the meter */
    uint32_t send_interval_ms;   /* > 0, real time between two readings */
    uint32_t sample_interval_ms; /* > 0, <= send_interval_ms */
    uint32_t ack_timeout_ms; /* > 0; doubles with each resend of the same reading, to 32 times */
    uint16_t window;         /* 1..METER_WINDOW_MAX: readings sent and not acknowledged */
    uint32_t site_rate;      /* >= 1: site milliseconds per real one, for integration */
    int64_t power_max_mw;    /* a register that moved faster was replaced; 0 = no bound */
    struct telemetry_signer signer;
    struct sensor sensor;
    struct store *store;   /* mounted; lent for the meter's life */
    struct outbox *outbox; /* mounted; lent for the meter's life */
    struct trace_sink trace;
};

/* One energy counter, kept over power cuts. */
struct meter_counter {
    int64_t energy_mwh;   /* since the meter was made; never falls */
    int64_t register_mwh; /* of the sensor, when energy_mwh was true; SENSOR_NO_REGISTER */
    int32_t carry_uj;     /* less than a mWh */
};

/* What is written to the store with every reading. */
struct meter_counters {
    struct meter_counter of[TELEMETRY_CHANNEL_KINDS];
    uint64_t n_taken; /* readings in the meter's life */
    uint64_t n_refused;
    uint32_t boot_epoch; /* of the last reading taken */
    uint32_t sequence;
    int64_t unix_ms;
};

/* A reading that was sent and is not acknowledged. */
struct meter_flight {
    struct outbox_cursor cursor; /* on it */
    uint32_t boot_epoch;
    uint32_t sequence;
    uint64_t resend_at_ms;
    uint8_t n_sent;
    bool in_use;
};

enum meter_event_kind {
    METER_REFUSED,     /* verdict, boot_epoch, sequence */
    METER_OUTBOX_FULL, /* once, until there is room again */
    METER_OUTBOX_ROOM, /* there is */
    METER_SENSOR_LOST, /* error */
    METER_SENSOR_BACK,
    METER_REGISTER_RESET, /* channel: the sensor's own register fell or leapt; counted from there */
    METER_NOT_SIGNED,     /* error: the reading broke a range, or the key failed */
    METER_FLASH_FAILED    /* error */
};
struct meter_event {
    enum meter_event_kind kind;
    int error;
    enum telemetry_verdict verdict;
    enum telemetry_channel_kind channel;
    uint32_t boot_epoch;
    uint32_t sequence;
};

/* Counts since the start, unless stated. */
struct meter_counts {
    uint64_t n_taken;   /* of the meter's whole life, like the next two */
    uint64_t n_stored;  /* of them acknowledged */
    uint64_t n_refused; /* of them refused for good */
    uint32_t n_waiting; /* of them in the outbox now */
    uint32_t n_sent;
    uint32_t n_resent;
    uint32_t n_unsaved; /* not taken because the outbox was full or failed */
    uint32_t n_missed;  /* not taken because the sensor had nothing new */
    uint32_t n_sensor_failures;
    uint32_t n_bad_acks;
    uint32_t n_events_lost;
};

struct meter {
    struct meter_config config; /* all private */
    struct meter_counters counters;
    struct site_time time;
    uint64_t sample_at_ms;
    uint64_t reading_at_ms;
    uint64_t sampled_at_ms; /* the newest sample; 0 = none since the start */
    uint64_t heard_at_ms;   /* the same, or the start */
    struct sensor_sample sample;
    bool sample_is_fresh; /* not yet in a reading */
    bool sensor_is_lost;
    bool outbox_is_full;
    bool link_is_up;
    bool all_sent; /* nothing to send until something changes */
    uint32_t boot_epoch;
    uint32_t sequence; /* of the last reading of this boot */
    struct meter_flight flights[METER_WINDOW_MAX];
    struct meter_event events[METER_EVENTS_MAX];
    uint8_t first_event;
    uint8_t n_events;
    struct meter_counts counts;
    uint8_t record[OUTBOX_RECORD_MAX_LEN]; /* scratch */
};

/* Begins a new boot epoch; reads the counters and what waits in the outbox. E_ARG names a
 * configuration that cannot be, others come from flash. `time->now_ms` must not be 0. */
int meter_init(struct meter *m, const struct meter_config *config,
               const struct site_time *time) MUST_USE;

/* Call at the deadline. */
void meter_tick(struct meter *m, const struct site_time *time);
uint64_t meter_deadline(const struct meter *m);

/* Measures and takes nothing any more; what waits is still sent, and sent again, at the deadline.
 */
void meter_finish(struct meter *m);

/* The connection to the gateway came or went. What was sent before is sent again. */
void meter_set_link(struct meter *m, uint64_t now_ms, bool is_up);
/* The next signed reading to publish: its length, 0 when there is nothing to send now. */
int meter_output(struct meter *m, uint64_t now_ms, uint8_t *out, size_t cap) MUST_USE;
/* An acknowledgement (telemetry/ack.h). A message that is none is counted and has no effect. */
int meter_input(struct meter *m, uint64_t now_ms, const uint8_t *ack, size_t len);

bool meter_event(struct meter *m, struct meter_event *event);
struct meter_counts meter_counts(const struct meter *m);
/* The counters as they stand, for a display. */
int64_t meter_energy_mwh(const struct meter *m, enum telemetry_channel_kind kind);

/* Before a planned stop: writes the counters. */
int meter_close(struct meter *m) MUST_USE;

#endif
