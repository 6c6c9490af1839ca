/* SPDX-License-Identifier: MIT */
#include "market/terms.h"

#include <stdbool.h>
#include <string.h>

#include "ledger/blocks.h"
#include "ledger/book.h"
#include "market/interval.h"

static bool price_fits(int64_t price)
{
    return price >= -MARKET_PRICE_MAX && price <= MARKET_PRICE_MAX;
}

static bool is_name(struct ledger_text text)
{
    bool plain = text.len > 0 && text.len <= LEDGER_TEXT_MAX_LEN;
    for (size_t i = 0; plain && i < text.len; i++) {
        plain = text.at[i] >= 0x20 && text.at[i] <= 0x7e;
    }
    return plain;
}

int terms_set_tariff(struct db *db, const struct ledger_tariff *tariff, int64_t unix_ms)
{
    const struct ledger_entry entry = {
        .type = LEDGER_TARIFF, .unix_ms = unix_ms, .tariff = *tariff};
    if (!is_name(tariff->name) || !price_fits(tariff->import_price) ||
        !price_fits(tariff->export_price) || !price_fits(tariff->community_price) ||
        !price_fits(tariff->grid_fee) || tariff->from_unix_ms < 0) {
        return E_ARG;
    }
    return ledger_record(db, &entry);
}

int terms_set_member(struct db *db, const struct ledger_member *member, int64_t unix_ms)
{
    const struct ledger_entry entry = {
        .type = LEDGER_MEMBER, .unix_ms = unix_ms, .member = *member};
    if (!is_name(member->device) || member->weight > MARKET_WEIGHT_MAX ||
        !price_fits(member->bid_price) || !price_fits(member->ask_price) ||
        member->from_unix_ms < 0) {
        return E_ARG;
    }
    return ledger_record(db, &entry);
}

int terms_add_transfer(struct db *db, const struct ledger_transfer *t, int64_t unix_ms)
{
    const struct ledger_entry entry = {.type = LEDGER_TRANSFER, .unix_ms = unix_ms, .transfer = *t};
    const int64_t n_intervals = t->interval_s / LEDGER_INTERVAL_S;
    const bool is_of_intervals = t->interval_unix_ms >= 0 &&
                                 t->interval_unix_ms % (LEDGER_INTERVAL_S * 1000) == 0 &&
                                 n_intervals > 0 && t->interval_s % LEDGER_INTERVAL_S == 0;
    const bool is_to_itself =
        t->from.len == t->to.len && memcmp(t->from.at, t->to.at, t->from.len) == 0;
    if (!is_of_intervals || !is_name(t->from) || !is_name(t->to) || is_to_itself ||
        t->energy_wh <= 0 || t->energy_wh / n_intervals >= MARKET_ENERGY_MAX_WH ||
        !price_fits(t->price_microcent_per_kwh)) {
        return E_ARG;
    }
    return ledger_record(db, &entry);
}

int terms_add_correction(struct db *db, const struct ledger_correction *c, int64_t unix_ms)
{
    const struct ledger_entry entry = {
        .type = LEDGER_CORRECTION, .unix_ms = unix_ms, .correction = *c};
    const int64_t most_mwh = MARKET_ENERGY_MAX_WH * INT64_C(1000);
    if (c->delta_mwh == 0 || c->delta_mwh > most_mwh || c->delta_mwh < -most_mwh ||
        !is_name(c->by) || !is_name(c->reason)) {
        return E_ARG;
    }
    return ledger_record(db, &entry);
}

int terms_parse_sharing(const char *text, enum ledger_sharing *sharing)
{
    static const char *const names[] = {"static", "dynamic", "auction"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *sharing = (enum ledger_sharing)i;
            return E_OK;
        }
    }
    return E_ARG;
}
