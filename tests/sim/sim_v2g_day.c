/* SPDX-License-Identifier: MIT
 * Cars come and go at one charger, by a network that loses, delays and repeats what they say. Every
 * session ends, in a state that the standards name, with everything open; nothing is left behind.
 * An hour of it; WATTWARD_LONG=1: a day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v2g_pair.h"

enum { HOUR_MS = 3600000, LONGEST_SESSION_MS = 120000 };

static struct pair pair;
static uint32_t dice = 1;
static unsigned ends[V2G_SECC_END_COUNT];

static uint32_t below(uint32_t bound)
{
    dice = dice * 1664525U + 1013904223U;
    return (dice >> 8) % bound;
}

/* pair_step() with a network that is not to be trusted; quality 0 is a good one. */
static void step(unsigned quality)
{
    if (quality > 0 && below(400 / quality) == 0) {
        pair.now_ms += below(300); /* late */
        v2g_supply_tick(&pair.supply, pair.now_ms);
    }
    if (quality > 1 && below(2000) == 0) {
        static uint8_t lost[4096];
        (void)v2g_evcc_output(&pair.evcc, lost, sizeof lost);
    }
    if (quality > 1 && below(2000) == 0) {
        /* once more what was said last: TCP would not, a broken gateway does */
        static uint8_t twice[4096];
        const int len = v2g_evcc_output(&pair.evcc, twice, sizeof twice);
        for (int i = 0; len > 0 && i < 2; i++) {
            (void)v2g_secc_input(&pair.secc, pair.now_ms, twice, (size_t)len);
            uint8_t answer[1024];
            const int answered = v2g_secc_output(&pair.secc, answer, sizeof answer);
            if (answered > 0) {
                (void)v2g_evcc_input(&pair.evcc, pair.now_ms, answer, (size_t)answered);
            }
        }
    }
    pair_step(&pair);
}

static void session(uint64_t begun_ms)
{
    const enum v2g_protocol protocol = below(2) == 0 ? V2G_PROTOCOL_DIN : V2G_PROTOCOL_ISO2;
    const bool ac = protocol == V2G_PROTOCOL_ISO2 && below(3) == 0;
    const unsigned quality = below(3);
    pair_init(&pair, protocol, ac ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED);
    pair.now_ms = begun_ms;
    pair.evcc_config.faults = below(8) == 0 ? (uint8_t)(1U << below(5)) : 0;
    pair_start(&pair);
    const uint64_t stop_ms = begun_ms + 5000 + below(40000);
    const uint64_t pull_ms = below(6) == 0 ? begun_ms + below(30000) : UINT64_MAX;
    while (!v2g_secc_close_due(&pair.secc) && pair.now_ms < begun_ms + LONGEST_SESSION_MS) {
        step(quality);
        if (pair.now_ms >= stop_ms) {
            pair.battery.full = true;
        }
        if (pair.now_ms >= pull_ms || pair.evcc.end != V2G_EVCC_NOT_YET) {
            v2g_secc_lost(&pair.secc, pair.now_ms);
        }
    }
    CHECK(v2g_secc_close_due(&pair.secc));
    CHECK(pair.secc.end != V2G_SECC_NOT_YET);
    pair_run(&pair, 2500);
    CHECK(!pair.stage.main && !pair.stage.pre);
    CHECK_EQ(pair.stage.unsafe, 0);
    ends[pair.secc.end]++;
}

static void a_day_of_sessions_leaves_nothing_behind(void)
{
    const uint64_t end_ms = (getenv("WATTWARD_LONG") != NULL ? 24 : 1) * (uint64_t)HOUR_MS;
    unsigned n = 0;
    for (uint64_t now_ms = 1000; now_ms < end_ms; n++) {
        session(now_ms);
        now_ms = pair.now_ms + below(10000);
    }
    printf("%u sessions:", n);
    for (unsigned i = 0; i < V2G_SECC_END_COUNT; i++) {
        if (ends[i] > 0) {
            printf(" %s %u", v2g_secc_end_name((enum v2g_secc_end)i), ends[i]);
        }
    }
    printf("\n");
    CHECK(ends[V2G_SECC_STOPPED] > n / 3);
    CHECK(ends[V2G_SECC_LOST] > 0);
}

CHECK_MAIN(TEST(a_day_of_sessions_leaves_nothing_behind))
