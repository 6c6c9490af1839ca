/* SPDX-License-Identifier: MIT
 * The original rule, complete and selectable: every reading against a forecast, with a band of
 * tolerance, a score that falls and recovers, and a ban below a threshold. It is kept to be
 * compared with; docs/design/005-trust.md says why it is not the default.
 */
#ifndef TRUST_SEED_H
#define TRUST_SEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Under its own names: field, key, decimals kept, default, least, most. */
#define TRUST_SEED_KEYS(X)                                                                         \
    X(tolerance_ppm, "TOLERANCE_PERCENTAGE", 6, 250000, 0, 10000000)                               \
    X(night_margin_mw, "NIGHT_ABSOLUTE_MARGIN", 3, 100000, 0, 1000000000)                          \
    X(penalty_milli, "TRUST_PENALTY", 3, 10000, 0, 100000)                                         \
    X(bonus_milli, "TRUST_RECOVERY_BONUS", 3, 500, 0, 100000)                                      \
    X(ban_milli, "TRUST_THRESHOLD_BAN", 3, 20000, 0, 100000)                                       \
    X(time_window_ms, "TIME_WINDOW", 3, 60000, 0, 86400000)                                        \
    X(forecast_cache_ms, "FORECAST_CACHE_SECONDS", 3, 300000, 0, 86400000)

struct trust_seed_config {
#define TRUST_SEED_FIELD(field, key, decimals, value, least, most) int64_t field;
    TRUST_SEED_KEYS(TRUST_SEED_FIELD)
#undef TRUST_SEED_FIELD
};
void trust_seed_defaults(struct trust_seed_config *config);
/* Sets a key from its text ("0.25"). E_NOTFOUND for a name that is none, E_MALFORMED for a text
 * that is no number or has more decimals than are kept, E_LIMIT outside the range. */
int trust_seed_set(struct trust_seed_config *config, const char *key, const char *text) MUST_USE;

enum { TRUST_SEED_FULL_MILLI = 100000, TRUST_SEED_DAYLIGHT_MW = 50000 };

struct trust_seed {
    int32_t score_milli; /* 100000 to 0 */
    bool banned;         /* until trust_seed_init() */
};
void trust_seed_init(struct trust_seed *s);

enum trust_seed_verdict { TRUST_SEED_VALID, TRUST_SEED_DEVIATES, TRUST_SEED_BANNED };
struct trust_seed_reading {
    int64_t reported_mw;
    int64_t expected_mw; /* peak power times the yield of the forecast */
};
/* Judges one reading. A deviation costs the penalty, scaled by how many tolerances it is away, at
 * most threefold. TRUST_SEED_BANNED when the device is banned by it or was already. */
enum trust_seed_verdict trust_seed_judge(const struct trust_seed_config *config,
                                         struct trust_seed *s,
                                         const struct trust_seed_reading *reading);

#endif
