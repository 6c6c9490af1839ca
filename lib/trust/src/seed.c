/* SPDX-License-Identifier: MIT
 * The original rule.
 */
#include "trust/seed.h"

#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"

void trust_seed_defaults(struct trust_seed_config *config)
{
#define TRUST_SEED_DEFAULT(field, key, decimals, value, least, most) config->field = (value);
    TRUST_SEED_KEYS(TRUST_SEED_DEFAULT)
#undef TRUST_SEED_DEFAULT
}

/* A decimal number as an integer scaled by 10^decimals. */
static int read_decimal(const char *text, unsigned decimals, int64_t *out)
{
    int64_t value = 0;
    unsigned n_digits = 0;
    unsigned n_fraction = 0;
    bool fraction = false;
    for (; *text != 0; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
        } else if (*text >= '0' && *text <= '9' && n_digits < 15 &&
                   n_fraction < decimals + fraction) {
            value = value * 10 + (*text - '0');
            n_digits++;
            n_fraction += fraction;
        } else {
            return E_MALFORMED;
        }
    }
    if (n_digits == 0 || n_fraction > decimals) {
        return E_MALFORMED;
    }
    for (; n_fraction < decimals; n_fraction++) {
        if (fixed_mul(value, 10, &value) != E_OK) {
            return E_LIMIT;
        }
    }
    *out = value;
    return E_OK;
}

int trust_seed_set(struct trust_seed_config *config, const char *key, const char *text)
{
    const struct {
        const char *key;
        int64_t *field;
        unsigned decimals;
        int64_t least, most;
    } keys[] = {
#define TRUST_SEED_ROW(field, key, decimals, value, least, most)                                   \
    {key, &config->field, decimals, least, most},
        TRUST_SEED_KEYS(TRUST_SEED_ROW)
#undef TRUST_SEED_ROW
    };
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].key, key) == 0) {
            int64_t value = 0;
            const int result = read_decimal(text, keys[i].decimals, &value);
            if (result == E_OK && (value < keys[i].least || value > keys[i].most)) {
                return E_LIMIT;
            }
            if (result == E_OK) {
                *keys[i].field = value;
            }
            return result;
        }
    }
    return E_NOTFOUND;
}

void trust_seed_init(struct trust_seed *s)
{
    *s = (struct trust_seed){.score_milli = TRUST_SEED_FULL_MILLI};
}

/* How many tolerances the reading is away from its forecast, in thousandths. */
static int64_t severity_milli(const struct trust_seed_config *config,
                              const struct trust_seed_reading *r)
{
    const int64_t most = 1000000000;
    const int64_t off = r->reported_mw > r->expected_mw ? r->reported_mw - r->expected_mw
                                                        : r->expected_mw - r->reported_mw;
    int64_t band_mw = config->night_margin_mw;
    if (r->expected_mw >= TRUST_SEED_DAYLIGHT_MW &&
        fixed_mul_div(r->expected_mw, config->tolerance_ppm, 1000000, &band_mw) != E_OK) {
        return most;
    }
    int64_t milli = 0;
    if (off <= band_mw) {
        return 0;
    }
    return band_mw == 0 || fixed_mul_div(off, 1000, band_mw, &milli) != E_OK || milli > most
               ? most
               : (milli < 1001 ? 1001 : milli);
}

enum trust_seed_verdict trust_seed_judge(const struct trust_seed_config *config,
                                         struct trust_seed *s,
                                         const struct trust_seed_reading *reading)
{
    ASSERT(s->score_milli >= 0 && s->score_milli <= TRUST_SEED_FULL_MILLI);
    if (s->banned) {
        return TRUST_SEED_BANNED;
    }
    const int64_t severity = severity_milli(config, reading);
    if (severity == 0) {
        s->score_milli =
            (int32_t)fixed_clamp(s->score_milli + config->bonus_milli, 0, TRUST_SEED_FULL_MILLI);
        return TRUST_SEED_VALID;
    }
    const int64_t penalty = config->penalty_milli * (severity > 3000 ? 3000 : severity) / 1000;
    s->score_milli = (int32_t)fixed_clamp(s->score_milli - penalty, 0, TRUST_SEED_FULL_MILLI);
    s->banned = s->score_milli < config->ban_milli;
    return s->banned ? TRUST_SEED_BANNED : TRUST_SEED_DEVIATES;
}
