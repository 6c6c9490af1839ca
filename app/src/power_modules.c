/* SPDX-License-Identifier: MIT
 * DC power modules over CAN.
 */
#include "app/power_modules.h"

#include <string.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

enum { PROTOCOL = 1, MONITOR = 1, BROADCAST = 0 };
enum { TYPE_SET = 0x0, TYPE_READ = 0x2, TYPE_REPLY = 0x3, TYPE_SET_ALL = 0xB };
enum { REGISTER_MV = 0x00, REGISTER_MA = 0x01, REGISTER_STATUS = 0x08 };
enum { ALL_ON = 0, ALL_OFF = 1, N_POLLED = 3 };

static const uint8_t polled[N_POLLED] = {REGISTER_MV, REGISTER_MA, REGISTER_STATUS};

static uint32_t id_of(uint8_t number, uint8_t day, uint16_t serial)
{
    return (uint32_t)PROTOCOL << 25 | (uint32_t)MONITOR << 21 | (uint32_t)number << 14 |
           (uint32_t)day << 9 | serial;
}

static void fail(struct power_modules *m, enum power_modules_failure failure)
{
    if (m->failure == POWER_MODULES_WELL) {
        m->failure = failure;
    }
    m->wanted_mv = m->wanted_ma = 0;
    m->set_mv = m->set_ma = 0;
    m->set_due = true;
}

void power_modules_init(struct power_modules *m, uint64_t now_ms,
                        const struct power_modules_config *config)
{
    ASSERT(config->n_expected >= 1 && config->n_expected <= POWER_MODULES_MAX);
    ASSERT(config->max_mv > 0 && config->max_ma > 0);
    ASSERT(config->ramp_mv_per_s >= 0 && config->ramp_ma_per_s >= 0);
    memset(m, 0, sizeof *m);
    m->config = *config;
    power_modules_reset(m, now_ms);
}

void power_modules_reset(struct power_modules *m, uint64_t now_ms)
{
    ASSERT(now_ms >= m->now_ms);
    memset(m->modules, 0, sizeof m->modules);
    m->n_modules = 0;
    m->failure = POWER_MODULES_WELL;
    m->wanted_mv = m->wanted_ma = 0;
    m->set_mv = m->set_ma = 0;
    m->now_ms = now_ms;
    m->discover_at_ms = m->poll_at_ms = m->ramp_at_ms = now_ms;
    m->discover_due = false;
    m->set_due = true; /* whoever was here before may have left them on */
    m->poll_module = 0;
    m->poll_register = 0;
}

/* The module a frame came from: a known one, a new one, or NULL. */
static struct power_module *module_of(struct power_modules *m, uint32_t id)
{
    const uint8_t number = id >> 14 & 0x7F;
    const uint8_t day = id >> 9 & 0x1F;
    const uint16_t serial = id & 0x1FF;
    if (id >> 25 != PROTOCOL || (id >> 21 & 0xF) != MONITOR || number == BROADCAST) {
        return NULL;
    }
    for (unsigned i = 0; i < m->n_modules; i++) {
        struct power_module *known = &m->modules[i];
        if (known->number == number && known->day == day && known->serial == serial) {
            return known;
        }
    }
    if (m->n_modules == m->config.n_expected) {
        fail(m, POWER_MODULES_FULL);
        return NULL;
    }
    struct power_module *found = &m->modules[m->n_modules++];
    *found = (struct power_module){
        .number = number, .day = day, .serial = serial, .status_ms = m->now_ms};
    return found;
}

static int32_t saturate(uint32_t value)
{
    return value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

void power_modules_input(struct power_modules *m, uint64_t now_ms, const struct can_message *frame)
{
    ASSERT(now_ms >= m->now_ms && frame->len <= CAN_MAX_LEN);
    m->now_ms = now_ms;
    struct rbuf r = rbuf_of(frame->bytes, frame->len);
    const uint8_t type = rbuf_u8(&r) & 0x0F;
    const uint8_t at = rbuf_u8(&r);
    rbuf_skip(&r, 2);
    const uint32_t value = rbuf_be32(&r);
    if (!frame->extended || !rbuf_done(&r) || type != TYPE_REPLY) {
        m->n_ignored++;
        return;
    }
    struct power_module *module = module_of(m, frame->id);
    if (module == NULL) {
        m->n_ignored++;
    } else if (at == REGISTER_MV) {
        module->mv = saturate(value);
        module->mv_ms = now_ms;
    } else if (at == REGISTER_MA) {
        module->ma = saturate(value);
        module->ma_ms = now_ms;
    } else if (at == REGISTER_STATUS) {
        module->status = value;
        module->status_ms = now_ms;
        if ((value & m->config.status_fault_mask) != 0) {
            fail(m, POWER_MODULES_FAULT);
        }
    }
}

static uint64_t oldest_ms(const struct power_module *module)
{
    uint64_t at_ms = module->status_ms;
    at_ms = module->mv_ms != 0 && module->mv_ms < at_ms ? module->mv_ms : at_ms;
    return module->ma_ms != 0 && module->ma_ms < at_ms ? module->ma_ms : at_ms;
}

static int32_t towards(int32_t from, int32_t to, int32_t per_s)
{
    const int32_t step = per_s / (1000 / POWER_MODULES_RAMP_MS);
    return per_s == 0 || to - from <= step ? to : from + step;
}

static void ramp(struct power_modules *m)
{
    m->set_mv = towards(m->set_mv, m->wanted_mv, m->config.ramp_mv_per_s);
    m->set_ma = towards(m->set_ma, m->wanted_ma, m->config.ramp_ma_per_s);
    m->set_due = true; /* also when nothing changed: a module that missed one gets the next */
    m->ramp_at_ms = m->now_ms + POWER_MODULES_RAMP_MS;
}

void power_modules_tick(struct power_modules *m, uint64_t now_ms)
{
    ASSERT(now_ms >= m->now_ms);
    m->now_ms = now_ms;
    for (unsigned i = 0; i < m->n_modules; i++) {
        if (now_ms - oldest_ms(&m->modules[i]) >= POWER_MODULES_LOST_MS) {
            fail(m, POWER_MODULES_SILENT);
        }
    }
    if (m->n_modules < m->config.n_expected && now_ms >= m->discover_at_ms) {
        m->discover_due = true;
        m->discover_at_ms = now_ms + POWER_MODULES_DISCOVERY_MS;
    }
    if (now_ms >= m->poll_at_ms) {
        m->poll_module = 0;
        m->poll_register = 0;
        m->poll_at_ms = now_ms + POWER_MODULES_POLL_MS;
    }
    if (now_ms >= m->ramp_at_ms) {
        ramp(m);
    }
}

static bool polls(const struct power_modules *m)
{
    return m->poll_module < m->n_modules;
}

uint64_t power_modules_deadline(const struct power_modules *m)
{
    if (m->discover_due || m->set_due || polls(m)) {
        return m->now_ms;
    }
    uint64_t at_ms = m->ramp_at_ms < m->poll_at_ms ? m->ramp_at_ms : m->poll_at_ms;
    if (m->n_modules < m->config.n_expected && m->discover_at_ms < at_ms) {
        at_ms = m->discover_at_ms;
    }
    return at_ms;
}

static struct can_message frame_to(uint32_t id, uint8_t type, uint8_t at)
{
    return (struct can_message){
        .id = id, .extended = true, .len = CAN_MAX_LEN, .bytes = {type /* of group 0 */, at}};
}

/* Steps of 0.1 V and 0.1 A, in 16 bits; cut, never rounded up. */
static uint16_t tenths(int32_t milli)
{
    const int32_t value = milli / 100;
    return (uint16_t)(value > UINT16_MAX ? UINT16_MAX : value);
}

static struct can_message set_all(const struct power_modules *m)
{
    const bool on = m->set_mv > 0 && m->set_ma > 0 && m->n_modules == m->config.n_expected;
    struct can_message frame =
        frame_to(id_of(BROADCAST, 0, 0), TYPE_SET_ALL, on ? ALL_ON : ALL_OFF);
    struct wbuf w = wbuf_of(frame.bytes + 2, sizeof frame.bytes - 2);
    wbuf_be16(&w, on ? tenths(m->set_ma / m->n_modules) : 0);
    wbuf_be16(&w, on ? tenths(m->set_mv) : 0); /* battery: what it may find at its output */
    wbuf_be16(&w, on ? tenths(m->set_mv) : 0);
    ASSERT(wbuf_ok(&w) && wbuf_left(&w) == 0);
    return frame;
}

bool power_modules_output(struct power_modules *m, struct can_message *frame)
{
    if (m->set_due) { /* before all others: it may be the one that switches off */
        *frame = set_all(m);
        m->set_due = false;
        return true;
    }
    if (m->discover_due) {
        *frame = frame_to(id_of(BROADCAST, 0, 0), TYPE_READ, REGISTER_STATUS);
        m->discover_due = false;
        return true;
    }
    if (!polls(m)) {
        return false;
    }
    const struct power_module *module = &m->modules[m->poll_module];
    ASSERT(m->poll_register < N_POLLED);
    *frame = frame_to(id_of(module->number, module->day, module->serial), TYPE_READ,
                      polled[m->poll_register]);
    if (++m->poll_register == N_POLLED) {
        m->poll_register = 0;
        m->poll_module++;
    }
    return true;
}

static int32_t cut(int32_t value, int32_t max)
{
    return value < 0 ? 0 : value > max ? max : value;
}

int power_modules_set(struct power_modules *m, int32_t mv, int32_t ma)
{
    if (m->failure != POWER_MODULES_WELL) {
        return E_IO;
    }
    if (m->n_modules < m->config.n_expected) {
        return E_STATE;
    }
    m->wanted_mv = cut(mv, m->config.max_mv);
    m->wanted_ma = cut(ma, m->config.max_ma);
    if (m->wanted_mv < m->set_mv || m->wanted_ma < m->set_ma) { /* less is wanted now */
        m->set_mv = m->wanted_mv < m->set_mv ? m->wanted_mv : m->set_mv;
        m->set_ma = m->wanted_ma < m->set_ma ? m->wanted_ma : m->set_ma;
        m->set_due = true;
    }
    return E_OK;
}

int power_modules_measure(const struct power_modules *m, int32_t *mv, int32_t *ma)
{
    if (m->failure != POWER_MODULES_WELL) {
        return E_IO;
    }
    int32_t highest_mv = 0;
    int64_t sum_ma = 0;
    bool complete = m->n_modules == m->config.n_expected;
    for (unsigned i = 0; i < m->n_modules; i++) {
        const struct power_module *module = &m->modules[i];
        complete = complete && module->mv_ms != 0 && module->ma_ms != 0;
        highest_mv = module->mv > highest_mv ? module->mv : highest_mv;
        sum_ma += module->ma;
    }
    if (!complete) {
        return E_STATE;
    }
    *mv = highest_mv;
    *ma = sum_ma > INT32_MAX ? INT32_MAX : (int32_t)sum_ma;
    return E_OK;
}

enum power_modules_failure power_modules_failure(const struct power_modules *m)
{
    return m->failure;
}

int power_modules_run(struct power_modules *m, const struct can *bus, uint64_t now_ms)
{
    struct can_message frame;
    int got = bus->receive(bus->context, &frame);
    for (; got == 1; got = bus->receive(bus->context, &frame)) {
        power_modules_input(m, now_ms, &frame);
    }
    power_modules_tick(m, now_ms);
    int sent = E_OK;
    while (sent == E_OK && power_modules_output(m, &frame)) {
        sent = bus->send(bus->context, &frame);
    }
    return got == E_IO || sent == E_IO ? E_IO : E_OK; /* what found no room is sent again later */
}
