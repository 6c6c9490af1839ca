/* SPDX-License-Identifier: MIT
 * One settlement interval of an energy community: who uses what of whose surplus, and what it
 * costs. Integers only: energy in Wh, prices in millionths of a cent for a kWh, and therefore money
 * in billionths of a cent, in which every product is exact.
 */
#ifndef MARKET_INTERVAL_H
#define MARKET_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    MARKET_PARTIES_MAX = 4096,
    MARKET_ENERGY_MAX_WH = 10000000, /* of one party in one interval */
    MARKET_WEIGHT_MAX = 1000000
};
#define MARKET_PRICE_MAX INT64_C(100000000000) /* 1000 of the currency for a kWh; either sign */

enum market_sharing { MARKET_STATIC, MARKET_DYNAMIC, MARKET_AUCTION };

struct market_tariff {
    enum market_sharing sharing;
    int64_t import_price;    /* what the grid takes */
    int64_t export_price;    /* what the grid gives */
    int64_t community_price; /* of shared energy; the auction finds its own */
    int64_t grid_fee;        /* on shared energy, paid by who buys it */
};

struct market_party {
    int64_t production_wh; /* 0..MARKET_ENERGY_MAX_WH */
    int64_t consumption_wh;
    int64_t weight;    /* of the static key: 0..MARKET_WEIGHT_MAX */
    int64_t bid_price; /* of the auction: what it pays at most, without the fee */
    int64_t ask_price; /* what it takes at least */
    /* The rest is the result. production = self + sold + export, consumption = self + bought +
     * import. */
    int64_t self_wh;
    int64_t bought_wh; /* inside the community, what was agreed included */
    int64_t sold_wh;
    int64_t agreed_in_wh; /* the part of bought_wh and sold_wh that was agreed */
    int64_t agreed_out_wh;
    int64_t import_wh;
    int64_t export_wh;
    int64_t bought_cost; /* billionths of a cent; costs are paid, credits received */
    int64_t fee_cost;
    int64_t import_cost;
    int64_t sold_credit;
    int64_t export_credit;
};

/* What two parties have agreed on between themselves: met before anything is shared, as far as the
 * seller then has a surplus and the buyer a demand, in the order of the list. */
struct market_agreement {
    uint32_t seller;   /* place among the parties */
    uint32_t buyer;    /* another one */
    int64_t energy_wh; /* 0..MARKET_ENERGY_MAX_WH */
    int64_t price;     /* the buyer pays the grid fee on top */
    int64_t met_wh;    /* the result */
};

struct market_interval {
    const struct market_tariff *tariff;
    struct market_party *parties;
    size_t n;
    struct market_agreement *agreements;
    size_t n_agreements;
};

/* Memory for n parties, lent. */
struct market_scratch {
    int64_t *weight;
    int64_t *share;
    uint32_t *order;
};

struct market_outcome {
    int64_t agreed_wh; /* met of the agreements */
    int64_t shared_wh; /* by the key or the auction */
    int64_t price;     /* of shared energy */
};

/* E_LIMIT for something out of range; everything is then as before. Sums hold exactly: what all
 * buy from each other is what all sell, in energy and in money. */
int market_interval_settle(const struct market_interval *interval,
                           const struct market_scratch *scratch,
                           struct market_outcome *outcome) MUST_USE;

#endif
