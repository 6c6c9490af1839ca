/* SPDX-License-Identifier: MIT
 * Pay as clear: one price for all.
 */
#ifndef MARKET_AUCTION_H
#define MARKET_AUCTION_H

#include "market/interval.h"

/* Adds to bought_wh and sold_wh; what of consumption and production is not yet used, bought or sold
 * is demand and surplus. */
struct market_outcome market_auction_clear(struct market_party *parties, size_t n,
                                           const struct market_scratch *scratch);

#endif
