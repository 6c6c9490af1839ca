/* SPDX-License-Identifier: MIT
 * The power side of a charger as a machine: what the protocol demands becomes calls of the power
 * stage, in the only order that is safe. It alone decides to close the contactor, and trusts
 * nobody: without a valid isolation test and a completed pre-charge it stays open, and every fault
 * opens it. A call of the power stage that stays PENDING too long, and a driver that comes too
 * late, are faults.
 */
#ifndef V2G_SUPPLY_H
#define V2G_SUPPLY_H

#include "v2g/pilot.h"
#include "v2g/power.h"
#include "v2g/protocol.h"

enum {
    V2G_SUPPLY_PERIOD_MS = 20,
    V2G_SUPPLY_REFRESH_MS = 100, /* set points are sent again: modules time out */
    V2G_SUPPLY_CALL_TIMEOUT_MS = 500,
    V2G_SUPPLY_CONTACTOR_TIMEOUT_MS = 1000,
    V2G_SUPPLY_ISOLATION_TIMEOUT_MS = 30000, /* of the test */
    V2G_SUPPLY_MONITOR_MS = 5000,            /* of the monitor after it */
    V2G_SUPPLY_LATE_MS = 1000,               /* between ticks while energised */
    V2G_SUPPLY_OUTLET_MS = 5000,             /* for an outlet to lose its voltage */
    V2G_SUPPLY_RAMP_DOWN_MS = 1500,
    V2G_SUPPLY_TOLERANCE_MV = 20000, /* of a pre-charge, IEC 61851-23 */
    V2G_SUPPLY_SAFE_MV = 60000,      /* below: touchable */
    V2G_SUPPLY_OPEN_MA = 2000,       /* below: contactors may open */
    V2G_SUPPLY_PRE_CHARGE_MA = 2000
};

enum v2g_supply_mode {
    V2G_SUPPLY_OFF,
    V2G_SUPPLY_ISOLATION_TEST, /* test, then wait for pre-charge with the output at 0 V */
    V2G_SUPPLY_PRE_CHARGE,
    V2G_SUPPLY_CHARGE,
    V2G_SUPPLY_WELD_TEST,
    V2G_SUPPLY_AC_ON,
    V2G_SUPPLY_AC_PWM /* while the pilot offers a current and the car takes it: a car that lets go
                         opens the contactor, which is no fault */
};
struct v2g_supply_demand {
    enum v2g_supply_mode mode;
    int32_t target_mv, target_ma;
};

enum v2g_isolation_test {
    V2G_ISOLATION_NOT_TESTED,
    V2G_ISOLATION_TESTING,
    V2G_ISOLATION_PASSED,
    V2G_ISOLATION_FAILED
};

#define V2G_FAULTS(X)                                                                              \
    X(NONE)                                                                                        \
    X(CALL_FAILED) /* the power stage said so */                                                   \
    X(CALL_STUCK)  /* a call stayed PENDING */                                                     \
    X(LATE)        /* nobody called tick() while power flowed */                                   \
    X(PILOT)       /* not state C or D any more */                                                 \
    X(ISOLATION)                                                                                   \
    X(LIVE_OUTLET) /* V2G_SUPPLY_SAFE_MV or more where nothing may be */                           \
    X(OVER_VOLTAGE)                                                                                \
    X(OVER_CURRENT)                                                                                \
    X(NOT_CHARGED) /* charging was demanded without a completed pre-charge */                      \
    X(WELDED)                                                                                      \
    X(EMERGENCY) /* v2g_supply_emergency_stop() */

enum v2g_fault {
#define X(name) V2G_FAULT_##name,
    V2G_FAULTS(X)
#undef X
        V2G_FAULT_COUNT
};
const char *v2g_fault_name(enum v2g_fault fault);

/* What the protocol needs to know. */
struct v2g_supply_facts {
    enum v2g_isolation_test isolation;
    enum v2g_fault fault; /* latched until v2g_supply_reset() */
    enum v2g_cp cp;
    uint16_t duty_permille; /* of the pilot, as the power stage confirmed it */
    bool contactor_closed;  /* the main one, by its feedback */
    bool contactor_open;    /* opened and confirmed */
    bool pre_charged;       /* to what was demanded: the contactor may close */
    bool weld_tested, welded;
    int32_t present_mv, present_ma;
    uint64_t measured_ms; /* when; a stale value is worse than none */
    int64_t energy_mwh;
};

struct v2g_supply_config {
    struct v2g_power power;
    int32_t max_mv, max_ma; /* of the hardware; 10 % more is a fault */
    int32_t isolation_test_mv;
};

#define V2G_SUPPLY_STATES(X)                                                                       \
    X(OFF)                                                                                         \
    X(PROBING) /* before the test: the outlet must be without voltage */                           \
    X(TESTING)                                                                                     \
    X(DISCHARGING) /* after the test, before the car may see it */                                 \
    X(TESTED)                                                                                      \
    X(PRE_CHARGING)                                                                                \
    X(CLOSING)                                                                                     \
    X(ON)                                                                                          \
    X(RAMPING_DOWN)                                                                                \
    X(OPENING)                                                                                     \
    X(AC_ON)                                                                                       \
    X(FAULT)
enum v2g_supply_state {
#define X(name) V2G_SUPPLY_STATE_##name,
    V2G_SUPPLY_STATES(X)
#undef X
        V2G_SUPPLY_STATE_COUNT
};

enum v2g_call {
    V2G_CALL_CP,
    V2G_CALL_ISO,
    V2G_CALL_PRE,
    V2G_CALL_MAIN,
    V2G_CALL_MEASURE,
    V2G_CALL_TARGETS,
    V2G_CALL_WELD,
    V2G_CALL_METER,
    V2G_CALL_DUTY,
    V2G_CALL_COUNT
};

struct v2g_supply {
    struct v2g_supply_config config; /* all private; `state` may be read */
    enum v2g_supply_state state;
    struct v2g_supply_demand demand;
    struct v2g_supply_facts facts;
    uint64_t now_ms, entered_ms, ticked_ms, refreshed_ms;
    uint64_t pending_since_ms[V2G_CALL_COUNT]; /* V2G_NEVER_MS: not pending */
    int32_t sent_mv, sent_ma;
    int32_t charged_mv;     /* target of the pre-charge that was completed */
    uint16_t duty_permille; /* wanted of the pilot */
    bool duty_is_said;
    bool closed_by_pwm; /* in AC_ON */
    uint64_t duty_said_ms;
};

void v2g_supply_init(struct v2g_supply *supply, uint64_t now_ms,
                     const struct v2g_supply_config *config);
/* What the protocol wants from now on; acted upon in the next tick. */
void v2g_supply_demand(struct v2g_supply *supply, struct v2g_supply_demand demand);
/* What the pilot shall say from now on, 0..1000; V2G_PILOT_STEADY at the start. While there is a
 * fault it offers no current, whatever is wanted. */
void v2g_supply_set_duty(struct v2g_supply *supply, uint16_t duty_permille);
/* Opens everything at once; latched. */
void v2g_supply_emergency_stop(struct v2g_supply *supply, uint64_t now_ms);
/* Forgets a latched fault once the contactor is open and the demand is OFF; E_STATE before. A
 * welded contactor stays a fault. */
int v2g_supply_reset(struct v2g_supply *supply);
void v2g_supply_tick(struct v2g_supply *supply, uint64_t now_ms);
uint64_t v2g_supply_deadline(const struct v2g_supply *supply);
const struct v2g_supply_facts *v2g_supply_facts(const struct v2g_supply *supply);
const char *v2g_supply_state_name(enum v2g_supply_state state);

#endif
