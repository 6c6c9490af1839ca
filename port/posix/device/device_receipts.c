/* SPDX-License-Identifier: MIT
 * Receipts on the loop: what the ledger has of this device's readings, and what it should have.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { LEAVES_CAP = 1536 /* a block has 1024 at most */ };

static void tell(const struct receipts_event *e)
{
    switch (e->kind) {
    case RECEIPTS_DROPPED:
        log_error(
            "receipts: ALARM the gateway acknowledged a reading and left it out of the ledger "
            "epoch=%u sequence=%u",
            e->boot_epoch, e->sequence);
        break;
    case RECEIPTS_LATE:
        log_info("receipts: a reading that was left out is in the ledger now epoch=%u sequence=%u",
                 e->boot_epoch, e->sequence);
        break;
    case RECEIPTS_CONTRADICTED:
        log_error("receipts: ALARM the ledger has other readings than were sent entry=%" PRIu64,
                  e->index);
        break;
    case RECEIPTS_TWICE:
        log_error("receipts: ALARM the ledger counts a reading twice entry=%" PRIu64, e->index);
        break;
    case RECEIPTS_FOREIGN:
        log_error("receipts: ALARM the ledger has a reading that was never sent entry=%" PRIu64,
                  e->index);
        break;
    case RECEIPTS_FORGED:
        log_error("receipts: ALARM a receipt is not signed by the site's ledger");
        break;
    }
}

static void run(struct device *d)
{
    uint8_t want[RECEIPTS_WANT_LEN];
    struct receipts_event event;
    const uint64_t now_ms = posix_clock_mono_ms();
    receipts_tick(&d->receipts, now_ms);
    const int len = receipts_output(&d->receipts, now_ms, want);
    if (len > 0 && posix_mqtt_publish(d->mqtt, d->wants_topic, want, (size_t)len, false) != E_OK) {
        log_debug("receipts: cannot ask now"); /* on_down follows, and then the next try */
    }
    while (receipts_event(&d->receipts, &event)) {
        tell(&event);
    }
    const uint64_t deadline_ms = receipts_deadline(&d->receipts);
    if (deadline_ms == NEVER_MS) {
        runtime_timer_stop(posix_loop_timers(d->loop), &d->receipts_timer);
    } else {
        runtime_timer_start(posix_loop_timers(d->loop), &d->receipts_timer, deadline_ms);
    }
}

static void on_timer(void *context, uint64_t now_ms)
{
    struct device *d = context;
    (void)now_ms;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    run(d);
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

int device_receipts_open(struct device *d)
{
    struct receipts_config config = {.device_id = d->config.device_id,
                                     .overdue_ms = d->config.receipt_timeout_ms,
                                     .cap = LEAVES_CAP};
    if (d->config.ledger_key[0] == '\0') {
        return E_OK;
    }
    int error = ledger_key_parse(d->config.ledger_key, strlen(d->config.ledger_key), &config.key);
    d->leaves = calloc(LEAVES_CAP, sizeof *d->leaves);
    if (d->leaves == NULL) {
        return E_NOSPACE;
    }
    config.leaves = d->leaves;
    if (error == E_OK) {
        error = receipts_init(&d->receipts, &config);
    }
    d->receipts_timer.fire = on_timer;
    d->receipts_timer.context = d;
    return error;
}

void device_receipts_close(struct device *d)
{
    if (d->leaves != NULL) {
        runtime_timer_stop(posix_loop_timers(d->loop), &d->receipts_timer);
    }
    free(d->leaves);
    d->leaves = NULL;
}

void device_receipts_sent(struct device *d, const uint8_t *message, size_t len)
{
    if (d->leaves != NULL) {
        receipts_sent(&d->receipts, message, len);
    }
}

void device_receipts_acknowledged(struct device *d, const uint8_t *ack, size_t len)
{
    if (d->leaves != NULL) {
        receipts_acknowledged(&d->receipts, posix_clock_mono_ms(), ack, len);
        run(d);
    }
}

void device_receipts_take(struct device *d, const uint8_t *receipt, size_t len)
{
    if (d->leaves == NULL) {
        return;
    }
    if (receipts_input(&d->receipts, posix_clock_mono_ms(), receipt, len) == E_OK) {
        const struct receipts_counts counts = receipts_counts(&d->receipts);
        log_debug("receipts: receipted=%" PRIu64 " unchecked=%" PRIu64 " waiting=%zu",
                  counts.n_receipted, counts.n_unchecked, counts.n_waiting);
    }
    run(d);
}

void device_receipts_set_link(struct device *d, bool is_up)
{
    if (d->leaves != NULL) {
        receipts_set_link(&d->receipts, posix_clock_mono_ms(), is_up);
        run(d);
    }
}
