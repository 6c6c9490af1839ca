/* SPDX-License-Identifier: MIT
 * The modelled car at a modelled power stage.
 */
#include "evse_bench.h"

enum { BATTERY_MOHM = 50, CLOSES_AFTER_MS = 200, MATCH_MV = 20000, OPENS_MA = 1000 };

void evse_bench_init(struct evse_bench *bench, uint64_t now_ms,
                     const struct power_model_config *stage, int32_t isolation_ohm)
{
    power_model_init(&bench->model, now_ms, stage);
    bench->model.car.battery_mohm = BATTERY_MOHM;
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

/* C before anything is demanded, and until the output is off again: a connection that is lost is
 * no plug that is pulled. */
static enum v2g_cp pilot(const struct evse *evse, bool power)
{
    const enum v2g_supply_state state = evse_supply_state(evse);
    const bool connected = evse_connected(evse);
    const enum v2g_phase phase = connected ? evse_session(evse)->phase : V2G_PHASE_ENDED;
    const bool ready = phase >= V2G_PHASE_PARAMETERS && phase < V2G_PHASE_STOPPING;
    const bool live = state != V2G_SUPPLY_STATE_OFF && state != V2G_SUPPLY_STATE_FAULT;
    return ready || power || live ? V2G_CP_C : connected ? V2G_CP_B : V2G_CP_A;
}

void evse_bench_tick(struct evse_bench *bench, uint64_t now_ms, const struct evse *evse)
{
    struct power_model_car *car = &bench->model.car;
    const struct v2g_supply_demand demand = evse_demand(evse);
    const bool power = demand.mode != V2G_SUPPLY_OFF && demand.mode != V2G_SUPPLY_WELD_TEST;
    car->cp = pilot(evse, power);
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
