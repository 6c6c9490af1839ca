/* SPDX-License-Identifier: MIT
 * Acknowledgements of one meter come in the order of its readings: the gateway takes them as they
 * come and commits before it answers. So the oldest send is the one that was settled.
 */
#include "swarm_meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "posix/clock.h"

/* Small: there may be thousands. The outbox holds some two hundred readings. */
enum { SECTOR_LEN = 4096, PROGRAM_LEN = 8, STORE_SECTORS = 6, OUTBOX_SECTORS = 16 };

static void push_send(struct swarm_meter *m, uint64_t now_ms)
{
    if (m->n_flying < METER_WINDOW_MAX) {
        m->sent_at_ms[(m->first + m->n_flying++) % METER_WINDOW_MAX] = now_ms;
    }
}

static void pop_send(struct swarm_meter *m, uint64_t now_ms)
{
    if (m->n_flying > 0) {
        latency_add(m->setting->latency, now_ms - m->sent_at_ms[m->first]);
        m->first = (m->first + 1) % METER_WINDOW_MAX;
        m->n_flying--;
    }
}

static void on_ran(void *context)
{
    struct swarm_meter *m = context;
    const struct meter_counts counts = meter_counts(&m->device.meter);
    const uint64_t n_sent = counts.n_sent - counts.n_resent;
    const uint64_t n_settled = counts.n_stored + counts.n_refused;
    const uint64_t now_ms = posix_clock_mono_ms();
    if (m->connection != m->device.counts.n_connected) {
        m->connection = m->device.counts.n_connected;
        if (m->connected_at_ms == 0) {
            m->connected_at_ms = now_ms;
            m->setting->connected(m->setting->context);
        }
        m->n_flying = 0; /* on a new connection all is sent anew */
    }
    for (; m->n_settled < n_settled; m->n_settled++) {
        pop_send(m, now_ms);
    }
    for (; m->n_sent < n_sent; m->n_sent++) {
        push_send(m, now_ms);
    }
}

static void on_ended(void *context)
{
    struct swarm_meter *m = context;
    if (!m->has_ended) {
        m->has_ended = true;
        m->setting->ended(m->setting->context);
    }
}

void swarm_meter_prepare(struct swarm_meter *m, const struct swarm_setting *setting, const char *id,
                         const struct swarm_claim *claim)
{
    struct device_config *c = &m->device.config;
    m->setting = setting;
    runtime_config_defaults(&device_config_schema, c);
    snprintf(c->device_id, sizeof c->device_id, "%s", id);
    snprintf(c->claim_token, sizeof c->claim_token, "%s", claim->token);
    snprintf(c->ca_file, sizeof c->ca_file, "%s", claim->ca_file);
    c->est_port = (uint16_t)setting->est_port;
    c->mqtt_port = (uint16_t)setting->mqtt_port;
    c->send_interval_ms = (uint32_t)setting->interval_ms;
    c->sample_interval_ms =
        c->send_interval_ms < c->sample_interval_ms ? c->send_interval_ms : c->sample_interval_ms;
    m->device.loop = setting->loop;
    m->device.store = &m->store;
    m->device.outbox = &m->outbox;
    m->device.owner = (struct device_owner){.ran = on_ran, .ended = on_ended, .context = m};
}

static int make_flash(struct swarm_meter *m)
{
    const size_t store_len = SIM_FLASH_MEMORY_LEN(SECTOR_LEN, STORE_SECTORS);
    m->memory = malloc(store_len + SIM_FLASH_MEMORY_LEN(SECTOR_LEN, OUTBOX_SECTORS));
    if (m->memory == NULL) {
        return E_NOSPACE;
    }
    sim_flash_init(&m->store_flash, m->memory, SECTOR_LEN, STORE_SECTORS, PROGRAM_LEN, 1);
    sim_flash_init(&m->outbox_flash, m->memory + store_len, SECTOR_LEN, OUTBOX_SECTORS, PROGRAM_LEN,
                   2);
    const int error = store_mount(&m->store, &m->store_flash.flash);
    return error == E_OK ? outbox_mount(&m->outbox, &m->outbox_flash.flash) : error;
}

static uint32_t variant_of(const char *id)
{
    uint32_t variant = 0;
    for (const char *c = id; *c != '\0'; c++) {
        variant = variant * 31 + (unsigned char)*c;
    }
    return variant % 1000;
}

int swarm_meter_start(struct swarm_meter *m, const struct replay_record *record)
{
    ASSERT(!m->is_open && m->memory == NULL);
    const int error = make_flash(m);
    if (error != E_OK) {
        fprintf(stderr, "wattward-sim swarm: no memory for the flash of %s\n",
                m->device.config.device_id);
        return error;
    }
    replay_init(&m->replay, record, m->device.config.replay_start_ms,
                variant_of(m->device.config.device_id));
    const struct sensor sensor = {.read = replay_read, .context = &m->replay};
    m->is_open = true;
    return device_open(&m->device, &sensor);
}

void swarm_meter_stop(struct swarm_meter *m, uint32_t drain_ms)
{
    if (m->is_open) {
        device_stop(&m->device, drain_ms);
    }
}

void swarm_meter_close(struct swarm_meter *m)
{
    if (m->is_open) {
        device_close(&m->device);
        m->is_open = false;
    }
    free(m->memory);
    m->memory = NULL;
}
