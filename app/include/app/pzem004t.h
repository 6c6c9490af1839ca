/* SPDX-License-Identifier: MIT
 * PZEM-004T v3.0, a single-phase metering chip behind a serial line: Modbus RTU, 9600 8N1.
 * "PZEM-004T V3.0 User Manual" §2; Modbus over Serial Line V1.02 §2.5 (framing, CRC).
 *
 * The machine asks for the ten input registers at each interval and takes what comes back: it finds
 * the reply behind line noise, checks address, function, length and CRC, and refuses values the
 * chip cannot have measured. It only ever reads.
 */
#ifndef APP_PZEM004T_H
#define APP_PZEM004T_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/sensor.h"
#include "app/serial.h"
#include "base/err.h"

enum {
    PZEM_BAUD = 9600,
    PZEM_ADDRESS_ANY = 0xF8, /* answered by whichever single chip is on the line */
    PZEM_ADDRESS_MAX = 0xF7,
    PZEM_REQUEST_LEN = 8,
    PZEM_REPLY_LEN = 25,
    PZEM_REPLY_TIMEOUT_MS = 300, /* the longest reply takes 26 ms on the wire */
    PZEM_QUIET_MS = 20           /* silence between a reply, good or bad, and the next request */
};

struct pzem_config {
    uint8_t address;           /* 1..247, or PZEM_ADDRESS_ANY */
    uint32_t poll_interval_ms; /* > PZEM_REPLY_TIMEOUT_MS */
};

struct pzem_measurement {
    int32_t voltage_mv; /* resolution 0.1 V */
    int32_t current_ma;
    int32_t power_mw;          /* resolution 0.1 W; the chip knows no direction */
    int64_t energy_mwh;        /* the chip's own register, resolution 1 Wh */
    int32_t frequency_millihz; /* resolution 0.1 Hz */
    uint16_t power_factor_pct;
    bool over_power_alarm;
};

enum pzem_failure {
    PZEM_NO_REPLY, /* nothing that looks like a reply within the time-out */
    PZEM_BAD_CRC,
    PZEM_EXCEPTION,   /* the chip refused; `exception` says how */
    PZEM_IMPLAUSIBLE, /* values outside of what the chip can measure */
    PZEM_FAILURES
};

enum pzem_event_kind { PZEM_MEASURED, PZEM_FAILED };
struct pzem_event {
    enum pzem_event_kind kind;
    struct pzem_measurement measurement; /* PZEM_MEASURED */
    enum pzem_failure failure;           /* PZEM_FAILED */
    uint8_t exception; /* PZEM_EXCEPTION: 1 function, 2 address, 3 data, 4 slave */
};

struct pzem {
    struct pzem_config config; /* all private */
    uint64_t now_ms;
    uint64_t poll_at_ms;
    uint64_t heard_at_ms; /* the last byte, wanted or not */
    uint64_t timeout_at_ms;
    bool awaiting_reply;
    bool request_due;
    bool has_event;
    struct pzem_event event;
    uint8_t received[PZEM_REPLY_LEN];
    size_t n_received;
    uint32_t n_stray; /* bytes that belonged to no reply */
};

/* The first request is due at now_ms. */
void pzem_init(struct pzem *p, const struct pzem_config *config, uint64_t now_ms);
/* Any number of bytes from the line, in any portions. */
void pzem_input(struct pzem *p, uint64_t now_ms, const uint8_t *bytes, size_t len);
void pzem_tick(struct pzem *p, uint64_t now_ms);
uint64_t pzem_deadline(const struct pzem *p);
/* The next request to write to the line: its length, or 0. */
int pzem_output(struct pzem *p, uint8_t *out, size_t cap) MUST_USE;
/* The outcome of the last request, once. */
bool pzem_event(struct pzem *p, struct pzem_event *event);
static inline uint32_t pzem_strays(const struct pzem *p)
{
    return p->n_stray;
}

/* The chip as a sensor of one channel. Call pzem_sensor_run() at the machine's deadline and when
 * the line has bytes; pzem_sensor_read() is the contract of app/sensor.h. */
struct pzem_sensor {
    struct pzem machine;
    struct serial line;
    enum telemetry_channel_kind kind; /* what the current transformer is clamped around */
    struct pzem_measurement newest;
    bool is_fresh;  /* not read yet */
    int last_error; /* E_OK, or why there is nothing fresh */
    uint32_t n_failures[PZEM_FAILURES];
};
void pzem_sensor_init(struct pzem_sensor *s, const struct pzem_config *config,
                      const struct serial *line, enum telemetry_channel_kind kind, uint64_t now_ms);
/* E_OK, or E_IO when the line itself failed. */
int pzem_sensor_run(struct pzem_sensor *s, uint64_t now_ms) MUST_USE;
int pzem_sensor_read(void *context, const struct site_time *time,
                     struct sensor_sample *out) MUST_USE;

#endif
