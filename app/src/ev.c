/* SPDX-License-Identifier: MIT
 * One car.
 */
#include "app/ev.h"

#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"

enum { TAPER_FROM_PERMILLE = 800, TAPER_PARTS = 10, AHEAD_MS = 100 };
#define NJ_PER_MWH INT64_C(3600000000)

int16_t ev_soc_permille(const struct ev *ev)
{
    return (int16_t)(ev->stored_mwh / ev->config->battery.capacity_wh);
}

int64_t ev_stored_mwh(const struct ev *ev)
{
    return ev->stored_mwh;
}

static int32_t open_circuit_mv(const struct ev *ev)
{
    const struct ev_battery_config *b = &ev->config->battery;
    return b->empty_mv +
           (int32_t)((int64_t)(b->full_mv - b->empty_mv) * ev_soc_permille(ev) / 1000);
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* What the car's own plan allows now; INT32_MAX without one. */
static int32_t planned_w(const struct ev *ev)
{
    const bool has_begun = ev->charging_since_ms != V2G_NEVER_MS;
    const uint64_t t_ms = has_begun ? ev->now_ms - ev->charging_since_ms : 0;
    int32_t max_w = INT32_MAX;
    for (unsigned i = 0; i < EV_STEPS_MAX && ev->config->plan[i].max_w > 0; i++) {
        if (t_ms >= ev->config->plan[i].from_ms) {
            max_w = ev->config->plan[i].max_w;
        }
    }
    return max_w;
}

int32_t ev_wanted_ma(const struct ev *ev)
{
    const struct ev_battery_config *b = &ev->config->battery;
    const struct v2g_evcc_charger *charger = v2g_evcc_charger(&ev->evcc);
    const int32_t over = ev_soc_permille(ev) - TAPER_FROM_PERMILLE;
    int32_t ma = b->max_ma;
    if (over > 0) { /* constant voltage, seen from outside: the current falls */
        const int32_t fall = b->max_ma - b->max_ma / TAPER_PARTS;
        ma -= (int32_t)((int64_t)fall * over / (1000 - TAPER_FROM_PERMILLE));
    }
    ma = least(ma, fixed_clamp_i32((int64_t)planned_w(ev) * 1000000 / b->full_mv));
    if (charger->dc.max_ma > 0) {
        ma = least(ma, charger->dc.max_ma);
    }
    if (charger->n_schedules > 0 && charger->schedule_w >= 0) {
        ma = least(ma, fixed_clamp_i32((int64_t)charger->schedule_w * 1000000 / b->full_mv));
    }
    return ma < 0 ? 0 : ma;
}

static struct v2g_evcc_battery battery_of(const struct ev *ev)
{
    const struct ev_battery_config *b = &ev->config->battery;
    const int16_t soc = ev_soc_permille(ev);
    const bool over = ev->config->stop_after_ms > 0 && ev->charging_since_ms != V2G_NEVER_MS &&
                      ev->now_ms - ev->charging_since_ms >= ev->config->stop_after_ms;
    const bool fails = b->fails_at_permille > 0 && soc >= b->fails_at_permille;
    return (struct v2g_evcc_battery){
        .soc_pct = (int8_t)(soc / 10),
        .voltage_mv = open_circuit_mv(ev),
        .target_mv = b->full_mv,
        .target_ma = ev_wanted_ma(ev),
        .wanted_wh = (int32_t)((int64_t)b->capacity_wh * (b->full_permille - soc) / 1000),
        .contactor_closed = ev->contactor_closed,
        .full = soc >= b->full_permille || over,
        .error = fails ? V2G_EV_BATTERY_MALFUNCTION : V2G_EV_NO_ERROR};
}

void ev_init(struct ev *ev, uint64_t now_ms, const struct ev_config *config)
{
    const struct ev_battery_config *b = &config->battery;
    ASSERT(b->capacity_wh > 0 && b->resistance_mohm > 0 && b->rate >= 1);
    ASSERT(b->soc_permille >= 0 && b->soc_permille <= 1000);
    ASSERT(b->empty_mv > 0 && b->full_mv >= b->empty_mv && b->max_ma > 0);
    memset(ev, 0, sizeof *ev);
    ev->config = config;
    ev->evcc_config = config->evcc;
    ev->evcc_config.capacity_wh = b->capacity_wh;
    ev->evcc_config.dc.max_mv = b->full_mv;
    ev->evcc_config.dc.max_ma = b->max_ma;
    ev->evcc_config.dc.max_w = fixed_clamp_i32((int64_t)b->full_mv * b->max_ma / 1000000);
    ev->stored_mwh = (int64_t)b->capacity_wh * b->soc_permille;
    ev->contactor_ms = V2G_NEVER_MS;
    ev->charging_since_ms = V2G_NEVER_MS;
    ev->now_ms = now_ms;
    const struct v2g_evcc_battery battery = {.soc_pct = (int8_t)(b->soc_permille / 10),
                                             .voltage_mv = open_circuit_mv(ev),
                                             .target_mv = b->full_mv,
                                             .target_ma = b->max_ma};
    v2g_evcc_init(&ev->evcc, now_ms, &ev->evcc_config, &battery);
}

static void move_contactor(struct ev *ev)
{
    if (v2g_evcc_wants_contactor(&ev->evcc) == ev->contactor_closed) {
        ev->contactor_ms = V2G_NEVER_MS;
    } else if (ev->contactor_ms == V2G_NEVER_MS) {
        ev->contactor_ms = ev->now_ms;
    } else if (ev->now_ms - ev->contactor_ms >= ev->config->battery.contactor_ms) {
        ev->contactor_closed = !ev->contactor_closed;
        ev->contactor_ms = V2G_NEVER_MS;
    }
}

static int64_t microwatts(const struct ev *ev)
{
    const struct v2g_evcc_charger *charger = v2g_evcc_charger(&ev->evcc);
    if (v2g_energy_mode_dc(ev->config->evcc.mode)) {
        return ev->contactor_closed ? (int64_t)charger->present_mv * charger->present_ma : 0;
    }
    const int32_t ma = least(charger->ac_max_ma, ev->config->evcc.ac_max_ma);
    return (int64_t)charger->ac_nominal_mv * ma * ev->config->battery.phases;
}

static void fill(struct ev *ev, uint64_t passed_ms)
{
    const int64_t most_mwh = (int64_t)ev->config->battery.capacity_wh * 1000;
    ev->rest_nj += microwatts(ev) * (int64_t)passed_ms * ev->config->battery.rate;
    ev->stored_mwh += ev->rest_nj / NJ_PER_MWH;
    ev->rest_nj %= NJ_PER_MWH;
    ev->stored_mwh = ev->stored_mwh > most_mwh ? most_mwh : ev->stored_mwh;
}

static void advance(struct ev *ev, uint64_t now_ms)
{
    ASSERT(now_ms >= ev->now_ms);
    const uint64_t passed_ms = now_ms - ev->now_ms;
    ev->now_ms = now_ms;
    if (ev->evcc.phase == V2G_PHASE_CHARGING) {
        if (ev->charging_since_ms == V2G_NEVER_MS) {
            ev->charging_since_ms = now_ms;
        }
        fill(ev, passed_ms < 1000 ? passed_ms : 1000); /* silence is not energy */
    }
    move_contactor(ev);
    const struct v2g_evcc_battery battery = battery_of(ev);
    v2g_evcc_set_battery(&ev->evcc, &battery);
}

int ev_input(struct ev *ev, uint64_t now_ms, const uint8_t *bytes, size_t len)
{
    advance(ev, now_ms);
    return v2g_evcc_input(&ev->evcc, now_ms, bytes, len);
}

int ev_output(struct ev *ev, uint8_t *out, size_t cap)
{
    return v2g_evcc_output(&ev->evcc, out, cap);
}

void ev_tick(struct ev *ev, uint64_t now_ms)
{
    advance(ev, now_ms);
    v2g_evcc_tick(&ev->evcc, now_ms);
}

uint64_t ev_deadline(const struct ev *ev)
{
    const uint64_t evcc_ms = v2g_evcc_deadline(&ev->evcc);
    const uint64_t battery_ms = ev->now_ms + AHEAD_MS;
    return evcc_ms < battery_ms ? evcc_ms : battery_ms;
}

bool ev_event(struct ev *ev, struct v2g_evcc_event *event)
{
    return v2g_evcc_event(&ev->evcc, event);
}

void ev_disconnect(struct ev *ev, uint64_t now_ms)
{
    advance(ev, now_ms);
    v2g_evcc_lost(&ev->evcc, now_ms);
}

void ev_stop(struct ev *ev)
{
    v2g_evcc_stop(&ev->evcc);
}
