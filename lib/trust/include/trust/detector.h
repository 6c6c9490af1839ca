/* SPDX-License-Identifier: MIT
 * The sequential test TE-2: a betting e-detector over the ratio of what a device reports and what
 * is expected of it, block by block.
 *
 * With z = clip((ratio - 1 - tolerated) / scale, -1, ceiling) and H0 "the conditional mean of z is
 * not above 0", every bet lambda gives  M <- max(M, 1) * (1 + lambda * z),  and the mean over the
 * bets is an e-detector: the expected number of blocks until an honest device reaches 1/alpha is at
 * least 1/alpha, whatever the dependence between blocks (Shin, Ramdas, Rinaldo 2023).
 *
 * Beside it runs a lifetime e-process E = sum over start times k of w_k * E_k, w_k = 1/(k(k+1)):
 * the probability that an honest device ever reaches 1/alpha is at most alpha (Ville).
 */
#ifndef TRUST_DETECTOR_H
#define TRUST_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "trust/exponent.h"

enum { TRUST_BETS = 6, TRUST_PPM = 1000000 };

struct trust_detector {
    int32_t momentary[TRUST_BETS]; /* all private: logarithms of M */
    int32_t lifetime[TRUST_BETS];  /* of the weighted sum of E_k */
    uint32_t n_blocks;
};

/* How a ratio becomes a bet's outcome. */
struct trust_scale {
    int32_t tolerated_ppm; /* honest bias that is not held against anyone, 30000 */
    int32_t scale_ppm;     /* the excess that counts as 1, 60000; > 0 */
    int32_t ceiling_ppm;   /* the most one block can count, 1000000 = 1; up to 3000000 */
};

void trust_detector_init(struct trust_detector *d);
/* The outcome of a block in ppm of 1, from its ratio in ppm. `over` tests for reports above what is
 * expected, otherwise below. */
int32_t trust_detector_outcome(const struct trust_scale *scale, int64_t ratio_ppm, bool over);
/* Takes one block's outcome. */
void trust_detector_update(struct trust_detector *d, int32_t outcome_ppm);
/* log2 of the e-detector's value; 0 is no evidence. */
int32_t trust_detector_value(const struct trust_detector *d);
/* log2 of the lifetime e-process. */
int32_t trust_detector_lifetime(const struct trust_detector *d);

#endif
