/* SPDX-License-Identifier: MIT
 * The records of charging sessions on the loop.
 */
#include "base/assert.h"
#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

static void on_timer(void *context, uint64_t now_ms)
{
    struct device *d = context;
    (void)now_ms;
    device_guard_begin(&d->guard, DEVICE_TASK_PLUGS);
    device_sessions_run(d);
    device_guard_end(&d->guard, DEVICE_TASK_PLUGS);
}

void device_sessions_open(struct device *d)
{
    if (d->sessions_outbox == NULL) {
        return;
    }
    const struct session_log_config config = {.device_id = d->config.device_id,
                                              .boot_epoch = d->meter.boot_epoch,
                                              .ack_timeout_ms = d->config.ack_timeout_ms,
                                              .signer = identity_signer(&d->identity),
                                              .outbox = d->sessions_outbox};
    session_log_init(&d->sessions, &config);
    d->sessions_timer = (struct runtime_timer){.fire = on_timer, .context = d};
    device_sessions_run(d);
}

static void send_all(struct device *d, uint64_t now_ms)
{
    uint8_t message[TELEMETRY_PIECE_MAX_LEN];
    int len = 0;
    while ((len = session_log_output(&d->sessions, now_ms, message, sizeof message)) > 0) {
        if (posix_mqtt_publish(d->mqtt, d->sessions_topic, message, (size_t)len, false) != E_OK) {
            session_log_set_link(&d->sessions, now_ms, false); /* on_down follows */
            return;
        }
    }
    if (len < 0) {
        log_error("sessions: the records in flash cannot be read error=%s", err_name(len));
    }
}

void device_sessions_run(struct device *d)
{
    enum { LOOK_MS = 250 };
    enum telemetry_verdict verdict;
    if (d->sessions_outbox == NULL) {
        return;
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    session_log_tick(&d->sessions, now_ms);
    send_all(d, now_ms);
    while (session_log_refusal(&d->sessions, &verdict)) {
        log_warn("sessions: a piece of a record was refused verdict=%d", (int)verdict);
    }
    const uint32_t n_lost = session_log_counts(&d->sessions).n_lost;
    if (n_lost != d->n_lost_told) {
        d->n_lost_told = n_lost;
        log_warn("sessions: parts of records found no room lost=%u", n_lost);
    }
    /* rows come at any time, and whoever adds one knows no timer */
    runtime_timer_start(posix_loop_timers(d->loop), &d->sessions_timer, now_ms + LOOK_MS);
}

void device_sessions_set_link(struct device *d, bool is_up)
{
    if (d->sessions_outbox != NULL) {
        session_log_set_link(&d->sessions, posix_clock_mono_ms(), is_up);
    }
}

void device_sessions_acknowledged(struct device *d, const uint8_t *ack, size_t len)
{
    if (d->sessions_outbox == NULL) {
        return;
    }
    if (session_log_input(&d->sessions, posix_clock_mono_ms(), ack, len) != E_OK) {
        log_warn("sessions: an acknowledgement cannot be read len=%zu", len);
    }
    device_sessions_run(d);
    if (d->stopping && device_sessions_waiting(d) == 0) {
        device_meter_run(d); /* which ends the device */
    }
}

uint32_t device_sessions_waiting(const struct device *d)
{
    return d->sessions_outbox == NULL ? 0 : outbox_count(d->sessions_outbox);
}

void device_sessions_close(struct device *d)
{
    if (d->sessions_timer.fire != NULL) {
        runtime_timer_stop(posix_loop_timers(d->loop), &d->sessions_timer);
    }
}
