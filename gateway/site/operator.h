/* SPDX-License-Identifier: MIT
 * The operator: a key pair of his own, whose private half this process writes to a file once and
 * never reads, and the verbs that need its signature (ledger/action.h).
 */
#ifndef SITE_OPERATOR_H
#define SITE_OPERATOR_H

#include "ledger/action.h"
#include "site/site.h"

#define SITE_OPERATOR_KEY_FILE "operator.key"

/* Loads the operator's public key. At the first start, and when `renew` is set, makes a key pair:
 * the private key goes into <directory>/operator.key, the public key into the database and the
 * ledger. What failed is logged. */
int site_operator_open(struct site *site, const char *directory, bool renew) MUST_USE;

/* The name of the log for which actions are signed. */
const char *site_operator_origin(struct site *site);

/* Carries out an action: E_AUTH without the operator's signature, E_REPLAY when it was carried out
 * before, E_UNSUPPORTED for one that we do not know, or what the verb says. */
int site_operator_act(struct site *site, const uint8_t *action, size_t len,
                      struct site_result *result) MUST_USE;

/* For verbs, within the transaction of what they change: the order becomes an entry of the ledger,
 * and its number is used. */
int site_order_record(struct site *site, const struct ledger_entry *order) MUST_USE;

#endif
