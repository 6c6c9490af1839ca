/* SPDX-License-Identifier: MIT
 * A DC power stage with a cable and a car at its end, as a model: for chargers
 * on a bench, tests and simulations. It implements the contract v2g/power.h in
 * whatever time it is given.
 *
 *   rectifier (slew, current limit) ─┬─ main contactor ──────┬─ cable (C,
 * leakage) ─ car's contactor └─ resistor ─ contactor ┘ └─ battery
 *
 * Or, for AC, a car that follows the pilot alone: it takes what the duty cycle offers.
 *
 * Faults are ordered by the test. The model keeps books of what must never
 * happen.
 */
#ifndef APP_POWER_MODEL_H
#define APP_POWER_MODEL_H

#include "v2g/power.h"
#include "v2g/supply.h"

struct power_model_config {
    int32_t max_mv, max_ma;         /* of the rectifier */
    int32_t slew_mv_per_ms;         /* > 0, up and down */
    int32_t slew_ma_per_ms;         /* > 0 */
    int32_t pre_charge_mohm;        /* > 0, of the resistor */
    uint32_t pre_charge_ms;         /* > 0, time constant of the resistor and the cable */
    uint32_t leakage_ms;            /* > 0, time constant with which an open cable discharges */
    uint32_t relay_ms;              /* contactors move */
    uint32_t isolation_ms;          /* the first measurement after plugging in takes this
                                       long */
    int32_t interlock_mv;           /* its own check: no closing over a wider gap; 0: none */
    int32_t isolation_ohm_per_volt; /* what the monitor finds enough; 100 by IEC
                                       61851-23 */
};

/* A stage of 500 V and 200 A with the times of real parts. */
extern const struct power_model_config power_model_default;

/* A car that was paused, and what wakes it. */
enum power_model_sleep { POWER_MODEL_AWAKE, POWER_MODEL_DOZING, POWER_MODEL_FAST_ASLEEP };

struct power_model_car {
    enum v2g_cp cp; /* with by_pwm the model sets it, but that A stays A */
    bool contactor_closed;
    int32_t battery_mv;
    int32_t battery_mohm; /* > 0 when there is a battery */
    bool by_pwm;          /* charges by the pilot: state C while a current is offered */
    int32_t ac_max_ma;    /* of each phase that it then takes, if so much is offered */
    uint8_t phases;       /* of 230 V */
    /* DOZING wakes when the pilot begins to oscillate, FAST_ASLEEP by state F only */
    enum power_model_sleep sleep;
};

struct power_model_faults {
    int32_t isolation_ohm;        /* of the output against earth; 0: sound */
    bool welded;                  /* the main contactor never opens again; its feedback does not
                                     see it */
    bool stuck;                   /* neither contactor moves; the feedback sees it */
    int32_t runaway_ma;           /* more than was asked for, while connected */
    int32_t runaway_mv;           /* the same of the rectifier's voltage */
    uint16_t forced;              /* bits 1 << enum v2g_call: this call answers `answer` instead */
    enum v2g_power_result answer; /* PENDING: obeys and never says so; FAILED: does not obey */
};

struct power_model_books {
    uint32_t n_closed;          /* main contactor, by its command */
    uint32_t n_inrush;          /* closed over more than 20 V */
    uint32_t n_closed_isolated; /* closed against an isolation fault: must stay 0 */
    int32_t lowest_closing_mv;  /* of the cable when the main contactor closed */
    uint32_t n_opened_hot;      /* opened by command under more than 5 A */
    uint32_t n_woken;           /* cars, by the pilot */
};

struct power_model {
    struct power_model_config config; /* all private, but: */
    struct power_model_car car;       /* set at any time */
    struct power_model_faults faults; /* set at any time */
    struct power_model_books books;   /* read */
    uint64_t now_ms;
    int32_t target_mv, target_ma;
    int32_t rectifier_mv, allowed_ma;
    int32_t cable_mv, ma;
    int32_t ac_ma;          /* of each phase */
    uint16_t duty_permille; /* of the pilot */
    uint64_t duty_at_ms;
    bool main_wanted, pre_wanted, main_closed, pre_closed;
    uint64_t main_at_ms, pre_at_ms; /* when the command was given */
    uint64_t isolation_since_ms;    /* V2G_NEVER_MS: no voltage to measure with yet */
    bool isolation_measured;        /* since the plug is in */
    int64_t energy_mwh, rest_nj;
};

void power_model_init(struct power_model *m, uint64_t now_ms,
                      const struct power_model_config *config);
/* Lets the time pass, in steps of 1 ms. */
void power_model_tick(struct power_model *m, uint64_t now_ms);
/* The contract over this model, which must stay where it is. */
struct v2g_power power_model_power(struct power_model *m);
/* What really is, whatever the calls answer. */
static inline bool power_model_conducts(const struct power_model *m)
{
    return m->main_closed;
}

#endif
