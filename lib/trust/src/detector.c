/* SPDX-License-Identifier: MIT
 * The e-detector in logarithms.
 */
#include "trust/detector.h"

#include "base/assert.h"

/* The bets, in ppm: small ones see small theft, large ones see it soon. */
static const int32_t bets_ppm[TRUST_BETS] = {100000, 200000, 400000, 600000, 800000, 950000};

void trust_detector_init(struct trust_detector *d)
{
    for (int i = 0; i < TRUST_BETS; i++) {
        d->momentary[i] = 0;
        d->lifetime[i] = TRUST_LOG_MIN;
    }
    d->n_blocks = 0;
}

int32_t trust_detector_outcome(const struct trust_scale *scale, int64_t ratio_ppm, bool over)
{
    ASSERT(scale->scale_ppm > 0);
    ASSERT(scale->ceiling_ppm > 0 && scale->ceiling_ppm <= 3 * TRUST_PPM);
    const int64_t most = 1000LL * TRUST_PPM; /* beyond it nothing changes, and nothing overflows */
    const int64_t ratio = ratio_ppm > most ? most : ratio_ppm < 0 ? 0 : ratio_ppm;
    const int64_t off = over ? ratio - TRUST_PPM : TRUST_PPM - ratio;
    const int64_t scaled = (off - scale->tolerated_ppm) * TRUST_PPM;
    int64_t z = scaled / scale->scale_ppm;
    z -= scaled % scale->scale_ppm < 0; /* downwards, in favour of the device */
    if (z > scale->ceiling_ppm) {
        return scale->ceiling_ppm;
    }
    return z < -TRUST_PPM ? -TRUST_PPM : (int32_t)z;
}

/* 1 + bet * outcome in units of 2^-30, rounded down */
static uint64_t growth(int32_t bet_ppm, int32_t outcome_ppm)
{
    const int64_t square = (int64_t)TRUST_PPM * TRUST_PPM;
    const int64_t factor = square + (int64_t)bet_ppm * outcome_ppm; /* 0.05 to 3.85, in 10^-12 */
    ASSERT(factor > 0 && factor < 4 * square);
    /* 2^30 / 10^12 = 2^18 / 5^12; 2^18 * 4 * 10^12 < 2^60 */
    return ((uint64_t)factor << 18) / 244140625U;
}

static int32_t grown(int32_t log, int32_t by)
{
    const int64_t sum = (int64_t)log + by;
    return sum > TRUST_LOG_MAX ? TRUST_LOG_MAX : sum < TRUST_LOG_MIN ? TRUST_LOG_MIN : (int32_t)sum;
}

void trust_detector_update(struct trust_detector *d, int32_t outcome_ppm)
{
    ASSERT(outcome_ppm >= -TRUST_PPM && outcome_ppm <= 3 * TRUST_PPM);
    if (d->n_blocks < UINT32_MAX - 1) {
        d->n_blocks++;
    }
    /* The bets' growths, and two more for log2 of 1 / (n (n + 1)), rounded down. */
    enum { N = TRUST_BETS, N_PLUS_1, LOGS };
    const int32_t units = 30 * TRUST_LOG_ONE; /* of a whole number */
    uint64_t numbers[LOGS];
    int32_t logs[LOGS];
    int32_t wagered[TRUST_BETS];
    for (int i = 0; i < TRUST_BETS; i++) {
        numbers[i] = growth(bets_ppm[i], outcome_ppm);
    }
    numbers[N] = d->n_blocks;
    numbers[N_PLUS_1] = (uint64_t)d->n_blocks + 1;
    trust_log2_q30_each(numbers, logs, LOGS);
    const int32_t weight = -(logs[N] + units) - (logs[N_PLUS_1] + units) - 2;
    trust_log2_add_each(d->lifetime, weight, wagered, TRUST_BETS);
    for (int i = 0; i < TRUST_BETS; i++) {
        d->momentary[i] = grown(d->momentary[i] > 0 ? d->momentary[i] : 0, logs[i]);
        d->lifetime[i] = grown(wagered[i], logs[i]);
    }
}

int32_t trust_detector_value(const struct trust_detector *d)
{
    const int32_t mean = trust_log2_mean(d->momentary, TRUST_BETS);
    return mean > 0 ? mean : 0;
}

int32_t trust_detector_lifetime(const struct trust_detector *d)
{
    /* What has not been wagered yet, 1 / (n + 1), still counts. */
    const int32_t rest = -trust_log2_of((uint64_t)d->n_blocks + 1) - 1;
    return trust_log2_add(trust_log2_mean(d->lifetime, TRUST_BETS), rest);
}
