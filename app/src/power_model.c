/* SPDX-License-Identifier: MIT
 * The model of a DC power stage.
 */
#include "app/power_model.h"

#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"

enum { INRUSH_MV = 20000, HOT_MA = 5000, MEASURABLE_MV = 50000, SOUND_OHM = 10000000 };
enum { AC_MV = 230000, REACTS_MS = 200 };
#define NJ_PER_MWH INT64_C(3600000000)

const struct power_model_config power_model_default = {.max_mv = 500000,
                                                       .max_ma = 200000,
                                                       .slew_mv_per_ms = 500,
                                                       .slew_ma_per_ms = 200,
                                                       .pre_charge_mohm = 100000,
                                                       .pre_charge_ms = 20,
                                                       .leakage_ms = 500,
                                                       .relay_ms = 25,
                                                       .isolation_ms = 1500,
                                                       .interlock_mv = INRUSH_MV,
                                                       .isolation_ohm_per_volt = 100};

void power_model_init(struct power_model *m, uint64_t now_ms,
                      const struct power_model_config *config)
{
    ASSERT(config->max_mv > 0 && config->max_ma > 0);
    ASSERT(config->slew_mv_per_ms > 0 && config->slew_ma_per_ms > 0);
    ASSERT(config->pre_charge_ms > 0 && config->pre_charge_mohm > 0 && config->leakage_ms > 0);
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->now_ms = now_ms;
    m->duty_permille = V2G_PILOT_STEADY;
    m->duty_at_ms = now_ms;
    m->isolation_since_ms = V2G_NEVER_MS;
    m->books.lowest_closing_mv = INT32_MAX;
}

static int32_t moved(int32_t from, int32_t to, int32_t step)
{
    return to > from + step ? from + step : to < from - step ? from - step : to;
}

static bool isolated(const struct power_model *m)
{
    const int32_t ohm = m->faults.isolation_ohm > 0 ? m->faults.isolation_ohm : SOUND_OHM;
    const int64_t needed = (int64_t)m->config.isolation_ohm_per_volt * (m->config.max_mv / 1000);
    return ohm >= needed;
}

static bool on_battery(const struct power_model *m)
{
    return m->car.contactor_closed && m->car.battery_mv > 0 && m->car.battery_mohm > 0;
}

static void step_relays(struct power_model *m)
{
    if (m->pre_closed != m->pre_wanted && !m->faults.stuck &&
        m->now_ms - m->pre_at_ms >= m->config.relay_ms) {
        m->pre_closed = m->pre_wanted;
    }
    if (m->main_closed == m->main_wanted || m->faults.stuck ||
        m->now_ms - m->main_at_ms < m->config.relay_ms) {
        return;
    }
    if (m->main_wanted) {
        const int32_t gap_mv = m->rectifier_mv - m->cable_mv;
        m->books.n_closed++;
        if (m->cable_mv < m->books.lowest_closing_mv) {
            m->books.lowest_closing_mv = m->cable_mv;
        }
        m->books.n_inrush += gap_mv > INRUSH_MV || gap_mv < -INRUSH_MV;
        m->books.n_closed_isolated += !isolated(m);
        m->main_closed = true;
    } else if (!m->faults.welded) {
        m->books.n_opened_hot += m->ma > HOT_MA || m->ac_ma > HOT_MA;
        m->main_closed = false;
    }
}

/* Milliamperes that a voltage drives through a resistance. */
static int32_t through(int32_t mv, int32_t mohm)
{
    return mv <= 0 ? 0 : fixed_clamp_i32((int64_t)mv * 1000 / mohm);
}

static void step_current(struct power_model *m)
{
    const int32_t over_mv = m->rectifier_mv - m->car.battery_mv;
    m->ma = 0;
    if (!on_battery(m)) {
        return;
    }
    if (m->main_closed) {
        const int32_t ma = through(over_mv, m->car.battery_mohm);
        m->ma = (ma < m->allowed_ma ? ma : m->allowed_ma) + m->faults.runaway_ma;
    } else if (m->pre_closed) {
        m->ma = through(over_mv, m->config.pre_charge_mohm);
    }
}

static void step_cable(struct power_model *m)
{
    if (on_battery(m)) {
        m->cable_mv = m->car.battery_mv + (int32_t)((int64_t)m->ma * m->car.battery_mohm / 1000);
    } else if (m->main_closed) {
        m->cable_mv = m->rectifier_mv;
    } else if (m->pre_closed) {
        m->cable_mv += (m->rectifier_mv - m->cable_mv) / (int32_t)m->config.pre_charge_ms;
    } else {
        m->cable_mv -= m->cable_mv / (int32_t)m->config.leakage_ms;
    }
}

/* A car that charges by the pilot, a moment after the pilot changed. */
static void step_ac(struct power_model *m)
{
    struct power_model_car *car = &m->car;
    const int32_t offered_ma = v2g_pilot_ma(m->duty_permille);
    if (car->by_pwm && car->cp != V2G_CP_A && m->now_ms - m->duty_at_ms >= REACTS_MS) {
        const bool takes = offered_ma > 0 && car->sleep == POWER_MODEL_AWAKE;
        car->cp = takes ? V2G_CP_C : V2G_CP_B;
    }
    const bool flows = car->by_pwm && m->main_closed && car->cp == V2G_CP_C;
    m->ac_ma = !flows ? 0 : offered_ma < car->ac_max_ma ? offered_ma : car->ac_max_ma;
}

static void step(struct power_model *m)
{
    const struct power_model_config *c = &m->config;
    m->now_ms++;
    step_relays(m);
    m->rectifier_mv =
        moved(m->rectifier_mv, m->target_mv + m->faults.runaway_mv, c->slew_mv_per_ms);
    m->allowed_ma = moved(m->allowed_ma, m->target_ma, c->slew_ma_per_ms);
    step_current(m);
    step_cable(m);
    step_ac(m);
    m->rest_nj += (int64_t)m->cable_mv * m->ma;
    m->rest_nj += (int64_t)AC_MV * m->ac_ma * m->car.phases;
    m->energy_mwh += m->rest_nj / NJ_PER_MWH;
    m->rest_nj %= NJ_PER_MWH;
    if (m->car.cp == V2G_CP_A) {
        m->isolation_measured = false;
        m->isolation_since_ms = V2G_NEVER_MS;
    } else if (m->cable_mv < MEASURABLE_MV) {
        m->isolation_since_ms = V2G_NEVER_MS;
    } else if (m->isolation_since_ms == V2G_NEVER_MS) {
        m->isolation_since_ms = m->now_ms;
    } else if (m->now_ms - m->isolation_since_ms >= c->isolation_ms) {
        m->isolation_measured = true;
    }
}

void power_model_tick(struct power_model *m, uint64_t now_ms)
{
    ASSERT(now_ms >= m->now_ms);
    while (m->now_ms < now_ms) {
        step(m);
    }
}

/* True when the call shall answer something else; *answer is that, or DONE. */
static bool forced(const struct power_model *m, enum v2g_call call, enum v2g_power_result *answer)
{
    const bool is = (m->faults.forced & 1U << call) != 0;
    *answer = is ? m->faults.answer : V2G_POWER_DONE;
    return is;
}

static enum v2g_power_result cp_get_state(void *context, enum v2g_cp *state)
{
    const struct power_model *m = context;
    enum v2g_power_result answer;
    if (!forced(m, V2G_CALL_CP, &answer)) {
        *state = m->car.cp;
    }
    return answer;
}

static enum v2g_power_result iso_monitor_ok(void *context, bool *ok)
{
    const struct power_model *m = context;
    enum v2g_power_result answer;
    if (forced(m, V2G_CALL_ISO, &answer)) {
        return answer;
    }
    if (!m->isolation_measured) {
        return V2G_POWER_PENDING;
    }
    *ok = isolated(m);
    return V2G_POWER_DONE;
}

static enum v2g_power_result contactor_precharge(void *context, bool on)
{
    struct power_model *m = context;
    enum v2g_power_result answer;
    const bool is_forced = forced(m, V2G_CALL_PRE, &answer);
    if (answer == V2G_POWER_FAILED) {
        return answer;
    }
    if (on != m->pre_wanted) {
        m->pre_wanted = on;
        m->pre_at_ms = m->now_ms;
    }
    return is_forced ? answer : m->pre_closed == on ? V2G_POWER_DONE : V2G_POWER_PENDING;
}

/* The supply sees only the car's side: a car that connects its battery too
 * early hides how far the rectifier still is. */
static bool interlocked(const struct power_model *m)
{
    const int32_t gap_mv = m->rectifier_mv - m->cable_mv;
    const int32_t most_mv = m->config.interlock_mv;
    return most_mv > 0 && !m->main_wanted && (gap_mv > most_mv || gap_mv < -most_mv);
}

static enum v2g_power_result contactor_main(void *context, bool on)
{
    struct power_model *m = context;
    enum v2g_power_result answer;
    const bool is_forced = forced(m, V2G_CALL_MAIN, &answer);
    if (answer == V2G_POWER_FAILED) {
        return answer;
    }
    if (on && interlocked(m)) {
        return V2G_POWER_PENDING;
    }
    if (on != m->main_wanted) {
        m->main_wanted = on;
        m->main_at_ms = m->now_ms;
    }
    const bool seems_closed = m->main_closed && !(m->faults.welded && !m->main_wanted);
    return is_forced ? answer : seems_closed == on ? V2G_POWER_DONE : V2G_POWER_PENDING;
}

static enum v2g_power_result measure_dc(void *context, int32_t *mv, int32_t *ma)
{
    const struct power_model *m = context;
    enum v2g_power_result answer;
    if (!forced(m, V2G_CALL_MEASURE, &answer)) {
        *mv = m->cable_mv;
        *ma = m->ma;
    }
    return answer;
}

static enum v2g_power_result set_dc_targets(void *context, int32_t mv, int32_t ma)
{
    struct power_model *m = context;
    enum v2g_power_result answer;
    (void)forced(m, V2G_CALL_TARGETS, &answer);
    if (answer != V2G_POWER_FAILED) {
        m->target_mv = (int32_t)fixed_clamp(mv, 0, m->config.max_mv);
        m->target_ma = (int32_t)fixed_clamp(ma, 0, m->config.max_ma);
    }
    return answer;
}

static enum v2g_power_result weld_detection_ok(void *context, bool *ok)
{
    const struct power_model *m = context;
    enum v2g_power_result answer;
    if (forced(m, V2G_CALL_WELD, &answer)) {
        return answer;
    }
    if (m->main_wanted) {
        return V2G_POWER_FAILED; /* cannot be told while it shall conduct */
    }
    *ok = !m->main_closed;
    return V2G_POWER_DONE;
}

static enum v2g_power_result meter_read(void *context, int64_t *energy_mwh)
{
    const struct power_model *m = context;
    enum v2g_power_result answer;
    if (!forced(m, V2G_CALL_METER, &answer)) {
        *energy_mwh = m->energy_mwh;
    }
    return answer;
}

static void wake(struct power_model *m, uint16_t duty_permille)
{
    const bool oscillates = duty_permille != V2G_PILOT_STATE_F && duty_permille != V2G_PILOT_STEADY;
    const bool begins = m->duty_permille == V2G_PILOT_STEADY && oscillates;
    const bool wakes = (m->car.sleep == POWER_MODEL_DOZING && begins) ||
                       (m->car.sleep != POWER_MODEL_AWAKE && duty_permille == V2G_PILOT_STATE_F);
    if (wakes) {
        m->car.sleep = POWER_MODEL_AWAKE;
        m->books.n_woken++;
    }
}

static enum v2g_power_result cp_set_duty(void *context, uint16_t duty_permille)
{
    struct power_model *m = context;
    enum v2g_power_result answer;
    (void)forced(m, V2G_CALL_DUTY, &answer);
    if (answer != V2G_POWER_FAILED && duty_permille != m->duty_permille) {
        wake(m, duty_permille);
        m->duty_permille = duty_permille;
        m->duty_at_ms = m->now_ms;
    }
    return answer;
}

struct v2g_power power_model_power(struct power_model *m)
{
    return (struct v2g_power){.context = m,
                              .cp_get_state = cp_get_state,
                              .iso_monitor_ok = iso_monitor_ok,
                              .contactor_precharge = contactor_precharge,
                              .contactor_main = contactor_main,
                              .measure_dc = measure_dc,
                              .set_dc_targets = set_dc_targets,
                              .weld_detection_ok = weld_detection_ok,
                              .meter_read = meter_read,
                              .cp_set_duty = cp_set_duty};
}
