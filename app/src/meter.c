/* SPDX-License-Identifier: MIT
 * The meter: sampling and taking readings. Sending is in meter_send.c.
 */
#include "app/meter.h"

#include <string.h>

#include "app/store_keys.h"
#include "app/trace_ids.h"
#include "base/assert.h"
#include "base/fixed.h"
#include "meter_counters.h"
#include "meter_record.h"
#include "runtime/timer.h"
#include "store/counter.h"

enum {
    LOST_AFTER_SAMPLES = 5,   /* intervals without a sample until the sensor counts as lost */
    LEAP_SLACK_MWH = 1000000, /* what a register's resolution and our clock may be off */
    MS_PER_HOUR = 3600000
};

void meter_note(struct meter *m, const struct meter_event *event)
{
    trace(&m->config.trace, m->time.now_ms, APP_TRACE_METER_EVENT, (uint32_t)event->kind,
          (uint32_t)event->error);
    if (m->n_events == METER_EVENTS_MAX) {
        m->counts.n_events_lost++;
        return;
    }
    m->events[(m->first_event + m->n_events) % METER_EVENTS_MAX] = *event;
    m->n_events++;
}

bool meter_event(struct meter *m, struct meter_event *event)
{
    if (m->n_events == 0) {
        return false;
    }
    *event = m->events[m->first_event];
    m->first_event = (uint8_t)((m->first_event + 1) % METER_EVENTS_MAX);
    m->n_events--;
    return true;
}

void meter_advance(struct meter *m, uint64_t now_ms)
{
    ASSERT(now_ms >= m->time.now_ms);
    m->time.now_ms = now_ms;
}

static int check_config(const struct meter_config *c)
{
    const size_t id_len = c->device_id == NULL ? 0 : strlen(c->device_id);
    const bool ok = id_len > 0 && id_len <= TELEMETRY_DEVICE_ID_MAX_LEN &&
                    c->send_interval_ms > 0 && c->sample_interval_ms > 0 &&
                    c->sample_interval_ms <= c->send_interval_ms && c->ack_timeout_ms > 0 &&
                    c->window > 0 && c->window <= METER_WINDOW_MAX && c->site_rate > 0 &&
                    c->power_max_mw >= 0 && c->signer.sign != NULL && c->sensor.read != NULL &&
                    c->store != NULL && c->outbox != NULL;
    return ok ? E_OK : E_ARG;
}

static int begin_epoch(struct meter *m)
{
    struct store_counter counter;
    uint64_t epoch = 0;
    int error = store_counter_open(&counter, m->config.store, STORE_KEY_BOOT_EPOCH, 1);
    if (error == E_OK) {
        error = store_counter_next(&counter, &epoch);
    }
    if (error == E_OK && epoch > UINT32_MAX) {
        error = E_LIMIT;
    }
    m->boot_epoch = error == E_OK ? (uint32_t)epoch : 0;
    return error;
}

/* A cut may have come between the append of the last reading and the write of its counters: then
 * that reading, which nobody has seen yet, tells them. */
static void adopt(struct meter_counters *c, const struct telemetry_reading *reading)
{
    for (uint8_t i = 0; i < reading->n_channels; i++) {
        const struct telemetry_channel *channel = &reading->channels[i];
        struct meter_counter *counter = &c->of[channel->kind];
        const int64_t ahead_mwh = channel->energy_mwh - counter->energy_mwh;
        if (ahead_mwh > 0) {
            counter->energy_mwh = channel->energy_mwh;
            counter->register_mwh += counter->register_mwh >= 0 ? ahead_mwh : 0;
        }
    }
    c->boot_epoch = reading->boot_epoch;
    c->sequence = reading->sequence;
    c->unix_ms = reading->unix_ms;
    c->n_taken++;
}

static int reconcile(struct meter *m)
{
    struct outbox_cursor cursor = OUTBOX_START;
    struct telemetry_envelope envelope;
    int newest_len = 0;
    int len = 0;
    while ((len = outbox_next(m->config.outbox, &cursor, m->record, sizeof m->record)) >= 0) {
        newest_len = len;
    }
    if (len != E_NOTFOUND) {
        return len;
    }
    const struct meter_record newest = meter_record_read(m->record, (size_t)newest_len);
    if (!meter_record_is_newer(&newest, m->counters.boot_epoch, m->counters.sequence)) {
        return E_OK;
    }
    const int error = telemetry_reading_decode(newest.message, newest.message_len, &envelope);
    if (error == E_OK) {
        adopt(&m->counters, &envelope.reading);
    }
    return error == E_OK ? meter_counters_save(&m->counters, m->config.store) : error;
}

int meter_init(struct meter *m, const struct meter_config *config, const struct site_time *time)
{
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->time = *time;
    if (check_config(config) != E_OK || time->now_ms == 0) {
        return E_ARG;
    }
    m->sample_at_ms = time->now_ms;
    m->reading_at_ms = time->now_ms;
    m->heard_at_ms = time->now_ms;
    int error = meter_counters_load(&m->counters, config->store);
    if (error == E_NOTFOUND) {
        error = E_OK;
    }
    if (error == E_OK) {
        error = reconcile(m);
    }
    return error == E_OK ? begin_epoch(m) : error;
}

/* How far a register may have moved since the last reading was taken: -1 for no bound. */
static int64_t leap_max_mwh(const struct meter *m)
{
    int64_t moved_mwh = 0;
    int64_t span_ms = m->time.unix_ms - m->counters.unix_ms;
    if (m->config.power_max_mw == 0 || m->time.quality == TELEMETRY_TIME_UNKNOWN ||
        m->counters.unix_ms == 0) {
        return -1;
    }
    span_ms = span_ms < 0 ? 0 : span_ms;
    if (fixed_mul_div(m->config.power_max_mw, span_ms, MS_PER_HOUR, &moved_mwh) != E_OK) {
        return -1;
    }
    return fixed_add_saturate(moved_mwh, LEAP_SLACK_MWH);
}

/* Site time since the sample before, bounded: what was not measured is not invented. */
static uint32_t span_ms_since_sample(const struct meter *m)
{
    if (m->sampled_at_ms == 0) {
        return 0;
    }
    const uint64_t real_ms = m->time.now_ms - m->sampled_at_ms;
    const uint64_t max_ms = (uint64_t)LOST_AFTER_SAMPLES * m->config.sample_interval_ms;
    const uint64_t span_ms = (real_ms < max_ms ? real_ms : max_ms) * m->config.site_rate;
    return span_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)span_ms;
}

static const struct sensor_channel *find_channel(const struct sensor_sample *sample,
                                                 enum telemetry_channel_kind kind)
{
    for (uint8_t i = 0; i < sample->n_channels; i++) {
        if (sample->channels[i].kind == kind) {
            return &sample->channels[i];
        }
    }
    return NULL;
}

static void count_channel(struct meter *m, const struct sensor_channel *now, uint32_t span_ms)
{
    struct meter_counter *counter = &m->counters.of[now->kind];
    if (now->register_mwh >= 0) {
        if (!meter_counter_follow(counter, now->register_mwh, leap_max_mwh(m))) {
            meter_note(m,
                       &(struct meter_event){.kind = METER_REGISTER_RESET, .channel = now->kind});
        }
        return;
    }
    /* The mean of two samples over the time between them. */
    const struct sensor_channel *before = find_channel(&m->sample, now->kind);
    const int64_t before_mw = before == NULL ? now->power_mw : before->power_mw;
    const int64_t mean_mw = (before_mw + now->power_mw) / 2;
    meter_counter_integrate(counter, mean_mw > 0 ? mean_mw : 0, span_ms);
}

static void on_sample(struct meter *m, const struct sensor_sample *sample)
{
    ASSERT(sample->n_channels > 0 && sample->n_channels <= TELEMETRY_CHANNELS_MAX);
    const uint32_t span_ms = span_ms_since_sample(m);
    for (uint8_t i = 0; i < sample->n_channels; i++) {
        ASSERT(sample->channels[i].kind < TELEMETRY_CHANNEL_KINDS);
        count_channel(m, &sample->channels[i], span_ms);
    }
    m->sample = *sample;
    m->sample_is_fresh = true;
    m->sampled_at_ms = m->time.now_ms;
    m->heard_at_ms = m->time.now_ms;
    if (m->sensor_is_lost) {
        m->sensor_is_lost = false;
        meter_note(m, &(struct meter_event){.kind = METER_SENSOR_BACK});
    }
}

static void take_sample(struct meter *m)
{
    struct sensor_sample sample;
    const int error = m->config.sensor.read(m->config.sensor.context, &m->time, &sample);
    if (error == E_OK) {
        on_sample(m, &sample);
        return;
    }
    m->counts.n_sensor_failures += error != E_STATE;
    const uint64_t patience_ms = (uint64_t)LOST_AFTER_SAMPLES * m->config.sample_interval_ms;
    if (!m->sensor_is_lost && m->time.now_ms >= m->heard_at_ms + patience_ms) {
        m->sensor_is_lost = true;
        meter_note(m, &(struct meter_event){.kind = METER_SENSOR_LOST, .error = error});
    }
}

static void describe(const struct meter *m, struct telemetry_reading *reading)
{
    *reading = (struct telemetry_reading){
        .device_id = m->config.device_id,
        .device_id_len = strlen(m->config.device_id),
        .boot_epoch = m->boot_epoch,
        .sequence = m->sequence + 1,
        .unix_ms = m->time.quality == TELEMETRY_TIME_UNKNOWN ? 0 : m->time.unix_ms,
        .time_quality = m->time.quality,
        .n_channels = m->sample.n_channels};
    for (uint8_t i = 0; i < m->sample.n_channels; i++) {
        const struct sensor_channel *channel = &m->sample.channels[i];
        reading->channels[i] =
            (struct telemetry_channel){.kind = channel->kind,
                                       .energy_mwh = m->counters.of[channel->kind].energy_mwh,
                                       .power_mw = channel->power_mw,
                                       .voltage_mv = channel->voltage_mv,
                                       .current_ma = channel->current_ma,
                                       .frequency_millihz = channel->frequency_millihz};
    }
}

static void save_counters(struct meter *m)
{
    const int error = meter_counters_save(&m->counters, m->config.store);
    if (error != E_OK) {
        meter_note(m, &(struct meter_event){.kind = METER_FLASH_FAILED, .error = error});
    }
}

static void on_append_failed(struct meter *m, int error)
{
    m->counts.n_unsaved++;
    if (error != E_NOSPACE) {
        m->sequence++; /* half of it may be on flash: its number is spent */
        meter_note(m, &(struct meter_event){.kind = METER_FLASH_FAILED, .error = error});
        return;
    }
    if (!m->outbox_is_full) {
        m->outbox_is_full = true;
        meter_note(m, &(struct meter_event){.kind = METER_OUTBOX_FULL});
    }
    save_counters(m); /* the energy at least */
}

static void on_appended(struct meter *m, const struct telemetry_reading *reading)
{
    m->sequence = reading->sequence;
    m->sample_is_fresh = false;
    m->all_sent = false;
    m->counters.n_taken++;
    m->counters.boot_epoch = reading->boot_epoch;
    m->counters.sequence = reading->sequence;
    m->counters.unix_ms = reading->unix_ms;
    trace(&m->config.trace, m->time.now_ms, APP_TRACE_METER_READING, reading->sequence,
          outbox_count(m->config.outbox));
    if (m->outbox_is_full) {
        m->outbox_is_full = false;
        meter_note(m, &(struct meter_event){.kind = METER_OUTBOX_ROOM});
    }
    save_counters(m);
}

static void take_reading(struct meter *m)
{
    struct telemetry_reading reading;
    if (!m->sample_is_fresh) {
        m->counts.n_missed++;
        return;
    }
    describe(m, &reading);
    const int len =
        telemetry_reading_sign(&reading, &m->config.signer, m->record + METER_RECORD_HEAD_LEN,
                               sizeof m->record - METER_RECORD_HEAD_LEN);
    if (len < 0) {
        m->counts.n_unsaved++;
        meter_note(m, &(struct meter_event){.kind = METER_NOT_SIGNED, .error = len});
        return;
    }
    meter_record_head(m->record, &reading, (uint32_t)m->counters.n_taken);
    const int error =
        outbox_append(m->config.outbox, m->record, METER_RECORD_HEAD_LEN + (size_t)len);
    if (error == E_OK) {
        on_appended(m, &reading);
    } else {
        on_append_failed(m, error);
    }
}

/* The next time of a rhythm; one that was missed for long begins anew. */
static uint64_t next_beat_ms(uint64_t due_ms, uint64_t interval_ms, uint64_t now_ms)
{
    return due_ms + interval_ms > now_ms ? due_ms + interval_ms : now_ms + interval_ms;
}

void meter_tick(struct meter *m, const struct site_time *time)
{
    meter_advance(m, time->now_ms);
    m->time = *time;
    if (time->now_ms >= m->sample_at_ms) {
        m->sample_at_ms = next_beat_ms(m->sample_at_ms, m->config.sample_interval_ms, time->now_ms);
        take_sample(m);
    }
    if (time->now_ms >= m->reading_at_ms && (m->sampled_at_ms != 0 || m->sensor_is_lost)) {
        m->reading_at_ms = next_beat_ms(m->reading_at_ms, m->config.send_interval_ms, time->now_ms);
        take_reading(m);
    }
    meter_send_tick(m);
    ASSERT(meter_deadline(m) > time->now_ms);
}

void meter_finish(struct meter *m)
{
    m->sample_at_ms = NEVER_MS;
    m->reading_at_ms = NEVER_MS;
}

uint64_t meter_deadline(const struct meter *m)
{
    uint64_t at_ms = m->sample_at_ms;
    if (m->reading_at_ms > m->time.now_ms && m->reading_at_ms < at_ms) {
        at_ms = m->reading_at_ms;
    }
    const uint64_t send_at_ms = meter_send_deadline(m);
    return send_at_ms < at_ms ? send_at_ms : at_ms;
}

int64_t meter_energy_mwh(const struct meter *m, enum telemetry_channel_kind kind)
{
    ASSERT(kind < TELEMETRY_CHANNEL_KINDS);
    return m->counters.of[kind].energy_mwh;
}

struct meter_counts meter_counts(const struct meter *m)
{
    struct meter_counts counts = m->counts;
    counts.n_taken = m->counters.n_taken;
    counts.n_refused = m->counters.n_refused;
    counts.n_waiting = outbox_count(m->config.outbox);
    const uint64_t known = counts.n_refused + counts.n_waiting;
    counts.n_stored = counts.n_taken > known ? counts.n_taken - known : 0;
    return counts;
}

int meter_close(struct meter *m)
{
    return meter_counters_save(&m->counters, m->config.store);
}
