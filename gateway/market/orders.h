/* SPDX-License-Identifier: MIT
 * What the operator orders about money and energy: the tariff, what a member pays and takes, energy
 * that two members agreed on, and corrections of what was metered. Each is his signed action and
 * becomes an entry of the ledger, from which everybody settles.
 */
#ifndef MARKET_ORDERS_H
#define MARKET_ORDERS_H

#include "ledger/entry.h"
#include "site/site.h"

/* Of LEDGER_TARIFF, LEDGER_MEMBER, LEDGER_TRANSFER or LEDGER_CORRECTION: E_ARG for one that cannot
 * be settled, with the sentence in `result`. */
int market_order_record(struct site *site, const struct ledger_entry *order,
                        struct site_result *result) MUST_USE;

#endif
