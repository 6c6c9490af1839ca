/* SPDX-License-Identifier: MIT
 * A home in virtual time.
 */
#include "sim/metered_home.h"

#include <string.h>

#include "base/assert.h"

static struct site_time time_of(const struct sim_metered_home *h)
{
    return (struct site_time){.now_ms = h->now_ms,
                              .unix_ms =
                                  (int64_t)(h->now_ms * h->config.site_rate) + h->unix_offset_ms,
                              .quality = TELEMETRY_TIME_SYNCED};
}

static bool is_off(const struct sim_metered_home *h)
{
    return h->store_flash.is_off || h->outbox_flash.is_off;
}

/* One start of the device; false when the power failed in it. */
static bool start(struct sim_metered_home *h)
{
    const struct site_time time = time_of(h);
    if (store_mount(&h->store, &h->store_flash.flash) != E_OK ||
        outbox_mount(&h->outbox, &h->outbox_flash.flash) != E_OK ||
        identity_open(&h->identity, &h->store) != E_OK) {
        return false;
    }
    h->config.signer = identity_signer(&h->identity);
    h->config.store = &h->store;
    h->config.outbox = &h->outbox;
    if (meter_init(&h->meter, &h->config, &time) != E_OK) {
        return false;
    }
    meter_set_link(&h->meter, h->now_ms, h->broker_is_up);
    return !is_off(h);
}

static void boot(struct sim_metered_home *h)
{
    bool is_running = false;
    for (int tries = 0; !is_running && tries < 1000; tries++) {
        sim_flash_power_on(&h->store_flash);
        sim_flash_power_on(&h->outbox_flash);
        sim_link_cut(&h->up);
        sim_link_cut(&h->down);
        h->n_boots++;
        is_running = start(h);
        ASSERT(is_running || is_off(h)); /* nothing but a cut may keep a device from starting */
    }
    ASSERT(is_running);
}

void sim_metered_home_init(struct sim_metered_home *h, const struct meter_config *config,
                           uint32_t outbox_sectors, struct sim_sink_row *rows, size_t n_rows,
                           uint64_t seed)
{
    ASSERT(outbox_sectors <= SIM_HOME_OUTBOX_SECTORS_MAX);
    memset(h, 0, sizeof *h);
    h->random.state = seed;
    h->config = *config;
    h->now_ms = 1000;
    h->broker_is_up = true;
    sim_flash_init(&h->store_flash, h->store_memory, SIM_HOME_SECTOR_LEN, SIM_HOME_STORE_SECTORS,
                   SIM_HOME_PROGRAM_LEN, seed);
    sim_flash_init(&h->outbox_flash, h->outbox_memory, SIM_HOME_SECTOR_LEN, outbox_sectors,
                   SIM_HOME_PROGRAM_LEN, seed + 1);
    sim_link_init(&h->up, &h->random);
    sim_link_init(&h->down, &h->random);
    boot(h);
    sim_sink_init(&h->sink, rows, n_rows, h->identity.public_key);
}

/* What the meter has to say, unless the power failed while it thought of it. */
static void take_output(struct sim_metered_home *h)
{
    uint8_t message[SIM_LINK_MESSAGE_MAX_LEN];
    int len = 0;
    while (!is_off(h) && (len = meter_output(&h->meter, h->now_ms, message, sizeof message)) > 0) {
        sim_link_send(&h->up, h->now_ms, message, (size_t)len);
    }
}

static void take_events(struct sim_metered_home *h)
{
    struct meter_event event;
    while (meter_event(&h->meter, &event)) {
        h->n_refused_events += event.kind == METER_REFUSED;
    }
}

static void deliver(struct sim_metered_home *h)
{
    uint8_t message[SIM_LINK_MESSAGE_MAX_LEN];
    uint8_t ack[TELEMETRY_ACK_MAX_LEN];
    size_t len = 0;
    while ((len = sim_link_receive(&h->up, h->now_ms, message, sizeof message)) > 0) {
        const size_t ack_len = sim_sink_take(&h->sink, message, len, ack);
        if (ack_len > 0) {
            sim_link_send(&h->down, h->now_ms, ack, ack_len);
        }
    }
    while (!is_off(h) &&
           (len = sim_link_receive(&h->down, h->now_ms, message, sizeof message)) > 0) {
        (void)meter_input(&h->meter, h->now_ms, message, len);
    }
}

static void step(struct sim_metered_home *h)
{
    const struct site_time time = time_of(h);
    deliver(h);
    if (!is_off(h) && meter_deadline(&h->meter) <= h->now_ms) {
        meter_tick(&h->meter, &time);
    }
    take_output(h);
    take_events(h);
    if (is_off(h)) {
        boot(h);
    }
    h->counts = meter_counts(&h->meter);
}

static uint64_t next_ms(const struct sim_metered_home *h)
{
    uint64_t at_ms = meter_deadline(&h->meter);
    const uint64_t up_ms = sim_link_deadline(&h->up);
    const uint64_t down_ms = sim_link_deadline(&h->down);
    at_ms = up_ms < at_ms ? up_ms : at_ms;
    at_ms = down_ms < at_ms ? down_ms : at_ms;
    return at_ms > h->now_ms ? at_ms : h->now_ms;
}

void sim_metered_home_run(struct sim_metered_home *h, uint64_t until_ms)
{
    while (h->now_ms < until_ms) {
        const uint64_t at_ms = next_ms(h);
        h->now_ms = at_ms < until_ms ? at_ms : until_ms;
        step(h);
    }
}

void sim_metered_home_set_broker(struct sim_metered_home *h, bool is_up)
{
    h->broker_is_up = is_up;
    sim_link_cut(&h->up);
    sim_link_cut(&h->down);
    meter_set_link(&h->meter, h->now_ms, is_up);
}

void sim_metered_home_cut_power(struct sim_metered_home *h)
{
    boot(h);
}

bool sim_metered_home_settle(struct sim_metered_home *h, uint64_t patience_ms)
{
    const uint64_t until_ms = h->now_ms + patience_ms;
    h->store_flash.cut_at = UINT32_MAX;
    h->outbox_flash.cut_at = UINT32_MAX;
    h->up.loss_permille = h->up.repeat_permille = 0;
    h->down.loss_permille = h->down.repeat_permille = 0;
    sim_metered_home_set_broker(h, true);
    while (h->now_ms < until_ms) {
        const uint64_t at_ms = next_ms(h);
        h->now_ms = at_ms < until_ms ? at_ms : until_ms;
        step(h);
        if (meter_counts(&h->meter).n_waiting == 0) {
            return true;
        }
    }
    return false;
}
