/* SPDX-License-Identifier: MIT
 * A power stage with modules on a CAN bus.
 */
#include "app/power_can.h"

#include <string.h>

#include "base/assert.h"

#define NJ_PER_MWH INT64_C(3600000000)

void power_can_init(struct power_can *p, uint64_t now_ms, const struct power_modules_config *config,
                    const struct can *bus, const struct v2g_power *rest)
{
    ASSERT(bus->send != NULL && bus->receive != NULL && rest->measure_dc != NULL);
    memset(p, 0, sizeof *p);
    p->bus = *bus;
    p->rest = *rest;
    p->now_ms = now_ms;
    power_modules_init(&p->modules, now_ms, config);
}

static bool has_failed(const struct power_can *p)
{
    return p->bus_failed || power_modules_failure(&p->modules) != POWER_MODULES_WELL;
}

static void count_energy(struct power_can *p, uint64_t passed_ms)
{
    int32_t mv = 0;
    int32_t ma = 0;
    if (!p->main_on || power_modules_measure(&p->modules, &mv, &ma) != E_OK || ma < 0) {
        return;
    }
    p->rest_nj += (int64_t)mv * ma * (int64_t)passed_ms;
    p->energy_mwh += p->rest_nj / NJ_PER_MWH;
    p->rest_nj %= NJ_PER_MWH;
}

void power_can_tick(struct power_can *p, uint64_t now_ms)
{
    ASSERT(now_ms >= p->now_ms);
    const bool had_failed = has_failed(p);
    count_energy(p, now_ms - p->now_ms);
    p->now_ms = now_ms;
    p->bus_failed = power_modules_run(&p->modules, &p->bus, now_ms) != E_OK;
    if (has_failed(p) && !had_failed) {
        p->failed_ms = now_ms;
    }
    if (has_failed(p) && !p->asked && !p->main_on && now_ms - p->failed_ms >= POWER_CAN_AGAIN_MS) {
        p->failed_ms = now_ms;
        power_modules_reset(&p->modules, now_ms);
    }
}

/* ---- the contract ---- */

static enum v2g_power_result cp_get_state(void *context, enum v2g_cp *state)
{
    const struct power_can *p = context;
    return p->rest.cp_get_state(p->rest.context, state);
}

static enum v2g_power_result iso_monitor_ok(void *context, bool *ok)
{
    const struct power_can *p = context;
    return p->rest.iso_monitor_ok(p->rest.context, ok);
}

static enum v2g_power_result contactor_precharge(void *context, bool on)
{
    const struct power_can *p = context;
    return p->rest.contactor_precharge(p->rest.context, on);
}

static enum v2g_power_result contactor_main(void *context, bool on)
{
    struct power_can *p = context;
    const enum v2g_power_result result = p->rest.contactor_main(p->rest.context, on);
    if (!on || result == V2G_POWER_DONE) {
        p->main_on = on;
    }
    return result;
}

/* Behind a closed contactor the modules' voltage is the plug's. */
static enum v2g_power_result measure_dc(void *context, int32_t *mv, int32_t *ma)
{
    const struct power_can *p = context;
    int32_t modules_mv = 0;
    int32_t modules_ma = 0;
    int32_t plug_mv = 0;
    int32_t plug_ma = 0;
    const int known = power_modules_measure(&p->modules, &modules_mv, &modules_ma);
    const bool is_live = p->asked || p->main_on;
    if (is_live && (has_failed(p) || (known != E_OK && known != E_STATE))) {
        return V2G_POWER_FAILED;
    }
    if (is_live && known == E_STATE) {
        return V2G_POWER_PENDING;
    }
    const enum v2g_power_result result = p->rest.measure_dc(p->rest.context, &plug_mv, &plug_ma);
    if (result == V2G_POWER_DONE) {
        *mv = p->main_on ? modules_mv : plug_mv;
        *ma = known == E_OK ? modules_ma : 0;
    }
    return result;
}

/* Off is always obeyed: the modules are told again and again, and the contactor opens anyway. */
static enum v2g_power_result set_dc_targets(void *context, int32_t mv, int32_t ma)
{
    struct power_can *p = context;
    p->asked = mv > 0 && ma > 0;
    const int result = power_modules_set(&p->modules, mv, ma);
    const enum v2g_power_result rest = p->rest.set_dc_targets(p->rest.context, mv, ma);
    if (!p->asked) {
        return rest;
    }
    return result == E_OK && !p->bus_failed ? rest : V2G_POWER_FAILED;
}

static enum v2g_power_result weld_detection_ok(void *context, bool *ok)
{
    const struct power_can *p = context;
    return p->rest.weld_detection_ok(p->rest.context, ok);
}

static enum v2g_power_result meter_read(void *context, int64_t *energy_mwh)
{
    const struct power_can *p = context;
    *energy_mwh = p->energy_mwh;
    return V2G_POWER_DONE;
}

static enum v2g_power_result cp_set_duty(void *context, uint16_t duty_permille)
{
    const struct power_can *p = context;
    return p->rest.cp_set_duty(p->rest.context, duty_permille);
}

struct v2g_power power_can_power(struct power_can *p)
{
    return (struct v2g_power){.context = p,
                              .cp_get_state = cp_get_state,
                              .iso_monitor_ok = iso_monitor_ok,
                              .contactor_precharge = contactor_precharge,
                              .contactor_main = contactor_main,
                              .measure_dc = measure_dc,
                              .set_dc_targets = set_dc_targets,
                              .weld_detection_ok = weld_detection_ok,
                              .meter_read = meter_read,
                              .cp_set_duty = p->rest.cp_set_duty == NULL ? NULL : cp_set_duty};
}
