/* SPDX-License-Identifier: MIT
 * Each party first uses what it produces itself; then surplus goes to demand by the key; the rest
 * is the grid's.
 */
#include "market/interval.h"

#include <stdbool.h>

#include "auction.h"
#include "base/assert.h"
#include "market/apportion.h"

static bool price_fits(int64_t price)
{
    return price >= -MARKET_PRICE_MAX && price <= MARKET_PRICE_MAX;
}

static bool party_fits(const struct market_party *p)
{
    return p->production_wh >= 0 && p->production_wh <= MARKET_ENERGY_MAX_WH &&
           p->consumption_wh >= 0 && p->consumption_wh <= MARKET_ENERGY_MAX_WH && p->weight >= 0 &&
           p->weight <= MARKET_WEIGHT_MAX && price_fits(p->bid_price) && price_fits(p->ask_price);
}

static bool all_fit(const struct market_tariff *t, const struct market_party *parties, size_t n)
{
    bool fit = n <= MARKET_PARTIES_MAX && price_fits(t->import_price) &&
               price_fits(t->export_price) && price_fits(t->community_price) &&
               price_fits(t->grid_fee);
    for (size_t i = 0; fit && i < n; i++) {
        fit = party_fits(&parties[i]);
    }
    return fit;
}

static int64_t demand_of(const struct market_party *p)
{
    return p->consumption_wh - p->self_wh - p->bought_wh;
}

static void use_own(struct market_party *p)
{
    p->self_wh = p->production_wh < p->consumption_wh ? p->production_wh : p->consumption_wh;
    p->bought_wh = 0;
    p->sold_wh = 0;
}

/* ---- keys ---- */

/* One round of the static key: by weight among those who still want something. Returns what was
 * given. */
static int64_t give_by_weight(struct market_party *parties, size_t n, int64_t total,
                              const struct market_scratch *s)
{
    int64_t given = 0;
    for (size_t i = 0; i < n; i++) {
        s->weight[i] = demand_of(&parties[i]) > 0 ? parties[i].weight : 0;
    }
    market_apportion(total, &(struct market_weights){s->weight, s->share, s->order, n});
    for (size_t i = 0; i < n; i++) {
        const int64_t want = demand_of(&parties[i]);
        const int64_t got = s->share[i] < want ? s->share[i] : want;
        parties[i].bought_wh += got;
        given += got;
    }
    return given;
}

static int64_t share_static(struct market_party *parties, size_t n, int64_t surplus_wh,
                            const struct market_scratch *s)
{
    int64_t left = surplus_wh;
    while (left > 0) {
        const int64_t given = give_by_weight(parties, n, left, s);
        left -= given;
        if (given == 0) {
            break; /* nobody with a weight wants more */
        }
    }
    return surplus_wh - left;
}

static int64_t share_dynamic(struct market_party *parties, size_t n, int64_t surplus_wh,
                             const struct market_scratch *s)
{
    int64_t demand_wh = 0;
    for (size_t i = 0; i < n; i++) {
        s->weight[i] = demand_of(&parties[i]);
        demand_wh += s->weight[i];
    }
    const int64_t shared_wh = surplus_wh < demand_wh ? surplus_wh : demand_wh;
    market_apportion(shared_wh, &(struct market_weights){s->weight, s->share, s->order, n});
    for (size_t i = 0; i < n; i++) {
        parties[i].bought_wh = s->share[i];
    }
    return shared_wh;
}

/* What is shared comes from all who have a surplus, in proportion. */
static void take_from_sellers(struct market_party *parties, size_t n, int64_t shared_wh,
                              const struct market_scratch *s)
{
    for (size_t i = 0; i < n; i++) {
        s->weight[i] = parties[i].production_wh - parties[i].self_wh;
    }
    market_apportion(shared_wh, &(struct market_weights){s->weight, s->share, s->order, n});
    for (size_t i = 0; i < n; i++) {
        parties[i].sold_wh = s->share[i];
    }
}

/* ---- the whole ---- */

static void price_party(const struct market_tariff *t, int64_t price, struct market_party *p)
{
    p->import_wh = p->consumption_wh - p->self_wh - p->bought_wh;
    p->export_wh = p->production_wh - p->self_wh - p->sold_wh;
    ASSERT(p->import_wh >= 0 && p->export_wh >= 0);
    p->bought_cost = p->bought_wh * price;
    p->fee_cost = p->bought_wh * t->grid_fee;
    p->import_cost = p->import_wh * t->import_price;
    p->sold_credit = p->sold_wh * price;
    p->export_credit = p->export_wh * t->export_price;
}

int market_interval_settle(const struct market_tariff *tariff, struct market_party *parties,
                           size_t n, const struct market_scratch *scratch,
                           struct market_outcome *outcome)
{
    int64_t surplus_wh = 0;
    if (!all_fit(tariff, parties, n)) {
        return E_LIMIT;
    }
    for (size_t i = 0; i < n; i++) {
        use_own(&parties[i]);
        surplus_wh += parties[i].production_wh - parties[i].self_wh;
    }
    if (tariff->sharing == MARKET_AUCTION) {
        *outcome = market_auction_clear(parties, n, scratch);
    } else {
        outcome->price = tariff->community_price;
        outcome->shared_wh = tariff->sharing == MARKET_STATIC
                                 ? share_static(parties, n, surplus_wh, scratch)
                                 : share_dynamic(parties, n, surplus_wh, scratch);
        take_from_sellers(parties, n, outcome->shared_wh, scratch);
    }
    for (size_t i = 0; i < n; i++) {
        price_party(tariff, outcome->price, &parties[i]);
    }
    return E_OK;
}
