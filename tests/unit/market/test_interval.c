/* SPDX-License-Identifier: MIT */
#include "market/interval.h"

#include <string.h>

#include "check.h"
#include "market/apportion.h"

enum { N_MAX = 12, ROUNDS = 3000 };

static int64_t weight_room[N_MAX];
static int64_t share_room[N_MAX];
static uint32_t order_room[N_MAX];
static const struct market_scratch scratch = {weight_room, share_room, order_room};
static uint64_t random_state = 1;

static int64_t draw(int64_t below)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (int64_t)((random_state >> 33) % (uint64_t)below);
}

static void a_whole_is_divided_by_the_largest_remainder(void)
{
    const int64_t weight[4] = {1, 1, 1, 0};
    int64_t share[4];
    uint32_t order[4];
    const struct market_weights w = {weight, share, order, 4};
    market_apportion(10, &w);
    CHECK_EQ(share[0], 4);
    CHECK_EQ(share[1], 3);
    CHECK_EQ(share[2], 3);
    CHECK_EQ(share[3], 0);
    const int64_t uneven[4] = {5, 3, 2, 0};
    const struct market_weights v = {uneven, share, order, 4};
    market_apportion(7, &v); /* 3.5 2.1 1.4 */
    CHECK_EQ(share[0], 4);
    CHECK_EQ(share[1], 2);
    CHECK_EQ(share[2], 1);
    const int64_t none[2] = {0, 0};
    const struct market_weights z = {none, share, order, 2};
    market_apportion(7, &z);
    CHECK_EQ(share[0] + share[1], 0);
}

static void every_division_adds_up_and_is_within_one_of_the_exact_share(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        int64_t weight[N_MAX];
        const size_t n = (size_t)draw(N_MAX) + 1;
        const int64_t total = draw(100000);
        int64_t sum = 0;
        int64_t divided = 0;
        for (size_t i = 0; i < n; i++) {
            weight[i] = draw(4) == 0 ? 0 : draw(1000000);
            sum += weight[i];
        }
        market_apportion(total, &(struct market_weights){weight, share_room, order_room, n});
        for (size_t i = 0; i < n; i++) {
            divided += share_room[i];
            if (sum > 0) {
                const int64_t exact = total * weight[i] / sum;
                CHECK(share_room[i] >= exact && share_room[i] <= exact + 1);
            }
        }
        CHECK_EQ(divided, sum > 0 ? total : 0);
    }
}

static const struct market_tariff tariff = {.sharing = MARKET_DYNAMIC,
                                            .import_price = 30000000,
                                            .export_price = 8000000,
                                            .community_price = 18000000,
                                            .grid_fee = 3000000};

static void settle(enum market_sharing sharing, struct market_party *parties, size_t n,
                   struct market_outcome *outcome)
{
    struct market_tariff t = tariff;
    t.sharing = sharing;
    const struct market_interval v = {.tariff = &t, .parties = parties, .n = n};
    CHECK_EQ(market_interval_settle(&v, &scratch, outcome), E_OK);
}

static void surplus_goes_to_demand_in_proportion(void)
{
    struct market_party p[3] = {{.production_wh = 1000, .consumption_wh = 400},
                                {.consumption_wh = 300},
                                {.consumption_wh = 600}};
    struct market_outcome o;
    settle(MARKET_DYNAMIC, p, 3, &o);
    CHECK_EQ(o.shared_wh, 600);
    CHECK_EQ(p[0].self_wh, 400);
    CHECK_EQ(p[0].sold_wh, 600);
    CHECK_EQ(p[1].bought_wh, 200);
    CHECK_EQ(p[2].bought_wh, 400);
    CHECK_EQ(p[2].import_wh, 200);
    CHECK_EQ(p[0].sold_credit, 600 * 18000000LL);
    CHECK_EQ(p[2].fee_cost, 400 * 3000000LL);
    CHECK_EQ(p[2].import_cost, 200 * 30000000LL);
}

static void the_static_key_gives_what_one_cannot_use_to_the_others(void)
{
    struct market_party p[4] = {{.production_wh = 900},
                                {.consumption_wh = 100, .weight = 2},
                                {.consumption_wh = 600, .weight = 1},
                                {.consumption_wh = 600, .weight = 0}};
    struct market_outcome o;
    settle(MARKET_STATIC, p, 4, &o);
    CHECK_EQ(p[1].bought_wh, 100);
    CHECK_EQ(p[2].bought_wh, 600);
    CHECK_EQ(p[3].bought_wh, 0); /* has no share */
    CHECK_EQ(p[0].sold_wh, 700);
    CHECK_EQ(p[0].export_wh, 200);
}

static void the_auction_has_one_price_between_the_last_bid_and_the_last_ask(void)
{
    struct market_party p[5] = {{.production_wh = 100, .ask_price = 10},
                                {.production_wh = 100, .ask_price = 20},
                                {.consumption_wh = 120, .bid_price = 30},
                                {.consumption_wh = 50, .bid_price = 25},
                                {.consumption_wh = 500, .bid_price = 15}};
    struct market_outcome o;
    settle(MARKET_AUCTION, p, 5, &o);
    CHECK_EQ(o.shared_wh, 170);
    CHECK_EQ(o.price, 22); /* 25 and 20 */
    CHECK_EQ(p[0].sold_wh, 100);
    CHECK_EQ(p[1].sold_wh, 70);
    CHECK_EQ(p[2].bought_wh, 120);
    CHECK_EQ(p[3].bought_wh, 50);
    CHECK_EQ(p[4].bought_wh, 0);
}

static void equal_bids_share_by_their_demand(void)
{
    struct market_party p[3] = {{.production_wh = 90, .ask_price = 5},
                                {.consumption_wh = 100, .bid_price = 9},
                                {.consumption_wh = 200, .bid_price = 9}};
    struct market_outcome o;
    settle(MARKET_AUCTION, p, 3, &o);
    CHECK_EQ(o.price, 7);
    CHECK_EQ(p[1].bought_wh, 30);
    CHECK_EQ(p[2].bought_wh, 60);
}

static void bids_below_all_asks_trade_nothing(void)
{
    struct market_party p[2] = {{.production_wh = 90, .ask_price = 10},
                                {.consumption_wh = 100, .bid_price = 9}};
    struct market_outcome o;
    settle(MARKET_AUCTION, p, 2, &o);
    CHECK_EQ(o.shared_wh, 0);
    CHECK_EQ(p[0].export_wh, 90);
    CHECK_EQ(p[1].import_wh, 100);
}

static void check_balance(const struct market_party *p, size_t n, const struct market_outcome *o)
{
    int64_t bought = 0;
    int64_t sold = 0;
    int64_t money = 0;
    for (size_t i = 0; i < n; i++) {
        CHECK_EQ(p[i].production_wh, p[i].self_wh + p[i].sold_wh + p[i].export_wh);
        CHECK_EQ(p[i].consumption_wh, p[i].self_wh + p[i].bought_wh + p[i].import_wh);
        CHECK(p[i].bought_wh >= 0 && p[i].sold_wh >= 0 && p[i].import_wh >= 0);
        CHECK(p[i].export_wh >= 0 && p[i].self_wh >= 0);
        bought += p[i].bought_wh;
        sold += p[i].sold_wh;
        money += p[i].sold_credit - p[i].bought_cost;
    }
    CHECK_EQ(bought, o->agreed_wh + o->shared_wh);
    CHECK_EQ(sold, o->agreed_wh + o->shared_wh);
    CHECK_EQ(money, 0);
}

static void fill_at_random(struct market_party *p, size_t n)
{
    memset(p, 0, n * sizeof *p);
    for (size_t i = 0; i < n; i++) {
        p[i].production_wh = draw(2) ? draw(3000) : 0;
        p[i].consumption_wh = draw(3) ? draw(2000) : 0;
        p[i].weight = draw(5);
        p[i].bid_price = draw(10) * 1000000;
        p[i].ask_price = draw(10) * 1000000;
    }
}

static void nothing_is_made_or_lost_whatever_the_key(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct market_party p[N_MAX];
        struct market_outcome o;
        const size_t n = (size_t)draw(N_MAX) + 1;
        fill_at_random(p, n);
        for (int key = MARKET_STATIC; key <= MARKET_AUCTION; key++) {
            settle((enum market_sharing)key, p, n, &o);
            check_balance(p, n, &o);
        }
    }
}

static void an_agreement_is_met_before_anything_is_shared(void)
{
    struct market_party p[3] = {{.production_wh = 1000, .consumption_wh = 400},
                                {.consumption_wh = 300},
                                {.consumption_wh = 600}};
    struct market_agreement a = {.seller = 0, .buyer = 1, .energy_wh = 200, .price = 12000000};
    const struct market_interval v = {&tariff, p, 3, &a, 1};
    struct market_outcome o;
    CHECK_EQ(market_interval_settle(&v, &scratch, &o), E_OK);
    CHECK_EQ(a.met_wh, 200);
    CHECK_EQ(o.agreed_wh, 200);
    CHECK_EQ(o.shared_wh, 400); /* of 100 and 600 still wanted: 57 and 343 */
    CHECK_EQ(p[1].bought_wh, 257);
    CHECK_EQ(p[1].agreed_in_wh, 200);
    CHECK_EQ(p[2].bought_wh, 343);
    CHECK_EQ(p[1].bought_cost, 200 * 12000000LL + 57 * 18000000LL);
    CHECK_EQ(p[1].fee_cost, 257 * 3000000LL);
    CHECK_EQ(p[0].sold_credit, 200 * 12000000LL + 400 * 18000000LL);
}

static void no_more_is_agreed_than_there_is(void)
{
    struct market_party p[2] = {{.production_wh = 100, .consumption_wh = 40},
                                {.consumption_wh = 300}};
    struct market_agreement a[2] = {{.seller = 0, .buyer = 1, .energy_wh = 50, .price = 5},
                                    {.seller = 0, .buyer = 1, .energy_wh = 50, .price = 1}};
    const struct market_interval v = {&tariff, p, 2, a, 2};
    struct market_outcome o;
    CHECK_EQ(market_interval_settle(&v, &scratch, &o), E_OK);
    CHECK_EQ(a[0].met_wh, 50);
    CHECK_EQ(a[1].met_wh, 10);
    CHECK_EQ(p[1].bought_cost, 50 * 5 + 10 * 1);
    CHECK_EQ(p[0].export_wh, 0);
}

static void agreements_too_lose_nothing(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct market_party p[N_MAX];
        struct market_agreement a[4];
        struct market_tariff t = tariff;
        struct market_outcome o;
        fill_at_random(p, N_MAX);
        for (size_t i = 0; i < 4; i++) {
            a[i] = (struct market_agreement){.seller = (uint32_t)draw(N_MAX),
                                             .energy_wh = draw(900),
                                             .price = (draw(40) - 10) * 1000000};
            a[i].buyer = (uint32_t)((a[i].seller + 1 + (uint64_t)draw(N_MAX - 1)) % N_MAX);
        }
        t.sharing = (enum market_sharing)(round % 3);
        const struct market_interval v = {&t, p, N_MAX, a, 4};
        CHECK_EQ(market_interval_settle(&v, &scratch, &o), E_OK);
        check_balance(p, N_MAX, &o);
    }
}

static void nobody_trades_at_a_price_he_refused(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct market_party p[N_MAX];
        struct market_outcome o;
        memset(p, 0, sizeof p);
        for (size_t i = 0; i < N_MAX; i++) {
            p[i].production_wh = i % 2 ? draw(500) : 0;
            p[i].consumption_wh = i % 2 ? 0 : draw(500);
            p[i].bid_price = draw(20) - 5;
            p[i].ask_price = draw(20) - 5;
        }
        settle(MARKET_AUCTION, p, N_MAX, &o);
        for (size_t i = 0; i < N_MAX; i++) {
            CHECK(p[i].bought_wh == 0 || p[i].bid_price >= o.price);
            CHECK(p[i].sold_wh == 0 || p[i].ask_price <= o.price);
        }
    }
}

static int settle_one(struct market_party p)
{
    const struct market_interval v = {.tariff = &tariff, .parties = &p, .n = 1};
    struct market_outcome o;
    return market_interval_settle(&v, &scratch, &o);
}

static int settle_agreement(struct market_agreement a)
{
    struct market_party p[2] = {{.production_wh = 1}, {.consumption_wh = 1}};
    const struct market_interval v = {&tariff, p, 2, &a, 1};
    struct market_outcome o;
    return market_interval_settle(&v, &scratch, &o);
}

static void what_is_out_of_range_is_refused(void)
{
    CHECK_EQ(settle_one((struct market_party){.production_wh = MARKET_ENERGY_MAX_WH + 1}), E_LIMIT);
    CHECK_EQ(settle_one((struct market_party){.production_wh = -1}), E_LIMIT);
    CHECK_EQ(settle_one((struct market_party){.weight = MARKET_WEIGHT_MAX + 1}), E_LIMIT);
    CHECK_EQ(settle_one((struct market_party){.bid_price = MARKET_PRICE_MAX + 1}), E_LIMIT);
    CHECK_EQ(settle_agreement((struct market_agreement){.buyer = 1, .energy_wh = 1}), E_OK);
    CHECK_EQ(settle_agreement((struct market_agreement){.buyer = 2, .energy_wh = 1}), E_LIMIT);
    CHECK_EQ(settle_agreement((struct market_agreement){.buyer = 0, .energy_wh = 1}), E_LIMIT);
    CHECK_EQ(settle_agreement((struct market_agreement){.buyer = 1, .energy_wh = -1}), E_LIMIT);
    CHECK_EQ(settle_agreement((struct market_agreement){.buyer = 1, .price = MARKET_PRICE_MAX + 1}),
             E_LIMIT);
}

CHECK_MAIN(TEST(a_whole_is_divided_by_the_largest_remainder),
           TEST(every_division_adds_up_and_is_within_one_of_the_exact_share),
           TEST(surplus_goes_to_demand_in_proportion),
           TEST(the_static_key_gives_what_one_cannot_use_to_the_others),
           TEST(the_auction_has_one_price_between_the_last_bid_and_the_last_ask),
           TEST(equal_bids_share_by_their_demand), TEST(bids_below_all_asks_trade_nothing),
           TEST(nothing_is_made_or_lost_whatever_the_key),
           TEST(an_agreement_is_met_before_anything_is_shared),
           TEST(no_more_is_agreed_than_there_is), TEST(agreements_too_lose_nothing),
           TEST(nobody_trades_at_a_price_he_refused), TEST(what_is_out_of_range_is_refused))
