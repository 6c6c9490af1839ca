/* SPDX-License-Identifier: MIT
 * Sizes of the trust engine. The memory of a device is fixed by them; see _Static_assert in
 * engine.h.
 */
#ifndef TRUST_LIMITS_H
#define TRUST_LIMITS_H

enum {
    TRUST_PEERS_MAX = 15,       /* odd, so that a median of all is one of them */
    TRUST_BLOCKS_MAX = 3,       /* judged blocks of a day: morning, noon, afternoon */
    TRUST_COMMISSION_DAYS = 30, /* before a device can be compared */
    TRUST_HISTORY_DAYS = 32,    /* a power of two above the commissioning */
    TRUST_HOURS = 24
};

#endif
