/* SPDX-License-Identifier: MIT
 * The link to the broker: connect, come back after a while when it breaks, carry readings there and
 * acknowledgements back.
 */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

enum {
    FIRST_RETRY_MS = 500,
    RETRY_MAX_MS = 60000,
    CHECK_MS = 30000,
    RESOLVE_MAX_MS = 45000 /* names are resolved in the call */
};

static void try_later(struct device *d, const char *why)
{
    const uint32_t wait_ms = backoff_next_ms(&d->backoff, &d->entropy);
    if (strcmp(why, d->why_down) != 0) { /* an outage of hours is one line, not thousands */
        log_warn("link: %s retry_in_ms=%u", why, wait_ms);
        snprintf(d->why_down, sizeof d->why_down, "%s", why);
    } else {
        log_debug("link: %s retry_in_ms=%u", why, wait_ms);
    }
    runtime_timer_start(posix_loop_timers(d->loop), &d->link_timer,
                        posix_clock_mono_ms() + wait_ms);
}

static void connect_now(struct device *d)
{
    if (d->stopping || !enrolment_has_certificate(&d->enrolment)) {
        return;
    }
    const struct posix_tls_identity identity = {.certificate_der = d->identity.certificate_der,
                                                .certificate_len = d->identity.certificate_len,
                                                .private_key = d->identity.private_key};
    device_guard_may_block(&d->guard, DEVICE_TASK_NET, RESOLVE_MAX_MS, "resolve");
    const int error = posix_mqtt_connect(d->mqtt, &identity);
    device_guard_block_over(&d->guard, DEVICE_TASK_NET);
    if (error == E_NOTFOUND) {
        try_later(d, "ca_file cannot be read");
    } else if (error != E_OK && error != E_STATE) {
        try_later(d, "the broker's host cannot be reached");
    }
}

static void on_link_timer(void *context, uint64_t now_ms)
{
    struct device *d = context;
    (void)now_ms;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    connect_now(d);
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

/* A lost link without a next attempt, or no certificate without a next try, is a fault of ours:
 * then the task gives no sign of life. */
static void on_check_timer(void *context, uint64_t now_ms)
{
    struct device *d = context;
    if (d->stopping) {
        return;
    }
    const bool is_at_work =
        enrolment_has_certificate(&d->enrolment)
            ? !posix_mqtt_is_idle(d->mqtt) || runtime_timer_running(&d->link_timer)
            : d->enrolment.state == ENROLMENT_ASKING || runtime_timer_running(&d->enrolment_timer);
    if (is_at_work) {
        device_guard_begin(&d->guard, DEVICE_TASK_NET);
        device_guard_end(&d->guard, DEVICE_TASK_NET);
    } else {
        log_error("link: nobody is at work on it");
    }
    runtime_timer_start(posix_loop_timers(d->loop), &d->check_timer, now_ms + CHECK_MS);
}

static void on_up(void *context)
{
    struct device *d = context;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    d->counts.n_connected++;
    backoff_reset(&d->backoff);
    d->why_down[0] = '\0';
    log_info("link: connected host=%s port=%u waiting=%u", d->config.gateway_host,
             d->config.mqtt_port, meter_counts(&d->meter).n_waiting);
    if (posix_mqtt_subscribe(d->mqtt, d->acks_topic) == E_OK &&
        posix_mqtt_subscribe(d->mqtt, d->trust_topic) == E_OK &&
        posix_mqtt_subscribe(d->mqtt, d->receipts_topic) == E_OK &&
        (d->sessions_outbox == NULL ||
         posix_mqtt_subscribe(d->mqtt, d->session_acks_topic) == E_OK)) {
        device_receipts_set_link(d, true);
        meter_set_link(&d->meter, posix_clock_mono_ms(), true);
        device_sessions_set_link(d, true);
        device_meter_run(d);
        device_sessions_run(d);
    } /* else on_down follows */
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

static void on_down(void *context, const char *why)
{
    struct device *d = context;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    d->counts.n_lost++;
    meter_set_link(&d->meter, posix_clock_mono_ms(), false);
    device_receipts_set_link(d, false);
    device_sessions_set_link(d, false);
    if (!d->stopping) {
        try_later(d, why);
    }
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

static void on_message(void *context, const char *topic, const uint8_t *payload, size_t len)
{
    struct device *d = context;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    if (strcmp(topic, d->acks_topic) == 0) {
        device_receipts_acknowledged(d, payload, len);
        if (meter_input(&d->meter, posix_clock_mono_ms(), payload, len) != E_OK) {
            log_warn("link: an acknowledgement cannot be read len=%zu", len);
        }
        device_meter_run(d);
    } else if (strcmp(topic, d->session_acks_topic) == 0) {
        device_sessions_acknowledged(d, payload, len);
    } else if (strcmp(topic, d->trust_topic) == 0) {
        device_trust_told(d, (const char *)payload, len);
    } else if (strcmp(topic, d->receipts_topic) == 0) {
        device_receipts_take(d, payload, len);
    }
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

int device_link_open(struct device *d)
{
    const char *id = d->config.device_id;
    snprintf(d->readings_topic, sizeof d->readings_topic, "wattward/readings/%s", id);
    snprintf(d->acks_topic, sizeof d->acks_topic, "wattward/acks/%s", id);
    snprintf(d->trust_topic, sizeof d->trust_topic, "wattward/trust/%s", id);
    snprintf(d->receipts_topic, sizeof d->receipts_topic, "wattward/receipts/%s", id);
    snprintf(d->wants_topic, sizeof d->wants_topic, "wattward/wants/%s", id);
    snprintf(d->sessions_topic, sizeof d->sessions_topic, "wattward/sessions/%s", id);
    snprintf(d->session_acks_topic, sizeof d->session_acks_topic, "wattward/session-acks/%s", id);
    d->backoff = (struct backoff){.first_ms = FIRST_RETRY_MS, .max_ms = RETRY_MAX_MS};
    d->link_timer.fire = on_link_timer;
    d->link_timer.context = d;
    const struct posix_mqtt_config config = {.loop = d->loop,
                                             .host = d->config.gateway_host,
                                             .port = d->config.mqtt_port,
                                             .client_id = id,
                                             .ca_file = d->config.ca_file,
                                             .keepalive_s = d->config.keepalive_s,
                                             .up = on_up,
                                             .down = on_down,
                                             .message = on_message,
                                             .context = d};
    d->mqtt = posix_mqtt_open(&config);
    return d->mqtt == NULL ? E_NOSPACE : E_OK;
}

void device_link_start(struct device *d)
{
    d->check_timer.fire = on_check_timer;
    d->check_timer.context = d;
    runtime_timer_start(posix_loop_timers(d->loop), &d->check_timer,
                        posix_clock_mono_ms() + CHECK_MS);
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    connect_now(d);
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

/* Inside a call of the net task. */
void device_link_renew(struct device *d)
{
    ASSERT(d->mqtt != NULL);
    posix_mqtt_disconnect(d->mqtt);
    meter_set_link(&d->meter, posix_clock_mono_ms(), false);
    device_receipts_set_link(d, false);
    device_sessions_set_link(d, false);
    backoff_reset(&d->backoff);
    runtime_timer_stop(posix_loop_timers(d->loop), &d->link_timer);
    connect_now(d);
}

void device_link_close(struct device *d)
{
    runtime_timer_stop(posix_loop_timers(d->loop), &d->link_timer);
    runtime_timer_stop(posix_loop_timers(d->loop), &d->check_timer);
    posix_mqtt_close(d->mqtt);
    d->mqtt = NULL;
}
