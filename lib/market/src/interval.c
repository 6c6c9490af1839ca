/* SPDX-License-Identifier: MIT
 * Each party first uses what it produces itself; then it gets what it agreed on with another; then
 * surplus goes to demand by the key; the rest is the grid's.
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

static bool agreement_fits(const struct market_agreement *a, size_t n)
{
    return a->seller < n && a->buyer < n && a->seller != a->buyer && a->energy_wh >= 0 &&
           a->energy_wh <= MARKET_ENERGY_MAX_WH && price_fits(a->price);
}

static bool all_fit(const struct market_interval *v)
{
    const struct market_tariff *t = v->tariff;
    bool fit = v->n <= MARKET_PARTIES_MAX && price_fits(t->import_price) &&
               price_fits(t->export_price) && price_fits(t->community_price) &&
               price_fits(t->grid_fee);
    for (size_t i = 0; fit && i < v->n; i++) {
        fit = party_fits(&v->parties[i]);
    }
    for (size_t i = 0; fit && i < v->n_agreements; i++) {
        fit = agreement_fits(&v->agreements[i], v->n);
    }
    return fit;
}

static int64_t demand_of(const struct market_party *p)
{
    return p->consumption_wh - p->self_wh - p->bought_wh;
}

static int64_t surplus_of(const struct market_party *p)
{
    return p->production_wh - p->self_wh - p->sold_wh;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void use_own(struct market_party *p)
{
    p->self_wh = least(p->production_wh, p->consumption_wh);
    p->bought_wh = 0;
    p->sold_wh = 0;
    p->agreed_in_wh = 0;
    p->agreed_out_wh = 0;
    p->bought_cost = 0;
    p->sold_credit = 0;
}

static int64_t meet_agreements(const struct market_interval *v)
{
    int64_t agreed_wh = 0;
    for (size_t i = 0; i < v->n_agreements; i++) {
        struct market_agreement *a = &v->agreements[i];
        struct market_party *seller = &v->parties[a->seller];
        struct market_party *buyer = &v->parties[a->buyer];
        a->met_wh = least(a->energy_wh, least(surplus_of(seller), demand_of(buyer)));
        ASSERT(a->met_wh >= 0);
        seller->sold_wh += a->met_wh;
        seller->agreed_out_wh += a->met_wh;
        seller->sold_credit += a->met_wh * a->price;
        buyer->bought_wh += a->met_wh;
        buyer->agreed_in_wh += a->met_wh;
        buyer->bought_cost += a->met_wh * a->price;
        agreed_wh += a->met_wh;
    }
    return agreed_wh;
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
        const int64_t got = least(s->share[i], want);
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
    const int64_t shared_wh = least(surplus_wh, demand_wh);
    market_apportion(shared_wh, &(struct market_weights){s->weight, s->share, s->order, n});
    for (size_t i = 0; i < n; i++) {
        parties[i].bought_wh += s->share[i];
    }
    return shared_wh;
}

/* What is shared comes from all who have a surplus, in proportion. */
static void take_from_sellers(struct market_party *parties, size_t n, int64_t shared_wh,
                              const struct market_scratch *s)
{
    for (size_t i = 0; i < n; i++) {
        s->weight[i] = surplus_of(&parties[i]);
    }
    market_apportion(shared_wh, &(struct market_weights){s->weight, s->share, s->order, n});
    for (size_t i = 0; i < n; i++) {
        parties[i].sold_wh += s->share[i];
    }
}

/* ---- the whole ---- */

static void price_party(const struct market_tariff *t, int64_t price, struct market_party *p)
{
    p->import_wh = demand_of(p);
    p->export_wh = surplus_of(p);
    ASSERT(p->import_wh >= 0 && p->export_wh >= 0);
    p->bought_cost += (p->bought_wh - p->agreed_in_wh) * price;
    p->fee_cost = p->bought_wh * t->grid_fee;
    p->import_cost = p->import_wh * t->import_price;
    p->sold_credit += (p->sold_wh - p->agreed_out_wh) * price;
    p->export_credit = p->export_wh * t->export_price;
}

int market_interval_settle(const struct market_interval *interval,
                           const struct market_scratch *scratch, struct market_outcome *outcome)
{
    struct market_party *parties = interval->parties;
    const struct market_tariff *tariff = interval->tariff;
    const size_t n = interval->n;
    struct market_outcome o = {.price = tariff->community_price};
    int64_t surplus_wh = 0;
    if (!all_fit(interval)) {
        return E_LIMIT;
    }
    for (size_t i = 0; i < n; i++) {
        use_own(&parties[i]);
    }
    const int64_t agreed_wh = meet_agreements(interval);
    for (size_t i = 0; i < n; i++) {
        surplus_wh += surplus_of(&parties[i]);
    }
    if (tariff->sharing == MARKET_AUCTION) {
        o = market_auction_clear(parties, n, scratch);
    } else {
        o.shared_wh = tariff->sharing == MARKET_STATIC
                          ? share_static(parties, n, surplus_wh, scratch)
                          : share_dynamic(parties, n, surplus_wh, scratch);
        take_from_sellers(parties, n, o.shared_wh, scratch);
    }
    for (size_t i = 0; i < n; i++) {
        price_party(tariff, o.price, &parties[i]);
    }
    o.agreed_wh = agreed_wh;
    *outcome = o;
    return E_OK;
}
