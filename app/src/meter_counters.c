/* SPDX-License-Identifier: MIT
 * Energy counters, kept over power cuts.
 */
#include "meter_counters.h"

#include <string.h>

#include "app/store_keys.h"
#include "base/assert.h"
#include "base/fixed.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

/* Layout, little endian: version, number of counters, each counter, then the life of the meter. A
 * later version may append. */
enum {
    VERSION = 1,
    COUNTER_LEN = 8 + 8 + 4,
    VALUE_LEN = 2 + TELEMETRY_CHANNEL_KINDS * COUNTER_LEN + 8 + 8 + 4 + 4 + 8
};
#define UJ_PER_MWH 3600000

void meter_counters_reset(struct meter_counters *c)
{
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < TELEMETRY_CHANNEL_KINDS; i++) {
        c->of[i].register_mwh = SENSOR_NO_REGISTER;
    }
}

static bool read_counter(struct rbuf *r, struct meter_counter *c)
{
    c->energy_mwh = (int64_t)rbuf_le64(r);
    c->register_mwh = (int64_t)rbuf_le64(r);
    c->carry_uj = (int32_t)rbuf_le32(r);
    return c->energy_mwh >= 0 && c->register_mwh >= SENSOR_NO_REGISTER && c->carry_uj >= 0 &&
           c->carry_uj < UJ_PER_MWH;
}

int meter_counters_load(struct meter_counters *c, struct store *store)
{
    uint8_t value[VALUE_LEN];
    meter_counters_reset(c);
    const int len = store_get(store, STORE_KEY_METER, value, sizeof value);
    if (len < 0) {
        return len;
    }
    struct rbuf r = rbuf_of(value, (size_t)len);
    const uint8_t version = rbuf_u8(&r);
    const uint8_t n_counters = rbuf_u8(&r);
    bool ok = version == VERSION && n_counters == TELEMETRY_CHANNEL_KINDS;
    for (size_t i = 0; i < TELEMETRY_CHANNEL_KINDS && ok; i++) {
        ok = read_counter(&r, &c->of[i]);
    }
    c->n_taken = rbuf_le64(&r);
    c->n_refused = rbuf_le64(&r);
    c->boot_epoch = rbuf_le32(&r);
    c->sequence = rbuf_le32(&r);
    c->unix_ms = (int64_t)rbuf_le64(&r);
    if (!ok || !rbuf_done(&r)) {
        meter_counters_reset(c);
        return E_CORRUPT;
    }
    return E_OK;
}

int meter_counters_save(const struct meter_counters *c, struct store *store)
{
    uint8_t value[VALUE_LEN];
    struct wbuf w = wbuf_of(value, sizeof value);
    wbuf_u8(&w, VERSION);
    wbuf_u8(&w, TELEMETRY_CHANNEL_KINDS);
    for (size_t i = 0; i < TELEMETRY_CHANNEL_KINDS; i++) {
        wbuf_le64(&w, (uint64_t)c->of[i].energy_mwh);
        wbuf_le64(&w, (uint64_t)c->of[i].register_mwh);
        wbuf_le32(&w, (uint32_t)c->of[i].carry_uj);
    }
    wbuf_le64(&w, c->n_taken);
    wbuf_le64(&w, c->n_refused);
    wbuf_le32(&w, c->boot_epoch);
    wbuf_le32(&w, c->sequence);
    wbuf_le64(&w, (uint64_t)c->unix_ms);
    ASSERT(wbuf_len(&w) == VALUE_LEN);
    return store_put(store, STORE_KEY_METER, value, VALUE_LEN);
}

bool meter_counter_follow(struct meter_counter *c, int64_t register_mwh, int64_t leap_max_mwh)
{
    ASSERT(register_mwh >= 0);
    const int64_t before_mwh = c->register_mwh;
    c->register_mwh = register_mwh;
    if (before_mwh == SENSOR_NO_REGISTER) {
        return true; /* a new sensor: counting begins here */
    }
    const int64_t moved_mwh = register_mwh - before_mwh;
    if (moved_mwh < 0 || (leap_max_mwh >= 0 && moved_mwh > leap_max_mwh)) {
        return false;
    }
    c->energy_mwh = fixed_add_saturate(c->energy_mwh, moved_mwh);
    return true;
}

void meter_counter_integrate(struct meter_counter *c, int64_t power_mw, uint32_t span_ms)
{
    ASSERT(power_mw >= 0);
    c->energy_mwh =
        fixed_add_saturate(c->energy_mwh, fixed_energy_mwh(power_mw, span_ms, &c->carry_uj));
    ASSERT(c->energy_mwh >= 0);
}
