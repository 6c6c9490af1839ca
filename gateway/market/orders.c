/* SPDX-License-Identifier: MIT */
#include "market/orders.h"

#include <stdio.h>
#include <string.h>

#include "db/db.h"
#include "ledger/action.h"
#include "ledger/blocks.h"
#include "ledger/book.h"
#include "market/interval.h"
#include "posix/clock.h"
#include "site/operator.h"

#define OUT_OF_RANGE "a price or number is beyond what can be settled"

static bool price_fits(int64_t price)
{
    return price >= -MARKET_PRICE_MAX && price <= MARKET_PRICE_MAX;
}

/* What keeps a name from being a member's, or NULL. */
static const char *judge_name(struct site *site, struct ledger_text name)
{
    char id[LEDGER_TEXT_MAX_LEN + 1];
    memcpy(id, name.at, name.len);
    id[name.len] = '\0';
    const struct fleet_device *device = fleet_find(&site->fleet, id);
    if (!device) {
        return "there is no device of this name";
    }
    return device->is_feeder ? "the meter at the transformer is no member" : NULL;
}

static bool is_operator(struct ledger_text by)
{
    return by.len == sizeof LEDGER_BY_OPERATOR - 1 &&
           memcmp(by.at, LEDGER_BY_OPERATOR, by.len) == 0;
}

/* ---- what is wrong with an order, or NULL ---- */

static const char *judge_tariff(const struct ledger_tariff *t)
{
    const bool fits = price_fits(t->import_price) && price_fits(t->export_price) &&
                      price_fits(t->community_price) && price_fits(t->grid_fee);
    return fits ? NULL : OUT_OF_RANGE;
}

static const char *judge_member(struct site *site, const struct ledger_member *m)
{
    const char *wrong = judge_name(site, m->device);
    if (wrong) {
        return wrong;
    }
    return m->weight <= MARKET_WEIGHT_MAX && price_fits(m->bid_price) && price_fits(m->ask_price)
               ? NULL
               : OUT_OF_RANGE;
}

static const char *judge_transfer(struct site *site, const struct ledger_transfer *t)
{
    const int64_t n_intervals = t->interval_s / LEDGER_INTERVAL_S;
    const char *wrong = judge_name(site, t->from);
    wrong = wrong ? wrong : judge_name(site, t->to);
    if (wrong) {
        return wrong;
    }
    if (t->from.len == t->to.len && memcmp(t->from.at, t->to.at, t->from.len) == 0) {
        return "a transfer is between two members";
    }
    if (t->interval_unix_ms % (LEDGER_INTERVAL_S * 1000) != 0 || n_intervals == 0 ||
        t->interval_s % LEDGER_INTERVAL_S != 0) {
        return "a transfer starts at a quarter of an hour and takes whole ones";
    }
    return t->energy_wh / n_intervals < MARKET_ENERGY_MAX_WH &&
                   price_fits(t->price_microcent_per_kwh)
               ? NULL
               : OUT_OF_RANGE;
}

static const char *judge_correction(struct site *site, const struct ledger_correction *c)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    const int64_t most_mwh = MARKET_ENERGY_MAX_WH * INT64_C(1000);
    struct ledger_log *log = site->ledger ? ledger_book_log(site->ledger) : NULL;
    if (!log) {
        return "the ledger stands still; `wattward status` says why";
    }
    const int len = c->corrected < ledger_log_kept(log).size
                        ? ledger_log_entry(log, c->corrected, bytes, sizeof bytes)
                        : E_NOTFOUND;
    if (len < 2 || bytes[1] != LEDGER_READINGS) {
        return "only a block of readings that is in the ledger can be corrected";
    }
    const struct ledger_hash leaf = ledger_leaf_hash(bytes, (size_t)len);
    if (memcmp(leaf.bytes, c->leaf.bytes, sizeof leaf.bytes) != 0) {
        return "the correction was signed for another entry";
    }
    if (!is_operator(c->by) || c->reason.len == 0) {
        return "a correction is by the operator and has a reason";
    }
    return c->delta_mwh != 0 && c->delta_mwh <= most_mwh && c->delta_mwh >= -most_mwh
               ? NULL
               : OUT_OF_RANGE;
}

static const char *judge(struct site *site, const struct ledger_entry *order)
{
    if (order->type == LEDGER_TARIFF) {
        return judge_tariff(&order->tariff);
    }
    if (order->type == LEDGER_MEMBER) {
        return judge_member(site, &order->member);
    }
    if (order->type == LEDGER_TRANSFER) {
        return judge_transfer(site, &order->transfer);
    }
    return order->type == LEDGER_CORRECTION ? judge_correction(site, &order->correction)
                                            : "the gateway does not know this action";
}

int market_order_record(struct site *site, const struct ledger_entry *order,
                        struct site_result *result)
{
    const char *wrong = judge(site, order);
    if (wrong != NULL) {
        (void)snprintf(result->why, sizeof result->why, "%s", wrong);
        return E_ARG;
    }
    ingest_flush(site->ingest, posix_clock_mono_ms());
    const int begun = db_begin(site->db);
    int error = begun == E_OK ? site_order_record(site, order) : begun;
    if (error == E_OK) {
        error = db_commit(site->db);
    }
    if (error != E_OK) {
        (void)snprintf(result->why, sizeof result->why, "%s", db_reason(site->db));
    }
    if (error != E_OK && begun == E_OK) {
        db_rollback(site->db);
    }
    return error;
}
