/* SPDX-License-Identifier: MIT
 * Pay as clear: one price for all.
 */
#ifndef MARKET_AUCTION_H
#define MARKET_AUCTION_H

#include "market/interval.h"

/* Sets bought_wh and sold_wh; demand is consumption - self, surplus is production - self. */
struct market_outcome market_auction_clear(struct market_party *parties, size_t n,
                                           const struct market_scratch *scratch);

#endif
