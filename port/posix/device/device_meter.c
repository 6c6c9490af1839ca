/* SPDX-License-Identifier: MIT
 * The meter on the loop.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "base/assert.h"
#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

#define CLOCK_NEVER_SET_MS INT64_C(1577836800000) /* 2020: before that nobody has set it */

struct site_time device_clock(bool has_site_clock)
{
    struct timex state = {0};
    struct site_time time = {.now_ms = posix_clock_mono_ms(), .unix_ms = posix_clock_wall_ms()};
    if (has_site_clock) {
        time.quality = TELEMETRY_TIME_SYNCED;
    } else if (time.unix_ms < CLOCK_NEVER_SET_MS) {
        time.quality = TELEMETRY_TIME_UNKNOWN;
    } else {
        time.quality =
            ntp_adjtime(&state) == TIME_ERROR ? TELEMETRY_TIME_HELD : TELEMETRY_TIME_SYNCED;
    }
    return time;
}

struct site_time device_time(const struct device *d)
{
    return device_clock(d->has_site_clock);
}

static const char *const verdict_names[TELEMETRY_VERDICTS] = {
    [TELEMETRY_STORED] = "stored",
    [TELEMETRY_MALFORMED] = "malformed",
    [TELEMETRY_BAD_SIGNATURE] = "bad_signature",
    [TELEMETRY_WRONG_IDENTITY] = "wrong_identity",
    [TELEMETRY_TOO_OLD] = "too_old",
    [TELEMETRY_BANNED] = "banned"};

static void tell(struct device *d, const struct meter_event *e)
{
    switch (e->kind) {
    case METER_REFUSED:
        log_warn("meter: reading refused epoch=%u sequence=%u verdict=%s", e->boot_epoch,
                 e->sequence, verdict_names[e->verdict]);
        break;
    case METER_OUTBOX_FULL:
        log_warn("meter: the outbox is full: readings pause, counters go on");
        break;
    case METER_OUTBOX_ROOM:
        log_info("meter: the outbox has room again");
        break;
    case METER_SENSOR_LOST:
        log_warn("meter: the sensor does not answer error=%s", err_name(e->error));
        break;
    case METER_SENSOR_BACK:
        log_info("meter: the sensor answers again");
        break;
    case METER_REGISTER_RESET:
        log_warn("meter: the sensor's register jumped, counting from there channel=%d", e->channel);
        break;
    case METER_NOT_SIGNED:
        log_error("meter: a reading could not be signed error=%s", err_name(e->error));
        break;
    case METER_FLASH_FAILED:
        log_error("meter: flash failed, this run ends error=%s why=%s", err_name(e->error),
                  d->owner.flash_error == NULL ? "" : d->owner.flash_error(d->owner.context));
        d->has_failed = true;
        device_stop(d, 0);
        break;
    }
}

/* Everything that may go out now. */
static void send_all(struct device *d, uint64_t now_ms)
{
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    int len = 0;
    while ((len = meter_output(&d->meter, now_ms, message, sizeof message)) > 0) {
        if (posix_mqtt_publish(d->mqtt, d->readings_topic, message, (size_t)len, false) != E_OK) {
            meter_set_link(&d->meter, now_ms, false); /* on_down follows */
            return;
        }
        device_receipts_sent(d, message, (size_t)len);
    }
    ASSERT(len == 0);
}

static bool is_over(const struct device *d, uint64_t now_ms)
{
    return d->stopping && (now_ms >= d->stop_at_ms ||
                           meter_counts(&d->meter).n_waiting + device_sessions_waiting(d) == 0);
}

/* An end comes at the next turn of the loop: callers of ours are on the stack. */
static uint64_t next_turn_ms(const struct device *d)
{
    const uint64_t due_ms = meter_deadline(&d->meter);
    const uint64_t now_ms = posix_clock_mono_ms();
    if (is_over(d, now_ms)) {
        return now_ms;
    }
    return d->stopping && d->stop_at_ms < due_ms ? d->stop_at_ms : due_ms;
}

/* Energy is measured by the monotonic clock, so a jump costs nothing; but it is to be known. */
static void watch_clock(struct device *d, const struct site_time *time)
{
    const int64_t jump_ms =
        posix_clock_watch_note(&d->clock_watch, time->now_ms, time->unix_ms, posix_clock_rate());
    if (jump_ms != 0) {
        log_warn("meter: the clock jumped %" PRId64 " s %s; counters go on, and what was measured "
                 "keeps its time",
                 (jump_ms > 0 ? jump_ms : -jump_ms) / 1000, jump_ms > 0 ? "ahead" : "back");
    }
}

void device_meter_run(struct device *d)
{
    const struct site_time time = device_time(d);
    struct meter_event event;
    watch_clock(d, &time);
    meter_tick(&d->meter, &time);
    send_all(d, time.now_ms);
    while (meter_event(&d->meter, &event)) {
        tell(d, &event);
    }
    if (!d->has_ended) {
        runtime_timer_start(posix_loop_timers(d->loop), &d->meter_timer, next_turn_ms(d));
    }
    if (d->owner.ran != NULL) {
        d->owner.ran(d->owner.context);
    }
}

static void on_timer(void *context, uint64_t now_ms)
{
    struct device *d = context;
    if (is_over(d, now_ms)) {
        d->has_ended = true;
        if (d->owner.ended != NULL) {
            d->owner.ended(d->owner.context);
        }
        return;
    }
    device_guard_begin(&d->guard, DEVICE_TASK_METER);
    device_meter_run(d);
    device_guard_end(&d->guard, DEVICE_TASK_METER);
}

int device_meter_open(struct device *d, const struct sensor *sensor)
{
    const struct meter_config config = {.device_id = d->config.device_id,
                                        .send_interval_ms = d->config.send_interval_ms,
                                        .sample_interval_ms = d->config.sample_interval_ms,
                                        .ack_timeout_ms = d->config.ack_timeout_ms,
                                        .window = d->config.send_window,
                                        .site_rate = posix_clock_rate(),
                                        .power_max_mw = (int64_t)d->config.max_power_w * 1000,
                                        .signer = identity_signer(&d->identity),
                                        .sensor = *sensor,
                                        .store = d->store,
                                        .outbox = d->outbox,
                                        .trace = device_guard_sink(&d->guard)};
    const struct site_time time = device_time(d);
    const int error = meter_init(&d->meter, &config, &time);
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: the meter's memory cannot be used: %s\n",
                err_name(error));
        return error;
    }
    d->meter_timer.fire = on_timer;
    d->meter_timer.context = d;
    runtime_timer_start(posix_loop_timers(d->loop), &d->meter_timer, time.now_ms);
    const struct meter_counts counts = meter_counts(&d->meter);
    log_info("meter: started epoch=%u taken=%" PRIu64 " waiting=%u", d->meter.boot_epoch,
             counts.n_taken, counts.n_waiting);
    return E_OK;
}

void device_stop(struct device *d, uint32_t drain_ms)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    const bool may_end_later = !d->has_failed && d->mqtt != NULL && posix_mqtt_is_up(d->mqtt) &&
                               meter_counts(&d->meter).n_waiting + device_sessions_waiting(d) > 0;
    ASSERT(d->meter_timer.fire != NULL);
    meter_finish(&d->meter);
    d->stopping = true;
    d->stop_at_ms = may_end_later ? now_ms + drain_ms : now_ms;
    runtime_timer_start(posix_loop_timers(d->loop), &d->meter_timer, next_turn_ms(d));
}

void device_meter_close(struct device *d)
{
    runtime_timer_stop(posix_loop_timers(d->loop), &d->meter_timer);
    if (meter_close(&d->meter) != E_OK) {
        log_error("meter: the counters could not be written");
    }
}
