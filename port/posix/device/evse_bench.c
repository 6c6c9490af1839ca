/* SPDX-License-Identifier: MIT
 * The modelled car at a modelled power stage.
 */
#include "evse_bench.h"

enum { BATTERY_MOHM = 50, CLOSES_AFTER_MS = 200, MATCH_MV = 20000, OPENS_MA = 1000 };
enum { AC_MAX_MA = 16000, AC_PHASES = 3 };

void evse_bench_init(struct evse_bench *bench, uint64_t now_ms,
                     const struct power_model_config *stage, int32_t isolation_ohm)
{
    power_model_init(&bench->model, now_ms, stage);
    bench->model.car.battery_mohm = BATTERY_MOHM;
    bench->model.car.ac_max_ma = AC_MAX_MA;
    bench->model.car.phases = AC_PHASES;
    bench->model.faults.isolation_ohm = isolation_ohm;
    bench->matches_since_ms = V2G_NEVER_MS;
}

/* Pre-charge tells the battery's voltage; later the battery takes the current that was asked for at
 * the voltage that was asked for. */
static int32_t battery_mv(const struct v2g_supply_demand *demand, int32_t before_mv)
{
    if (demand->mode == V2G_SUPPLY_PRE_CHARGE) {
        return demand->target_mv;
    }
    const int32_t drop_mv = (int32_t)((int64_t)demand->target_ma * BATTERY_MOHM / 1000);
    if (demand->mode == V2G_SUPPLY_CHARGE && demand->target_ma > 0 && demand->target_mv > drop_mv) {
        return demand->target_mv - drop_mv;
    }
    return before_mv;
}

/* Without a session: a car that was paused stays, another has left. */
static enum v2g_cp pilot_alone(const struct evse *evse)
{
    const bool stays = evse_session(evse)->end == V2G_SECC_PAUSED;
    const bool is_pulse = evse_facts(evse)->duty_permille == V2G_PILOT_STATE_F;
    return is_pulse ? V2G_CP_F : stays ? V2G_CP_B : V2G_CP_A;
}

/* A car that only told its state of charge goes on by the pilot. */
static bool charges_by_pilot(const struct evse *evse)
{
    const enum evse_pilot_state state = evse_pilot(evse)->state;
    return !evse_connected(evse) && (state == EVSE_PILOT_STEPPING || state == EVSE_PILOT_PWM);
}

/* C before anything is demanded, and until the output is off again: a connection that is lost is
 * no plug that is pulled. */
static enum v2g_cp pilot(const struct evse *evse, bool power)
{
    const enum v2g_supply_state state = evse_supply_state(evse);
    const bool connected = evse_connected(evse);
    if (!connected && evse_demand(evse).mode == V2G_SUPPLY_AC_PWM) {
        return pilot_alone(evse); /* it was told to stop: the plug is pulled */
    }
    const enum v2g_phase phase = connected ? evse_session(evse)->phase : V2G_PHASE_ENDED;
    const bool ready = phase >= V2G_PHASE_PARAMETERS && phase < V2G_PHASE_STOPPING;
    const bool live = state != V2G_SUPPLY_STATE_OFF && state != V2G_SUPPLY_STATE_FAULT;
    return ready || power || (live && evse_has_car(evse)) ? V2G_CP_C
           : connected                                    ? V2G_CP_B
                                                          : pilot_alone(evse);
}

void evse_bench_tick(struct evse_bench *bench, uint64_t now_ms, const struct evse *evse)
{
    struct power_model_car *car = &bench->model.car;
    const struct v2g_supply_demand demand = evse_demand(evse);
    const bool power = demand.mode != V2G_SUPPLY_OFF && demand.mode != V2G_SUPPLY_WELD_TEST;
    car->by_pwm = charges_by_pilot(evse);
    if (!car->by_pwm) {
        car->cp = pilot(evse, power);
    }
    car->battery_mv = battery_mv(&demand, car->battery_mv);
    const int32_t gap_mv = bench->model.cable_mv - car->battery_mv;
    const bool matches = gap_mv < MATCH_MV && gap_mv > -MATCH_MV && car->battery_mv > 0;
    if (!power && bench->model.ma < OPENS_MA) {
        car->contactor_closed = false;
    }
    if (demand.mode != V2G_SUPPLY_PRE_CHARGE || !matches) {
        bench->matches_since_ms = V2G_NEVER_MS;
    } else if (bench->matches_since_ms == V2G_NEVER_MS) {
        bench->matches_since_ms = now_ms;
    } else if (now_ms - bench->matches_since_ms >= CLOSES_AFTER_MS) {
        car->contactor_closed = true;
    }
    car->contactor_closed |= demand.mode == V2G_SUPPLY_CHARGE && bench->model.main_closed;
    power_model_tick(&bench->model, now_ms);
}
