/* SPDX-License-Identifier: MIT
 * The PZEM-004T as a sensor: moves bytes between the machine and its line.
 */
#include <string.h>

#include "app/pzem004t.h"
#include "base/assert.h"

void pzem_sensor_init(struct pzem_sensor *s, const struct pzem_config *config,
                      const struct serial *line, enum telemetry_channel_kind kind, uint64_t now_ms)
{
    ASSERT(kind < TELEMETRY_CHANNEL_KINDS);
    memset(s, 0, sizeof *s);
    pzem_init(&s->machine, config, now_ms);
    s->line = *line;
    s->kind = kind;
    s->last_error = E_STATE;
}

static void note(struct pzem_sensor *s, const struct pzem_event *event)
{
    static const int errors[PZEM_FAILURES] = {[PZEM_NO_REPLY] = E_TIMEOUT,
                                              [PZEM_BAD_CRC] = E_CORRUPT,
                                              [PZEM_EXCEPTION] = E_UNSUPPORTED,
                                              [PZEM_IMPLAUSIBLE] = E_MALFORMED};
    if (event->kind == PZEM_MEASURED) {
        s->newest = event->measurement;
        s->is_fresh = true;
        s->last_error = E_OK;
        return;
    }
    ASSERT(event->failure < PZEM_FAILURES);
    s->n_failures[event->failure]++;
    s->last_error = errors[event->failure];
}

int pzem_sensor_run(struct pzem_sensor *s, uint64_t now_ms)
{
    uint8_t bytes[PZEM_REPLY_LEN];
    struct pzem_event event;
    int n = 0;
    while ((n = s->line.read(s->line.context, bytes, sizeof bytes)) > 0) {
        pzem_input(&s->machine, now_ms, bytes, (size_t)n);
    }
    if (n < 0) {
        s->last_error = E_IO;
        return E_IO;
    }
    pzem_tick(&s->machine, now_ms);
    while (pzem_event(&s->machine, &event)) {
        note(s, &event);
    }
    n = pzem_output(&s->machine, bytes, sizeof bytes);
    ASSERT(n >= 0);
    if (n > 0 && s->line.write(s->line.context, bytes, (size_t)n) != E_OK) {
        s->last_error = E_IO;
        return E_IO;
    }
    return E_OK;
}

int pzem_sensor_read(void *context, const struct site_time *time, struct sensor_sample *out)
{
    struct pzem_sensor *s = context;
    (void)time;
    if (!s->is_fresh) {
        return s->last_error == E_OK ? E_STATE : s->last_error;
    }
    s->is_fresh = false;
    out->n_channels = 1;
    out->channels[0] = (struct sensor_channel){.kind = s->kind,
                                               .power_mw = s->newest.power_mw,
                                               .voltage_mv = s->newest.voltage_mv,
                                               .current_ma = s->newest.current_ma,
                                               .frequency_millihz = s->newest.frequency_millihz,
                                               .register_mwh = s->newest.energy_mwh};
    return E_OK;
}
