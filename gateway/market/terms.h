/* SPDX-License-Identifier: MIT
 * What the operator writes into the ledger: the tariff, what a member pays and takes, energy that
 * two members agreed on, and corrections of what was metered.
 */
#ifndef MARKET_TERMS_H
#define MARKET_TERMS_H

#include "ledger/entry.h"

struct db;

/* All queue an entry. E_ARG when a name or number is beyond what can be settled. */
int terms_set_tariff(struct db *db, const struct ledger_tariff *tariff, int64_t unix_ms) MUST_USE;
int terms_set_member(struct db *db, const struct ledger_member *member, int64_t unix_ms) MUST_USE;
int terms_add_transfer(struct db *db, const struct ledger_transfer *transfer,
                       int64_t unix_ms) MUST_USE;
int terms_add_correction(struct db *db, const struct ledger_correction *correction,
                         int64_t unix_ms) MUST_USE;
/* "static", "dynamic" or "auction". E_ARG. */
int terms_parse_sharing(const char *text, enum ledger_sharing *sharing) MUST_USE;

#endif
