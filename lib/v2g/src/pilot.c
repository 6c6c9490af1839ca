/* SPDX-License-Identifier: MIT */
#include "v2g/pilot.h"

/* IEC 61851-1 tables A.7 and A.8. */
enum {
    LEAST = 80, /* the car's tolerance: 8 to 10 % is 6 A */
    FINE = 100,
    COARSE = 850, /* above, the steps are wide */
    MOST = 960,
    END = 970, /* the car's tolerance again */
    FINE_MA = 60,
    COARSE_MA = 250,
    COARSE_OFFSET = 640
};

int32_t v2g_pilot_ma(uint16_t duty_permille)
{
    const int32_t duty = duty_permille;
    if (duty < LEAST || duty > END) {
        return 0;
    }
    if (duty < FINE) {
        return V2G_PILOT_MIN_MA;
    }
    if (duty <= COARSE) {
        return duty * FINE_MA;
    }
    return duty > MOST ? V2G_PILOT_MAX_MA : (duty - COARSE_OFFSET) * COARSE_MA;
}

uint16_t v2g_pilot_duty(int32_t ma)
{
    if (ma < V2G_PILOT_MIN_MA) {
        return V2G_PILOT_STEADY;
    }
    if (ma >= V2G_PILOT_MAX_MA) {
        return MOST;
    }
    const int32_t fine = ma / FINE_MA;
    const int32_t coarse = ma / COARSE_MA + COARSE_OFFSET;
    return (uint16_t)(fine <= COARSE ? fine : coarse <= COARSE ? COARSE : coarse);
}
