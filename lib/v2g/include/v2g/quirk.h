/* SPDX-License-Identifier: MIT
 * What some cars need, as data: a car is known by the front of its EVCCID (the maker's part of its
 * MAC address), and what is different for it are flags. No code knows a make.
 */
#ifndef V2G_QUIRK_H
#define V2G_QUIRK_H

#include "base/err.h"
#include "v2g/protocol.h"

#define V2G_QUIRKS(X)                                                                              \
    X(SUSPEND_BY_SCHEDULE, suspend_by_schedule) /* obeys a schedule of 0 W, not a limit of 0 A */  \
    X(NO_ISOLATION, no_isolation)       /* stumbles over an isolation status in later responses */ \
    X(MINIMUM_CURRENT, minimum_current) /* refuses a limit of 0 A: hold with the minimum */        \
    X(EARLY_STOP, early_stop)           /* ignores StopCharging: EVSE_Shutdown comes with it */    \
    X(SUSPEND_BY_STOP, suspend_by_stop) /* takes no zero at all: stopped, and woken later */       \
    X(LOOSE_PROFILE, loose_profile)     /* its profile keeps to no schedule: not refused for it */

enum v2g_quirk_bit {
#define X(name, word) V2G_QUIRK_BIT_##name,
    V2G_QUIRKS(X)
#undef X
        V2G_QUIRK_COUNT
};
enum v2g_quirk_flag {
#define X(name, word) V2G_QUIRK_##name = 1 << V2G_QUIRK_BIT_##name,
    V2G_QUIRKS(X)
#undef X
};

/* Of a list the first row counts whose prefix the EVCCID has. */
struct v2g_quirk {
    uint8_t evcc_id[V2G_EVCC_ID_MAX_LEN];
    uint8_t prefix_len; /* 0: every car */
    uint8_t flags;
};

/* A row as text: the prefix in hex digits, or `*` for every car, a colon, and words of V2G_QUIRKS
 * with `+` between; "0465: early_stop+no_isolation" without the blank. E_MALFORMED. */
int v2g_quirk_read(const char *text, struct v2g_quirk *quirk) MUST_USE;
/* The flags for a car; 0 when no row is for it. */
uint8_t v2g_quirk_find(const struct v2g_quirk *rows, uint8_t n, const uint8_t *evcc_id,
                       uint8_t evcc_id_len);

#endif
