/* SPDX-License-Identifier: MIT
 * PZEM-004T v3.0 over Modbus RTU.
 */
#include "app/pzem004t.h"

#include <string.h>

#include "base/assert.h"
#include "base/crc.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "runtime/timer.h"

enum {
    READ_INPUT_REGISTERS = 0x04,
    EXCEPTION_FLAG = 0x80,
    EXCEPTION_LEN = 5,
    N_REGISTERS = 10, /* user manual §2.3: 0x0000 voltage .. 0x0009 alarm */
    ALARM_SET = 0xFFFF
};

void pzem_init(struct pzem *p, const struct pzem_config *config, uint64_t now_ms)
{
    ASSERT(config->address != 0 && config->address <= PZEM_ADDRESS_ANY);
    ASSERT(config->poll_interval_ms > PZEM_REPLY_TIMEOUT_MS);
    memset(p, 0, sizeof *p);
    p->config = *config;
    p->now_ms = now_ms;
    p->poll_at_ms = now_ms;
}

static void finish(struct pzem *p, const struct pzem_event *event)
{
    ASSERT(p->awaiting_reply);
    p->awaiting_reply = false;
    p->n_received = 0;
    p->event = *event;
    p->has_event = true;
}

static void fail(struct pzem *p, enum pzem_failure failure, uint8_t exception)
{
    finish(p,
           &(struct pzem_event){.kind = PZEM_FAILED, .failure = failure, .exception = exception});
}

/* 32-bit values come low word first. */
static uint32_t low_word_first(struct rbuf *r)
{
    const uint32_t low = rbuf_be16(r);
    return low | (uint32_t)rbuf_be16(r) << 16;
}

/* User manual §1: 80..260 V (some margin for a failing grid), up to 100 A and 23 kW, 45..65 Hz,
 * power factor up to 1.00, energy up to 9999.99 kWh. */
static bool is_plausible(const struct pzem_measurement *m, uint32_t energy_wh, uint16_t alarm)
{
    return m->voltage_mv <= 300000 && m->current_ma <= 110000 && m->power_mw <= 25000000 &&
           m->frequency_millihz >= 45000 && m->frequency_millihz <= 65000 &&
           m->power_factor_pct <= 100 && energy_wh <= 9999990 && (alarm == 0 || alarm == ALARM_SET);
}

static void on_measurement(struct pzem *p)
{
    struct rbuf r = rbuf_of(p->received + 3, 2 * N_REGISTERS);
    struct pzem_event event = {.kind = PZEM_MEASURED};
    struct pzem_measurement *m = &event.measurement;
    m->voltage_mv = rbuf_be16(&r) * 100;
    const uint32_t current_ma = low_word_first(&r);
    const uint32_t power_dw = low_word_first(&r); /* tenths of a watt */
    const uint32_t energy_wh = low_word_first(&r);
    m->frequency_millihz = rbuf_be16(&r) * 100;
    m->power_factor_pct = rbuf_be16(&r);
    const uint16_t alarm = rbuf_be16(&r);
    ASSERT(rbuf_done(&r));
    m->current_ma = current_ma > INT32_MAX ? INT32_MAX : (int32_t)current_ma;
    m->power_mw = power_dw > INT32_MAX / 100 ? INT32_MAX : (int32_t)power_dw * 100;
    m->energy_mwh = (int64_t)energy_wh * 1000;
    m->over_power_alarm = alarm == ALARM_SET;
    if (!is_plausible(m, energy_wh, alarm)) {
        fail(p, PZEM_IMPLAUSIBLE, 0);
        return;
    }
    finish(p, &event);
}

/* How long the frame at the front is to become; 0 when its head belongs to no reply of ours. */
static size_t frame_len(const struct pzem *p)
{
    const uint8_t *f = p->received;
    const bool from_our_chip =
        f[0] == p->config.address ||
        (p->config.address == PZEM_ADDRESS_ANY && f[0] >= 1 && f[0] <= PZEM_ADDRESS_MAX);
    if (!from_our_chip) {
        return 0;
    }
    if (p->n_received < 2) {
        return PZEM_REPLY_LEN;
    }
    if (f[1] == (READ_INPUT_REGISTERS | EXCEPTION_FLAG)) {
        return EXCEPTION_LEN;
    }
    if (f[1] != READ_INPUT_REGISTERS || (p->n_received >= 3 && f[2] != 2 * N_REGISTERS)) {
        return 0;
    }
    return PZEM_REPLY_LEN;
}

/* Looks for a whole frame at the front, dropping bytes that cannot begin one. */
static void look(struct pzem *p)
{
    while (p->awaiting_reply && p->n_received > 0) {
        const size_t len = frame_len(p);
        if (len == 0) {
            p->n_received--;
            p->n_stray++;
            memmove(p->received, p->received + 1, p->n_received);
            continue;
        }
        if (p->n_received < len) {
            return;
        }
        const uint16_t crc =
            (uint16_t)(p->received[len - 2] | p->received[len - 1] << 8); /* low byte first */
        if (base_crc16_modbus(p->received, len - 2) != crc) {
            fail(p, PZEM_BAD_CRC, 0);
        } else if (len == EXCEPTION_LEN) {
            fail(p, PZEM_EXCEPTION, p->received[2]);
        } else {
            on_measurement(p);
        }
    }
}

void pzem_input(struct pzem *p, uint64_t now_ms, const uint8_t *bytes, size_t len)
{
    ASSERT(now_ms >= p->now_ms);
    p->now_ms = now_ms;
    if (len > 0) {
        p->heard_at_ms = now_ms;
    }
    for (size_t i = 0; i < len; i++) {
        if (!p->awaiting_reply) {
            p->n_stray++;
            continue;
        }
        ASSERT(p->n_received < PZEM_REPLY_LEN);
        p->received[p->n_received++] = bytes[i];
        look(p);
    }
}

void pzem_tick(struct pzem *p, uint64_t now_ms)
{
    ASSERT(now_ms >= p->now_ms);
    p->now_ms = now_ms;
    if (p->awaiting_reply && now_ms >= p->timeout_at_ms) {
        p->n_stray += (uint32_t)p->n_received;
        fail(p, PZEM_NO_REPLY, 0);
    }
    if (p->awaiting_reply || p->request_due || now_ms < p->poll_at_ms) {
        return;
    }
    if (p->heard_at_ms != 0 && now_ms < p->heard_at_ms + PZEM_QUIET_MS) {
        p->poll_at_ms = p->heard_at_ms + PZEM_QUIET_MS;
        return;
    }
    p->request_due = true;
    p->poll_at_ms += p->config.poll_interval_ms;
    if (p->poll_at_ms <= now_ms) {
        p->poll_at_ms = now_ms + p->config.poll_interval_ms;
    }
}

uint64_t pzem_deadline(const struct pzem *p)
{
    if (p->request_due) {
        return p->now_ms;
    }
    return p->awaiting_reply ? p->timeout_at_ms : p->poll_at_ms;
}

int pzem_output(struct pzem *p, uint8_t *out, size_t cap)
{
    if (!p->request_due) {
        return 0;
    }
    struct wbuf w = wbuf_of(out, cap);
    wbuf_u8(&w, p->config.address);
    wbuf_u8(&w, READ_INPUT_REGISTERS);
    wbuf_be16(&w, 0x0000);
    wbuf_be16(&w, N_REGISTERS);
    if (!wbuf_ok(&w)) {
        return E_NOSPACE;
    }
    wbuf_le16(&w, base_crc16_modbus(out, wbuf_len(&w)));
    if (!wbuf_ok(&w)) {
        return E_NOSPACE;
    }
    p->request_due = false;
    p->awaiting_reply = true;
    p->n_received = 0;
    p->timeout_at_ms = p->now_ms + PZEM_REPLY_TIMEOUT_MS;
    return PZEM_REQUEST_LEN;
}

bool pzem_event(struct pzem *p, struct pzem_event *event)
{
    if (!p->has_event) {
        return false;
    }
    *event = p->event;
    p->has_event = false;
    return true;
}
