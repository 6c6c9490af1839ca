/* SPDX-License-Identifier: MIT
 * Bids from the highest down meet asks from the lowest up while they cross. The price is the middle
 * of the last bid and the last ask that met. Whoever bid above the last bid gets all, those at it
 * share what is left by their demand; and so with the asks.
 */
#include "auction.h"

#include <stdbool.h>

#include "base/assert.h"
#include "market/apportion.h"

enum side { BUYERS, SELLERS };

static int64_t quantity_of(const struct market_party *p, enum side side)
{
    return side == BUYERS ? p->consumption_wh - p->self_wh - p->bought_wh
                          : p->production_wh - p->self_wh - p->sold_wh;
}

/* Asks are turned around, so that on both sides the larger is the more eager. */
static int64_t eagerness_of(const struct market_party *p, enum side side)
{
    return side == BUYERS ? p->bid_price : -p->ask_price;
}

/* The next eagerness below `above` of anybody who has something to trade; false when there is
 * none. *quantity is all that is offered at it. */
static bool next_level(const struct market_party *parties, size_t n, enum side side, int64_t *level,
                       int64_t *quantity)
{
    const int64_t above = *level;
    bool found = false;
    *quantity = 0;
    for (size_t i = 0; i < n; i++) {
        const int64_t e = eagerness_of(&parties[i], side);
        const int64_t q = quantity_of(&parties[i], side);
        if (q <= 0 || e >= above || (found && e < *level)) {
            continue;
        }
        *quantity = found && e == *level ? *quantity + q : q;
        *level = e;
        found = true;
    }
    return found;
}

/* How much meets, and the last levels that do. */
struct crossing {
    int64_t quantity;
    int64_t bid_level;
    int64_t ask_level; /* turned around */
};

static struct crossing cross(const struct market_party *parties, size_t n)
{
    struct crossing c = {.quantity = 0};
    int64_t bid_level = INT64_MAX;
    int64_t ask_level = INT64_MAX;
    int64_t wanted = 0;
    int64_t offered = 0;
    bool bids = next_level(parties, n, BUYERS, &bid_level, &wanted);
    bool asks = next_level(parties, n, SELLERS, &ask_level, &offered);
    while (bids && asks && bid_level >= -ask_level) {
        const int64_t met = wanted < offered ? wanted : offered;
        c.quantity += met;
        c.bid_level = bid_level;
        c.ask_level = ask_level;
        wanted -= met;
        offered -= met;
        if (wanted == 0) {
            bids = next_level(parties, n, BUYERS, &bid_level, &wanted);
        }
        if (offered == 0) {
            asks = next_level(parties, n, SELLERS, &ask_level, &offered);
        }
    }
    return c;
}

/* Divides `quantity` among one side: all to those above the level, the rest to those at it. */
static void fill(struct market_party *parties, size_t n, enum side side, int64_t level,
                 int64_t quantity, const struct market_scratch *s)
{
    int64_t left = quantity;
    for (size_t i = 0; i < n; i++) {
        const int64_t e = eagerness_of(&parties[i], side);
        left -= e > level ? quantity_of(&parties[i], side) : 0;
        s->weight[i] = e == level ? quantity_of(&parties[i], side) : 0;
    }
    ASSERT(left >= 0);
    market_apportion(left, &(struct market_weights){s->weight, s->share, s->order, n});
    for (size_t i = 0; i < n; i++) {
        const int64_t all = quantity_of(&parties[i], side);
        const int64_t got = eagerness_of(&parties[i], side) > level ? all : s->share[i];
        ASSERT(got >= 0 && got <= all);
        if (side == BUYERS) {
            parties[i].bought_wh += got;
        } else {
            parties[i].sold_wh += got;
        }
    }
}

struct market_outcome market_auction_clear(struct market_party *parties, size_t n,
                                           const struct market_scratch *scratch)
{
    const struct crossing c = cross(parties, n);
    struct market_outcome outcome = {.shared_wh = c.quantity};
    if (c.quantity == 0) {
        return outcome;
    }
    fill(parties, n, BUYERS, c.bid_level, c.quantity, scratch);
    fill(parties, n, SELLERS, c.ask_level, c.quantity, scratch);
    const int64_t sum = c.bid_level - c.ask_level;
    outcome.price = sum / 2 - (sum % 2 < 0); /* rounded down */
    return outcome;
}
