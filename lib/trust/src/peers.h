/* SPDX-License-Identifier: MIT
 * Neighbours: who may be compared with whom, and what they predict.
 */
#ifndef TRUST_PEERS_H
#define TRUST_PEERS_H

#include "trust/engine.h"

/* The hours of a block: from (included) to (excluded). */
struct trust_hours {
    unsigned from;
    unsigned to;
};
struct trust_hours trust_block_hours(const struct trust_config *config, unsigned block);

/* Correlation of two devices over the history, in ppm; -10^6 when they share too few hours. */
int32_t trust_correlation_ppm(const struct trust_device *a, const struct trust_device *b);
/* Chooses the peers of a device from the history. Armed when there are enough. */
void trust_peers_arm(struct trust_engine *e, size_t device);
/* What the peers predict for a block of a closed day. */
struct trust_block trust_peers_predict(const struct trust_engine *e, size_t device, int32_t day,
                                       unsigned block);
/* The median of n >= 1 values, which are reordered. */
uint32_t trust_median(uint32_t *values, unsigned n);
/* Energy of a block in units over the hours that are known and `mask` wants; the hours found. */
uint32_t trust_block_sum(const struct trust_device *d, int32_t day, struct trust_hours hours,
                         uint32_t *mask);

#endif
