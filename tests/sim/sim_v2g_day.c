/* SPDX-License-Identifier: MIT
 * Cars come and go at one charger for a day and a night. Networks lose, delay and repeat what is
 * said, cars err, plugs are pulled, parts of the power stage break, the site suspends and stops.
 * Every session ends, in an end that the standards name for its cause, with everything open, and
 * the charger takes the next car.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v2g_pair.h"

enum { DAY_MS = 24 * 3600000, LONGEST_SESSION_MS = 200000 };

/* What goes wrong in a session, and the ends that are right for it. */
#define END(name) (1U << V2G_SECC_##name)
#define CAUSES(X)                                                                                  \
    X(NOTHING, END(STOPPED))                                                                       \
    X(BAD_NETWORK, END(STOPPED) | END(LOST) | END(SEQUENCE_ERROR) | END(REFUSED))                  \
    X(WRONG_SESSION_ID, END(UNKNOWN_SESSION))                                                      \
    X(NO_PRE_CHARGE, END(REFUSED))                                                                 \
    X(SILENT_CAR, END(SEQUENCE_TIMEOUT))                                                           \
    X(GREEDY_CAR, END(STOPPED))                                                                    \
    X(OUT_OF_ORDER, END(SEQUENCE_ERROR))                                                           \
    X(PLUG_PULLED, END(LOST))                                                                      \
    X(PAUSED_BY_CAR, END(PAUSED))                                                                  \
    X(PAUSED_BY_SITE, END(PAUSED))                                                                 \
    X(SUSPENDED, END(STOPPED))                                                                     \
    X(RENEGOTIATED, END(STOPPED))                                                                  \
    X(STOPPED_BY_SITE, END(STOPPED))                                                               \
    X(NOBODY_AUTHORIZES, END(REFUSED))                                                             \
    X(REJECTED, END(REFUSED))                                                                      \
    X(LEAK_BEFORE, END(REFUSED))                                                                   \
    X(LEAK_WHILE_CHARGING, END(STOPPED))                                                           \
    X(WEAK_STAGE, END(REFUSED))                                                                    \
    X(STUCK_CONTACTOR, END(REFUSED))                                                               \
    X(HANGING_CALL, END(STOPPED) | END(REFUSED))                                                   \
    X(LIVE_OUTLET, END(REFUSED))                                                                   \
    X(EMERGENCY, END(STOPPED) | END(REFUSED))                                                      \
    X(WELDED, END(REFUSED) | END(STOPPED))
enum cause {
#define X(name, ends) CAUSE_##name,
    CAUSES(X)
#undef X
        CAUSE_COUNT
};
static const uint32_t right_ends[CAUSE_COUNT] = {
#define X(name, ends) ends,
    CAUSES(X)
#undef X
};
static const char *const cause_names[CAUSE_COUNT] = {
#define X(name, ends) #name,
    CAUSES(X)
#undef X
};

static struct pair pair;
static uint32_t dice = 1;
static unsigned ends[V2G_SECC_END_COUNT], causes[CAUSE_COUNT];
static unsigned n_charged, n_lost, n_repeated, n_late;

static uint32_t below(uint32_t bound)
{
    dice = dice * 1664525U + 1013904223U;
    return (dice >> 8) % bound;
}

/* A network that loses a message (TCP would not, a broken bridge does), or says one twice. */
static void disturb(void)
{
    static uint8_t message[4096];
    if (below(40) == 0) {
        pair.now_ms += below(400);
        v2g_supply_tick(&pair.supply, pair.now_ms);
        n_late++;
    }
    const bool lose = below(900) == 0;
    if (!lose && below(900) != 0) {
        return;
    }
    const int len = v2g_evcc_output(&pair.evcc, message, sizeof message);
    if (len <= 0 || lose) {
        n_lost += len > 0;
        return;
    }
    n_repeated++;
    for (int i = 0; i < 2; i++) {
        static uint8_t answer[2048];
        (void)v2g_secc_input(&pair.secc, pair.now_ms, message, (size_t)len);
        const int answered = v2g_secc_output(&pair.secc, answer, sizeof answer);
        if (answered > 0) {
            (void)v2g_evcc_input(&pair.evcc, pair.now_ms, answer, (size_t)answered);
        }
    }
}

/* Faults that are there from the start. */
static void prepare(enum cause cause)
{
    static const struct {
        enum cause cause;
        uint8_t fault;
    } cars[] = {{CAUSE_WRONG_SESSION_ID, V2G_EVCC_WRONG_SESSION},
                {CAUSE_NO_PRE_CHARGE, V2G_EVCC_NO_PRE_CHARGE},
                {CAUSE_SILENT_CAR, V2G_EVCC_SILENT},
                {CAUSE_GREEDY_CAR, V2G_EVCC_TOO_MUCH},
                {CAUSE_OUT_OF_ORDER, V2G_EVCC_OUT_OF_ORDER}};
    for (unsigned i = 0; i < sizeof cars / sizeof cars[0]; i++) {
        pair.evcc_config.faults |= cars[i].cause == cause ? cars[i].fault : 0;
    }
    pair.stage.leaky = cause == CAUSE_LEAK_BEFORE;
    pair.stage.weak_mv = cause == CAUSE_WEAK_STAGE ? 100000 : 0;
    pair.stage.stuck = cause == CAUSE_STUCK_CONTACTOR;
    pair.stage.feed_mv = pair.stage.mv = cause == CAUSE_LIVE_OUTLET ? 300000 : 0;
}

/* Things that happen while the car charges. */
static void happen(enum cause cause)
{
    switch ((int)cause) {
    case CAUSE_PLUG_PULLED:
        v2g_secc_lost(&pair.secc, pair.now_ms);
        break;
    case CAUSE_PAUSED_BY_CAR:
        v2g_evcc_pause(&pair.evcc);
        break;
    case CAUSE_PAUSED_BY_SITE:
        v2g_secc_pause(&pair.secc);
        break;
    case CAUSE_SUSPENDED:
        v2g_secc_suspend(&pair.secc);
        break;
    case CAUSE_RENEGOTIATED:
        v2g_secc_notify(&pair.secc, V2G_NOTIFY_RENEGOTIATE, 0);
        break;
    case CAUSE_STOPPED_BY_SITE:
        v2g_secc_notify(&pair.secc, V2G_NOTIFY_STOP, 0);
        break;
    case CAUSE_LEAK_WHILE_CHARGING:
        pair.stage.leaky = true;
        break;
    case CAUSE_HANGING_CALL:
        pair.stage.hangs = (uint16_t)(1U << below(V2G_CALL_COUNT));
        break;
    case CAUSE_EMERGENCY:
        v2g_supply_emergency_stop(&pair.supply, pair.now_ms);
        break;
    case CAUSE_WELDED:
        pair.stage.welded = true;
        break;
    default:
        break;
    }
}

/* Some causes need DC, ISO 15118-2, or both. */
static bool possible(enum cause cause, enum v2g_protocol protocol, bool ac)
{
    const bool dc_only = cause == CAUSE_NO_PRE_CHARGE || cause == CAUSE_OUT_OF_ORDER ||
                         cause == CAUSE_LEAK_BEFORE || cause == CAUSE_LEAK_WHILE_CHARGING ||
                         cause == CAUSE_WEAK_STAGE || cause == CAUSE_LIVE_OUTLET ||
                         cause == CAUSE_GREEDY_CAR || cause == CAUSE_WELDED ||
                         cause == CAUSE_HANGING_CALL;
    const bool iso_only = cause == CAUSE_RENEGOTIATED || cause == CAUSE_PAUSED_BY_CAR;
    return !(dc_only && ac) && !(iso_only && protocol == V2G_PROTOCOL_DIN);
}

static void authorize(enum cause cause)
{
    v2g_secc_authorize(&pair.secc, cause == CAUSE_NOBODY_AUTHORIZES ? V2G_AUTH_PENDING
                                   : cause == CAUSE_REJECTED        ? V2G_AUTH_REJECTED
                                                                    : V2G_AUTH_ACCEPTED);
}

/* Afterwards nothing is live, and what was broken is known until a person has looked. */
static void check_aftermath(enum cause cause)
{
    pair.stage.hangs = 0;
    pair.stage.leaky = false;
    pair_run(&pair, 4000);
    const bool welded = cause == CAUSE_WELDED;
    CHECK(pair.stage.main == welded && !pair.stage.pre && pair.stage.set_ma == 0);
    CHECK_EQ(pair.stage.unsafe, 0);
    CHECK_EQ(v2g_secc_demand(&pair.secc).mode, V2G_SUPPLY_OFF);
    CHECK(!v2g_evcc_wants_contactor(&pair.evcc));
    const enum v2g_fault fault = v2g_supply_facts(&pair.supply)->fault;
    CHECK(cause != CAUSE_NOTHING || fault == V2G_FAULT_NONE);
    CHECK(!welded || fault != V2G_FAULT_NONE);
    CHECK_EQ(v2g_supply_reset(&pair.supply) == E_OK, !welded);
    CHECK(welded || pair.supply.state == V2G_SUPPLY_STATE_OFF);
}

static void check_end(enum cause cause)
{
    CHECK(v2g_secc_close_due(&pair.secc));
    if (!CHECK((right_ends[cause] & 1U << pair.secc.end) != 0)) {
        check_report(false, __FILE__, __LINE__, cause_names[cause]);
        check_report(false, __FILE__, __LINE__, v2g_secc_end_name(pair.secc.end));
    }
    ends[pair.secc.end]++;
    causes[cause]++;
}

static void session(uint64_t begun_ms)
{
    const enum v2g_protocol protocol = below(2) == 0 ? V2G_PROTOCOL_DIN : V2G_PROTOCOL_ISO2;
    const bool ac = protocol == V2G_PROTOCOL_ISO2 && below(3) == 0;
    enum cause cause = below(2) == 0 ? CAUSE_NOTHING : (enum cause)below(CAUSE_COUNT);
    cause = possible(cause, protocol, ac) ? cause : CAUSE_NOTHING;
    pair_init(&pair, protocol, ac ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED);
    pair.now_ms = begun_ms;
    prepare(cause);
    pair_start(&pair);
    authorize(cause);
    const uint64_t then_ms = begun_ms + 6000 + below(10000);
    const uint64_t full_ms = then_ms + 10000 + below(40000);
    bool happened = false;
    bool charged = false;
    while (!v2g_secc_close_due(&pair.secc) && pair.now_ms < begun_ms + LONGEST_SESSION_MS) {
        if (cause == CAUSE_BAD_NETWORK) {
            disturb();
        }
        pair_step(&pair);
        charged = charged || pair.stage.main;
        if (!happened && pair.now_ms >= then_ms && pair.secc.phase == V2G_PHASE_CHARGING) {
            happened = true;
            happen(cause);
        }
        pair.battery.full = pair.now_ms >= full_ms;
        /* A car that gave up closes the connection; the silent one only sits there. */
        if (pair.evcc.end != V2G_EVCC_NOT_YET && pair.secc.end == V2G_SECC_NOT_YET) {
            v2g_secc_lost(&pair.secc, pair.now_ms);
        }
    }
    v2g_evcc_lost(&pair.evcc, pair.now_ms); /* the connection is closed */
    n_charged += charged;
    check_end(cause);
    check_aftermath(cause);
}

static void a_day_of_sessions_leaves_nothing_behind(void)
{
    unsigned n = 0;
    for (uint64_t now_ms = 1000; now_ms < DAY_MS; n++) {
        session(now_ms);
        now_ms = pair.now_ms + below(10000);
    }
    printf("%u sessions, %u charged; lost %u, late %u, repeated %u messages\n", n, n_charged,
           n_lost, n_late, n_repeated);
    for (unsigned i = 0; i < V2G_SECC_END_COUNT; i++) {
        printf("%s %u%s", v2g_secc_end_name((enum v2g_secc_end)i), ends[i],
               i + 1 < V2G_SECC_END_COUNT ? ", " : "\n");
    }
    for (unsigned i = 0; i < CAUSE_COUNT; i++) {
        if (!CHECK(causes[i] > 5)) {
            check_report(false, __FILE__, __LINE__, cause_names[i]);
        }
    }
    CHECK(n_charged > n / 2);
    CHECK(n_lost > 0 && n_late > 0 && n_repeated > 0);
}

CHECK_MAIN(TEST(a_day_of_sessions_leaves_nothing_behind))
